// How much memory this process holds, as the operating system counts it.
#pragma once

#include <cstdint>
#include <optional>

namespace ptetool {

// Resident bytes now; what a system does not tell is absent. anonymous + file = rss.
struct MemoryUsage {
  std::optional<std::uint64_t> rss;
  std::optional<std::uint64_t> peak;       // the most that rss has been since the process began
  std::optional<std::uint64_t> anonymous;  // heap, arenas, packed weights: only this process can have it
  std::optional<std::uint64_t> file;       // pages of mapped files: the system may drop and read them again
  std::optional<std::uint64_t> shared;     // of both, what other processes have mapped as well
};

// Linux: /proc/self/smaps_rollup; macOS: the task's own accounts. Costs about a millisecond per mapped gigabyte.
MemoryUsage memory_usage();

}  // namespace ptetool

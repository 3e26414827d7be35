// Read from /proc/self (status, smaps_rollup) on Linux, from the task's own accounts on macOS.
#include "ptetool/base/memory_usage.h"

#if defined(__APPLE__)
#include <mach/mach.h>
#include <sys/resource.h>
#else
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#endif

namespace ptetool {

#if defined(__APPLE__)

MemoryUsage memory_usage() {
  MemoryUsage usage;
  rusage resources{};
  if (getrusage(RUSAGE_SELF, &resources) == 0) usage.peak = static_cast<std::uint64_t>(resources.ru_maxrss);
  task_vm_info_data_t info{};
  mach_msg_type_number_t count = TASK_VM_INFO_COUNT;
  const auto place = static_cast<task_info_t>(static_cast<void*>(&info));
  if (task_info(mach_task_self(), TASK_VM_INFO, place, &count) != KERN_SUCCESS) return usage;
  usage.rss = info.resident_size;
  usage.anonymous = info.internal;
  usage.file = info.external;
  return usage;
}

#else

namespace {

// Files of /proc have no size; these have some kilobytes.
std::string read_proc(const char* path) {
  std::string content;
  std::FILE* file = std::fopen(path, "re");
  if (!file) return content;
  char block[4096];
  while (const std::size_t got = std::fread(block, 1, sizeof block, file)) content.append(block, got);
  std::fclose(file);
  return content;
}

// "Rss:      1234 kB" in bytes.
std::optional<std::uint64_t> field(std::string_view text, std::string_view name) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ':') continue;
    line.remove_prefix(std::min(line.find_first_of("0123456789"), line.size()));
    std::uint64_t kibibytes = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), kibibytes).ec != std::errc()) return std::nullopt;
    return kibibytes * 1024;
  }
  return std::nullopt;
}

}  // namespace

MemoryUsage memory_usage() {
  MemoryUsage usage;
  // ru_maxrss would be that of the parent before it became this process; the high-water mark is our own.
  usage.peak = field(read_proc("/proc/self/status"), "VmHWM");
  const std::string rollup = read_proc("/proc/self/smaps_rollup");
  usage.rss = field(rollup, "Rss");
  usage.anonymous = field(rollup, "Anonymous");
  if (usage.rss && usage.anonymous) usage.file = *usage.rss - std::min(*usage.anonymous, *usage.rss);
  const auto clean = field(rollup, "Shared_Clean");
  const auto dirty = field(rollup, "Shared_Dirty");
  if (clean && dirty) usage.shared = *clean + *dirty;
  return usage;
}

#endif

}  // namespace ptetool

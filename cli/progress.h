// A bar for whatever takes over a second, on a terminal's standard error; it is gone when the work is done
// (design 1.1).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ptetool::cli {

class ProgressBar {
 public:
  // `what` is shown in front: "checksums". Without `enabled` nothing is ever drawn.
  ProgressBar(bool enabled, std::string what, bool in_bytes = true);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // So much of the total is done, in bytes or in parts that mean nothing to a reader. Draws at most ten times a second,
  // and not within the first second.
  void update(std::uint64_t done, std::uint64_t total);

 private:
  bool enabled_;
  std::string what_;
  bool in_bytes_;
  std::chrono::steady_clock::time_point next_;
  bool drawn_ = false;
};

}  // namespace ptetool::cli

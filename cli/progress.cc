// Drawn for the first time after a second, then ten times a second at most, always over itself.
#include "progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "ptetool/base/text.h"

namespace ptetool::cli {

namespace {

constexpr unsigned kWidth = 30;

}  // namespace

ProgressBar::ProgressBar(bool enabled, std::string what, bool in_bytes)
    : enabled_(enabled),
      what_(std::move(what)),
      in_bytes_(in_bytes),
      next_(std::chrono::steady_clock::now() + std::chrono::seconds(1)) {}

ProgressBar::~ProgressBar() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressBar::update(std::uint64_t done, std::uint64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || total == 0 || now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  drawn_ = true;
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const auto filled = static_cast<std::size_t>(share * kWidth);
  fmt::print(stderr, "\r{} [{}{}] {:3.0f} %{}\x1b[K", what_, std::string(filled, '#'),
             std::string(kWidth - filled, '.'), share * 100, in_bytes_ ? " of " + human_bytes(total) : std::string());
  std::fflush(stderr);
}

}  // namespace ptetool::cli

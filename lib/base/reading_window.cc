// A thread of its own: the reader is a library that tells nobody how far it is.
#include "ptetool/base/reading_window.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "ptetool/base/pages.h"

namespace ptetool {

namespace {

constexpr std::size_t kLarge = std::size_t{32} << 20;
// About a MiB is read meanwhile, or mapped around some ten rows.
constexpr std::chrono::microseconds kPeriodInOrder{2000}, kPeriodScattered{20};

}  // namespace

struct ReadingWindow::Sweeper {
  std::mutex mutex;
  std::condition_variable wake;
  bool done = false;
  std::thread thread;
};

ReadingWindow::ReadingWindow(const File& file, ByteView part, Reads reads) {
  if (!file.mapped() || part.size() < kLarge) return;
  auto sweeper = std::make_unique<Sweeper>();
  const auto period = reads == Reads::InOrder ? kPeriodInOrder : kPeriodScattered;
  try {
    sweeper->thread = std::thread([&file, part, period, self = sweeper.get()] {
      std::unique_lock lock(self->mutex);
      while (!self->wake.wait_for(lock, period, [&] { return self->done; })) release_pages(file, part);
    });
  } catch (const std::system_error&) {
    return;  // no thread to be had: it takes more memory
  }
  sweeper_ = std::move(sweeper);
}

ReadingWindow::~ReadingWindow() {
  if (!sweeper_) return;
  {
    const std::scoped_lock lock(sweeper_->mutex);
    sweeper_->done = true;
  }
  sweeper_->wake.notify_one();
  sweeper_->thread.join();
}

}  // namespace ptetool

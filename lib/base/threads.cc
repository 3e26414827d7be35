// The pool is pthreadpool's, which XNNPACK brings: kernels and delegates then never compete for cores.
#include "ptetool/base/threads.h"

#include <pthreadpool.h>

#include <algorithm>

#if defined(__SANITIZE_THREAD__)
#define PTETOOL_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PTETOOL_THREAD_SANITIZER 1
#endif
#endif
#if PTETOOL_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace ptetool {

namespace {

// pthreadpool is not compiled with the thread sanitizer, which so has to be told what its calls order: everything
// before published() comes before what follows seen() of the same place.
void published([[maybe_unused]] const void* place) {
#if PTETOOL_THREAD_SANITIZER
  __tsan_release(const_cast<void*>(place));
#endif
}

void seen([[maybe_unused]] const void* place) {
#if PTETOOL_THREAD_SANITIZER
  __tsan_acquire(const_cast<void*>(place));
#endif
}

}  // namespace

ThreadPool::ThreadPool(unsigned threads) {
  if (threads == 1) return;
  // A pool that cannot be had leaves the caller's thread, which computes the same.
  handle_ = pthreadpool_create(threads);
  if (handle_) size_ = static_cast<unsigned>(pthreadpool_get_threads_count(handle_));
}

ThreadPool::~ThreadPool() { pthreadpool_destroy(handle_); }

void ThreadPool::run(std::int64_t count, std::int64_t grain, RangeFunction function, void* body) const {
  if (count <= 0) return;
  if (size_ == 1 || count <= grain) {
    for (std::int64_t begin = 0; begin < count; begin += grain) function(body, begin, std::min(count, begin + grain));
    return;
  }
  struct Task {
    RangeFunction function;
    void* body;
    char given = 0, done = 0;
  } task{function, body};
  published(&task.given);
  pthreadpool_parallelize_1d_tile_1d(
      handle_,
      [](void* context, std::size_t begin, std::size_t length) {
        const auto* each = static_cast<const Task*>(context);
        seen(&each->given);
        each->function(each->body, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(begin + length));
        published(&each->done);
      },
      &task, static_cast<std::size_t>(count), static_cast<std::size_t>(grain), 0);
  seen(&task.done);
}

}  // namespace ptetool

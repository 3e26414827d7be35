// The threads that kernels and delegates compute on: one pool per process is enough, whoever runs shares it.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

#include "ptetool/base/scratch.h"

struct pthreadpool;

namespace ptetool {

// A fixed number of threads, the caller's among them. Several threads may use one pool: their loops take turns.
class ThreadPool {
 public:
  // `threads` 0: one per core. With 1 no thread is started.
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned size() const { return size_; }
  // For XNNPACK, which runs on the same threads; null where the caller's thread is the only one.
  pthreadpool* handle() const { return handle_; }
  // For what is computed on these threads.
  const ScratchPool& scratch() const { return scratch_; }

  // Calls f(begin, end) for ranges that cover [0, count) once, each of at most `grain` (> 0), on all threads; returns
  // when all are done. f must not throw and must not use the pool.
  template <class F>
  void each_range(std::int64_t count, std::int64_t grain, F&& f) const {
    using Body = std::remove_reference_t<F>;
    run(
        count, grain, [](void* body, std::int64_t begin, std::int64_t end) { (*static_cast<Body*>(body))(begin, end); },
        const_cast<void*>(static_cast<const void*>(&f)));
  }

 private:
  using RangeFunction = void (*)(void* body, std::int64_t begin, std::int64_t end);
  void run(std::int64_t count, std::int64_t grain, RangeFunction function, void* body) const;

  pthreadpool* handle_ = nullptr;
  unsigned size_ = 1;
  ScratchPool scratch_;
};

}  // namespace ptetool

// What this machine does at best, as a measure for the nodes of a profile: measured, in some 30 ms, with the threads
// that the profile was taken with.
#pragma once

#include "ptetool/base/threads.h"

namespace ptetool {

struct Peak {
  double gflops = 0;     // float32 multiplications and additions from the first cache, in billions a second
  double gigabytes = 0;  // read from main memory, a second
};

Peak measure_peak(const ThreadPool* threads);

}  // namespace ptetool

// Mean and variance in one pass (Welford), in double.
#pragma once

namespace ptetool::ops {

struct Moments {
  double count = 0;
  double mean = 0;
  double squares = 0;  // the sum of squared distances from the mean

  Moments with(double x) const {
    const double distance = x - mean;
    const double next = mean + distance / (count + 1);
    return {count + 1, next, squares + distance * (x - next)};
  }
};

}  // namespace ptetool::ops

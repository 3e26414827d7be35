// Mean and variance in one pass (Welford), in double; runs of numbers are taken together.
#pragma once

#include <cstdint>
#include <type_traits>

#include "ops/simd/arrays.h"

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
  // Those of both (Chan, Golub and LeVeque).
  Moments merged(const Moments& other) const {
    const double total = count + other.count;
    const double distance = other.mean - mean;
    return {total, mean + distance * (other.count / total),
            squares + other.squares + distance * distance * (count * other.count / total)};
  }
};

// What reduce() (reduce.h) combines numbers of the compute type C with.
template <class C>
struct AddMoments {
  Moments operator()(const Moments& so_far, C x) const { return so_far.with(static_cast<double>(x)); }
  Moments many(Moments so_far, const C* numbers, std::int64_t count) const {
    if constexpr (std::is_same_v<C, float>) {
      const auto size = static_cast<double>(count);
      const double mean = simd::sum(numbers, count) / size;
      const auto center = static_cast<float>(mean);
      // Around a rounded mean, the squares are too large by the square of what was rounded away.
      const double lost = mean - static_cast<double>(center);
      const double squares = simd::squared_distances(numbers, center, count) - size * lost * lost;
      return so_far.merged({size, mean, squares > 0 || squares != squares ? squares : 0});
    }
    for (std::int64_t i = 0; i < count; ++i) so_far = (*this)(so_far, numbers[i]);
    return so_far;
  }
};

}  // namespace ptetool::ops

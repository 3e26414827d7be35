// Discrete Fourier transforms of any length in double: powers of two by halving, other lengths as a convolution of
// such.
#pragma once

#include <vector>

#include "ops/compute.h"

namespace ptetool::ops {

class Fft {
 public:
  explicit Fft(std::int64_t length);
  // In place: data[k] = the sum of data[j] * exp(-2 pi i j k / length), with +i if `inverse`. Nothing is scaled.
  void run(Complex128* data, bool inverse) const;

 private:
  void halve(std::vector<Complex128>& data) const;

  std::size_t length_;
  std::size_t power_;                  // of two: `length_` itself, or room for the convolution
  std::vector<Complex128> roots_;      // exp(-2 pi i k / power_)
  std::vector<Complex128> chirp_;      // exp(-pi i k^2 / length_), for other lengths
  std::vector<Complex128> convolved_;  // the transform of its conjugate
};

}  // namespace ptetool::ops

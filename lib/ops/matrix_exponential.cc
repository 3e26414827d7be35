// exp(A), for matrix.h.
#include <algorithm>

#include "ops/matrix.h"

namespace ptetool::ops {

template <class T>
Matrix<T> exponential(Matrix<T> a) {
  double norm = 0;  // the largest sum of a row
  for (std::int64_t i = 0; i < a.rows; ++i) {
    double sum = 0;
    for (std::int64_t j = 0; j < a.columns; ++j) sum += std::abs(a.at(i, j));
    norm = std::max(norm, sum);
  }
  int halvings = 0;
  if (std::isfinite(norm)) {
    for (; norm > 0.5; norm /= 2) ++halvings;
  }
  for (T& each : a.numbers) each *= std::ldexp(1.0, -halvings);
  Matrix<T> result = Matrix<T>::identity(a.rows), term = result;
  for (int k = 1; k <= 16; ++k) {
    term = term * a;
    for (std::size_t i = 0; i < term.numbers.size(); ++i) result.numbers[i] += term.numbers[i] /= k;
  }
  for (int i = 0; i < halvings; ++i) result = result * result;
  return result;
}

template Matrix<double> exponential(Matrix<double>);
template Matrix<std::complex<double>> exponential(Matrix<std::complex<double>>);

}  // namespace ptetool::ops

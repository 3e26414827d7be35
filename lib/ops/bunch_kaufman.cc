// Right-looking, one or two columns a step: each is subtracted from the rest of the lower half, as LAPACK's unblocked
// sytf2, hetf2, sytrs and hetrs do.
#include "ops/bunch_kaufman.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <utility>

namespace ptetool::ops {

namespace {

using Complex = std::complex<double>;

// As LAPACK measures complex numbers.
double size_of(double x) { return std::fabs(x); }
double size_of(Complex x) { return std::fabs(x.real()) + std::fabs(x.imag()); }

double real_part(double x) { return x; }
double real_part(Complex x) { return x.real(); }

template <class T>
class Factorisation {
 public:
  Factorisation(Matrix<T> a, bool hermitian) : a_(std::move(a)), n_(a_.rows), hermitian_(hermitian) {
    for (std::int64_t k = 0; k < n_;) k += step(k);
  }
  // Nothing above the blocks' lower half.
  IndefiniteFactors<T> take() {
    for (std::int64_t i = 0; i < n_; ++i) {
      for (std::int64_t j = i + 1; j < n_; ++j) a_.at(i, j) = T(0);
    }
    return {std::move(a_), std::move(pivots_), singular_};
  }

 private:
  T mirror(T x) const { return hermitian_ ? conjugate(x) : x; }
  T diagonal(std::int64_t k) const { return hermitian_ ? T(real_part(a_.at(k, k))) : a_.at(k, k); }

  // The largest element below the diagonal of column k, and among the other elements of row `row` from column k on.
  std::int64_t largest_below(std::int64_t k) const {
    std::int64_t most = k + 1;
    for (std::int64_t i = k + 2; i < n_; ++i) {
      if (size_of(a_.at(i, k)) > size_of(a_.at(most, k))) most = i;
    }
    return most;
  }
  double largest_beside(std::int64_t row, std::int64_t k) const {
    double most = 0;
    for (std::int64_t j = k; j < row; ++j) most = std::max(most, size_of(a_.at(row, j)));
    for (std::int64_t i = row + 1; i < n_; ++i) most = std::max(most, size_of(a_.at(i, row)));
    return most;
  }

  // Eliminates one or two columns; how many.
  std::int64_t step(std::int64_t k) {
    constexpr double kAlpha = 0.6403882032022076;  // (1 + sqrt(17)) / 8
    const double own = size_of(diagonal(k));
    const std::int64_t below = largest_below(k);
    const double column = below < n_ ? size_of(a_.at(below, k)) : 0;
    std::int64_t with = k, taken = 1;
    if (std::max(own, column) == 0 || std::isnan(own)) {
      if (singular_ == 0) singular_ = k + 1;
      if (hermitian_) a_.at(k, k) = diagonal(k);
      pivots_.push_back(k + 1);
      return 1;
    }
    if (own < kAlpha * column) {
      const double row = largest_beside(below, k);
      if (own < kAlpha * column * (column / row)) {
        with = below;
        if (!(size_of(diagonal(below)) >= kAlpha * row)) taken = 2;
      }
    }
    exchange(k, k + taken - 1, with, taken);
    if (taken == 1) {
      pivots_.push_back(with + 1);
      eliminate_one(k);
    } else {
      pivots_.insert(pivots_.end(), 2, -(with + 1));
      eliminate_two(k);
    }
    return taken;
  }

  void exchange(std::int64_t k, std::int64_t row, std::int64_t with, std::int64_t taken) {
    if (with != row) {
      for (std::int64_t i = with + 1; i < n_; ++i) std::swap(a_.at(i, row), a_.at(i, with));
      for (std::int64_t j = row + 1; j < with; ++j) {
        const T kept = mirror(a_.at(j, row));
        a_.at(j, row) = mirror(a_.at(with, j));
        a_.at(with, j) = kept;
      }
      a_.at(with, row) = mirror(a_.at(with, row));
      std::swap(a_.at(row, row), a_.at(with, with));
      if (taken == 2) std::swap(a_.at(k + 1, k), a_.at(with, k));
    }
    for (std::int64_t i = k; i < k + taken; ++i) a_.at(i, i) = diagonal(i);
    if (with != row) a_.at(with, with) = diagonal(with);
  }

  void eliminate_one(std::int64_t k) {
    const T inverse = T(1) / a_.at(k, k);
    for (std::int64_t j = k + 1; j < n_; ++j) {
      const T factor = inverse * mirror(a_.at(j, k));
      for (std::int64_t i = j; i < n_; ++i) a_.at(i, j) -= a_.at(i, k) * factor;
      a_.at(j, j) = diagonal(j);
    }
    for (std::int64_t i = k + 1; i < n_; ++i) a_.at(i, k) *= inverse;
  }

  // The block is [x, mirror(y); y, z].
  void eliminate_two(std::int64_t k) {
    const T x = a_.at(k, k), y = a_.at(k + 1, k), z = a_.at(k + 1, k + 1);
    // Relative to y, so that nothing overflows.
    const T left = z / y, right = x / mirror(y);
    const T scale = T(1) / (left * right - T(1));
    for (std::int64_t j = k + 2; j < n_; ++j) {
      const T first = a_.at(j, k), second = a_.at(j, k + 1);
      const T w = scale * (left * first - second) / mirror(y);
      const T v = scale * (right * second - first) / y;
      // In this order of rows: what lies above row j are multipliers already.
      const T wm = mirror(w), vm = mirror(v);
      for (std::int64_t i = j; i < n_; ++i) a_.at(i, j) -= a_.at(i, k) * wm + a_.at(i, k + 1) * vm;
      a_.at(j, k) = w;
      a_.at(j, k + 1) = v;
      a_.at(j, j) = diagonal(j);
    }
  }

  Matrix<T> a_;
  std::int64_t n_;
  bool hermitian_;
  std::vector<std::int64_t> pivots_;
  std::int64_t singular_ = 0;  // 1 + the first place where D is singular; 0: nowhere
};

}  // namespace

template <class T>
IndefiniteFactors<T> factor_indefinite(Matrix<T> a, bool hermitian) {
  return Factorisation<T>(std::move(a), hermitian).take();
}

template <class T>
void solve_indefinite(const Matrix<T>& a, const std::int64_t* pivots, bool hermitian, Matrix<T>& b) {
  const auto mirror = [&](T x) { return hermitian ? conjugate(x) : x; };
  const std::int64_t n = a.rows;
  const auto exchange = [&](std::int64_t i, std::int64_t j) {
    for (std::int64_t c = 0; c < b.columns; ++c) std::swap(b.at(i, c), b.at(j, c));
  };
  for (std::int64_t k = 0; k < n;) {
    const std::int64_t taken = pivots[k] > 0 ? 1 : 2;
    exchange(k + taken - 1, std::abs(pivots[k]) - 1);
    for (std::int64_t c = 0; c < b.columns; ++c) {
      for (std::int64_t i = k + taken; i < n; ++i) {
        for (std::int64_t t = 0; t < taken; ++t) b.at(i, c) -= a.at(i, k + t) * b.at(k + t, c);
      }
      if (taken == 1) {
        b.at(k, c) /= hermitian ? T(real_part(a.at(k, k))) : a.at(k, k);
        continue;
      }
      const T y = a.at(k + 1, k);
      const T left = a.at(k, k) / mirror(y), right = a.at(k + 1, k + 1) / y;
      const T first = b.at(k, c) / mirror(y), second = b.at(k + 1, c) / y;
      const T determinant = left * right - T(1);
      b.at(k, c) = (right * first - second) / determinant;
      b.at(k + 1, c) = (left * second - first) / determinant;
    }
    k += taken;
  }
  for (std::int64_t k = n - 1; k >= 0;) {
    const std::int64_t taken = pivots[k] > 0 ? 1 : 2;
    for (std::int64_t t = 0; t < taken; ++t) {
      for (std::int64_t c = 0; c < b.columns; ++c) {
        for (std::int64_t i = k + 1; i < n; ++i) b.at(k - t, c) -= mirror(a.at(i, k - t)) * b.at(i, c);
      }
    }
    exchange(k, std::abs(pivots[k]) - 1);
    k -= taken;
  }
}

bool are_pivots(const std::int64_t* pivots, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) {
    if (pivots[k] == 0 || pivots[k] > n || pivots[k] < -n) return false;
    if (pivots[k] > 0) continue;
    if (k + 1 == n || pivots[k + 1] != pivots[k]) return false;
    ++k;
  }
  return true;
}

template IndefiniteFactors<double> factor_indefinite(Matrix<double>, bool);
template IndefiniteFactors<Complex> factor_indefinite(Matrix<Complex>, bool);
template void solve_indefinite(const Matrix<double>&, const std::int64_t*, bool, Matrix<double>&);
template void solve_indefinite(const Matrix<Complex>&, const std::int64_t*, bool, Matrix<Complex>&);

}  // namespace ptetool::ops

// Eigenvalues of Hermitian matrices and singular values, by rotations (Jacobi, Hestenes).
#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "ops/matrix.h"

namespace ptetool::ops {

namespace {

using Complex = std::complex<double>;

constexpr int kMostSweeps = 60;  // of rotations; they converge quadratically, after about 10

// The rotation that makes the off-diagonal element of [[a, c], [conj(c), b]] vanish: real, after c was turned to the
// positive axis by `phase`.
template <class T>
struct Rotation {
  double cosine = 1, sine = 0;
  T phase = 1;
  Rotation(double a, double b, T c) {
    const double size = std::abs(c);
    phase = c / size;
    const double ratio = (b - a) / (2 * size);
    const double tangent = std::copysign(1, ratio) / (std::fabs(ratio) + std::hypot(1, ratio));
    cosine = 1 / std::hypot(1, tangent);
    sine = tangent * cosine;
  }
  // Two elements of a row, in columns that are combined; of a column, the phase is the conjugate.
  void turn(T& x, T& y, bool column = false) const {
    const T turned = y * (column ? phase : conjugate(phase));
    y = sine * x + cosine * turned;
    x = cosine * x - sine * turned;
  }
};

}  // namespace

template <class T>
void hermitian_eigen(Matrix<T> a, std::vector<double>& values, Matrix<T>& vectors) {
  const std::int64_t n = a.rows;
  Matrix<T> found = Matrix<T>::identity(n);
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    bool turned = false;
    for (std::int64_t p = 0; p < n; ++p) {
      for (std::int64_t q = p + 1; q < n; ++q) {
        const T c = a.at(p, q);
        const double x = std::real(a.at(p, p)), y = std::real(a.at(q, q));
        if (!(std::abs(c) > 1e-18 * std::sqrt(std::fabs(x * y))) || std::abs(c) < 1e-300) continue;
        turned = true;
        const Rotation<T> rotation(x, y, c);
        for (std::int64_t k = 0; k < n; ++k) rotation.turn(a.at(k, p), a.at(k, q));
        for (std::int64_t k = 0; k < n; ++k) rotation.turn(a.at(p, k), a.at(q, k), true);
        for (std::int64_t k = 0; k < n; ++k) rotation.turn(found.at(k, p), found.at(k, q));
        a.at(p, q) = a.at(q, p) = 0;
      }
    }
    if (!turned) break;
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::int64_t i) { return std::real(a.at(i, i)); });
  vectors = Matrix<T>(n, n);
  values.clear();
  for (std::int64_t j = 0; j < n; ++j) {
    const std::int64_t from = order[static_cast<std::size_t>(j)];
    values.push_back(std::real(a.at(from, from)));
    for (std::int64_t i = 0; i < n; ++i) vectors.at(i, j) = found.at(i, from);
  }
}

namespace {

// Makes columns that are 0, or not there, unit vectors orthogonal to all others: what is left of a coordinate axis.
template <class T>
void complete_columns(Matrix<T>& m, std::int64_t columns) {
  Matrix<T> wide(m.rows, columns);
  std::vector<bool> given(static_cast<std::size_t>(columns));
  for (std::int64_t j = 0; j < std::min(m.columns, columns); ++j) {
    for (std::int64_t i = 0; i < m.rows; ++i) {
      wide.at(i, j) = m.at(i, j);
      if (m.at(i, j) != T(0)) given[static_cast<std::size_t>(j)] = true;
    }
  }
  std::int64_t axis = 0;
  for (std::int64_t j = 0; j < columns; ++j) {
    while (!given[static_cast<std::size_t>(j)] && axis < m.rows) {
      std::vector<T> v(static_cast<std::size_t>(m.rows));
      v[static_cast<std::size_t>(axis++)] = 1;
      for (int pass = 0; pass < 2; ++pass) {  // the second removes what rounding left
        for (std::int64_t other = 0; other < columns; ++other) {
          if (!given[static_cast<std::size_t>(other)]) continue;
          T share = 0;
          for (std::int64_t i = 0; i < m.rows; ++i)
            share += conjugate(wide.at(i, other)) * v[static_cast<std::size_t>(i)];
          for (std::int64_t i = 0; i < m.rows; ++i) v[static_cast<std::size_t>(i)] -= share * wide.at(i, other);
        }
      }
      double square = 0;
      for (const T each : v) square += std::norm(each);
      if (square < 1e-4 / static_cast<double>(m.rows)) continue;
      for (std::int64_t i = 0; i < m.rows; ++i) wide.at(i, j) = v[static_cast<std::size_t>(i)] / std::sqrt(square);
      given[static_cast<std::size_t>(j)] = true;
    }
  }
  m = std::move(wide);
}

}  // namespace

template <class T>
void svd(const Matrix<T>& a, bool complete, Matrix<T>& u, std::vector<double>& values, Matrix<T>& v) {
  if (a.rows < a.columns) return svd(a.adjoint(), complete, v, values, u);
  const std::int64_t n = a.columns;
  Matrix<T> work = a, turns = Matrix<T>::identity(n);
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    bool turned = false;
    for (std::int64_t p = 0; p < n; ++p) {
      for (std::int64_t q = p + 1; q < n; ++q) {
        double x = 0, y = 0;
        T c = 0;
        for (std::int64_t k = 0; k < a.rows; ++k) {
          x += std::norm(work.at(k, p));
          y += std::norm(work.at(k, q));
          c += conjugate(work.at(k, p)) * work.at(k, q);
        }
        if (!(std::abs(c) > 1e-16 * std::sqrt(x * y)) || std::abs(c) < 1e-300) continue;
        turned = true;
        const Rotation<T> rotation(x, y, c);
        for (std::int64_t k = 0; k < a.rows; ++k) rotation.turn(work.at(k, p), work.at(k, q));
        for (std::int64_t k = 0; k < n; ++k) rotation.turn(turns.at(k, p), turns.at(k, q));
      }
    }
    if (!turned) break;
  }
  std::vector<std::pair<double, std::int64_t>> lengths;
  for (std::int64_t j = 0; j < n; ++j) {
    double square = 0;
    for (std::int64_t k = 0; k < a.rows; ++k) square += std::norm(work.at(k, j));
    lengths.emplace_back(std::sqrt(square), j);
  }
  std::ranges::stable_sort(lengths, [](const auto& x, const auto& y) { return x.first > y.first; });
  u = Matrix<T>(a.rows, n);
  v = Matrix<T>(n, n);
  values.clear();
  for (std::int64_t j = 0; j < n; ++j) {
    const auto [length, from] = lengths[static_cast<std::size_t>(j)];
    values.push_back(length);
    for (std::int64_t k = 0; k < n; ++k) v.at(k, j) = turns.at(k, from);
    // Columns that are rounding errors of 0 have no direction.
    const bool vanishes = !(length > lengths[0].first * std::numeric_limits<double>::epsilon());
    for (std::int64_t k = 0; k < a.rows; ++k) u.at(k, j) = vanishes ? T(0) : work.at(k, from) / length;
  }
  complete_columns(u, complete ? a.rows : n);
}

#define PTETOOL_ROTATIONS(T)                                                  \
  template void hermitian_eigen(Matrix<T>, std::vector<double>&, Matrix<T>&); \
  template void svd(const Matrix<T>&, bool, Matrix<T>&, std::vector<double>&, Matrix<T>&);
PTETOOL_ROTATIONS(double)
PTETOOL_ROTATIONS(Complex)
#undef PTETOOL_ROTATIONS

}  // namespace ptetool::ops

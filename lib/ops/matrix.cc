// The factorisations of matrix.h that take a fixed number of steps.
#include "ops/matrix.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace ptetool::ops {

namespace {

// What LAPACK compares to find pivots.
double magnitude(double x) { return std::fabs(x); }
double magnitude(std::complex<double> x) { return std::fabs(x.real()) + std::fabs(x.imag()); }

}  // namespace

template <class T>
Lu<T> lu_factor(Matrix<T> a, bool pivot) {
  Lu<T> result;
  const std::int64_t steps = std::min(a.rows, a.columns);
  for (std::int64_t k = 0; k < steps; ++k) {
    std::int64_t best = k;
    for (std::int64_t i = k + 1; pivot && i < a.rows; ++i) {
      if (magnitude(a.at(i, k)) > magnitude(a.at(best, k))) best = i;
    }
    result.pivots.push_back(best);
    if (best != k) {
      for (std::int64_t j = 0; j < a.columns; ++j) std::swap(a.at(k, j), a.at(best, j));
      result.sign = -result.sign;
    }
    if (a.at(k, k) == T(0)) {
      if (result.singular == 0) result.singular = k + 1;
      continue;
    }
    for (std::int64_t i = k + 1; i < a.rows; ++i) {
      const T factor = a.at(i, k) /= a.at(k, k);
      for (std::int64_t j = k + 1; j < a.columns; ++j) a.at(i, j) -= factor * a.at(k, j);
    }
  }
  result.lu = std::move(a);
  return result;
}

std::vector<std::int64_t> row_order(const std::vector<std::int64_t>& pivots, std::int64_t rows) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = 0; i < pivots.size(); ++i) std::swap(order[i], order[static_cast<std::size_t>(pivots[i])]);
  return order;
}

template <class T>
Matrix<T> lu_solve(const Lu<T>& lu, const Matrix<T>& b) {
  const auto order = row_order(lu.pivots, b.rows);
  Matrix<T> moved(b.rows, b.columns);
  for (std::int64_t i = 0; i < b.rows; ++i) {
    for (std::int64_t j = 0; j < b.columns; ++j) moved.at(i, j) = b.at(order[static_cast<std::size_t>(i)], j);
  }
  return solve_triangular(lu.lu, solve_triangular(lu.lu, std::move(moved), false, true), true, false);
}

template <class T>
Matrix<T> solve_triangular(const Matrix<T>& a, Matrix<T> b, bool upper, bool unit) {
  for (std::int64_t step = 0; step < a.rows; ++step) {
    const std::int64_t i = upper ? a.rows - 1 - step : step;
    for (std::int64_t j = 0; j < b.columns; ++j) {
      T sum = b.at(i, j);
      for (std::int64_t k = upper ? i + 1 : 0; k < (upper ? a.rows : i); ++k) sum -= a.at(i, k) * b.at(k, j);
      b.at(i, j) = unit ? sum : sum / a.at(i, i);
    }
  }
  return b;
}

template <class T>
std::int64_t cholesky(const Matrix<T>& a, Matrix<T>& l) {
  l = Matrix<T>(a.rows, a.rows);
  for (std::int64_t j = 0; j < a.rows; ++j) {
    for (std::int64_t i = j; i < a.rows; ++i) {
      T sum = a.at(i, j);
      for (std::int64_t k = 0; k < j; ++k) sum -= l.at(i, k) * conjugate(l.at(j, k));
      if (i == j) {
        if (!(std::real(sum) > 0)) return j + 1;
        l.at(j, j) = std::sqrt(std::real(sum));
      } else {
        l.at(i, j) = sum / l.at(j, j);
      }
    }
  }
  return 0;
}

namespace {

// Rows from `first` on of columns from `from` on: M -= factor * v (v^H M), where v is column `first` of `q` below a 1.
template <class T>
void reflect_once(const Matrix<T>& q, std::int64_t first, T factor, Matrix<T>& m, std::int64_t from) {
  if (factor == T(0)) return;
  for (std::int64_t j = from; j < m.columns; ++j) {
    T sum = m.at(first, j);
    for (std::int64_t i = first + 1; i < m.rows; ++i) sum += conjugate(q.at(i, first)) * m.at(i, j);
    sum *= factor;
    m.at(first, j) -= sum;
    for (std::int64_t i = first + 1; i < m.rows; ++i) m.at(i, j) -= q.at(i, first) * sum;
  }
}

}  // namespace

template <class T>
Reflections<T> reflections_of(Matrix<T> a) {
  Reflections<T> result;
  for (std::int64_t k = 0; k < std::min(a.rows, a.columns); ++k) {
    const T head = a.at(k, k);
    double below = 0;
    for (std::int64_t i = k + 1; i < a.rows; ++i) below += std::norm(a.at(i, k));
    // Real above zeros: nothing to reflect, as LAPACK sees it.
    if (below == 0 && std::imag(head) == 0) {
      result.factors.push_back(0);
      continue;
    }
    const double length = -std::copysign(std::sqrt(std::norm(head) + below), std::real(head));
    const T factor = (T(length) - head) / T(length);
    for (std::int64_t i = k + 1; i < a.rows; ++i) a.at(i, k) /= head - T(length);
    reflect_once(a, k, conjugate(factor), a, k + 1);
    a.at(k, k) = length;
    result.factors.push_back(factor);
  }
  result.a = std::move(a);
  return result;
}

template <class T>
Matrix<T> reflect(const Reflections<T>& q, Matrix<T> c, bool adjoint) {
  const auto count = static_cast<std::int64_t>(q.factors.size());
  for (std::int64_t step = 0; step < count; ++step) {
    const std::int64_t k = adjoint ? step : count - 1 - step;
    const T factor = q.factors[static_cast<std::size_t>(k)];
    reflect_once(q.a, k, adjoint ? conjugate(factor) : factor, c, 0);
  }
  return c;
}

template <class T>
Matrix<T> columns_of(const Reflections<T>& q, std::int64_t columns) {
  Matrix<T> start(q.a.rows, columns);
  for (std::int64_t i = 0; i < std::min(q.a.rows, columns); ++i) start.at(i, i) = 1;
  return reflect(q, std::move(start), false);
}

#define PTETOOL_MATRIX(T)                                                       \
  template Lu<T> lu_factor(Matrix<T>, bool);                                    \
  template Matrix<T> lu_solve(const Lu<T>&, const Matrix<T>&);                  \
  template Matrix<T> solve_triangular(const Matrix<T>&, Matrix<T>, bool, bool); \
  template std::int64_t cholesky(const Matrix<T>&, Matrix<T>&);                 \
  template Reflections<T> reflections_of(Matrix<T>);                            \
  template Matrix<T> reflect(const Reflections<T>&, Matrix<T>, bool);           \
  template Matrix<T> columns_of(const Reflections<T>&, std::int64_t);
PTETOOL_MATRIX(double)
PTETOOL_MATRIX(std::complex<double>)
#undef PTETOOL_MATRIX

}  // namespace ptetool::ops

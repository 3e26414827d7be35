// The factorisations of matrix.h.
#include "ops/matrix.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace ptetool::ops {

Matrix Matrix::identity(std::int64_t n) {
  Matrix result(n, n);
  for (std::int64_t i = 0; i < n; ++i) result.at(i, i) = 1;
  return result;
}

Matrix Matrix::transposed() const {
  Matrix result(columns, rows);
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) result.at(j, i) = at(i, j);
  }
  return result;
}

Matrix operator*(const Matrix& a, const Matrix& b) {
  Matrix result(a.rows, b.columns);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t k = 0; k < a.columns; ++k) {
      for (std::int64_t j = 0; j < b.columns; ++j) result.at(i, j) += a.at(i, k) * b.at(k, j);
    }
  }
  return result;
}

Lu lu_factor(Matrix a, bool pivot) {
  Lu result;
  const std::int64_t steps = std::min(a.rows, a.columns);
  for (std::int64_t k = 0; k < steps; ++k) {
    std::int64_t best = k;
    for (std::int64_t i = k + 1; pivot && i < a.rows; ++i) {
      if (std::fabs(a.at(i, k)) > std::fabs(a.at(best, k))) best = i;
    }
    result.pivots.push_back(best);
    if (best != k) {
      for (std::int64_t j = 0; j < a.columns; ++j) std::swap(a.at(k, j), a.at(best, j));
      result.sign = -result.sign;
    }
    if (a.at(k, k) == 0) {
      if (result.singular == 0) result.singular = k + 1;
      continue;
    }
    for (std::int64_t i = k + 1; i < a.rows; ++i) {
      const double factor = a.at(i, k) /= a.at(k, k);
      for (std::int64_t j = k + 1; j < a.columns; ++j) a.at(i, j) -= factor * a.at(k, j);
    }
  }
  result.lu = std::move(a);
  return result;
}

std::vector<std::int64_t> row_order(const Lu& lu) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(lu.lu.rows));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = 0; i < lu.pivots.size(); ++i) std::swap(order[i], order[static_cast<std::size_t>(lu.pivots[i])]);
  return order;
}

Matrix lu_solve(const Lu& lu, Matrix b) {
  const auto order = row_order(lu);
  Matrix moved(b.rows, b.columns);
  for (std::int64_t i = 0; i < b.rows; ++i) {
    for (std::int64_t j = 0; j < b.columns; ++j) moved.at(i, j) = b.at(order[static_cast<std::size_t>(i)], j);
  }
  return solve_triangular(lu.lu, solve_triangular(lu.lu, std::move(moved), false, true), true, false);
}

Matrix solve_triangular(const Matrix& a, Matrix b, bool upper, bool unit) {
  for (std::int64_t step = 0; step < a.rows; ++step) {
    const std::int64_t i = upper ? a.rows - 1 - step : step;
    for (std::int64_t j = 0; j < b.columns; ++j) {
      double sum = b.at(i, j);
      for (std::int64_t k = upper ? i + 1 : 0; k < (upper ? a.rows : i); ++k) sum -= a.at(i, k) * b.at(k, j);
      b.at(i, j) = unit ? sum : sum / a.at(i, i);
    }
  }
  return b;
}

std::int64_t cholesky(const Matrix& a, Matrix& l) {
  l = Matrix(a.rows, a.rows);
  for (std::int64_t j = 0; j < a.rows; ++j) {
    for (std::int64_t i = j; i < a.rows; ++i) {
      double sum = a.at(i, j);
      for (std::int64_t k = 0; k < j; ++k) sum -= l.at(i, k) * l.at(j, k);
      if (i == j) {
        if (!(sum > 0)) return j + 1;
        l.at(j, j) = std::sqrt(sum);
      } else {
        l.at(i, j) = sum / l.at(j, j);
      }
    }
  }
  return 0;
}

void qr(const Matrix& a, bool complete, Matrix& q, Matrix& r) {
  const std::int64_t steps = std::min(a.rows, a.columns), width = complete ? a.rows : steps;
  Matrix work = a;
  std::vector<std::vector<double>> mirrors;
  const auto reflect = [](const std::vector<double>& v, std::int64_t first, Matrix& m) {
    for (std::int64_t j = 0; j < m.columns; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < v.size(); ++i) sum += v[i] * m.at(first + static_cast<std::int64_t>(i), j);
      for (std::size_t i = 0; i < v.size(); ++i) m.at(first + static_cast<std::int64_t>(i), j) -= 2 * sum * v[i];
    }
  };
  for (std::int64_t k = 0; k < steps; ++k) {
    std::vector<double> v;
    double square = 0, below = 0;
    for (std::int64_t i = k; i < a.rows; ++i) {
      v.push_back(work.at(i, k));
      square += v.back() * v.back();
      if (i > k) below += v.back() * v.back();
    }
    // Nothing below the diagonal: nothing to reflect, as LAPACK sees it.
    if (below == 0) {
      mirrors.emplace_back(v.size(), 0.0);
      continue;
    }
    v[0] += std::copysign(std::sqrt(square), v[0]);
    const double norm = std::sqrt(below + v[0] * v[0]);
    for (double& each : v) each /= norm;
    reflect(v, k, work);
    mirrors.push_back(std::move(v));
  }
  r = Matrix(width, a.columns);
  for (std::int64_t i = 0; i < width; ++i) {
    for (std::int64_t j = i; j < a.columns; ++j) r.at(i, j) = work.at(i, j);
  }
  q = Matrix(a.rows, width);
  for (std::int64_t i = 0; i < width; ++i) q.at(i, i) = 1;
  for (std::int64_t k = steps; k-- > 0;) reflect(mirrors[static_cast<std::size_t>(k)], k, q);
}

namespace {

constexpr int kMostSweeps = 60;  // of rotations; they converge quadratically, after about 10

// The rotation that makes the off-diagonal element of [[a, c], [c, b]] vanish.
struct Rotation {
  double cosine = 1, sine = 0;
  Rotation(double a, double b, double c) {
    const double ratio = (b - a) / (2 * c);
    const double tangent = std::copysign(1, ratio) / (std::fabs(ratio) + std::hypot(1, ratio));
    cosine = 1 / std::hypot(1, tangent);
    sine = tangent * cosine;
  }
  void turn(double& x, double& y) const {
    const double before = x;
    x = cosine * x - sine * y;
    y = sine * before + cosine * y;
  }
};

}  // namespace

void symmetric_eigen(Matrix a, std::vector<double>& values, Matrix& vectors) {
  const std::int64_t n = a.rows;
  Matrix found = Matrix::identity(n);
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    bool turned = false;
    for (std::int64_t p = 0; p < n; ++p) {
      for (std::int64_t q = p + 1; q < n; ++q) {
        const double c = a.at(p, q);
        if (!(std::fabs(c) > 1e-18 * std::sqrt(std::fabs(a.at(p, p) * a.at(q, q)))) || std::fabs(c) < 1e-300) continue;
        turned = true;
        const Rotation rotation(a.at(p, p), a.at(q, q), c);
        for (std::int64_t k = 0; k < n; ++k) rotation.turn(a.at(k, p), a.at(k, q));
        for (std::int64_t k = 0; k < n; ++k) rotation.turn(a.at(p, k), a.at(q, k));
        for (std::int64_t k = 0; k < n; ++k) rotation.turn(found.at(k, p), found.at(k, q));
        a.at(p, q) = a.at(q, p) = 0;
      }
    }
    if (!turned) break;
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::int64_t i) { return a.at(i, i); });
  vectors = Matrix(n, n);
  values.clear();
  for (std::int64_t j = 0; j < n; ++j) {
    const std::int64_t from = order[static_cast<std::size_t>(j)];
    values.push_back(a.at(from, from));
    for (std::int64_t i = 0; i < n; ++i) vectors.at(i, j) = found.at(i, from);
  }
}

void svd(const Matrix& a, Matrix& u, std::vector<double>& values, Matrix& v) {
  if (a.rows < a.columns) return svd(a.transposed(), v, values, u);
  const std::int64_t n = a.columns;
  Matrix work = a, turns = Matrix::identity(n);
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    bool turned = false;
    for (std::int64_t p = 0; p < n; ++p) {
      for (std::int64_t q = p + 1; q < n; ++q) {
        double x = 0, y = 0, c = 0;
        for (std::int64_t k = 0; k < a.rows; ++k) {
          x += work.at(k, p) * work.at(k, p);
          y += work.at(k, q) * work.at(k, q);
          c += work.at(k, p) * work.at(k, q);
        }
        if (!(std::fabs(c) > 1e-16 * std::sqrt(x * y)) || std::fabs(c) < 1e-300) continue;
        turned = true;
        const Rotation rotation(x, y, c);
        for (std::int64_t k = 0; k < a.rows; ++k) rotation.turn(work.at(k, p), work.at(k, q));
        for (std::int64_t k = 0; k < n; ++k) rotation.turn(turns.at(k, p), turns.at(k, q));
      }
    }
    if (!turned) break;
  }
  std::vector<std::pair<double, std::int64_t>> lengths;
  for (std::int64_t j = 0; j < n; ++j) {
    double square = 0;
    for (std::int64_t k = 0; k < a.rows; ++k) square += work.at(k, j) * work.at(k, j);
    lengths.emplace_back(std::sqrt(square), j);
  }
  std::ranges::stable_sort(lengths, [](const auto& x, const auto& y) { return x.first > y.first; });
  u = Matrix(a.rows, n);
  v = Matrix(n, n);
  values.clear();
  for (std::int64_t j = 0; j < n; ++j) {
    const auto [length, from] = lengths[static_cast<std::size_t>(j)];
    values.push_back(length);
    for (std::int64_t k = 0; k < n; ++k) v.at(k, j) = turns.at(k, from);
    for (std::int64_t k = 0; k < a.rows; ++k) u.at(k, j) = length > 0 ? work.at(k, from) / length : 0;
  }
}

}  // namespace ptetool::ops

// The parts of matrix.h that iterate: eigenvalues, singular values, exponentials.
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

namespace {

// Makes a matrix zero below its first subdiagonal: A = Q H Q^H.
void to_hessenberg(Matrix<Complex>& a, Matrix<Complex>& q) {
  const std::int64_t n = a.rows;
  for (std::int64_t k = 0; k + 2 < n; ++k) {
    std::vector<Complex> v(static_cast<std::size_t>(n));
    double square = 0;
    for (std::int64_t i = k + 1; i < n; ++i) {
      v[static_cast<std::size_t>(i)] = a.at(i, k);
      square += std::norm(a.at(i, k));
    }
    Complex& head = v[static_cast<std::size_t>(k + 1)];
    if (square == std::norm(head)) continue;
    head += std::sqrt(square) * (head == 0.0 ? Complex(1) : head / std::abs(head));
    double length = 0;
    for (const Complex each : v) length += std::norm(each);
    const auto mirror = [&](const auto& element) {
      for (std::int64_t line = 0; line < n; ++line) {
        Complex sum = 0;
        for (std::int64_t i = k + 1; i < n; ++i) sum += element(line, i, v[static_cast<std::size_t>(i)]);
        sum *= 2 / length;
        for (std::int64_t i = k + 1; i < n; ++i) element(line, i, v[static_cast<std::size_t>(i)], sum);
      }
    };
    struct Rows {
      Matrix<Complex>& m;
      Complex operator()(std::int64_t j, std::int64_t i, Complex v) const { return std::conj(v) * m.at(i, j); }
      void operator()(std::int64_t j, std::int64_t i, Complex v, Complex sum) const { m.at(i, j) -= v * sum; }
    };
    struct Columns {
      Matrix<Complex>& m;
      Complex operator()(std::int64_t j, std::int64_t i, Complex v) const { return v * m.at(j, i); }
      void operator()(std::int64_t j, std::int64_t i, Complex v, Complex sum) const {
        m.at(j, i) -= sum * std::conj(v);
      }
    };
    mirror(Rows{a});
    mirror(Columns{a});
    mirror(Columns{q});
  }
}

// One QR step with a shift on the rows and columns [low, high].
void qr_step(Matrix<Complex>& h, Matrix<Complex>& q, std::int64_t low, std::int64_t high, Complex shift) {
  const std::int64_t n = h.rows;
  struct Turn {
    double cosine;
    Complex sine;
  };
  std::vector<Turn> turns;
  for (std::int64_t k = low; k <= high; ++k) h.at(k, k) -= shift;
  for (std::int64_t k = low; k < high; ++k) {
    const Complex a = h.at(k, k), b = h.at(k + 1, k);
    const double size = std::hypot(std::abs(a), std::abs(b));
    const Complex unit = a == 0.0 ? Complex(1) : a / std::abs(a);
    const Turn turn = size == 0 ? Turn{1, 0} : Turn{std::abs(a) / size, unit * std::conj(b) / size};
    turns.push_back(turn);
    for (std::int64_t j = k; j < n; ++j) {
      const Complex x = h.at(k, j), y = h.at(k + 1, j);
      h.at(k, j) = turn.cosine * x + turn.sine * y;
      h.at(k + 1, j) = turn.cosine * y - std::conj(turn.sine) * x;
    }
  }
  for (std::int64_t k = low; k < high; ++k) {
    const Turn turn = turns[static_cast<std::size_t>(k - low)];
    const auto columns = [&](Matrix<Complex>& m, std::int64_t rows) {
      for (std::int64_t i = 0; i < rows; ++i) {
        const Complex x = m.at(i, k), y = m.at(i, k + 1);
        m.at(i, k) = turn.cosine * x + std::conj(turn.sine) * y;
        m.at(i, k + 1) = turn.cosine * y - turn.sine * x;
      }
    };
    columns(h, std::min(k + 2, high) + 1);
    columns(q, n);
  }
  for (std::int64_t k = low; k <= high; ++k) h.at(k, k) += shift;
}

// The eigenvalue of the last 2 x 2 block that is nearer to its last element.
Complex shift_of(const Matrix<Complex>& h, std::int64_t high) {
  const Complex a = h.at(high - 1, high - 1), d = h.at(high, high);
  const Complex half = (a - d) / 2.0;
  const Complex root = std::sqrt(half * half + h.at(high - 1, high) * h.at(high, high - 1));
  const Complex first = d + half + root, second = d + half - root;
  return std::abs(first - d) < std::abs(second - d) ? first : second;
}

}  // namespace

bool eigen(Matrix<Complex> h, std::vector<Complex>& values, Matrix<Complex>& vectors) {
  const std::int64_t n = h.rows;
  Matrix<Complex> q = Matrix<Complex>::identity(n);
  to_hessenberg(h, q);
  std::int64_t high = n - 1;
  for (int steps = 0; high > 0;) {
    std::int64_t low = high;
    while (low > 0) {
      const double around = std::abs(h.at(low, low)) + std::abs(h.at(low - 1, low - 1));
      if (std::abs(h.at(low, low - 1)) <= std::numeric_limits<double>::epsilon() * around) break;
      --low;
    }
    if (low > 0) h.at(low, low - 1) = 0;
    if (low == high) {
      --high;
      steps = 0;
      continue;
    }
    if (++steps > kMostSweeps) return false;
    // Now and then a shift from elsewhere, for matrices on which the usual one turns in circles.
    qr_step(h, q, low, high, steps % 11 == 10 ? h.at(high, high) + std::abs(h.at(high, high - 1)) : shift_of(h, high));
  }
  values.clear();
  for (std::int64_t i = 0; i < n; ++i) values.push_back(h.at(i, i));
  // Eigenvectors of the triangle, column by column, then brought back.
  double size = 0;
  for (const Complex each : h.numbers) size = std::max(size, std::abs(each));
  Matrix<Complex> found(n, n);
  for (std::int64_t k = 0; k < n; ++k) {
    found.at(k, k) = 1;
    for (std::int64_t i = k; i-- > 0;) {
      Complex sum = 0;
      for (std::int64_t j = i + 1; j <= k; ++j) sum += h.at(i, j) * found.at(j, k);
      Complex gap = h.at(k, k) - h.at(i, i);
      const double least = std::numeric_limits<double>::epsilon() * size;
      if (std::abs(gap) < least) gap = least;
      found.at(i, k) = sum == 0.0 ? Complex(0) : sum / gap;
    }
  }
  vectors = q * found;
  for (std::int64_t k = 0; k < n; ++k) {
    double square = 0;
    Complex largest = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      square += std::norm(vectors.at(i, k));
      if (std::abs(vectors.at(i, k)) > std::abs(largest)) largest = vectors.at(i, k);
    }
    // LAPACK makes the largest element real.
    const Complex factor = largest == 0.0 ? Complex(1) : std::conj(largest) / std::abs(largest) / std::sqrt(square);
    for (std::int64_t i = 0; i < n; ++i) vectors.at(i, k) *= factor;
  }
  return true;
}

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

#define PTETOOL_SPECTRUM(T)                                                                \
  template void hermitian_eigen(Matrix<T>, std::vector<double>&, Matrix<T>&);              \
  template void svd(const Matrix<T>&, bool, Matrix<T>&, std::vector<double>&, Matrix<T>&); \
  template Matrix<T> exponential(Matrix<T>);
PTETOOL_SPECTRUM(double)
PTETOOL_SPECTRUM(Complex)
#undef PTETOOL_SPECTRUM

}  // namespace ptetool::ops

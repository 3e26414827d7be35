// Eigenvalues of general matrices: QR steps with shifts on the Hessenberg form, then the eigenvectors of a triangle.
#include <algorithm>
#include <limits>

#include "ops/matrix.h"

namespace ptetool::ops {

namespace {

using Complex = std::complex<double>;

constexpr int kMostSteps = 60;  // between two eigenvalues that are found

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
    if (++steps > kMostSteps) return false;
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

}  // namespace ptetool::ops

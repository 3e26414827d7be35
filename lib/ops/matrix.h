// Dense matrices of doubles, real or complex, with the factorisations that linear algebra operators are made of. Their
// costs are cubic, and nothing is blocked: they are meant for the small matrices of models.
//
// T is double or std::complex<double>; everything is compiled for both, in the matrix_*.cc files.
#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace ptetool::ops {

// The conjugate, of the same type; a real number is its own.
inline double conjugate(double x) { return x; }
inline std::complex<double> conjugate(std::complex<double> x) { return std::conj(x); }

template <class T>
struct Matrix {
  std::int64_t rows = 0, columns = 0;
  std::vector<T> numbers;  // row by row

  Matrix() = default;
  Matrix(std::int64_t m, std::int64_t n) : rows(m), columns(n), numbers(static_cast<std::size_t>(m * n)) {}
  static Matrix identity(std::int64_t n) {
    Matrix result(n, n);
    for (std::int64_t i = 0; i < n; ++i) result.at(i, i) = 1;
    return result;
  }

  T& at(std::int64_t i, std::int64_t j) { return numbers[static_cast<std::size_t>(i * columns + j)]; }
  T at(std::int64_t i, std::int64_t j) const { return numbers[static_cast<std::size_t>(i * columns + j)]; }
  Matrix transposed() const {
    Matrix result(columns, rows);
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) result.at(j, i) = at(i, j);
    }
    return result;
  }
  // Transposed and conjugated.
  Matrix adjoint() const {
    Matrix result = transposed();
    for (T& each : result.numbers) each = conjugate(each);
    return result;
  }
};
template <class T>
Matrix<T> operator*(const Matrix<T>& a, const Matrix<T>& b) {
  Matrix<T> result(a.rows, b.columns);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t k = 0; k < a.columns; ++k) {
      for (std::int64_t j = 0; j < b.columns; ++j) result.at(i, j) += a.at(i, k) * b.at(k, j);
    }
  }
  return result;
}

// P A = L U in place, with rows exchanged for the largest pivots: L below the diagonal (of ones), U on and above it.
template <class T>
struct Lu {
  Matrix<T> lu;
  std::vector<std::int64_t> pivots;  // row i was exchanged with this one
  std::int64_t singular = 0;         // 1 + the first place where U has 0 on its diagonal; 0: nowhere
  double sign = 1;                   // of the permutation
};
template <class T>
Lu<T> lu_factor(Matrix<T> a, bool pivot = true);
// X of A X = B.
template <class T>
Matrix<T> lu_solve(const Lu<T>& lu, const Matrix<T>& b);
// The order of `rows` rows that the pivots make: row i of P A is row order[i] of A.
std::vector<std::int64_t> row_order(const std::vector<std::int64_t>& pivots, std::int64_t rows);

// X of A X = B where A is triangular.
template <class T>
Matrix<T> solve_triangular(const Matrix<T>& a, Matrix<T> b, bool upper, bool unit);

// L of A = L L^H from the lower half of A. Returns 1 + the first minor that is not positive, or 0.
template <class T>
std::int64_t cholesky(const Matrix<T>& a, Matrix<T>& l);

// A = Q R as LAPACK's Householder reflections: R on and above the diagonal, the reflections' vectors below it, which
// begin with a 1 that is not stored, and their factors.
template <class T>
struct Reflections {
  Matrix<T> a;
  std::vector<T> factors;
};
template <class T>
Reflections<T> reflections_of(Matrix<T> a);
// Q C, or Q^H C.
template <class T>
Matrix<T> reflect(const Reflections<T>& q, Matrix<T> c, bool adjoint);
// The first columns of Q.
template <class T>
Matrix<T> columns_of(const Reflections<T>& q, std::int64_t columns);

// Eigenvalues in ascending order and eigenvectors as columns of a Hermitian matrix, by Jacobi's rotations.
template <class T>
void hermitian_eigen(Matrix<T> a, std::vector<double>& values, Matrix<T>& vectors);
// A = U diag(S) V^H, singular values descending, by rotations of the columns (Hestenes). U has as many columns as V,
// or, where `complete`, both are square.
template <class T>
void svd(const Matrix<T>& a, bool complete, Matrix<T>& u, std::vector<double>& values, Matrix<T>& v);

// Eigenvalues of a square matrix and eigenvectors as columns of length 1, by QR steps on its Hessenberg form; false
// where they do not converge.
bool eigen(Matrix<std::complex<double>> a, std::vector<std::complex<double>>& values,
           Matrix<std::complex<double>>& vectors);

// exp(A), by a Taylor polynomial of A / 2^n that is squared n times.
template <class T>
Matrix<T> exponential(Matrix<T> a);

}  // namespace ptetool::ops

// Dense matrices of doubles with the factorisations that linear algebra operators are made of. Their costs are cubic,
// and nothing is blocked: they are meant for the small matrices of models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ptetool::ops {

struct Matrix {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> numbers;  // row by row

  Matrix() = default;
  Matrix(std::int64_t m, std::int64_t n) : rows(m), columns(n), numbers(static_cast<std::size_t>(m * n)) {}
  static Matrix identity(std::int64_t n);

  double& at(std::int64_t i, std::int64_t j) { return numbers[static_cast<std::size_t>(i * columns + j)]; }
  double at(std::int64_t i, std::int64_t j) const { return numbers[static_cast<std::size_t>(i * columns + j)]; }
  Matrix transposed() const;
};
Matrix operator*(const Matrix& a, const Matrix& b);

// P A = L U in place, with rows exchanged for the largest pivots: L below the diagonal (of ones), U on and above it.
struct Lu {
  Matrix lu;
  std::vector<std::int64_t> pivots;  // row i was exchanged with this one
  std::int64_t singular = 0;         // 1 + the first place where U has 0 on its diagonal; 0: nowhere
  double sign = 1;                   // of the permutation
};
Lu lu_factor(Matrix a, bool pivot = true);
// X of A X = B.
Matrix lu_solve(const Lu& lu, Matrix b);
// The order of rows that the pivots make: row i of P A is row order[i] of A.
std::vector<std::int64_t> row_order(const Lu& lu);

// X of A X = B where A is triangular.
Matrix solve_triangular(const Matrix& a, Matrix b, bool upper, bool unit);

// L of A = L L^T from the lower half of A. Returns 1 + the first minor that is not positive, or 0.
std::int64_t cholesky(const Matrix& a, Matrix& l);

// A = Q R with Q of orthonormal columns (all of them if `complete`), signs as LAPACK's Householder reflections give.
void qr(const Matrix& a, bool complete, Matrix& q, Matrix& r);

// Eigenvalues in ascending order and eigenvectors as columns of a symmetric matrix, by Jacobi's rotations.
void symmetric_eigen(Matrix a, std::vector<double>& values, Matrix& vectors);
// A = U diag(S) V^T, singular values descending, by rotations of the columns (Hestenes). U has as many columns as V.
void svd(const Matrix& a, Matrix& u, std::vector<double>& values, Matrix& v);

}  // namespace ptetool::ops

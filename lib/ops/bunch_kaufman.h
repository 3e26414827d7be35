// Symmetric and Hermitian matrices that need not be definite: P A P^T = L D L^T with blocks of one or two rows in D, by
// the pivoting of Bunch and Kaufman (1977). Factors and pivots are LAPACK's for the lower half: L below the blocks,
// pivot k + 1 where row k was exchanged with row k, twice the negative one for a block of two.
//
// T is double or std::complex<double>, as in matrix.h.
#pragma once

#include "ops/matrix.h"

namespace ptetool::ops {

template <class T>
struct IndefiniteFactors {
  Matrix<T> factors;
  std::vector<std::int64_t> pivots;
  std::int64_t singular = 0;  // 1 + the first place where D is singular; 0: nowhere
};

template <class T>
IndefiniteFactors<T> factor_indefinite(Matrix<T> a, bool hermitian);

// Rows that exist, and the negative ones in pairs.
bool are_pivots(const std::int64_t* pivots, std::int64_t n);

// X of A X = B, in place of B, from the factors of A.
template <class T>
void solve_indefinite(const Matrix<T>& factors, const std::int64_t* pivots, bool hermitian, Matrix<T>& b);

}  // namespace ptetool::ops

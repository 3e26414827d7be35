// Eigenvalues, singular values and functions of matrices: what iterates (matrix_rotations.cc, matrix_eigen.cc).
#include <limits>

#include "ops/linalg.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// Only the lower half is looked at, and the real part of the diagonal.
template <class T>
void make_hermitian(Matrix<T>& matrix) {
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    matrix.at(row, row) = std::real(matrix.at(row, row));
    for (std::int64_t k = 0; k < row; ++k) matrix.at(k, row) = conjugate(matrix.at(row, k));
  }
}

Result<> eigh(Call& call) {
  const bool upper = call.text(1) == "U" || call.text(1) == "u";
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, true);
    if (!a) return Failure(a.error());
    Results<double> values;
    Results<T> vectors;
    for (std::int64_t i = 0; i < a->count(); ++i) {
      Matrix<T> matrix = upper ? a->matrix(i).adjoint() : a->matrix(i), found;
      make_hermitian(matrix);
      std::vector<double> ordered;
      hermitian_eigen(std::move(matrix), ordered, found);
      values.add(ordered);
      vectors.add(found);
    }
    PTETOOL_CHECK(write(call, 0, a->outer, {a->rows}, values));
    return call.boolean(2) ? write(call, 1, a->outer, {a->rows, a->rows}, vectors)
                           : prepare(call, call.out(1), Sizes{0});
  });
}

Result<> svd_parts(Call& call) {
  const bool complete = call.boolean(1), wanted = call.boolean(2);
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, false);
    if (!a) return Failure(a.error());
    const std::int64_t steps = std::min(a->rows, a->columns);
    const std::int64_t width = complete ? a->rows : steps, height = complete ? a->columns : steps;
    if (wanted) {
      PTETOOL_CHECK(shape_out(call, 0, a->outer, {a->rows, width}));
      PTETOOL_CHECK(shape_out(call, 2, a->outer, {height, a->columns}));
    }
    Results<T> us, vs;
    Results<double> values;
    for (std::int64_t i = 0; i < a->count(); ++i) {
      Matrix<T> u, v;
      std::vector<double> ordered;
      svd(a->matrix(i), complete && wanted, u, ordered, v);
      values.add(ordered);
      us.add(u);
      vs.add(v.adjoint());
    }
    PTETOOL_CHECK(write(call, 1, a->outer, {steps}, values));
    if (!wanted) {
      PTETOOL_CHECK(prepare(call, call.out(0), Sizes{0}));
      return prepare(call, call.out(2), Sizes{0});
    }
    PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, width}, us));
    return write(call, 2, a->outer, {height, a->columns}, vs);
  });
}

Result<> eig(Call& call) {
  if (!contains(dtype_set(ScalarType::Float, ScalarType::Double) | kComplexes, call.tensor(0).dtype)) {
    return unsupported_dtype(call, call.tensor(0).dtype);
  }
  const auto a = batch_of<Complex128>(call, 0, true);
  if (!a) return Failure(a.error());
  Results<Complex128> values, vectors;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    const Matrix<Complex128> matrix = a->matrix(i);
    for (const Complex128 each : matrix.numbers) {
      if (!std::isfinite(std::abs(each))) return call.fail(ErrorCode::Mismatch, "a matrix has infinities or NaN");
    }
    std::vector<Complex128> found;
    Matrix<Complex128> columns;
    if (!eigen(matrix, found, columns)) return call.fail(ErrorCode::Mismatch, "the eigenvalues do not converge");
    values.add(found);
    vectors.add(columns);
  }
  PTETOOL_CHECK(write(call, 0, a->outer, {a->rows}, values));
  return call.schema().outputs == 1 ? Result<>() : write(call, 1, a->outer, {a->rows, a->rows}, vectors);
}

template <class T>
Result<> exponentials(Call& call) {
  const auto a = batch_of<T>(call, 0, true);
  if (!a) return Failure(a.error());
  Results<T> powers;
  for (std::int64_t i = 0; i < a->count(); ++i) powers.add(exponential(a->matrix(i)));
  return write(call, 0, a->outer, {a->rows, a->columns}, powers);
}
Result<> matrix_exp(Call& call) {
  return is_complex_dtype(call.tensor(0).dtype) ? exponentials<Complex128>(call) : exponentials<double>(call);
}

// The tolerance argument of one matrix, or 0 of none.
Result<std::vector<double>> tolerances(Call& call, std::size_t index, const Sizes& outer) {
  std::vector<double> result(static_cast<std::size_t>(numel(outer)));
  const Tensor* given = call.optional_tensor(index);
  if (!given) return result;
  const auto whole = broadcast(call, given->sizes, outer);
  if (!whole) return Failure(whole.error());
  if (!(*whole == outer) || !contains(kFloats, given->dtype)) {
    return call.fail(ErrorCode::Mismatch, "a tolerance of shape " + shape_text(given->sizes.span()));
  }
  const auto numbers = numbers_of<double>(*given, ScalarType::Double);
  const auto places = broadcast_places(given->sizes, outer);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = numbers[static_cast<std::size_t>(places[i])];
  return result;
}

// V S^-1 U^H without the singular values that are below the tolerances.
Result<> pseudo_inverse(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  return with_matrix_type(call, dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, call.boolean(3));
    if (!a) return Failure(a.error());
    const auto absolute = tolerances(call, 1, a->outer), given = tolerances(call, 2, a->outer);
    if (!absolute) return Failure(absolute.error());
    if (!given) return Failure(given.error());
    const bool single = dtype == ScalarType::Float || dtype == ScalarType::ComplexFloat;
    const double epsilon =
        single ? double{std::numeric_limits<float>::epsilon()} : std::numeric_limits<double>::epsilon();
    Results<T> inverses;
    for (std::int64_t i = 0; i < a->count(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      Matrix<T> u, v;
      std::vector<double> values;
      Matrix<T> matrix = a->matrix(i);
      if (call.boolean(3)) make_hermitian(matrix);
      svd(matrix, false, u, values, v);
      double relative = (*given)[at];
      if (call.is_none(2) && !((*absolute)[at] > 0)) {
        relative = epsilon * static_cast<double>(std::max(a->rows, a->columns));
      }
      const double least = std::max((*absolute)[at], values.empty() ? 0 : relative * values[0]);
      for (std::int64_t j = 0; j < v.columns; ++j) {
        const double value = values[static_cast<std::size_t>(j)];
        for (std::int64_t k = 0; k < v.rows; ++k) v.at(k, j) = value > least ? v.at(k, j) / value : T(0);
      }
      inverses.add(v * u.adjoint());
    }
    return write(call, 0, a->outer, {a->columns, a->rows}, inverses);
  });
}

constexpr Operator kRows[] = {
    {"aten::_linalg_eigh.eigenvalues(Tensor A, str UPLO=\"L\", bool compute_v=True, *, Tensor(a!) eigenvalues, "
     "Tensor(b!) eigenvectors) -> (Tensor(a!) eigenvalues, Tensor(b!) eigenvectors)",
     eigh},
    {"aten::_linalg_svd.U(Tensor A, bool full_matrices=False, bool compute_uv=True, *, str? driver=None, Tensor(a!) U, "
     "Tensor(b!) S, Tensor(c!) Vh) -> (Tensor(a!) U, Tensor(b!) S, Tensor(c!) Vh)",
     svd_parts},
    {"aten::linalg_eig.out(Tensor self, *, Tensor(a!) eigenvalues, Tensor(b!) eigenvectors) -> (Tensor(a!) "
     "eigenvalues, Tensor(b!) eigenvectors)",
     eig},
    {"aten::linalg_eigvals.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", eig},
    {"aten::linalg_pinv.atol_rtol_tensor_out(Tensor self, *, Tensor? atol=None, Tensor? rtol=None, bool "
     "hermitian=False, Tensor(a!) out) -> Tensor(a!)",
     pseudo_inverse},
    {"aten::linalg_matrix_exp.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", matrix_exp},
};

}  // namespace

std::span<const Operator> linalg_spectrum_operators() { return kRows; }

}  // namespace ptetool::ops

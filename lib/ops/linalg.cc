// Linear algebra over batches of small matrices, in double (matrix.h): triangular factors, determinants, inverses.
#include "ops/linalg.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

template <class T>
void add_pivots(Results<double>& results, const Lu<T>& lu) {
  for (const std::int64_t pivot : lu.pivots) results.add(static_cast<double>(pivot + 1));
}

// The factor is L; of the upper half, its adjoint.
template <class T>
Result<> cholesky_of(Call& call, bool upper, bool raise, bool with_info) {
  const auto a = batch_of<T>(call, 0, true);
  if (!a) return Failure(a.error());
  Results<T> factors;
  Results<double> infos;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    const Matrix<T> matrix = a->matrix(i);
    Matrix<T> l;
    const std::int64_t info = cholesky(upper ? matrix.adjoint() : matrix, l);
    PTETOOL_CHECK(singular(call, raise, info));
    factors.add(upper ? l.adjoint() : l);
    infos.add(static_cast<double>(info));
  }
  PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, a->columns}, factors));
  return with_info ? write(call, 1, a->outer, {}, infos) : Result<>();
}
Result<> cholesky_ex(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype,
                          [&]<class T>() { return cholesky_of<T>(call, call.boolean(1), call.boolean(2), true); });
}
Result<> cholesky_or_fail(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype,
                          [&]<class T>() { return cholesky_of<T>(call, call.boolean(1), true, false); });
}

Result<> inverse_ex(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, true);
    if (!a) return Failure(a.error());
    Results<T> inverses;
    Results<double> infos;
    for (std::int64_t i = 0; i < a->count(); ++i) {
      const Lu<T> lu = lu_factor(a->matrix(i));
      PTETOOL_CHECK(singular(call, call.boolean(1), lu.singular));
      inverses.add(lu_solve(lu, Matrix<T>::identity(a->rows)));
      infos.add(static_cast<double>(lu.singular));
    }
    PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, a->columns}, inverses));
    return write(call, 1, a->outer, {}, infos);
  });
}

// Determinants from the factorisation, which PyTorch makes of the transpose where numbers are real; its outs follow the
// results.
template <class T>
Result<> determinants(Call& call, bool logarithm) {
  const auto a = batch_of<T>(call, 0, true);
  if (!a) return Failure(a.error());
  Results<T> first, factors;
  Results<double> second, pivots;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    const Lu<T> lu = lu_factor(is_complex<T> ? a->matrix(i) : a->matrix(i).transposed());
    T direction = lu.sign, product = lu.sign;
    double sum = 0;
    for (std::int64_t k = 0; k < a->rows; ++k) {
      const T pivot = lu.lu.at(k, k);
      product *= pivot;
      direction *= pivot == T(0) ? T(0) : pivot / std::abs(pivot);
      sum += std::log(std::abs(pivot));
    }
    first.add(logarithm ? direction : product);
    second.add(sum);
    factors.add(lu.lu);
    add_pivots(pivots, lu);
  }
  const std::size_t next = logarithm ? 2 : 1;
  PTETOOL_CHECK(write(call, 0, a->outer, {}, first));
  if (logarithm) PTETOOL_CHECK(write(call, 1, a->outer, {}, second));
  PTETOOL_CHECK(write(call, next, a->outer, {a->rows, a->columns}, factors));
  return write(call, next + 1, a->outer, {a->rows}, pivots);
}
Result<> det(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() { return determinants<T>(call, false); });
}
Result<> slogdet(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() { return determinants<T>(call, true); });
}

Result<> lu_factor_ex(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, false);
    if (!a) return Failure(a.error());
    Results<T> factors;
    Results<double> pivots, infos;
    for (std::int64_t i = 0; i < a->count(); ++i) {
      const Lu<T> lu = lu_factor(a->matrix(i), call.boolean(1));
      PTETOOL_CHECK(singular(call, call.boolean(2), lu.singular));
      factors.add(lu.lu);
      add_pivots(pivots, lu);
      infos.add(static_cast<double>(lu.singular));
    }
    PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, a->columns}, factors));
    PTETOOL_CHECK(write(call, 1, a->outer, {std::min(a->rows, a->columns)}, pivots));
    return write(call, 2, a->outer, {}, infos);
  });
}

// The three factors of A = P L U.
template <class T>
struct LuParts {
  Results<T> p, l, u;
  void add(const Matrix<T>& lu, const std::vector<std::int64_t>& pivots) {
    const std::int64_t steps = std::min(lu.rows, lu.columns);
    Matrix<T> order(lu.rows, lu.rows), lower(lu.rows, steps), upper(steps, lu.columns);
    const auto rows = row_order(pivots, lu.rows);
    for (std::int64_t row = 0; row < lu.rows; ++row) {
      order.at(rows[static_cast<std::size_t>(row)], row) = 1;
      for (std::int64_t k = 0; k < std::min(row, steps); ++k) lower.at(row, k) = lu.at(row, k);
      if (row < steps) lower.at(row, row) = 1;
      for (std::int64_t k = row; row < steps && k < lu.columns; ++k) upper.at(row, k) = lu.at(row, k);
    }
    p.add(order);
    l.add(lower);
    u.add(upper);
  }
};

Result<> lu_parts(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, false);
    if (!a) return Failure(a.error());
    const std::int64_t steps = std::min(a->rows, a->columns);
    const bool pivot = call.boolean(1);
    if (pivot) PTETOOL_CHECK(shape_out(call, 0, a->outer, {a->rows, a->rows}));
    LuParts<T> parts;
    for (std::int64_t i = 0; i < a->count(); ++i) {
      const Lu<T> lu = lu_factor(a->matrix(i), pivot);
      parts.add(lu.lu, lu.pivots);
    }
    // Without pivots there is no P.
    PTETOOL_CHECK(pivot ? write(call, 0, a->outer, {a->rows, a->rows}, parts.p) : prepare(call, call.out(0), Sizes{0}));
    PTETOOL_CHECK(write(call, 1, a->outer, {a->rows, steps}, parts.l));
    return write(call, 2, a->outer, {steps, a->columns}, parts.u);
  });
}

Result<> lu_unpack(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, false);
    if (!a) return Failure(a.error());
    const bool data = call.boolean(2), order = call.boolean(3);
    const auto pivots = pivots_of(call, 1, a->outer, std::min(a->rows, a->columns), a->rows);
    if (!pivots) return Failure(pivots.error());
    if (order) PTETOOL_CHECK(shape_out(call, 0, a->outer, {a->rows, a->rows}));
    LuParts<T> parts;
    for (std::int64_t i = 0; i < a->count(); ++i) parts.add(a->matrix(i), (*pivots)[static_cast<std::size_t>(i)]);
    const std::int64_t steps = std::min(a->rows, a->columns);
    PTETOOL_CHECK(order ? write(call, 0, a->outer, {a->rows, a->rows}, parts.p) : prepare(call, call.out(0), Sizes{0}));
    if (!data) {
      PTETOOL_CHECK(prepare(call, call.out(1), Sizes{0}));
      return prepare(call, call.out(2), Sizes{0});
    }
    PTETOOL_CHECK(write(call, 1, a->outer, {a->rows, steps}, parts.l));
    return write(call, 2, a->outer, {steps, a->columns}, parts.u);
  });
}

constexpr Operator kRows[] = {
    {"aten::linalg_cholesky_ex.L(Tensor self, *, bool upper=False, bool check_errors=False, Tensor(a!) L, Tensor(b!) "
     "info) -> (Tensor(a!) L, Tensor(b!) info)",
     cholesky_ex},
    {"aten::cholesky.out(Tensor self, bool upper=False, *, Tensor(a!) out) -> Tensor(a!)", cholesky_or_fail},
    {"aten::linalg_inv_ex.inverse(Tensor A, *, bool check_errors=False, Tensor(a!) inverse, Tensor(b!) info) -> "
     "(Tensor(a!) inverse, Tensor(b!) info)",
     inverse_ex},
    {"aten::_linalg_det.result(Tensor A, *, Tensor(a!) result, Tensor(b!) LU, Tensor(c!) pivots) -> (Tensor(a!) "
     "result, Tensor(b!) LU, Tensor(c!) pivots)",
     det},
    {"aten::_linalg_slogdet.sign(Tensor A, *, Tensor(a!) sign, Tensor(b!) logabsdet, Tensor(c!) LU, Tensor(d!) pivots) "
     "-> (Tensor(a!) sign, Tensor(b!) logabsdet, Tensor(c!) LU, Tensor(d!) pivots)",
     slogdet},
    {"aten::linalg_lu_factor_ex.out(Tensor A, *, bool pivot=True, bool check_errors=False, Tensor(a!) LU, Tensor(b!) "
     "pivots, Tensor(c!) info) -> (Tensor(a!) LU, Tensor(b!) pivots, Tensor(c!) info)",
     lu_factor_ex},
    {"aten::linalg_lu.out(Tensor A, *, bool pivot=True, Tensor(a!) P, Tensor(b!) L, Tensor(c!) U) -> (Tensor(a!) P, "
     "Tensor(b!) L, Tensor(c!) U)",
     lu_parts},
    {"aten::lu_unpack.out(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True, *, "
     "Tensor(a!) P, Tensor(b!) L, Tensor(c!) U) -> (Tensor(a!) P, Tensor(b!) L, Tensor(c!) U)",
     lu_unpack},
};

}  // namespace

Result<std::vector<std::vector<std::int64_t>>> pivots_of(Call& call, std::size_t index, const Sizes& outer,
                                                         std::int64_t count, std::int64_t rows) {
  const Tensor& tensor = call.tensor(index);
  if (!contains(kIntegers, tensor.dtype)) return unsupported_dtype(call, tensor.dtype);
  Sizes wanted = outer;
  wanted.push_back(count);
  if (!(tensor.sizes == wanted)) {
    return call.fail(ErrorCode::Mismatch, "the pivots have the shape " + shape_text(tensor.sizes.span()));
  }
  const auto numbers = numbers_of<std::int64_t>(tensor, ScalarType::Long);
  std::vector<std::vector<std::int64_t>> result(static_cast<std::size_t>(numel(outer)));
  std::size_t at = 0;
  for (auto& pivots : result) {
    for (std::int64_t i = 0; i < count; ++i, ++at) {
      if (numbers[at] < 1 || numbers[at] > rows) {
        return call.fail(ErrorCode::Mismatch, "the pivot " + std::to_string(numbers[at]));
      }
      pivots.push_back(numbers[at] - 1);
    }
  }
  return result;
}

std::span<const Operator> linalg_operators() { return kRows; }

}  // namespace ptetool::ops

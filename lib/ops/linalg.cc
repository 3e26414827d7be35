// Linear algebra over batches of small matrices, in double (matrix.h): factorisations, determinants, inverses. Where a
// factorisation has a choice of sign, it is LAPACK's as far as that is defined.
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

// --- Reflections

Result<> geqrf(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, false);
    if (!a) return Failure(a.error());
    Results<T> matrices, factors;
    for (std::int64_t i = 0; i < a->count(); ++i) {
      const Reflections<T> found = reflections_of(a->matrix(i));
      matrices.add(found.a);
      factors.add(found.factors);
    }
    PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, a->columns}, matrices));
    return write(call, 1, a->outer, {std::min(a->rows, a->columns)}, factors);
  });
}

Result<> qr_parts(Call& call) {
  const std::string_view mode = call.text(1);
  if (mode != "reduced" && mode != "complete" && mode != "r") return call.fail(ErrorCode::Malformed, "unknown mode");
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, false);
    if (!a) return Failure(a.error());
    const std::int64_t width = mode == "complete" ? a->rows : std::min(a->rows, a->columns);
    if (mode != "r") PTETOOL_CHECK(shape_out(call, 0, a->outer, {a->rows, width}));
    Results<T> qs, rs;
    for (std::int64_t i = 0; i < a->count(); ++i) {
      const Reflections<T> found = reflections_of(a->matrix(i));
      Matrix<T> r(width, a->columns);
      for (std::int64_t row = 0; row < width; ++row) {
        for (std::int64_t k = row; k < a->columns; ++k) r.at(row, k) = found.a.at(row, k);
      }
      rs.add(r);
      if (mode != "r") qs.add(columns_of(found, width));
    }
    PTETOOL_CHECK(mode == "r" ? prepare(call, call.out(0), Sizes{0}) : write(call, 0, a->outer, {a->rows, width}, qs));
    return write(call, 1, a->outer, {width, a->columns}, rs);
  });
}

// The reflections that two arguments hold, each batch of them as one.
template <class T>
Result<std::vector<Reflections<T>>> reflections_in(Call& call, const Batch<T>& a, const Tensor& factors) {
  Sizes wanted = a.outer;
  const std::int64_t count = factors.rank() == 0 ? 0 : factors.sizes[factors.rank() - 1];
  wanted.push_back(count);
  if (!(factors.sizes == wanted) || count > std::min(a.columns, a.rows)) {
    return call.fail(ErrorCode::Mismatch, "factors of shape " + shape_text(factors.sizes.span()) + " for " +
                                              std::to_string(a.rows) + " x " + std::to_string(a.columns) +
                                              " reflections");
  }
  const auto numbers = numbers_of<T>(factors, kMatrixDtype<T>);
  std::vector<Reflections<T>> result;
  for (std::int64_t i = 0; i < a.count(); ++i) {
    const auto first = numbers.begin() + i * count;
    result.push_back({a.matrix(i), {first, first + count}});
  }
  return result;
}

Result<> householder_product(Call& call) {
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "input", call.tensor(1), "tau"));
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, false);
    if (!a) return Failure(a.error());
    const auto reflections = reflections_in(call, *a, call.tensor(1));
    if (!reflections) return Failure(reflections.error());
    if (a->columns > a->rows) return call.fail(ErrorCode::Mismatch, "there are more columns than rows");
    Results<T> products;
    for (const Reflections<T>& each : *reflections) products.add(columns_of(each, a->columns));
    return write(call, 0, a->outer, {a->rows, a->columns}, products);
  });
}

// Q C, Q^H C, C Q or C Q^H of the square Q that reflections make.
Result<> ormqr(Call& call) {
  const bool left = call.boolean(3), adjoint = call.boolean(4);
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "input", call.tensor(1), "tau"));
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "input", call.tensor(2), "other"));
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, false), c = batch_of<T>(call, 2, false);
    if (!a) return Failure(a.error());
    if (!c) return Failure(c.error());
    const auto reflections = reflections_in(call, *a, call.tensor(1));
    if (!reflections) return Failure(reflections.error());
    if (!(a->outer == c->outer) || a->rows != (left ? c->rows : c->columns)) {
      return call.fail(ErrorCode::Mismatch, "other has the shape " + shape_text(call.tensor(2).sizes.span()));
    }
    Results<T> products;
    for (std::int64_t i = 0; i < c->count(); ++i) {
      const Reflections<T>& q = (*reflections)[static_cast<std::size_t>(i)];
      products.add(left ? reflect(q, c->matrix(i), adjoint) : reflect(q, c->matrix(i).adjoint(), !adjoint).adjoint());
    }
    return write(call, 0, c->outer, {c->rows, c->columns}, products);
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
    {"aten::geqrf.a(Tensor self, *, Tensor(a!) a, Tensor(b!) tau) -> (Tensor(a!) a, Tensor(b!) tau)", geqrf},
    {"aten::linalg_qr.out(Tensor A, str mode=\"reduced\", *, Tensor(a!) Q, Tensor(b!) R) -> (Tensor(a!) Q, Tensor(b!) "
     "R)",
     qr_parts},
    {"aten::linalg_householder_product.out(Tensor input, Tensor tau, *, Tensor(a!) out) -> Tensor(a!)",
     householder_product},
    {"aten::ormqr.out(Tensor self, Tensor input2, Tensor input3, bool left=True, bool transpose=False, *, Tensor(a!) "
     "out) -> Tensor(a!)",
     ormqr},
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

// QR factors as reflections, and products with them. Signs are LAPACK's.
#include "ops/linalg.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

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

std::span<const Operator> linalg_qr_operators() { return kRows; }

}  // namespace ptetool::ops

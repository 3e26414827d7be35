// linalg_lstsq: the shortest x for which |A x - b| is least, from A's singular values, whatever its driver's name.
#include <limits>

#include "ops/linalg.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// A = U diag(S) V^H, and how many of S count.
template <class T>
struct Factors {
  Matrix<T> u, v;
  std::vector<double> values;
  std::int64_t rank = 0;

  // V diag(1 / S) U^H b
  Matrix<T> solution(const Matrix<T>& b) const {
    Matrix<T> scaled(rank, b.columns), result(v.rows, b.columns);
    for (std::int64_t k = 0; k < rank; ++k) {
      for (std::int64_t j = 0; j < b.columns; ++j) {
        T sum = 0;
        for (std::int64_t i = 0; i < b.rows; ++i) sum += conjugate(u.at(i, k)) * b.at(i, j);
        scaled.at(k, j) = sum / values[static_cast<std::size_t>(k)];
      }
    }
    for (std::int64_t i = 0; i < v.rows; ++i) {
      for (std::int64_t k = 0; k < rank; ++k) {
        for (std::int64_t j = 0; j < b.columns; ++j) result.at(i, j) += v.at(i, k) * scaled.at(k, j);
      }
    }
    return result;
  }
};

// For each column the square of what is left.
template <class T>
std::vector<double> residuals_of(const Matrix<T>& a, const Matrix<T>& x, const Matrix<T>& b) {
  const Matrix<T> product = a * x;
  std::vector<double> sums(static_cast<std::size_t>(b.columns));
  for (std::int64_t i = 0; i < b.rows; ++i) {
    for (std::int64_t j = 0; j < b.columns; ++j) {
      sums[static_cast<std::size_t>(j)] += std::norm(product.at(i, j) - b.at(i, j));
    }
  }
  return sums;
}

// The right sides: as many columns as they have, or one where they have a dimension less than A.
template <class T>
Result<Batch<T>> right_sides(Call& call, const Batch<T>& a) {
  const Tensor& b = call.tensor(1);
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "self", b, "b"));
  const bool vectors = b.rank() + 1 == call.tensor(0).rank();
  if (!vectors && b.rank() != call.tensor(0).rank()) {
    return call.fail(ErrorCode::Mismatch, "b has neither self's rank nor one less");
  }
  const std::size_t outer = a.outer.size();
  if (b.sizes[outer] != a.rows) return call.fail(ErrorCode::Mismatch, "b has not as many rows as self");
  return Batch<T>{Sizes(b.sizes.span().first(outer)), a.rows, vectors ? 1 : b.sizes[outer + 1],
                  numbers_of<T>(b, kMatrixDtype<T>)};
}

Result<> lstsq(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  const std::string_view driver = call.is_none(3) ? "gelsy" : call.text(3);
  if (driver != "gels" && driver != "gelsy" && driver != "gelsd" && driver != "gelss") {
    return call.fail(ErrorCode::Mismatch, "there is no driver " + quoted(driver));
  }
  return with_matrix_type(call, dtype, [&]<class T>() -> Result<> {
    const auto a = batch_of<T>(call, 0, false);
    if (!a) return Failure(a.error());
    const auto b = right_sides<T>(call, *a);
    if (!b) return Failure(b.error());
    const auto outer = broadcast(call, a->outer.span(), b->outer.span());
    if (!outer) return Failure(outer.error());
    const auto a_places = broadcast_places(a->outer, *outer), b_places = broadcast_places(b->outer, *outer);
    const bool vectors = call.tensor(1).rank() < call.tensor(0).rank();
    const std::int64_t columns = b->columns, least = std::min(a->rows, a->columns);
    PTETOOL_CHECK(vectors ? shape_out(call, 0, *outer, {a->columns})
                          : shape_out(call, 0, *outer, {a->columns, columns}));
    const double step = real_of(dtype) == ScalarType::Double ? std::numeric_limits<double>::epsilon()
                                                             : double{std::numeric_limits<float>::epsilon()};
    const double relative = call.is_none(2) ? step * static_cast<double>(std::max(a->rows, a->columns)) : call.real(2);
    Results<T> solutions;
    Results<double> residuals, ranks, values;
    std::vector<Factors<T>> factors(static_cast<std::size_t>(a->count()));
    bool full = true;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      Factors<T>& each = factors[i];
      svd(a->matrix(static_cast<std::int64_t>(i)), false, each.u, each.values, each.v);
      for (const double value : each.values) each.rank += value > relative * each.values[0] ? 1 : 0;
      ranks.add(static_cast<double>(each.rank));
      values.add(each.values);
      full = full && each.rank == a->columns;
    }
    for (std::size_t i = 0; i < a_places.size(); ++i) {
      const Matrix<T> right = b->matrix(b_places[i]);
      const Matrix<T> x = factors[static_cast<std::size_t>(a_places[i])].solution(right);
      solutions.add(x);
      residuals.add(residuals_of(a->matrix(a_places[i]), x, right));
    }
    PTETOOL_CHECK(vectors ? write(call, 0, *outer, {a->columns}, solutions)
                          : write(call, 0, *outer, {a->columns, columns}, solutions));
    const auto write_or_none = [&](std::size_t which, bool told, const Sizes& batch,
                                   std::initializer_list<std::int64_t> inner, const Results<double>& numbers) {
      return told ? write(call, which, batch, inner, numbers) : prepare(call, call.out(which), Sizes{0});
    };
    const bool leaves = a->rows > a->columns && driver != "gelsy" && (full || driver == "gels");
    PTETOOL_CHECK(write_or_none(1, leaves, *outer, {columns}, residuals));
    PTETOOL_CHECK(write_or_none(2, driver != "gels", a->outer, {}, ranks));
    return write_or_none(3, driver == "gelsd" || driver == "gelss", a->outer, {least}, values);
  });
}

constexpr Operator kRows[] = {
    {"aten::linalg_lstsq.out(Tensor self, Tensor b, float? rcond=None, *, str? driver=None, Tensor(a!) solution, "
     "Tensor(b!) residuals, Tensor(c!) rank, Tensor(d!) singular_values) -> (Tensor(a!) solution, Tensor(b!) "
     "residuals, Tensor(c!) rank, Tensor(d!) singular_values)",
     lstsq},
};

}  // namespace

std::span<const Operator> least_squares_operators() { return kRows; }

}  // namespace ptetool::ops

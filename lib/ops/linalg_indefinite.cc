// torch.linalg.ldl_factor_ex and ldl_solve: symmetric and Hermitian matrices that need not be definite, batch by batch.
#include "ops/bunch_kaufman.h"
#include "ops/linalg.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

Result<> ldl_factor(Call& call) {
  const bool hermitian = call.boolean(1), raises = call.boolean(2);
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    PTETOOL_ASSIGN(const auto batch, batch_of<T>(call, 0, true));
    PTETOOL_CHECK(shape_out(call, 0, batch.outer, {batch.rows, batch.rows}));
    Results<T> factors;
    Results<double> pivots, infos;
    for (std::int64_t i = 0; i < batch.count(); ++i) {
      const auto ldl = factor_indefinite(batch.matrix(i), hermitian);
      PTETOOL_CHECK(singular(call, raises, ldl.singular));
      factors.add(ldl.factors);
      for (const std::int64_t pivot : ldl.pivots) pivots.add(static_cast<double>(pivot));
      infos.add(static_cast<double>(ldl.singular));
    }
    PTETOOL_CHECK(write(call, 0, batch.outer, {batch.rows, batch.rows}, factors));
    PTETOOL_CHECK(write(call, 1, batch.outer, {batch.rows}, pivots));
    return write(call, 2, batch.outer, {}, infos);
  });
}

Result<> ldl_solve(Call& call) {
  const bool hermitian = call.boolean(3);
  const Tensor& pivots = call.tensor(1);
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    PTETOOL_CHECK(same_dtype(call, call.tensor(0), "LD", call.tensor(2), "B"));
    PTETOOL_ASSIGN(const auto a, batch_of<T>(call, 0, true));
    PTETOOL_ASSIGN(const auto b, batch_of<T>(call, 2, false));
    Sizes wanted = a.outer;
    wanted.push_back(a.rows);
    if (!(pivots.sizes == wanted) || !contains(kIntegers, pivots.dtype) || b.rows != a.rows) {
      return call.fail(ErrorCode::Mismatch, "LD of shape " + shape_text(call.tensor(0).sizes.span()) +
                                                ", pivots of shape " + shape_text(pivots.sizes.span()) +
                                                " and B of shape " + shape_text(call.tensor(2).sizes.span()));
    }
    const auto rows = numbers_of<std::int64_t>(pivots, ScalarType::Long);
    for (std::int64_t i = 0; i < a.count(); ++i) {
      if (!are_pivots(rows.data() + i * a.rows, a.rows))
        return call.fail(ErrorCode::Mismatch, "the pivots are no pivots");
    }
    PTETOOL_ASSIGN(const Sizes outer, broadcast(call, a.outer.span(), b.outer.span()));
    PTETOOL_CHECK(shape_out(call, 0, outer, {b.rows, b.columns}));
    const auto a_places = broadcast_places(a.outer, outer), b_places = broadcast_places(b.outer, outer);
    Results<T> solutions;
    for (std::size_t i = 0; i < a_places.size(); ++i) {
      Matrix<T> x = b.matrix(b_places[i]);
      solve_indefinite(a.matrix(a_places[i]), rows.data() + a_places[i] * a.rows, hermitian, x);
      solutions.add(x);
    }
    return write(call, 0, outer, {b.rows, b.columns}, solutions);
  });
}

constexpr Operator kRows[] = {
    {"aten::linalg_ldl_factor_ex.out(Tensor self, *, bool hermitian=False, bool check_errors=False, Tensor(a!) LD, "
     "Tensor(b!) pivots, Tensor(c!) info) -> (Tensor(a!) LD, Tensor(b!) pivots, Tensor(c!) info)",
     ldl_factor},
    {"aten::linalg_ldl_solve.out(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False, Tensor(a!) out) -> "
     "Tensor(a!)",
     ldl_solve},
};

}  // namespace

std::span<const Operator> linalg_indefinite_operators() { return kRows; }

}  // namespace ptetool::ops

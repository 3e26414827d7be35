// Solutions of systems of linear equations, from matrices or from their factors. Batches of both sides broadcast.
#include "ops/linalg.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// Two batches that are solved together; where vectors are allowed, the right side may be one for each matrix.
template <class T>
struct System {
  Batch<T> a, b;
  Sizes outer;
  std::vector<std::int64_t> a_places, b_places;
  bool vectors = false;

  std::int64_t count() const { return numel(outer); }
  Matrix<T> left_side(std::int64_t i) const { return a.matrix(a_places[static_cast<std::size_t>(i)]); }
  Matrix<T> right_side(std::int64_t i) const { return b.matrix(b_places[static_cast<std::size_t>(i)]); }
};
// Arguments a and b of the call; `left` says whether X stands right of A.
template <class T>
Result<System<T>> system_of(Call& call, std::size_t a_index, std::size_t b_index, bool left, bool vectors_allowed) {
  auto a = batch_of<T>(call, a_index, true);
  if (!a) return Failure(a.error());
  const Tensor& right = call.tensor(b_index);
  PTETOOL_CHECK(same_dtype(call, call.tensor(a_index), "A", right, "B"));
  System<T> system;
  Sizes vector_sizes = a->outer;
  vector_sizes.push_back(a->rows);
  system.vectors = vectors_allowed && left && (right.rank() == 1 || right.sizes == vector_sizes);
  if (system.vectors) {
    if (right.sizes[right.rank() - 1] != a->rows) return call.fail(ErrorCode::Mismatch, "B has another size than A");
    system.b = {Sizes(right.sizes.span().first(right.rank() - 1)), a->rows, 1, numbers_of<T>(right, kMatrixDtype<T>)};
  } else {
    auto b = batch_of<T>(call, b_index, false);
    if (!b) return Failure(b.error());
    system.b = *std::move(b);
  }
  if ((left ? system.b.rows : system.b.columns) != a->rows) {
    return call.fail(ErrorCode::Mismatch, "B of shape " + shape_text(right.sizes.span()) + " for A of shape " +
                                              shape_text(call.tensor(a_index).sizes.span()));
  }
  const auto outer = broadcast(call, a->outer.span(), system.b.outer.span());
  if (!outer) return Failure(outer.error());
  system.outer = *outer;
  system.a_places = broadcast_places(a->outer, *outer);
  system.b_places = broadcast_places(system.b.outer, *outer);
  system.a = *std::move(a);
  return system;
}
template <class T>
Result<> write_solution(Call& call, const System<T>& system, const Results<T>& results) {
  if (system.vectors) return write(call, 0, system.outer, {system.b.rows}, results);
  return write(call, 0, system.outer, {system.b.rows, system.b.columns}, results);
}
// Before the loop, whose results are as large.
template <class T>
Result<> shape_solution(Call& call, const System<T>& system) {
  if (system.vectors) return shape_out(call, 0, system.outer, {system.b.rows});
  return shape_out(call, 0, system.outer, {system.b.rows, system.b.columns});
}

Result<> solve_ex(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const bool left = call.boolean(2);
    const auto system = system_of<T>(call, 0, 1, left, true);
    if (!system) return Failure(system.error());
    PTETOOL_CHECK(shape_solution(call, *system));
    const std::int64_t rows = system->a.rows;
    Results<T> solutions, factors;
    Results<double> pivots, infos;
    std::vector<Lu<T>> lus;
    for (std::int64_t i = 0; i < system->a.count(); ++i) {
      const Matrix<T> a = system->a.matrix(i);
      lus.push_back(lu_factor(left ? a : a.transposed()));
      PTETOOL_CHECK(singular(call, call.boolean(3), lus.back().singular));
      factors.add(lus.back().lu);
      for (const std::int64_t pivot : lus.back().pivots) pivots.add(static_cast<double>(pivot + 1));
      infos.add(static_cast<double>(lus.back().singular));
    }
    for (std::int64_t i = 0; i < system->count(); ++i) {
      const Lu<T>& lu = lus[static_cast<std::size_t>(system->a_places[static_cast<std::size_t>(i)])];
      const Matrix<T> b = system->right_side(i);
      solutions.add(left ? lu_solve(lu, b) : lu_solve(lu, b.transposed()).transposed());
    }
    PTETOOL_CHECK(write_solution(call, *system, solutions));
    PTETOOL_CHECK(write(call, 1, system->a.outer, {rows, rows}, factors));
    PTETOOL_CHECK(write(call, 2, system->a.outer, {rows}, pivots));
    return write(call, 3, system->a.outer, {}, infos);
  });
}

Result<> triangular(Call& call) {
  const bool upper = call.boolean(2), left = call.boolean(3), unit = call.boolean(4);
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto system = system_of<T>(call, 0, 1, left, false);
    if (!system) return Failure(system.error());
    PTETOOL_CHECK(shape_solution(call, *system));
    Results<T> solutions;
    for (std::int64_t i = 0; i < system->count(); ++i) {
      const Matrix<T> a = system->left_side(i), b = system->right_side(i);
      solutions.add(left ? solve_triangular(a, b, upper, unit)
                         : solve_triangular(a.transposed(), b.transposed(), !upper, unit).transposed());
    }
    return write_solution(call, *system, solutions);
  });
}

// The older form: B comes first, and the half of A that was used is a second result.
Result<> triangular_solve(Call& call) {
  const bool upper = call.boolean(2), transposed = call.boolean(3), unit = call.boolean(4);
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto system = system_of<T>(call, 1, 0, true, false);
    if (!system) return Failure(system.error());
    PTETOOL_CHECK(shape_solution(call, *system));
    const std::int64_t rows = system->a.rows;
    PTETOOL_CHECK(shape_out(call, 1, system->outer, {rows, rows}));
    Results<T> solutions, coefficients;
    for (std::int64_t i = 0; i < system->count(); ++i) {
      const Matrix<T> a = system->left_side(i);
      coefficients.add(a);
      solutions.add(transposed ? solve_triangular(a.transposed(), system->right_side(i), !upper, unit)
                               : solve_triangular(a, system->right_side(i), upper, unit));
    }
    PTETOOL_CHECK(write_solution(call, *system, solutions));
    return write(call, 1, system->outer, {rows, rows}, coefficients);
  });
}

// X of L L^H X = B.
template <class T>
Matrix<T> solve_factored(const Matrix<T>& factor, bool upper, Matrix<T> b) {
  const Matrix<T> l = upper ? factor.adjoint() : factor;
  return solve_triangular(l.adjoint(), solve_triangular(l, std::move(b), false, false), true, false);
}

Result<> cholesky_solve(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto system = system_of<T>(call, 1, 0, true, false);
    if (!system) return Failure(system.error());
    PTETOOL_CHECK(shape_solution(call, *system));
    Results<T> solutions;
    for (std::int64_t i = 0; i < system->count(); ++i) {
      solutions.add(solve_factored(system->left_side(i), call.boolean(2), system->right_side(i)));
    }
    return write_solution(call, *system, solutions);
  });
}

Result<> cholesky_inverse(Call& call) {
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto factors = batch_of<T>(call, 0, true);
    if (!factors) return Failure(factors.error());
    Results<T> inverses;
    for (std::int64_t i = 0; i < factors->count(); ++i) {
      inverses.add(solve_factored(factors->matrix(i), call.boolean(1), Matrix<T>::identity(factors->rows)));
    }
    return write(call, 0, factors->outer, {factors->rows, factors->columns}, inverses);
  });
}

// A X = B, A^H X = B, X A = B or X A^H = B, where A = P L U is given by its factors.
Result<> solve_lu(Call& call) {
  const bool left = call.boolean(3), adjoint = call.boolean(4);
  return with_matrix_type(call, call.tensor(0).dtype, [&]<class T>() -> Result<> {
    const auto system = system_of<T>(call, 0, 2, left, false);
    if (!system) return Failure(system.error());
    PTETOOL_CHECK(shape_solution(call, *system));
    const std::int64_t rows = system->a.rows;
    const auto pivots = pivots_of(call, 1, system->a.outer, rows, rows);
    if (!pivots) return Failure(pivots.error());
    // A^H = U^H L^H P^T
    const auto solve_adjoint = [](const Lu<T>& lu, Matrix<T> b) {
      const Matrix<T> factors = lu.lu.adjoint();
      b = solve_triangular(factors, solve_triangular(factors, std::move(b), false, false), true, true);
      const auto order = row_order(lu.pivots, b.rows);
      Matrix<T> moved(b.rows, b.columns);
      for (std::int64_t i = 0; i < b.rows; ++i) {
        for (std::int64_t j = 0; j < b.columns; ++j) moved.at(order[static_cast<std::size_t>(i)], j) = b.at(i, j);
      }
      return moved;
    };
    Results<T> solutions;
    for (std::int64_t i = 0; i < system->count(); ++i) {
      Lu<T> lu;
      lu.lu = system->left_side(i);
      lu.pivots = (*pivots)[static_cast<std::size_t>(system->a_places[static_cast<std::size_t>(i)])];
      const Matrix<T> b = system->right_side(i);
      if (left) {
        solutions.add(adjoint ? solve_adjoint(lu, b) : lu_solve(lu, b));
      } else {
        solutions.add(adjoint ? lu_solve(lu, b.adjoint()).adjoint() : solve_adjoint(lu, b.adjoint()).adjoint());
      }
    }
    return write_solution(call, *system, solutions);
  });
}

constexpr Operator kRows[] = {
    {"aten::_linalg_solve_ex.result(Tensor A, Tensor B, *, bool left=True, bool check_errors=False, Tensor(a!) result, "
     "Tensor(b!) LU, Tensor(c!) pivots, Tensor(d!) info) -> (Tensor(a!) result, Tensor(b!) LU, Tensor(c!) pivots, "
     "Tensor(d!) info)",
     solve_ex},
    {"aten::linalg_solve_triangular.out(Tensor self, Tensor B, *, bool upper, bool left=True, bool "
     "unitriangular=False, Tensor(a!) out) -> Tensor(a!)",
     triangular},
    {"aten::triangular_solve.X(Tensor self, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False, "
     "*, Tensor(a!) X, Tensor(b!) M) -> (Tensor(a!) solution, Tensor(b!) cloned_coefficient)",
     triangular_solve},
    {"aten::cholesky_solve.out(Tensor self, Tensor input2, bool upper=False, *, Tensor(a!) out) -> Tensor(a!)",
     cholesky_solve},
    {"aten::cholesky_inverse.out(Tensor self, bool upper=False, *, Tensor(a!) out) -> Tensor(a!)", cholesky_inverse},
    {"aten::linalg_lu_solve.out(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False, Tensor(a!) "
     "out) -> Tensor(a!)",
     solve_lu},
};

}  // namespace

std::span<const Operator> linalg_solve_operators() { return kRows; }

}  // namespace ptetool::ops

// Linear algebra over batches of small matrices, in double (matrix.h): factorisations, determinants, inverses,
// solutions. Where a factorisation has a choice of sign, it is LAPACK's as far as that is defined.
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/matrix.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// A tensor of matrices, its numbers in C order; `outer` are the sizes of the batch.
struct Batch {
  Sizes outer;
  std::int64_t rows = 0, columns = 0;
  std::vector<double> numbers;

  std::int64_t count() const { return numel(outer); }
  Matrix matrix(std::int64_t i) const {
    Matrix result(rows, columns);
    std::copy_n(numbers.begin() + i * rows * columns, rows * columns, result.numbers.begin());
    return result;
  }
};

Result<Batch> batch_of(Call& call, std::size_t index, bool square) {
  const Tensor& tensor = call.tensor(index);
  if (!contains(dtype_set(ScalarType::Float, ScalarType::Double), tensor.dtype)) {
    return unsupported_dtype(call, tensor.dtype);
  }
  const std::size_t rank = tensor.rank();
  if (rank < 2 || (square && tensor.sizes[rank - 1] != tensor.sizes[rank - 2])) {
    return call.fail(ErrorCode::Mismatch,
                     shape_text(tensor.sizes.span()) + (square ? " are no square matrices" : " are no matrices"));
  }
  return Batch{Sizes(tensor.sizes.span().first(rank - 2)), tensor.sizes[rank - 2], tensor.sizes[rank - 1],
               numbers_of<double>(tensor, ScalarType::Double)};
}

// What goes to an out: matrices, vectors or numbers of all the batch, one after the other.
struct Results {
  std::vector<double> numbers;
  void add(const Matrix& m) { numbers.insert(numbers.end(), m.numbers.begin(), m.numbers.end()); }
  void add(double x) { numbers.push_back(x); }
};

// Before anything larger than the inputs is computed.
Result<> shape_out(Call& call, std::size_t which, Sizes outer, std::initializer_list<std::int64_t> inner) {
  if (!contains(kReals, call.out(which).dtype)) return unsupported_dtype(call, call.out(which).dtype);
  for (const std::int64_t size : inner) outer.push_back(size);
  return prepare(call, call.out(which), outer);
}
Result<> write(Call& call, std::size_t which, const Sizes& outer, std::initializer_list<std::int64_t> inner,
               const Results& results) {
  PTETOOL_CHECK(shape_out(call, which, outer, inner));
  Tensor& out = call.out(which);
  write_results<double>(results.numbers.data(), ScalarType::Double, out, [](double x) { return x; });
  return {};
}

Result<> singular(const Call& call, bool raise, std::int64_t info) {
  if (!raise || info == 0) return {};
  return call.fail(ErrorCode::Mismatch, "a matrix is singular or not positive definite at " + std::to_string(info));
}

void add_pivots(Results& results, const Lu& lu) {
  for (const std::int64_t pivot : lu.pivots) results.add(static_cast<double>(pivot + 1));
}

Result<> cholesky_ex(Call& call) {
  const auto a = batch_of(call, 0, true);
  if (!a) return Failure(a.error());
  const bool upper = call.boolean(1);
  Results factors, infos;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    const Matrix matrix = a->matrix(i);
    Matrix l;
    const std::int64_t info = cholesky(upper ? matrix.transposed() : matrix, l);
    PTETOOL_CHECK(singular(call, call.boolean(2), info));
    factors.add(upper ? l.transposed() : l);
    infos.add(static_cast<double>(info));
  }
  PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, a->columns}, factors));
  return write(call, 1, a->outer, {}, infos);
}

Result<> inverse_ex(Call& call) {
  const auto a = batch_of(call, 0, true);
  if (!a) return Failure(a.error());
  Results inverses, infos;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    const Lu lu = lu_factor(a->matrix(i));
    PTETOOL_CHECK(singular(call, call.boolean(1), lu.singular));
    inverses.add(lu_solve(lu, Matrix::identity(a->rows)));
    infos.add(static_cast<double>(lu.singular));
  }
  PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, a->columns}, inverses));
  return write(call, 1, a->outer, {}, infos);
}

// Determinants from the factorisation, which PyTorch makes of the transpose; its outs follow the results.
Result<> determinants(Call& call, bool logarithm) {
  const auto a = batch_of(call, 0, true);
  if (!a) return Failure(a.error());
  Results first, second, factors, pivots;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    const Lu lu = lu_factor(a->matrix(i).transposed());
    double sign = lu.sign, product = lu.sign, sum = 0;
    for (std::int64_t k = 0; k < a->rows; ++k) {
      const double pivot = lu.lu.at(k, k);
      product *= pivot;
      sign *= (pivot > 0 ? 1 : 0) - (pivot < 0 ? 1 : 0);
      sum += std::log(std::fabs(pivot));
    }
    first.add(logarithm ? sign : product);
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
Result<> det(Call& call) { return determinants(call, false); }
Result<> slogdet(Call& call) { return determinants(call, true); }

Result<> lu_factor_ex(Call& call) {
  const auto a = batch_of(call, 0, false);
  if (!a) return Failure(a.error());
  Results factors, pivots, infos;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    const Lu lu = lu_factor(a->matrix(i), call.boolean(1));
    PTETOOL_CHECK(singular(call, call.boolean(2), lu.singular));
    factors.add(lu.lu);
    add_pivots(pivots, lu);
    infos.add(static_cast<double>(lu.singular));
  }
  PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, a->columns}, factors));
  PTETOOL_CHECK(write(call, 1, a->outer, {std::min(a->rows, a->columns)}, pivots));
  return write(call, 2, a->outer, {}, infos);
}

// A = P L U
Result<> lu_parts(Call& call) {
  const auto a = batch_of(call, 0, false);
  if (!a) return Failure(a.error());
  const std::int64_t steps = std::min(a->rows, a->columns);
  PTETOOL_CHECK(shape_out(call, 0, a->outer, {a->rows, a->rows}));
  Results ps, ls, us;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    const Lu lu = lu_factor(a->matrix(i), call.boolean(1));
    Matrix p(a->rows, a->rows), l(a->rows, steps), u(steps, a->columns);
    const auto order = row_order(lu);
    for (std::int64_t row = 0; row < a->rows; ++row) {
      p.at(order[static_cast<std::size_t>(row)], row) = 1;
      for (std::int64_t k = 0; k < std::min(row, steps); ++k) l.at(row, k) = lu.lu.at(row, k);
      if (row < steps) l.at(row, row) = 1;
      for (std::int64_t k = row; row < steps && k < a->columns; ++k) u.at(row, k) = lu.lu.at(row, k);
    }
    ps.add(p);
    ls.add(l);
    us.add(u);
  }
  PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, a->rows}, ps));
  PTETOOL_CHECK(write(call, 1, a->outer, {a->rows, steps}, ls));
  return write(call, 2, a->outer, {steps, a->columns}, us);
}

// Two batches of matrices that are solved together: equal outer sizes, or vectors on the right side.
struct System {
  Batch a, b;
  bool vectors = false;
};
Result<System> system_of(Call& call, bool left, bool vectors_allowed) {
  auto a = batch_of(call, 0, true);
  if (!a) return Failure(a.error());
  const Tensor& right = call.tensor(1);
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "A", right, "B"));
  System system;
  Sizes vector_sizes = a->outer;
  vector_sizes.push_back(a->rows);
  system.vectors = vectors_allowed && left && (right.rank() == 1 || right.sizes == vector_sizes);
  if (system.vectors) {
    if (!(right.sizes == vector_sizes))
      return call.fail(ErrorCode::Unsupported, "does not broadcast one vector to all matrices");
    system.b = {a->outer, a->rows, 1, numbers_of<double>(right, ScalarType::Double)};
  } else {
    auto b = batch_of(call, 1, false);
    if (!b) return Failure(b.error());
    system.b = *std::move(b);
  }
  if (!(system.b.outer == a->outer)) return call.fail(ErrorCode::Unsupported, "does not broadcast batches of A and B");
  if ((left ? system.b.rows : system.b.columns) != a->rows) {
    return call.fail(ErrorCode::Mismatch, "B of shape " + shape_text(right.sizes.span()) + " for A of shape " +
                                              shape_text(call.tensor(0).sizes.span()));
  }
  system.a = *std::move(a);
  return system;
}
Result<> write_solution(Call& call, const System& system, const Results& results) {
  if (system.vectors) return write(call, 0, system.b.outer, {system.b.rows}, results);
  return write(call, 0, system.b.outer, {system.b.rows, system.b.columns}, results);
}

Result<> solve_ex(Call& call) {
  const bool left = call.boolean(2);
  const auto system = system_of(call, left, true);
  if (!system) return Failure(system.error());
  Results solutions, factors, pivots, infos;
  for (std::int64_t i = 0; i < system->a.count(); ++i) {
    const Matrix a = system->a.matrix(i), b = system->b.matrix(i);
    const Lu lu = lu_factor(left ? a : a.transposed());
    PTETOOL_CHECK(singular(call, call.boolean(3), lu.singular));
    solutions.add(left ? lu_solve(lu, b) : lu_solve(lu, b.transposed()).transposed());
    factors.add(lu.lu);
    add_pivots(pivots, lu);
    infos.add(static_cast<double>(lu.singular));
  }
  PTETOOL_CHECK(write_solution(call, *system, solutions));
  PTETOOL_CHECK(write(call, 1, system->a.outer, {system->a.rows, system->a.rows}, factors));
  PTETOOL_CHECK(write(call, 2, system->a.outer, {system->a.rows}, pivots));
  return write(call, 3, system->a.outer, {}, infos);
}

Result<> triangular(Call& call) {
  const bool upper = call.boolean(2), left = call.boolean(3), unit = call.boolean(4);
  const auto system = system_of(call, left, false);
  if (!system) return Failure(system.error());
  Results solutions;
  for (std::int64_t i = 0; i < system->a.count(); ++i) {
    const Matrix a = system->a.matrix(i), b = system->b.matrix(i);
    solutions.add(left ? solve_triangular(a, b, upper, unit)
                       : solve_triangular(a.transposed(), b.transposed(), !upper, unit).transposed());
  }
  return write_solution(call, *system, solutions);
}

Result<> qr_parts(Call& call) {
  const auto a = batch_of(call, 0, false);
  if (!a) return Failure(a.error());
  const std::string_view mode = call.text(1);
  if (mode != "reduced" && mode != "complete" && mode != "r") return call.fail(ErrorCode::Malformed, "unknown mode");
  const std::int64_t width = mode == "complete" ? a->rows : std::min(a->rows, a->columns);
  if (mode != "r") PTETOOL_CHECK(shape_out(call, 0, a->outer, {a->rows, width}));
  Results qs, rs;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    Matrix q, r;
    qr(a->matrix(i), mode == "complete", q, r);
    if (mode != "r") qs.add(q);
    rs.add(r);
  }
  if (mode != "r") PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, width}, qs));
  return write(call, 1, a->outer, {width, a->columns}, rs);
}

Result<> eigh(Call& call) {
  const auto a = batch_of(call, 0, true);
  if (!a) return Failure(a.error());
  const bool upper = call.text(1) == "U" || call.text(1) == "u";
  Results values, vectors;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    Matrix matrix = a->matrix(i), found;
    for (std::int64_t row = 0; row < a->rows; ++row) {
      for (std::int64_t k = 0; k < row; ++k)
        (upper ? matrix.at(row, k) : matrix.at(k, row)) = upper ? matrix.at(k, row) : matrix.at(row, k);
    }
    std::vector<double> ordered;
    symmetric_eigen(std::move(matrix), ordered, found);
    for (const double value : ordered) values.add(value);
    vectors.add(found);
  }
  PTETOOL_CHECK(write(call, 0, a->outer, {a->rows}, values));
  return call.boolean(2) ? write(call, 1, a->outer, {a->rows, a->rows}, vectors) : Result<>();
}

Result<> svd_parts(Call& call) {
  const auto a = batch_of(call, 0, false);
  if (!a) return Failure(a.error());
  const bool complete = call.boolean(1), wanted = call.boolean(2);
  const std::int64_t steps = std::min(a->rows, a->columns);
  if (wanted && complete && a->rows != a->columns)
    return call.fail(ErrorCode::Unsupported, "does not complete U and Vh");
  Results us, values, vs;
  for (std::int64_t i = 0; i < a->count(); ++i) {
    Matrix u, v;
    std::vector<double> ordered;
    svd(a->matrix(i), u, ordered, v);
    for (const double value : ordered) values.add(value);
    us.add(u);
    vs.add(v.transposed());
  }
  PTETOOL_CHECK(write(call, 1, a->outer, {steps}, values));
  if (!wanted) return {};
  PTETOOL_CHECK(write(call, 0, a->outer, {a->rows, steps}, us));
  return write(call, 2, a->outer, {steps, a->columns}, vs);
}

constexpr Operator kRows[] = {
    {"aten::linalg_cholesky_ex.L(Tensor self, *, bool upper=False, bool check_errors=False, Tensor(a!) L, Tensor(b!) "
     "info) -> (Tensor(a!) L, Tensor(b!) info)",
     cholesky_ex},
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
    {"aten::_linalg_solve_ex.result(Tensor A, Tensor B, *, bool left=True, bool check_errors=False, Tensor(a!) result, "
     "Tensor(b!) LU, Tensor(c!) pivots, Tensor(d!) info) -> (Tensor(a!) result, Tensor(b!) LU, Tensor(c!) pivots, "
     "Tensor(d!) info)",
     solve_ex},
    {"aten::linalg_solve_triangular.out(Tensor self, Tensor B, *, bool upper, bool left=True, bool "
     "unitriangular=False, Tensor(a!) out) -> Tensor(a!)",
     triangular},
    {"aten::linalg_qr.out(Tensor A, str mode=\"reduced\", *, Tensor(a!) Q, Tensor(b!) R) -> (Tensor(a!) Q, Tensor(b!) "
     "R)",
     qr_parts},
    {"aten::_linalg_eigh.eigenvalues(Tensor A, str UPLO=\"L\", bool compute_v=True, *, Tensor(a!) eigenvalues, "
     "Tensor(b!) eigenvectors) -> (Tensor(a!) eigenvalues, Tensor(b!) eigenvectors)",
     eigh},
    {"aten::_linalg_svd.U(Tensor A, bool full_matrices=False, bool compute_uv=True, *, str? driver=None, Tensor(a!) U, "
     "Tensor(b!) S, Tensor(c!) Vh) -> (Tensor(a!) U, Tensor(b!) S, Tensor(c!) Vh)",
     svd_parts},
};

}  // namespace

std::span<const Operator> linalg_operators() { return kRows; }

}  // namespace ptetool::ops

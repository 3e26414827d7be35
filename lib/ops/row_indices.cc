// Rows of sparse matrices as two formats tell them: the row of each element (COO), or where each row begins among the
// elements (CSR).
#include <algorithm>
#include <vector>

#include "ops/reduce.h"
#include "ops/rows.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

constexpr DtypeSet kIndices = dtype_set(ScalarType::Int, ScalarType::Long);

// An out of indices gets its sizes, before memory is taken for as many numbers.
Result<> prepare_indices(Call& call, const Sizes& sizes) {
  if (!contains(kIndices, call.out().dtype)) return unsupported_dtype(call, call.out().dtype);
  return prepare(call, call.out(), sizes);
}
Result<> write_indices(Call& call, const std::vector<std::int64_t>& numbers) {
  write_results<std::int64_t>(numbers.data(), ScalarType::Long, call.out(), [](std::int64_t each) { return each; });
  return {};
}

// Row i begins where the elements of the rows before it end; what follows the last row is the number of elements.
Result<> rows_to_begins(Call& call) {
  const Tensor self = call.tensor(0);
  const std::int64_t count = call.integer(1);
  if (self.rank() != 1) return call.fail(ErrorCode::Mismatch, "self is not 1-d");
  if (count < 0 || count >= std::int64_t{1} << 48) {
    return call.fail(ErrorCode::Mismatch, "there cannot be " + std::to_string(count) + " rows");
  }
  PTETOOL_ASSIGN(const std::vector<std::int64_t> rows, row_indices(call, self, count));
  if (!std::ranges::is_sorted(rows)) return call.fail(ErrorCode::Mismatch, "self is not sorted");
  PTETOOL_CHECK(prepare_indices(call, Sizes{count + 1}));
  std::vector<std::int64_t> begins(static_cast<std::size_t>(count) + 1);
  for (const std::int64_t row : rows) ++begins[static_cast<std::size_t>(row) + 1];
  for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  return write_indices(call, begins);
}

// Coordinates of all elements, a line for each dimension: batch dimensions, then rows and columns, or the other way
// round where transposed.
Result<> begins_to_rows(Call& call) {
  const Tensor crow = call.tensor(0), col = call.tensor(1);
  for (const Tensor* each : {&crow, &col}) {
    if (!contains(kIndices, each->dtype)) return unsupported_dtype(call, each->dtype);
  }
  const std::size_t batch_rank = col.rank() == 0 ? 0 : col.rank() - 1;
  if (col.rank() == 0 || crow.rank() != col.rank() || crow.sizes[batch_rank] == 0 ||
      !std::equal(crow.sizes.begin(), crow.sizes.begin() + batch_rank, col.sizes.begin())) {
    return call.fail(ErrorCode::Mismatch, "crow_indices and col_indices do not belong together");
  }
  const auto begins = numbers_of<std::int64_t>(crow, ScalarType::Long);
  const auto columns = numbers_of<std::int64_t>(col, ScalarType::Long);
  PTETOOL_CHECK(prepare_indices(call, Sizes{static_cast<std::int64_t>(col.rank()) + 1, col.numel()}));
  const std::size_t all = columns.size(), per_batch = static_cast<std::size_t>(col.sizes[batch_rank]);
  const auto edges = static_cast<std::size_t>(crow.sizes[batch_rank]);
  std::vector<std::int64_t> lines((col.rank() + 1) * all);
  const std::size_t row_line = call.boolean(3) ? batch_rank + 1 : batch_rank;
  std::ranges::copy(columns, lines.begin() + static_cast<std::ptrdiff_t>((2 * batch_rank + 1 - row_line) * all));
  for (std::size_t first = 0, batch = 0; first < all; first += per_batch, ++batch) {
    const auto of_batch = std::span(begins).subspan(batch * edges, edges);
    if (of_batch.front() != 0 || of_batch.back() != col.sizes[batch_rank] || !std::ranges::is_sorted(of_batch)) {
      return call.fail(ErrorCode::Mismatch, "crow_indices does not rise from 0 to the number of elements");
    }
    for (std::size_t row = 0; row + 1 < edges; ++row) {
      for (auto i = of_batch[row]; i < of_batch[row + 1]; ++i) {
        lines[row_line * all + first + static_cast<std::size_t>(i)] = static_cast<std::int64_t>(row);
      }
    }
    std::size_t rest = batch;
    for (std::size_t dim = batch_rank; dim-- > 0; rest /= static_cast<std::size_t>(col.sizes[dim])) {
      const auto at = static_cast<std::int64_t>(rest % static_cast<std::size_t>(col.sizes[dim]));
      std::fill_n(lines.begin() + static_cast<std::ptrdiff_t>(dim * all + first), per_batch, at);
    }
  }
  return write_indices(call, lines);
}

constexpr Operator kRows[] = {
    {"aten::_convert_indices_from_coo_to_csr.out(Tensor self, int size, *, bool out_int32=False, Tensor(a!) out) -> "
     "Tensor(a!)",
     rows_to_begins},
    {"aten::_convert_indices_from_csr_to_coo.out(Tensor crow_indices, Tensor col_indices, *, bool out_int32=False, "
     "bool "
     "transpose=False, Tensor(a!) out) -> Tensor(a!)",
     begins_to_rows},
};

}  // namespace

std::span<const Operator> row_index_operators() { return kRows; }

}  // namespace ptetool::ops

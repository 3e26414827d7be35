// Triangles and diagonals: tril, triu, the indices of both, diag_embed; and repeat_interleave.
#include <limits>

#include "ops/places.h"
#include "ops/table.h"
#include "ops/window.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

Result<> zero(const Call& call, const View& view) {
  if (!contains(kConvertible, view.dtype)) return unsupported_dtype(call, view.dtype);
  const NumberView none({}, view.dtype);
  return copy_view(call, none.of(view.sizes), view);
}

// Of row i, columns [0, i + diagonal] or, for the upper triangle, [i + diagonal, columns) stay.
Result<> triangle(Call& call, bool upper) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  if (self.rank() < 2) return call.fail(ErrorCode::Mismatch, "self has less than two dimensions");
  PTETOOL_CHECK(prepare(call, out, self.sizes));
  const std::size_t row_dim = self.rank() - 2;
  const std::int64_t rows = self.sizes[row_dim];
  const std::int64_t columns = self.sizes[row_dim + 1];
  const std::int64_t diagonal = std::clamp(call.integer(1), -rows - 1, columns + 1);
  if (out.numel() == 0) return {};
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t edge = std::clamp<std::int64_t>(i + diagonal + (upper ? 0 : 1), 0, columns);
    const auto part = [&](const Tensor& tensor, bool kept) {
      View view(tensor);
      view.select(row_dim, i);
      return kept == upper ? view.narrow(row_dim, edge, columns - edge) : view.narrow(row_dim, 0, edge);
    };
    PTETOOL_CHECK(copy_view(call, part(self, true), part(out, true)));
    PTETOOL_CHECK(zero(call, part(out, false)));
  }
  return {};
}

Result<> tril(Call& call) { return triangle(call, false); }
Result<> triu(Call& call) { return triangle(call, true); }

// Row and column of every element of a triangle, in row-major order: [2, count].
Result<> triangle_indices(Call& call, bool upper) {
  const std::int64_t rows = call.integer(0);
  const std::int64_t columns = call.integer(1);
  // Far beyond what memory holds, and far enough from overflow for sums of the three arguments.
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  const bool none = rows == 0 || columns == 0;
  if (rows < 0 || columns < 0 || (!none && (rows > kMost || columns > kMost || !checked_mul(rows, columns)))) {
    return call.fail(ErrorCode::Mismatch, std::to_string(rows) + " rows and " + std::to_string(columns) + " columns");
  }
  Tensor& out = call.out();
  if (!contains(kIntegers, out.dtype)) return unsupported_dtype(call, out.dtype);
  if (none) return prepare(call, out, Sizes{2, 0});
  const std::int64_t offset = std::clamp(call.integer(2), -rows, columns);
  // Rows outside [first, last) have no element; every other row has one, so that too many rows are refused early.
  const std::int64_t first = upper ? 0 : std::max<std::int64_t>(-offset, 0);
  const std::int64_t last = upper ? std::min(rows, columns - offset) : rows;
  if (last - first > out.capacity) {
    return call.fail(ErrorCode::Mismatch, "the out has no room for " + std::to_string(last - first) + " rows");
  }
  const auto begin = [&](std::int64_t row) {
    return upper ? std::clamp<std::int64_t>(row + offset, 0, columns) : std::int64_t{0};
  };
  const auto end = [&](std::int64_t row) {
    return upper ? columns : std::clamp<std::int64_t>(row + offset + 1, 0, columns);
  };
  std::int64_t count = 0;
  for (std::int64_t row = first; row < last; ++row) count += end(row) - begin(row);
  PTETOOL_CHECK(prepare(call, out, Sizes{2, count}));
  PTETOOL_ASSIGN(OwnedTensor indices, allocate_tensor(ScalarType::Long, Sizes{2, count}));
  auto* to = indices.tensor.as<std::int64_t>();
  for (std::int64_t row = first; row < last; ++row) {
    for (std::int64_t column = begin(row); column < end(row); ++column, ++to) {
      to[0] = row;
      to[count] = column;
    }
  }
  return copy_view(call, View(indices.tensor), View(out));
}

Result<> tril_indices(Call& call) { return triangle_indices(call, false); }
Result<> triu_indices(Call& call) { return triangle_indices(call, true); }

// Zeros with the last dimension of self along a diagonal of dim1 and dim2 of the result.
Result<> diag_embed(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  if (self.rank() == 0) return call.fail(ErrorCode::Mismatch, "self has no dimensions");
  if (self.sizes.full()) return call.fail(ErrorCode::Limit, "self has the highest rank already");
  const std::size_t rank = self.rank() + 1;
  const auto dim1 = dimension(call, call.integer(2), rank);
  if (!dim1) return Failure(dim1.error());
  const auto dim2 = dimension(call, call.integer(3), rank);
  if (!dim2) return Failure(dim2.error());
  const std::int64_t offset = call.integer(1);
  const auto side = offset == std::numeric_limits<std::int64_t>::min()
                        ? std::nullopt
                        : checked_add(self.sizes[self.rank() - 1], offset < 0 ? -offset : offset);
  Sizes sizes;
  for (std::size_t i = 0, from = 0; i < rank && side; ++i) {
    sizes.push_back(i == *dim1 || i == *dim2 ? *side : self.sizes[std::min(from++, self.rank() - 1)]);
  }
  if (!side || !checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, out, sizes));
  const auto window = diagonal_window(call, out, 1);
  if (!window) return Failure(window.error());
  PTETOOL_CHECK(zero(call, View(out)));
  return copy_view(call, View(self), *window);
}

// i, repeats[i] times.
Result<> repeat_interleave(Call& call) {
  const Tensor& repeats = call.tensor(0);
  Tensor& out = call.out();
  if (repeats.rank() > 1) return call.fail(ErrorCode::Mismatch, "repeats has more than one dimension");
  if (!contains(kIntegers, out.dtype)) return unsupported_dtype(call, out.dtype);
  const auto counts = read_indices(call, repeats, std::numeric_limits<std::int64_t>::max(), false);
  if (!counts) return Failure(counts.error());
  const auto* each = counts->tensor.as<std::int64_t>();
  std::int64_t total = 0;
  for (std::int64_t i = 0; i < repeats.numel(); ++i) {
    const auto sum = checked_add(total, each[i]);
    if (!sum) return call.fail(ErrorCode::Limit, "the result is too large");
    total = *sum;
  }
  if (!call.is_none(1) && call.integer(1) != total) {
    return call.fail(ErrorCode::Mismatch, "repeats sum up to " + std::to_string(total) + ", output_size is " +
                                              std::to_string(call.integer(1)));
  }
  PTETOOL_CHECK(prepare(call, out, Sizes{total}));
  PTETOOL_ASSIGN(OwnedTensor numbers, allocate_tensor(ScalarType::Long, Sizes{total}));
  auto* to = numbers.tensor.as<std::int64_t>();
  for (std::int64_t i = 0; i < repeats.numel(); ++i) to = std::fill_n(to, each[i], i);
  return copy_view(call, View(numbers.tensor), View(out));
}

constexpr Operator kRows[] = {
    {"aten::tril.out(Tensor self, SymInt diagonal=0, *, Tensor(a!) out) -> Tensor(a!)", tril},
    {"aten::triu.out(Tensor self, SymInt diagonal=0, *, Tensor(a!) out) -> Tensor(a!)", triu},
    {"aten::tril_indices.out(int row, int col, int offset=0, *, Tensor(a!) out) -> Tensor(a!)", tril_indices},
    {"aten::triu_indices.out(int row, int col, int offset=0, *, Tensor(a!) out) -> Tensor(a!)", triu_indices},
    {"aten::diag_embed.out(Tensor self, int offset=0, int dim1=-2, int dim2=-1, *, Tensor(a!) out) -> Tensor(a!)",
     diag_embed},
    {"aten::repeat_interleave.Tensor_out(Tensor repeats, *, SymInt? output_size=None, Tensor(a!) out) -> Tensor(a!)",
     repeat_interleave},
};

}  // namespace

std::span<const Operator> triangle_operators() { return kRows; }

}  // namespace ptetool::ops

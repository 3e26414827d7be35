// Whole tensors at other places: turned by quarters (rot90), and as blocks along a diagonal (block_diag).
#include <algorithm>

#include "ops/parts.h"
#include "ops/table.h"
#include "ops/view.h"

namespace ptetool::ops {

namespace {

void reverse(View& view, std::size_t dim) {
  if (view.sizes[dim] <= 1) return;
  view.data += (view.sizes[dim] - 1) * view.strides[dim] * static_cast<std::int64_t>(*dtype_size(view.dtype));
  view.strides[dim] = -view.strides[dim];
}

// Quarter turns from the first of two dimensions towards the second.
Result<> rot90(Call& call) {
  View view(call.tensor(0));
  const auto dims = call.integers(2);
  if (dims.size() != 2) return call.fail(ErrorCode::Mismatch, "dims are not two");
  PTETOOL_ASSIGN(const std::size_t from, dimension(call, dims[0], view.sizes.size()));
  PTETOOL_ASSIGN(const std::size_t to, dimension(call, dims[1], view.sizes.size()));
  if (from == to) return call.fail(ErrorCode::Mismatch, "dims are the same dimension twice");
  const std::int64_t turns = (call.integer(1) % 4 + 4) % 4;
  if (turns == 1 || turns == 2) reverse(view, to);
  if (turns == 2 || turns == 3) reverse(view, from);
  if (turns % 2 == 1) {
    std::swap(view.sizes[from], view.sizes[to]);
    std::swap(view.strides[from], view.strides[to]);
  }
  return copy_out(call, view);
}

// Matrices, lines and numbers, with 0 around them.
Result<> block_diag(Call& call) {
  Tensor& out = call.out();
  std::vector<Tensor> blocks;
  Sizes sizes = {0, 0};
  for (const Tensor* each : call.tensors(0)) {
    if (each->rank() > 2) return call.fail(ErrorCode::Mismatch, "a tensor has more than two dimensions");
    Tensor block = *each;
    while (block.rank() < 2) block = with_dimension(block, 0);
    for (std::size_t dim = 0; dim < 2; ++dim) {
      const auto sum = checked_add(sizes[dim], block.sizes[dim]);
      if (!sum) return call.fail(ErrorCode::Limit, "the result is too large");
      sizes[dim] = *sum;
    }
    blocks.push_back(std::move(block));
  }
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, out, sizes));
  std::fill_n(out.as<std::uint8_t>(), out.nbytes(), std::uint8_t{0});
  std::int64_t row = 0, column = 0;
  for (const Tensor& block : blocks) {
    const std::int64_t rows = block.sizes[0], columns = block.sizes[1];
    PTETOOL_CHECK(copy_view(call, View(block), View(out).narrow(0, row, rows).narrow(1, column, columns)));
    row += rows;
    column += columns;
  }
  return {};
}

constexpr Operator kRows[] = {
    {"aten::rot90.out(Tensor self, int k=1, int[] dims=[0,1], *, Tensor(a!) out) -> Tensor(a!)", rot90},
    {"aten::block_diag.out(Tensor[] tensors, *, Tensor(a!) out) -> Tensor(a!)", block_diag},
};

}  // namespace

std::span<const Operator> rearranged_operators() { return kRows; }

}  // namespace ptetool::ops

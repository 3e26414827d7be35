// Whole tensors at other places: turned by quarters (rot90), as blocks along a diagonal (block_diag), and dealt out in
// equal parts (_chunk_cat).
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

// Each tensor, with 0 at the end of a dimension until its size is a multiple of `count`, as `count` rows of what it
// holds from that dimension on: beside each other.
Result<> chunk_cat(Call& call) {
  const auto tensors = call.tensors(0);
  Tensor& out = call.out();
  if (call.is_named_twice(out)) return call.fail(ErrorCode::Unsupported, "does not compute in place");
  const std::int64_t count = call.integer(2);
  if (tensors.empty() || count < 1) return call.fail(ErrorCode::Mismatch, "there are no tensors, or no parts of them");
  const Tensor first = *tensors[0];
  PTETOOL_ASSIGN(const std::size_t dim, dimension(call, call.integer(1), first.rank()));
  const auto chunk = [&](const Tensor& tensor) { return (tensor.sizes[dim] - 1) / count + 1; };
  Sizes sizes(first.sizes.span().first(std::min(dim, first.rank())));
  const std::size_t leading = sizes.size();
  std::int64_t columns = 0;
  for (const Tensor* each : tensors) {
    if (each->rank() <= dim || each->numel() == 0 || !(Sizes(each->sizes.span().first(leading)) == sizes)) {
      return call.fail(ErrorCode::Mismatch, "a tensor has no elements, or other dimensions before those that are cut");
    }
    const auto sum = checked_add(columns, each->numel() / numel(each->sizes.span().first(dim + 1)) * chunk(*each));
    if (!sum) return call.fail(ErrorCode::Limit, "the result is too large");
    columns = *sum;
  }
  if (leading + 2 > kMaxRank) return call.fail(ErrorCode::Limit, "the result has too many dimensions");
  sizes.push_back(count);
  sizes.push_back(columns);
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, out, sizes));
  std::fill_n(out.as<std::uint8_t>(), out.nbytes(), std::uint8_t{0});
  std::int64_t column = 0;
  for (const Tensor* each : tensors) {
    const std::int64_t most = chunk(*each);
    for (std::int64_t row = 0; row * most < each->sizes[dim]; ++row) {
      View from(*each);
      from.narrow(dim, row * most, std::min(most, each->sizes[dim] - row * most));
      View to(out);
      to.narrow(leading, row, 1).narrow(leading + 1, column, 1);
      to.sizes = from.sizes;
      to.strides = strides_of(from.sizes, contiguous_order(from.sizes.size()));
      for (std::size_t i = 0; i < from.sizes.size(); ++i) {
        to.strides[i] = i < leading ? out.strides[i] : to.strides[i] * out.strides[leading + 1];
      }
      PTETOOL_CHECK(copy_view(call, from, to));
    }
    column += most * (each->numel() / numel(each->sizes.span().first(dim + 1)));
  }
  return {};
}

constexpr Operator kRows[] = {
    {"aten::_chunk_cat.out(Tensor[] tensors, int dim, int num_chunks, *, Tensor(a!) out) -> Tensor(a!)", chunk_cat},
    {"aten::rot90.out(Tensor self, int k=1, int[] dims=[0,1], *, Tensor(a!) out) -> Tensor(a!)", rot90},
    {"aten::block_diag.out(Tensor[] tensors, *, Tensor(a!) out) -> Tensor(a!)", block_diag},
};

}  // namespace

std::span<const Operator> rearranged_operators() { return kRows; }

}  // namespace ptetool::ops

// Whole tensors at other places: mirrored, rolled and turned by quarters (rot90), over and over (repeat), as blocks
// along a diagonal (block_diag), and dealt out in equal parts (_chunk_cat).
#include <algorithm>
#include <vector>

#include "ops/parts.h"
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

void reverse(View& view, std::size_t dim) {
  if (view.sizes[dim] <= 1) return;
  view.data += (view.sizes[dim] - 1) * view.strides[dim] * static_cast<std::int64_t>(*dtype_size(view.dtype));
  view.strides[dim] = -view.strides[dim];
}

Result<> flip(Call& call) {
  View view(call.tensor(0));
  const auto flags = dimension_flags(call, call.integers(1), view.sizes.size());
  if (!flags) return Failure(flags.error());
  for (std::size_t dim = 0; dim < view.sizes.size(); ++dim) {
    if ((*flags)[dim]) reverse(view, dim);
  }
  return copy_out(call, view);
}

// Copies `from`, moved on by `shifts[dim]` in [0, size) along every dimension from `dim` on.
Result<> roll_views(const Call& call, const View& from, const View& to, std::span<const std::int64_t> shifts,
                    std::size_t dim) {
  while (dim < shifts.size() && shifts[dim] == 0) ++dim;
  if (dim == shifts.size()) return copy_view(call, from, to);
  const std::int64_t shift = shifts[dim];
  const std::int64_t rest = from.sizes[dim] - shift;
  PTETOOL_CHECK(roll_views(call, View(from).narrow(dim, 0, rest), View(to).narrow(dim, shift, rest), shifts, dim + 1));
  return roll_views(call, View(from).narrow(dim, rest, shift), View(to).narrow(dim, 0, shift), shifts, dim + 1);
}

Result<> roll(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto shifts = call.integers(1);
  const auto dims = call.integers(2);
  if (shifts.size() != std::max<std::size_t>(dims.size(), 1)) {
    return call.fail(ErrorCode::Mismatch,
                     counted(shifts.size(), "shift") + " for " + counted(dims.size(), "dimension"));
  }
  const auto within = [](std::int64_t shift, std::int64_t size) {
    const std::int64_t rest = shift % size;
    return rest < 0 ? rest + size : rest;
  };
  PTETOOL_CHECK(prepare(call, out, self.sizes));
  if (out.numel() == 0) return {};
  if (dims.empty()) {
    // All elements as one row, in C order.
    PTETOOL_ASSIGN(OwnedTensor from, contiguous_copy(self));
    PTETOOL_ASSIGN(OwnedTensor to, allocate_tensor(self.dtype, self.sizes));
    const std::int64_t shift[] = {within(shifts[0], self.numel())};
    const Sizes flat{self.numel()};
    PTETOOL_CHECK(roll_views(call, View(from.tensor, flat), View(to.tensor, flat), shift, 0));
    return copy_view(call, View(to.tensor), View(out));
  }
  Sizes total = Sizes::filled(self.rank(), 0);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const auto dim = dimension(call, dims[i], self.rank());
    if (!dim) return Failure(dim.error());
    if (self.rank() == 0) continue;
    total[*dim] = (total[*dim] + within(shifts[i], self.sizes[*dim])) % self.sizes[*dim];
  }
  return roll_views(call, View(self), View(out), total.span(), 0);
}

// One copy, then what is there is doubled along each dimension, innermost first.
Result<> repeat(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  const auto repeats = call.integers(1);
  if (repeats.size() < self.rank() || repeats.size() > kMaxRank) {
    return call.fail(ErrorCode::Mismatch,
                     counted(repeats.size(), "repeat") + " for a tensor of rank " + std::to_string(self.rank()));
  }
  View from(self);
  from.strides = broadcast_strides(self, repeats.size());
  from.sizes = Sizes::filled(repeats.size(), 1);
  const std::size_t shift = repeats.size() - self.rank();
  Sizes sizes = from.sizes;
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    if (i >= shift) from.sizes[i] = self.sizes[i - shift];
    const auto size = checked_mul(from.sizes[i], repeats[i]);
    if (repeats[i] < 0 || !size) {
      return call.fail(ErrorCode::Mismatch,
                       "repeats " + shape_text(std::span(repeats)) + " of the shape " + shape_text(self.sizes.span()));
    }
    sizes[i] = *size;
  }
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, out, sizes));
  if (out.numel() == 0) return {};
  View done(out);
  done.sizes = from.sizes;
  PTETOOL_CHECK(copy_view(call, from, done));
  for (std::size_t dim = sizes.size(); dim-- > 0;) {
    for (std::int64_t at = done.sizes[dim]; at < sizes[dim];) {
      const std::int64_t count = std::min(at, sizes[dim] - at);
      View target = done;
      target.sizes[dim] = sizes[dim];
      done.sizes[dim] = at;
      PTETOOL_CHECK(copy_view(call, View(done).narrow(dim, 0, count), target.narrow(dim, at, count)));
      at += count;
    }
    done.sizes[dim] = sizes[dim];
  }
  return {};
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
    {"aten::flip.out(Tensor self, int[] dims, *, Tensor(a!) out) -> Tensor(a!)", flip},
    {"aten::roll.out(Tensor self, SymInt[1] shifts, int[1] dims=[], *, Tensor(a!) out) -> Tensor(a!)", roll},
    {"aten::repeat.out(Tensor self, SymInt[] repeats, *, Tensor(a!) out) -> Tensor(a!)", repeat},
    {"aten::_chunk_cat.out(Tensor[] tensors, int dim, int num_chunks, *, Tensor(a!) out) -> Tensor(a!)", chunk_cat},
    {"aten::rot90.out(Tensor self, int k=1, int[] dims=[0,1], *, Tensor(a!) out) -> Tensor(a!)", rot90},
    {"aten::block_diag.out(Tensor[] tensors, *, Tensor(a!) out) -> Tensor(a!)", block_diag},
};

}  // namespace

std::span<const Operator> rearranged_operators() { return kRows; }

}  // namespace ptetool::ops

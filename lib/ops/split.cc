// A tensor in pieces along a dimension, each an out of its own: split, unbind.
#include <vector>

#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// The outs of an operator that cuts self into pieces along a dimension.
Result<std::vector<Tensor*>> pieces(Call& call, std::size_t count) {
  auto outs = call.tensors(call.out_index());
  if (outs.size() == count) return outs;
  return call.fail(ErrorCode::Mismatch, counted(outs.size(), "out") + " for " + counted(count, "piece"));
}

Result<> split(Call& call, std::size_t dim, std::span<const std::int64_t> lengths) {
  const Tensor self = call.tensor(0);
  const auto outs = pieces(call, lengths.size());
  if (!outs) return Failure(outs.error());
  std::int64_t at = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    View view(self);
    view.narrow(dim, at, lengths[i]);
    PTETOOL_CHECK(prepare(call, *(*outs)[i], view.sizes));
    PTETOOL_CHECK(copy_view(call, view, View(*(*outs)[i])));
    at += lengths[i];
  }
  return {};
}

Result<> split_copy(Call& call) {
  const Tensor& self = call.tensor(0);
  if (self.rank() == 0) return call.fail(ErrorCode::Mismatch, "self has no dimensions");
  const auto dim = dimension(call, call.integer(2), self.rank());
  if (!dim) return Failure(dim.error());
  const std::int64_t each = call.integer(1);
  const std::int64_t size = self.sizes[*dim];
  if (each < 0 || (each == 0 && size != 0)) {
    return call.fail(ErrorCode::Mismatch, "pieces of size " + std::to_string(each));
  }
  // As many as there are outs for, which split() checks.
  const std::int64_t count = each == 0 ? 1 : std::max<std::int64_t>((size - 1) / each + 1, 1);
  const auto outs = pieces(call, static_cast<std::size_t>(count));
  if (!outs) return Failure(outs.error());
  std::vector<std::int64_t> lengths(outs->size(), each);
  lengths.back() = size - each * (count - 1);
  return split(call, *dim, lengths);
}

Result<> split_with_sizes_copy(Call& call) {
  const Tensor& self = call.tensor(0);
  if (self.rank() == 0) return call.fail(ErrorCode::Mismatch, "self has no dimensions");
  const auto dim = dimension(call, call.integer(2), self.rank());
  if (!dim) return Failure(dim.error());
  const auto lengths = call.integers(1);
  std::int64_t left = self.sizes[*dim];
  for (const std::int64_t length : lengths) left = length < 0 || length > left ? -1 : left - length;
  if (left != 0) {
    return call.fail(ErrorCode::Mismatch, "pieces of sizes " + shape_text(std::span(lengths)) +
                                              " do not make a dimension of size " + std::to_string(self.sizes[*dim]));
  }
  return split(call, *dim, lengths);
}

Result<> unbind_copy(Call& call) {
  const Tensor self = call.tensor(0);
  if (self.rank() == 0) return call.fail(ErrorCode::Mismatch, "self has no dimensions");
  const auto dim = dimension(call, call.integer(1), self.rank());
  if (!dim) return Failure(dim.error());
  const auto outs = pieces(call, static_cast<std::size_t>(self.sizes[*dim]));
  if (!outs) return Failure(outs.error());
  for (std::size_t i = 0; i < outs->size(); ++i) {
    View view(self);
    view.select(*dim, static_cast<std::int64_t>(i));
    PTETOOL_CHECK(prepare(call, *(*outs)[i], view.sizes));
    PTETOOL_CHECK(copy_view(call, view, View(*(*outs)[i])));
  }
  return {};
}

constexpr Operator kRows[] = {
    {"aten::unsafe_split.Tensor_out(Tensor self, SymInt split_size, int dim=0, *, Tensor(a!)[] out) -> ()", split_copy},
    {"aten::unsafe_split_with_sizes.out(Tensor self, SymInt[] split_sizes, int dim=0, *, Tensor(a!)[] out) -> ()",
     split_with_sizes_copy},
    {"aten::split_copy.Tensor_out(Tensor self, SymInt split_size, int dim=0, *, Tensor(a!)[] out) -> ()", split_copy},
    {"aten::split_with_sizes_copy.out(Tensor self, SymInt[] split_sizes, int dim=0, *, Tensor(a!)[] out) -> ()",
     split_with_sizes_copy},
    {"aten::unbind_copy.int_out(Tensor self, int dim=0, *, Tensor(a!)[] out) -> ()", unbind_copy},
};

}  // namespace

std::span<const Operator> split_operators() { return kRows; }

}  // namespace ptetool::ops

// Operators between tensors and plain values (format-facts 5.7): sizes and single elements as numbers, slices of a
// growing tensor, and views that alias their input. They replace the value in the return slot, its kind included.
#include <algorithm>
#include <limits>

#include "ops/pointwise.h"
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

Result<> sym_size(Call& call) {
  const Tensor& self = call.tensor(0);
  const auto dim = dimension(call, call.integer(1), self.rank());
  if (!dim) return Failure(dim.error());
  if (self.rank() == 0) return call.fail(ErrorCode::Mismatch, "a 0-d tensor has no sizes");
  call.result() = self.sizes[*dim];
  return {};
}

Result<> sym_numel(Call& call) {
  call.result() = call.tensor(0).numel();
  return {};
}

// The one element of a tensor as Int, Double or Bool.
Result<> local_scalar_dense(Call& call) {
  const Tensor& self = call.tensor(0);
  if (!contains(kRealsAndBool, self.dtype)) return unsupported_dtype(call, self.dtype);
  if (self.numel() < 1 || !self.data) return call.fail(ErrorCode::Mismatch, "the tensor has no element");
  Block block;
  const auto* data = self.as<std::uint8_t>();
  if (is_floating(self.dtype)) {
    call.result() = *Reader(self.dtype, ScalarType::Double).read_as<double>(data, 1, 1, block);
  } else {
    const std::int64_t value = *Reader(self.dtype, self.dtype).read_as<std::int64_t>(data, 1, 1, block);
    if (self.dtype == ScalarType::Bool)
      call.result() = value != 0;
    else
      call.result() = value;
  }
  return {};
}

// copy_to grows to index + 1 slices, the last of which becomes copy_from.
Result<> et_copy_index(Call& call) {
  Tensor& to = call.tensor(0);
  const Tensor& from = call.tensor(1);
  const std::int64_t index = call.integer(2);
  if (index < 0 || index == std::numeric_limits<std::int64_t>::max()) {
    return call.fail(ErrorCode::Mismatch, "index " + std::to_string(index));
  }
  PTETOOL_CHECK(same_dtype(call, to, "copy_to", from, "copy_from"));
  // The first slice decides the sizes of the others.
  if (to.rank() != from.rank() + 1 || to.dim_order[0] != 0 ||
      (index > 0 && !std::equal(from.sizes.begin(), from.sizes.end(), to.sizes.begin() + 1))) {
    return call.fail(ErrorCode::Mismatch, "a slice of shape " + shape_text(from.sizes.span()) +
                                              " for a tensor of shape " + shape_text(to.sizes.span()));
  }
  Sizes sizes{index + 1};
  for (const std::int64_t size : from.sizes) sizes.push_back(size);
  if (!checked_numel(sizes.span()))
    return call.fail(ErrorCode::Limit, "the shape " + shape_text(sizes.span()) + " is too large");
  PTETOOL_CHECK(prepare(call, to, sizes));
  if (from.numel() != 0 && !from.data) return call.fail(ErrorCode::Malformed, "copy_from has no memory");
  return copy_view(call, View(from), View(to).select(0, index));
}

// The out becomes self's memory under other sizes: nothing is copied, and it can never grow beyond self.
Result<> et_view(Call& call) {
  const Tensor self = call.tensor(0);
  Tensor* out = std::get_if<Tensor>(&call.result());
  if (!out) {
    return call.fail(ErrorCode::Malformed, "the out is no Tensor but of kind " + std::string(kind_name(call.result())));
  }
  PTETOOL_CHECK(same_dtype(call, self, "self", *out, "the out"));
  const auto sizes = view_sizes(call, call.integers(1), self.numel());
  if (!sizes) return Failure(sizes.error());
  if (auto resized = out->resize(*sizes); !resized) {
    return call.fail(resized.error().code, "the out does not fit the result: " + resized.error().message);
  }
  out->data = self.data;
  out->capacity = std::max(self.capacity, self.numel());
  out->read_only = self.read_only;
  return {};
}

constexpr Operator kRows[] = {
    {"aten::sym_size.int(Tensor self, int dim) -> SymInt", sym_size},
    {"aten::sym_numel(Tensor self) -> SymInt", sym_numel},
    {"aten::_local_scalar_dense(Tensor self) -> Scalar", local_scalar_dense},
    {"executorch_prim::et_copy_index.tensor(Tensor(a!) copy_to, Tensor copy_from, int index) -> ()", et_copy_index},
    {"executorch_prim::et_view.default(Tensor self, SymInt[] size) -> Tensor", et_view},
};

}  // namespace

std::span<const Operator> prim_operators() { return kRows; }

}  // namespace ptetool::ops

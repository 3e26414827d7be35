// nonzero, nonzero_static, masked_select, masked_scatter, masked_fill with a tensor.
#include "ops/nonzero.h"

#include <algorithm>

#include "ops/pointwise.h"
#include "ops/table.h"
#include "ops/walk.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

std::int64_t count_true(const OwnedTensor& truths) {
  const auto* truth = truths.tensor.as<std::uint8_t>();
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < truths.tensor.numel(); ++i) count += truth[i];
  return count;
}

Result<> nonzero(Call& call) {
  const auto coordinates = coordinates_of(call, call.tensor(0));
  if (!coordinates) return Failure(coordinates.error());
  if (!contains(kIntegers, call.out().dtype)) return unsupported_dtype(call, call.out().dtype);
  View view(coordinates->tensor);
  std::swap(view.sizes[0], view.sizes[1]);
  std::swap(view.strides[0], view.strides[1]);
  return copy_out(call, view);
}

// The first `size` of them, filled up.
Result<> nonzero_static(Call& call) {
  const std::int64_t size = call.integer(1);
  if (size < 0) return call.fail(ErrorCode::Mismatch, "size " + std::to_string(size) + " is negative");
  Tensor& out = call.out();
  if (!contains(kIntegers, out.dtype)) return unsupported_dtype(call, out.dtype);
  const auto coordinates = coordinates_of(call, call.tensor(0));
  if (!coordinates) return Failure(coordinates.error());
  View found(coordinates->tensor);
  std::swap(found.sizes[0], found.sizes[1]);
  std::swap(found.strides[0], found.strides[1]);
  PTETOOL_CHECK(prepare(call, out, Sizes{size, found.sizes[1]}));
  const std::int64_t count = std::min(size, found.sizes[0]);
  PTETOOL_CHECK(copy_view(call, found.narrow(0, 0, count), View(out).narrow(0, 0, count)));
  PTETOOL_ASSIGN(OwnedTensor filler, allocate_tensor(ScalarType::Long, Sizes()));
  *filler.tensor.as<std::int64_t>() = call.integer(2);
  View rest(out);
  rest.narrow(0, count, size - count);
  View same(filler.tensor);
  same.sizes = rest.sizes;
  same.strides = Strides::filled(2, 0);
  return copy_view(call, same, rest);
}

// A tensor as it is broadcast to these sizes.
View broadcast_view(const Tensor& tensor, const Sizes& sizes) {
  View view(tensor);
  view.strides = broadcast_strides(tensor, sizes.size());
  view.sizes = sizes;
  return view;
}

Result<> check_mask(const Call& call, const Tensor& mask) {
  if (contains(dtype_set(ScalarType::Bool, ScalarType::Byte), mask.dtype)) return {};
  return call.fail(ErrorCode::Unsupported, "a mask of dtype " + dtype_name(mask.dtype));
}

// Elements of the broadcast self where the mask, broadcast as well, is true, in C order.
Result<> masked_select(Call& call) {
  const Tensor self = call.tensor(0);
  const Tensor mask = call.tensor(1);
  Tensor& out = call.out();
  PTETOOL_CHECK(check_mask(call, mask));
  PTETOOL_CHECK(same_dtype(call, self, "self", out, "the out"));
  const auto sizes = broadcast(call, self.sizes, mask.sizes);
  if (!sizes) return Failure(sizes.error());
  PTETOOL_ASSIGN(OwnedTensor truths, truths_of(call, broadcast_view(mask, *sizes)));
  const std::int64_t selected = count_true(truths);
  PTETOOL_CHECK(prepare(call, out, Sizes{selected}));
  const Walk<2> walk(*sizes, {truths.tensor.strides, broadcast_strides(self, sizes->size())});
  const auto width = static_cast<std::int64_t>(self.element_size());
  auto* to = out.as<std::uint8_t>();
  std::int64_t found = 0;
  walk.each_row([&](const auto& at) {
    const auto* truth = truths.tensor.as<std::uint8_t>() + at[0];
    const auto* from = self.as<std::uint8_t>() + at[1] * width;
    for (std::int64_t i = 0; i < walk.row_length(); ++i) {
      if (truth[i * walk.row_step(0)] == 0) continue;
      const std::uint8_t* element = from + i * walk.row_step(1) * width;
      std::copy_n(element, width, to + found++ * width);
    }
  });
  return {};
}

// The mask is broadcast to self; elements of source, in C order, go where it is true.
Result<> masked_scatter(Call& call) {
  const Tensor self = call.tensor(0);
  const Tensor mask = call.tensor(1);
  const Tensor source = call.tensor(2);
  Tensor& out = call.out();
  PTETOOL_CHECK(check_mask(call, mask));
  PTETOOL_CHECK(same_dtype(call, self, "self", source, "source"));
  PTETOOL_CHECK(same_dtype(call, self, "self", out, "the out"));
  const auto sizes = broadcast(call, self.sizes, mask.sizes);
  if (!sizes) return Failure(sizes.error());
  PTETOOL_ASSIGN(OwnedTensor truths, truths_of(call, broadcast_view(mask, *sizes)));
  const std::int64_t needed = count_true(truths);
  if (source.numel() < needed) {
    return call.fail(ErrorCode::Mismatch, "the mask names " + counted(static_cast<std::uint64_t>(needed), "element") +
                                              ", source has " + std::to_string(source.numel()));
  }
  PTETOOL_ASSIGN(OwnedTensor straight, contiguous_copy(source));
  PTETOOL_CHECK(prepare(call, out, *sizes));
  PTETOOL_CHECK(copy_view(call, broadcast_view(self, *sizes), View(out)));
  const Walk<2> walk(*sizes, {truths.tensor.strides, out.strides});
  const auto width = static_cast<std::int64_t>(self.element_size());
  const auto* from = straight.tensor.as<std::uint8_t>();
  std::int64_t taken = 0;
  walk.each_row([&](const auto& at) {
    const auto* truth = truths.tensor.as<std::uint8_t>() + at[0];
    auto* to = out.as<std::uint8_t>() + at[1] * width;
    for (std::int64_t i = 0; i < walk.row_length(); ++i) {
      if (truth[i * walk.row_step(0)] == 0) continue;
      std::copy_n(from + taken++ * width, width, to + i * walk.row_step(1) * width);
    }
  });
  return {};
}

// The mask chooses the value, converted to self's dtype.
Result<> masked_fill_tensor(Call& call) {
  const Tensor self = call.tensor(0);
  const Tensor mask = call.tensor(1);
  const Tensor value = call.tensor(2);
  if (mask.dtype != ScalarType::Bool) {
    return call.fail(ErrorCode::Unsupported, "a mask of dtype " + dtype_name(mask.dtype));
  }
  if (value.rank() != 0) return call.fail(ErrorCode::Mismatch, "value is not 0-d");
  const auto filled = [](auto x, auto m, auto v) { return m != decltype(m){} ? v : x; };
  return pointwise<3, kNumbers>(call, {operand(self), operand(mask), operand(value)}, self.dtype, filled);
}

constexpr Operator kRows[] = {
    {"aten::nonzero.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", nonzero},
    {"aten::nonzero_static.out(Tensor self, *, SymInt size, int fill_value=-1, Tensor(a!) out) -> Tensor(a!)",
     nonzero_static},
    {"aten::masked_select.out(Tensor self, Tensor mask, *, Tensor(a!) out) -> Tensor(a!)", masked_select},
    {"aten::masked_scatter.out(Tensor self, Tensor mask, Tensor source, *, Tensor(a!) out) -> Tensor(a!)",
     masked_scatter},
    {"aten::masked_fill.Tensor_out(Tensor self, Tensor mask, Tensor value, *, Tensor(a!) out) -> Tensor(a!)",
     masked_fill_tensor},
};

}  // namespace

Result<OwnedTensor> truths_of(const Call& call, const View& view) {
  PTETOOL_ASSIGN(OwnedTensor truths, allocate_tensor(ScalarType::Bool, view.sizes));
  PTETOOL_CHECK(copy_view(call, view, View(truths.tensor)));
  // A bool of a file may be any byte.
  auto* truth = truths.tensor.as<std::uint8_t>();
  for (std::int64_t i = 0; i < truths.tensor.numel(); ++i) truth[i] = truth[i] != 0 ? 1 : 0;
  return truths;
}

Result<OwnedTensor> coordinates_of(const Call& call, const Tensor& tensor) {
  PTETOOL_ASSIGN(OwnedTensor truths, truths_of(call, View(tensor)));
  const std::int64_t count = count_true(truths);
  const auto rank = static_cast<std::int64_t>(tensor.rank());
  PTETOOL_ASSIGN(OwnedTensor coordinates, allocate_tensor(ScalarType::Long, Sizes{rank, count}));
  if (rank == 0 || count == 0) return coordinates;
  auto* to = coordinates.tensor.as<std::int64_t>();
  const auto* truth = truths.tensor.as<std::uint8_t>();
  const std::int64_t inner = tensor.sizes[tensor.rank() - 1];
  Sizes at = Sizes::filled(tensor.rank(), 0);
  std::int64_t found = 0;
  for (std::int64_t begin = 0; begin < tensor.numel(); begin += inner) {
    for (std::int64_t i = 0; i < inner; ++i) {
      if (truth[begin + i] == 0) continue;
      at[tensor.rank() - 1] = i;
      for (std::size_t dim = 0; dim < tensor.rank(); ++dim) {
        to[static_cast<std::int64_t>(dim) * count + found] = at[dim];
      }
      ++found;
    }
    at[tensor.rank() - 1] = inner - 1;
    for (std::size_t dim = tensor.rank(); dim-- > 0;) {
      if (++at[dim] < tensor.sizes[dim]) break;
      at[dim] = 0;
    }
  }
  return coordinates;
}

std::span<const Operator> nonzero_operators() { return kRows; }

}  // namespace ptetool::ops

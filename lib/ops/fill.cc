// Tensors made of one number, or of a sequence.
#include <cmath>

#include "ops/pointwise.h"
#include "ops/table.h"
#include "ops/view.h"

namespace ptetool::ops {

namespace {

// The out becomes `number` throughout, in these sizes.
Result<> fill_out(Call& call, const Sizes& sizes, const Scalar& number) {
  Tensor& out = call.out();
  if (!contains(kConvertible, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(check_converts(call, number, out.dtype));
  PTETOOL_CHECK(prepare(call, out, sizes));
  Block block;
  fill_block(number, out.dtype, kBlock, true, block);
  const Writer writer(out.dtype, out.dtype);
  const auto width = static_cast<std::int64_t>(out.element_size());
  // A dense tensor is filled in memory order, whatever its dim order.
  for (std::int64_t at = 0; at < out.numel(); at += kBlock) {
    writer.write(block.data(), out.as<std::uint8_t>() + at * width, 1, std::min(kBlock, out.numel() - at));
  }
  return {};
}

Result<> fill_new(Call& call, const Scalar& number) {
  const auto sizes = sizes_of(call, call.integers(0));
  if (!sizes) return Failure(sizes.error());
  return fill_out(call, *sizes, number);
}

Result<> full(Call& call) { return fill_new(call, call.scalar(1)); }
Result<> zeros(Call& call) { return fill_new(call, {}); }
Result<> ones(Call& call) { return fill_new(call, {Scalar::Kind::Int, 1, 0}); }
// full_like and fill.Scalar
Result<> fill_like(Call& call) { return fill_out(call, Sizes(call.tensor(0).sizes), call.scalar(1)); }
Result<> scalar_tensor(Call& call) { return fill_out(call, Sizes(), call.scalar(0)); }

Result<> fill_tensor(Call& call) {
  View view(call.tensor(1));
  if (!view.sizes.empty()) return call.fail(ErrorCode::Mismatch, "value is not 0-d");
  view.sizes = call.tensor(0).sizes;
  view.strides = Strides::filled(view.sizes.size(), 0);
  return copy_out(call, view);
}

// The sizes are the out's business: elements keep whatever they were.
Result<> empty(Call& call) {
  const auto sizes = sizes_of(call, call.integers(0));
  if (!sizes) return Failure(sizes.error());
  return prepare(call, call.out(), *sizes);
}

// new_full(self, size, value) and the like take dtype and layout from self, which the out already has.
Result<> fill_sized(Call& call, const Scalar& number) {
  const auto sizes = sizes_of(call, call.integers(1));
  if (!sizes) return Failure(sizes.error());
  return fill_out(call, *sizes, number);
}
Result<> new_full(Call& call) { return fill_sized(call, call.scalar(2)); }
Result<> new_zeros(Call& call) { return fill_sized(call, {}); }
Result<> new_ones(Call& call) { return fill_sized(call, {Scalar::Kind::Int, 1, 0}); }
Result<> zeros_like(Call& call) { return fill_out(call, Sizes(call.tensor(0).sizes), {}); }
Result<> ones_like(Call& call) { return fill_out(call, Sizes(call.tensor(0).sizes), {Scalar::Kind::Int, 1, 0}); }
Result<> empty_like(Call& call) { return prepare(call, call.out(), Sizes(call.tensor(0).sizes)); }
Result<> new_empty(Call& call) {
  const auto sizes = sizes_of(call, call.integers(1));
  if (!sizes) return Failure(sizes.error());
  return prepare(call, call.out(), *sizes);
}

// start, start + step, … before end, or up to it where `closed`; integers where all three and the out are, else in
// double.
Result<> arange_between(Call& call, const Scalar& start, const Scalar& end, const Scalar& step, bool closed = false) {
  Tensor& out = call.out();
  if (!contains(kReals, out.dtype)) return unsupported_dtype(call, out.dtype);
  const double from = start.as_double();
  const double by = step.as_double();
  const bool whole =
      start.kind != Scalar::Kind::Double && end.kind != Scalar::Kind::Double && step.kind != Scalar::Kind::Double;
  const double steps = (end.as_double() - from) / by;
  const double exact = closed && steps >= 0 ? std::floor(steps) + 1 : std::ceil(steps);
  if (by == 0 || !std::isfinite(from) || !std::isfinite(exact) || exact > 0x1p62) {
    return call.fail(ErrorCode::Mismatch, "start, end and step make no finite sequence");
  }
  if (exact < 0) return call.fail(ErrorCode::Mismatch, "step leads away from end");
  const auto count = static_cast<std::int64_t>(exact);
  PTETOOL_CHECK(prepare(call, out, Sizes{count}));
  const bool integers = is_integral(out.dtype);
  const ScalarType common = integers && whole ? ScalarType::Long : ScalarType::Double;
  const Writer writer(common, out.dtype);
  const auto width = static_cast<std::int64_t>(out.element_size());
  Block block;
  for (std::int64_t at = 0; at < count; at += kBlock) {
    const std::int64_t piece = std::min(kBlock, count - at);
    for (std::int64_t i = 0; i < piece; ++i) {
      if (common == ScalarType::Long) {
        block.as<std::int64_t>()[i] = plus(start.integer, times(at + i, step.integer));
      } else {
        block.as<double>()[i] = from + static_cast<double>(at + i) * by;
      }
    }
    writer.write(block.data(), out.as<std::uint8_t>() + at * width, 1, piece);
  }
  return {};
}

Result<> arange(Call& call) { return arange_between(call, {}, call.scalar(0), {Scalar::Kind::Int, 1, 0}); }
Result<> arange_start(Call& call) { return arange_between(call, call.scalar(0), call.scalar(1), call.scalar(2)); }

Result<> range(Call& call) { return arange_between(call, call.scalar(0), call.scalar(1), call.scalar(2), true); }
Result<> range_by_one(Call& call) {
  return arange_between(call, call.scalar(0), call.scalar(1), {Scalar::Kind::Int, 1, 0}, true);
}

constexpr Operator kRows[] = {
    {"aten::full.out(SymInt[] size, Scalar fill_value, *, Tensor(a!) out) -> Tensor(a!)", full},
    {"aten::full_like.out(Tensor self, Scalar fill_value, *, MemoryFormat? memory_format=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     fill_like},
    {"aten::zeros.out(SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", zeros},
    {"aten::ones.out(SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", ones},
    {"aten::fill.Scalar_out(Tensor self, Scalar value, *, Tensor(a!) out) -> Tensor(a!)", fill_like},
    {"aten::fill.Tensor_out(Tensor self, Tensor value, *, Tensor(a!) out) -> Tensor(a!)", fill_tensor},
    {"aten::empty.out(SymInt[] size, *, MemoryFormat? memory_format=None, Tensor(a!) out) -> Tensor(a!)", empty},
    {"aten::new_full.out(Tensor self, SymInt[] size, Scalar fill_value, *, Tensor(a!) out) -> Tensor(a!)", new_full},
    {"aten::new_zeros.out(Tensor self, SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", new_zeros},
    {"aten::new_ones.out(Tensor self, SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", new_ones},
    {"aten::new_empty.out(Tensor self, SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", new_empty},
    {"aten::new_empty_strided.out(Tensor self, SymInt[] size, SymInt[] stride, *, Tensor(a!) out) -> Tensor(a!)",
     new_empty},
    {"aten::zeros_like.out(Tensor self, *, MemoryFormat? memory_format=None, Tensor(a!) out) -> Tensor(a!)",
     zeros_like},
    {"aten::ones_like.out(Tensor self, *, MemoryFormat? memory_format=None, Tensor(a!) out) -> Tensor(a!)", ones_like},
    {"aten::empty_like.out(Tensor self, *, MemoryFormat? memory_format=None, Tensor(a!) out) -> Tensor(a!)",
     empty_like},
    {"aten::empty_strided.out(SymInt[] size, SymInt[] stride, *, Tensor(a!) out) -> Tensor(a!)", empty},
    {"aten::empty_permuted.out(SymInt[] size, int[] physical_layout, *, Tensor(a!) out) -> Tensor(a!)", empty},
    {"aten::zero.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", zeros_like},
    {"aten::_efficientzerotensor.out(SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", zeros},
    {"aten::scalar_tensor.out(Scalar s, *, Tensor(a!) out) -> Tensor(a!)", scalar_tensor},
    {"aten::arange.out(Scalar end, *, Tensor(a!) out) -> Tensor(a!)", arange},
    {"aten::arange.start_out(Scalar start, Scalar end, Scalar step=1, *, Tensor(a!) out) -> Tensor(a!)", arange_start},
    {"aten::range.out(Scalar start, Scalar end, Scalar step=1, *, Tensor(a!) out) -> Tensor(a!)", range},
    {"aten::range.out_(Scalar start, Scalar end, *, Tensor(a!) out) -> Tensor(a!)", range_by_one},
};

}  // namespace

std::span<const Operator> fill_operators() { return kRows; }

}  // namespace ptetool::ops

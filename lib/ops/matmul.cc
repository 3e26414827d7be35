// mm, bmm, addmm, linear: how each of them is a matrix multiplication.
#include "ops/gemm.h"
#include "ops/products.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

Result<> mm(Call& call) {
  const Tensor& a = call.tensor(0);
  const Tensor& b = call.tensor(1);
  if (a.rank() != 2 || b.rank() != 2 || a.sizes[1] != b.sizes[0]) return shapes_do_not_fit(call, a, b);
  PTETOOL_CHECK(same_dtype(call, a, "self", b, "mat2"));
  PTETOOL_CHECK(prepare(call, call.out(), Sizes{a.sizes[0], b.sizes[1]}));
  return multiply(call, {View(a), View(b), View(call.out()), {}});
}

// Bytes, whose products are added in int32.
Result<> int_mm(Call& call) {
  const Tensor& a = call.tensor(0);
  const Tensor& b = call.tensor(1);
  if (a.rank() != 2 || b.rank() != 2 || a.sizes[1] != b.sizes[0]) return shapes_do_not_fit(call, a, b);
  for (const Tensor* each : {&a, &b}) {
    if (each->dtype != ScalarType::Char && each->dtype != ScalarType::Byte) return unsupported_dtype(call, each->dtype);
  }
  if (call.out().dtype != ScalarType::Int) return unsupported_dtype(call, call.out().dtype);
  PTETOOL_CHECK(prepare(call, call.out(), Sizes{a.sizes[0], b.sizes[1]}));
  PTETOOL_ASSIGN(OwnedTensor left, allocate_tensor(ScalarType::Int, a.sizes));
  PTETOOL_ASSIGN(OwnedTensor right, allocate_tensor(ScalarType::Int, b.sizes));
  PTETOOL_CHECK(copy_view(call, View(a), View(left.tensor)));
  PTETOOL_CHECK(copy_view(call, View(b), View(right.tensor)));
  return multiply(call, {View(left.tensor), View(right.tensor), View(call.out()), {}});
}

Result<> bmm(Call& call) {
  const Tensor& a = call.tensor(0);
  const Tensor& b = call.tensor(1);
  if (a.rank() != 3 || b.rank() != 3 || a.sizes[0] != b.sizes[0] || a.sizes[2] != b.sizes[1]) {
    return shapes_do_not_fit(call, a, b);
  }
  PTETOOL_CHECK(same_dtype(call, a, "self", b, "mat2"));
  PTETOOL_CHECK(prepare(call, call.out(), Sizes{a.sizes[0], a.sizes[1], b.sizes[2]}));
  return multiply_batch(call, {View(a), View(b), View(call.out()), {}});
}

// beta * self + alpha * (mat1 x mat2), self broadcast
Result<> addmm(Call& call) {
  const Tensor& self = call.tensor(0);
  const Tensor& a = call.tensor(1);
  const Tensor& b = call.tensor(2);
  if (a.rank() != 2 || b.rank() != 2 || a.sizes[1] != b.sizes[0]) return shapes_do_not_fit(call, a, b);
  PTETOOL_CHECK(same_dtype(call, a, "mat1", b, "mat2"));
  const Sizes sizes = {a.sizes[0], b.sizes[1]};
  const auto init = broadcast_view(call, self, sizes);
  if (!init) return Failure(init.error());
  PTETOOL_CHECK(prepare(call, call.out(), sizes));
  return multiply(call, {View(a), View(b), View(call.out()), *init, call.scalar(4), call.scalar(3)});
}

// input x weight^T + bias over the last dimension of input
Result<> linear(Call& call) {
  const Tensor& input = call.tensor(0);
  const Tensor& weight = call.tensor(1);
  const Tensor* bias = call.optional_tensor(2);
  Tensor& out = call.out();
  if (input.rank() == 0 || weight.rank() == 0 || weight.rank() > 2 ||
      input.sizes[input.rank() - 1] != weight.sizes[weight.rank() - 1]) {
    return shapes_do_not_fit(call, input, weight);
  }
  PTETOOL_CHECK(same_dtype(call, input, "input", weight, "weight"));
  const std::int64_t k = weight.sizes[weight.rank() - 1];
  const std::int64_t n = weight.rank() == 2 ? weight.sizes[0] : 1;
  if (bias && (bias->rank() > 1 || (bias->numel() != n && bias->numel() != 1))) {
    return call.fail(ErrorCode::Mismatch, "bias of shape " + shape_text(bias->sizes.span()) + " for " +
                                              counted(static_cast<std::uint64_t>(n), "output feature"));
  }
  Sizes sizes = input.sizes;
  sizes.erase(sizes.size() - 1);
  const std::int64_t m = numel(sizes);
  if (weight.rank() == 2) sizes.push_back(n);
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, out, sizes));

  // Rows are the leading dimensions in logical order: another dim order is straightened first, or after.
  OwnedTensor straight_input{input, {}};
  if (!input.contiguous()) {
    auto copied = contiguous_copy(input);
    if (!copied) return forward_error(std::move(copied));
    straight_input = *std::move(copied);
  }
  OwnedTensor straight_out{out, {}};
  if (!out.contiguous()) {
    auto made = allocate_tensor(out.dtype, out.sizes);
    if (!made) return forward_error(std::move(made));
    straight_out = *std::move(made);
  }
  View weights(weight);
  if (weight.rank() == 1) {
    weights.sizes = {n, k};
    weights.strides = {k, 1};
  }
  std::swap(weights.sizes[0], weights.sizes[1]);
  std::swap(weights.strides[0], weights.strides[1]);
  Gemm gemm = {View(straight_input.tensor, Sizes{m, k}), weights, View(straight_out.tensor, Sizes{m, n}), {}};
  if (bias) {
    gemm.init = View(*bias);
    gemm.init->sizes = {m, n};
    gemm.init->strides = {0, bias->numel() == 1 ? 0 : 1};
  }
  PTETOOL_CHECK(multiply(call, gemm));
  return out.contiguous() ? Result<>() : copy_view(call, View(straight_out.tensor), View(out));
}

// A convolution along time of [time, batch, channels]: the products with each of the weight's matrices, from where that
// lies over the input, are added to the bias.
Result<> conv_tbc(Call& call) {
  const Tensor &self = call.tensor(0), &weight = call.tensor(1), &bias = call.tensor(2);
  const std::int64_t pad = call.integer(3);
  if (self.rank() != 3 || weight.rank() != 3 || bias.rank() != 1 || self.sizes[2] != weight.sizes[1] ||
      bias.sizes[0] != weight.sizes[2]) {
    return shapes_do_not_fit(call, self, weight);
  }
  PTETOOL_CHECK(same_dtype(call, self, "self", weight, "weight"));
  const std::int64_t taps = weight.sizes[0], times = self.sizes[0];
  const auto padded = pad < 0 ? std::nullopt : checked_add(pad, times);
  const auto length = padded ? checked_add(*padded, pad + 1 - taps) : std::nullopt;
  if (!length || *length < 0) return call.fail(ErrorCode::Mismatch, "the input is shorter than the weight");
  const Sizes sizes = {*length, self.sizes[1], weight.sizes[2]};
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, call.out(), sizes));
  View start(bias);
  start.sizes = sizes;
  start.strides = {0, 0, bias.strides[0]};
  PTETOOL_CHECK(copy_view(call, start, View(call.out())));
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    const std::int64_t first = std::max<std::int64_t>(0, pad - tap);  // the first result that this tap reaches
    const std::int64_t count = std::min(*length, times + pad - tap) - first;
    if (count <= 0) continue;
    View matrix(weight), part(call.out());
    matrix.narrow(0, tap, 1);
    matrix.sizes[0] = count;
    matrix.strides[0] = 0;
    part.narrow(0, first, count);
    PTETOOL_CHECK(multiply_batch(call, {View(self).narrow(0, first + tap - pad, count), matrix, part, part}));
  }
  return {};
}

constexpr Operator kRows[] = {
    {"aten::mm.out(Tensor self, Tensor mat2, *, Tensor(a!) out) -> Tensor(a!)", mm},
    {"aten::_int_mm.out(Tensor self, Tensor mat2, *, Tensor(a!) out) -> Tensor(a!)", int_mm},
    {"aten::bmm.out(Tensor self, Tensor mat2, *, Tensor(a!) out) -> Tensor(a!)", bmm},
    {"aten::addmm.out(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1, Tensor(a!) out) -> "
     "Tensor(a!)",
     addmm},
    {"aten::conv_tbc.out(Tensor self, Tensor weight, Tensor bias, int pad=0, *, Tensor(a!) out) -> Tensor(a!)",
     conv_tbc},
    {"aten::linear.out(Tensor input, Tensor weight, Tensor? bias=None, *, Tensor(a!) out) -> Tensor(a!)", linear},
};

}  // namespace

std::span<const Operator> matmul_operators() { return kRows; }

}  // namespace ptetool::ops

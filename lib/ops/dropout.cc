// native_dropout, and allclose of ExecuTorch's own operators.
#include <cmath>

#include "ops/pointwise.h"
#include "ops/random.h"
#include "ops/table.h"
#include "ops/walk.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// Keeps an element with the probability 1 - p, and makes up for the others by a factor of 1 / (1 - p). Every call of a
// process drops others, the same ones in every process.
Result<> native_dropout(Call& call) {
  const Tensor input = call.tensor(0);
  const double p = call.real(1);
  const bool train = call.is_none(2) || call.boolean(2);
  Tensor& out = call.out();
  Tensor& mask = call.out(1);
  if (!(p >= 0 && p <= 1)) return call.fail(ErrorCode::Mismatch, "p is no probability");
  if (mask.dtype != ScalarType::Bool) return unsupported_dtype(call, mask.dtype);
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, input.sizes));
  PTETOOL_CHECK(prepare(call, mask, input.sizes));
  return with_compute_type<kFloats>(call, input.dtype, [&]<class C>() -> Result<> {
    const Random random;
    const Walk<3> walk(input.sizes, {input.strides, out.strides, mask.strides});
    const Reader reader(input.dtype, input.dtype);
    const Writer writer(input.dtype, out.dtype);
    const auto width = static_cast<std::int64_t>(input.element_size());
    const auto out_width = static_cast<std::int64_t>(out.element_size());
    const C factor = !train || p == 1 ? C(1) : static_cast<C>(1 / (1 - p));
    Block read, written;
    walk.each_piece(kBlock, [&](const auto& offsets, std::int64_t count) {
      const C* from = reader.read_as<C>(input.as<std::uint8_t>() + offsets[0] * width, walk.row_step(0), count, read);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t at = offsets[2] + i * walk.row_step(2);
        const bool keeps = !train || random.uniform(static_cast<std::uint64_t>(at)) >= p;
        written.as<C>()[i] = keeps ? from[i] * factor : C(0);
        mask.as<std::uint8_t>()[at] = keeps ? 1 : 0;
      }
      writer.write(written.data(), out.as<std::uint8_t>() + offsets[1] * out_width, walk.row_step(1), count);
    });
    return {};
  });
}

// One bool: are all pairs within atol + rtol * |other|?
Result<> allclose(Call& call) {
  const Tensor a = call.tensor(0);
  const Tensor b = call.tensor(1);
  const double rtol = call.real(2);
  const double atol = call.real(3);
  const bool equal_nan = call.boolean(4);
  Tensor& out = call.out();
  PTETOOL_CHECK(same_dtype(call, a, "self", b, "other"));
  if (!(a.sizes == b.sizes)) {
    return call.fail(ErrorCode::Mismatch,
                     "shapes " + shape_text(a.sizes.span()) + " and " + shape_text(b.sizes.span()) + " differ");
  }
  if (out.dtype != ScalarType::Bool) return unsupported_dtype(call, out.dtype);
  if (out.numel() != 1 || !out.data) return call.fail(ErrorCode::Mismatch, "the out is not one element");
  if (!contains(kRealsAndBool, a.dtype)) return unsupported_dtype(call, a.dtype);
  const Walk<2> walk(a.sizes, {a.strides, b.strides});
  const Reader reader(a.dtype, ScalarType::Double);
  const auto width = static_cast<std::int64_t>(a.element_size());
  bool close = true;
  Block block_a, block_b;
  walk.each_piece(kBlock, [&](const auto& offsets, std::int64_t count) {
    const auto* x = reader.read_as<double>(a.as<std::uint8_t>() + offsets[0] * width, walk.row_step(0), count, block_a);
    const auto* y = reader.read_as<double>(b.as<std::uint8_t>() + offsets[1] * width, walk.row_step(1), count, block_b);
    for (std::int64_t i = 0; i < count; ++i) {
      const bool near = std::isfinite(y[i]) && std::fabs(x[i] - y[i]) <= atol + rtol * std::fabs(y[i]);
      close = close && (x[i] == y[i] || near || (equal_nan && std::isnan(x[i]) && std::isnan(y[i])));
    }
  });
  out.as<std::uint8_t>()[0] = close ? 1 : 0;
  return {};
}

constexpr Operator kRows[] = {
    {"aten::native_dropout.out(Tensor input, float p, bool? train, *, Tensor(a!) out0, Tensor(b!) out1) -> "
     "(Tensor(a!), Tensor(b!))",
     native_dropout},
    {"aten::allclose.out(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False, bool "
     "dummy_param=False, *, Tensor(a!) out) -> Tensor(a!)",
     allclose},
};

}  // namespace

std::span<const Operator> dropout_operators() { return kRows; }

}  // namespace ptetool::ops

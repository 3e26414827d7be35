// Gradients of a convolution: that of the input is a convolution in the other direction; that of the weight sums up
// what each tap has seen, and that of the bias what each channel has got.
#include "ops/convolution.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// The gradient of the weight [outer, inner / groups, taps] from the side whose positions are those of a regular
// convolution's result, `few`, and the one that they look at, `many`.
template <class C>
void weight_gradient(const Call& call, const Convolution& c, const Image& few_image, const C* few,
                     const Image& many_image, const C* many, C* out) {
  const std::int64_t inner = many_image.channels / c.groups;
  const std::int64_t outer = few_image.channels / c.groups;
  const Spatial size = few_image.size;
  call.parallel(few_image.channels * inner, few_image.plane() * c.taps(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t a = i / inner, b = a / outer * inner + i % inner;
      std::int64_t tap = 0;
      for (std::int64_t kd = 0; kd < c.kernel[0]; ++kd) {
        for (std::int64_t kh = 0; kh < c.kernel[1]; ++kh) {
          for (std::int64_t kw = 0; kw < c.kernel[2]; ++kw, ++tap) {
            const Spatial origin{kd * c.dilation[0] - c.padding[0], kh * c.dilation[1] - c.padding[1],
                                 kw * c.dilation[2] - c.padding[2]};
            const Range depths = inside(origin[0], c.stride[0], many_image.size[0], size[0]);
            const Range heights = inside(origin[1], c.stride[1], many_image.size[1], size[1]);
            const Range widths = inside(origin[2], c.stride[2], many_image.size[2], size[2]);
            double sum = 0;
            for (std::int64_t n = 0; n < few_image.batch; ++n) {
              const C* from = few + (n * few_image.channels + a) * few_image.plane();
              const C* seen = many + (n * many_image.channels + b) * many_image.plane();
              for (std::int64_t d = depths.first; d < depths.last; ++d) {
                for (std::int64_t h = heights.first; h < heights.last; ++h) {
                  const C* x = from + (d * size[1] + h) * size[2];
                  const C* y =
                      seen + ((d * c.stride[0] + origin[0]) * many_image.size[1] + h * c.stride[1] + origin[1]) *
                                 many_image.size[2];
                  for (std::int64_t w = widths.first; w < widths.last; ++w) {
                    sum += static_cast<double>(x[w]) * static_cast<double>(y[w * c.stride[2] + origin[2]]);
                  }
                }
              }
            }
            out[i * c.taps() + tap] = static_cast<C>(sum);
          }
        }
      }
    }
  });
}

template <class C>
Result<> write_weight_gradient(Call& call, const Convolution& c, const Tensor& weight, const C* gradient,
                               const C* input) {
  Tensor& out = call.out(1);
  PTETOOL_CHECK(prepare(call, out, weight.sizes));
  const auto target = Target::open(call, out, weight.dtype, contiguous_order(weight.rank()));
  if (!target) return Failure(target.error());
  if (c.transposed)
    weight_gradient<C>(call, c, c.from, input, c.to, gradient, target->template as<C>());
  else
    weight_gradient<C>(call, c, c.to, gradient, c.from, input, target->template as<C>());
  return target->finish(call);
}

template <class C>
Result<> write_bias_gradient(Call& call, const Convolution& c, const C* gradient, ScalarType dtype) {
  Tensor& out = call.out(2);
  PTETOOL_CHECK(prepare(call, out, Sizes{c.to.channels}));
  const auto target = Target::open(call, out, dtype, contiguous_order(1));
  if (!target) return Failure(target.error());
  for (std::int64_t channel = 0; channel < c.to.channels; ++channel) {
    double sum = 0;
    for (std::int64_t n = 0; n < c.to.batch; ++n) {
      const C* plane = gradient + (n * c.to.channels + channel) * c.to.plane();
      for (std::int64_t i = 0; i < c.to.plane(); ++i) sum += static_cast<double>(plane[i]);
    }
    target->template as<C>()[channel] = static_cast<C>(sum);
  }
  return target->finish(call);
}

Result<> convolution_backward(Call& call) {
  const Tensor gradient = call.tensor(0);
  const Tensor input = call.tensor(1);
  const Tensor weight = call.tensor(2);
  const auto mask = call.booleans(*place_of(call, "output_mask"));
  if (mask.size() != 3) return call.fail(ErrorCode::Mismatch, "output_mask has not three entries");
  PTETOOL_CHECK(same_dtype(call, input, "input", weight, "weight"));
  PTETOOL_CHECK(same_dtype(call, input, "input", gradient, "grad_output"));
  auto c = convolution_of(call, input, weight, nullptr);
  if (!c) return forward_error(std::move(c));
  c->from.interleaved = c->to.interleaved = false;
  if (!(c->to.sizes() == gradient.sizes)) {
    return call.fail(ErrorCode::Mismatch, "grad_output has the shape " + shape_text(gradient.sizes.span()) +
                                              ", expected is " + shape_text(c->to.sizes().span()));
  }
  return with_compute_type<kFloats>(call, input.dtype, [&]<class C>() -> Result<> {
    const auto from = Numbers::read(call, gradient, c->to.order());
    if (!from) return Failure(from.error());
    const C* numbers = from->template as<C>();
    if (mask[0]) {
      Convolution back = *c;
      std::swap(back.from, back.to);
      back.transposed = !c->transposed;
      const auto factors = Numbers::read(call, weight, contiguous_order(weight.rank()));
      if (!factors) return Failure(factors.error());
      PTETOOL_CHECK(prepare(call, call.out(0), input.sizes));
      const auto target = Target::open(call, call.out(0), input.dtype, c->from.order());
      if (!target) return Failure(target.error());
      PTETOOL_CHECK(convolve<C>(call, back, numbers, weights_of(*c, factors->template as<C>(), true), nullptr,
                                target->template as<C>()));
      PTETOOL_CHECK(target->finish(call));
    }
    if (mask[1]) {
      const auto seen = Numbers::read(call, input, c->from.order());
      if (!seen) return Failure(seen.error());
      PTETOOL_CHECK(write_weight_gradient<C>(call, *c, weight, numbers, seen->template as<C>()));
    }
    if (mask[2]) return write_bias_gradient<C>(call, *c, numbers, input.dtype);
    return {};
  });
}

constexpr Operator kRows[] = {
    {"aten::convolution_backward.out(Tensor grad_output, Tensor input, Tensor weight, SymInt[]? bias_sizes, "
     "SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt "
     "groups, bool[3] output_mask, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) -> (Tensor(a!), "
     "Tensor(b!), Tensor(c!))",
     convolution_backward},
    {"aten::_slow_conv2d_backward.output_mask_out(Tensor grad_output, Tensor self, Tensor weight, SymInt[2] "
     "kernel_size, "
     "SymInt[2] stride, SymInt[2] padding, bool[3] output_mask, *, Tensor(a!) out0, Tensor(b!) out1, Tensor(c!) out2) "
     "-> "
     "(Tensor(a!), Tensor(b!), Tensor(c!))",
     convolution_backward},
};

}  // namespace

std::span<const Operator> convolution_backward_operators() { return kRows; }

}  // namespace ptetool::ops

// Convolution in every form: the arguments, and which way it is computed.
#include "ops/convolution.h"

#include "ops/lines.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// Without the dimensions that a kernel of one pixel does not need.
void flatten(Convolution& c) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (c.kernel[i] != 1 || c.stride[i] != 1 || c.padding[i] != 0 || c.output_padding[i] != 0) return;
  }
  c.from.size = c.to.size = {1, 1, c.from.plane()};
}

template <class C>
void fill_channels(const Image& image, const C* bias, C* out) {
  for (std::int64_t i = 0; i < image.numel(); ++i) {
    const std::int64_t channel = image.interleaved ? i % image.channels : i / image.plane() % image.channels;
    out[i] = bias ? bias[channel] : C{};
  }
}

}  // namespace

template <class C>
Result<> convolve(const Call& call, const Convolution& convolution, const C* in, const Weights<C>& weights,
                  const C* bias, C* out) {
  if (convolution.to.numel() == 0) return {};
  Convolution c = convolution;
  flatten(c);
  std::int64_t count = 1;
  for (std::size_t i = 0; i < 3; ++i) count *= c.transposed ? std::min(c.stride[i], c.to.size[i]) : 1;
  if (c.transposed && (count > (1 << 16) || count < 0))
    return call.fail(ErrorCode::Limit, "a stride of too many steps");
  auto phases = phases_of(c);
  if constexpr (std::is_same_v<C, std::int64_t>) {
    convolve_rows<C>(call, c, phases, in, weights, bias, out);
  } else {
    if (c.depthwise() && c.from.interleaved) {
      convolve_lanes<C>(call, c, phases, in, weights, bias, out);
      return {};
    }
    if (c.from_channels() == 1 && !c.from.interleaved) {
      if (!convolve_planes<C>(call, c, in, weights, bias, out)) {
        convolve_rows<C>(call, c, phases, in, weights, bias, out);
      }
      return {};
    }
    // Where no tap of the kernel leads there is only the bias.
    if (std::erase_if(phases, [](const Phase& phase) { return phase.taps.empty(); }) != 0) {
      fill_channels(c.to, bias, out);
    }
    for (const Phase& phase : phases) {
      for (std::int64_t group = 0; group < c.groups; ++group) {
        convolve_tiles<C>(call, c, phase, group, in, weights, bias, out);
      }
    }
  }
  return {};
}

template Result<> convolve(const Call&, const Convolution&, const float*, const Weights<float>&, const float*, float*);
template Result<> convolve(const Call&, const Convolution&, const double*, const Weights<double>&, const double*,
                           double*);

namespace {

Result<> convolution(Call& call) {
  const Tensor input = call.tensor(0);
  const Tensor weight = call.tensor(1);
  const auto bias_place = place_of(call, "bias");
  const Tensor* bias = bias_place ? call.optional_tensor(*bias_place) : nullptr;
  Tensor& out = call.out();
  PTETOOL_CHECK(same_dtype(call, input, "input", weight, "weight"));
  auto c = convolution_of(call, input, weight, bias);
  if (!c) return forward_error(std::move(c));
  if (bias && !contains(kReals, bias->dtype)) return unsupported_dtype(call, bias->dtype);
  return with_compute_type<kReals>(call, input.dtype, [&]<class C>() -> Result<> {
    // One channel by itself is computed row by row.
    if (std::is_same_v<C, std::int64_t> || (c->from_channels() == 1 && !c->depthwise())) c->from.interleaved = false;
    c->to.interleaved = c->from.interleaved;
    PTETOOL_CHECK(prepare_image(call, out, c->to));
    const auto in = Numbers::read(call, input, c->from.order());
    if (!in) return Failure(in.error());
    const auto factors = Numbers::read(call, weight, contiguous_order(weight.rank()));
    if (!factors) return Failure(factors.error());
    std::vector<C> add;
    if (bias) {
      add.resize(static_cast<std::size_t>(c->to.channels));
      read_line(Reader(bias->dtype, input.dtype), *bias, 0, 1, c->to.channels, add.data());
    }
    const auto target = Target::open(call, out, input.dtype, c->to.order());
    if (!target) return Failure(target.error());
    PTETOOL_CHECK(convolve<C>(call, *c, in->template as<C>(), weights_of(*c, factors->template as<C>(), false),
                              bias ? add.data() : nullptr, target->template as<C>()));
    return target->finish(call);
  });
}

constexpr Operator kRows[] = {
    {"aten::convolution.out(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] "
     "dilation, bool transposed, SymInt[] output_padding, SymInt groups, *, Tensor(a!) out) -> Tensor(a!)",
     convolution},
    {"aten::_convolution.out(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] "
     "dilation, bool transposed, SymInt[] output_padding, SymInt groups, bool benchmark, bool deterministic, bool "
     "cudnn_enabled, bool allow_tf32, *, Tensor(a!) out) -> Tensor(a!)",
     convolution},
    {"aten::_slow_conv2d_forward.output(Tensor self, Tensor weight, SymInt[2] kernel_size, Tensor? bias, SymInt[2] "
     "stride, SymInt[2] padding, *, Tensor(a!) output) -> Tensor(a!)",
     convolution},
    {"aten::slow_conv3d_forward.output(Tensor self, Tensor weight, SymInt[3] kernel_size, Tensor? bias, SymInt[3] "
     "stride, SymInt[3] padding, *, Tensor(a!) output) -> Tensor(a!)",
     convolution},
    {"aten::slow_conv_dilated2d.out(Tensor self, Tensor weight, SymInt[2] kernel_size, Tensor? bias=None, SymInt[2] "
     "stride=1, SymInt[2] padding=0, SymInt[2] dilation=1, *, Tensor(a!) out) -> Tensor(a!)",
     convolution},
    {"aten::slow_conv_dilated3d.out(Tensor self, Tensor weight, SymInt[3] kernel_size, Tensor? bias=None, SymInt[3] "
     "stride=1, SymInt[3] padding=0, SymInt[3] dilation=1, *, Tensor(a!) out) -> Tensor(a!)",
     convolution},
    {"aten::slow_conv_transpose2d.out(Tensor self, Tensor weight, SymInt[2] kernel_size, Tensor? bias=None, SymInt[2] "
     "stride=1, SymInt[2] padding=0, SymInt[2] output_padding=0, SymInt[2] dilation=1, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     convolution},
    {"aten::slow_conv_transpose3d.out(Tensor self, Tensor weight, SymInt[3] kernel_size, Tensor? bias=None, SymInt[3] "
     "stride=1, SymInt[3] padding=0, SymInt[3] output_padding=0, SymInt[3] dilation=1, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     convolution},
};

}  // namespace

std::span<const Operator> convolution_operators() { return kRows; }

}  // namespace ptetool::ops

// Linear and cubic interpolation, one dimension after the other: columns of a row first, then rows, then slices.
#include <vector>

#include "ops/interpolate_taps.h"
#include "ops/pointwise.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// The input of a pass is [outer, size, inner]; the pass changes `size`.
struct Pass {
  std::int64_t outer = 1, size = 1, inner = 1;
};

// Row `to` of `inner` numbers from the rows that the taps at `at` name.
template <class C>
void combine_rows(const C* from, std::int64_t inner, const Taps<C>& taps, std::int64_t at, int, C* to) {
  const std::int64_t* positions = taps.positions.data() + at * taps.per;
  const C* weights = taps.weights.data() + at * taps.per;
  if (taps.per == 2) {
    const C* a = from + positions[0] * inner;
    const C* b = from + positions[1] * inner;
    for (std::int64_t i = 0; i < inner; ++i) to[i] = a[i] * weights[0] + b[i] * weights[1];
    return;
  }
  for (std::int64_t k = 0; k < taps.per; ++k) {
    const C* row = from + positions[k] * inner;
    const C w = weights[k];
    if (k == 0) {
      for (std::int64_t i = 0; i < inner; ++i) to[i] = row[i] * w;
    } else {
      for (std::int64_t i = 0; i < inner; ++i) to[i] += row[i] * w;
    }
  }
}

// Bytes: rounded and clamped after each pass, as PyTorch does.
void combine_rows(const std::int64_t* from, std::int64_t inner, const Taps<std::int64_t>& taps, std::int64_t at,
                  int shift, std::int64_t* to) {
  const std::int64_t* positions = taps.positions.data() + at * taps.per;
  const std::int64_t* weights = taps.weights.data() + at * taps.per;
  std::fill_n(to, inner, shift > 0 ? std::int64_t{1} << (shift - 1) : 0);
  for (std::int64_t k = 0; k < taps.per; ++k) {
    const std::int64_t* row = from + positions[k] * inner;
    for (std::int64_t i = 0; i < inner; ++i) to[i] += row[i] * weights[k];
  }
  for (std::int64_t i = 0; i < inner; ++i) to[i] = std::clamp<std::int64_t>(to[i] >> shift, 0, 255);
}

template <class C>
void run_pass(const Call& call, const Pass& pass, const Taps<C>& taps, int shift, const C* in, C* out) {
  const auto count = static_cast<std::int64_t>(taps.positions.size()) / taps.per;
  if (pass.inner == 1) {
    call.parallel(pass.outer, count * taps.per, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const C* from = in + row * pass.size;
        C* to = out + row * count;
        if constexpr (!std::is_same_v<C, std::int64_t>) {
          if (taps.per == 2) {
            const std::int64_t* positions = taps.positions.data();
            const C* weights = taps.weights.data();
            for (std::int64_t i = 0; i < count; ++i) {
              to[i] = from[positions[2 * i]] * weights[2 * i] + from[positions[2 * i + 1]] * weights[2 * i + 1];
            }
            continue;
          }
        }
        for (std::int64_t i = 0; i < count; ++i) combine_rows(from, 1, taps, i, shift, to + i);
      }
    });
    return;
  }
  call.parallel(pass.outer * count, pass.inner * taps.per, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      combine_rows(in + row / count * pass.size * pass.inner, pass.inner, taps, row % count, shift,
                   out + row * pass.inner);
    }
  });
}

// All passes; the ones between go through memory of their own.
template <class C>
Result<> run_passes(const Call& call, const Image& image, std::array<Taps<C>, 3>& taps,
                    const std::array<int, 3>& shifts, const C* in, C* out) {
  Spatial size = image.size;
  const std::int64_t lanes = image.interleaved ? image.channels : 1;
  std::vector<C> between[2];
  for (std::size_t done = 0; done < image.spatial; ++done) {
    const std::size_t i = 2 - done;
    Pass pass;
    pass.size = size[i];
    pass.outer = image.interleaved ? image.batch : image.planes();
    for (std::size_t j = 0; j < i; ++j) pass.outer *= size[j];
    pass.inner = lanes;
    for (std::size_t j = i + 1; j < 3; ++j) pass.inner *= size[j];
    size[i] = static_cast<std::int64_t>(taps[i].positions.size()) / taps[i].per;
    C* to = out;
    if (done + 1 < image.spatial) {
      const Sizes needed = {pass.outer, size[i], pass.inner};
      const auto count = checked_numel(needed.span());
      if (!count || *count > (std::int64_t{1} << 32)) return call.fail(ErrorCode::Limit, "an image of too many pixels");
      between[done].resize(static_cast<std::size_t>(*count));
      to = between[done].data();
    }
    run_pass<C>(call, pass, taps[i], shifts[i], in, to);
    in = to;
  }
  return {};
}

Result<> interpolate(Call& call, const Image& image, const ResizeArguments& to, Filter filter, bool smooth) {
  const Tensor self = call.tensor(0);
  Tensor& out = call.out();
  return with_compute_type<kFloats | dtype_set(ScalarType::Byte)>(call, self.dtype, [&]<class C>() -> Result<> {
    constexpr bool kBytes = std::is_same_v<C, std::int64_t>;
    using T = std::conditional_t<kBytes, double, C>;
    PTETOOL_CHECK(prepare_image(call, out, image.with(to.size)));
    std::array<Taps<C>, 3> taps;
    std::array<int, 3> shifts{};
    for (std::size_t i = 3 - image.spatial; i < 3; ++i) {
      auto along = smooth ? smooth_taps<T>(call, to, i, image.size[i], filter)
                          : plain_taps<T>(call, to, i, image.size[i], filter, kBytes);
      if (!along) return forward_error(std::move(along));
      if constexpr (kBytes) {
        auto bytes = byte_taps(*along);
        taps[i] = std::move(bytes.taps);
        shifts[i] = bytes.shift;
      } else {
        taps[i] = std::move(*along);
      }
    }
    if (out.numel() == 0) return {};
    const auto in = Numbers::read(call, self, image.order());
    if (!in) return Failure(in.error());
    const auto target = Target::open(call, out, self.dtype, image.order());
    if (!target) return Failure(target.error());
    PTETOOL_CHECK(run_passes<C>(call, image, taps, shifts, in->template as<C>(), target->template as<C>()));
    return target->finish(call);
  });
}

template <std::size_t kSpatial, Filter kFilter, bool kSmooth>
Result<> upsample(Call& call) {
  const auto image = filled_image_of(call, call.tensor(0), kSpatial);
  if (!image) return Failure(image.error());
  auto to = resize_arguments(call, kSpatial, 1, 3);
  if (!to) return forward_error(std::move(to));
  to->align_corners = call.boolean(2);
  return interpolate(call, *image, *to, kFilter, kSmooth);
}

Result<> upsample_bilinear2d_vec(Call& call) {
  const auto image = filled_image_of(call, call.tensor(0), 2);
  if (!image) return Failure(image.error());
  auto to = resize_arguments_vec(call, *image, 1, 3);
  if (!to) return forward_error(std::move(to));
  to->align_corners = call.boolean(2);
  return interpolate(call, *image, *to, Filter::Linear, false);
}

constexpr Operator kRows[] = {
    {"aten::upsample_linear1d.out(Tensor self, SymInt[1] output_size, bool align_corners, float? scales=None, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     upsample<1, Filter::Linear, false>},
    {"aten::upsample_bilinear2d.out(Tensor self, SymInt[2] output_size, bool align_corners, float? scales_h=None, "
     "float? scales_w=None, *, Tensor(a!) out) -> Tensor(a!)",
     upsample<2, Filter::Linear, false>},
    {"aten::upsample_bilinear2d.vec_out(Tensor input, SymInt[]? output_size, bool align_corners, float[]? "
     "scale_factors, *, Tensor(a!) out) -> Tensor(a!)",
     upsample_bilinear2d_vec},
    {"aten::upsample_trilinear3d.out(Tensor self, SymInt[3] output_size, bool align_corners, float? scales_d=None, "
     "float? scales_h=None, float? scales_w=None, *, Tensor(a!) out) -> Tensor(a!)",
     upsample<3, Filter::Linear, false>},
    {"aten::upsample_bicubic2d.out(Tensor self, SymInt[2] output_size, bool align_corners, float? scales_h=None, "
     "float? scales_w=None, *, Tensor(a!) out) -> Tensor(a!)",
     upsample<2, Filter::Cubic, false>},
    {"aten::_upsample_bilinear2d_aa.out(Tensor self, SymInt[2] output_size, bool align_corners, float? scales_h=None, "
     "float? scales_w=None, *, Tensor(a!) out) -> Tensor(a!)",
     upsample<2, Filter::Linear, true>},
    {"aten::_upsample_bicubic2d_aa.out(Tensor self, SymInt[2] output_size, bool align_corners, float? scales_h=None, "
     "float? scales_w=None, *, Tensor(a!) out) -> Tensor(a!)",
     upsample<2, Filter::Cubic, true>},
    {"aten::_upsample_lanczos2d_aa.out(Tensor self, SymInt[2] output_size, bool align_corners, float? scales_h=None, "
     "float? scales_w=None, *, Tensor(a!) out) -> Tensor(a!)",
     upsample<2, Filter::Lanczos, true>},
};

}  // namespace

std::span<const Operator> interpolate_operators() { return kRows; }

}  // namespace ptetool::ops

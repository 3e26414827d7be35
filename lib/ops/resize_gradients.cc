// Gradients of resizing and of padding by what is inside. Both are linear maps that take one dimension after the other,
// and so are their gradients: a position of the input gathers the gradients of what was made of it, with the same
// weights. Everything is added up in double.
#include <vector>

#include "ops/gather_image.h"
#include "ops/interpolate_taps.h"
#include "ops/lines.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

using AllTaps = std::array<Taps<double>, 3>;

Taps<double> taps_of(std::vector<std::int64_t> positions) {
  Taps<double> taps;
  taps.per = 1;
  taps.weights.assign(positions.size(), 1.0);
  taps.positions = std::move(positions);
  return taps;
}
template <class T>
Taps<double> taps_of(const Taps<T>& taps) {
  return {taps.per, taps.positions, {taps.weights.begin(), taps.weights.end()}};
}

std::int64_t extent(const Taps<double>& taps) { return static_cast<std::int64_t>(taps.positions.size()) / taps.per; }

// [outer, extent of the taps, inner] to [outer, size, inner].
template <class T>
void gather_gradients(const Call& call, std::int64_t outer, std::int64_t size, std::int64_t inner,
                      const Taps<double>& taps, const T* in, T* out) {
  const std::int64_t count = extent(taps);
  call.parallel(outer, count * taps.per * inner, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o) {
      std::fill_n(out + o * size * inner, size * inner, T{});
      for (std::int64_t tap = 0; tap < count * taps.per; ++tap) {
        const double weight = taps.weights[static_cast<std::size_t>(tap)];
        const T* from = in + (o * count + tap / taps.per) * inner;
        T* to = out + (o * size + taps.positions[static_cast<std::size_t>(tap)]) * inner;
        for (std::int64_t i = 0; i < inner; ++i) to[i] += from[i] * weight;
      }
    }
  });
}

// The gradient of `image`, of which `taps` made what argument 0 is the gradient of.
template <class T>
Result<> through_taps(Call& call, const Image& image, const AllTaps& taps) {
  constexpr ScalarType kAs = is_complex<T> ? ScalarType::ComplexDouble : ScalarType::Double;
  const Tensor grad = call.tensor(0);
  Tensor& out = call.out();
  const Image result = image.with({extent(taps[0]), extent(taps[1]), extent(taps[2])});
  if (!(grad.sizes == result.sizes())) {
    return call.fail(ErrorCode::Mismatch, "grad_output of shape " + shape_text(grad.sizes.span()) + ", expected is " +
                                              shape_text(result.sizes().span()));
  }
  if (is_complex_dtype(out.dtype) != is_complex<T> || !contains(kFloats | kComplexes, out.dtype)) {
    return unsupported_dtype(call, out.dtype);
  }
  std::vector<T> numbers = numbers_of<T>(grad, kAs);
  PTETOOL_CHECK(prepare_image(call, out, image));
  if (out.numel() == 0) return {};
  const T* in = numbers.data();
  Spatial size = result.size;
  OwnedTensor last;
  for (std::size_t i = 3 - image.spatial; i < 3; ++i) {
    std::int64_t outer = image.planes(), inner = 1;
    for (std::size_t j = 0; j < i; ++j) outer *= size[j];
    for (std::size_t j = i + 1; j < 3; ++j) inner *= size[j];
    size[i] = image.size[i];
    auto memory = allocate_tensor(kAs, image.with(size).sizes());
    if (!memory) return call.fail(memory.error().code, memory.error().message);
    T* to = memory->tensor.template as<T>();
    gather_gradients<T>(call, outer, image.size[i], inner, taps[i], in, to);
    last = std::move(*memory);
    in = to;
  }
  write_results<T>(in, kAs, out, [](T x) { return x; });
  return {};
}

// The image that input_size (argument 2) describes.
Result<Image> input_image(Call& call, std::size_t spatial) {
  const auto sizes = sizes_of(call, call.integers(2));
  if (!sizes) return Failure(sizes.error());
  const Tensor described = make_tensor(call.out().dtype, sizes->span());
  if (described.rank() != spatial + 2) {
    return call.fail(ErrorCode::Mismatch, "an input_size of " + shape_text(sizes->span()));
  }
  return filled_image_of(call, described, spatial);
}

enum class Way { Nearest, NearestExact, Linear, Cubic, SmoothLinear, SmoothCubic, SmoothLanczos };

template <class T>
Result<Taps<double>> resizing_taps(const Call& call, const ResizeArguments& to, std::size_t i, std::int64_t from,
                                   Way way) {
  if (way == Way::Nearest || way == Way::NearestExact) {
    auto positions = nearest_positions(call, to, i, from, way == Way::NearestExact);
    if (!positions) return forward_error(std::move(positions));
    return taps_of(std::move(*positions));
  }
  const bool smooth = way == Way::SmoothLinear || way == Way::SmoothCubic || way == Way::SmoothLanczos;
  const Filter filter = way == Way::Linear || way == Way::SmoothLinear ? Filter::Linear
                        : way == Way::Cubic || way == Way::SmoothCubic ? Filter::Cubic
                                                                       : Filter::Lanczos;
  const auto taps =
      smooth ? smooth_taps<T>(call, to, i, from, filter) : plain_taps<T>(call, to, i, from, filter, false);
  if (!taps) return Failure(taps.error());
  return taps_of(*taps);
}

template <std::size_t kSpatial, Way kWay>
Result<> resize_backward(Call& call) {
  constexpr bool kNearest = kWay == Way::Nearest || kWay == Way::NearestExact;
  if (!contains(kFloats, call.tensor(0).dtype)) return unsupported_dtype(call, call.tensor(0).dtype);
  const auto image = input_image(call, kSpatial);
  if (!image) return Failure(image.error());
  auto to = resize_arguments(call, kSpatial, 1, kNearest ? 3 : 4);
  if (!to) return forward_error(std::move(to));
  to->align_corners = !kNearest && call.boolean(3);
  AllTaps taps = {taps_of({0}), taps_of({0}), taps_of({0})};
  for (std::size_t i = 3 - kSpatial; i < 3; ++i) {
    auto along = call.tensor(0).dtype == ScalarType::Double ? resizing_taps<double>(call, *to, i, image->size[i], kWay)
                                                            : resizing_taps<float>(call, *to, i, image->size[i], kWay);
    if (!along) return forward_error(std::move(along));
    taps[i] = std::move(*along);
  }
  return through_taps<double>(call, *image, taps);
}

template <std::size_t kSpatial, bool kReflected>
Result<> pad_backward(Call& call) {
  const Tensor& self = call.tensor(1);
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "grad_output", self, "self"));
  const auto image = image_of(call, self, kSpatial);
  if (!image) return Failure(image.error());
  auto positions = padded_positions(call, *image, call.integers(2), kReflected);
  if (!positions) return forward_error(std::move(positions));
  AllTaps taps;
  for (std::size_t i = 0; i < 3; ++i) taps[i] = taps_of(std::move((*positions)[i]));
  if (contains(kComplexes, self.dtype)) return through_taps<Complex128>(call, *image, taps);
  if (!contains(kFloats, self.dtype)) return unsupported_dtype(call, self.dtype);
  return through_taps<double>(call, *image, taps);
}

constexpr Operator kRows[] = {
    {"aten::upsample_nearest1d_backward.grad_input(Tensor grad_output, SymInt[1] output_size, SymInt[3] input_size, "
     "float? scales=None, *, Tensor(a!) grad_input) -> Tensor(a!)",
     resize_backward<1, Way::Nearest>},
    {"aten::upsample_nearest2d_backward.grad_input(Tensor grad_output, SymInt[2] output_size, SymInt[4] input_size, "
     "float? scales_h=None, float? scales_w=None, *, Tensor(a!) grad_input) -> Tensor(a!)",
     resize_backward<2, Way::Nearest>},
    {"aten::upsample_nearest3d_backward.grad_input(Tensor grad_output, SymInt[3] output_size, SymInt[5] input_size, "
     "float? scales_d=None, float? scales_h=None, float? scales_w=None, *, Tensor(a!) grad_input) -> Tensor(a!)",
     resize_backward<3, Way::Nearest>},
    {"aten::_upsample_nearest_exact1d_backward.grad_input(Tensor grad_output, SymInt[1] output_size, SymInt[3] "
     "input_size, float? scales=None, *, Tensor(a!) grad_input) -> Tensor(a!)",
     resize_backward<1, Way::NearestExact>},
    {"aten::_upsample_nearest_exact2d_backward.grad_input(Tensor grad_output, SymInt[2] output_size, SymInt[4] "
     "input_size, float? scales_h=None, float? scales_w=None, *, Tensor(a!) grad_input) -> Tensor(a!)",
     resize_backward<2, Way::NearestExact>},
    {"aten::_upsample_nearest_exact3d_backward.grad_input(Tensor grad_output, SymInt[3] output_size, SymInt[5] "
     "input_size, float? scales_d=None, float? scales_h=None, float? scales_w=None, *, Tensor(a!) grad_input) -> "
     "Tensor(a!)",
     resize_backward<3, Way::NearestExact>},
    {"aten::upsample_linear1d_backward.grad_input(Tensor grad_output, SymInt[1] output_size, SymInt[3] input_size, "
     "bool align_corners, float? scales=None, *, Tensor(a!) grad_input) -> Tensor(a!)",
     resize_backward<1, Way::Linear>},
    {"aten::upsample_bilinear2d_backward.grad_input(Tensor grad_output, SymInt[2] output_size, SymInt[4] input_size, "
     "bool align_corners, float? scales_h=None, float? scales_w=None, *, Tensor(a!) grad_input) -> Tensor(a!)",
     resize_backward<2, Way::Linear>},
    {"aten::upsample_trilinear3d_backward.grad_input(Tensor grad_output, SymInt[3] output_size, SymInt[5] input_size, "
     "bool align_corners, float? scales_d=None, float? scales_h=None, float? scales_w=None, *, Tensor(a!) grad_input) "
     "-> Tensor(a!)",
     resize_backward<3, Way::Linear>},
    {"aten::upsample_bicubic2d_backward.grad_input(Tensor grad_output, SymInt[2] output_size, SymInt[4] input_size, "
     "bool align_corners, float? scales_h=None, float? scales_w=None, *, Tensor(a!) grad_input) -> Tensor(a!)",
     resize_backward<2, Way::Cubic>},
    {"aten::_upsample_bilinear2d_aa_backward.grad_input(Tensor grad_output, SymInt[2] output_size, SymInt[4] "
     "input_size, bool align_corners, float? scales_h=None, float? scales_w=None, *, Tensor(a!) grad_input) -> "
     "Tensor(a!)",
     resize_backward<2, Way::SmoothLinear>},
    {"aten::_upsample_bicubic2d_aa_backward.grad_input(Tensor grad_output, SymInt[2] output_size, SymInt[4] "
     "input_size, bool align_corners, float? scales_h=None, float? scales_w=None, *, Tensor(a!) grad_input) -> "
     "Tensor(a!)",
     resize_backward<2, Way::SmoothCubic>},
    {"aten::_upsample_lanczos2d_aa_backward.grad_input(Tensor grad_output, SymInt[2] output_size, SymInt[4] "
     "input_size, bool align_corners, float? scales_h=None, float? scales_w=None, *, Tensor(a!) grad_input) -> "
     "Tensor(a!)",
     resize_backward<2, Way::SmoothLanczos>},
    {"aten::reflection_pad1d_backward.grad_input(Tensor grad_output, Tensor self, SymInt[2] padding, *, Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     pad_backward<1, true>},
    {"aten::reflection_pad2d_backward.grad_input(Tensor grad_output, Tensor self, SymInt[4] padding, *, Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     pad_backward<2, true>},
    {"aten::reflection_pad3d_backward.grad_input(Tensor grad_output, Tensor self, SymInt[6] padding, *, Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     pad_backward<3, true>},
    {"aten::replication_pad1d_backward.grad_input(Tensor grad_output, Tensor self, SymInt[2] padding, *, Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     pad_backward<1, false>},
    {"aten::replication_pad2d_backward.grad_input(Tensor grad_output, Tensor self, SymInt[4] padding, *, Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     pad_backward<2, false>},
    {"aten::replication_pad3d_backward.grad_input(Tensor grad_output, Tensor self, SymInt[6] padding, *, Tensor(a!) "
     "grad_input) -> Tensor(a!)",
     pad_backward<3, false>},
};

}  // namespace

std::span<const Operator> resize_gradient_operators() { return kRows; }

}  // namespace ptetool::ops

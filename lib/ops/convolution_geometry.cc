// Shapes of a convolution, and its phases.
#include "ops/convolution.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// Taps of the kernel, along one dimension, for one phase.
struct LinePhase {
  std::int64_t first = 0, count = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> taps;  // number, origin
};

std::vector<LinePhase> line_phases(const Convolution& c, std::size_t i) {
  const std::int64_t size = c.to.size[i];
  std::vector<LinePhase> phases;
  if (!c.transposed) {
    LinePhase& phase = phases.emplace_back();
    phase.count = size;
    for (std::int64_t k = 0; k < c.kernel[i]; ++k) phase.taps.emplace_back(k, k * c.dilation[i] - c.padding[i]);
    return phases;
  }
  for (std::int64_t first = 0; first < std::min(c.stride[i], size); ++first) {
    LinePhase& phase = phases.emplace_back();
    phase.first = first;
    phase.count = (size - first - 1) / c.stride[i] + 1;
    for (std::int64_t k = 0; k < c.kernel[i]; ++k) {
      const std::int64_t reach = first + c.padding[i] - k * c.dilation[i];
      if (reach % c.stride[i] == 0) phase.taps.emplace_back(k, reach / c.stride[i]);
    }
  }
  return phases;
}

}  // namespace

std::vector<Phase> phases_of(const Convolution& c) {
  const std::array<std::vector<LinePhase>, 3> lines{line_phases(c, 0), line_phases(c, 1), line_phases(c, 2)};
  std::vector<Phase> phases;
  for (const LinePhase& d : lines[0]) {
    for (const LinePhase& h : lines[1]) {
      for (const LinePhase& w : lines[2]) {
        Phase& phase = phases.emplace_back();
        phase.first = {d.first, h.first, w.first};
        phase.count = {d.count, h.count, w.count};
        for (const auto& [kd, od] : d.taps) {
          for (const auto& [kh, oh] : h.taps) {
            for (const auto& [kw, ow] : w.taps) {
              phase.taps.push_back({(kd * c.kernel[1] + kh) * c.kernel[2] + kw, {od, oh, ow}});
            }
          }
        }
      }
    }
  }
  return phases;
}

std::optional<std::size_t> place_of(const Call& call, std::string_view name) {
  const auto& arguments = call.schema().arguments;
  const auto found = std::ranges::find(arguments, name, &Argument::name);
  if (found == arguments.end()) return std::nullopt;
  return static_cast<std::size_t>(found - arguments.begin());
}

namespace {

// Gives the result its channels, where input, weight and bias fit one another.
Result<> set_channels(const Call& call, const Tensor& input, const Tensor& weight, const Tensor* bias, Convolution& c) {
  const std::int64_t wanted = weight.sizes[c.transposed ? 0 : 1];
  const std::int64_t other = weight.sizes[c.transposed ? 1 : 0];
  const bool divides = c.groups >= 1 && c.from.channels % c.groups == 0 && (c.transposed || other % c.groups == 0) &&
                       wanted == (c.transposed ? c.from.channels : c.from.channels / c.groups);
  const auto channels = c.transposed ? checked_mul(other, c.groups) : std::optional(other);
  if (!divides || !channels || c.from.channels == 0 || *channels == 0) {
    return call.fail(ErrorCode::Mismatch, "an input of shape " + shape_text(input.sizes.span()) +
                                              " and a weight of shape " + shape_text(weight.sizes.span()) + " in " +
                                              counted(static_cast<std::uint64_t>(c.groups), "group"));
  }
  c.to.channels = *channels;
  if (bias && (bias->rank() != 1 || bias->sizes[0] != *channels)) {
    return call.fail(ErrorCode::Mismatch, "a bias of shape " + shape_text(bias->sizes.span()) + " for " +
                                              counted(static_cast<std::uint64_t>(*channels), "channel"));
  }
  return {};
}

// Gives the result its extents.
Result<> set_extents(const Call& call, const Tensor& input, const Tensor& weight, Convolution& c) {
  for (std::size_t i = 0; i < 3; ++i) {
    // Below 2^62: extents are at most 2^30 each.
    const std::int64_t reach = c.dilation[i] * (c.kernel[i] - 1) + 1;
    if (c.transposed) {
      if (c.output_padding[i] != 0 && c.output_padding[i] >= std::max(c.stride[i], c.dilation[i])) {
        return call.fail(ErrorCode::Mismatch, "output_padding " + std::to_string(c.output_padding[i]) +
                                                  " is not below the stride or the dilation");
      }
      c.to.size[i] =
          c.from.size[i] == 0 ? 0 : (c.from.size[i] - 1) * c.stride[i] - 2 * c.padding[i] + reach + c.output_padding[i];
    } else {
      const std::int64_t room = c.from.size[i] + 2 * c.padding[i] - reach;
      c.to.size[i] = room < 0 ? 0 : room / c.stride[i] + 1;
    }
    if (c.to.size[i] < 1 || c.to.size[i] > kMostExtent) {
      return call.fail(ErrorCode::Mismatch, "a kernel of shape " + shape_text(weight.sizes.span()) +
                                                " does not fit an input of shape " + shape_text(input.sizes.span()));
    }
  }
  return {};
}

}  // namespace

Result<Convolution> convolution_of(const Call& call, const Tensor& input, const Tensor& weight, const Tensor* bias) {
  if (weight.rank() < 3 || weight.rank() > 5) {
    return call.fail(ErrorCode::Mismatch, "a weight of shape " + shape_text(weight.sizes.span()));
  }
  const std::size_t spatial = weight.rank() - 2;
  Convolution c;
  const auto from = image_of(call, input, spatial);
  if (!from) return Failure(from.error());
  c.from = c.to = *from;
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::int64_t size = weight.sizes[2 + i];
    if (size < 1 || size > kMostExtent) {
      return call.fail(ErrorCode::Mismatch, "a weight of shape " + shape_text(weight.sizes.span()));
    }
    c.kernel[3 - spatial + i] = size;
  }
  for (std::size_t i = spatial; i < 3; ++i) c.kernel[2 - i] = 1;
  // A number for each dimension, at least `least`, that is `absent` where there is no such dimension or argument.
  const auto numbers = [&](std::string_view name, std::int64_t least, std::int64_t absent) -> Result<Spatial> {
    const auto place = place_of(call, name);
    if (!place) return Spatial{absent, absent, absent};
    return spatial_argument(call, *place, spatial, least, absent);
  };
  PTETOOL_ASSIGN(c.stride, numbers("stride", 1, 1));
  PTETOOL_ASSIGN(c.padding, numbers("padding", 0, 0));
  PTETOOL_ASSIGN(c.dilation, numbers("dilation", 1, 1));
  if (place_of(call, "kernel_size")) {
    PTETOOL_ASSIGN(const Spatial kernel, numbers("kernel_size", 1, 1));
    if (kernel != c.kernel) return call.fail(ErrorCode::Mismatch, "kernel_size is not the weight's");
  }
  const auto transposed = place_of(call, "transposed"), groups = place_of(call, "groups");
  c.transposed =
      transposed ? call.boolean(*transposed) : call.schema().name.find("_transpose") != std::string_view::npos;
  if (c.transposed) {
    PTETOOL_ASSIGN(c.output_padding, numbers("output_padding", 0, 0));
  }
  if (groups) c.groups = call.integer(*groups);
  PTETOOL_CHECK(set_channels(call, input, weight, bias, c));
  PTETOOL_CHECK(set_extents(call, input, weight, c));
  return c;
}

}  // namespace ptetool::ops

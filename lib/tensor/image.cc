// From an encoded picture to a tensor: stb_image decodes, the rest is two passes of weighted sums and one of
// arithmetic.
#include "ptetool/tensor/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "ptetool/base/text.h"
#include "tensor/element_types.h"
#include "tensor/jpeg_tables.h"
#include "tensor/stb_image.h"

namespace ptetool {

namespace {

constexpr std::string_view kPngTag = "\x89PNG\r\n\x1a\n";
constexpr std::string_view kJpegTag = "\xff\xd8\xff";

// A picture of this many pixels takes 1.5 GiB while it is resized.
constexpr std::int64_t kMaxPixels = std::int64_t{1} << 27;

struct Preset {
  std::string_view name;
  bool crop;  // cut to the aspect ratio instead of stretching
  // value = (byte * scale - mean) / deviation
  float scale;
  float mean[3];
  float deviation[3];
};
constexpr Preset kPresets[] = {
    {"imagenet", true, 1.0f / 255, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}},
    {"0..1", false, 1.0f / 255, {0, 0, 0}, {1, 1, 1}},
    {"-1..1", false, 1.0f / 127.5f, {1, 1, 1}, {1, 1, 1}},
    {"raw", false, 1, {0, 0, 0}, {1, 1, 1}},
};

// imagenet: networks of 224 pixels are fed from pictures of 256.
constexpr double kCropMargin = 256.0 / 224.0;

// How the shape lays a picture out.
struct Layout {
  std::int64_t height = 0, width = 0, channels = 1;
  bool channels_last = false;
};

std::optional<Layout> layout_of(const Sizes& sizes) {
  std::size_t first = 0;
  while (sizes.size() - first > 3 && sizes[first] == 1) ++first;
  const std::size_t rank = sizes.size() - first;
  const auto is_channels = [](std::int64_t size) { return size == 1 || size == 3; };
  if (rank == 2) return Layout{sizes[first], sizes[first + 1], 1, false};
  if (rank != 3) return std::nullopt;
  if (is_channels(sizes[first])) return Layout{sizes[first + 1], sizes[first + 2], sizes[first], false};
  if (is_channels(sizes[first + 2])) return Layout{sizes[first], sizes[first + 1], sizes[first + 2], true};
  return std::nullopt;
}

// Rows of pixels, the channels of a pixel side by side.
struct Picture {
  std::int64_t height = 0, width = 0, channels = 0;
  std::vector<float> values;
};

// The source pixels that one target pixel is the weighted mean of.
struct Window {
  std::int64_t first = 0;
  std::vector<float> weights;
};

// Windows of a triangle as wide as the scale: from `length` source pixels, of which the part [begin, begin + extent) is
// stretched over `count` target pixels.
std::vector<Window> windows(std::int64_t length, double begin, double extent, std::int64_t count) {
  const double scale = extent / static_cast<double>(count);
  const double radius = std::max(scale, 1.0);
  std::vector<Window> result;
  for (std::int64_t i = 0; i < count; ++i) {
    const double center = begin + (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(center - radius + 0.5));
    const auto last = std::min(length, static_cast<std::int64_t>(center + radius + 0.5));
    Window window;
    window.first = std::min(first, length - 1);
    double sum = 0;
    for (std::int64_t at = window.first; at < std::max(last, window.first + 1); ++at) {
      const double weight = std::max(0.0, 1 - std::fabs(static_cast<double>(at) + 0.5 - center) / radius);
      window.weights.push_back(static_cast<float>(weight));
      sum += weight;
    }
    if (sum == 0) {
      window.weights.assign(1, 1);
    } else {
      for (float& weight : window.weights) weight = static_cast<float>(static_cast<double>(weight) / sum);
    }
    result.push_back(std::move(window));
  }
  return result;
}

// Lines of `length` items with `stride` floats per item become lines of windows.size() items.
std::vector<float> resample(const std::vector<float>& source, std::int64_t lines, std::int64_t length,
                            std::int64_t stride, const std::vector<Window>& targets) {
  std::vector<float> result(static_cast<std::size_t>(lines * stride) * targets.size());
  for (std::int64_t line = 0; line < lines; ++line) {
    const float* from = source.data() + line * length * stride;
    float* to = result.data() + line * static_cast<std::int64_t>(targets.size()) * stride;
    for (const Window& window : targets) {
      for (std::size_t w = 0; w < window.weights.size(); ++w) {
        const float* item = from + (window.first + static_cast<std::int64_t>(w)) * stride;
        for (std::int64_t s = 0; s < stride; ++s) to[s] += window.weights[w] * item[s];
      }
      to += stride;
    }
  }
  return result;
}

Picture resize(const Picture& source, const Layout& layout, bool crop) {
  double extent_x = static_cast<double>(source.width), extent_y = static_cast<double>(source.height);
  if (crop) {
    // Source pixels per target pixel, the same in both directions.
    const double scale = std::min(extent_x / (static_cast<double>(layout.width) * kCropMargin),
                                  extent_y / (static_cast<double>(layout.height) * kCropMargin));
    extent_x = scale * static_cast<double>(layout.width);
    extent_y = scale * static_cast<double>(layout.height);
  }
  const double begin_x = (static_cast<double>(source.width) - extent_x) / 2;
  const double begin_y = (static_cast<double>(source.height) - extent_y) / 2;
  Picture result{layout.height, layout.width, source.channels, {}};
  const auto across = resample(source.values, source.height, source.width, source.channels,
                               windows(source.width, begin_x, extent_x, layout.width));
  result.values = resample(across, 1, source.height, layout.width * source.channels,
                           windows(source.height, begin_y, extent_y, layout.height));
  return result;
}

struct FreePixels {
  void operator()(std::uint8_t* pixels) const { stb_image::free_pixels(pixels); }
};

Result<Picture> decode(ByteView bytes, std::int64_t channels, const std::string& name) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return fail(ErrorCode::Limit, name, "", "is larger than any picture");
  }
  // Only a JPEG begins with this byte.
  if (!bytes.empty() && bytes[0] == 0xff && !huffman_tables_fit(bytes)) {
    return fail(ErrorCode::Malformed, name, "", "cannot be decoded: a Huffman table claims more than 256 codes");
  }
  const auto size = stb_image::size_of(bytes);
  if (!size) return fail(ErrorCode::Malformed, name, "", "cannot be decoded: " + stb_image::reason());
  const auto pixels = checked_mul<std::int64_t>(size->width, size->height);
  if (!pixels || *pixels > kMaxPixels) {
    return fail(ErrorCode::Limit, name, "",
                fmt::format("has {} x {} pixels; at most {} are read", size->width, size->height, kMaxPixels));
  }
  const std::unique_ptr<std::uint8_t, FreePixels> decoded(stb_image::decode(bytes, static_cast<int>(channels)));
  if (!decoded) return fail(ErrorCode::Malformed, name, "", "cannot be decoded: " + stb_image::reason());
  Picture picture{size->height, size->width, channels, {}};
  const auto count = static_cast<std::size_t>(*pixels * channels);
  picture.values.assign(decoded.get(), decoded.get() + count);
  return picture;
}

Result<const Preset*> find_preset(std::string_view name, ScalarType dtype, const std::string& file) {
  const bool real = find_dtype(dtype) && find_dtype(dtype)->kind == DtypeKind::Float;
  if (name.empty()) name = real ? "0..1" : "raw";
  const auto* preset = std::ranges::find(kPresets, name, &Preset::name);
  if (preset == std::end(kPresets)) {
    return fail(ErrorCode::Usage, file, "",
                "there is no preset " + quoted(name) + "; it is one of " + std::string(image_presets()));
  }
  if (!real && preset->name != "raw") {
    return fail(ErrorCode::Mismatch, file, "",
                fmt::format("the method takes {}, which only the preset 'raw' gives", dtype_name(dtype)));
  }
  return preset;
}

bool holds_bytes(ScalarType dtype) {
  const DtypeInfo* info = find_dtype(dtype);
  if (!info) return false;
  if (info->kind == DtypeKind::Float) return true;
  return dtype == ScalarType::Byte || dtype == ScalarType::Short || dtype == ScalarType::Int ||
         dtype == ScalarType::Long || dtype == ScalarType::UInt16 || dtype == ScalarType::UInt32 ||
         dtype == ScalarType::UInt64;
}

}  // namespace

bool is_image(ByteView bytes) { return has_tag(bytes, 0, kPngTag) || has_tag(bytes, 0, kJpegTag); }

std::string_view image_presets() { return "imagenet, 0..1, -1..1, raw"; }

Result<OwnedTensor> read_image(ByteView bytes, std::string_view preset_name, const InputExpectation& expected,
                               const std::string& name) {
  const auto mismatch = [&](std::string why) { return fail(ErrorCode::Mismatch, name, "", std::move(why)); };
  if (expected.kind != InputExpectation::Kind::Tensor) return mismatch("is a picture, the method expects no tensor");
  const auto layout = layout_of(expected.sizes);
  if (!layout || numel(expected.sizes.span()) == 0) {
    return mismatch("is a picture, which no tensor of shape " + shape_text(expected.sizes.span()) +
                    " can hold: that takes 1 or 3 channels, first or last");
  }
  if (!holds_bytes(expected.dtype)) {
    return mismatch("is a picture, whose values " + dtype_name(expected.dtype) + " cannot hold");
  }
  PTETOOL_ASSIGN(const Preset* preset, find_preset(preset_name, expected.dtype, name));
  PTETOOL_ASSIGN(OwnedTensor owned, allocate_tensor(expected.dtype, expected.sizes.span()));
  PTETOOL_ASSIGN(const Picture decoded, decode(bytes, layout->channels, name));
  const Picture picture = resize(decoded, *layout, preset->crop);
  const bool whole = find_dtype(expected.dtype)->kind != DtypeKind::Float;
  const std::int64_t area = layout->height * layout->width;
  element::visit_type(expected.dtype, [&]<class T>(std::type_identity<T>) {
    for (std::int64_t at = 0; at < area; ++at) {
      for (std::int64_t c = 0; c < layout->channels; ++c) {
        const float byte = picture.values[static_cast<std::size_t>(at * layout->channels + c)];
        const float value = whole ? std::clamp(std::round(byte), 0.0f, 255.0f)
                                  : (byte * preset->scale - preset->mean[c]) / preset->deviation[c];
        const std::int64_t target = layout->channels_last ? at * layout->channels + c : c * area + at;
        element::store_at<T>(owned.tensor, target, element::from_double<T>(static_cast<double>(value)));
      }
    }
  });
  return owned;
}

}  // namespace ptetool

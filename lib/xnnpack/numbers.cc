// Decoding and encoding of every datatype, written from the definitions.
#include "xnnpack/numbers.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ptetool/tensor/half.h"

namespace ptetool::xnn {

namespace {

constexpr std::int32_t kNibbleZeroPoint = 8;

// Calls visit(element, channel) in row-major order.
template <class Visit>
void each_channel(const ValueView& value, Visit&& visit) {
  const std::size_t dim = value.quantisation->channel_dim;
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (std::size_t d = 0; d < dim; ++d) outer *= value.sizes[d];
  for (std::size_t d = dim + 1; d < value.sizes.size(); ++d) inner *= value.sizes[d];
  const std::int64_t channels = dim < value.sizes.size() ? value.sizes[dim] : 1;
  std::int64_t at = 0;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t i = 0; i < inner; ++i, ++at) visit(at, static_cast<std::size_t>(c));
    }
  }
}

template <class T, class F>
std::vector<float> map_elements(const ValueView& value, F&& f) {
  std::vector<float> result(static_cast<std::size_t>(value.count()));
  const T* from = static_cast<const T*>(value.data);
  for (float& each : result) each = f(*from++);
  return result;
}

float bfloat16_scale(std::uint16_t bits) { return to_float(BFloat16{bits}); }

// The scale of each element of a quantised value.
void multiply_by_scales(const ValueView& value, std::vector<float>& numbers) {
  const Quantisation& quantisation = *value.quantisation;
  if (value.rows) {
    const std::int64_t length = row_length(value.sizes, quantisation);
    for (std::int64_t i = 0; i < value.count(); ++i)
      numbers[static_cast<std::size_t>(i)] *= value.rows[i / length].scale;
  } else if (quantisation.block_size > 0) {
    const std::int64_t columns = value.sizes[1];
    const std::int64_t blocks = columns / quantisation.block_size;
    for (std::int64_t i = 0; i < value.count(); ++i) {
      const std::int64_t block = i / columns * blocks + i % columns / quantisation.block_size;
      numbers[static_cast<std::size_t>(i)] *=
          bfloat16_scale(quantisation.block_scales[static_cast<std::size_t>(block)]);
    }
  } else if (!quantisation.channel_scales.empty()) {
    each_channel(value, [&](std::int64_t at, std::size_t channel) {
      numbers[static_cast<std::size_t>(at)] *= quantisation.channel_scales[channel];
    });
  } else {
    for (float& each : numbers) each *= quantisation.scale;
  }
}

template <class T, class To>
void subtract_zero_point(const ValueView& value, std::int32_t zero_point, To* to) {
  const T* from = static_cast<const T*>(value.data);
  for (std::int64_t i = 0; i < value.count(); ++i) to[i] = static_cast<To>(std::int32_t{from[i]} - zero_point);
}

// Two to a byte, the even column in the low half; every row begins at a byte.
template <class To>
void unpack_nibbles(const ValueView& value, To* to) {
  const std::int64_t columns = value.sizes.empty() ? 1 : value.sizes[value.sizes.size() - 1];
  const std::int64_t rows = columns == 0 ? 0 : value.count() / columns;
  const auto* from = static_cast<const std::uint8_t*>(value.data);
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::uint8_t* row = from + r * ((columns + 1) / 2);
    for (std::int64_t c = 0; c < columns; ++c) {
      const std::int32_t nibble = c % 2 == 0 ? row[c / 2] & 15 : row[c / 2] >> 4;
      to[r * columns + c] = static_cast<To>(nibble - kNibbleZeroPoint);
    }
  }
}

// The stored integers without their zero point; false for datatypes that are no integers.
template <class To>
bool integers(const ValueView& value, To* to) {
  switch (value.datatype) {
    case Datatype::QInt8: subtract_zero_point<std::int8_t>(value, value.quantisation->zero_point, to); return true;
    case Datatype::QUInt8: subtract_zero_point<std::uint8_t>(value, value.quantisation->zero_point, to); return true;
    case Datatype::QCInt8: subtract_zero_point<std::int8_t>(value, 0, to); return true;
    case Datatype::QCInt4:
    case Datatype::QBInt4: unpack_nibbles(value, to); return true;
    case Datatype::QDInt8: {
      const auto* from = static_cast<const std::int8_t*>(value.data);
      const std::int64_t length = row_length(value.sizes, *value.quantisation);
      for (std::int64_t i = 0; i < value.count(); ++i) {
        to[i] = static_cast<To>(std::int32_t{from[i]} - value.rows[i / length].zero_point);
      }
      return true;
    }
    default: return false;
  }
}

}  // namespace

bool Quantisation::operator==(const Quantisation& other) const {
  return scale == other.scale && zero_point == other.zero_point && channel_dim == other.channel_dim &&
         block_size == other.block_size && std::ranges::equal(channel_scales, other.channel_scales) &&
         std::ranges::equal(block_scales, other.block_scales);
}

bool is_quantised_activation(Datatype type) {
  return type == Datatype::QInt8 || type == Datatype::QUInt8 || type == Datatype::QDInt8;
}

bool is_quantised_filter(Datatype type) {
  return type == Datatype::QInt8 || type == Datatype::QUInt8 || type == Datatype::QCInt8 || type == Datatype::QCInt4 ||
         type == Datatype::QBInt4;
}

std::size_t element_bytes(Datatype type) {
  switch (type) {
    case Datatype::Fp32:
    case Datatype::Int32:
    case Datatype::QInt32:
    case Datatype::QCInt32: return 4;
    case Datatype::Fp16:
    case Datatype::Bf16: return 2;
    case Datatype::QInt8:
    case Datatype::QUInt8:
    case Datatype::QCInt8:
    case Datatype::QDInt8: return 1;
    default: return 0;
  }
}

std::int64_t row_length(const Sizes& sizes, const Quantisation& quantisation) {
  std::int64_t length = 1;
  const std::size_t dims = std::min(quantisation.nonbatch_dims, sizes.size());
  for (std::size_t d = sizes.size() - dims; d < sizes.size(); ++d) length *= sizes[d];
  return length;
}

std::vector<float> decode(const ValueView& value) {
  switch (value.datatype) {
    case Datatype::Fp32: return map_elements<float>(value, [](float x) { return x; });
    case Datatype::Fp16: return map_elements<Half>(value, [](Half x) { return to_float(x); });
    case Datatype::Bf16: return map_elements<BFloat16>(value, [](BFloat16 x) { return to_float(x); });
    case Datatype::Int32:
      return map_elements<std::int32_t>(value, [](std::int32_t x) { return static_cast<float>(x); });
    case Datatype::QInt32:
    case Datatype::QCInt32: {
      auto numbers = map_elements<std::int32_t>(
          value, [&](std::int32_t x) { return static_cast<float>(x - value.quantisation->zero_point); });
      multiply_by_scales(value, numbers);
      return numbers;
    }
    default: {
      std::vector<float> numbers(static_cast<std::size_t>(value.count()));
      if (integers(value, numbers.data())) multiply_by_scales(value, numbers);
      return numbers;
    }
  }
}

std::vector<std::int16_t> decode_integers(const ValueView& value) {
  std::vector<std::int16_t> numbers(static_cast<std::size_t>(value.count()));
  integers(value, numbers.data());
  return numbers;
}

float channel_scale(const Quantisation& quantisation, std::size_t channel) {
  return quantisation.channel_scales.empty() ? quantisation.scale : quantisation.channel_scales[channel];
}

Encoder::Encoder(Datatype type, const Quantisation& quantisation, void* data, float min, float max)
    : type_(type),
      inverse_scale_(1.0f / quantisation.scale),
      zero_point_(quantisation.zero_point),
      data_(data),
      min_(min),
      max_(max) {}

void Encoder::operator()(std::int64_t index, double value) const {
  // NaN goes through, as in XNNPACK and PyTorch.
  if (value < min_) value = min_;
  if (value > max_) value = max_;
  const auto quantised = [&](double low, double high) {
    const double number = std::nearbyint(static_cast<float>(value) * inverse_scale_) + zero_point_;
    return number >= low ? std::min(number, high) : low;  // NaN: low
  };
  switch (type_) {
    case Datatype::Fp32: static_cast<float*>(data_)[index] = static_cast<float>(value); return;
    case Datatype::Fp16: static_cast<Half*>(data_)[index] = to_half(static_cast<float>(value)); return;
    case Datatype::Bf16: static_cast<BFloat16*>(data_)[index] = to_bfloat16(static_cast<float>(value)); return;
    case Datatype::QInt8:
      static_cast<std::int8_t*>(data_)[index] = static_cast<std::int8_t>(quantised(-128, 127));
      return;
    case Datatype::QUInt8:
      static_cast<std::uint8_t*>(data_)[index] = static_cast<std::uint8_t>(quantised(0, 255));
      return;
    case Datatype::Int32: {
      constexpr double kLimit = 2147483647.0;
      const double number = std::nearbyint(value);
      static_cast<std::int32_t*>(data_)[index] =
          number == number ? static_cast<std::int32_t>(std::clamp(number, -kLimit, kLimit)) : 0;
      return;
    }
    default: return;  // no node writes other datatypes
  }
}

void quantise_rows(std::span<const float> values, std::int64_t row_length, std::int8_t* quantised,
                   RowQuantisation* rows) {
  constexpr float kLow = -128;
  constexpr float kHigh = 127;
  if (row_length == 0) return;
  const auto length = static_cast<std::size_t>(row_length);
  for (std::size_t start = 0; start < values.size(); start += length, ++rows) {
    const auto row = values.subspan(start, length);
    float low = 0;
    float high = 0;
    for (const float each : row) {
      low = std::min(low, each);
      high = std::max(high, each);
    }
    const float scale = low == high ? 1.0f : (kHigh - kLow) / (high - low);
    const float from_low = kLow + low * scale;
    const float from_high = kHigh + high * scale;
    const float exact = from_low + from_high > 0 ? kLow - low * scale : kHigh - high * scale;
    const float zero_point = exact >= kLow ? std::nearbyint(std::min(exact, kHigh)) : kLow;
    const float inverse = 1.0f / scale;
    *rows = {inverse, static_cast<std::int32_t>(zero_point)};
    const float factor = 1.0f / inverse;
    for (std::size_t i = 0; i < length; ++i) {
      const float number = std::nearbyint(row[i] * factor) + zero_point;
      quantised[start + i] = static_cast<std::int8_t>(number >= kLow ? std::min(number, kHigh) : kLow);
    }
  }
}

}  // namespace ptetool::xnn

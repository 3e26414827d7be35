// Decoding of every type that weights have, written from the definitions.
#include "compare/numbers.h"

#include <algorithm>
#include <cmath>

#include "ptetool/base/pages.h"
#include "ptetool/tensor/half.h"
#include "ptetool/tensor/statistics.h"

namespace ptetool::compare {

namespace {

constexpr std::size_t kBlock = 16384;       // elements that are decoded at a time
constexpr std::int64_t kSamples = 64;       // stretches of the sample …
constexpr std::int64_t kSampleLength = 64;  // … and their elements
constexpr std::int64_t kNibbleZeroPoint = 8;
constexpr std::uint64_t kReleaseEvery = std::uint64_t{16} << 20;

template <class T>
T element(ByteView bytes, std::int64_t index) {
  return load<T>(bytes, static_cast<std::uint64_t>(index) * sizeof(T)).value_or(T{});
}

bool four_bits(xnn::Datatype type) { return type == xnn::Datatype::QCInt4 || type == xnn::Datatype::QBInt4; }

std::optional<std::int64_t> product(std::span<const std::int64_t> sizes) {
  std::int64_t total = 1;
  for (const std::int64_t size : sizes) {
    if (size < 0 || __builtin_mul_overflow(total, size, &total)) return std::nullopt;
  }
  return total;
}

// All scales of a quantisation as floats, wherever the file keeps them.
std::vector<float> scale_list(const Meaning& meaning) {
  std::vector<float> scales;
  const auto bfloats = [&](std::span<const std::uint16_t> bits) {
    for (const std::uint16_t each : bits) scales.push_back(to_float(BFloat16{each}));
  };
  if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&meaning.quant)) {
    if (channel->scale_buffer_idx == 0) return {channel->scale.begin(), channel->scale.end()};
    for (std::uint64_t i = 0; i < meaning.scales.size() / sizeof(float); ++i)
      scales.push_back(element<float>(meaning.scales, static_cast<std::int64_t>(i)));
  } else if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&meaning.quant)) {
    if (group->scale_buffer_idx != 0) {
      for (std::uint64_t i = 0; i < meaning.scales.size() / sizeof(std::uint16_t); ++i)
        scales.push_back(to_float(BFloat16{element<std::uint16_t>(meaning.scales, static_cast<std::int64_t>(i))}));
    } else if (!group->scale_bf16.empty()) {
      bfloats(group->scale_bf16);
    } else {
      return {group->scale.begin(), group->scale.end()};
    }
  }
  return scales;
}

// Calls visit(old numbers, new numbers) for one block after the other.
template <class Visit>
void each_block(const NumberReader& a, const NumberReader& b, Visit&& visit) {
  std::vector<double> numbers_a(kBlock);
  std::vector<double> numbers_b(kBlock);
  for (std::int64_t begin = 0; begin < a.count(); begin += static_cast<std::int64_t>(kBlock)) {
    const auto size = static_cast<std::size_t>(std::min<std::int64_t>(a.count() - begin, kBlock));
    const auto block_a = std::span(numbers_a).first(size);
    const auto block_b = std::span(numbers_b).first(size);
    a.read(begin, block_a);
    b.read(begin, block_b);
    visit(block_a, block_b);
  }
}

}  // namespace

std::optional<NumberReader> NumberReader::make(const Weight& weight) {
  const Meaning& meaning = weight.meaning;
  const auto count = product(meaning.sizes);
  if (!weight.bytes || meaning.opaque() || !count || meaning.sizes.size() > kMaxRank) return std::nullopt;
  NumberReader reader;
  reader.weight_ = &weight;
  reader.count_ = *count;
  if (meaning.dtype) {
    const auto size = dtype_size(*meaning.dtype);
    const auto nbytes = size ? checked_mul(static_cast<std::uint64_t>(*count), *size) : std::nullopt;
    if (!nbytes || *nbytes > weight.bytes->size()) return std::nullopt;
    if (!meaning.dim_order.empty() &&
        (meaning.dim_order.size() != meaning.sizes.size() || !is_permutation(meaning.dim_order))) {
      return std::nullopt;
    }
    reader.tensor_ = meaning.dim_order.empty() ? make_tensor(*meaning.dtype, meaning.sizes)
                                               : make_tensor(*meaning.dtype, meaning.sizes, meaning.dim_order);
    reader.tensor_.data = const_cast<std::uint8_t*>(weight.bytes->data());
    return reader;
  }
  if (!meaning.sizes.empty()) reader.columns_ = std::max<std::int64_t>(meaning.sizes.back(), 1);
  const auto bits = xnn::datatype_bits(meaning.datatype);
  if (!bits) return std::nullopt;
  const std::uint64_t rows = static_cast<std::uint64_t>(*count / reader.columns_);
  const auto nbytes = four_bits(meaning.datatype)
                          ? checked_mul(rows, (static_cast<std::uint64_t>(reader.columns_) + 1) / 2)
                          : checked_mul(static_cast<std::uint64_t>(*count), std::uint64_t{*bits / 8});
  if (!nbytes || *nbytes > weight.bytes->size()) return std::nullopt;
  reader.scales_ = scale_list(meaning);
  if (const auto* whole = std::get_if<xnn::PerTensorQuant>(&meaning.quant)) {
    reader.scale_ = static_cast<double>(whole->scale);
    reader.zero_point_ = whole->zero_point;
  } else if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&meaning.quant)) {
    const auto dim = static_cast<std::size_t>(channel->channel_dim);
    if (channel->channel_dim < 0 || dim >= meaning.sizes.size()) return std::nullopt;
    reader.channels_ = std::max<std::int64_t>(meaning.sizes[dim], 1);
    reader.channel_size_ = product(std::span(meaning.sizes).subspan(dim + 1)).value_or(1);
    if (reader.scales_.size() < static_cast<std::size_t>(meaning.sizes[dim])) return std::nullopt;
  } else if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&meaning.quant)) {
    if (group->group_size <= 0 || reader.columns_ % group->group_size != 0) return std::nullopt;
    reader.group_size_ = group->group_size;
    if (reader.scales_.size() < rows * static_cast<std::uint64_t>(reader.columns_ / group->group_size))
      return std::nullopt;
  } else if (!std::holds_alternative<xnn::NoQuant>(meaning.quant)) {
    return std::nullopt;
  }
  return reader;
}

void NumberReader::read(std::int64_t begin, std::span<double> to) const {
  if (weight_->meaning.dtype) {
    read_plain(begin, to);
  } else {
    read_graph_value(begin, to);
  }
}

void NumberReader::read_plain(std::int64_t begin, std::span<double> to) const {
  const ByteView bytes = *weight_->bytes;
  if (!tensor_.contiguous()) {
    for (double& each : to) each = element_as_double(tensor_, memory_index(tensor_, begin++));
    return;
  }
  switch (tensor_.dtype) {
    case ScalarType::Float:
      for (double& each : to) each = static_cast<double>(element<float>(bytes, begin++));
      return;
    case ScalarType::Half:
      for (double& each : to) each = static_cast<double>(to_float(Half{element<std::uint16_t>(bytes, begin++)}));
      return;
    case ScalarType::BFloat16:
      for (double& each : to) each = static_cast<double>(to_float(BFloat16{element<std::uint16_t>(bytes, begin++)}));
      return;
    default:
      for (double& each : to) each = element_as_double(tensor_, begin++);
  }
}

std::int64_t NumberReader::stored_integer(std::int64_t index) const {
  const ByteView bytes = *weight_->bytes;
  switch (weight_->meaning.datatype) {
    case xnn::Datatype::QUInt8: return element<std::uint8_t>(bytes, index);
    case xnn::Datatype::QInt8:
    case xnn::Datatype::QCInt8:
    case xnn::Datatype::QDInt8:
    case xnn::Datatype::QPInt8: return element<std::int8_t>(bytes, index);
    case xnn::Datatype::QCInt4:
    case xnn::Datatype::QBInt4: {
      const std::int64_t column = index % columns_;
      const std::uint8_t both = element<std::uint8_t>(bytes, index / columns_ * ((columns_ + 1) / 2) + column / 2);
      return (column % 2 == 0 ? both & 15 : both >> 4) - kNibbleZeroPoint;
    }
    default: return element<std::int32_t>(bytes, index);
  }
}

double NumberReader::scale_of(std::int64_t index) const {
  if (group_size_ != 0) {
    const std::int64_t groups = columns_ / group_size_;
    return static_cast<double>(
        scales_[static_cast<std::size_t>(index / columns_ * groups + index % columns_ / group_size_)]);
  }
  if (scales_.empty()) return scale_;
  return static_cast<double>(scales_[static_cast<std::size_t>(index / channel_size_ % channels_)]);
}

void NumberReader::read_graph_value(std::int64_t begin, std::span<double> to) const {
  const ByteView bytes = *weight_->bytes;
  switch (weight_->meaning.datatype) {
    case xnn::Datatype::Fp32:
    case xnn::Datatype::PFp32:
      for (double& each : to) each = static_cast<double>(element<float>(bytes, begin++));
      return;
    case xnn::Datatype::Fp16:
      for (double& each : to) each = static_cast<double>(to_float(Half{element<std::uint16_t>(bytes, begin++)}));
      return;
    case xnn::Datatype::Bf16:
      for (double& each : to) each = static_cast<double>(to_float(BFloat16{element<std::uint16_t>(bytes, begin++)}));
      return;
    default: break;
  }
  for (double& each : to) {
    each = static_cast<double>(stored_integer(begin) - zero_point_) * scale_of(begin);
    ++begin;
  }
}

std::optional<NumberComparison> compare_numbers(const Weight& actual, const Weight& expected, Tolerance tolerance) {
  const auto a = NumberReader::make(actual);
  const auto b = NumberReader::make(expected);
  if (!a || !b || a->count() != b->count()) return std::nullopt;
  NumberComparison result;
  ErrorSums sums;
  std::uint64_t since = 0;
  each_block(*a, *b, [&](std::span<const double> block_a, std::span<const double> block_b) {
    for (std::size_t i = 0; i < block_a.size(); ++i) {
      const double x = block_a[i];
      const double y = block_b[i];
      sums.add(x, y);
      const bool equal = x == y || (std::isnan(x) && std::isnan(y)) ||
                         std::fabs(x - y) <= tolerance.atol + tolerance.rtol * std::fabs(y);
      if (!equal || (std::isinf(y) && x != y)) ++result.beyond;
    }
    since += block_a.size() * sizeof(double);
    if (since < kReleaseEvery) return;
    since = 0;
    release_pages(*actual.file, *actual.bytes);
    release_pages(*expected.file, *expected.bytes);
  });
  release_pages(*actual.file, *actual.bytes);
  release_pages(*expected.file, *expected.bytes);
  result.errors = sums.statistics();
  return result;
}

std::optional<double> sampled_cosine(const NumberReader& a, const NumberReader& b) {
  if (a.count() != b.count() || a.count() == 0) return std::nullopt;
  ErrorSums sums;
  std::vector<double> numbers_a(static_cast<std::size_t>(std::min(a.count(), kSampleLength)));
  std::vector<double> numbers_b(numbers_a.size());
  const std::int64_t last = a.count() - std::ssize(numbers_a);
  const std::int64_t stretches = last == 0 ? 1 : kSamples;
  for (std::int64_t s = 0; s < stretches; ++s) {
    const std::int64_t begin = stretches == 1 ? 0 : last / (stretches - 1) * s;
    a.read(begin, numbers_a);
    b.read(begin, numbers_b);
    for (std::size_t i = 0; i < numbers_a.size(); ++i) sums.add(numbers_a[i], numbers_b[i]);
  }
  return sums.statistics().cosine;
}

}  // namespace ptetool::compare

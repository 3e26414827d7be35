// Decoding of every type that weights have, written from the definitions.
#include "compare/stored_elements.h"

#include <algorithm>

#include "ptetool/tensor/half.h"
#include "ptetool/tensor/statistics.h"

namespace ptetool::compare {

namespace {

constexpr int kNibbleZeroPoint = 8;
constexpr int kCrumbZeroPoint = 2;

template <class T>
T element(ByteView bytes, std::int64_t index) {
  return load<T>(bytes, static_cast<std::uint64_t>(index) * sizeof(T)).value_or(T{});
}

std::optional<std::int64_t> product(std::span<const std::int64_t> sizes) {
  std::int64_t total = 1;
  for (const std::int64_t size : sizes) {
    if (size < 0 || __builtin_mul_overflow(total, size, &total)) return std::nullopt;
  }
  return total;
}

}  // namespace

std::optional<StoredElements> StoredElements::make(const Weight& weight) {
  const Meaning& meaning = weight.meaning;
  const auto count = product(meaning.sizes);
  if (!weight.bytes || meaning.opaque() || !count || meaning.sizes.size() > kMaxRank) return std::nullopt;
  StoredElements elements;
  elements.bytes_ = *weight.bytes;
  elements.count_ = *count;
  if (!meaning.sizes.empty()) elements.columns_ = std::max<std::int64_t>(meaning.sizes.back(), 1);
  const auto store = store_of(meaning);
  if (!store) return std::nullopt;
  elements.store_ = *store;
  const auto needed = elements.nbytes(meaning);
  if (!needed || *needed > elements.bytes_.size()) return std::nullopt;
  if (!meaning.dtype) return elements;
  const std::vector<std::uint8_t>& order = meaning.dim_order;
  if (!order.empty() && (order.size() != meaning.sizes.size() || !is_permutation(order))) return std::nullopt;
  elements.tensor_ =
      order.empty() ? make_tensor(*meaning.dtype, meaning.sizes) : make_tensor(*meaning.dtype, meaning.sizes, order);
  elements.tensor_.data = const_cast<std::uint8_t*>(elements.bytes_.data());
  elements.ordered_ = elements.tensor_.contiguous();
  return elements;
}

std::optional<std::uint64_t> StoredElements::nbytes(const Meaning& meaning) const {
  const auto rows = static_cast<std::uint64_t>(count_ / columns_);
  const auto columns = static_cast<std::uint64_t>(columns_);
  if (store_ == Store::LowNibble || store_ == Store::HighNibble) return checked_mul(rows, (columns + 1) / 2);
  if (store_ == Store::Crumb) return checked_mul(rows, (columns + 3) / 4);
  const auto size = meaning.dtype ? dtype_size(*meaning.dtype) : std::nullopt;
  const auto bits = meaning.dtype ? std::nullopt : xnn::datatype_bits(meaning.datatype);
  if (!size && !bits) return std::nullopt;
  return checked_mul(static_cast<std::uint64_t>(count_), size ? *size : std::uint64_t{*bits / 8});
}

std::optional<StoredElements::Store> StoredElements::store_of(const Meaning& meaning) {
  if (!meaning.dtype) {
    if (!xnn::datatype_bits(meaning.datatype)) return std::nullopt;
    return store_of(meaning.datatype);
  }
  if (meaning.affine && meaning.affine->packing == Packing::FourBits) return Store::HighNibble;
  if (meaning.affine && meaning.affine->packing == Packing::TwoBits) return Store::Crumb;
  switch (*meaning.dtype) {
    case ScalarType::Float: return Store::Float;
    case ScalarType::Half: return Store::Half;
    case ScalarType::BFloat16: return Store::BFloat16;
    case ScalarType::Char: return Store::SignedByte;
    case ScalarType::Byte: return Store::Byte;
    case ScalarType::Int: return Store::Int32;
    default: return dtype_size(*meaning.dtype) ? std::optional(Store::Any) : std::nullopt;
  }
}

StoredElements::Store StoredElements::store_of(xnn::Datatype type) {
  switch (type) {
    case xnn::Datatype::Fp32:
    case xnn::Datatype::PFp32: return Store::Float;
    case xnn::Datatype::Fp16: return Store::Half;
    case xnn::Datatype::Bf16: return Store::BFloat16;
    case xnn::Datatype::QUInt8: return Store::Byte;
    case xnn::Datatype::QInt8:
    case xnn::Datatype::QCInt8:
    case xnn::Datatype::QDInt8:
    case xnn::Datatype::QPInt8: return Store::SignedByte;
    case xnn::Datatype::QCInt4:
    case xnn::Datatype::QBInt4: return Store::LowNibble;
    default: return Store::Int32;
  }
}

double StoredElements::stored(std::int64_t index) const {
  switch (store_) {
    case Store::Float: return static_cast<double>(element<float>(bytes_, index));
    case Store::Half: return static_cast<double>(to_float(Half{element<std::uint16_t>(bytes_, index)}));
    case Store::BFloat16: return static_cast<double>(to_float(BFloat16{element<std::uint16_t>(bytes_, index)}));
    case Store::SignedByte: return element<std::int8_t>(bytes_, index);
    case Store::Byte: return element<std::uint8_t>(bytes_, index);
    case Store::Int32: return element<std::int32_t>(bytes_, index);
    case Store::LowNibble:
    case Store::HighNibble: {
      const std::int64_t column = index % columns_;
      const auto both = element<std::uint8_t>(bytes_, index / columns_ * ((columns_ + 1) / 2) + column / 2);
      const bool low = (column % 2 == 0) == (store_ == Store::LowNibble);
      return (low ? both & 15 : both >> 4) - kNibbleZeroPoint;
    }
    case Store::Crumb: {
      const std::int64_t column = index % columns_;
      const auto four = element<std::uint8_t>(bytes_, index / columns_ * ((columns_ + 3) / 4) + column / 4);
      return ((four >> (2 * (column % 4))) & 3) - kCrumbZeroPoint;
    }
    case Store::Any: break;
  }
  return element_as_double(tensor_, index);
}

void StoredElements::read(std::int64_t begin, std::span<double> to) const {
  if (store_ == Store::Float && ordered_) {  // the common case, in a loop of its own
    for (double& each : to) each = static_cast<double>(element<float>(bytes_, begin++));
    return;
  }
  for (double& each : to) each = at(begin++);
}

}  // namespace ptetool::compare

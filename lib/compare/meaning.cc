// Type, shape, order and quantisation make a meaning; a dtype and the XNNPACK datatype of the same elements count as
// one.
#include "compare/meaning.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "compare/graph_names.h"
#include "layout/words.h"
#include "ptetool/base/text.h"
#include "ptetool/tensor/statistics.h"

namespace ptetool::compare {

namespace {

// "scale 0.05, zero point 3", "32 scales along dim 0", "64 scales, groups of 32 along dim 1".
std::string affine_words(const Affine& affine, const std::vector<std::int64_t>& sizes) {
  std::uint64_t count = 1;
  std::string divided;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    if (affine.blocks[d] >= sizes[d]) continue;
    count *= static_cast<std::uint64_t>((sizes[d] + affine.blocks[d] - 1) / affine.blocks[d]);
    divided = affine.blocks[d] == 1
                  ? " along dim " + std::to_string(d)
                  : ", groups of " + std::to_string(affine.blocks[d]) + " along dim " + std::to_string(d);
  }
  if (!divided.empty()) return counted(count, "scale") + divided;
  return fmt::format("scale {:.6g}, zero point {:.6g}", affine.scales.at(0), affine.zero_points.at(0));
}

// The datatype under which XNNPACK has the same elements.
xnn::Datatype datatype_of(const Meaning& meaning) {
  if (!meaning.dtype) return meaning.datatype;
  if (!meaning.dim_order.empty() || meaning.affine) return xnn::Datatype::Invalid;
  switch (*meaning.dtype) {
    case ScalarType::Float: return xnn::Datatype::Fp32;
    case ScalarType::Half: return xnn::Datatype::Fp16;
    case ScalarType::BFloat16: return xnn::Datatype::Bf16;
    case ScalarType::Int: return xnn::Datatype::Int32;
    default: return xnn::Datatype::Invalid;
  }
}

}  // namespace

bool same_meaning(const Meaning& a, const Meaning& b) {
  if (a.dtype.has_value() != b.dtype.has_value())
    return datatype_of(a) != xnn::Datatype::Invalid && datatype_of(a) == datatype_of(b) && a.sizes == b.sizes;
  if (a.dtype != b.dtype || a.dim_order != b.dim_order || a.datatype != b.datatype || a.sizes != b.sizes) return false;
  if (!same_affine(a.affine, b.affine)) return false;
  return a.opaque() || same_quantisation(a.quant, a.scales, b.quant, b.scales);
}

std::uint64_t Parameters::count() const {
  if (number) return std::numeric_limits<std::uint64_t>::max();
  const auto size = dtype_size(dtype);
  return size && *size != 0 ? bytes.size() / *size : 0;
}

double Parameters::at(std::uint64_t index) const {
  if (number) return *number;
  const std::int64_t sizes[] = {static_cast<std::int64_t>(index) + 1};
  Tensor tensor = make_tensor(dtype, sizes);
  tensor.data = const_cast<std::uint8_t*>(bytes.data());
  return element_as_double(tensor, static_cast<std::int64_t>(index));
}

bool same_affine(const std::optional<Affine>& a, const std::optional<Affine>& b) {
  const auto same = [](const Parameters& x, const Parameters& y) {
    return x.number == y.number && x.dtype == y.dtype && std::ranges::equal(x.bytes, y.bytes);
  };
  if (!a || !b) return !a && !b;
  return a->packing == b->packing && a->blocks == b->blocks && same(a->scales, b->scales) &&
         same(a->zero_points, b->zero_points);
}

std::string meaning_words(const Meaning& meaning) {
  if (meaning.opaque()) return "bytes";
  std::string text = meaning.dtype ? dtype_name(*meaning.dtype) : xnn::datatype_name(meaning.datatype);
  if (meaning.affine && meaning.affine->packing != Packing::None)
    text = std::to_string(8 / per_byte(meaning.affine->packing)) + "-bit";
  text += " " + shape_text(std::span<const std::int64_t>(meaning.sizes));
  const std::string order = layout::dim_order_words(meaning.dim_order);
  if (!order.empty()) text += ", " + order;
  const std::string quant =
      meaning.affine ? affine_words(*meaning.affine, meaning.sizes) : layout::quant_words(meaning.quant);
  return quant.empty() ? text : text + ", " + quant;
}

}  // namespace ptetool::compare

// What the bytes of a weight mean as numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ptetool/base/dtype.h"
#include "ptetool/format/xnnpack_graph.h"

namespace ptetool::compare {

// One number for all, or one for each block of a tensor's elements.
struct Parameters {
  std::optional<double> number;
  ScalarType dtype{};
  ByteView bytes;

  bool known() const { return number || !bytes.empty(); }
  std::uint64_t count() const;
  double at(std::uint64_t index) const;  // below count()
};
// How integers of fewer bits lie in a byte: the first of four bits in the high half, minus 8; the first of two in the
// lowest bits, minus 2 (the layouts of quantized_decomposed's embeddings).
enum class Packing : std::uint8_t { None, FourBits, TwoBits };
constexpr int per_byte(Packing packing) { return packing == Packing::None ? 1 : packing == Packing::FourBits ? 2 : 4; }
// (q - zero point) * scale. Blocks are numbered in the order of the shape.
struct Affine {
  Packing packing = Packing::None;
  std::vector<std::int64_t> blocks;  // how many elements along each dim share their parameters
  Parameters scales;
  Parameters zero_points;
};
bool same_affine(const std::optional<Affine>& a, const std::optional<Affine>& b);

// How bytes become numbers. Plain tensors have a dtype, values of XNNPACK graphs a datatype and a quantisation; bytes
// that only a backend understands have neither.
struct Meaning {
  std::optional<ScalarType> dtype;
  std::vector<std::uint8_t> dim_order;  // of plain tensors
  xnn::Datatype datatype = xnn::Datatype::Invalid;
  xnn::QuantParams quant;
  ByteView scales;                  // of a quantisation that keeps them in a constant: float32, or bfloat16 for groups
  std::optional<Affine> affine;     // of plain tensors that an operator dequantises
  std::vector<std::int64_t> sizes;  // of the numbers: several may share a byte

  bool opaque() const { return !dtype && datatype == xnn::Datatype::Invalid; }
};
bool same_meaning(const Meaning& a, const Meaning& b);
// "float32 [3, 3]", "qcint8 [64, 32], 64 scales along dim 0", "bytes".
std::string meaning_words(const Meaning& meaning);

}  // namespace ptetool::compare

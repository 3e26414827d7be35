// What the stored numbers of a value mean: quantised, half-width and 4-bit elements as real numbers, and back with one
// rounding (format-facts 3.4).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ptetool/format/xnnpack_graph.h"
#include "ptetool/tensor/shape.h"

namespace ptetool::xnn {

// The quantisation of a value with its scales in memory, whatever way the file stores them.
struct Quantisation {
  float scale = 1;  // per tensor
  std::int32_t zero_point = 0;
  std::span<const float> channel_scales;  // per channel: one for each index of dim `channel_dim`
  std::size_t channel_dim = 0;
  std::span<const std::uint16_t> block_scales;  // bfloat16 [out][in / block_size]
  std::int64_t block_size = 0;
  std::size_t nonbatch_dims = 0;  // dynamic: how many trailing dims share a scale

  bool operator==(const Quantisation& other) const;
};

// The scale and zero point of one row of a dynamically quantised value.
struct RowQuantisation {
  float scale = 1;
  std::int32_t zero_point = 0;
};

// A value in memory, row-major.
struct ValueView {
  Datatype datatype = Datatype::Invalid;
  const Quantisation* quantisation = nullptr;
  Sizes sizes;
  const void* data = nullptr;
  const RowQuantisation* rows = nullptr;  // qdint8: one per row of `nonbatch_dims` trailing dims

  std::int64_t count() const { return numel(sizes.span()); }
};

bool is_quantised_activation(Datatype type);  // qint8, quint8, qdint8
bool is_quantised_filter(Datatype type);      // 8 and 4 bits, per tensor, channel or block

// Bytes of an element in memory while a graph runs (4-bit constants aside); 0 for datatypes that no value has then.
std::size_t element_bytes(Datatype type);

// Elements per row of a dynamically quantised value.
std::int64_t row_length(const Sizes& sizes, const Quantisation& quantisation);

// All elements as real numbers.
std::vector<float> decode(const ValueView& value);
// All elements of a quantised value with its zero point (8 for 4-bit kinds) taken off: exact.
std::vector<std::int16_t> decode_integers(const ValueView& value);
// The scale of a channel of a quantised filter: channel_scales or scale.
float channel_scale(const Quantisation& quantisation, std::size_t channel);

// Writes real numbers as elements of a datatype: clamped to [min, max], rounded with ties to even. What is quantised is
// multiplied by the inverse of its scale in float32, as by XNNPACK and PyTorch: there many numbers are ties.
class Encoder {
 public:
  Encoder(Datatype type, const Quantisation& quantisation, void* data, float min, float max);
  void operator()(std::int64_t index, double value) const;

 private:
  Datatype type_;
  float inverse_scale_;
  double zero_point_;
  void* data_;
  double min_;
  double max_;
};

// Dynamic quantisation as XNNPACK defines it: each row's own scale and zero point, so that 0 is exact.
void quantise_rows(std::span<const float> values, std::int64_t row_length, std::int8_t* quantised,
                   RowQuantisation* rows);

}  // namespace ptetool::xnn

// quantized_decomposed: rows of a table of small integers, chosen by index and turned into numbers. Two and four of
// them may share a byte; a row has one scale, or one for each group of columns.
#include <vector>

#include "ops/lines.h"
#include "ops/quantize.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

constexpr DtypeSet kNarrowFloats = dtype_set(ScalarType::Float, ScalarType::Half, ScalarType::BFloat16);

// How integers lie in the bytes of a row.
struct Packing {
  std::int64_t per_byte;
  // Column `column` of a row whose bytes are `step` apart.
  float (*unpack)(const std::uint8_t* row, std::int64_t step, std::int64_t column);
};
constexpr Packing kUnsignedBytes{1, [](const std::uint8_t* row, std::int64_t step, std::int64_t column) {
                                   return static_cast<float>(row[column * step]);
                                 }};
constexpr Packing kSignedBytes{1, [](const std::uint8_t* row, std::int64_t step, std::int64_t column) {
                                 return static_cast<float>(static_cast<std::int8_t>(row[column * step]));
                               }};
// The even column in the high half, minus 8.
constexpr Packing kFourBits{2, [](const std::uint8_t* row, std::int64_t step, std::int64_t column) {
                              const unsigned byte = row[column / 2 * step];
                              return static_cast<float>(column % 2 == 0 ? byte >> 4 : byte & 15u) - 8.0f;
                            }};
// The first column in the low bits, minus 2.
constexpr Packing kTwoBits{4, [](const std::uint8_t* row, std::int64_t step, std::int64_t column) {
                             return static_cast<float>((row[column / 4 * step] >> (2 * (column % 4))) & 3) - 2.0f;
                           }};

// The table and what belongs to its rows, proved to fit each other.
struct Table {
  const Tensor& weight;
  const Tensor& scales;
  const Tensor* zero_points;
  Packing packing;
  std::int64_t columns;
  std::int64_t groups;
};

Result<Table> table_of(Call& call, std::optional<Packing> packing) {
  const Tensor& weight = call.tensor(0);
  const Tensor& scales = call.tensor(1);
  const Tensor* zero_points = call.optional_tensor(2);
  if (!packing && weight.dtype == ScalarType::Char) packing = kSignedBytes;
  if (!packing) packing = kUnsignedBytes;
  if (weight.dtype != ScalarType::Byte && !(weight.dtype == ScalarType::Char && packing->per_byte == 1)) {
    return unsupported_dtype(call, weight.dtype);
  }
  if (!contains(kNarrowFloats, scales.dtype)) return unsupported_dtype(call, scales.dtype);
  if (zero_points && !contains(kNarrowFloats, zero_points->dtype)) return unsupported_dtype(call, zero_points->dtype);
  if (weight.rank() != 2) return call.fail(ErrorCode::Mismatch, "weight is not a matrix");
  const auto columns = checked_mul(weight.sizes[1], packing->per_byte);
  const std::int64_t groups = scales.rank() == 2 ? scales.sizes[1] : 1;
  const bool fits = columns && (scales.rank() == 1 || scales.rank() == 2) && scales.sizes[0] == weight.sizes[0] &&
                    groups > 0 && *columns % groups == 0;
  if (!fits || (zero_points && !(zero_points->sizes == scales.sizes))) {
    return call.fail(ErrorCode::Mismatch,
                     "weight of shape " + shape_text(weight.sizes.span()) + " has scales of shape " +
                         shape_text(scales.sizes.span()) +
                         (zero_points ? " and zero points of shape " + shape_text(zero_points->sizes.span()) : ""));
  }
  return Table{weight, scales, zero_points, *packing, *columns, groups};
}

// The parameter of a group of a row.
float parameter(const Tensor& parameters, const Reader& reader, std::int64_t row, std::int64_t group) {
  const std::int64_t at = row * parameters.strides[0] + (parameters.rank() == 2 ? group * parameters.strides[1] : 0);
  Block block;
  const auto width = static_cast<std::int64_t>(parameters.element_size());
  return *reader.read_as<float>(parameters.as<std::uint8_t>() + at * width, 1, 1, block);
}

// (q - zero_point) * scale for every column of a row, rounded to the scales' dtype after each step.
template <class Round>
void dequantize_row(const Table& table, std::int64_t row, const Round& round, float* line) {
  const auto* bytes = table.weight.as<std::uint8_t>() + row * table.weight.strides[0];
  const std::int64_t width = table.columns / table.groups;
  const Reader read_scale(table.scales.dtype, ScalarType::Float);
  const Reader read_zero(table.zero_points ? table.zero_points->dtype : ScalarType::Float, ScalarType::Float);
  for (std::int64_t group = 0; group < table.groups; ++group) {
    const float scale = parameter(table.scales, read_scale, row, group);
    const float zero = table.zero_points ? parameter(*table.zero_points, read_zero, row, group) : 0.0f;
    for (std::int64_t j = group * width; j < (group + 1) * width; ++j) {
      const float q = table.packing.unpack(bytes, table.weight.strides[1], j);
      line[j] = round(round(q - zero) * scale);
    }
  }
}

Result<> lookup(Call& call, std::optional<Packing> packing) {
  const auto table = table_of(call, packing);
  if (!table) return Failure(table.error());
  const Tensor indices = call.tensor(5);
  Tensor& out = call.out();
  if (!contains(dtype_set(ScalarType::Int, ScalarType::Long), indices.dtype)) {
    return unsupported_dtype(call, indices.dtype);
  }
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  if (indices.sizes.full()) return call.fail(ErrorCode::Limit, "indices have the highest rank already");
  Sizes sizes = indices.sizes;
  sizes.push_back(table->columns);
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");

  const Reader reader(indices.dtype, ScalarType::Long);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(indices.numel()));
  read_line(reader, indices, 0, 1, indices.numel(), rows.data());
  for (const std::int64_t row : rows) {
    if (row < 0 || row >= table->weight.sizes[0]) {
      return call.fail(ErrorCode::Mismatch, "index " + std::to_string(row) + " into a table of " +
                                                std::to_string(table->weight.sizes[0]) + " rows");
    }
  }
  PTETOOL_CHECK(prepare(call, out, sizes));
  if (out.numel() == 0) return {};
  Strides index_strides = indices.strides;
  index_strides.push_back(0);
  const Lines<2> lines(sizes, sizes.size() - 1, {out.strides, index_strides});
  const Writer writer(ScalarType::Float, out.dtype);
  with_rounding(table->scales.dtype, [&](auto round) {
    call.parallel(lines.count(), lines.length() * 4, [&](std::int64_t first, std::int64_t end) {
      std::vector<float> line(static_cast<std::size_t>(table->columns));
      lines.each(first, end, [&](const auto& offsets) {
        dequantize_row(*table, rows[static_cast<std::size_t>(offsets[1])], round, line.data());
        write_line(writer, line.data(), out, offsets[0], lines.step(0), lines.length());
      });
    });
  });
  return {};
}

Result<> embedding_byte(Call& call) { return lookup(call, std::nullopt); }
Result<> embedding_4bit(Call& call) { return lookup(call, kFourBits); }
Result<> embedding_2bit(Call& call) { return lookup(call, kTwoBits); }

constexpr Operator kRows[] = {
    {"quantized_decomposed::embedding_byte.out(Tensor weight, Tensor weight_scales, Tensor? weight_zero_points, int "
     "weight_quant_min, int weight_quant_max, Tensor indices, *, Tensor(a!) out) -> Tensor(a!)",
     embedding_byte},
    {"quantized_decomposed::embedding_byte.dtype_out(Tensor weight, Tensor weight_scales, Tensor? "
     "weight_zero_points, int weight_quant_min, int weight_quant_max, Tensor indices, *, ScalarType? dtype=None, "
     "Tensor(a!) out) -> Tensor(a!)",
     embedding_byte},
    {"quantized_decomposed::embedding_2bit.out(Tensor weight, Tensor weight_scales, Tensor? weight_zero_points, int "
     "weight_quant_min, int weight_quant_max, Tensor indices, *, Tensor(a!) out) -> Tensor(a!)",
     embedding_2bit},
    {"quantized_decomposed::embedding_2bit.dtype_out(Tensor weight, Tensor weight_scales, Tensor? "
     "weight_zero_points, int weight_quant_min, int weight_quant_max, Tensor indices, ScalarType? dtype=None, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     embedding_2bit},
    {"quantized_decomposed::embedding_4bit.out(Tensor weight, Tensor weight_scales, Tensor? weight_zero_points, int "
     "weight_quant_min, int weight_quant_max, Tensor indices, *, Tensor(a!) out) -> Tensor(a!)",
     embedding_4bit},
    {"quantized_decomposed::embedding_4bit.dtype_out(Tensor weight, Tensor weight_scales, Tensor? "
     "weight_zero_points, int weight_quant_min, int weight_quant_max, Tensor indices, ScalarType? dtype=None, *, "
     "Tensor(a!) out) -> Tensor(a!)",
     embedding_4bit},
};

}  // namespace

std::span<const Operator> quantized_embedding_operators() { return kRows; }

}  // namespace ptetool::ops

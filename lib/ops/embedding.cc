// Rows of a table, chosen by index.
#include "ops/compute.h"
#include "ops/table.h"
#include "ops/view.h"

namespace ptetool::ops {

namespace {

Result<> embedding(Call& call) {
  const Tensor& weight = call.tensor(0);
  const Tensor& indices = call.tensor(1);
  Tensor& out = call.out();
  if (weight.rank() != 2) return call.fail(ErrorCode::Mismatch, "weight is not a matrix");
  if (!contains(dtype_set(ScalarType::Int, ScalarType::Long), indices.dtype)) {
    return unsupported_dtype(call, indices.dtype);
  }
  if (indices.sizes.full()) return call.fail(ErrorCode::Limit, "indices have the highest rank already");
  const Sizes index_sizes = indices.sizes;
  const std::int64_t rows = weight.sizes[0];
  Sizes sizes = indices.sizes;
  sizes.push_back(weight.sizes[1]);
  if (!checked_numel(sizes.span())) return call.fail(ErrorCode::Limit, "the result is too large");
  PTETOOL_CHECK(prepare(call, out, sizes));

  const Reader reader(indices.dtype, ScalarType::Long);
  const auto width = static_cast<std::int64_t>(indices.element_size());
  Block block;
  const std::int64_t count = numel(index_sizes);
  for (std::int64_t i = 0; i < count; ++i) {
    // Straight through both, in logical order.
    View target(out);
    std::int64_t rest = i;
    std::int64_t stride = count;
    for (const std::int64_t size : index_sizes) {
      stride /= size;
      target.select(0, rest / stride);
      rest %= stride;
    }
    const auto* at = indices.as<std::uint8_t>() + memory_index(indices, i) * width;
    const std::int64_t row = *reader.read_as<std::int64_t>(at, 1, 1, block);
    if (row < 0 || row >= rows) {
      return call.fail(ErrorCode::Mismatch,
                       "index " + std::to_string(row) + " into a table of " + std::to_string(rows) + " rows");
    }
    PTETOOL_CHECK(copy_view(call, View(weight).select(0, row), target));
  }
  return {};
}

constexpr Operator kRows[] = {
    {"aten::embedding.out(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool "
     "sparse=False, *, Tensor(a!) out) -> Tensor(a!)",
     embedding},
};

}  // namespace

std::span<const Operator> embedding_operators() { return kRows; }

}  // namespace ptetool::ops

// Conversion of rows, and the arithmetic of a softmax in pieces.
#include "ops/attention_block.h"

#include <algorithm>
#include <cmath>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/simd/arrays.h"

namespace ptetool::ops {

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

float number_at(const AttentionOperand& operand, std::int64_t offset) {
  float number = 0;
  read_line(Reader(operand.tensor->dtype, ScalarType::Float), *operand.tensor, offset, 1, 1, &number);
  return number;
}

}  // namespace

AttentionRows::AttentionRows(const AttentionOperand& operand, const std::optional<Attention::Parameters>& parameters,
                             std::int64_t size, std::int64_t slots)
    : operand_(operand),
      parameters_(parameters),
      size_(size),
      direct_(operand.tensor->dtype == ScalarType::Float && operand.element_step == 1 &&
              is_aligned(operand.tensor->data, alignof(float))),
      reader_(operand.tensor->dtype, ScalarType::Float),
      scratch_(direct_ ? 0 : static_cast<std::size_t>(slots * size)) {}

const float* AttentionRows::row(std::int64_t batch, std::int64_t position, std::int64_t head, std::int64_t slot) {
  const std::int64_t at = operand_.at(batch, position, head);
  if (direct_) return operand_.tensor->as<float>() + at;
  float* to = scratch_.data() + slot * size_;
  read_line(reader_, *operand_.tensor, at, operand_.element_step, size_, to);
  if (!parameters_) return to;
  const float scale = number_at(parameters_->scales, parameters_->scales.at(batch, position, head));
  const float zero = number_at(parameters_->zero_points, parameters_->zero_points.at(batch, position, head));
  for (std::int64_t j = 0; j < size_; ++j) to[j] = (to[j] - zero) * scale;
  return to;
}

std::optional<float> RunningSoftmax::weigh(const Attention& attention, std::int64_t query, std::int64_t key,
                                           std::int64_t count, float* scores) {
  simd::multiply(scores, attention.scale, count);
  if (attention.mask) {
    const Tensor& mask = *attention.mask;
    float line[kAttentionKeys];
    read_line(Reader(mask.dtype, ScalarType::Float), mask, query * mask.strides[0] + key * mask.strides[1],
              mask.strides[1], count, line);
    for (std::int64_t k = 0; k < count; ++k) scores[k] += line[k];
  }
  const float block_top = simd::largest(scores, count);
  if (block_top == kNever) return std::nullopt;
  const float top = larger(block_top, top_);
  const float correction = top_ == kNever ? 0.0f : std::exp(top_ - top);
  total_ = total_ * static_cast<double>(correction) + simd::shifted_exponential(scores, top, scores, count);
  top_ = top;
  return correction;
}

std::pair<float, float> RunningSoftmax::join(const RunningSoftmax& other) {
  const float top = larger(top_, other.top_);
  const auto measure = [&](float old) { return old == kNever ? 0.0f : std::exp(old - top); };
  const float ours = measure(top_), theirs = measure(other.top_);
  total_ = total_ * static_cast<double>(ours) + other.total_ * static_cast<double>(theirs);
  top_ = top;
  return {ours, theirs};
}

}  // namespace ptetool::ops

// Scaled dot product attention over caches where they lie: nothing is copied that is float already, and the memory it
// takes grows with a block, not with the sequence.
#pragma once

#include <optional>

#include "ops/arguments.h"

namespace ptetool::ops {

// A tensor [batch, position, head, size] under its own layout: steps are counted in elements.
struct AttentionOperand {
  Tensor* tensor = nullptr;
  std::int64_t batch_step = 0, position_step = 0, head_step = 0, element_step = 0;

  std::int64_t at(std::int64_t batch, std::int64_t position, std::int64_t head) const {
    return batch * batch_step + position * position_step + head * head_step;
  }
};

struct Attention {
  AttentionOperand query, key, value, out;
  // int8 operands: a scale and a zero point for each position of each head, (q - zero_point) * scale.
  struct Parameters {
    AttentionOperand scales, zero_points;
  };
  std::optional<Parameters> query_parameters, key_parameters, value_parameters;

  std::int64_t batches = 0;
  std::int64_t heads = 0;
  std::int64_t key_heads = 0;  // divides heads: consecutive heads share one
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::int64_t size = 0;
  float scale = 1;
  std::optional<std::int64_t> causal_start;  // query i sees keys up to this position + i
  const Tensor* mask = nullptr;              // added to the scaled scores: [queries, keys]
};

// Shapes, dtypes and memory have been checked. Scores, exponentials and sums are float whatever the dtype. A query that
// sees no key gives NaN, as it does in ExecuTorch.
void attend(const Call& call, const Attention& attention);

}  // namespace ptetool::ops

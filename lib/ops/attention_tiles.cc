// The loops around the tiles: packing, weighing, adding up.
#include "ops/attention_tiles.h"

#include <algorithm>

#include "ops/lines.h"
#include "ops/simd/transpose.h"

namespace ptetool::ops {

namespace {

constexpr std::int64_t kRows = simd::kTileRows;

std::vector<float> floats(std::int64_t count) { return std::vector<float>(static_cast<std::size_t>(count)); }

// to[column][row] = from[row][column]
void turn(const float* from, std::int64_t from_step, std::int64_t rows, std::int64_t columns, float* to,
          std::int64_t to_step) {
  simd::transpose(static_cast<const std::uint32_t*>(static_cast<const void*>(from)), from_step, rows, columns,
                  static_cast<std::uint32_t*>(static_cast<void*>(to)), to_step);
}

// Of the keys [key, key + keys), those that any row of the panel that begins at `row` sees.
std::int64_t seen_by_panel(const AttentionGroup& group, std::int64_t row, std::int64_t key, std::int64_t keys) {
  return std::clamp<std::int64_t>(group.seen(std::min(row + kRows, group.count) - 1) - key, 0, keys);
}

}  // namespace

AttentionTiles::AttentionTiles(const Attention& attention)
    : a_(attention),
      columns_(simd::tile_columns<float>()),
      tiles_((a_.size + columns_ - 1) / columns_),
      query_rows_(a_.query, a_.query_parameters, a_.size, 1),
      key_rows_(a_.key, a_.key_parameters, a_.size, 1),
      value_rows_(a_.value, a_.value_parameters, a_.size, 1),
      writer_(ScalarType::Float, a_.out.tensor->dtype),
      queries_(floats(kMostRows * a_.size)),
      key_lines_(floats(kAttentionKeys * a_.size)),
      keys_(floats(a_.size * kAttentionKeys)),
      values_(floats(kAttentionKeys * tiles_ * columns_)),
      scores_(floats(kMostRows * kAttentionKeys)),
      weights_(floats(kMostRows * kAttentionKeys)),
      sums_(floats(kMostRows * tiles_ * columns_)) {}

void AttentionTiles::run(const AttentionGroup& group) {
  const std::int64_t seen = group.seen(group.count - 1);
  pack_queries(group);
  std::fill(sums_.begin(), sums_.end(), 0.0f);
  for (RunningSoftmax& softmax : softmax_) softmax.reset();
  for (std::int64_t key = 0; key < seen; key += kAttentionKeys) {
    const std::int64_t keys = std::min(kAttentionKeys, seen - key);
    fetch(group, key, keys);
    score(group, key, keys);
    weigh(group, key, keys);
    add_values(group, key, keys);
  }
  finish(group);
}

void AttentionTiles::pack_queries(const AttentionGroup& group) {
  std::fill(queries_.begin(), queries_.end(), 0.0f);
  for (std::int64_t r = 0; r < group.count; ++r) {
    const float* query = query_rows_.row(group.batch, group.query(r), group.head(r), 0);
    float* to = queries_.data() + r / kRows * a_.size * kRows + r % kRows;
    for (std::int64_t j = 0; j < a_.size; ++j) to[j * kRows] = query[j];
  }
}

// Keys are transposed, values are padded to whole tiles.
void AttentionTiles::fetch(const AttentionGroup& group, std::int64_t key, std::int64_t keys) {
  if (keys < kAttentionKeys) std::fill(keys_.begin(), keys_.end(), 0.0f);
  for (std::int64_t k = 0; k < keys; ++k) {
    std::copy_n(value_rows_.row(group.batch, key + k, group.key_head, 0), a_.size,
                values_.data() + k * tiles_ * columns_);
  }
  if (key_rows_.direct()) {
    turn(key_rows_.row(group.batch, key, group.key_head, 0), a_.key.position_step, keys, a_.size, keys_.data(),
         kAttentionKeys);
    return;
  }
  for (std::int64_t k = 0; k < keys; ++k) {
    std::copy_n(key_rows_.row(group.batch, key + k, group.key_head, 0), a_.size, key_lines_.data() + k * a_.size);
  }
  turn(key_lines_.data(), a_.size, keys, a_.size, keys_.data(), kAttentionKeys);
}

void AttentionTiles::score(const AttentionGroup& group, std::int64_t key, std::int64_t keys) {
  for (std::int64_t row = 0; row < group.count; row += kRows) {
    const std::int64_t seen = seen_by_panel(group, row, key, keys);
    for (std::int64_t k = 0; k < seen; k += columns_) {
      simd::multiply_tile(queries_.data() + row * a_.size, keys_.data() + k, kAttentionKeys, a_.size, kRows,
                          std::min(columns_, seen - k), scores_.data() + row * kAttentionKeys + k, kAttentionKeys,
                          false);
    }
  }
}

void AttentionTiles::weigh(const AttentionGroup& group, std::int64_t key, std::int64_t keys) {
  for (std::int64_t r = 0; r < group.count; ++r) {
    float* scores = scores_.data() + r * kAttentionKeys;
    const std::int64_t count = std::clamp<std::int64_t>(group.seen(r) - key, 0, keys);
    const auto correction = softmax_[r].weigh(a_, group.query(r), key, count, scores);
    if (correction && *correction != 1.0f) {
      for (std::int64_t tile = 0; tile < tiles_; ++tile) {
        float* sum = sums(r / kRows, tile) + r % kRows * columns_;
        for (std::int64_t j = 0; j < columns_; ++j) sum[j] *= *correction;
      }
    }
    std::fill(scores + (correction ? count : 0), scores + keys, 0.0f);
  }
  // Rows beyond the group multiply what nobody reads.
  for (std::int64_t r = 0; r < group.count; r += kRows) {
    turn(scores_.data() + r * kAttentionKeys, kAttentionKeys, kRows, seen_by_panel(group, r, key, keys),
         weights_.data() + r * kAttentionKeys, kRows);
  }
}

void AttentionTiles::add_values(const AttentionGroup& group, std::int64_t key, std::int64_t keys) {
  for (std::int64_t row = 0; row < group.count; row += kRows) {
    const std::int64_t seen = seen_by_panel(group, row, key, keys);
    if (seen == 0) continue;
    for (std::int64_t tile = 0; tile < tiles_; ++tile) {
      simd::multiply_tile(weights_.data() + row * kAttentionKeys, values_.data() + tile * columns_, tiles_ * columns_,
                          seen, kRows, std::min(columns_, a_.size - tile * columns_), sums(row / kRows, tile), columns_,
                          true);
    }
  }
}

void AttentionTiles::finish(const AttentionGroup& group) {
  std::vector<float> line(static_cast<std::size_t>(tiles_ * columns_));
  for (std::int64_t r = 0; r < group.count; ++r) {
    const float factor = softmax_[r].factor();
    for (std::int64_t tile = 0; tile < tiles_; ++tile) {
      const float* sum = sums(r / kRows, tile) + r % kRows * columns_;
      for (std::int64_t j = 0; j < columns_; ++j) line[static_cast<std::size_t>(tile * columns_ + j)] = sum[j] * factor;
    }
    const std::int64_t at = a_.out.at(group.batch, group.query(r), group.head(r));
    write_line(writer_, line.data(), *a_.out.tensor, at, a_.out.element_step, a_.size);
  }
}

}  // namespace ptetool::ops

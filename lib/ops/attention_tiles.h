// Attention of many rows at once, as products of matrices in the tiles of simd/tile.h.
#pragma once

#include "ops/attention_block.h"
#include "ops/simd/tile.h"

namespace ptetool::ops {

class AttentionTiles {
 public:
  static constexpr std::int64_t kMostRows = 16 * simd::kTileRows;

  explicit AttentionTiles(const Attention& attention);
  // Computes and writes a group of at most kMostRows rows.
  void run(const AttentionGroup& group);

 private:
  static constexpr std::int64_t kPanels = kMostRows / simd::kTileRows;

  void pack_queries(const AttentionGroup& group);
  void fetch(const AttentionGroup& group, std::int64_t key, std::int64_t keys);
  void score(const AttentionGroup& group, std::int64_t key, std::int64_t keys);
  void weigh(const AttentionGroup& group, std::int64_t key, std::int64_t keys);
  void add_values(const AttentionGroup& group, std::int64_t key, std::int64_t keys);
  void finish(const AttentionGroup& group);
  // The tile of sums for six rows and one group of columns.
  float* sums(std::int64_t panel, std::int64_t tile) {
    return sums_.data() + (panel * tiles_ + tile) * simd::kTileRows * columns_;
  }

  const Attention& a_;
  std::int64_t columns_;  // of a tile
  std::int64_t tiles_;    // that cover a row of values
  AttentionRows query_rows_, key_rows_, value_rows_;
  Writer writer_;
  std::vector<float> queries_;    // [panel][size][kTileRows]
  std::vector<float> key_lines_;  // [kAttentionKeys][size]
  std::vector<float> keys_;       // [size][kAttentionKeys]
  std::vector<float> values_;     // [kAttentionKeys][tiles_ * columns_]
  std::vector<float> scores_;     // [row][kAttentionKeys]
  std::vector<float> weights_;    // [panel][kAttentionKeys][kTileRows]
  std::vector<float> sums_;       // [panel][tile][kTileRows][columns_]
  RunningSoftmax softmax_[kMostRows];
};

}  // namespace ptetool::ops

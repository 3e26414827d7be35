// What both ways of computing attention share: operands as rows of floats, and a softmax that goes on from block to
// block.
#pragma once

#include <limits>
#include <utility>
#include <vector>

#include "ops/attention.h"
#include "ops/compute.h"

namespace ptetool::ops {

inline constexpr std::int64_t kAttentionKeys = 64;  // keys in a block

// Gives rows where they lie if they are float and contiguous, else converts them into its scratch.
class AttentionRows {
 public:
  AttentionRows(const AttentionOperand& operand, const std::optional<Attention::Parameters>& parameters,
                std::int64_t size, std::int64_t slots);

  // `slot` < slots is the row's place in the scratch.
  const float* row(std::int64_t batch, std::int64_t position, std::int64_t head, std::int64_t slot);
  // Rows are given where they lie.
  bool direct() const { return direct_; }
  // Has the processor look up the page that lies `ahead` numbers behind a row.
  static void expect_page(const float* row, std::int64_t ahead) { __builtin_prefetch(row + ahead); }

 private:
  const AttentionOperand& operand_;
  const std::optional<Attention::Parameters>& parameters_;
  std::int64_t size_;
  bool direct_;
  Reader reader_;
  std::vector<float> scratch_;
};

// Scores of one query become weights relative to the highest score so far.
class RunningSoftmax {
 public:
  void reset() { *this = {}; }
  // Turns the query's scores against `count` keys from `key` on, dot products yet, into weights. Answers with the
  // factor that brings what was summed up before to the same measure; nullopt if none of the keys counts.
  std::optional<float> weigh(const Attention& attention, std::int64_t query, std::int64_t key, std::int64_t count,
                             float* scores);
  // Takes in the softmax of other keys. Answers with what its own weighted sum and the other are to be multiplied with
  // before they are added.
  std::pair<float, float> join(const RunningSoftmax& other);
  // What the weighted sum is to be multiplied with in the end.
  float factor() const { return static_cast<float>(1 / total_); }

 private:
  float top_ = -std::numeric_limits<float>::infinity();
  double total_ = 0;
};

// Rows of a key head: row r is query r / shared of the (r % shared)-th head that shares the key head.
struct AttentionGroup {
  const Attention& attention;
  std::int64_t batch, key_head, first, count;

  std::int64_t shared() const { return attention.heads / attention.key_heads; }
  std::int64_t query(std::int64_t r) const { return (first + r) / shared(); }
  std::int64_t head(std::int64_t r) const { return key_head * shared() + (first + r) % shared(); }
  // How many keys row r sees.
  std::int64_t seen(std::int64_t r) const {
    return attention.causal_start ? std::min(attention.keys, *attention.causal_start + query(r) + 1) : attention.keys;
  }
};

}  // namespace ptetool::ops

// Attention, block by block: scores of some query rows against a block of keys become weights of a running softmax, and
// the block's values are added up. The rows of all heads that share a key head are taken together, so that its keys and
// values are read once for them: that is what counts while a single token is decoded.
#include "ops/attention.h"

#include <algorithm>
#include <vector>

#include "ops/attention_tiles.h"
#include "ops/lines.h"
#include "ops/simd/arrays.h"

namespace ptetool::ops {

namespace {

// As many as a dot product takes at once. More are worth the packing that tiles need.
constexpr std::int64_t kFew = simd::kDotRows;

// A few rows, nothing packed.
class FewRows {
 public:
  explicit FewRows(const Attention& attention)
      : a_(attention),
        query_rows_(a_.query, a_.query_parameters, a_.size, 1),
        key_rows_(a_.key, a_.key_parameters, a_.size, 1),
        value_rows_(a_.value, a_.value_parameters, a_.size, kAttentionKeys),
        writer_(ScalarType::Float, a_.out.tensor->dtype),
        queries_(static_cast<std::size_t>(kFew * a_.size)),
        sums_(queries_.size()) {}

  void run(const AttentionGroup& group) {
    for (std::int64_t r = 0; r < group.count; ++r) {
      std::copy_n(query_rows_.row(group.batch, group.query(r), group.head(r), 0), a_.size,
                  queries_.data() + r * a_.size);
      softmax_[r].reset();
    }
    std::fill(sums_.begin(), sums_.end(), 0.0f);
    const std::int64_t seen = group.seen(group.count - 1);
    for (std::int64_t key = 0; key < seen; key += kAttentionKeys) {
      add_block(group, key, std::min(kAttentionKeys, seen - key));
    }
    for (std::int64_t r = 0; r < group.count; ++r) {
      float* sum = sums_.data() + r * a_.size;
      const float factor = softmax_[r].factor();
      simd::multiply(sum, factor, a_.size);
      const std::int64_t at = a_.out.at(group.batch, group.query(r), group.head(r));
      write_line(writer_, sum, *a_.out.tensor, at, a_.out.element_step, a_.size);
    }
  }

 private:
  void add_block(const AttentionGroup& group, std::int64_t key, std::int64_t keys) {
    float scores[kFew][kAttentionKeys];
    const float* values[kAttentionKeys];
    for (std::int64_t k = 0; k < keys; ++k) {
      float products[kFew];
      const float* vector = key_rows_.row(group.batch, key + k, group.key_head, 0);
      simd::dot_rows(queries_.data(), a_.size, group.count, vector, a_.size, products);
      for (std::int64_t r = 0; r < group.count; ++r) scores[r][k] = products[r];
      values[k] = value_rows_.row(group.batch, key + k, group.key_head, k);
    }
    for (std::int64_t r = 0; r < group.count; ++r) {
      const std::int64_t count = std::clamp<std::int64_t>(group.seen(r) - key, 0, keys);
      const auto correction = softmax_[r].weigh(a_, group.query(r), key, count, scores[r]);
      if (!correction) continue;
      float* sum = sums_.data() + r * a_.size;
      simd::multiply(sum, *correction, a_.size);
      for (std::int64_t k = 0; k < count; ++k) simd::add_scaled(sum, scores[r][k], values[k], a_.size);
    }
  }

  const Attention& a_;
  AttentionRows query_rows_, key_rows_, value_rows_;
  Writer writer_;
  std::vector<float> queries_, sums_;
  RunningSoftmax softmax_[kFew];
};

template <class Worker>
void attend_in_groups(const Call& call, const Attention& a, std::int64_t rows, std::int64_t most) {
  const std::int64_t groups = (rows + most - 1) / most;
  const std::int64_t cost = 2 * std::min(rows, most) * std::max<std::int64_t>(a.keys, 1) * a.size;
  call.parallel(a.batches * a.key_heads * groups, cost, [&](std::int64_t begin, std::int64_t end) {
    Worker worker(a);
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t first = item % groups * most;
      const std::int64_t head = item / groups;
      worker.run({a, head / a.key_heads, head % a.key_heads, first, std::min(most, rows - first)});
    }
  });
}

}  // namespace

void attend(const Call& call, const Attention& attention) {
  const std::int64_t rows = attention.queries * (attention.heads / attention.key_heads);
  if (rows <= kFew) {
    attend_in_groups<FewRows>(call, attention, rows, kFew);
  } else {
    attend_in_groups<AttentionTiles>(call, attention, rows, AttentionTiles::kMostRows);
  }
}

}  // namespace ptetool::ops

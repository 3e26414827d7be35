// Each thread takes a range of positions for all heads, with a running softmax; at the end the parts are brought to one
// maximum and added up (Flash-Decoding).
#include "ops/attention_stream.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/attention_block.h"
#include "ops/lines.h"
#include "ops/simd/arrays.h"
#include "ops/simd/lines.h"
#include "ops/simd/tile.h"

namespace ptetool::ops {

namespace {

// Positions before a key is needed the processor is told to look up its page: it does not look beyond one by itself,
// and fetches what is in it without being told.
constexpr std::int64_t kPagesAhead = 8;

// What one thread found out about its positions: for every row of every key head a softmax and a weighted sum.
struct Part {
  std::vector<RunningSoftmax> softmax;
  std::vector<float> sums;  // [key head][row][size]
};

class Stream {
 public:
  // `rows` of each key head, of one batch.
  Stream(const Attention& attention, std::int64_t batch, std::int64_t rows)
      : a_(attention), batch_(batch), rows_(rows), all_rows_(attention.key_heads * rows) {
    AttentionRows query_rows(a_.query, a_.query_parameters, a_.size, 1);
    queries_.resize(static_cast<std::size_t>(all_rows_ * a_.size));
    for (std::int64_t head = 0; head < a_.key_heads; ++head) {
      const AttentionGroup group = group_of(head);
      for (std::int64_t r = 0; r < rows_; ++r) {
        std::copy_n(query_rows.row(batch_, group.query(r), group.head(r), 0), a_.size, line(queries_, head, r));
      }
    }
  }

  // Keys that any row sees.
  std::int64_t seen() const { return group_of(0).seen(rows_ - 1); }

  // The keys [first, last).
  Part run(std::int64_t first, std::int64_t last) {
    Part part;
    part.softmax.resize(static_cast<std::size_t>(all_rows_));
    part.sums.resize(static_cast<std::size_t>(all_rows_ * a_.size), 0.0f);
    const std::int64_t slots = a_.key_heads * simd::kSide;
    Block block{AttentionRows(a_.key, a_.key_parameters, a_.size, slots),
                AttentionRows(a_.value, a_.value_parameters, a_.size, slots),
                std::vector<float>(static_cast<std::size_t>(all_rows_ * kAttentionKeys)),
                std::vector<std::int64_t>(static_cast<std::size_t>(all_rows_)),
                std::vector<const float*>(static_cast<std::size_t>(slots)),
                last};
    for (std::int64_t key = first; key < last; key += kAttentionKeys) {
      const std::int64_t keys = std::min(kAttentionKeys, last - key);
      score(block, key, keys);
      weigh(block, part, key, keys);
      add_values(block, part, key);
    }
    return part;
  }

  // Brings the parts to one measure and writes what they amount to.
  void finish(std::span<Part> parts) {
    const Writer writer(ScalarType::Float, a_.out.tensor->dtype);
    for (std::int64_t head = 0; head < a_.key_heads; ++head) {
      const AttentionGroup group = group_of(head);
      for (std::int64_t r = 0; r < rows_; ++r) {
        const auto row = static_cast<std::size_t>(head * rows_ + r);
        RunningSoftmax& all = parts[0].softmax[row];
        float* sum = line(parts[0].sums, head, r);
        for (Part& part : parts.subspan(1)) {
          const auto [ours, theirs] = all.join(part.softmax[row]);
          simd::multiply(sum, ours, a_.size);
          simd::add_scaled(sum, theirs, line(part.sums, head, r), a_.size);
        }
        simd::multiply(sum, all.factor(), a_.size);
        const std::int64_t at = a_.out.at(batch_, group.query(r), group.head(r));
        write_line(writer, sum, *a_.out.tensor, at, a_.out.element_step, a_.size);
      }
    }
  }

 private:
  // A thread's working memory for kAttentionKeys keys.
  struct Block {
    AttentionRows key_rows, value_rows;
    std::vector<float> scores;        // [key head][row][key]; weights after weigh()
    std::vector<std::int64_t> count;  // of keys that a row sees
    std::vector<const float*> vectors;
    std::int64_t end = 0;  // of the thread's keys
    float* of_row(std::int64_t row) { return scores.data() + row * kAttentionKeys; }
  };

  AttentionGroup group_of(std::int64_t head) const { return {a_, batch_, head, 0, rows_}; }
  float* line(std::vector<float>& lines, std::int64_t head, std::int64_t r) const {
    return lines.data() + (head * rows_ + r) * a_.size;
  }

  bool by_position(const AttentionOperand& operand) const { return operand.position_step >= operand.head_step; }

  // Calls f(first key, first head, vectors) for `keys` keys of all heads, about as they follow each other in memory: a
  // few positions at a time, of all heads or of one after the other.
  template <class F>
  void in_order(Block& block, AttentionRows& rows, const AttentionOperand& operand, std::int64_t key, std::int64_t keys,
                F&& f) const {
    const bool positions = by_position(operand);
    for (std::int64_t head = 0; head < (positions ? 1 : a_.key_heads); ++head) {
      const std::int64_t heads = positions ? a_.key_heads : 1;
      for (std::int64_t k = 0, side = 0; k < keys; k += side) {
        side = keys - k < simd::kSide ? 1 : simd::kSide;
        for (std::int64_t h = 0; h < heads; ++h) {
          for (std::int64_t s = 0; s < side; ++s) {
            const std::int64_t slot = h * side + s;
            block.vectors[static_cast<std::size_t>(slot)] = rows.row(batch_, key + k + s, head + h, slot);
          }
        }
        if (positions && rows.direct()) {
          for (std::int64_t s = 0; s < side; ++s) {
            AttentionRows::expect_page(block.vectors[static_cast<std::size_t>(s)], kPagesAhead * operand.position_step);
          }
        }
        const bool more = positions && rows.direct() && key + k + 2 * side <= block.end;
        const std::int64_t ahead = more ? side * operand.position_step : 0;
        f(k, head, simd::Vectors{block.vectors.data(), heads, side, a_.size, ahead});
      }
    }
  }

  // Where scores and weights of the heads are in a block.
  simd::RowSteps steps() const { return {rows_, rows_ * kAttentionKeys, kAttentionKeys}; }

  void score(Block& block, std::int64_t key, std::int64_t keys) {
    in_order(block, block.key_rows, a_.key, key, keys,
             [&](std::int64_t k, std::int64_t head, const simd::Vectors& vectors) {
               simd::score_vectors(vectors, line(queries_, head, 0), rows_ * a_.size, block.of_row(head * rows_) + k,
                                   steps());
             });
  }

  void weigh(Block& block, Part& part, std::int64_t key, std::int64_t keys) {
    for (std::int64_t head = 0; head < a_.key_heads; ++head) {
      const AttentionGroup group = group_of(head);
      for (std::int64_t r = 0; r < rows_; ++r) {
        const std::int64_t row = head * rows_ + r;
        std::int64_t count = std::clamp<std::int64_t>(group.seen(r) - key, 0, keys);
        const auto correction =
            part.softmax[static_cast<std::size_t>(row)].weigh(a_, group.query(r), key, count, block.of_row(row));
        if (!correction) count = 0;
        block.count[static_cast<std::size_t>(row)] = count;
        if (correction && *correction != 1.0f) simd::multiply(line(part.sums, head, r), *correction, a_.size);
      }
    }
  }

  void add_values(Block& block, Part& part, std::int64_t key) {
    // The keys that every row sees, and those that only some do.
    const std::int64_t common = *std::ranges::min_element(block.count);
    in_order(block, block.value_rows, a_.value, key, common,
             [&](std::int64_t k, std::int64_t head, const simd::Vectors& vectors) {
               simd::add_vectors(vectors, block.of_row(head * rows_) + k, steps(), line(part.sums, head, 0),
                                 rows_ * a_.size);
             });
    for (std::int64_t row = 0; row < all_rows_; ++row) {
      const std::int64_t head = row / rows_;
      for (std::int64_t k = common; k < block.count[static_cast<std::size_t>(row)]; ++k) {
        const float* value = block.value_rows.row(batch_, key + k, head, 0);
        simd::add_scaled(line(part.sums, head, row % rows_), block.of_row(row)[k], value, a_.size);
      }
    }
  }

  const Attention& a_;
  std::int64_t batch_, rows_, all_rows_;
  std::vector<float> queries_;  // [key head][row][size]
};

}  // namespace

// As many as a dot product takes at once. More are worth the packing that tiles need.
std::int64_t most_streamed_rows() { return simd::kDotRows; }

void attend_streaming(const Call& call, const Attention& attention, std::int64_t rows) {
  for (std::int64_t batch = 0; batch < attention.batches; ++batch) {
    Stream stream(attention, batch, rows);
    const std::int64_t keys = stream.seen();
    const std::int64_t threads = call.threads() ? call.threads()->size() : 1;
    const std::int64_t count = std::clamp<std::int64_t>(keys / (kAttentionKeys / 4), 1, threads);
    std::vector<Part> parts(static_cast<std::size_t>(count));
    const std::int64_t cost = 2 * attention.key_heads * rows * (keys / count + 1) * attention.size;
    call.parallel(count, cost, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p) {
        parts[static_cast<std::size_t>(p)] = stream.run(keys * p / count, keys * (p + 1) / count);
      }
    });
    stream.finish(parts);
  }
}

}  // namespace ptetool::ops

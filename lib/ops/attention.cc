// Attention, block by block: scores of some query rows against a block of keys become weights of a running softmax, and
// the block's values are added up. The rows of all heads that share a key head are taken together, so that its keys and
// values are read once for them: that is what counts while a single token is decoded.
#include "ops/attention.h"

#include <algorithm>

#include "ops/attention_stream.h"
#include "ops/attention_tiles.h"

namespace ptetool::ops {

namespace {

void attend_in_tiles(const Call& call, const Attention& a, std::int64_t rows) {
  constexpr std::int64_t most = AttentionTiles::kMostRows;
  const std::int64_t groups = (rows + most - 1) / most;
  const std::int64_t cost = 2 * std::min(rows, most) * std::max<std::int64_t>(a.keys, 1) * a.size;
  call.parallel(a.batches * a.key_heads * groups, cost, [&](std::int64_t begin, std::int64_t end) {
    AttentionTiles worker(a);
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
  if (rows <= most_streamed_rows()) {
    attend_streaming(call, attention, rows);
  } else {
    attend_in_tiles(call, attention, rows);
  }
}

}  // namespace ptetool::ops

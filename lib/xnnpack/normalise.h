// Historical and rare forms of a graph rewritten in the terms of all others, so that both ways of executing need to
// know the latter only.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/format/xnnpack_graph.h"

namespace ptetool::xnn {

// A graph and the lists that its rewritten parts borrow.
struct NormalGraph {
  Graph graph;
  std::deque<std::vector<std::uint32_t>> lists;  // a deque: they never move
};

// - dq_datatype (v0.1): the value is quantised by a Convert node, and what computes with filters reads that.
// - qpint8 and pfp32 are packed forms of qdint8 and fp32 with the same meaning.
// - ScaledDotProductAttention: query times scale, times key, plus mask, softmax, times value; what is between them in
// float32.
// - the axis of a concatenation counted from the end.
// Errors: Unsupported (an attention over fewer than three dims).
Result<std::shared_ptr<const NormalGraph>> normalise(const Graph& graph);

}  // namespace ptetool::xnn

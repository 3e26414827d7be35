// What operators of a program become: a graph like a delegate's, with constants that no file holds, and parts that are
// those of a delegate.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/format/xnnpack_graph.h"
#include "ptetool/link/model.h"
#include "ptetool/tensor/tensor.h"
#include "xnnpack/normalise.h"

namespace ptetool::xnn {

// The bytes of a constant of a graph that no file holds.
struct GivenConstant {
  ByteView bytes;
  const File* file = nullptr;   // the mapped file that they lie in, or null
  std::shared_ptr<void> owner;  // or who owns them
};

// A value that is one of a delegate's graph, with its constant and its scales. The plan owns what the value and its
// nodes borrow.
class GraphPlan;
struct AdoptedValue {
  std::shared_ptr<const GraphPlan> plan;
  std::size_t index = 0;
};
struct LoweredGraph {
  std::shared_ptr<NormalGraph> graph;
  std::unordered_map<std::size_t, AdoptedValue> adopted;  // by the index of the value
  std::vector<GivenConstant> constants;                   // as graph->graph.constants; entry 0 is reserved
  std::size_t guards = 0;  // externals beyond the outputs: XNNPACK loses a NaN where one of them has one
};

}  // namespace ptetool::xnn

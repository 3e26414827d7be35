// How diff names and compares what is inside XNNPACK graphs.
#pragma once

#include <string>
#include <vector>

#include "ptetool/format/xnnpack_graph.h"

namespace ptetool::compare {

// For each value (by index) the node that uses it first and as what: "FullyConnected 2, filter"; empty where none does.
std::vector<std::string> constant_roles(const xnn::Graph& graph);

// The same numbers, wherever the scales are kept.
bool same_quantisation(const xnn::QuantParams& a, ByteView scales_a, const xnn::QuantParams& b, ByteView scales_b);

}  // namespace ptetool::compare

// What XNNPACK says about the operators of a runtime, and which nodes of the graph they are.
#pragma once

#include <xnnpack.h>

#include <span>
#include <string>
#include <vector>

#include "ptetool/runtime/delegate.h"
#include "xnnpack/graph_plan.h"

namespace ptetool::xnn {

// Of a runtime that was created to measure; else empty. Microseconds are those of the last execution.
std::vector<std::string> operator_names(xnn_runtime_t runtime);
std::vector<std::uint64_t> operator_microseconds(xnn_runtime_t runtime);

// XNNPACK fuses nodes and adds conversions; operators keep the graph's order. So each is told by the next node whose
// kind fits its name, with that node's output at `shapes`; an operator that fits none has only its name.
std::vector<DelegateNode> describe_operators(std::span<const std::string> names, const GraphPlan& plan,
                                             std::span<const Sizes> shapes);

}  // namespace ptetool::xnn

// A graph executed by the reference kernels.
#pragma once

#include <memory>
#include <string>

#include "ptetool/base/threads.h"
#include "ptetool/runtime/delegate.h"
#include "xnnpack/graph_plan.h"

namespace ptetool::xnn {

// `fallback`: why the reference kernels stand in for XNNPACK; empty where they were asked for.
std::unique_ptr<DelegateInstance> make_reference_instance(std::shared_ptr<const GraphPlan> plan,
                                                          std::shared_ptr<const ThreadPool> threads,
                                                          std::string fallback = {});

}  // namespace ptetool::xnn

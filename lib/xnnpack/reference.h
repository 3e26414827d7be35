// A graph executed by the reference kernels.
#pragma once

#include <memory>

#include "ptetool/base/threads.h"
#include "ptetool/runtime/delegate.h"
#include "xnnpack/graph_plan.h"

namespace ptetool::xnn {

std::unique_ptr<DelegateInstance> make_reference_instance(GraphPlan plan, std::shared_ptr<const ThreadPool> threads);

}  // namespace ptetool::xnn

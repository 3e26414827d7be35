// Views of static shape, which the exporter elides: values that no instruction writes, in the memory of another one.
#pragma once

#include "runtime/state.h"

namespace ptetool {

// The exporter takes such a view for one of contiguous memory, whatever the dim order of the tensor under it: after an
// interpolation that turns to channels last, say, ExecuTorch reads elements of other places. Here the view gets the dim
// order in which it has the elements that it has in PyTorch, where there is one. Call once, after every instruction is
// bound.
void order_elided_views(MethodState& state);

}  // namespace ptetool

// Constants that a program transposes before it multiplies by them.
#pragma once

#include "runtime/state.h"

namespace ptetool {

// A program without aten::linear transposes the same weights again in every execution. Matrix products read their
// operands in any dim order: where nothing else reads the result of such a transposition, nor its memory through a view
// that the exporter elided, it becomes a view of the constant, and the instruction is marked as done. Call once, after
// every instruction is bound.
void view_transposed_constants(MethodState& state);

}  // namespace ptetool

// A runtime's operators as a list of what they call, so that a run reads little else.
#pragma once

#include <stdbool.h>

#include "xnnpack.h"
#include "xnnpack/subgraph.h"

// Runs the operators of a runtime from its list, which the second run after they have been set up makes. False where there
// is none: they have to be run one by one, then. Where the runtime measures, now() is when each ended.
bool ptetool_run_list(xnn_runtime_t runtime, xnn_timestamp (*now)(void), enum xnn_status* status);

// Operators have been set up anew, or are about to be deleted.
void ptetool_forget_list(xnn_runtime_t runtime);

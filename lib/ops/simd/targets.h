// What every file of this folder includes first. Its functions are compiled once for each instruction set that the
// compiler knows, by Highway, and the best one for this CPU is taken at run time. They are the loops that time is spent
// in: over plain, contiguous arrays, without shapes, dtypes or errors, which are the callers' business.
#pragma once

// Vectors of unknown size cannot be kept in the tables that tiles of results need.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_RVV)

// The steps between blocks of numbers that readers, writers and scalars share.
#pragma once

#include "ops/compute.h"

namespace ptetool::ops {

using Convert = void (*)(const void*, void*, std::int64_t);
// From numbers of dtype `from` to numbers of dtype `to`; null where they are represented alike.
Convert converter(ScalarType from, ScalarType to);

using Narrow = void (*)(void*, std::int64_t);
// Rounds or wraps numbers of its compute type to what a dtype holds; null where that is all of them.
Narrow narrower(ScalarType dtype);

}  // namespace ptetool::ops

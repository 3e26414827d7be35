// Attention of a few rows, as when a single token is decoded: reading the keys and values is what takes the time, so
// they are read once, in the order in which they lie, for all heads. Threads share the positions, not the heads.
#pragma once

#include "ops/attention.h"

namespace ptetool::ops {

// Rows of a key head that this is made for.
std::int64_t most_streamed_rows();

// The same as attend(), for at most most_streamed_rows() rows of a key head: `rows` is their number.
void attend_streaming(const Call& call, const Attention& attention, std::int64_t rows);

}  // namespace ptetool::ops

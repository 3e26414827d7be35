// Turning rows into columns, for elements of four bytes.
#pragma once

#include <cstdint>

namespace ptetool::ops::simd {

// to[column * to_step + row] = from[row * from_step + column], steps in elements. The two do not overlap.
void transpose(const std::uint32_t* from, std::int64_t from_step, std::int64_t rows, std::int64_t columns,
               std::uint32_t* to, std::int64_t to_step);

}  // namespace ptetool::ops::simd

// What a product of matrices may do beside multiplying (f32_12x32_avx512f.c): add another matrix to its result, and ask
// for the weights of its next columns while it goes through the rows of these. A part of XNNPACK's contexts of products.
#pragma once

#include <stddef.h>

struct ptetool_beside {
  // Of the result's shape and strides, added to it before it is clamped; null: none.
  const void* addend;
  // How many rows a tile has, and how many tiles of rows share a tile of columns.
  size_t row_tile, row_tiles;
};

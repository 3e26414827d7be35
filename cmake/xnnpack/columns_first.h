// The order of tiles in a product of matrices: for weights beyond a core's cache all rows go through a tile of columns
// before the next tile is read.
#pragma once

#include <stddef.h>

#include "beside.h"

struct compute_parameters;

// Lets a product of matrices, described as rows times columns, go through its rows for every tile of columns, where there
// are several tiles of rows and the weights of all columns exceed a core's cache; and lets our own kernels do what they
// can do beside. column_bytes: of one column's weights; kernel: the micro-kernel; beside: of the product's context.
void ptetool_columns_first(struct compute_parameters* compute, size_t column_bytes, size_t nr, void (*kernel)(void),
                           struct ptetool_beside* beside);

// Whether a micro-kernel can do what ptetool_beside says.
int ptetool_is_wide_kernel(void (*kernel)(void));

#pragma once

#include <stddef.h>

struct compute_parameters;

// Lets a product of matrices, described as rows times columns, go through its rows for every tile of columns, where there
// are several tiles of rows and the weights of all columns exceed a core's cache. column_bytes: of one column's weights.
void ptetool_columns_first(struct compute_parameters* compute, size_t column_bytes, size_t nr);

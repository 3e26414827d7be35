// Kernels for convolutions of int8 numbers whose weights fill too little of a tile for AMX.
#pragma once

#include <stddef.h>

#include "xnnpack/config.h"

// XNNPACK's choice for weights [columns][depth] with a scale for each column, or what it would be without AMX.
const struct xnn_gemm_config* ptetool_qs8_qc8w_gemm_config(size_t depth, size_t columns);

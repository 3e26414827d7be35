// Weights of 8 bits in the order in which kernels read them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "xnnpack/pack.h"

// Arguments and result of xnn_pack_qs8_gemm_goi_w() and xnn_pack_qs8_conv_goki_w(), which take their numbers one by one.
// Columns behind the last are left as they are. `params` may be null: an input with the zero point 0.
void ptetool_pack_qs8_gemm_goi_w(size_t g, size_t nc, size_t kc, size_t nr, size_t kr, size_t sr, const int8_t* kernel,
                                 const int32_t* bias, const float* scale, void* packed_weights, size_t extra_bytes,
                                 const struct xnn_qs8_packing_params* params);
void ptetool_pack_qs8_conv_goki_w(size_t g, size_t nc, size_t ks, size_t kc, size_t nr, size_t kr, size_t sr,
                                  const int8_t* kernel, const int32_t* bias, const float* scale, void* packed_weights,
                                  size_t extra_bytes, const struct xnn_qs8_packing_params* params);

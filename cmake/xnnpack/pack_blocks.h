// Weights of 4 bits in groups in the order in which kernels read them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "xnnpack/pack.h"

// Arguments and result, to the bit, of xnn_pack_qs8_qb4w_gemm_goi_w(), which takes its numbers one by one.
void ptetool_pack_qs8_qb4w_gemm_goi_w(size_t g, size_t nc, size_t kc, size_t nr, size_t kr, size_t sr, size_t bl,
                                      const uint8_t* kernel, const float* bias, const xnn_bfloat16* scale,
                                      void* packed_weights, size_t extra_bytes_bl, size_t extra_bytes_n,
                                      const struct xnn_qs8_qc4w_packing_params* params);

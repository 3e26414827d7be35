// Filters of convolutions in the order in which kernels read them.
#pragma once

#include <stddef.h>

// Arguments and result of xnn_pack_f32_conv_goki_w(), which takes its numbers one by one.
void ptetool_pack_f32_conv_goki_w(size_t g, size_t nc, size_t ks, size_t kc, size_t nr, size_t kr, size_t sr,
                                  const float* kernel, const float* bias, const void* scale, float* packed_weights,
                                  size_t extra_bytes, const void* params);

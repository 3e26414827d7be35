// The micro-kernels of f32_12x32_avx512f.c with what they do beside multiplying.
#pragma once

#include <stddef.h>

#include "xnnpack/microparams.h"

struct ptetool_kernel_beside {
  // Asked for while the product is computed: from here on, so many bytes for each row of weights. Any address will do.
  const char* next;
  size_t next_step;
  // From the result to what is added to it, in bytes; 0: nothing is.
  ptrdiff_t addend_offset;
};

void ptetool_f32_gemm_12x32(
    size_t mr, size_t nc, size_t kc, const float* a, size_t a_stride, const float* w, float* c, size_t cm_stride,
    size_t cn_stride, const union xnn_f32_minmax_params* params, const struct ptetool_kernel_beside* beside);

void ptetool_f32_igemm_12x32(
    size_t mr, size_t nc, size_t kc, size_t ks, const float** a, const float* w, float* c, size_t cm_stride,
    size_t cn_stride, size_t a_offset, const float* zero, const union xnn_f32_minmax_params* params,
    const struct ptetool_kernel_beside* beside);

// The product of one row of float32 and a matrix, for AVX512, 32 columns at a time: a micro-kernel that the build uses
// in place of XNNPACK's for single rows (XnnpackCorrections.cmake), with the same arguments and, to the bit, results.
// With one row all the time goes into waiting for weights, and the processor does not ask for enough of them by itself.
#include <assert.h>
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "xnnpack/common.h"
#include "xnnpack/gemm.h"
#include "xnnpack/microparams.h"

// How many bytes ahead: far into the second-level cache, a little into the first. Each by itself is slower.
#define FAR_AHEAD 4096
#define AHEAD 1536

static inline __m512 load(const float* w) {
  _mm_prefetch((const char*)w + FAR_AHEAD, _MM_HINT_T1);
  _mm_prefetch((const char*)w + AHEAD, _MM_HINT_T0);
  return _mm512_load_ps(w);
}

static inline void store(float* c, size_t columns, __m512 sums, __m512 min, __m512 max) {
  const __mmask16 mask = columns < 16 ? (__mmask16)((1u << columns) - 1) : (__mmask16)0xffff;
  _mm512_mask_storeu_ps(c, mask, _mm512_min_ps(max, _mm512_max_ps(min, sums)));
}

void ptetool_f32_gemm_1x32(
    size_t mr, size_t nc, size_t kc, const float* restrict a, size_t a_stride, const float* restrict w,
    float* restrict c, size_t cm_stride, size_t cn_stride,
    const union xnn_f32_minmax_params params[restrict XNN_MIN_ELEMENTS(1)]) {
  assert(mr == 1 && nc != 0 && kc != 0 && kc % sizeof(float) == 0);
  const __m512 min = _mm512_set1_ps(params->scalar.min), max = _mm512_set1_ps(params->scalar.max);
  for (;;) {
    __m512 left = load(w), right = load(w + 16);
    w += 32;
    for (size_t k = 0; k != kc; k += sizeof(float)) {
      const __m512 number = _mm512_set1_ps(*(const float*)((uintptr_t)a + k));
      left = _mm512_fmadd_ps(number, load(w), left);
      right = _mm512_fmadd_ps(number, load(w + 16), right);
      w += 32;
    }
    store(c, nc, left, min, max);
    if (nc > 16) store(c + 16, nc - 16, right, min, max);
    if (nc <= 32) return;
    c = (float*)((uintptr_t)c + cn_stride);
    nc -= 32;
  }
}

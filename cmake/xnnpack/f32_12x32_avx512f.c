// Products of float32 matrices for AVX512, twelve rows and 32 columns at a time: micro-kernels that the build adds to
// XNNPACK (XnnpackCorrections.cmake), beside its own of seven rows, with the same arguments and, to the bit, results.
//
// Weights that the first-level cache does not hold come from the second one for every few rows: with seven rows that is
// what the time goes into. Twelve are as many as there are registers for their addresses.
#include <assert.h>
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "xnnpack/common.h"
#include "xnnpack/gemm.h"
#include "xnnpack/igemm.h"
#include "xnnpack/microparams.h"

#define ROWS 12
#define FEW_ROWS 7
// Weights are asked for so many numbers before they are needed: the way from the second-level cache.
#define AHEAD 96
// And from memory, when they are read for the first time.
#define FAR_AHEAD 1024

#define HALF_ROWS 6

#define EACH_OF_SIX(ACTION) ACTION(0) ACTION(1) ACTION(2) ACTION(3) ACTION(4) ACTION(5)
#define EACH_OF_TWELVE(ACTION) EACH_OF_SIX(ACTION) ACTION(6) ACTION(7) ACTION(8) ACTION(9) ACTION(10) ACTION(11)

#define BEGIN_SUMS(r) __m512 left##r = bias_left, right##r = bias_right;
#define MULTIPLY(r)                                                             \
  {                                                                             \
    const __m512 number = _mm512_set1_ps(*(const float*)((uintptr_t)a##r + k)); \
    left##r = _mm512_fmadd_ps(number, w_left, left##r);                         \
    right##r = _mm512_fmadd_ps(number, w_right, right##r);                      \
  }
// Rows of numbers a0 … a11, of kc bytes.
#define ADD_PRODUCTS(EACH_ROW)                                    \
  for (size_t k = 0; k < kc; k += sizeof(float)) {                \
    const __m512 w_left = _mm512_load_ps(w);                      \
    const __m512 w_right = _mm512_load_ps(w + 16);                \
    _mm_prefetch((const char*)(w + FAR_AHEAD), _MM_HINT_T1);      \
    _mm_prefetch((const char*)(w + FAR_AHEAD + 16), _MM_HINT_T1); \
    _mm_prefetch((const char*)(w + AHEAD), _MM_HINT_T0);          \
    _mm_prefetch((const char*)(w + AHEAD + 16), _MM_HINT_T0);     \
    w += 32;                                                      \
    EACH_ROW(MULTIPLY)                                            \
  }
#define STORE(r)                                                                                   \
  {                                                                                                \
    float* row = (float*)((uintptr_t)c + r * cm_stride);                                           \
    _mm512_mask_storeu_ps(row, mask_left, _mm512_min_ps(_mm512_max_ps(left##r, min), max));        \
    _mm512_mask_storeu_ps(row + 16, mask_right, _mm512_min_ps(_mm512_max_ps(right##r, min), max)); \
  }

static inline __mmask16 columns_from(size_t nc, size_t first) {
  const size_t columns = nc > first ? nc - first : 0;
  return columns < 16 ? (__mmask16)((1u << columns) - 1) : (__mmask16)0xffff;
}

void xnn_f32_gemm_minmax_ukernel_12x32__avx512f_broadcast(
    size_t mr, size_t nc, size_t kc, const float* restrict a, size_t a_stride, const float* restrict w,
    float* restrict c, size_t cm_stride, size_t cn_stride,
    const union xnn_f32_minmax_params params[restrict XNN_MIN_ELEMENTS(1)]) {
  assert(mr != 0 && mr <= ROWS && nc != 0 && kc != 0 && kc % sizeof(float) == 0);
  if (mr < ROWS) {
    for (size_t r = 0; r < mr; r += FEW_ROWS) {
      xnn_f32_gemm_minmax_ukernel_7x32__avx512f_broadcast(
          mr - r < FEW_ROWS ? mr - r : FEW_ROWS, nc, kc, (const float*)((uintptr_t)a + r * a_stride), a_stride, w,
          (float*)((uintptr_t)c + r * cm_stride), cm_stride, cn_stride, params);
    }
    return;
  }
  const __m512 min = _mm512_set1_ps(params->scalar.min), max = _mm512_set1_ps(params->scalar.max);
#define ROW_OF_MATRIX(r) const float* a##r = (const float*)((uintptr_t)a + r * a_stride);
  EACH_OF_TWELVE(ROW_OF_MATRIX)
  do {
    const __m512 bias_left = _mm512_load_ps(w), bias_right = _mm512_load_ps(w + 16);
    w += 32;
    EACH_OF_TWELVE(BEGIN_SUMS)
    ADD_PRODUCTS(EACH_OF_TWELVE)
    const __mmask16 mask_left = columns_from(nc, 0), mask_right = columns_from(nc, 16);
    EACH_OF_TWELVE(STORE)
    c = (float*)((uintptr_t)c + cn_stride);
    nc -= nc < 32 ? nc : 32;
  } while (nc != 0);
}

// Of rows from mr on nothing is written.
#define ROW_OF_TAP(r) const float* a##r = a[r] == zero ? zero : (const float*)((uintptr_t)a[r] + a_offset);
#define STORE_IF_THERE(r) \
  if (r < mr) STORE(r)
#define DEFINE_CONVOLVE(name, EACH_ROW)                                                                           \
  static void name(size_t mr, size_t nc, size_t kc, size_t ks, const float** restrict a, const float* restrict w, \
                   float* restrict c, size_t cm_stride, size_t cn_stride, size_t a_offset, const float* zero,     \
                   const union xnn_f32_minmax_params* params) {                                                   \
    const __m512 min = _mm512_set1_ps(params->scalar.min), max = _mm512_set1_ps(params->scalar.max);              \
    do {                                                                                                          \
      const __m512 bias_left = _mm512_load_ps(w), bias_right = _mm512_load_ps(w + 16);                            \
      w += 32;                                                                                                    \
      EACH_ROW(BEGIN_SUMS)                                                                                        \
      for (size_t tap = 0; tap < ks; tap += ROWS * sizeof(void*)) {                                               \
        EACH_ROW(ROW_OF_TAP)                                                                                      \
        a += ROWS;                                                                                                \
        ADD_PRODUCTS(EACH_ROW)                                                                                    \
      }                                                                                                           \
      a = (const float**)((uintptr_t)a - ks);                                                                     \
      const __mmask16 mask_left = columns_from(nc, 0), mask_right = columns_from(nc, 16);                         \
      EACH_ROW(STORE_IF_THERE)                                                                                    \
      c = (float*)((uintptr_t)c + cn_stride);                                                                     \
      nc -= nc < 32 ? nc : 32;                                                                                    \
    } while (nc != 0);                                                                                            \
  }
DEFINE_CONVOLVE(convolve, EACH_OF_TWELVE)
DEFINE_CONVOLVE(convolve_half, EACH_OF_SIX)

void xnn_f32_igemm_minmax_ukernel_12x32__avx512f_broadcast(
    size_t mr, size_t nc, size_t kc, size_t ks, const float** restrict a, const float* restrict w, float* restrict c,
    size_t cm_stride, size_t cn_stride, size_t a_offset, const float* zero,
    const union xnn_f32_minmax_params params[restrict XNN_MIN_ELEMENTS(1)]) {
  assert(mr != 0 && mr <= ROWS && nc != 0 && kc != 0 && kc % sizeof(float) == 0);
  assert(ks != 0 && ks % (ROWS * sizeof(void*)) == 0);
  (mr <= HALF_ROWS ? convolve_half : convolve)(mr, nc, kc, ks, a, w, c, cm_stride, cn_stride, a_offset, zero, params);
}

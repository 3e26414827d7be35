// Products of float32 matrices for AVX512, twelve rows and 32 columns at a time: micro-kernels that the build adds to
// XNNPACK (XnnpackCorrections.cmake), beside its own of seven rows, with the same arguments and, to the bit, results.
//
// Weights that the first-level cache does not hold come from the second one for every few rows: with seven rows that is
// what the time goes into. Twelve are as many as there are registers for their addresses. What is left over at the end of
// a matrix, fewer rows, takes as much less time.
// Each register counts: without this GCC keeps addresses in vector registers, which takes the time of a product to read.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("tune=skylake-avx512")
#endif

#include <assert.h>
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "f32_12x32.h"
#include "xnnpack/common.h"
#include "xnnpack/gemm.h"
#include "xnnpack/igemm.h"
#include "xnnpack/microparams.h"

#define ROWS 12
// Weights are asked for so many numbers before they are needed: the way from the second-level cache.
#define AHEAD 96
// And from memory, when they are read for the first time.
#define FAR_AHEAD 1024

#define EACH_OF_2(ACTION) ACTION(0) ACTION(1)
#define EACH_OF_4(ACTION) EACH_OF_2(ACTION) ACTION(2) ACTION(3)
#define EACH_OF_6(ACTION) EACH_OF_4(ACTION) ACTION(4) ACTION(5)
#define EACH_OF_8(ACTION) EACH_OF_6(ACTION) ACTION(6) ACTION(7)
#define EACH_OF_10(ACTION) EACH_OF_8(ACTION) ACTION(8) ACTION(9)
#define EACH_OF_12(ACTION) EACH_OF_10(ACTION) ACTION(10) ACTION(11)
#define EACH_COUNT(ACTION) ACTION(2) ACTION(4) ACTION(6) ACTION(8) ACTION(10) ACTION(12)

#define BEGIN_SUMS(r) __m512 left##r = bias_left, right##r = bias_right;
#define MULTIPLY(r)                                                             \
  {                                                                             \
    const __m512 number = _mm512_set1_ps(*(const float*)((uintptr_t)a##r + (size_t)k)); \
    left##r = _mm512_fmadd_ps(number, w_left, left##r);                         \
    right##r = _mm512_fmadd_ps(number, w_right, right##r);                      \
  }
// Of sixteen registers twelve are the rows', one is the stack's, three are k, w and next: what is left stays in memory.
#define ADVANCE_NEXT __asm__("addq %1, %0" : "+r"(next) : "m"(next_step));
// Rows of numbers that end, kc bytes long, at a0, a1 ….
#define ADD_PRODUCTS(EACH_ROW)                                    \
  for (ptrdiff_t k = -(ptrdiff_t)kc; k != 0; k += sizeof(float)) { \
    const __m512 w_left = _mm512_load_ps(w);                      \
    const __m512 w_right = _mm512_load_ps(w + 16);                \
    _mm_prefetch((const char*)(w + FAR_AHEAD), _MM_HINT_T1);      \
    _mm_prefetch((const char*)(w + FAR_AHEAD + 16), _MM_HINT_T1); \
    _mm_prefetch((const char*)(w + AHEAD), _MM_HINT_T0);          \
    _mm_prefetch((const char*)(w + AHEAD + 16), _MM_HINT_T0);     \
    _mm_prefetch(next, _MM_HINT_T1);                              \
    ADVANCE_NEXT                                                  \
    w += 32;                                                      \
    EACH_ROW(MULTIPLY)                                            \
  }
// Functions are for an even number of rows, and the last of them may not be there. Of two numbers the largest and the
// smallest are the second where one is a NaN: the sum, so that it stays one.
#define STORE(r)                                                                                \
  if (r != last || r < mr) {                                                                    \
    float* row = (float*)((uintptr_t)c + r * cm_stride);                                        \
    if (addend_offset != 0) {                                                                   \
      const float* addend = (const float*)((uintptr_t)row + (size_t)addend_offset);             \
      left##r = _mm512_add_ps(left##r, _mm512_maskz_loadu_ps(mask_left, addend));               \
      right##r = _mm512_add_ps(right##r, _mm512_maskz_loadu_ps(mask_right, addend + 16));       \
    }                                                                                           \
    _mm512_mask_storeu_ps(row, mask_left, _mm512_min_ps(max, _mm512_max_ps(min, left##r)));     \
    _mm512_mask_storeu_ps(row + 16, mask_right, _mm512_min_ps(max, _mm512_max_ps(min, right##r))); \
  }
#define ROW_OF_MATRIX(r) const float* a##r = (const float*)((uintptr_t)a + (r != last || r < mr ? r * a_stride : 0) + kc);
#define ROW_OF_TAP(r) const float* a##r = a[r] == zero ? zero_end : (const float*)((uintptr_t)a[r] + end_offset);

static inline __mmask16 columns_from(size_t nc, size_t first) {
  const size_t columns = nc > first ? nc - first : 0;
  return columns < 16 ? (__mmask16)((1u << columns) - 1) : (__mmask16)0xffff;
}

#define BEGIN_COLUMNS                                                                                      \
  const char* next = beside->next;                                                                         \
  const size_t next_step = beside->next_step;                                                              \
  const ptrdiff_t addend_offset = beside->addend_offset;
#define BEGIN_COLUMN                                                               \
  const __m512 bias_left = _mm512_load_ps(w), bias_right = _mm512_load_ps(w + 16); \
  w += 32;
#define END_COLUMN(EACH_ROW)                                                           \
  const __mmask16 mask_left = columns_from(nc, 0), mask_right = columns_from(nc, 16); \
  const __m512 min = _mm512_set1_ps(params->scalar.min);                              \
  const __m512 max = _mm512_set1_ps(params->scalar.max);                              \
  EACH_ROW(STORE)                                                                      \
  c = (float*)((uintptr_t)c + cn_stride);                                              \
  nc -= nc < 32 ? nc : 32;

#define DEFINE_OF_MATRIX(count)                                                                                 \
  static void multiply_##count(size_t mr, size_t nc, size_t kc, const float* restrict a, size_t a_stride,       \
                               const float* restrict w, float* c, size_t cm_stride, size_t cn_stride,           \
                               const union xnn_f32_minmax_params* params,                                       \
                               const struct ptetool_kernel_beside* beside) {                                    \
    const size_t last = count - 1;                                                                              \
    BEGIN_COLUMNS                                                                                               \
    EACH_OF_##count(ROW_OF_MATRIX)                                                                              \
    do {                                                                                                        \
      BEGIN_COLUMN                                                                                              \
      EACH_OF_##count(BEGIN_SUMS)                                                                               \
      ADD_PRODUCTS(EACH_OF_##count)                                                                             \
      END_COLUMN(EACH_OF_##count)                                                                               \
    } while (nc != 0);                                                                                          \
  }
EACH_COUNT(DEFINE_OF_MATRIX)

#define DEFINE_OF_TAPS(count)                                                                                     \
  static void convolve_##count(size_t mr, size_t nc, size_t kc, size_t ks, const float** restrict a,              \
                               const float* restrict w, float* c, size_t cm_stride, size_t cn_stride,             \
                               size_t a_offset, const float* zero, const union xnn_f32_minmax_params* params,     \
                               const struct ptetool_kernel_beside* beside) {                                      \
    const size_t last = count - 1, end_offset = a_offset + kc;                                                    \
    const float* const zero_end = (const float*)((uintptr_t)zero + kc);                                           \
    BEGIN_COLUMNS                                                                                                 \
    do {                                                                                                          \
      BEGIN_COLUMN                                                                                                \
      EACH_OF_##count(BEGIN_SUMS)                                                                                 \
      for (size_t tap = 0; tap < ks; tap += ROWS * sizeof(void*)) {                                               \
        EACH_OF_##count(ROW_OF_TAP)                                                                               \
        a += ROWS;                                                                                                \
        ADD_PRODUCTS(EACH_OF_##count)                                                                             \
      }                                                                                                           \
      a = (const float**)((uintptr_t)a - ks);                                                                     \
      END_COLUMN(EACH_OF_##count)                                                                                 \
    } while (nc != 0);                                                                                            \
  }
EACH_COUNT(DEFINE_OF_TAPS)

#define IN_TABLE_OF_MATRICES(count) multiply_##count,
#define IN_TABLE_OF_TAPS(count) convolve_##count,

void ptetool_f32_gemm_12x32(
    size_t mr, size_t nc, size_t kc, const float* a, size_t a_stride, const float* w, float* c, size_t cm_stride,
    size_t cn_stride, const union xnn_f32_minmax_params* params, const struct ptetool_kernel_beside* beside) {
  assert(mr != 0 && mr <= ROWS && nc != 0 && kc != 0 && kc % sizeof(float) == 0);
  static void (*const of_rows[])(size_t, size_t, size_t, const float* restrict, size_t, const float* restrict, float*,
                                 size_t, size_t, const union xnn_f32_minmax_params*,
                                 const struct ptetool_kernel_beside*) = {EACH_COUNT(IN_TABLE_OF_MATRICES)};
  of_rows[(mr - 1) / 2](mr, nc, kc, a, a_stride, w, c, cm_stride, cn_stride, params, beside);
}

void ptetool_f32_igemm_12x32(
    size_t mr, size_t nc, size_t kc, size_t ks, const float** a, const float* w, float* c, size_t cm_stride,
    size_t cn_stride, size_t a_offset, const float* zero, const union xnn_f32_minmax_params* params,
    const struct ptetool_kernel_beside* beside) {
  assert(mr != 0 && mr <= ROWS && nc != 0 && kc != 0 && kc % sizeof(float) == 0);
  assert(ks != 0 && ks % (ROWS * sizeof(void*)) == 0);
  static void (*const of_rows[])(size_t, size_t, size_t, size_t, const float** restrict, const float* restrict, float*,
                                 size_t, size_t, size_t, const float*, const union xnn_f32_minmax_params*,
                                 const struct ptetool_kernel_beside*) = {EACH_COUNT(IN_TABLE_OF_TAPS)};
  of_rows[(mr - 1) / 2](mr, nc, kc, ks, a, w, c, cm_stride, cn_stride, a_offset, zero, params, beside);
}

void xnn_f32_gemm_minmax_ukernel_12x32__avx512f_broadcast(
    size_t mr, size_t nc, size_t kc, const float* restrict a, size_t a_stride, const float* restrict w,
    float* restrict c, size_t cm_stride, size_t cn_stride,
    const union xnn_f32_minmax_params params[restrict XNN_MIN_ELEMENTS(1)]) {
  const struct ptetool_kernel_beside nothing = {(const char*)w, 0, 0};
  ptetool_f32_gemm_12x32(mr, nc, kc, a, a_stride, w, c, cm_stride, cn_stride, params, &nothing);
}

void xnn_f32_igemm_minmax_ukernel_12x32__avx512f_broadcast(
    size_t mr, size_t nc, size_t kc, size_t ks, const float** restrict a, const float* restrict w, float* restrict c,
    size_t cm_stride, size_t cn_stride, size_t a_offset, const float* zero,
    const union xnn_f32_minmax_params params[restrict XNN_MIN_ELEMENTS(1)]) {
  const struct ptetool_kernel_beside nothing = {(const char*)w, 0, 0};
  ptetool_f32_igemm_12x32(mr, nc, kc, ks, a, w, c, cm_stride, cn_stride, a_offset, zero, params, &nothing);
}

// Products of one dynamically quantised row and weights of 8 or 4 bits with a scale for each column, for AVX512 with
// VNNI: for weights that are packed for XNNPACK's kernels for AMX. With a single row these wait for memory longer.
#include <assert.h>
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "xnnpack/common.h"
#include "xnnpack/gemm.h"
#include "xnnpack/microparams.h"

#define VECTORS 4  // of 16 columns
typedef int32_t __attribute__((may_alias, aligned(1))) four_numbers;

// Numbers [k, k + 4) of the row, plus 128, for every column.
static inline __m512i unsigned_numbers(const int8_t* a) {
  return _mm512_xor_si512(_mm512_set1_epi32(*(const four_numbers*)a), _mm512_set1_epi8((char)0x80));
}

static inline __m512i load(const int8_t* w, size_t i) {
  _mm_prefetch((const char*)w + i * 64 + 4096, _MM_HINT_T1);
  _mm_prefetch((const char*)w + i * 64 + 512, _MM_HINT_T0);
  return _mm512_loadu_si512(w + i * 64);
}

// bits: of a weight. 4-bit ones are taken times 16, as the sums of columns are.
static inline __attribute__((always_inline)) void multiply(int bits, size_t nc, size_t kc, const int8_t* a,
                                                           const int8_t* w, float* c, size_t cn_stride, float min,
                                                           float max, const struct xnn_qd8_quantization_params* row) {
  const size_t step = bits == 8 ? 4 : 8;
  const __m512i high = _mm512_set1_epi8((char)0xf0);
  const __m512i zero_point = _mm512_set1_epi32(row->zero_point + 128);
  const __m512 row_scale = _mm512_set1_ps(row->inv_scale);
  do {
    __m512i sums[VECTORS];
#pragma GCC unroll 4
    for (size_t i = 0; i < VECTORS; i++) sums[i] = _mm512_mullo_epi32(load(w, i), zero_point);
    w += VECTORS * 64;
    for (size_t k = 0; k < kc; k += step) {
      const __m512i numbers = unsigned_numbers(a + k);
      if (bits == 8) {
#pragma GCC unroll 4
        for (size_t i = 0; i < VECTORS; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], numbers, load(w, i));
      } else {
        const __m512i next = unsigned_numbers(a + k + 4);
#pragma GCC unroll 4
        for (size_t i = 0; i < VECTORS; i++) {
          const __m512i both = load(w, i);
          sums[i] = _mm512_dpbusd_epi32(sums[i], numbers, _mm512_and_si512(_mm512_slli_epi32(both, 4), high));
          sums[i] = _mm512_dpbusd_epi32(sums[i], next, _mm512_and_si512(both, high));
        }
      }
      w += VECTORS * 64;
    }
    const float* scales = (const float*)w;
    const float* biases = scales + VECTORS * 16;
    w += 2 * VECTORS * 64;
#pragma GCC unroll 4
    for (size_t i = 0; i < VECTORS; i++) {
      const __m512i whole = bits == 8 ? sums[i] : _mm512_srai_epi32(sums[i], 4);
      const __m512 scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(whole), row_scale);
      const __m512 sum = _mm512_fmadd_ps(scaled, _mm512_loadu_ps(scales + i * 16), _mm512_loadu_ps(biases + i * 16));
      const __m512 bounded = _mm512_min_ps(_mm512_set1_ps(max), _mm512_max_ps(_mm512_set1_ps(min), sum));
      const size_t left = nc > i * 16 ? nc - i * 16 : 0;
      _mm512_mask_storeu_ps(c + i * 16, left < 16 ? (__mmask16)((1u << left) - 1) : (__mmask16)0xffff, bounded);
    }
    c = (float*)((uintptr_t)c + cn_stride);
    nc -= nc < VECTORS * 16 ? nc : VECTORS * 16;
  } while (nc != 0);
}

#define KERNEL(weights, bits, params_type)                                                                           \
  void xnn_qd8_f32_##weights##_gemm_minmax_ukernel_1x64c4__avx512vnni(                                               \
      size_t mr, size_t nc, size_t kc, const int8_t* restrict a, size_t a_stride, const void* restrict w,            \
      float* restrict c, size_t cm_stride, size_t cn_stride, const params_type params[restrict XNN_MIN_ELEMENTS(1)], \
      const struct xnn_qd8_quantization_params quantization_params[restrict XNN_MIN_ELEMENTS(1)]) {                  \
    (void)a_stride;                                                                                                  \
    (void)cm_stride;                                                                                                 \
    assert(mr == 1 && nc != 0 && kc != 0);                                                                           \
    (void)mr;                                                                                                        \
    multiply(bits, nc, kc, a, (const int8_t*)w, c, cn_stride, params->scalar.min, params->scalar.max,                \
             quantization_params);                                                                                   \
  }

KERNEL(qc8w, 8, union xnn_f32_minmax_params)
KERNEL(qc4w, 4, struct xnn_f32_qc4w_minmax_params)

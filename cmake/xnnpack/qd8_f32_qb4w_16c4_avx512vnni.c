// Products of dynamically quantised rows and 4-bit weights in groups, for AVX512 with VNNI: micro-kernels that the build
// adds to XNNPACK (XnnpackCorrections.cmake), beside its own with the same arguments and results.
//
// XNNPACK's have 8 numbers of a column side by side, and add up what the lanes of a column hold after every group. Here
// 4 numbers lie side by side, one lane per column: a group ends with a conversion and a multiplication. Weights are
// taken as unsigned (v + 8) * 16, so that numbers of the rows come from memory as they are; what the 8 adds is the sum
// of the row's group, known before the columns are gone through.
#include <assert.h>
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "xnnpack/common.h"
#include "xnnpack/gemm.h"
#include "xnnpack/microparams.h"

// Rows of up to so many numbers are packed on the stack; of longer ones, one is multiplied at a time.
#define MOST_DEPTH 16384
#define MOST_GROUPS (MOST_DEPTH / 32)

typedef int32_t __attribute__((may_alias, aligned(1))) four_numbers;

struct arguments {
  size_t nc, kc, group;
  const void* w;
  size_t cn_stride;
  float min, max;
};

static int32_t offset_of_group(const int8_t* a, size_t group) {
  const __m256i ones = _mm256_set1_epi8(1);
  __m256i sums = _mm256_setzero_si256();
  for (size_t k = 0; k < group; k += 32) {
    sums = _mm256_dpbusd_epi32(sums, ones, _mm256_loadu_si256((const __m256i*) (a + k)));
  }
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
  return -128 * _mm_cvtsi128_si32(half);
}

// Far ahead into the second-level cache, and a little ahead into the first: each by itself is slower. Asked for with
// every load, that of the factors too: a group is four lines and a half, and a line left out is waited for.
static inline __attribute__((always_inline)) void ask_for_weights(const int8_t* w) {
  _mm_prefetch((const char*) w + 5120, _MM_HINT_T1);
  _mm_prefetch((const char*) w + 1024, _MM_HINT_T0);
}

// a: [kc / 8][rows][8]. offsets: [kc / group][rows], or null: computed here, for a single row.
static inline __attribute__((always_inline)) void multiply(
    const size_t rows, const int8_t* a, const int32_t* offsets, float* const* c, const float* zero_points,
    const float* scales, const struct arguments* arguments) {
  const size_t kc = arguments->kc, group = arguments->group;
  const __m512i high = _mm512_set1_epi8((char) 0xf0), sign = _mm512_set1_epi8((char) 0x80);
  const int8_t* w = (const int8_t*) arguments->w;
  size_t nc = arguments->nc;
  size_t done = 0;  // bytes of a row of results
  do {
    __m512 results[16];
    __m512i sums[16];
    const __m512 column_sums = _mm512_loadu_ps(w);
    w += 64;
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) results[r] = _mm512_mul_ps(column_sums, _mm512_set1_ps(zero_points[r]));
    const int8_t* numbers = a;
    const int32_t* next_offsets = offsets;
    for (size_t begin = 0; begin < kc; begin += group) {
      if (offsets != NULL) {
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++) sums[r] = _mm512_set1_epi32(next_offsets[r]);
        next_offsets += rows;
      } else {
        sums[0] = _mm512_set1_epi32(offset_of_group(numbers, group));
      }
      for (size_t k = 0; k < group; k += 8) {
        const __m512i both = _mm512_loadu_si512(w);
        ask_for_weights(w);
        w += 64;
        // (x & high) ^ sign
        const __m512i first = _mm512_ternarylogic_epi32(_mm512_slli_epi32(both, 4), high, sign, 0x6a);
        const __m512i second = _mm512_ternarylogic_epi32(both, high, sign, 0x6a);
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++) {
          const four_numbers* fours = (const four_numbers*) (numbers + r * 8);
          sums[r] = _mm512_dpbusd_epi32(sums[r], first, _mm512_set1_epi32(fours[0]));
          sums[r] = _mm512_dpbusd_epi32(sums[r], second, _mm512_set1_epi32(fours[1]));
        }
        numbers += rows * 8;
      }
      const __m512 factors = _mm512_castsi512_ps(
          _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i*) w)), 16));
      ask_for_weights(w);
      w += 32;
#pragma GCC unroll 16
      for (size_t r = 0; r < rows; r++) results[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[r]), factors, results[r]);
    }
    const __m512 bias = _mm512_loadu_ps(w);
    w += 64;
    const __mmask16 columns = nc < 16 ? (__mmask16) ((1u << nc) - 1) : (__mmask16) 0xffff;
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) {
      const __m512 sum = _mm512_add_ps(_mm512_mul_ps(results[r], _mm512_set1_ps(scales[r])), bias);
      const __m512 bounded = _mm512_min_ps(_mm512_set1_ps(arguments->max),
                                           _mm512_max_ps(_mm512_set1_ps(arguments->min), sum));
      _mm512_mask_storeu_ps((float*) ((uintptr_t) c[r] + done), columns, bounded);
    }
    done += arguments->cn_stride;
    nc -= nc < 16 ? nc : 16;
  } while (nc != 0);
}

static inline __attribute__((always_inline)) void run(
    const size_t rows, size_t mr, size_t nc, size_t kc, const int8_t* a, size_t a_stride, const void* w, float* c,
    size_t cm_stride, size_t cn_stride, const struct xnn_f32_qb4w_minmax_params* params,
    const struct xnn_qd8_quantization_params* quantization_params) {
  assert(mr != 0 && mr <= rows && nc != 0 && kc % params->scalar.blocksize == 0 && params->scalar.blocksize % 32 == 0);
  const struct arguments arguments = {nc, kc, params->scalar.blocksize, w, cn_stride, params->scalar.min,
                                      params->scalar.max};
  float* results[16];
  float zero_points[16], scales[16];
  for (size_t r = 0; r < rows; r++) {
    // Rows that are not there are computed as the last one.
    const size_t row = r < mr ? r : mr - 1;
    results[r] = (float*) ((uintptr_t) c + row * cm_stride);
    zero_points[r] = (float) quantization_params[row].zero_point;
    scales[r] = quantization_params[row].inv_scale;
  }
  const size_t group = arguments.group;
  if (rows == 1 || kc > MOST_DEPTH) {
    for (size_t r = 0; r < mr; r++) {
      const int8_t* row = a + r * a_stride;
      int32_t offsets[MOST_GROUPS];
      const size_t groups = kc / group;
      if (groups <= MOST_GROUPS) {
        for (size_t g = 0; g < groups; g++) offsets[g] = offset_of_group(row + g * group, group);
      }
      multiply(1, row, groups <= MOST_GROUPS ? offsets : NULL, results + r, zero_points + r, scales + r, &arguments);
    }
    return;
  }
  XNN_ALIGN(64) int8_t packed[16 * MOST_DEPTH];
  int32_t offsets[16 * MOST_GROUPS];
  for (size_t r = 0; r < rows; r++) {
    const int8_t* row = a + (r < mr ? r : mr - 1) * a_stride;
    for (size_t k = 0; k < kc; k += 8) __builtin_memcpy(packed + k * rows + r * 8, row + k, 8);
    for (size_t g = 0; g < kc / group; g++) offsets[g * rows + r] = offset_of_group(row + g * group, group);
  }
  multiply(rows, packed, offsets, results, zero_points, scales, &arguments);
}

#define KERNEL(rows)                                                                                                   \
  void xnn_qd8_f32_qb4w_gemm_minmax_ukernel_##rows##x16c4__avx512vnni(                                                 \
      size_t mr, size_t nc, size_t kc, const int8_t* a, size_t a_stride, const void* w, float* c, size_t cm_stride,    \
      size_t cn_stride, const struct xnn_f32_qb4w_minmax_params params[restrict XNN_MIN_ELEMENTS(1)],              \
      const struct xnn_qd8_quantization_params quantization_params[restrict XNN_MIN_ELEMENTS(1)]) {                \
    run(rows, mr, nc, kc, a, a_stride, w, c, cm_stride, cn_stride, params, quantization_params);                       \
  }

KERNEL(1)
KERNEL(2)
KERNEL(4)
KERNEL(7)
KERNEL(10)
KERNEL(13)

// Products of many dynamically quantised rows and 4-bit weights in groups, for AVX512 with AMX: packed weights,
// arguments and results are those of qd8_f32_qb4w_16c4_avx512vnni.c, which serves few rows.
//
// Numbers of 16 columns are unpacked once for all rows, into the layout of a tile: four numbers of a column side by
// side. A tile then holds the sums of 16 rows and 16 columns over a group; they are converted, scaled and added up
// while the tile unit works on the next groups.
#include <assert.h>
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "amx_memory.h"
#include "xnnpack/common.h"
#include "xnnpack/gemm.h"
#include "xnnpack/microparams.h"

// What is unpacked at once stays in the first-level cache: numbers of a column.
#define CHUNK 1024
#define MOST_ROWS 32
#define TILE_ROWS 16
// Of the kernel that takes groups which are longer than a chunk.
#define FEW_ROWS 13

// Operand of ldtilecfg.
struct tile_configuration {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

// Tiles: sums of four groups, then rows and weights of one step of depth, by turns.
#define SUMS_TILES 4
#define ROWS_A 4
#define WEIGHTS_A 5
#define ROWS_B 6
#define WEIGHTS_B 7

// For up to 16 rows, and steps of 32 or 64 numbers of depth.
static void configure(size_t rows, size_t step) {
  XNN_ALIGN(64) struct tile_configuration tiles = {.palette = 1};
  for (size_t i = 0; i < 8; i++) {
    const bool is_rows = i == ROWS_A || i == ROWS_B, is_weights = i == WEIGHTS_A || i == WEIGHTS_B;
    tiles.row_bytes[i] = is_rows ? (uint16_t)step : 64;
    tiles.rows[i] = (uint8_t)(is_weights ? step / 4 : rows);
  }
  // Not _tile_loadconfig: some compilers take its operand for a smaller one, and leave writes to the rest away.
  __asm__ volatile("ldtilecfg %0" ::"m"(tiles));
}

// Writes `depth` numbers of 16 columns, times 16, as [depth / 4][column][4], and the factors of their groups. Returns
// what comes after them.
static const int8_t* unpack(const int8_t* w, size_t depth, size_t group, int8_t* numbers, float* factors) {
  const __m512i high = _mm512_set1_epi8((char)0xf0);
  for (size_t begin = 0; begin < depth; begin += group) {
    for (size_t k = 0; k < group; k += 8) {
      const __m512i both = _mm512_loadu_si512(w);
      _mm_prefetch((const char*)w + 2048, _MM_HINT_T0);
      w += 64;
      _mm512_store_si512(numbers, _mm512_and_si512(_mm512_slli_epi32(both, 4), high));
      _mm512_store_si512(numbers + 64, _mm512_and_si512(both, high));
      numbers += 128;
    }
    const __m512i scales = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i*)w));
    _mm512_store_si512(factors, _mm512_slli_epi32(scales, 16));
    w += 32;
    factors += 16;
  }
  return w;
}

// Steps of add_products().
#define EACH_ROW _Pragma("GCC unroll 16") for (size_t r = 0; r < TILE_ROWS; r++)
#define MULTIPLY(tile, rows, weights)        \
  _tile_zero(tile);                          \
  for (size_t k = 0; k < group; k += step) { \
    _tile_loadd(rows, a, a_stride);          \
    _tile_loadd(weights, numbers, 64);       \
    _tile_dpbssd(tile, rows, weights);       \
    a += step;                               \
    numbers += step * 16;                    \
  }                                          \
  _tile_stored(tile, sums[tile], 64);
#define ADD(tile)                                                                    \
  {                                                                                  \
    const __m512 factor = _mm512_load_ps(factors);                                   \
    factors += 16;                                                                   \
    EACH_ROW {                                                                       \
      const __m512 sum = _mm512_cvtepi32_ps(_mm512_load_si512(sums[tile] + r * 16)); \
      all[r] = _mm512_fmadd_ps(sum, factor, all[r]);                                 \
    }                                                                                \
  }

// Adds to results[row][column] what `depth` numbers of up to 16 rows give.
static void add_products(const int8_t* a, size_t a_stride, const int8_t* numbers, const float* factors, size_t depth,
                         size_t group, size_t step, int32_t (*sums)[TILE_ROWS * 16], float* results) {
  __m512 all[TILE_ROWS];
  EACH_ROW all[r] = _mm512_load_ps(results + r * 16);
  size_t groups = depth / group;
  for (; groups >= SUMS_TILES; groups -= SUMS_TILES) {
    MULTIPLY(0, ROWS_A, WEIGHTS_A)
    MULTIPLY(1, ROWS_B, WEIGHTS_B)
    MULTIPLY(2, ROWS_A, WEIGHTS_A)
    MULTIPLY(3, ROWS_B, WEIGHTS_B)
    ADD(0)
    ADD(1)
    ADD(2)
    ADD(3)
  }
  for (; groups != 0; groups--) {
    MULTIPLY(0, ROWS_A, WEIGHTS_A)
    ADD(0)
  }
  EACH_ROW _mm512_store_ps(results + r * 16, all[r]);
}

void xnn_qd8_f32_qb4w_gemm_minmax_ukernel_32x16c4__avx512amx(
    size_t mr, size_t nc, size_t kc, const int8_t* restrict a, size_t a_stride, const void* restrict w,
    float* restrict c, size_t cm_stride, size_t cn_stride,
    const struct xnn_f32_qb4w_minmax_params params[restrict XNN_MIN_ELEMENTS(1)],
    const struct xnn_qd8_quantization_params quantization_params[restrict XNN_MIN_ELEMENTS(1)]) {
  const size_t group = params->scalar.blocksize;
  assert(mr != 0 && mr <= MOST_ROWS && nc != 0 && kc % group == 0 && group % 32 == 0);
  if (group > CHUNK) {
    for (size_t r = 0; r < mr; r += FEW_ROWS) {
      xnn_qd8_f32_qb4w_gemm_minmax_ukernel_13x16c4__avx512vnni(
          mr - r < FEW_ROWS ? mr - r : FEW_ROWS, nc, kc, a + r * a_stride, a_stride, w,
          (float*)((uintptr_t)c + r * cm_stride), cm_stride, cn_stride, params, quantization_params + r);
    }
    return;
  }
  XNN_ALIGN(64) float results[MOST_ROWS * 16] = {0};
  XNN_ALIGN(64) int32_t sums[SUMS_TILES][TILE_ROWS * 16] = {{0}};
  XNN_ALIGN(64) float factors[CHUNK / 32 * 16];
  XNN_ALIGN(64) int8_t numbers[CHUNK * 16];
  const __m512 min = _mm512_set1_ps(params->scalar.min), max = _mm512_set1_ps(params->scalar.max);
  const size_t chunk = CHUNK / group * group;
  const int8_t* next = (const int8_t*)w;
  const size_t step = group % 64 == 0 ? 64 : 32;
  configure(mr < TILE_ROWS ? mr : TILE_ROWS, step);
  do {
    const __m512 column_sums = _mm512_loadu_ps(next);
    next += 64;
    for (size_t r = 0; r < mr; r++) {
      const __m512 zero_point = _mm512_set1_ps((float)quantization_params[r].zero_point);
      _mm512_store_ps(results + r * 16, _mm512_mul_ps(column_sums, zero_point));
    }
    for (size_t begin = 0; begin < kc; begin += chunk) {
      const size_t depth = kc - begin < chunk ? kc - begin : chunk;
      next = unpack(next, depth, group, numbers, factors);
      for (size_t r = 0; r < mr; r += TILE_ROWS) {
        const bool last = mr > TILE_ROWS && mr - r < TILE_ROWS;
        if (last) configure(mr - r, step);
        add_products(a + r * a_stride + begin, a_stride, numbers, factors, depth, group, step, sums, results + r * 16);
        if (last) configure(TILE_ROWS, step);
      }
    }
    const __m512 bias = _mm512_loadu_ps(next);
    next += 64;
    const __mmask16 columns = nc < 16 ? (__mmask16)((1u << nc) - 1) : (__mmask16)0xffff;
    for (size_t r = 0; r < mr; r++) {
      const __m512 scale = _mm512_set1_ps(quantization_params[r].inv_scale);
      const __m512 sum = _mm512_add_ps(_mm512_mul_ps(_mm512_load_ps(results + r * 16), scale), bias);
      _mm512_mask_storeu_ps((float*)((uintptr_t)c + r * cm_stride), columns,
                            _mm512_min_ps(max, _mm512_max_ps(min, sum)));
    }
    c = (float*)((uintptr_t)c + cn_stride);
    nc -= nc < 16 ? nc : 16;
  } while (nc != 0);
  _tile_release();
}

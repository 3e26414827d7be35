// See pack_bytes.h. Kernels read 4 or 8 numbers of a column side by side: these are one cell. Sums of columns, which a
// zero point of the input makes part of the bias, are added up 8 or 16 bytes at once.
#include "pack_bytes.h"

#include "turn_cells.h"

#define WORD 8
#define MOST_WORDS 256  // with bytes that add up to 16 bits
#define AHEAD 1024      // of what is read: it comes from memory

// Of 32 bits, as the bias has.
static uint32_t sum_of(const int8_t* numbers, size_t count) {
  uint32_t sum = 0;
#ifdef __SSE2__
  const __m128i first = _mm_set1_epi8(-128), zero = _mm_setzero_si128();
  __m128i sums = zero;
  const size_t vectors = count / 16;
  for (size_t i = 0; i < vectors; i++) {
    if (i % 4 == 0) __builtin_prefetch(numbers + i * 16 + AHEAD);
    const __m128i from_zero = _mm_xor_si128(_mm_loadu_si128((const __m128i*)(numbers + i * 16)), first);
    sums = _mm_add_epi64(sums, _mm_sad_epu8(from_zero, zero));
  }
  sum = (uint32_t)_mm_cvtsi128_si32(sums) + (uint32_t)_mm_cvtsi128_si32(_mm_srli_si128(sums, 8));
  sum -= (uint32_t)(vectors * 16 * 128);
  numbers += vectors * 16;
  count -= vectors * 16;
#endif
  while (count >= WORD) {
    const size_t words = count / WORD < MOST_WORDS ? count / WORD : MOST_WORDS;
    uint64_t even = 0, odd = 0;
    for (size_t i = 0; i < words; i++) {
      uint64_t word;
      memcpy(&word, numbers + i * WORD, WORD);
      word ^= 0x8080808080808080;  // from -128 on
      even += word & 0x00ff00ff00ff00ff;
      odd += word >> 8 & 0x00ff00ff00ff00ff;
    }
    for (int shift = 0; shift < 64; shift += 16) {
      sum += (uint32_t)(even >> shift & 0xffff) + (uint32_t)(odd >> shift & 0xffff);
    }
    sum -= (uint32_t)(words * WORD * 128);
    numbers += words * WORD;
    count -= words * WORD;
  }
  for (size_t i = 0; i < count; i++) sum += (uint32_t)numbers[i];
  return sum;
}

// One block of columns of one place of the filter. Returns what lies behind it.
static inline uint8_t* pack_place(size_t cell, const uint8_t* from, size_t from_step, size_t columns, size_t kc,
                                  size_t nr, uint8_t* to) {
  const size_t whole = kc / cell, rest = kc % cell, step = nr * cell;
  ptetool_turn_cells(cell, from, from_step, columns, whole, to, step);
  to += whole * step;
  if (rest != 0) {
    for (size_t i = 0; i < columns; i++) {
      memset(to + i * cell, 0, cell);
      memcpy(to + i * cell, from + i * from_step + whole * cell, rest);
    }
    to += step;
  }
  return to;
}

void ptetool_pack_qs8_conv_goki_w(size_t g, size_t nc, size_t ks, size_t kc, size_t nr, size_t kr, size_t sr,
                                  const int8_t* kernel, const int32_t* bias, const float* scale, void* packed_weights,
                                  size_t extra_bytes, const struct xnn_qs8_packing_params* params) {
  static const struct xnn_qs8_packing_params none = {0};
  if (params == NULL) params = &none;
  if ((kr != 4 && kr != 8) || sr != 1) {
    xnn_pack_qs8_conv_goki_w(g, nc, ks, kc, nr, kr, sr, kernel, bias, scale, packed_weights, extra_bytes, params);
    return;
  }
  const uint32_t zero_point = (uint32_t)(int32_t)params->input_zero_point;
  const size_t from_step = ks * kc;
  const uint8_t* from = (const uint8_t*)kernel;
  uint8_t* to = packed_weights;
  for (; g != 0; g--) {
    for (size_t first = 0; first < nc; first += nr) {
      const size_t columns = nc - first < nr ? nc - first : nr;
      for (size_t i = 0; i < columns; i++) {
        const size_t column = first + i;
        uint32_t value = bias != NULL ? (uint32_t)bias[column] : 0;
        if (zero_point != 0) value -= sum_of((const int8_t*)from + column * from_step, from_step) * zero_point;
        memcpy(to + i * sizeof(value), &value, sizeof(value));
      }
      to += nr * sizeof(int32_t);
      for (size_t k = 0; k < ks; k++) {
        const uint8_t* place = from + (first * ks + k) * kc;
        to = kr == 4 ? pack_place(4, place, from_step, columns, kc, nr, to)
                     : pack_place(8, place, from_step, columns, kc, nr, to);
      }
      to += extra_bytes;
    }
    from += from_step * nc;
    if (bias != NULL) bias += nc;
  }
}

void ptetool_pack_qs8_gemm_goi_w(size_t g, size_t nc, size_t kc, size_t nr, size_t kr, size_t sr, const int8_t* kernel,
                                 const int32_t* bias, const float* scale, void* packed_weights, size_t extra_bytes,
                                 const struct xnn_qs8_packing_params* params) {
  ptetool_pack_qs8_conv_goki_w(g, nc, 1, kc, nr, kr, sr, kernel, bias, scale, packed_weights, extra_bytes, params);
}

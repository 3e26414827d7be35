// See pack_blocks.h. Kernels for which four numbers of a column lie side by side get eight at a time: they are one word
// of the source and one of the result.
#include "pack_blocks.h"

#include <string.h>

#define NUMBERS 8      // in a word
#define MOST_COLUMNS 64

// Four numbers of 4 bits, each in a byte of its own.
static inline uint32_t spread(uint32_t numbers) {
  numbers = (numbers | numbers << 8) & 0x00ff00ff;
  return (numbers | numbers << 4) & 0x0f0f0f0f;
}

static float factor_at(const xnn_bfloat16* scale, size_t index) {
  uint16_t upper;
  memcpy(&upper, (const char*)scale + index * sizeof(upper), sizeof(upper));
  const uint32_t bits = (uint32_t)upper << 16;
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

// Eight numbers of a column. Returns their sum.
static inline int32_t pack_word(const uint8_t* from, uint8_t* to) {
  uint32_t word;
  memcpy(&word, from, sizeof(word));
  const uint32_t first = spread(word & 0xffff), second = spread(word >> 16);
  word = (first | second << 4) ^ 0x88888888;
  memcpy(to, &word, sizeof(word));
  return (int32_t)(((first + second) * 0x01010101u) >> 24) - NUMBERS * 8;
}

void ptetool_pack_qs8_qb4w_gemm_goi_w(size_t g, size_t nc, size_t kc, size_t nr, size_t kr, size_t sr, size_t bl,
                                      const uint8_t* kernel, const float* bias, const xnn_bfloat16* scale,
                                      void* packed_weights, size_t extra_bytes_bl, size_t extra_bytes_n,
                                      const struct xnn_qs8_qc4w_packing_params* params) {
  const uint16_t one = 1;
  const int little_endian = *(const uint8_t*)&one == 1;
  if (g != 1 || kr != 4 || sr != 1 || nr > MOST_COLUMNS || kc % bl != 0 || bl % NUMBERS != 0 || !little_endian) {
    xnn_pack_qs8_qb4w_gemm_goi_w(g, nc, kc, nr, kr, sr, bl, kernel, bias, scale, packed_weights, extra_bytes_bl,
                                 extra_bytes_n, params);
    return;
  }
  const size_t blocks = kc / bl;
  uint8_t* to = packed_weights;
  for (size_t start = 0; start < nc; start += nr) {
    const size_t columns = nc - start < nr ? nc - start : nr;
    const uint8_t* from = kernel + start * kc / 2;
    uint8_t* const begin = to;
    float sums[MOST_COLUMNS], factors[MOST_COLUMNS];
    memcpy(sums, begin, columns * sizeof(float));
    to += nr * sizeof(float);
    for (size_t block = 0; block < blocks; block++) {
      for (size_t i = 0; i < columns; i++) factors[i] = factor_at(scale, (start + i) * blocks + block);
      for (size_t k = block * bl; k < (block + 1) * bl; k += NUMBERS) {
        for (size_t i = 0; i < columns; i++) {
          const int32_t sum = pack_word(from + (i * kc + k) / 2, to + i * sizeof(uint32_t));
          sums[i] -= (float)sum * params->input_zero_point * factors[i];
        }
        to += nr * sizeof(uint32_t);
      }
      to += extra_bytes_bl;
    }
    memcpy(begin, sums, columns * sizeof(float));
    to += extra_bytes_n;
  }
}

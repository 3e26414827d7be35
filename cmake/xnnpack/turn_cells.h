// A block of columns turned over, cell by cell: what lies behind each other in a column of the source comes to lie beside
// the same cell of the other columns. As many cells at a time as a cache line has, so that a line is read once; in
// squares of 16 bytes where there are vectors of that.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define PTETOOL_LINE 64

#ifdef __SSE2__

static inline void ptetool_turn_4_bytes(const uint8_t* from, size_t from_step, uint8_t* to, size_t to_step) {
  const __m128i a = _mm_loadu_si128((const __m128i*)from);
  const __m128i b = _mm_loadu_si128((const __m128i*)(from + from_step));
  const __m128i c = _mm_loadu_si128((const __m128i*)(from + 2 * from_step));
  const __m128i d = _mm_loadu_si128((const __m128i*)(from + 3 * from_step));
  const __m128i ab = _mm_unpacklo_epi32(a, b), cd = _mm_unpacklo_epi32(c, d);
  const __m128i ab_later = _mm_unpackhi_epi32(a, b), cd_later = _mm_unpackhi_epi32(c, d);
  _mm_storeu_si128((__m128i*)to, _mm_unpacklo_epi64(ab, cd));
  _mm_storeu_si128((__m128i*)(to + to_step), _mm_unpackhi_epi64(ab, cd));
  _mm_storeu_si128((__m128i*)(to + 2 * to_step), _mm_unpacklo_epi64(ab_later, cd_later));
  _mm_storeu_si128((__m128i*)(to + 3 * to_step), _mm_unpackhi_epi64(ab_later, cd_later));
}

static inline void ptetool_turn_8_bytes(const uint8_t* from, size_t from_step, uint8_t* to, size_t to_step) {
  const __m128i a = _mm_loadu_si128((const __m128i*)from);
  const __m128i b = _mm_loadu_si128((const __m128i*)(from + from_step));
  _mm_storeu_si128((__m128i*)to, _mm_unpacklo_epi64(a, b));
  _mm_storeu_si128((__m128i*)(to + to_step), _mm_unpackhi_epi64(a, b));
}

#endif

// Cell i of column c goes from `from + c * from_step + i * cell` to `to + i * to_step + c * cell`; steps in bytes. Cells
// have 4 or 8 bytes.
static inline void ptetool_turn_cells(size_t cell, const uint8_t* from, size_t from_step, size_t columns, size_t cells,
                                      uint8_t* to, size_t to_step) {
  const size_t most = PTETOOL_LINE / cell, side = 16 / cell;
  for (size_t first = 0; first < cells; first += most) {
    const size_t count = cells - first < most ? cells - first : most;
    size_t column = 0;
#ifdef __SSE2__
    for (; count == most && column + side <= columns; column += side) {
      const uint8_t* line = from + column * from_step + first * cell;
      uint8_t* place = to + first * to_step + column * cell;
      for (size_t i = 0; i < most; i += side) {
        if (cell == 4) ptetool_turn_4_bytes(line + i * cell, from_step, place + i * to_step, to_step);
        if (cell == 8) ptetool_turn_8_bytes(line + i * cell, from_step, place + i * to_step, to_step);
      }
    }
#endif
    for (; column < columns; column++) {
      const uint8_t* line = from + column * from_step + first * cell;
      uint8_t* place = to + first * to_step + column * cell;
      for (size_t i = 0; i < count; i++) memcpy(place + i * to_step, line + i * cell, cell);
    }
  }
}

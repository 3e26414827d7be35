// See pack_convolution.h. Where a kernel takes one number of each column after the other, a block of columns is turned
// over: as many numbers at a time as a cache line has, so that a line is read once.
#include "pack_convolution.h"

#include <stdint.h>
#include <string.h>

#include "xnnpack/pack.h"

#define LINE 16

// to[i * to_step + column] = from[column * from_step + i]
static void turn(const float* from, size_t from_step, size_t columns, size_t count, float* to, size_t to_step) {
  for (size_t first = 0; first < count; first += LINE) {
    const size_t numbers = count - first < LINE ? count - first : LINE;
    for (size_t column = 0; column < columns; column++) {
      const float* line = from + column * from_step + first;
      float* place = to + first * to_step + column;
      for (size_t i = 0; i < numbers; i++) place[i * to_step] = line[i];
    }
  }
}

void ptetool_pack_f32_conv_goki_w(size_t g, size_t nc, size_t ks, size_t kc, size_t nr, size_t kr, size_t sr,
                                  const float* kernel, const float* bias, const void* scale, float* packed_weights,
                                  size_t extra_bytes, const void* params) {
  if (kr != 1 || sr != 1) {
    xnn_pack_f32_conv_goki_w(g, nc, ks, kc, nr, kr, sr, kernel, bias, scale, packed_weights, extra_bytes, params);
    return;
  }
  for (; g != 0; g--) {
    for (size_t first = 0; first < nc; first += nr) {
      const size_t columns = nc - first < nr ? nc - first : nr;
      if (bias != NULL) memcpy(packed_weights, bias + first, columns * sizeof(float));
      packed_weights += nr;
      for (size_t k = 0; k < ks; k++) {
        turn(kernel + (first * ks + k) * kc, ks * kc, columns, kc, packed_weights, nr);
        packed_weights += kc * nr;
      }
      packed_weights = (float*)((uintptr_t)packed_weights + extra_bytes);
    }
    kernel += ks * kc * nc;
    if (bias != NULL) bias += nc;
  }
}

// See pack_convolution.h. Kernels take one number of each column after the other.
#include "pack_convolution.h"

#include "turn_cells.h"
#include "xnnpack/pack.h"

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
        ptetool_turn_cells(sizeof(float), (const uint8_t*)(kernel + (first * ks + k) * kc), ks * kc * sizeof(float),
                           columns, kc, (uint8_t*)packed_weights, nr * sizeof(float));
        packed_weights += kc * nr;
      }
      packed_weights = (float*)((uintptr_t)packed_weights + extra_bytes);
    }
    kernel += ks * kc * nc;
    if (bias != NULL) bias += nc;
  }
}

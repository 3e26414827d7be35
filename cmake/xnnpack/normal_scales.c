// Scales of weights in groups, of which a language model has millions: many are looked at together, and one by one only
// where one of them is wrong.
#include "normal_scales.h"

// A positive number is normal where its bits are in a range.
static uint16_t is_outside(uint16_t bits) { return (uint16_t) (bits - 0x0080) > 0x7f7f - 0x0080; }

bool ptetool_normal_scales(const uint16_t* scales, size_t count) {
  uint16_t bad = 0;
  for (; count >= 64; count -= 64, scales += 64) {
    for (size_t i = 0; i < 64; i++) {
      bad |= is_outside(scales[i]);
    }
  }
  for (size_t i = 0; i < count; i++) {
    bad |= is_outside(scales[i]);
  }
  return bad == 0;
}

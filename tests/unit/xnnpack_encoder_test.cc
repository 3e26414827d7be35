// Numbers are quantised as PyTorch does it, by the inverse scale in float32: most of these are half a step or next to
// it, and go the other way if they are divided. Results of quantized_decomposed::quantize_per_tensor, zero point 3,
// int8.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "xnnpack/numbers.h"

namespace {

using namespace ptetool;

struct Quantised {
  float scale;
  float number;
  int wanted;
};

constexpr Quantised kQuantised[] = {
    {0.1f, -0x1.7e6666p+3f, -117},   {0.1f, -0x1.966666p+2f, -61},   {0.1f, -0x1.666666p-2f, -1},
    {0.1f, 0x1.833334p+2f, 63},      {0.1f, 0x1.75c290p-1f, 10},     {0.05f, -0x1.7e6666p+2f, -117},
    {0.05f, -0x1.966666p+1f, -61},   {0.05f, -0x1.666666p-3f, -1},   {0.05f, 0x1.833334p+1f, 63},
    {0.05f, 0x1.75c290p-2f, 10},     {0.3f, -0x1.1a0000p+5f, -115},  {0.3f, -0x1.440000p+4f, -65},
    {0.3f, -0x1.a66666p+0f, -3},     {0.3f, 0x1.3a6666p+4f, 69},     {0.3f, 0x1.1851ecp+1f, 10},
    {0.007f, -0x1.a8b43cp-1f, -115}, {0.007f, -0x1.b1a9fep-2f, -57}, {0.007f, -0x1.cac086p-9f, 3},
    {0.007f, 0x1.a353fap-2f, 61},    {0.007f, 0x1.a29c7ap-5f, 10},
};

TEST_CASE("ties of quantised numbers fall as PyTorch's do") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const Quantised& each : kQuantised) {
    xnn::Quantisation quantisation;
    quantisation.scale = each.scale;
    quantisation.zero_point = 3;
    std::int8_t element = 0;
    const xnn::Encoder encode(xnn::Datatype::QInt8, quantisation, &element, -kInfinity, kInfinity);
    encode(0, static_cast<double>(each.number));
    CHECK_MESSAGE(int{element} == each.wanted, each.number << " by " << each.scale);
  }
}

}  // namespace

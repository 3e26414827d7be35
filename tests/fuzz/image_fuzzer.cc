// Takes any bytes as a picture for inputs of several shapes; the first byte chooses shape and preset.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ptetool/tensor/image.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::string_view kPresets[] = {"imagenet", "0..1", "-1..1", "raw"};
  const ptetool::Sizes shapes[] = {{3, 8, 8}, {1, 1, 5, 9}, {4, 4, 3}, {2, 2}};
  ptetool::InputExpectation expected;
  expected.sizes = shapes[data[0] / 4 % 4];
  const auto picture = ptetool::read_image({data + 1, size - 1}, kPresets[data[0] % 4], expected, "fuzz.png");
  if (picture && picture->tensor.sizes != expected.sizes) std::abort();
  return 0;
}

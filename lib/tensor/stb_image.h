// The decoder of pictures, behind the few functions that are used of it: one file compiles stb_image, with its own
// warnings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ptetool/base/bytes.h"

namespace ptetool::stb_image {

struct PictureSize {
  int width = 0;
  int height = 0;
};

// Bytes are fewer than 2 GiB. nullopt, null: not decoded; reason() tells why.
std::optional<PictureSize> size_of(ByteView bytes);
// Rows of pixels of `channels` (1 or 3) bytes; free_pixels() takes them back.
std::uint8_t* decode(ByteView bytes, int channels);
void free_pixels(std::uint8_t* pixels);
std::string reason();

}  // namespace ptetool::stb_image

// stb_image for PNG and JPEG from memory; a build without the header says so where it would decode.
#include "tensor/stb_image.h"

#include <cstddef>

#if __has_include(<stb_image.h>)

// PNG and JPEG alone, from memory alone.
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#if defined(__GNUC__)
// The header is the implementation: what it defines and does not use here is no mistake of ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#include <stb_image.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace ptetool::stb_image {

std::optional<PictureSize> size_of(ByteView bytes) {
  PictureSize size;
  int channels = 0;
  if (stbi_info_from_memory(bytes.data(), static_cast<int>(bytes.size()), &size.width, &size.height, &channels) == 0) {
    return std::nullopt;
  }
  return size;
}

std::uint8_t* decode(ByteView bytes, int channels) {
  PictureSize size;
  int found = 0;
  return stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &size.width, &size.height, &found,
                               channels);
}

void free_pixels(std::uint8_t* pixels) { stbi_image_free(pixels); }

std::string reason() {
  const char* text = stbi_failure_reason();
  return text ? text : "the decoder does not say why";
}

}  // namespace ptetool::stb_image

#else

namespace ptetool::stb_image {

std::optional<PictureSize> size_of(ByteView) { return std::nullopt; }
std::uint8_t* decode(ByteView, int) { return nullptr; }
void free_pixels(std::uint8_t*) {}
std::string reason() { return "ptetool was built without stb_image.h (Debian, Ubuntu: libstb-dev)"; }

}  // namespace ptetool::stb_image

#endif

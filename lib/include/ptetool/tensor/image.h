// Pictures as inputs: PNG and JPEG become tensors of the shape and type that a method asks for.
#pragma once

#include <string>
#include <string_view>

#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"
#include "ptetool/tensor/input.h"

namespace ptetool {

// Do the bytes begin like a PNG or JPEG file?
bool is_image(ByteView bytes);

// The names of the presets, separated by ", ".
std::string_view image_presets();

// Decodes, resizes to the height and width of `expected` and scales the values. The shape says where the channels are:
// [3, H, W] and [1, H, W], or [H, W, 3] and [H, W, 1], with any number of leading 1s, or [H, W]; one channel is grey.
// Resizing is bilinear with antialiasing, as torchvision and PIL do it.
//
//   imagenet  scaled so that the shorter side is 256/224 of what is needed, the middle cut out, values 0 … 1, then
//   minus
//             the mean (0.485, 0.456, 0.406), over the deviation (0.229, 0.224, 0.225)
//   0..1      stretched to the size; v / 255
//   -1..1     stretched to the size; v / 127.5 - 1
//   raw       stretched to the size; 0 … 255
//
// An empty preset is raw for integers and 0..1 for floats. Errors: Malformed, Unsupported (more than 128 Mi pixels),
// Usage (no such preset), Mismatch (a shape that holds no picture, values that the dtype cannot hold).
Result<OwnedTensor> read_image(ByteView bytes, std::string_view preset, const InputExpectation& expected,
                               const std::string& name);

}  // namespace ptetool

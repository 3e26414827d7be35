// Pictures as inputs, held against what torch makes of the same pixels.
#include "ptetool/tensor/image.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "ptetool/base/file.h"
#include "ptetool/tensor/npz.h"
#include "ptetool/tensor/statistics.h"

namespace {

using namespace ptetool;

const std::string kInputs = PTETOOL_SOURCE_DIR "/testdata/inputs/";

std::shared_ptr<const File> file_of(const std::string& name) {
  const auto file = File::open(kInputs + name);
  REQUIRE(file);
  return *file;
}

InputExpectation tensor_of(ScalarType dtype, const Sizes& sizes) {
  return {InputExpectation::Kind::Tensor, dtype, sizes, false};
}

OwnedTensor expected_of(const std::string& key) {
  const auto arrays = read_npz(file_of("pictures.npz")->bytes(), "pictures.npz");
  REQUIRE(arrays);
  for (const NamedArray& named : *arrays) {
    if (named.name == key) return named.array;
  }
  FAIL("no array " << key);
  return {};
}

// The largest difference to what torch says.
double error_of(const std::string& picture, std::string_view preset, const std::string& key) {
  const OwnedTensor expected = expected_of(key);
  const auto made =
      read_image(file_of(picture)->bytes(), preset, tensor_of(expected.tensor.dtype, expected.tensor.sizes), picture);
  REQUIRE_MESSAGE(made, made.error().line());
  double error = 0;
  for (std::int64_t i = 0; i < expected.tensor.numel(); ++i) {
    error = std::max(error, std::fabs(element_as_double(made->tensor, i) - element_as_double(expected.tensor, i)));
  }
  return error;
}

std::string message(ByteView bytes, std::string_view preset, const InputExpectation& expected) {
  const auto made = read_image(bytes, preset, expected, "a.png");
  return made ? "read" : made.error().line();
}

TEST_CASE("the presets give what torch gives") {
  CHECK(error_of("picture.png", "imagenet", "imagenet") < 2e-6);
  CHECK(error_of("picture.png", "0..1", "unit") < 1e-6);
  CHECK(error_of("picture.png", "", "unit") < 1e-6);
  CHECK(error_of("picture.png", "-1..1", "signed_last") < 2e-6);
  // A sum on the other side of one half.
  CHECK(error_of("picture.png", "raw", "raw") <= 1);
}

TEST_CASE("JPEG is read as well, as lossy as it is") { CHECK(error_of("picture.jpg", "0..1", "unit") < 0.05); }

TEST_CASE("shapes with one channel are grey, leading ones do not matter") {
  const auto file = file_of("picture.png");
  const ByteView bytes = file->bytes();
  for (const Sizes& sizes :
       {Sizes{1, 1, 32, 48}, Sizes{1, 32, 48}, Sizes{32, 48}, Sizes{32, 48, 1}, Sizes{1, 1, 1, 32, 48}}) {
    const auto grey = read_image(bytes, "raw", tensor_of(ScalarType::Byte, sizes), "a.png");
    REQUIRE(grey);
    // The first pixel is (0, 0, 127): blue counts little.
    CHECK(grey->tensor.as<std::uint8_t>()[0] < 30);
  }
  CHECK(message(bytes, "", tensor_of(ScalarType::Half, {3, 1, 1})) == "read");
}

TEST_CASE("what holds no picture is refused") {
  const auto file = file_of("picture.png");
  const ByteView bytes = file->bytes();
  CHECK(message(bytes, "", tensor_of(ScalarType::Float, {2, 3, 8, 8})).find("which no tensor of shape [2, 3, 8, 8]") !=
        std::string::npos);
  CHECK(message(bytes, "", tensor_of(ScalarType::Float, {4, 8, 8})).find("1 or 3 channels") != std::string::npos);
  CHECK(message(bytes, "", tensor_of(ScalarType::Float, {7})).find("no tensor of shape") != std::string::npos);
  CHECK(message(bytes, "", tensor_of(ScalarType::Float, {3, 0, 8})).find("no tensor of shape") != std::string::npos);
  CHECK(message(bytes, "", tensor_of(ScalarType::Char, {3, 8, 8})).find("int8 cannot hold") != std::string::npos);
  CHECK(message(bytes, "0..1", tensor_of(ScalarType::Byte, {3, 8, 8})).find("only the preset 'raw'") !=
        std::string::npos);
  CHECK(message(bytes, "x", tensor_of(ScalarType::Float, {3, 8, 8})) ==
        "a.png: there is no preset 'x'; it is one of imagenet, 0..1, -1..1, raw");
  CHECK(message(bytes, "", {InputExpectation::Kind::Int, {}, {}, false}).find("expects no tensor") !=
        std::string::npos);
}

TEST_CASE("truncated and damaged pictures are errors or pictures") {
  const auto expected = tensor_of(ScalarType::Float, {3, 8, 8});
  for (const char* name : {"picture.png", "picture.jpg"}) {
    const auto file = file_of(name);
    const ByteView bytes = file->bytes();
    for (std::size_t size = 0; size < bytes.size(); size += 7) message(bytes.first(size), "", expected);
    std::vector<std::uint8_t> damaged(bytes.begin(), bytes.end());
    for (std::size_t i = 0; i < damaged.size(); i += 3) {
      damaged[i] ^= 0x55;
      message(damaged, "", expected);
      damaged[i] ^= 0x55;
    }
  }
  CHECK(message(bytes_of(std::string_view("\x89PNG\r\n\x1a\n")), "", expected).find("cannot be decoded") !=
        std::string::npos);
}

TEST_CASE("a JPEG whose Huffman table has more codes than there can be is refused") {
  const auto file = file_of("picture.jpg");
  std::vector<std::uint8_t> damaged(file->bytes().begin(), file->bytes().end());
  const std::uint8_t marker[] = {0xff, 0xc4};
  const auto table = std::search(damaged.begin(), damaged.end(), std::begin(marker), std::end(marker));
  REQUIRE(damaged.end() - table > 24);
  std::fill(table + 5, table + 21, std::uint8_t{0xff});
  CHECK(message(damaged, "", tensor_of(ScalarType::Float, {3, 8, 8})).find("more than 256 codes") != std::string::npos);
}

TEST_CASE("a header that promises a huge picture costs nothing") {
  const auto file = file_of("picture.png");
  const ByteView bytes = file->bytes();
  std::vector<std::uint8_t> damaged(bytes.begin(), bytes.end());
  damaged[17] = damaged[21] = 0x7f;  // some 8 million pixels in each direction
  const std::string why = message(damaged, "", tensor_of(ScalarType::Float, {3, 8, 8}));
  CHECK_MESSAGE((why.find("pixels") != std::string::npos || why.find("cannot be decoded") != std::string::npos), why);
}

}  // namespace

// What is taken out of files: the bytes and arrays that were put in.
#include "ptetool/layout/extract.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "ptetool/format/ptd_write.h"
#include "ptetool/tensor/npy.h"
#include "temporary_folder.h"
#include "unit/generated_programs.h"

namespace {

using namespace ptetool;

using Folder = test::TemporaryFolder;

// "weight", float32 [1, 2, 2, 1] channels last, and "bytes", which have no type.
std::shared_ptr<const File> data_file() {
  static const std::vector<float> numbers = {0, 2, 1, 3};
  static const std::vector<std::int32_t> sizes = {1, 2, 2, 1};
  static const std::vector<std::uint8_t> order = {0, 2, 3, 1};
  ptd::Contents contents;
  contents.entries.push_back({"weight", 0, ptd::TensorLayout{ScalarType::Float, sizes, order}});
  contents.entries.push_back({"bytes", 1, std::nullopt});
  contents.segments.push_back(format::SegmentContent::of(bytes_of(std::span<const float>(numbers))));
  contents.segments.push_back(format::SegmentContent::of(bytes_of(std::string_view("hello"))));
  const auto image = ptd::make_ptd(contents);
  REQUIRE(image);
  return File::from_bytes("made.ptd", format::image_bytes(*image));
}

layout::InspectInput input_of(std::shared_ptr<const File> file) {
  auto artifact = read_artifact(std::move(file));
  REQUIRE(artifact);
  return {std::move(*artifact), {}};
}

OwnedTensor array_in(const std::string& path) {
  const auto file = File::open(path);
  REQUIRE(file);
  auto array = read_npy((*file)->bytes(), path);
  REQUIRE(array);
  return std::move(*array);
}

TEST_CASE("an entry of a data file becomes an array in C order, or its bytes") {
  const Folder folder;
  const auto input = input_of(data_file());
  const auto weight = layout::find_extract(input, "weight");
  REQUIRE(weight);
  REQUIRE(layout::write_extract(*weight, folder / "w.npy"));
  const OwnedTensor array = array_in(folder / "w.npy");
  CHECK(array.tensor.sizes == Sizes{1, 2, 2, 1});
  for (std::int64_t i = 0; i < 4; ++i) CHECK(array.tensor.as<float>()[i] == static_cast<float>(i));
  const auto bytes = layout::find_extract(input, "bytes");
  REQUIRE(bytes);
  CHECK(as_text(bytes->bytes) == "hello");
  CHECK(layout::write_extract(*bytes, folder / "b.npy").error().code == ErrorCode::Usage);
  CHECK_FALSE(std::filesystem::exists(folder / "b.npy"));
  REQUIRE(layout::write_extract(*bytes, folder / "b"));
  const auto second = layout::find_extract(input, "1");
  REQUIRE(second);
  CHECK(as_text(second->bytes) == "hello");
  CHECK(layout::find_extract(input, "2").error().code == ErrorCode::Missing);
  CHECK(layout::find_extract(input, "").error().code == ErrorCode::Missing);
}

TEST_CASE("a constant of a program is found by its number, and by its name") {
  const Folder folder;
  const auto network = generated::Network::of_blocks(1, true);
  const layout::InspectInput input{generated::program_of(network, "layer."), {}};
  for (const char* name : {"layer.2", "constant 2"}) {
    const auto found = layout::find_extract(input, name);
    REQUIRE(found);
    REQUIRE(layout::write_extract(*found, folder / "c.npy"));
    const OwnedTensor array = array_in(folder / "c.npy");
    CHECK(array.tensor.sizes == Sizes{4, 4});
    for (std::int64_t i = 0; i < 16; ++i) CHECK(array.tensor.as<float>()[i] == static_cast<float>(2 + i * i % 13));
  }
  CHECK(layout::find_extract(input, "constant 99").error().code == ErrorCode::Missing);
}

}  // namespace

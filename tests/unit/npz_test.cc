// .npz archives: what numpy writes is read, what we write is read again, and damage is told, not followed.
#include "ptetool/tensor/npz.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "ptetool/tensor/npy.h"
#include "ptetool/tensor/statistics.h"
#include "temporary_folder.h"
#include "tensor/zip.h"

namespace {

using namespace ptetool;

const std::string kInputs = PTETOOL_SOURCE_DIR "/testdata/inputs/";

std::vector<std::uint8_t> bytes_of_file(const std::string& path) {
  const auto file = File::open(path);
  REQUIRE(file);
  return {(*file)->bytes().begin(), (*file)->bytes().end()};
}

// "x float32 [3] 0.5 -1 2", an array per line; or the message of the error.
std::string outcome(ByteView bytes, std::uint64_t max_bytes = kMaxNpzBytes) {
  const auto arrays = read_npz(bytes, "a.npz", max_bytes);
  if (!arrays) return arrays.error().line();
  std::string text;
  for (const NamedArray& named : *arrays) {
    const Tensor& tensor = named.array.tensor;
    text += named.name + " " + dtype_name(tensor.dtype) + " " + shape_text(tensor.sizes.span());
    for (std::int64_t i = 0; i < tensor.numel() && i < 6; ++i) text += " " + element_text(tensor, i);
    text += "\n";
  }
  return text;
}

// The place of the directory's entry, from the end record.
std::size_t directory_of(const std::vector<std::uint8_t>& bytes) {
  return *load<std::uint32_t>(bytes, bytes.size() - 6);
}

template <class T>
void put(std::vector<std::uint8_t>& bytes, std::size_t at, T value) {
  const auto source = bytes_of(std::span<const T>(&value, 1));
  std::copy(source.begin(), source.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

TEST_CASE("archives that numpy wrote") {
  CHECK(outcome(bytes_of_file(kInputs + "stored.npz")) == "x float32 [3] 0.5 -1 2\n");
  CHECK(outcome(bytes_of_file(kInputs + "deflated.npz")) ==
        "arr_0 float32 [3] 0.5 -1 2\narr_1 int64 [64, 64] 0 1 2 3 4 5\n");
  CHECK(outcome(bytes_of_file(kInputs + "types.npz")) ==
        "fortran int32 [2, 3] 0 1 2 3 4 5\nhalf float16 [3] 1.5 inf nan\ncomplex complex64 [1] 1+2j\n"
        "scalar float64 [] 2.5\nempty uint8 [0, 3]\n");
}

TEST_CASE("what is written is read again, and is the same twice") {
  std::vector<NamedArray> arrays(2);
  arrays[0] = {"a/b \xc3\xa9", *allocate_tensor(ScalarType::BFloat16, Sizes{2})};
  arrays[0].array.tensor.as<std::uint16_t>()[1] = 0x3f80;
  arrays[1] = {"1", *allocate_tensor(ScalarType::Bool, Sizes{})};
  const test::TemporaryFolder folder;
  const std::string path = folder / "written.npz";
  REQUIRE(write_npz(path, arrays));
  const auto first = bytes_of_file(path);
  CHECK(outcome(first) == "a/b \xc3\xa9 uint16 [2] 0 16256\n1 bool [] false\n");
  REQUIRE(write_npz(path, arrays));
  CHECK(bytes_of_file(path) == first);
  REQUIRE(write_npz(path, {}));
  CHECK(outcome(bytes_of_file(path)).empty());
  arrays[1].name = arrays[0].name;
  CHECK_FALSE(write_npz(path, arrays));
  CHECK_FALSE(write_npz("/no/such/folder/a.npz", arrays));
}

TEST_CASE("other files are told apart") {
  CHECK(outcome({}) == "a.npz: is empty; a zip archive was expected");
  CHECK(outcome(bytes_of(std::string_view("hello"))) == "a.npz: is no zip archive");
  const test::TemporaryFolder folder;
  const std::string path = folder / "other.zip";
  auto file = AtomicFile::create(path);
  REQUIRE(file);
  zip::Writer writer(*file);
  REQUIRE(writer.add("data.pkl", bytes_of(std::string_view("x"))));
  REQUIRE(writer.finish());
  REQUIRE(file->commit());
  CHECK(outcome(bytes_of_file(path)).find("'data.pkl', which is no .npy file") != std::string::npos);
}

TEST_CASE("every truncation and every damaged byte is an error or an archive, never more") {
  const auto bytes = bytes_of_file(kInputs + "stored.npz");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(read_npz(ByteView(bytes).first(size), "a.npz"));
  }
  auto damaged = bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    damaged[i] ^= 0xff;
    read_npz(damaged, "a.npz");
    damaged[i] = bytes[i];
  }
}

TEST_CASE("damage is named") {
  const auto bytes = bytes_of_file(kInputs + "deflated.npz");
  const std::size_t entry = directory_of(bytes);
  const auto with = [&](std::size_t at, auto value) {
    auto changed = bytes;
    put(changed, entry + at, value);
    return outcome(changed);
  };
  CHECK(with(16, std::uint32_t{1}).find("'arr_0.npy' is corrupt: its CRC-32") != std::string::npos);
  CHECK(with(10, std::uint16_t{12}).find("is compressed with method 12") != std::string::npos);
  CHECK(with(8, std::uint16_t{1}).find("'arr_0.npy' is encrypted") != std::string::npos);
  CHECK(with(20, std::uint32_t{1000000}).find("is cut off: 'arr_0.npy' ends beyond the file") != std::string::npos);
  CHECK(with(42, std::uint32_t{7}).find("'arr_0.npy' is not where the directory says") != std::string::npos);
  CHECK(with(24, std::uint32_t{10}).find("inflates to more than the directory says") != std::string::npos);
  CHECK(with(24, std::uint32_t{5000}).find("does not inflate to the size") != std::string::npos);
  CHECK(with(24, std::uint32_t{100000000}).find("promises more bytes than") != std::string::npos);
  CHECK(with(24, std::uint32_t{0xffffffff}).find("the 64-bit sizes of 'arr_0.npy' are missing") != std::string::npos);
  CHECK(with(0, std::uint32_t{0}).find("the directory of the archive is damaged") != std::string::npos);
}

TEST_CASE("an archive cannot take more memory than it is given") {
  const auto bytes = bytes_of_file(kInputs + "deflated.npz");
  CHECK(outcome(bytes, 1000).find("no more than 860 B are read") != std::string::npos);
  CHECK(outcome(bytes, 40000).starts_with("arr_0"));
}

// deflate at its best: a megabyte of zeros in a kilobyte, and directories that point at the same data many times.
TEST_CASE("zip bombs end at the limit") {
  std::vector<std::uint8_t> content(1 << 20);
  std::vector<std::uint8_t> packed(4096);
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  stream.next_in = content.data();
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  const auto crc = static_cast<std::uint32_t>(crc32(0, content.data(), static_cast<uInt>(content.size())));
  const zip::Entry entry{"zeros.npy", 8, crc, content.size(), 0, packed};
  const auto whole = zip::extract(entry, content.size(), "a.npz");
  REQUIRE(whole);
  CHECK(whole->view.size() == content.size());
  const auto refused = zip::extract(entry, content.size() - 1, "a.npz");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::Limit);
  const zip::Entry endless{"zeros.npy", 8, crc, ~std::uint64_t{0}, 0, packed};
  CHECK_FALSE(zip::extract(endless, ~std::uint64_t{0}, "a.npz"));
}

}  // namespace

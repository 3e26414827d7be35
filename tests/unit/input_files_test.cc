// Files as inputs: arrays, archives, JSON, raw bytes.
#include <doctest/doctest.h>

#include <string>

#include "input_values.h"
#include "ptetool/base/file.h"
#include "ptetool/tensor/half.h"
#include "ptetool/tensor/npy.h"
#include "temporary_folder.h"

namespace {

using namespace input_values;
using Folder = test::TemporaryFolder;

std::string write(const Folder& folder, const std::string& name, const OwnedTensor& array) {
  const std::string file = folder / name;
  const auto bytes = write_npy(array.tensor);
  REQUIRE(bytes);
  REQUIRE(write_file(file, *bytes));
  return file;
}

TEST_CASE(".npy files are read, whatever their suffix") {
  const Folder folder;
  OwnedTensor array = *allocate_tensor(ScalarType::Float, Sizes{2});
  array.tensor.as<float>()[1] = 0.5f;
  for (const char* name : {"a.npy", "a.weights", "a.bin"}) {
    CHECK(outcome(write(folder, name, array), tensor_of(ScalarType::Float, {2})) == "[2] 0 0.5");
  }
  const std::string file = write(folder, "b.npy", array);
  CHECK(outcome(file, tensor_of(ScalarType::Double, {2})) ==
        file + ": holds float32, the method expects float64; save it with arr.astype('float64')");
  CHECK(outcome(file, tensor_of(ScalarType::BFloat16, {2})) ==
        file + ": holds float32, the method expects bfloat16; save its bit patterns as uint16");
  CHECK(outcome(file, tensor_of(ScalarType::Float, {3})) == file + ": has the shape [2], the method expects [3]");
  CHECK(code(file, scalar_of(Kind::Int)) == ErrorCode::Mismatch);
}

TEST_CASE("bit patterns are retyped, arrays of the type itself are not touched") {
  const Folder folder;
  OwnedTensor array = *allocate_tensor(ScalarType::UInt16, Sizes{1});
  array.tensor.as<std::uint16_t>()[0] = to_bfloat16(-2).bits;
  const std::string file = write(folder, "bits.npy", array);
  CHECK(outcome(file, tensor_of(ScalarType::BFloat16, {1})) == "[1] -2");
  CHECK(outcome(file, tensor_of(ScalarType::UInt16, {1})) == "[1] 49152");
  CHECK(code(file, tensor_of(ScalarType::Half, {1})) == ErrorCode::Mismatch);
}

TEST_CASE("files that are missing or of another kind") {
  const InputExpectation any = tensor_of(ScalarType::Float, {2});
  CHECK(code("no/such/file.npy", any) == ErrorCode::Io);
  CHECK(code("no/such/FILE.NPY", any) == ErrorCode::Io);
  for (const char* text : {"x.npz", "x.json", "x.bin", "x.npz:a", "photo.JPG:imagenet"})
    CHECK(code(text, any) == ErrorCode::Io);
  const Folder folder;
  const std::string file = folder / "x.dat";
  REQUIRE(write_file(file, bytes_of(std::string_view("hello"))));
  CHECK(outcome(file, any).starts_with(file + ": is of no kind that inputs are read from: .npy, .npz, JSON"));
  CHECK(code(folder.path.string(), any) == ErrorCode::Io);
}

TEST_CASE("values of .npz archives") {
  const InputExpectation three = tensor_of(ScalarType::Float, {3});
  const std::string folder = PTETOOL_SOURCE_DIR "/testdata/inputs/";
  CHECK(outcome(folder + "stored.npz", three) == "[3] 0.5 -1 2");
  CHECK(outcome(folder + "deflated.npz:arr_0", three) == "[3] 0.5 -1 2");
  CHECK(outcome(folder + "deflated.npz", three) ==
        folder + "deflated.npz: holds 2 values ('arr_0' and 'arr_1'); choose one with " + folder + "deflated.npz:NAME");
  CHECK(outcome(folder + "deflated.npz:x", three) == folder + "deflated.npz: has no 'x'; it has 'arr_0' and 'arr_1'");
  CHECK(outcome(folder + "deflated.npz:arr_1", three).find("holds int64, the method expects float32") !=
        std::string::npos);
  CHECK(std::get<double>(*parse(folder + "types.npz:scalar", scalar_of(Kind::Double))) == 2.5);
  CHECK(code(folder + "types.npz:half", scalar_of(Kind::Double)) == ErrorCode::Mismatch);
  const auto source = InputSource::open(folder + "deflated.npz");
  REQUIRE(source);
  CHECK(source->names() == std::vector<std::string>{"arr_0", "arr_1"});
  CHECK(source->part(1).text() == folder + "deflated.npz:arr_1");
  CHECK(source->part(1).names().empty());
}

TEST_CASE("JSON files are a literal, or an object of literals") {
  const Folder folder;
  const auto json = [&](std::string_view text, const InputExpectation& expected, const std::string& key = "") {
    const std::string file = folder / "x.json";
    REQUIRE(write_file(file, bytes_of(text)));
    std::string message = outcome(file + key, expected);
    if (message.starts_with(file)) message.erase(0, file.size());
    return message;
  };
  const InputExpectation two = tensor_of(ScalarType::Float, {2});
  CHECK(json(" [1, 2.5]\n", two) == "[2] 1 2.5");
  CHECK(json("7", two) == "[2] 7 7");
  CHECK(json(R"({"x": [1, 2]})", two) == "[2] 1 2");
  CHECK(json(R"({"a\u0062, c": [3, 4] , "y" : 5})", two, ":ab, c") == "[2] 3 4");
  CHECK(json(R"({"a": "}\"", "y" : 5})", two, ":y") == "[2] 5 5");
  CHECK(json(R"({"x": 1, "y": 2})", two).find("holds 2 values ('x' and 'y'); choose one") != std::string::npos);
  CHECK(json(R"({"x": 1})", two, ":z") == ": has no 'z'; it has 'x'");
  CHECK(json("{}", two) == ": holds no value");
  CHECK(json("[1, 2", two) == ": ',' or ']' is missing at character 6");
  CHECK(json("[1]", two, ":x") == ": holds no values with names, so that there is no 'x' in it");
  for (const char* text :
       {"{", "{\"x\"", "{\"x\":", "{\"x\":1", "{\"x\":1,", "{x:1}", "{\"x\":1} 2", "{\"x\":{\"y\":1}}",
        "{\"x\":1,\"x\":2}", "{\"x\" 1}", "{\"\xff\":1}", "{\"x\":[}", "{\"x\":\"}"}) {
    const std::string message = json(text, two);
    CHECK_MESSAGE(message.starts_with(": at offset "), text << ": " << message);
  }
  CHECK(json("{\"x\":" + std::string(100000, '[') + "}", two).starts_with(": at offset "));
  CHECK(json(std::string(100000, '[') + std::string(100000, ']'), two) ==
        ": lists are nested more than 16 deep at character 17");
}

TEST_CASE("raw bytes have the size of the tensor") {
  const Folder folder;
  const std::string file = folder / "x.bin";
  REQUIRE(write_file(file, bytes_of(std::string_view("{PK\x03"))));
  CHECK(outcome(file, tensor_of(ScalarType::Byte, {2, 2})) == "[2, 2] 123 80 75 3");
  CHECK(outcome(file, tensor_of(ScalarType::Float, {})).starts_with("[] "));
  CHECK(outcome(file, tensor_of(ScalarType::Float, {2})) == file + ": has 4 bytes, float32 of shape [2] takes 8");
  CHECK(outcome(file, tensor_of(ScalarType::Float, {2}, true)) ==
        file + ": has 4 bytes, float32 of shape [2] takes 8; tell other sizes with --shape");
  CHECK(code(file, scalar_of(Kind::Int)) == ErrorCode::Mismatch);
}

}  // namespace

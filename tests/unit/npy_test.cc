// The .npy container against bytes that numpy 2.4 wrote.
#include "ptetool/tensor/npy.h"

#include <doctest/doctest.h>

#include <string>

#include "ptetool/tensor/statistics.h"

namespace {

using namespace ptetool;
using namespace std::string_literals;

// A file as numpy lays it out: the header text filled up with spaces so that the data begins at offset 128.
std::string npy(const std::string& dict, const std::string& data, char version = 1) {
  const std::size_t begin = version == 1 ? 10 : 12;
  std::string file = "\x93NUMPY"s + version + '\0' + static_cast<char>(128 - begin) + '\0';
  if (version > 1) file += "\0\0"s;
  file += dict;
  file.resize(127, ' ');
  return file + '\n' + data;
}

const std::string kFloats = "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40\0\0\xa0\x40\0\0\0\xbf"s;
const std::string kFloatFile = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", kFloats);

Result<OwnedTensor> read(const std::string& file) { return read_npy(bytes_of(std::string_view(file)), "x.npy"); }

std::string written(const Tensor& tensor) {
  const auto bytes = write_npy(tensor);
  REQUIRE(bytes);
  return {bytes->begin(), bytes->end()};
}

std::string error_of(const std::string& file) {
  const auto result = read(file);
  return result ? "" : result.error().line();
}

std::string header_error(const std::string& dict) { return error_of(npy(dict, std::string(8, '\0'))); }

TEST_CASE("arrays of several types are read and written as numpy does") {
  struct Case {
    std::string file;
    ScalarType dtype;
    Sizes sizes;
    std::string last;
  };
  const Case cases[] = {
      {kFloatFile, ScalarType::Float, Sizes{2, 3}, "-0.5"},
      {npy("{'descr': '<i8', 'fortran_order': False, 'shape': (), }", "\3\0\0\0\0\0\0\0"s), ScalarType::Long, Sizes{},
       "3"},
      {npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\1\0"s), ScalarType::Bool, Sizes{2}, "false"},
      {npy("{'descr': '|i1', 'fortran_order': False, 'shape': (1,), }", "\x80"s), ScalarType::Char, Sizes{1}, "-128"},
      {npy("{'descr': '<u2', 'fortran_order': False, 'shape': (1, 1), }", "\xff\xff"s), ScalarType::UInt16, Sizes{1, 1},
       "65535"},
      {npy("{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }", "\0\x3c"s), ScalarType::Half, Sizes{1}, "1"},
      {npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "\0\0\x80\x3f\0\0\0\xc0"s),
       ScalarType::ComplexFloat, Sizes{1}, "1-2j"},
  };
  for (const Case& one : cases) {
    const auto array = read(one.file);
    REQUIRE(array);
    CHECK(array->tensor.dtype == one.dtype);
    CHECK(array->tensor.sizes == one.sizes);
    CHECK(is_aligned(array->tensor.data, 64));
    CHECK(element_text(array->tensor, array->tensor.numel() - 1) == one.last);
    CHECK(written(array->tensor) == one.file);
  }
}

TEST_CASE("empty arrays") {
  const std::string file = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", "");
  const auto array = read(file);
  REQUIRE(array);
  CHECK(array->tensor.numel() == 0);
  CHECK(written(array->tensor) == file);
}

TEST_CASE("the padding of long headers is numpy's") {
  // (1,) * 15: 103 bytes of text and growth, one block more than fits 128.
  const auto owned = *allocate_tensor(ScalarType::Double, Sizes::filled(15, 1));
  const std::string file = written(owned.tensor);
  CHECK(file.size() == 128 + 64 + 8);
  CHECK(file.substr(8, 2) == "\xb6\0"s);
  CHECK(read(file)->tensor.sizes == Sizes::filled(15, 1));
}

TEST_CASE("Fortran order is transposed into C order") {
  const auto array =
      read(npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", "\1\0\4\0\2\0\5\0\3\0\6\0"s));
  REQUIRE(array);
  for (std::int64_t i = 0; i < 6; ++i) CHECK(element_as_double(array->tensor, i) == static_cast<double>(i + 1));
}

TEST_CASE("versions 2 and 3 have a longer length") {
  for (const char version : {'\2', '\3'}) {
    const auto array = read(npy("{'descr': '<u2', 'fortran_order': False, 'shape': (2,), }", "\1\0\2\0"s, version));
    REQUIRE(array);
    CHECK(element_text(array->tensor, 1) == "2");
  }
}

TEST_CASE("other spellings that numpy accepts") {
  CHECK(read(npy("{\"shape\":(2,1,),\"descr\":\"f4\",\"fortran_order\":False}", std::string(8, '\0'))));
  CHECK(read(npy("{'descr': '=f4', 'fortran_order': False, 'shape': (2L, 1L)}", std::string(8, '\0'))));
}

TEST_CASE("nonzero bytes of a bool array become true") {
  const auto array = read(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\7\0"s));
  CHECK(array->tensor.bytes()[0] == 1);
}

TEST_CASE("element types without a descr travel as integers of their size") {
  CHECK(npy_carrier(ScalarType::BFloat16) == ScalarType::UInt16);
  CHECK(npy_carrier(ScalarType::Bits16) == ScalarType::UInt16);
  CHECK(npy_carrier(ScalarType::Float8E5M2) == ScalarType::Byte);
  CHECK(npy_carrier(ScalarType::QInt8) == ScalarType::Char);
  CHECK(npy_carrier(ScalarType::QInt32) == ScalarType::Int);
  CHECK(npy_carrier(ScalarType::ComplexHalf) == ScalarType::UInt32);
  for (const DtypeInfo& row : all_dtypes()) {
    const auto owned = *allocate_tensor(row.type, Sizes{2, 2});
    const auto back = read(written(owned.tensor));
    REQUIRE(back);
    CHECK(back->tensor.dtype == npy_carrier(row.type));
    CHECK(back->tensor.nbytes() == owned.tensor.nbytes());
  }
}

TEST_CASE("other dim orders are written in C order") {
  const auto array = read(kFloatFile);
  OwnedTensor turned = *allocate_tensor(ScalarType::Float, Sizes{2, 3});
  turned.tensor.dim_order = DimOrder{1, 0};
  turned.tensor.strides = strides_of(turned.tensor.sizes, turned.tensor.dim_order);
  REQUIRE(copy_elements(array->tensor, turned.tensor));
  CHECK(written(turned.tensor) == kFloatFile);
  CHECK(write_npy(make_tensor(ScalarType::Float, Sizes{2})).error().code == ErrorCode::Usage);
}

TEST_CASE("what is no .npy file is named") {
  CHECK(error_of("") == "x.npy: is empty; an .npy file was expected");
  CHECK(error_of("PK\3\4....") == "x.npy: is a zip archive (.npz?); an .npy file was expected");
  CHECK(read("hello").error().code == ErrorCode::WrongKind);
}

TEST_CASE("every truncation is an error") {
  for (std::size_t size = 0; size < kFloatFile.size(); ++size) CHECK_FALSE(read(kFloatFile.substr(0, size)));
  CHECK(error_of(kFloatFile.substr(0, 9)) == "x.npy: header (at offset 0x9): is cut off");
  CHECK(error_of(kFloatFile.substr(0, 140)) ==
        "x.npy: data (at offset 0x80): is cut off: shape (2, 3) of float32 needs 24 bytes, 12 are there");
}

TEST_CASE("bytes after the array are an error") {
  CHECK(error_of(kFloatFile + "?") == "x.npy: data (at offset 0x98): 1 more byte follows the array");
  CHECK(error_of(kFloatFile + "??") == "x.npy: data (at offset 0x98): 2 more bytes follow the array");
}

TEST_CASE("element types that no tensor has are refused by name") {
  const auto error =
      read(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", std::string(8, '\0'))).error();
  CHECK(error.code == ErrorCode::Unsupported);
  CHECK(error.message == "is big-endian ('>f4'); save it with arr.astype('<f4')");
  CHECK(header_error("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }").find("structured") !=
        std::string::npos);
  CHECK(header_error("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }").find("Python objects") !=
        std::string::npos);
  CHECK(header_error("{'descr': '<U7', 'fortran_order': False, 'shape': (2,), }").find("'<U7' is none") !=
        std::string::npos);
}

TEST_CASE("shapes that no tensor has are refused") {
  const auto shape_error = [](const std::string& shape) {
    return header_error("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}");
  };
  CHECK(shape_error("(-1,)").find("negative size") != std::string::npos);
  CHECK(shape_error("(4611686018427387904, 4)").find("exceeds 64 bits") != std::string::npos);
  CHECK(shape_error("(4611686018427387904,)").find("exceeds 64 bits") != std::string::npos);
  CHECK(shape_error("(99999999999999999999,)").find("exceeds 64 bits") != std::string::npos);
  CHECK(shape_error("(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)").find("more than 16 dimensions") != std::string::npos);
  CHECK(shape_error("(2)").find("not a tuple") != std::string::npos);
  CHECK(shape_error("[2]").find("not a tuple") != std::string::npos);
  CHECK(shape_error("(2.0,)").find("not a tuple of integers") != std::string::npos);
}

TEST_CASE("damaged headers say what is wrong") {
  CHECK(header_error("'descr'").find("does not begin with '{'") != std::string::npos);
  CHECK(header_error("{'descr': '<f4', 'fortran_order': False}").find("lacks the key 'shape'") != std::string::npos);
  CHECK(header_error("{'descr': '<f4', 'descr': '<f4'}").find("twice") != std::string::npos);
  CHECK(header_error("{'order': 1}").find("unknown key 'order'") != std::string::npos);
  CHECK(header_error("{'descr' '<f4'}").find("lacks ':'") != std::string::npos);
  CHECK(header_error("{'descr': '<f4' 'shape': (2,)}").find("lacks ','") != std::string::npos);
  CHECK(header_error("{'fortran_order': 0}").find("neither True nor False") != std::string::npos);
  CHECK(header_error("{'descr': '<f4}").find("no closing quote") != std::string::npos);
  CHECK(header_error("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + x").find("goes on") !=
        std::string::npos);
  CHECK(header_error("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\0"s).find("goes on") !=
        std::string::npos);
  std::string version = kFloatFile;
  version[6] = 4;
  CHECK(error_of(version).find("version is 4.0") != std::string::npos);
}

}  // namespace

// Kinds of files from their first (or last) bytes, and what is said of strangers.
#include "ptetool/format/file_kind.h"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

namespace {

using namespace ptetool;
using namespace std::string_literals;

struct Sample {
  std::string bytes;
  std::string id;
};

std::string id_of(const std::string& bytes) { return std::string(kind_id(identify(bytes_of(bytes)))); }

std::string message(const std::string& bytes) {
  const auto file = File::from_bytes("model.pte", bytes_of(bytes));
  return stranger_error(*file, identify(file->bytes())).line();
}

// A local file header with this name.
std::string zip(const std::string& name) {
  std::string header(30, '\0');
  header.replace(0, 4, "PK\x03\x04");
  header[26] = static_cast<char>(name.size());
  return header + name + "content";
}

// A root table at 12 whose vtable lies before it.
std::string flatbuffer(const std::string& identifier) {
  return "\x0c\0\0\0"s + identifier + "\x04\0\x04\0"s + "\x04\0\0\0"s + "\0\0\0\0"s;
}

std::string weight_cache(char count) {
  return std::string(64, 'w') + std::string(24, 'i') + "\x40\0\0\0\0\0\0\0"s + count + "\0\0\0CWPX\x02\0\0\0"s;
}

TEST_CASE("kinds by content") {
  const Sample samples[] = {
      {"", "empty"},
      {"\x18\0\0\0ET12\x04\0\0\0"s, "pte"},
      {"\x18\0\0\0ET02\x04\0\0\0"s, "pte"},
      {"\x18\0\0\0FT01FH01"s, "ptd"},
      {"\x18\0\0\0BP08"s, "bpte"},
      {"\x18\0\0\0BP06"s, "bpte"},
      {"\x18\0\0\0\x10\0\0\0ED00"s, "etdump"},
      {"\0\0\0\0XH00\x1e\0"s, "xnnpack_blob"},
      {"\x1c\0\0\0XN00"s, "xnnpack_blob"},
      {"\x1c\0\0\0XN01"s, "xnnpack_blob"},
      {"\x01\0\0\0XH00\x1e\0"s, "unknown"},
      {weight_cache(1), "xnnpack_weight_cache"},
      {weight_cache(2), "unknown"},  // two entries do not fit
      {"\x40\0\0\0\0\0\0\0{\"a\": 1}"s, "safetensors"},
      {"\x40\0\0\0\0\0\0\0[1]     "s, "unknown"},
      {"GGUF\x03\0\0\0"s, "gguf"},
      {"\x93NUMPY\x01\0"s, "npy"},
      {"\x1c\0\0\0TFL3\0\0\0\0"s, "tflite"},
      {zip("model/data.pkl"), "torch_zip"},
      {zip("archive/data/0"), "torch_zip"},
      {zip("m/data/weights/weight_0"), "torch_zip"},
      {zip("jit/code/__torch__.py"), "torch_zip"},
      {zip("a.npy"), "zip"},
      {"PK\x05\x06"s + std::string(18, '\0'), "zip"},
      {"\x80\x02\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\x02"s, "torch_pickle"},
      {"\x80\x04\x95\x10\0\0\0\0\0\0\0}"s, "torch_pickle"},
      {"\x80\x02}q\0."s, "torch_pickle"},
      {"\x08\x08\x12\x07pytorch\x1a\x01"
       "2\x3a\x04"s,
       "onnx"},
      {"\x08\x07\x3a\x10\x0a\x08"s, "onnx"},
      {"\x08\x07\x12\x0d\x0a\x0b\x0a\x01x\x1a\x06"s, "coreml"},
      {flatbuffer("ABCD"), "flatbuffer"},
      {flatbuffer("AB\x01"
                  "D"),
       "unknown"},
      {"\x04\xff\xff\x7f"
       "ABCD\0\0\0\0\0\0\0\0"s,
       "unknown"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "git_lfs_pointer"},
      {"\n  <!DOCTYPE HTML><p>404", "html"},
      {"\xef\xbb\xbf<Html lang=en>", "html"},
      {"{ \"error\": 1}", "json"},
      {"[1, 2]", "json"},
      {"{hello}", "text"},
      {"Not Found", "text"},
      {"na\xc3\xafve", "text"},
      {"na\xff\xffve", "unknown"},
      {"\x01\x02\x03", "unknown"},
  };
  for (const Sample& sample : samples) {
    CAPTURE(sample.bytes);
    CHECK(id_of(sample.bytes) == sample.id);
  }
}

TEST_CASE("no prefix of anything is too short to be told") {
  for (const std::string& whole :
       {weight_cache(1), zip("model/data.pkl"), flatbuffer("ABCD"), "\x08\x07\x12\x8d\x80\x80\x80\x80\x80\x80"s,
        "\x40\0\0\0\0\0\0\0{\"a\": 1}"s, "\x80\x02\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\x02"s}) {
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      const auto file = File::from_bytes("model.pte", bytes_of(std::string_view(whole).substr(0, size)));
      const FileKind kind = identify(file->bytes());
      CHECK_FALSE(stranger_error(*file, kind).message.empty());
    }
  }
}

TEST_CASE("strangers are told what they are and what to do") {
  CHECK(message("version https://git-lfs.github.com/spec/v1\n") ==
        "model.pte: is a git-LFS pointer, not the model itself; run 'git lfs pull'");
  CHECK(message("") == "model.pte: is empty; the export, copy or download that made it did not finish");
  CHECK(message("<html>") ==
        "model.pte: is an HTML page, most likely what a server answered instead of the file; download it again, signed "
        "in where that is needed");
  CHECK(message("\x18\0\0\0ET99\x04\0\0\0"s) ==
        "model.pte: is an ExecuTorch program of an incompatible schema version ('ET99'); every release reads 'ET12' "
        "only: export the model again");
  CHECK(
      message(flatbuffer("ABCD")).starts_with("model.pte: is a flatbuffer with the unknown identifier 'ABCD'; a .pte"));
  CHECK(message("\x18\0\0\0E"s) ==
        "model.pte: is cut off: 5 bytes cannot hold even the start of a model; copy or export it again");
  CHECK(message("\x1f\x8b\x08\0"s) == "model.pte: is compressed with gzip; decompress it first");
  CHECK(
      message("\0\0\0\0VH00\x1e\0\x20\0"s) ==
      "model.pte: begins like the payload of a delegate ('VH00' at offset 4), taken out of its program; give the .pte "
      "program");
  CHECK(message(std::string(100, '\0')) ==
        "model.pte: begins with 100 zero bytes: the download or copy that made it did not finish");
  CHECK(message("\xde\xad\xbe\xef\x01\x02\x03\x04\x05"s)
            .starts_with("model.pte: is of no known kind (it begins with de ad be ef 01 02 03 04); a .pte program"));
}

TEST_CASE("the table is complete") {
  std::set<std::string_view> ids;
  for (int kind = 0; kind <= static_cast<int>(FileKind::Unknown); ++kind) {
    const auto each = static_cast<FileKind>(kind);
    CHECK(ids.insert(kind_id(each)).second);
    CHECK((each == FileKind::Unknown || kind_id(each) != "unknown"));
    CHECK_FALSE(describe(each).empty());
    CHECK(readable(each) == (each <= FileKind::PackedWeights));
  }
  CHECK(described(FileKind::Program) == "an ExecuTorch program (PTE)");
  CHECK(described(FileKind::Safetensors) == "a safetensors file");
}

}  // namespace

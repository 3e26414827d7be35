// Recognising files as one table: a row says how a kind is called, how its bytes are told, and what to do with a file
// that is not for us. Rows are tried in order: exact magic numbers first, guesses about text and protobuf last.
#include "ptetool/format/file_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "format/file_signatures.h"
#include "ptetool/base/text.h"
#include "ptetool/format/packed_weights.h"
#include "ptetool/format/weight_cache.h"

namespace ptetool {

namespace {

struct Row {
  FileKind kind;
  std::string_view id;
  std::string_view article;
  std::string_view description;
  std::string_view advice;  // follows the description in stranger_error(); empty for our own kinds
  bool (*matches)(ByteView);
};

constexpr std::string_view kExport = "; export the model with ExecuTorch to get a .pte program";

constexpr Row kRows[] = {
    {FileKind::Empty, "empty", "an", "empty file", "; the export, copy or download that made it did not finish",
     [](ByteView bytes) { return bytes.empty(); }},
    {FileKind::Program, "pte", "an", "ExecuTorch program (PTE)", "",
     [](ByteView bytes) { return has_tag(bytes, 4, "ET12") || has_tag(bytes, 4, "ET02"); }},
    {FileKind::DataFile, "ptd", "an", "ExecuTorch data file (PTD)", "",
     [](ByteView bytes) { return has_tag(bytes, 4, "FT01"); }},
    {FileKind::BundledProgram, "bpte", "a", "bundled program (BPTE)", "",
     [](ByteView bytes) { return has_tag(bytes, 4, "BP08") || has_tag(bytes, 4, "BP06"); }},
    {FileKind::EtDump, "etdump", "an", "ETDump", "", [](ByteView bytes) { return has_tag(bytes, 8, "ED00"); }},
    {FileKind::XnnpackBlob, "xnnpack_blob", "an", "XNNPACK delegate blob", "", is_xnnpack_blob},
    {FileKind::PackedWeights, "packed_weights", "a", "file of ptetool's packed cache", "",
     [](ByteView bytes) { return starts_with(bytes, packed::kMagic.substr(0, 4)); }},
    {FileKind::XnnpackWeightCache, "xnnpack_weight_cache", "an", "XNNPACK packed-weight cache", "",
     weight_cache::has_weight_cache_footer},
    {FileKind::Gguf, "gguf", "a", "GGUF model",
     ", the format of llama.cpp; export the model with ExecuTorch to get a .pte program",
     [](ByteView bytes) { return starts_with(bytes, "GGUF"); }},
    {FileKind::Numpy, "npy", "a", "NumPy array", ", not a model; pass it as an input",
     [](ByteView bytes) { return starts_with(bytes, "\x93NUMPY"); }},
    {FileKind::Tflite, "tflite", "a", "TensorFlow Lite model", kExport,
     [](ByteView bytes) { return has_tag(bytes, 4, "TFL3"); }},
    {FileKind::TorchZip, "torch_zip", "a", "PyTorch archive (.pt, .pt2)", kExport, is_torch_zip},
    {FileKind::Zip, "zip", "a", "zip archive", "; unpack it and name the file inside (an .npz of arrays is an input)",
     is_zip},
    {FileKind::TorchPickle, "torch_pickle", "a", "Python pickle (an old PyTorch checkpoint)", kExport, is_pickle},
    {FileKind::Safetensors, "safetensors", "a", "safetensors file",
     ", weights without a program; convert it to a .ptd data file with 'ptetool convert'", is_safetensors},
    {FileKind::OtherFlatbuffer, "flatbuffer", "a", "flatbuffer of another program", "",
     [](ByteView bytes) { return is_incompatible_program(bytes) || is_flatbuffer(bytes); }},
    {FileKind::GitLfsPointer, "git_lfs_pointer", "a", "git-LFS pointer", ", not the model itself; run 'git lfs pull'",
     [](ByteView bytes) { return starts_with(bytes, "version https://git-lfs"); }},
    {FileKind::Html, "html", "an", "HTML page",
     ", most likely what a server answered instead of the file; download it again, signed in where that is needed",
     is_html},
    {FileKind::Json, "json", "a", "JSON text", ", not a model; a tokenizer.json is given with --tokenizer", is_json},
    {FileKind::Onnx, "onnx", "an", "ONNX model", kExport, is_onnx},
    {FileKind::CoreMl, "coreml", "a", "Core ML model", kExport, is_core_ml},
    {FileKind::Text, "text", "a", "text file", ", not a model; if it was downloaded, it may hold the server's message",
     is_text},
    {FileKind::Unknown, "unknown", "a", "file of unknown kind", "", [](ByteView) { return true; }},
};

const Row& row_of(FileKind kind) {
  const auto* found = std::ranges::find(kRows, kind, &Row::kind);
  return found == std::end(kRows) ? kRows[std::size(kRows) - 1] : *found;
}

// What Unknown files often are, so that the message can say more.
struct Hint {
  std::string_view magic;
  std::size_t offset;
  std::string_view what;
};
constexpr Hint kHints[] = {
    {"\x1f\x8b", 0, "is compressed with gzip; decompress it first"},
    {"\x28\xb5\x2f\xfd", 0, "is compressed with zstd; decompress it first"},
    {std::string_view("\xfd\x37zXZ\0", 6), 0, "is compressed with xz; decompress it first"},
    {"BZh", 0, "is compressed with bzip2; decompress it first"},
    {"7z\xbc\xaf\x27\x1c", 0, "is a 7z archive; unpack it and name the file inside"},
    {"ustar", 257, "is a tar archive; unpack it and name the file inside"},
    {"\x89HDF\r\n\x1a\n", 0, "is an HDF5 file, perhaps a Keras model; export the model with ExecuTorch instead"},
    {"\x89PNG\r\n\x1a\n", 0, "is a PNG image, not a model; pass it as an input"},
    {"\xff\xd8\xff", 0, "is a JPEG image, not a model; pass it as an input"},
    {"\x7f"
     "ELF",
     0, "is a compiled program or library (ELF), not a model"},
    {"vela_bin_stream", 0, "is the payload of an Ethos-U delegate, taken out of its program; give the .pte program"},
    {"\xcd\xab\x78\x56", 0, "is the payload of a QNN delegate, taken out of its program; give the .pte program"},
};

constexpr std::string_view kWanted =
    "a .pte program, a .ptd data file, a .bpte bundled program or an .etdp ETDump is expected";

std::string hex_bytes(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{}{:02x}", text.empty() ? "" : " ", byte);
  return text;
}

std::string unknown_message(ByteView bytes) {
  for (const Hint& hint : kHints) {
    if (has_tag(bytes, hint.offset, hint.magic)) return std::string(hint.what);
  }
  if (bytes.size() < 8) {
    return "is cut off: " + counted(bytes.size(), "byte") +
           " cannot hold even the start of a model; copy or export it again";
  }
  const ByteView sample = bytes.first(std::min(bytes.size(), kTextSample));
  if (std::ranges::all_of(sample, [](std::uint8_t byte) { return byte == 0; })) {
    return "begins with " + counted(sample.size(), "zero byte") + ": the download or copy that made it did not finish";
  }
  const std::string_view tag = as_text(bytes.subspan(4, 4));
  if (zero_word(bytes) && std::ranges::all_of(tag, printable)) {
    return "begins like the payload of a delegate (" + quoted(tag) +
           " at offset 4), taken out of its program; give the .pte program";
  }
  return "is of no known kind (it begins with " + hex_bytes(bytes.first(8)) + "); " + std::string(kWanted);
}

std::string flatbuffer_message(ByteView bytes) {
  const std::string tag = bytes.size() >= 8 ? quoted(as_text(bytes.subspan(4, 4))) : "''";
  if (is_incompatible_program(bytes)) {
    return "is an ExecuTorch program of an incompatible schema version (" + tag +
           "); every release reads 'ET12' only: export the model again";
  }
  return "is a flatbuffer with the unknown identifier " + tag + "; " + std::string(kWanted);
}

}  // namespace

FileKind identify(ByteView bytes) {
  return std::ranges::find_if(kRows, [&](const Row& row) { return row.matches(bytes); })->kind;
}

std::string_view describe(FileKind kind) { return row_of(kind).description; }

std::string described(FileKind kind) {
  const Row& row = row_of(kind);
  return std::string(row.article) + " " + std::string(row.description);
}

std::string_view kind_id(FileKind kind) { return row_of(kind).id; }

bool readable(FileKind kind) {
  switch (kind) {
    case FileKind::Program:
    case FileKind::DataFile:
    case FileKind::BundledProgram:
    case FileKind::EtDump:
    case FileKind::XnnpackBlob:
    case FileKind::XnnpackWeightCache:
    case FileKind::PackedWeights: return true;
    default: return false;
  }
}

Error stranger_error(const File& file, FileKind kind) {
  Error error;
  error.code = kind == FileKind::Empty ? ErrorCode::Malformed : ErrorCode::WrongKind;
  error.file = file.name();
  const std::string_view advice = row_of(kind).advice;
  switch (kind) {
    case FileKind::Empty: error.message = "is empty" + std::string(advice); break;
    case FileKind::Unknown: error.message = unknown_message(file.bytes()); break;
    case FileKind::OtherFlatbuffer: error.message = flatbuffer_message(file.bytes()); break;
    default: error.message = "is " + described(kind) + std::string(advice); break;
  }
  return error;
}

}  // namespace ptetool

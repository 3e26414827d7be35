// Recognising files as one table: a row says how a kind is called, how its bytes are told, and what to do with a file
// that is not for us. Rows are tried in order: exact magic numbers first, guesses about text and protobuf last.
#include "ptetool/format/file_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "ptetool/base/text.h"
#include "ptetool/format/packed_weights.h"
#include "ptetool/format/weight_cache.h"

namespace ptetool {

namespace {

// As much as is looked at to call a file text.
constexpr std::size_t kTextSample = 4096;

bool starts_with(ByteView bytes, std::string_view tag) { return has_tag(bytes, 0, tag); }

std::uint8_t byte_at(ByteView bytes, std::size_t index) {
  return index < bytes.size() ? bytes[index] : std::uint8_t{0};
}

bool printable(char c) { return c >= 0x20 && c < 0x7f; }

bool zero_word(ByteView bytes) { return load<std::uint32_t>(bytes, 0) == 0u; }

// Length of the UTF-8 sequence that begins with `lead`; 0 for a byte that cannot begin one.
std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

bool is_text(ByteView bytes) {
  const ByteView sample = bytes.first(std::min(bytes.size(), kTextSample));
  if (sample.empty()) return false;
  for (std::size_t at = 0; at < sample.size();) {
    const std::uint8_t lead = sample[at];
    if (lead == 0x7f ||
        (lead < 0x20 && std::string_view("\t\n\r\f\x1b").find(static_cast<char>(lead)) == std::string_view::npos)) {
      return false;
    }
    const std::size_t length = sequence_length(lead);
    if (length == 0) return false;
    for (std::size_t i = 1; i < length && at + i < sample.size(); ++i) {
      if ((sample[at + i] & 0xc0) != 0x80) return false;
    }
    at += length;
  }
  return true;
}

// The beginning of a text without byte order mark and white space.
std::string_view text_start(ByteView bytes) {
  std::string_view text = as_text(bytes.first(std::min(bytes.size(), kTextSample)));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const std::size_t first = text.find_first_not_of(" \t\r\n\f");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

bool starts_with_lower(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(), [](char wanted, char c) {
           return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
         });
}

bool is_html(ByteView bytes) {
  const std::string_view start = text_start(bytes);
  return starts_with_lower(start, "<!doctype html") || starts_with_lower(start, "<html");
}

bool is_json(ByteView bytes) {
  const std::string_view start = text_start(bytes);
  if (start.empty() || (start[0] != '{' && start[0] != '[') || !is_text(bytes)) return false;
  const std::size_t second = start.find_first_not_of(" \t\r\n", 1);
  if (second == std::string_view::npos) return false;
  const std::string_view expected = start[0] == '{' ? "\"}" : "\"{[]-0123456789tfn";
  return expected.find(start[second]) != std::string_view::npos;
}

bool is_xnnpack_blob(ByteView bytes) {
  return (zero_word(bytes) && has_tag(bytes, 4, "XH00")) || has_tag(bytes, 4, "XN00") || has_tag(bytes, 4, "XN01");
}

bool is_safetensors(ByteView bytes) {
  constexpr std::uint64_t kMaxHeader = 100'000'000;  // the format's own limit
  const auto length = load<std::uint64_t>(bytes, 0);
  return length && *length >= 2 && *length <= kMaxHeader && byte_at(bytes, 8) == '{' &&
         std::string_view("\" }\n").find(static_cast<char>(byte_at(bytes, 9))) != std::string_view::npos;
}

// Name of the first entry of a zip archive.
std::string_view first_zip_entry(ByteView bytes) {
  const auto length = load<std::uint16_t>(bytes, 26);
  const auto name = length ? subview(bytes, 30, *length) : std::nullopt;
  return name ? as_text(*name) : std::string_view();
}

bool is_zip(ByteView bytes) { return starts_with(bytes, "PK\x03\x04") || starts_with(bytes, "PK\x05\x06"); }

// torch.save, torch.jit.save and torch.export.save put everything below one folder, with members of these names.
bool is_torch_zip(ByteView bytes) {
  if (!starts_with(bytes, "PK\x03\x04")) return false;
  const std::string_view name = first_zip_entry(bytes);
  constexpr std::array<std::string_view, 7> kEnds = {"/data.pkl",
                                                     "/version",
                                                     "/byteorder",
                                                     "/archive_format",
                                                     "/archive_version",
                                                     "/.format_version",
                                                     "serialized_exported_program.json"};
  constexpr std::array<std::string_view, 7> kInside = {"archive/",         "/version", "/models/", "/data/weights/",
                                                       "/data/constants/", "/code/",   "/data/0"};
  return name.starts_with("models/") ||
         std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); }) ||
         std::ranges::any_of(kInside, [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

bool is_pickle(ByteView bytes) {
  constexpr std::string_view kTorchMagic = "\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.";
  const std::uint8_t protocol = byte_at(bytes, 1);
  if (byte_at(bytes, 0) != 0x80 || protocol < 2 || protocol > 5) return false;
  return has_tag(bytes, 2, kTorchMagic) || (protocol >= 4 && byte_at(bytes, 2) == 0x95) ||
         (bytes.size() > 2 && bytes.back() == '.');
}

// ONNX and Core ML models are protobufs that begin with a small version in field 1; field 2 is a producer's name in
// ONNX, and a message that begins with a message in Core ML.
bool has_protobuf_version(ByteView bytes) {
  const std::uint8_t version = byte_at(bytes, 1);
  return byte_at(bytes, 0) == 0x08 && version >= 1 && version < 0x40 && bytes.size() > 4;
}

bool is_onnx(ByteView bytes) {
  if (!has_protobuf_version(bytes)) return false;
  constexpr std::string_view kFollowers = "\x1a\x22\x28\x32\x3a\x42\x72";  // the other fields of a ModelProto
  const char second = static_cast<char>(bytes[2]);
  if (second != 0x12) return kFollowers.find(second) != std::string_view::npos && second != 0x28;
  const std::size_t length = bytes[3];
  const auto name = subview(bytes, 4, length);
  if (!name || length >= 0x80 || !std::ranges::all_of(as_text(*name), printable)) return false;
  return bytes.size() == 4 + length || kFollowers.find(static_cast<char>(bytes[4 + length])) != std::string_view::npos;
}

bool is_core_ml(ByteView bytes) {
  if (!has_protobuf_version(bytes) || bytes[2] != 0x12) return false;
  std::size_t at = 3;
  while (byte_at(bytes, at) >= 0x80 && at < 8) ++at;  // the length, a varint
  const std::uint8_t first = byte_at(bytes, at + 1);
  return first == 0x0a || first == 0x52 || first == 0xa2;
}

// Four letters or digits at offset 4, and a root table that lies inside with its vtable.
bool is_flatbuffer(ByteView bytes) {
  const auto tag = subview(bytes, 4, 4);
  if (!tag || !std::ranges::all_of(as_text(*tag), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      })) {
    return false;
  }
  const auto root = load<std::uint32_t>(bytes, 0);
  const auto back = root && *root >= 8 ? load<std::int32_t>(bytes, *root) : std::nullopt;
  if (!back) return false;
  const std::int64_t vtable = static_cast<std::int64_t>(*root) - *back;
  const auto size = vtable >= 0 ? load<std::uint16_t>(bytes, static_cast<std::uint64_t>(vtable)) : std::nullopt;
  return size && *size >= 4 && *size % 2 == 0 && range_within(static_cast<std::uint64_t>(vtable), *size, bytes.size());
}

// A program of a schema that nobody reads; ET02, of the months before the first release, is one of ours.
bool is_incompatible_program(ByteView bytes) {
  const auto tag = subview(bytes, 4, 4);
  if (!tag || !has_tag(bytes, 4, "ET")) return false;
  return std::ranges::all_of(as_text(tag->subspan(2)), [](char c) { return c >= '0' && c <= '9'; });
}

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

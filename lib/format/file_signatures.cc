// Guesses about text, zip, pickle and protobuf, each as narrow as files in the wild allow.
#include "format/file_signatures.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace ptetool {

namespace {

std::uint8_t byte_at(ByteView bytes, std::size_t index) {
  return index < bytes.size() ? bytes[index] : std::uint8_t{0};
}

// Length of the UTF-8 sequence that begins with `lead`; 0 for a byte that cannot begin one.
std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
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

// Name of the first entry of a zip archive.
std::string_view first_zip_entry(ByteView bytes) {
  const auto length = load<std::uint16_t>(bytes, 26);
  const auto name = length ? subview(bytes, 30, *length) : std::nullopt;
  return name ? as_text(*name) : std::string_view();
}

// ONNX and Core ML models are protobufs that begin with a small version in field 1; field 2 is a producer's name in
// ONNX, and a message that begins with a message in Core ML.
bool has_protobuf_version(ByteView bytes) {
  const std::uint8_t version = byte_at(bytes, 1);
  return byte_at(bytes, 0) == 0x08 && version >= 1 && version < 0x40 && bytes.size() > 4;
}

}  // namespace

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

bool is_zip(ByteView bytes) { return starts_with(bytes, "PK\x03\x04") || starts_with(bytes, "PK\x05\x06"); }

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

bool is_incompatible_program(ByteView bytes) {
  const auto tag = subview(bytes, 4, 4);
  if (!tag || !has_tag(bytes, 4, "ET")) return false;
  return std::ranges::all_of(as_text(tag->subspan(2)), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace ptetool

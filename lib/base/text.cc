// UTF-8 is checked byte by byte, overlong forms and surrogates included; what is not valid is shown as \x escapes.
#include "ptetool/base/text.h"

#include <fmt/format.h>

#include <array>

namespace ptetool {

namespace {

// Length of the valid UTF-8 sequence at the start of text, 0 if there is none (overlong forms, surrogates and values
// beyond U+10FFFF are invalid, and so are the C1 control characters for our purpose).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  if (lead == 0xc2 && second < 0xa0) return 0;
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
  if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
  return length;
}

}  // namespace

std::string escaped(std::string_view text, std::size_t limit) {
  std::string shown;
  std::size_t at = 0;
  while (at < text.size()) {
    if (at >= limit) return shown + "…";
    const char c = text[at];
    const std::size_t length = utf8_length(text.substr(at));
    if (c == '\\') {
      shown += "\\\\";
    } else if (c == '\n') {
      shown += "\\n";
    } else if (c == '\t') {
      shown += "\\t";
    } else if (c == '\r') {
      shown += "\\r";
    } else if (length == 0 || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      shown += text.substr(at, length);
    }
    at += length == 0 ? 1 : length;
  }
  return shown;
}

std::string quoted(std::string_view text) { return "'" + escaped(text) + "'"; }

std::string human_bytes(std::uint64_t size) {
  constexpr std::array<const char*, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (size < 1024) return fmt::format("{} B", size);
  double value = static_cast<double>(size) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural) {
  if (count == 1) return fmt::format("1 {}", singular);
  return plural.empty() ? fmt::format("{} {}s", count, singular) : fmt::format("{} {}", count, plural);
}

std::string name_list(std::span<const std::string> names, std::size_t most) {
  std::string list;
  const std::size_t shown = names.size() <= most + 1 ? names.size() : most;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i != 0) list += i + 1 == names.size() ? " and " : ", ";
    list += quoted(names[i]);
  }
  if (shown < names.size()) list += fmt::format(" and {} more", names.size() - shown);
  return list;
}

std::string hex(std::uint64_t value) { return fmt::format("{:#x}", value); }

std::string indexed(std::string_view name, std::uint64_t index) { return fmt::format("{}[{}]", name, index); }

}  // namespace ptetool

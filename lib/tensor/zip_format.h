// The numbers of PKWARE's format (APPNOTE.TXT 6.3): local headers with data, a central directory, an end record that
// says where the directory lies.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string_view>

#include "ptetool/base/bytes.h"

namespace ptetool::zip {

inline constexpr std::string_view kLocalTag = "PK\x03\x04";
inline constexpr std::string_view kDirectoryTag = "PK\x01\x02";
inline constexpr std::string_view kEndTag = "PK\x05\x06";
inline constexpr std::string_view kEnd64Tag = "PK\x06\x06";
inline constexpr std::string_view kLocator64Tag = "PK\x06\x07";
inline constexpr std::uint64_t kLocalBytes = 30, kDirectoryBytes = 46, kEndBytes = 22, kEnd64Bytes = 56,
                               kLocator64Bytes = 20;
inline constexpr std::uint64_t kMaxCommentBytes = 0xffff;
inline constexpr std::uint16_t kExtra64 = 1;  // the extra field with 64-bit sizes and offset
inline constexpr std::uint16_t kStored = 0, kDeflated = 8;
inline constexpr std::uint32_t kIn64 = 0xffffffff;  // stands where the true number is in a 64-bit field
inline constexpr std::uint16_t kIn64Short = 0xffff;

inline std::uint32_t crc_of(ByteView bytes) {
  return static_cast<std::uint32_t>(crc32_z(crc32_z(0, nullptr, 0), bytes.data(), bytes.size()));
}

}  // namespace ptetool::zip

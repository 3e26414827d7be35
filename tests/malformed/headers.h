// The headers by hand that files have beside their flatbuffers: where the fields are, and changes to them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "malformed/builder.h"

namespace ptetool::malformed {

struct HeaderField {
  std::string_view name;
  std::uint64_t at;
  unsigned width;
};

struct HeaderFormat {
  std::uint64_t tag_at;
  std::string_view tag;
  std::span<const HeaderField> fields;
};
extern const HeaderFormat kBlobHeader;     // format-facts 3.1
extern const HeaderFormat kProgramHeader;  // 1.2
extern const HeaderFormat kDataHeader;     // 2.1

// The low `width` bytes of a number; false where they lie outside.
bool overwrite(Buffer& bytes, std::uint64_t offset, std::uint64_t value, unsigned width);
void pad_to(Buffer& bytes, std::uint64_t alignment);

// The tag and every field, in order, where the header has its place already.
void write_header(Buffer& bytes, const HeaderFormat& format, std::initializer_list<std::uint64_t> values);
// Both containers insert their header behind the identifier; all other offsets of a flatbuffer are relative. The file
// is padded to where segments begin, `data_size` bytes of them.
void insert_header(Buffer& bytes, const HeaderFormat& format, std::size_t inserted, std::uint64_t data_size,
                   std::uint64_t align);
// "FIELD = N", each; other words are not about fields.
Result<> change_header(Buffer& bytes, const HeaderFormat& format, const std::vector<std::string>& lines);

}  // namespace ptetool::malformed

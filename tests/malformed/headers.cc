// Headers as ExecuTorch writes them, then as a fixture wants them.
#include "malformed/headers.h"

#include <algorithm>
#include <cstring>

#include "malformed/description.h"
#include "ptetool/base/bytes.h"

namespace ptetool::malformed {

namespace {

constexpr std::uint64_t kInsertedAt = 8;

constexpr HeaderField kBlobFields[] = {{"length", 8, 2},
                                       {"flatbuffer_offset", 10, 4},
                                       {"flatbuffer_size", 14, 4},
                                       {"constant_data_offset", 18, 4},
                                       {"constant_data_size", 22, 8}};
constexpr HeaderField kProgramFields[] = {
    {"length", 12, 4}, {"program_size", 16, 8}, {"segment_base_offset", 24, 8}, {"segment_data_size", 32, 8}};
constexpr HeaderField kDataFields[] = {{"length", 12, 4},
                                       {"flatbuffer_offset", 16, 8},
                                       {"flatbuffer_size", 24, 8},
                                       {"segment_base_offset", 32, 8},
                                       {"segment_data_size", 40, 8}};

}  // namespace

constexpr HeaderFormat kBlobHeader = {4, "XH00", kBlobFields};
constexpr HeaderFormat kProgramHeader = {kInsertedAt, "eh00", kProgramFields};
constexpr HeaderFormat kDataHeader = {kInsertedAt, "FH01", kDataFields};

bool overwrite(Buffer& bytes, std::uint64_t offset, std::uint64_t value, unsigned width) {
  if (!range_within(offset, width, bytes.size())) return false;
  std::memcpy(bytes.data() + offset, &value, width);
  return true;
}

void pad_to(Buffer& bytes, std::uint64_t alignment) {
  while (bytes.size() % alignment != 0) bytes.push_back(0);
}

void write_header(Buffer& bytes, const HeaderFormat& format, std::initializer_list<std::uint64_t> values) {
  std::memcpy(bytes.data() + format.tag_at, format.tag.data(), format.tag.size());
  const auto* value = values.begin();
  for (const HeaderField& field : format.fields) overwrite(bytes, field.at, *value++, field.width);
}

void insert_header(Buffer& bytes, const HeaderFormat& format, std::size_t inserted, std::uint64_t data_size,
                   std::uint64_t align) {
  const std::uint64_t original = bytes.size();
  bytes.insert(bytes.begin() + kInsertedAt, inserted, 0);
  overwrite(bytes, 0, *load<std::uint32_t>(bytes, 0) + inserted, 4);
  const std::uint64_t size = bytes.size();
  pad_to(bytes, align);
  const std::uint64_t base = bytes.size();
  if (&format == &kDataHeader) {
    write_header(bytes, format, {40, inserted, original, base, data_size});
  } else {
    write_header(bytes, format, {32, size, data_size == 0 ? 0 : base, data_size});
  }
}

Result<> change_header(Buffer& bytes, const HeaderFormat& format, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    std::string rest = line;
    const std::string name = take_word(rest);
    if (name == "none" || name == "yes" || name == "inserted") continue;
    take_word(rest);  // the equals sign
    const auto field = std::ranges::find(format.fields, name, &HeaderField::name);
    const auto value = to_number(rest);
    if (field == format.fields.end() || !value) return broken("header " + line, "there is no such field or number");
    if (!overwrite(bytes, field->at, *value, field->width)) {
      return broken("header " + line, "the file has no header");
    }
  }
  return {};
}

}  // namespace ptetool::malformed

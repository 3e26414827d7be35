// Archives of stored entries: as numpy writes them, and the same bytes for the same content.
#include <algorithm>
#include <limits>

#include "tensor/zip.h"
#include "tensor/zip_format.h"

namespace ptetool::zip {

namespace {

constexpr std::uint16_t kVersion = 20, kVersion64 = 45;
constexpr std::uint16_t kUtf8Name = 1u << 11;
constexpr std::uint16_t kFirstDate = (0u << 9) | (1u << 5) | 1u;  // 1980-01-01: archives of equal content are equal

// A little-endian record, put together field by field.
class Record {
 public:
  explicit Record(std::string_view tag) { put(bytes_of(tag)); }
  template <class T>
  Record& add(T value) {
    put(bytes_of(std::span<const T>(&value, 1)));
    return *this;
  }
  Record& put(ByteView bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  ByteView view() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

std::uint32_t narrow(std::uint64_t value) { return value >= kIn64 ? kIn64 : static_cast<std::uint32_t>(value); }

}  // namespace

Result<> Writer::put(ByteView bytes) {
  position_ += bytes.size();
  return file_.write(bytes);
}

Result<> Writer::add(const std::string& name, ByteView content) {
  if (name.size() > std::numeric_limits<std::uint16_t>::max()) {
    return fail(ErrorCode::Limit, "the name of an array is longer than an archive can hold");
  }
  written_.push_back({name, crc_of(content), content.size(), position_});
  const Written& entry = written_.back();
  const bool wide = entry.size >= kIn64;
  Record record(kLocalTag);
  record.add(wide ? kVersion64 : kVersion).add(kUtf8Name).add(kStored).add(std::uint16_t{0}).add(kFirstDate);
  record.add(entry.crc).add(narrow(entry.size)).add(narrow(entry.size));
  record.add(static_cast<std::uint16_t>(name.size())).add(static_cast<std::uint16_t>(wide ? 20 : 0));
  record.put(bytes_of(name));
  if (wide) record.add(kExtra64).add(std::uint16_t{16}).add(entry.size).add(entry.size);
  PTETOOL_CHECK(put(record.view()));
  return put(content);
}

Result<> Writer::finish() {
  const std::uint64_t begin = position_;
  for (const Written& entry : written_) {
    // In 64 bits all three numbers or none: readers accept both.
    const bool wide = entry.size >= kIn64 || entry.offset >= kIn64;
    const std::uint16_t version = wide ? kVersion64 : kVersion;
    const std::uint32_t size = wide ? kIn64 : narrow(entry.size);
    Record record(kDirectoryTag);
    record.add(version).add(version).add(kUtf8Name).add(kStored).add(std::uint16_t{0}).add(kFirstDate);
    record.add(entry.crc).add(size).add(size);
    record.add(static_cast<std::uint16_t>(entry.name.size())).add(static_cast<std::uint16_t>(wide ? 28 : 0));
    record.add(std::uint16_t{0}).add(std::uint16_t{0}).add(std::uint16_t{0}).add(std::uint32_t{0});
    record.add(wide ? kIn64 : narrow(entry.offset)).put(bytes_of(entry.name));
    if (wide) record.add(kExtra64).add(std::uint16_t{24}).add(entry.size).add(entry.size).add(entry.offset);
    PTETOOL_CHECK(put(record.view()));
  }
  const std::uint64_t end = position_;
  const std::uint64_t count = written_.size();
  if (begin >= kIn64 || end - begin >= kIn64 || count >= kIn64Short) {
    Record record(kEnd64Tag);
    record.add(kEnd64Bytes - 12).add(kVersion64).add(kVersion64).add(std::uint32_t{0}).add(std::uint32_t{0});
    record.add(count).add(count).add(end - begin).add(begin);
    record.put(Record(kLocator64Tag).add(std::uint32_t{0}).add(end).add(std::uint32_t{1}).view());
    PTETOOL_CHECK(put(record.view()));
  }
  const auto short_count = static_cast<std::uint16_t>(std::min<std::uint64_t>(count, kIn64Short));
  Record record(kEndTag);
  record.add(std::uint16_t{0}).add(std::uint16_t{0}).add(short_count).add(short_count);
  record.add(narrow(end - begin)).add(narrow(begin)).add(std::uint16_t{0});
  return put(record.view());
}

}  // namespace ptetool::zip

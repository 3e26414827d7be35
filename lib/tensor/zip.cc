// Reading archives: only the directory is believed; local headers are read to find the data behind them.
#include "tensor/zip.h"

#include <zlib.h>

#include <algorithm>
#include <new>
#include <optional>

#include "ptetool/base/text.h"
#include "tensor/zip_format.h"

namespace ptetool::zip {

namespace {

// deflate makes at most this many bytes of one, and a little more of none.
constexpr std::uint64_t kMaxRatio = 1032;
constexpr std::uint64_t kRatioSlack = 1032;
constexpr std::uint64_t kInflateStep = std::uint64_t{16} << 20;

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t count = 0;
};

class Reader {
 public:
  Reader(ByteView bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  Result<std::vector<Entry>> read() {
    PTETOOL_ASSIGN(const Directory directory, find_directory());
    const auto part = subview(bytes_, directory.offset, directory.size);
    if (!part || directory.count > directory.size / kDirectoryBytes) {
      return malformed("the directory of the archive does not fit into the file", directory.offset);
    }
    std::vector<Entry> entries;
    std::uint64_t at = directory.offset;
    for (std::uint64_t i = 0; i < directory.count; ++i) {
      PTETOOL_ASSIGN(Entry entry, read_entry(at, directory.offset + directory.size));
      entries.push_back(std::move(entry));
    }
    return entries;
  }

 private:
  Failure malformed(std::string message, std::uint64_t offset) const {
    return fail(ErrorCode::Malformed, file_, "", std::move(message), offset);
  }
  Failure unsupported(std::string message, std::uint64_t offset) const {
    return fail(ErrorCode::Unsupported, file_, "", std::move(message), offset);
  }
  // A number at a place that is known to lie inside.
  template <class T>
  T at(std::uint64_t offset) const {
    return load<T>(bytes_, offset).value_or(T{});
  }

  // The end record is the last thing in the file but for a comment whose length it tells.
  Result<Directory> find_directory() const {
    if (bytes_.size() < kEndBytes) return malformed("is cut off: the archive has no end record", bytes_.size());
    const std::uint64_t last = bytes_.size() - kEndBytes;
    const std::uint64_t first = last - std::min(last, kMaxCommentBytes);
    for (std::uint64_t offset = last + 1; offset-- > first;) {
      if (!has_tag(bytes_, offset, kEndTag)) continue;
      if (offset + kEndBytes + at<std::uint16_t>(offset + 20) != bytes_.size()) continue;
      return directory_of(offset);
    }
    return malformed("is cut off: the archive has no end record", bytes_.size());
  }

  Result<Directory> directory_of(std::uint64_t end) const {
    Directory directory{at<std::uint32_t>(end + 16), at<std::uint32_t>(end + 12), at<std::uint16_t>(end + 10)};
    const bool wide = directory.offset == kIn64 || directory.size == kIn64 || directory.count == kIn64Short;
    if (wide && end >= kLocator64Bytes && has_tag(bytes_, end - kLocator64Bytes, kLocator64Tag)) {
      const auto end64 = at<std::uint64_t>(end - kLocator64Bytes + 8);
      if (!subview(bytes_, end64, kEnd64Bytes) || !has_tag(bytes_, end64, kEnd64Tag)) {
        return malformed("the 64-bit end record is not where its locator says", end - kLocator64Bytes);
      }
      return Directory{at<std::uint64_t>(end64 + 48), at<std::uint64_t>(end64 + 40), at<std::uint64_t>(end64 + 32)};
    }
    if (at<std::uint16_t>(end + 4) != 0) return unsupported("is one part of a divided archive", end);
    return directory;
  }

  Result<Entry> read_entry(std::uint64_t& offset, std::uint64_t directory_end) const {
    if (!range_within(offset, kDirectoryBytes, directory_end) || !has_tag(bytes_, offset, kDirectoryTag)) {
      return malformed("the directory of the archive is damaged", offset);
    }
    const auto name_bytes = at<std::uint16_t>(offset + 28);
    const auto extra_bytes = at<std::uint16_t>(offset + 30);
    const auto comment_bytes = at<std::uint16_t>(offset + 32);
    const std::uint64_t name_at = offset + kDirectoryBytes;
    const std::uint64_t next = name_at + name_bytes + extra_bytes + comment_bytes;
    if (next > directory_end) return malformed("the directory of the archive is damaged", offset);
    Entry entry;
    entry.name = std::string(as_text(*subview(bytes_, name_at, name_bytes)));
    entry.method = at<std::uint16_t>(offset + 10);
    entry.crc = at<std::uint32_t>(offset + 16);
    std::uint64_t stored = at<std::uint32_t>(offset + 20);
    entry.size = at<std::uint32_t>(offset + 24);
    std::uint64_t header = at<std::uint32_t>(offset + 42);
    if (!widen(*subview(bytes_, name_at + name_bytes, extra_bytes), entry.size, stored, header)) {
      return malformed("the 64-bit sizes of " + quoted(entry.name) + " are missing", offset);
    }
    if ((at<std::uint16_t>(offset + 8) & 1u) != 0) return unsupported(quoted(entry.name) + " is encrypted", offset);
    if (entry.method != kStored && entry.method != kDeflated) {
      return unsupported(quoted(entry.name) + " is compressed with method " + std::to_string(entry.method) +
                             "; stored and deflated entries are read",
                         offset);
    }
    if (!subview(bytes_, header, kLocalBytes) || !has_tag(bytes_, header, kLocalTag)) {
      return malformed(quoted(entry.name) + " is not where the directory says", offset);
    }
    entry.offset = header + kLocalBytes + at<std::uint16_t>(header + 26) + at<std::uint16_t>(header + 28);
    const auto data = subview(bytes_, entry.offset, stored);
    if (!data) return malformed("is cut off: " + quoted(entry.name) + " ends beyond the file", header);
    entry.data = *data;
    offset = next;
    return entry;
  }

  // Numbers that do not fit 32 bits follow in an extra field, in this order, each only where it is needed.
  static bool widen(ByteView extra, std::uint64_t& size, std::uint64_t& stored, std::uint64_t& header) {
    std::uint64_t* const numbers[] = {&size, &stored, &header};
    if (std::ranges::none_of(numbers, [](const std::uint64_t* number) { return *number == kIn64; })) return true;
    for (std::uint64_t offset = 0; offset + 4 <= extra.size();) {
      const auto id = load<std::uint16_t>(extra, offset).value_or(0);
      const auto length = load<std::uint16_t>(extra, offset + 2).value_or(0);
      const auto field = subview(extra, offset + 4, length);
      if (!field) return false;
      offset += 4 + std::uint64_t{length};
      if (id != kExtra64) continue;
      std::uint64_t next = 0;
      for (std::uint64_t* number : numbers) {
        if (*number != kIn64) continue;
        const auto value = load<std::uint64_t>(*field, next);
        if (!value) return false;
        *number = *value;
        next += 8;
      }
      return true;
    }
    return false;
  }

  ByteView bytes_;
  const std::string& file_;
};

struct InflateStream {
  z_stream stream{};
  bool open = inflateInit2(&stream, -MAX_WBITS) == Z_OK;
  ~InflateStream() {
    if (open) inflateEnd(&stream);
  }
};

// Inflates into memory that grows with what really comes out.
Result<std::vector<std::uint8_t>> inflate_all(const Entry& entry, const std::string& file) {
  const auto damaged = [&](std::string_view how) {
    return fail(ErrorCode::Malformed, file, "", quoted(entry.name) + " " + std::string(how), entry.offset);
  };
  InflateStream inflater;
  if (!inflater.open) return fail(ErrorCode::Limit, file, "", "zlib has no memory to inflate");
  z_stream& stream = inflater.stream;
  std::vector<std::uint8_t> content;
  std::size_t consumed = 0;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    const std::size_t filled = content.size();
    // One byte more than promised shows whether there is more.
    const std::uint64_t room = std::min(kInflateStep, entry.size + 1 - filled);
    if (room == 0) return damaged("inflates to more than the directory says");
    content.resize(filled + static_cast<std::size_t>(room));
    const std::size_t offered = std::min<std::size_t>(entry.data.size() - consumed, kInflateStep);
    // zlib reads its input only, but does not say so.
    stream.next_in = const_cast<std::uint8_t*>(entry.data.data() + consumed);
    stream.avail_in = static_cast<uInt>(offered);
    stream.next_out = content.data() + filled;
    stream.avail_out = static_cast<uInt>(room);
    status = inflate(&stream, Z_NO_FLUSH);
    consumed += offered - stream.avail_in;
    const std::size_t made = static_cast<std::size_t>(room) - stream.avail_out;
    content.resize(filled + made);
    if (status != Z_OK && status != Z_STREAM_END) return damaged("is damaged: its bytes cannot be inflated");
    if (status == Z_OK && made == 0 && offered == stream.avail_in) return damaged("is cut off");
  }
  if (content.size() != entry.size) return damaged("does not inflate to the size that the directory says");
  return content;
}

}  // namespace

bool is_zip(ByteView bytes) { return has_tag(bytes, 0, kLocalTag) || has_tag(bytes, 0, kEndTag); }

Result<std::vector<Entry>> read_directory(ByteView bytes, const std::string& file) {
  if (!is_zip(bytes)) {
    return fail(ErrorCode::WrongKind, file, "",
                bytes.empty() ? "is empty; a zip archive was expected" : "is no zip archive");
  }
  return Reader(bytes, file).read();
}

Result<Bytes> extract(const Entry& entry, std::uint64_t max_bytes, const std::string& file) {
  const auto damaged = [&](std::string_view how) {
    return fail(ErrorCode::Malformed, file, "", quoted(entry.name) + " " + std::string(how), entry.offset);
  };
  if (entry.size > max_bytes) {
    return fail(ErrorCode::Limit, file, "",
                quoted(entry.name) + " has " + human_bytes(entry.size) + "; no more than " + human_bytes(max_bytes) +
                    " are read",
                entry.offset);
  }
  Bytes content;
  if (entry.method == kStored) {
    if (entry.data.size() != entry.size) return damaged("is stored, but not in its own size");
    content.view = entry.data;
  } else {
    const auto possible = checked_mul<std::uint64_t>(entry.data.size(), kMaxRatio);
    if (possible && entry.size > *possible + kRatioSlack) {
      return damaged("promises more bytes than can have been compressed into it");
    }
    try {
      PTETOOL_ASSIGN(auto inflated, inflate_all(entry, file));
      const auto owner = std::make_shared<const std::vector<std::uint8_t>>(std::move(inflated));
      content = {*owner, owner};
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::Limit, file, "",
                  "the machine has no " + human_bytes(entry.size) + " for " + quoted(entry.name));
    }
  }
  if (crc_of(content.view) != entry.crc) return damaged("is corrupt: its CRC-32 is not the one in the directory");
  return content;
}

}  // namespace ptetool::zip

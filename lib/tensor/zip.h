// Zip archives, as far as .npz files use them: entries that are stored or deflated, with or without the 64-bit fields.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/file.h"
#include "ptetool/base/result.h"

namespace ptetool::zip {

struct Entry {
  std::string name;  // as in the file: not escaped
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t size = 0;    // after inflating, as the directory says
  std::uint64_t offset = 0;  // of the data
  ByteView data;             // as stored
};

bool is_zip(ByteView bytes);

// The central directory, proved against the local headers. `file` is what errors call the archive. Errors: WrongKind,
// Malformed, Unsupported (encryption, several disks, other compression).
Result<std::vector<Entry>> read_directory(ByteView bytes, const std::string& file);

// The entry's content; of a stored entry a view of the archive itself. The CRC has to agree, and so has the size: an
// entry costs no more memory than deflate can make of its bytes (some 1,032 for each) and never more than `max_bytes`.
// Errors: Malformed, Limit.
Result<Bytes> extract(const Entry& entry, std::uint64_t max_bytes, const std::string& file);

// Writes an archive of stored entries, as numpy.savez does.
class Writer {
 public:
  explicit Writer(AtomicFile& file) : file_(file) {}
  Result<> add(const std::string& name, ByteView content);
  // The directory; nothing can be added after it.
  Result<> finish();

 private:
  struct Written {
    std::string name;
    std::uint32_t crc;
    std::uint64_t size;
    std::uint64_t offset;
  };
  Result<> put(ByteView bytes);

  AtomicFile& file_;
  std::uint64_t position_ = 0;
  std::vector<Written> written_;
};

}  // namespace ptetool::zip

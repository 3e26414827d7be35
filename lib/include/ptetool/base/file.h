// Files: mapped for reading, written so that a reader never sees half a file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/result.h"

namespace ptetool {

// The largest input that is taken from a pipe (it is held in memory): 8 GiB, less where there is no room for that.
inline constexpr std::uint64_t kMaxPipeBytes = std::uint64_t{8} << 30;

// An input file: its bytes never move and are read-only while the File lives. Regular files are mapped (only touched
// pages become resident), also as "-" (standard input); pipes are read to their end into memory. Thread-safe.
class File {
 public:
  // Errors: Io (not found, no permission, a directory, a device without end), Limit (a pipe beyond kMaxPipeBytes).
  static Result<std::shared_ptr<const File>> open(const std::string& path);
  // A file that exists only in memory, for embedded artifacts and tests; `name` is what messages call it. The bytes are
  // 64-byte aligned.
  static std::shared_ptr<const File> from_bytes(std::string name, ByteView bytes);
  // A part of another file under another name, without a copy (a program inside a bundled program).
  static std::shared_ptr<const File> part_of(std::shared_ptr<const File> whole, std::string name, ByteView part);

  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& name() const { return name_; }
  ByteView bytes() const { return bytes_; }
  std::uint64_t size() const { return bytes_.size(); }
  bool mapped() const { return mapped_; }

 private:
  File(std::string name, ByteView bytes, std::shared_ptr<const void> owner, bool mapped);

  std::string name_;
  ByteView bytes_;
  std::shared_ptr<const void> owner_;
  bool mapped_;
};

// A file that appears under its name only when it is complete: written beside it, flushed, renamed. Without commit()
// nothing remains. Links are followed; what is there and no regular file (a pipe, a device) is written to in place.
class AtomicFile {
 public:
  static Result<AtomicFile> create(const std::string& path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  Result<> write(ByteView bytes);
  // Where the bytes are until they have their name, for looking at them before that.
  const std::string& temporary_path() const { return temporary_; }
  Result<> commit();
  // The same without waiting for storage: after a failure of the machine the file may be torn under its name.
  Result<> commit_unflushed();

 private:
  AtomicFile(std::string path, std::string temporary, int descriptor);
  Result<> finish(bool flush);

  std::string path_;
  std::string temporary_;
  int descriptor_;
};

// Writes a whole file atomically.
Result<> write_file(const std::string& path, ByteView bytes);

}  // namespace ptetool

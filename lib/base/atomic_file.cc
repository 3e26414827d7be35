#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

#include "ptetool/base/file.h"

namespace ptetool {

namespace {

std::string reason(int error) { return std::system_category().message(error); }

// A link goes on pointing to the file that is written.
std::string behind_links(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> found(::realpath(path.c_str(), nullptr), std::free);
  return found ? found.get() : path;
}

}  // namespace

AtomicFile::AtomicFile(std::string path, std::string temporary, int descriptor)
    : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (temporary_ != path_) ::unlink(temporary_.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return fail(ErrorCode::Io, path, "", "cannot write: " + reason(EISDIR));
  if (exists && !S_ISREG(status.st_mode)) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor >= 0) return AtomicFile(path, path, descriptor);
    return fail(ErrorCode::Io, path, "", "cannot open: " + reason(errno));
  }
  const std::string target = exists ? behind_links(path) : path;
  // A name that no other process has: the number counts what an interrupted one left behind.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const std::string temporary = target + "." + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".part";
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return AtomicFile(target, temporary, descriptor);
    if (errno != EEXIST) return fail(ErrorCode::Io, path, "", "cannot create: " + reason(errno));
  }
  return fail(ErrorCode::Io, path, "", "cannot create: too many unfinished files lie beside it");
}

Result<> AtomicFile::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(ErrorCode::Io, path_, "", "cannot write: " + reason(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> AtomicFile::commit() { return finish(true); }
Result<> AtomicFile::commit_unflushed() { return finish(false); }

Result<> AtomicFile::finish(bool flush) {
  const int descriptor = std::exchange(descriptor_, -1);
  const bool in_place = temporary_ == path_;
  const bool flushed = !flush || in_place || ::fsync(descriptor) == 0;
  const int flush_error = errno;
  const bool closed = ::close(descriptor) == 0;
  if (!flushed || !closed || (!in_place && ::rename(temporary_.c_str(), path_.c_str()) != 0)) {
    const int error = flushed ? errno : flush_error;
    if (!in_place) ::unlink(temporary_.c_str());
    return fail(ErrorCode::Io, path_, "", "cannot write: " + reason(error));
  }
  return {};
}

Result<> write_file(const std::string& path, ByteView bytes) {
  PTETOOL_ASSIGN(AtomicFile file, AtomicFile::create(path));
  PTETOOL_CHECK(file.write(bytes));
  return file.commit();
}

}  // namespace ptetool

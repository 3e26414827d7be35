// Where the system has O_TMPFILE, the file has no name until it is complete and vanishes with its process; else it is a
// ".part" beside the target. commit() flushes and renames.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
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

constexpr const char* kDescriptors = "/proc/self/fd/";

std::string named(int descriptor) { return kDescriptors + std::to_string(descriptor); }
bool nameless(const std::string& temporary) { return temporary.starts_with(kDescriptors); }

// A file that has no name yet: it disappears with its process, however that ends. -1 where the system or the file
// system has no such files.
int open_nameless([[maybe_unused]] const std::string& target) {
#ifdef O_TMPFILE
  const std::size_t slash = target.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : target.substr(0, slash + 1);
  const int descriptor = ::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
  if (descriptor < 0) return -1;
  if (::access(named(descriptor).c_str(), R_OK) == 0) return descriptor;
  ::close(descriptor);
#endif
  return -1;
}

// Calls make(name) with names beside `target` that no other process uses, until it does not fail because there is such
// a file: one that an interrupted process left behind. nullopt, and errno, where it fails otherwise.
template <class Make>
std::optional<std::string> with_free_name(const std::string& target, Make&& make) {
  constexpr int kMostLeftBehind = 1000;
  for (int attempt = 0; attempt < kMostLeftBehind; ++attempt) {
    std::string name = target + "." + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".part";
    if (make(name.c_str())) return name;
    if (errno != EEXIST) break;
  }
  return std::nullopt;
}

void discard(const std::string& temporary, const std::string& path) {
  if (temporary != path && !nameless(temporary)) ::unlink(temporary.c_str());
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
  discard(temporary_, path_);
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
  if (const int descriptor = open_nameless(target); descriptor >= 0) {
    return AtomicFile(target, named(descriptor), descriptor);
  }
  int descriptor = -1;
  const auto temporary = with_free_name(target, [&](const char* name) {
    descriptor = ::open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return descriptor >= 0;
  });
  if (!temporary) return fail(ErrorCode::Io, path, "", "cannot create: " + reason(errno));
  return AtomicFile(target, *temporary, descriptor);
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
  const bool in_place = temporary_ == path_;
  // Some file systems cannot be asked to flush.
  bool done = !flush || in_place || ::fsync(descriptor_) == 0 || errno == EINVAL;
  if (done && nameless(temporary_)) {
    const std::string from = temporary_;
    const auto name = with_free_name(
        path_, [&](const char* to) { return ::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0; });
    done = name.has_value();
    if (name) temporary_ = *name;
  }
  int error = errno;
  if (::close(std::exchange(descriptor_, -1)) != 0 && done) {
    done = false;
    error = errno;
  }
  if (done && !in_place && ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    done = false;
    error = errno;
  }
  if (done) return {};
  discard(temporary_, path_);
  return fail(ErrorCode::Io, path_, "", "cannot write: " + reason(error));
}

Result<> write_file(const std::string& path, ByteView bytes) {
  PTETOOL_ASSIGN(AtomicFile file, AtomicFile::create(path));
  PTETOOL_CHECK(file.write(bytes));
  return file.commit();
}

}  // namespace ptetool

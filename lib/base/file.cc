#include "ptetool/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <new>
#include <system_error>

#include "ptetool/base/text.h"

namespace ptetool {

namespace {

std::string reason(int error) { return std::system_category().message(error); }

// Closes a descriptor at the end of a scope.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value > STDERR_FILENO) ::close(value);
  }
};

struct AlignedDelete {
  void operator()(std::uint8_t* data) const { ::operator delete[](data, std::align_val_t{64}); }
};

std::shared_ptr<std::uint8_t[]> aligned_bytes(std::size_t size) {
  return {static_cast<std::uint8_t*>(::operator new[](size == 0 ? 1 : size, std::align_val_t{64})), AlignedDelete{}};
}

Result<std::vector<std::uint8_t>> read_all(int descriptor, const std::string& name) {
  std::vector<std::uint8_t> content;
  constexpr std::size_t kStep = std::size_t{1} << 20;
  std::vector<std::uint8_t> step(kStep);
  while (true) {
    const ssize_t got = ::read(descriptor, step.data(), step.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::Io, name, "", "cannot read: " + reason(errno));
    if (got == 0) return content;
    if (content.size() + static_cast<std::size_t>(got) > kMaxPipeBytes) {
      return fail(ErrorCode::Limit, name, "", "a pipe of more than " + human_bytes(kMaxPipeBytes) + " is not read");
    }
    content.insert(content.end(), step.begin(), step.begin() + got);
  }
}

}  // namespace

File::File(std::string name, ByteView bytes, std::shared_ptr<const void> owner, bool mapped)
    : name_(std::move(name)), bytes_(bytes), owner_(std::move(owner)), mapped_(mapped) {}

File::~File() = default;

Result<std::shared_ptr<const File>> File::open(const std::string& path) {
  const bool standard_input = path == "-";
  const Descriptor descriptor{standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.value < 0) return fail(ErrorCode::Io, path, "", "cannot open: " + reason(errno));
  struct stat status {};
  if (::fstat(descriptor.value, &status) != 0) return fail(ErrorCode::Io, path, "", "cannot open: " + reason(errno));
  if (S_ISDIR(status.st_mode)) return fail(ErrorCode::Io, path, "", "is a directory");
  if (standard_input || !S_ISREG(status.st_mode)) {
    PTETOOL_ASSIGN(const auto content, read_all(descriptor.value, path));
    return from_bytes(path, content);
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return from_bytes(path, {});
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.value, 0);
  if (address == MAP_FAILED) return fail(ErrorCode::Io, path, "", "cannot map: " + reason(errno));
  const std::shared_ptr<const void> owner(address, [size](void* start) { ::munmap(start, size); });
  const ByteView bytes(static_cast<const std::uint8_t*>(address), size);
  return std::shared_ptr<const File>(new File(path, bytes, owner, true));
}

std::shared_ptr<const File> File::from_bytes(std::string name, ByteView bytes) {
  const auto copy = aligned_bytes(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  return std::shared_ptr<const File>(new File(std::move(name), ByteView(copy.get(), bytes.size()), copy, false));
}

std::shared_ptr<const File> File::part_of(std::shared_ptr<const File> whole, std::string name, ByteView part) {
  const bool mapped = whole->mapped();
  return std::shared_ptr<const File>(new File(std::move(name), part, std::move(whole), mapped));
}

AtomicFile::AtomicFile(std::string path, std::string temporary, int descriptor)
    : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  // A name that no other process has: the number counts what an interrupted one left behind.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const std::string temporary = path + "." + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".part";
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return AtomicFile(path, temporary, descriptor);
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
  const bool flushed = !flush || ::fsync(descriptor) == 0 || errno == EINVAL;
  const int flush_error = errno;
  const bool closed = ::close(descriptor) == 0;
  if (!flushed || !closed || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = flushed ? errno : flush_error;
    ::unlink(temporary_.c_str());
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

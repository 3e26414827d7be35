// Regular files are mapped as a whole. What a pipe brings is read into reserved address space, of which only what is
// written to becomes memory: nothing is copied when there is more than was thought.
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

struct Memory {
  std::shared_ptr<const void> owner;
  ByteView bytes;
};

// Address space for as much as a pipe may bring, or for less where the system does not hand out so much: its pages
// become memory when they are written to, so that what is read is held once.
Result<Memory> reserve(const std::string& name) {
  constexpr std::size_t kLeast = std::size_t{16} << 20;
  for (std::size_t size = kMaxPipeBytes; size >= kLeast; size /= 2) {
    void* start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) continue;
    return Memory{{start, [size](void* at) { ::munmap(at, size); }}, {static_cast<std::uint8_t*>(start), size}};
  }
  return fail(ErrorCode::Io, name, "", "cannot read: " + reason(ENOMEM));
}

// What a pipe, a terminal or a file without a size of its own (those of /proc) brings until it ends.
Result<Memory> read_stream(int descriptor, const std::string& name, bool device) {
  PTETOOL_ASSIGN(Memory memory, reserve(name));
  const auto start = static_cast<std::uint8_t*>(const_cast<void*>(memory.owner.get()));
  std::size_t size = 0;
  while (true) {
    std::uint8_t beyond = 0;
    const bool full = size == memory.bytes.size();
    const ssize_t got =
        full ? ::read(descriptor, &beyond, 1) : ::read(descriptor, start + size, memory.bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::Io, name, "", "cannot read: " + reason(errno));
    if (got == 0) break;
    // The bytes of /dev/zero and its like are nobody's, and never end.
    if (device) return fail(ErrorCode::Io, name, "", "is a device, not a file");
    if (full) {
      return fail(ErrorCode::Limit, name, "", "a pipe of more than " + human_bytes(size) + " is not read");
    }
    size += static_cast<std::size_t>(got);
  }
  memory.bytes = memory.bytes.first(size);
  return memory;
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
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size == 0 || (standard_input && ::lseek(descriptor.value, 0, SEEK_CUR) != 0)) {
    const bool device = S_ISBLK(status.st_mode) || (S_ISCHR(status.st_mode) && ::isatty(descriptor.value) == 0);
    PTETOOL_ASSIGN(const Memory memory, read_stream(descriptor.value, path, device));
    return std::shared_ptr<const File>(new File(path, memory.bytes, memory.owner, false));
  }
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

}  // namespace ptetool

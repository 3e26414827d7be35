// Files: what is mapped, what is held in memory, and that a written file appears whole or not at all.
#include "ptetool/base/file.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "temporary_folder.h"

using namespace ptetool;
using Folder = test::TemporaryFolder;

TEST_CASE("a written file is read back, and nothing else is left in the folder") {
  const Folder folder;
  const std::string name = folder / "x";
  REQUIRE(write_file(name, bytes_of(std::string_view("hello"))));
  const auto file = File::open(name);
  REQUIRE(file);
  CHECK(as_text((*file)->bytes()) == "hello");
  CHECK((*file)->mapped());
  CHECK(folder.files().size() == 1);
}

TEST_CASE("without commit the old file stays and no new one appears") {
  const Folder folder;
  const std::string name = folder / "x";
  REQUIRE(write_file(name, bytes_of(std::string_view("old"))));
  {
    auto file = AtomicFile::create(name);
    REQUIRE(file);
    REQUIRE(file->write(bytes_of(std::string_view("half of the new"))));
  }
  CHECK(as_text((*File::open(name))->bytes()) == "old");
  CHECK(folder.files().size() == 1);
}

TEST_CASE("a process that ends in the middle leaves nothing behind, where the file system has files without names") {
  const Folder folder;
#ifdef O_TMPFILE
  const int probe = ::open(folder.path.c_str(), O_WRONLY | O_TMPFILE, 0600);
  if (probe < 0) return;
  ::close(probe);
  const std::string name = folder / "x";
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto file = AtomicFile::create(name);
    const bool written = file && file->write(bytes_of(std::string_view("half of it")));
    const auto seen = written ? File::open(file->temporary_path()) : File::open("");
    ::_exit(seen && as_text((*seen)->bytes()) == "half of it" ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(folder.files().size() == 0);
#endif
}

TEST_CASE("what is no regular file is written to, not replaced") {
  const Folder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::string received;
  std::thread reader([&] {
    const auto file = File::open(pipe);
    if (file) received = as_text((*file)->bytes());
  });
  const auto written = write_file(pipe, bytes_of(std::string_view("hello")));
  reader.join();
  CHECK(written);
  CHECK(received == "hello");
  CHECK(std::filesystem::is_fifo(pipe));
  CHECK(folder.files().size() == 1);
}

TEST_CASE("a device takes what is written, or the error says that it does not") {
  if (::access("/dev/full", W_OK) != 0) return;
  // By way of a link, so that a mistake costs a link and no device.
  const Folder folder;
  for (const char* device : {"/dev/full", "/dev/null"}) {
    const std::string link = folder / "link";
    std::filesystem::create_symlink(device, link);
    const auto written = write_file(link, bytes_of(std::string_view("hello")));
    CHECK(written.has_value() == (device == std::string_view("/dev/null")));
    if (!written) CHECK(written.error().code == ErrorCode::Io);
    CHECK(std::filesystem::is_symlink(link));
    CHECK(folder.files().size() == 1);
    std::filesystem::remove(link);
  }
}

TEST_CASE("a link goes on pointing to the file that is written") {
  const Folder folder;
  const std::string name = folder / "x";
  const std::string link = folder / "link";
  REQUIRE(write_file(name, bytes_of(std::string_view("old"))));
  std::filesystem::create_symlink("x", link);
  REQUIRE(write_file(link, bytes_of(std::string_view("new"))));
  CHECK(std::filesystem::is_symlink(link));
  CHECK(as_text((*File::open(name))->bytes()) == "new");
  CHECK(folder.files().size() == 2);
}

TEST_CASE("a pipe is read to its end, a device that never ends is not") {
  const Folder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const std::string text(std::size_t{3} << 20, 'x');
  std::thread writer([&] {
    const int descriptor = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t some = ::write(descriptor, text.data() + at, text.size() - at);
      if (some <= 0) break;
      at += static_cast<std::size_t>(some);
    }
    ::close(descriptor);
  });
  const auto file = File::open(pipe);
  writer.join();
  REQUIRE(file);
  CHECK(as_text((*file)->bytes()) == text);
  CHECK(is_aligned((*file)->bytes().data(), 64));
  CHECK_FALSE((*file)->mapped());
  const auto endless = File::open("/dev/zero");
  REQUIRE_FALSE(endless);
  CHECK(endless.error().message == "is a device, not a file");
  REQUIRE(File::open("/dev/null"));
  CHECK((*File::open("/dev/null"))->size() == 0);
}

TEST_CASE("what cannot be opened says why") {
  const Folder folder;
  CHECK(File::open(folder / "none").error().code == ErrorCode::Io);
  CHECK(File::open(folder.path.string()).error().message == "is a directory");
  CHECK_FALSE(AtomicFile::create((folder.path / "no" / "such" / "folder").string()));
}

TEST_CASE("bytes in memory are aligned and keep their name") {
  const auto file = File::from_bytes("inner.pte", bytes_of(std::string_view("abc")));
  CHECK(file->name() == "inner.pte");
  CHECK(is_aligned(file->bytes().data(), 64));
  CHECK_FALSE(file->mapped());
  const auto part = File::part_of(file, "part", file->bytes().subspan(1));
  CHECK(as_text(part->bytes()) == "bc");
}

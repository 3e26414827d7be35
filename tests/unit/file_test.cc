// Files: what is mapped, what is held in memory, and that a written file appears whole or not at all.
#include "ptetool/base/file.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>

using namespace ptetool;

namespace {

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("ptetool_file_test_" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator()));
  }
};

}  // namespace

TEST_CASE("a written file is read back, and nothing else is left in the folder") {
  const Folder folder;
  const std::string name = (folder.path / "x").string();
  REQUIRE(write_file(name, bytes_of(std::string_view("hello"))));
  const auto file = File::open(name);
  REQUIRE(file);
  CHECK(as_text((*file)->bytes()) == "hello");
  CHECK((*file)->mapped());
  CHECK(folder.files() == 1);
}

TEST_CASE("without commit the old file stays and no new one appears") {
  const Folder folder;
  const std::string name = (folder.path / "x").string();
  REQUIRE(write_file(name, bytes_of(std::string_view("old"))));
  {
    auto file = AtomicFile::create(name);
    REQUIRE(file);
    REQUIRE(file->write(bytes_of(std::string_view("half of the new"))));
  }
  CHECK(as_text((*File::open(name))->bytes()) == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("what cannot be opened says why") {
  const Folder folder;
  CHECK(File::open((folder.path / "none").string()).error().code == ErrorCode::Io);
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

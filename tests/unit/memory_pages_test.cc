// Memory that is given back while it is in use keeps its content, or is zero where that is the promise.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "ptetool/base/file.h"
#include "ptetool/base/memory_usage.h"
#include "ptetool/base/pages.h"
#include "ptetool/base/reading_window.h"
#include "runtime/memory.h"
#include "runtime/scratch_arenas.h"

namespace ptetool {

TEST_CASE("a file reads the same while its pages are given back") {
  const auto path = std::filesystem::temp_directory_path() / ("ptetool-window-" + std::to_string(::getpid()));
  constexpr std::size_t kSize = std::size_t{40} << 20;
  {
    std::ofstream out(path, std::ios::binary);
    std::vector<char> block(std::size_t{1} << 20);
    for (std::size_t i = 0; i < kSize / block.size(); ++i) {
      std::fill(block.begin(), block.end(), static_cast<char>(i + 1));
      out.write(block.data(), static_cast<std::streamsize>(block.size()));
    }
  }
  const auto file = File::open(path.string());
  std::filesystem::remove(path);
  REQUIRE(file);
  const ByteView bytes = (*file)->bytes();
  for (const auto reads : {ReadingWindow::Reads::InOrder, ReadingWindow::Reads::Scattered}) {
    const ReadingWindow window(**file, bytes, reads);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 61) wrong += bytes[i] != static_cast<std::uint8_t>((i >> 20) + 1);
    CHECK(wrong == 0);
  }
}

TEST_CASE("parts of a file are given back, neighbours at once") {
  const auto path = std::filesystem::temp_directory_path() / ("ptetool-releases-" + std::to_string(::getpid()));
  constexpr std::size_t kSize = std::size_t{32} << 20, kPart = 6000;
  std::ofstream(path, std::ios::binary) << std::string(kSize, 'x');
  const auto file = File::open(path.string());
  std::filesystem::remove(path);
  REQUIRE(file);
  const ByteView bytes = (*file)->bytes();
  const auto touched = [&] {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 4096) sum += bytes[i];
    CHECK(sum == kSize / 4096 * 'x');
    return memory_usage().file.value_or(0);
  };
  const std::uint64_t full = touched();
  if (full == 0 || !(*file)->mapped()) return;  // a system that does not tell
  {
    PageReleases releases;
    for (std::size_t i = 0; i + kPart <= kSize / 2; i += kPart) releases.add(**file, bytes.subspan(i, kPart));
    // Behind a gap, and before what was there.
    releases.add(**file, bytes.subspan(kSize - kSize / 4));
    releases.add(**file, bytes.subspan(kSize / 2 + kSize / 8, kSize / 16));
    const std::uint64_t most = memory_usage().file.value_or(0);
    CHECK(most < full - kSize / 2);
    releases.finish();
    CHECK(memory_usage().file.value_or(0) < most);
  }
  CHECK(memory_usage().file.value_or(0) < full - kSize * 3 / 4);
  touched();
}

TEST_CASE("blocks of either page size are zero, writable and aligned") {
  for (const PageSize pages : {PageSize::Medium, PageSize::Large}) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{200000}, kLargePage, 3 * kLargePage + 4097}) {
      std::uint8_t* memory = map_zeros(size, pages);
      REQUIRE(memory);
      CHECK(is_aligned(memory, size >= kLargePage ? kLargePage : 4096));
      CHECK(std::all_of(memory, memory + size, [](std::uint8_t byte) { return byte == 0; }));
      std::fill_n(memory, size, std::uint8_t{7});
      unmap(memory, size);
    }
  }
}

TEST_CASE("memory that was given back is zero and can be used again") {
  const auto memory = LazyMemory::reserve(100000);
  REQUIRE(memory);
  for (std::uint8_t mark = 1; mark < 4; ++mark) {
    CHECK(std::all_of(memory->data(), memory->data() + memory->size(), [](std::uint8_t byte) { return byte == 0; }));
    std::fill_n(memory->data(), memory->size(), mark);
    memory->give_back();
  }
}

TEST_CASE("methods take turns in scratch memory; who comes back soon finds it as it was") {
  ScratchArenas arenas;
  const auto memory = arenas.borrow(0, 5000);
  REQUIRE(memory);
  const int first = 0, second = 0;
  {
    const ScratchArenas::Turn turn(arenas, &first);
    std::fill_n((*memory)->data(), (*memory)->size(), std::uint8_t{7});
  }
  { const ScratchArenas::Turn turn(arenas, &second); }
  const ScratchArenas::Turn turn(arenas, &first);
  CHECK(std::all_of((*memory)->data(), (*memory)->data() + 5000, [](std::uint8_t byte) { return byte == 7; }));
}

}  // namespace ptetool

// Memory for packed weights: blocks do not overlap, are aligned, and are used again.
#include "xnnpack/large_blocks.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "ptetool/base/bytes.h"

namespace ptetool::xnn {

TEST_CASE("large blocks keep their content while others come and go") {
  struct Held {
    std::shared_ptr<std::uint8_t> block;
    std::size_t size;
    std::uint8_t mark;
  };
  auto blocks = std::make_shared<LargeBlocks>();
  std::vector<Held> held;
  std::mt19937 random(5);
  const auto intact = [](const Held& each) {
    return std::all_of(each.block.get(), each.block.get() + each.size,
                       [&](std::uint8_t byte) { return byte == each.mark; });
  };
  for (unsigned i = 0; i < 400; ++i) {
    if (held.size() > 20 || (!held.empty() && random() % 3 == 0)) {
      const auto gone = held.begin() + static_cast<std::ptrdiff_t>(random() % held.size());
      CHECK(intact(*gone));
      held.erase(gone);
      continue;
    }
    // Below, among and above the sizes that share chunks.
    const std::size_t size = 1 + (i % 40 == 0 ? random() % (12u << 20) : random() % (300u << 10));
    Held each{blocks->allocate(size, i % 2 == 0 ? PageSize::Large : PageSize::Medium), size,
              static_cast<std::uint8_t>(i)};
    REQUIRE(each.block);
    CHECK(is_aligned(each.block.get(), 64));
    CHECK(std::all_of(each.block.get(), each.block.get() + size, [](std::uint8_t byte) { return byte == 0; }));
    std::memset(each.block.get(), each.mark, size);
    held.push_back(std::move(each));
  }
  for (const Held& each : held) CHECK(intact(each));
}

TEST_CASE("what is given back is used again, and blocks outlive their maker") {
  auto blocks = std::make_shared<LargeBlocks>();
  const std::size_t size = std::size_t{1} << 20;
  auto first = blocks->allocate(size, PageSize::Large);
  auto second = blocks->allocate(size, PageSize::Large);
  auto third = blocks->allocate(size, PageSize::Large);
  const std::uint8_t* place = first.get();
  first.reset();
  CHECK(blocks->allocate(size, PageSize::Large).get() == place);
  second.reset();  // joins the free ranges on both sides
  CHECK(blocks->allocate(2 * size, PageSize::Large).get() == place);
  blocks.reset();
  std::memset(third.get(), 1, size);
  CHECK(third.get()[size - 1] == 1);
}

}  // namespace ptetool::xnn

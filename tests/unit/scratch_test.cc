// Blocks of a pool: distinct while they live, handed out again afterwards, usable without a pool.
#include "ptetool/base/scratch.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>

#include "ptetool/base/bytes.h"

namespace {

using namespace ptetool;

TEST_CASE("blocks that live at the same time do not overlap, whatever came back before") {
  const ScratchPool pool;
  for (int round = 0; round < 3; ++round) {
    const auto a = ScratchPool::take(&pool, 5000), b = ScratchPool::take(&pool, 5000), c = ScratchPool::take(&pool, 0);
    std::memset(a.data(), 1, 5000);
    std::memset(b.data(), 2, 5000);
    CHECK(static_cast<const std::uint8_t*>(a.data())[4999] == 1);
    CHECK(static_cast<const std::uint8_t*>(b.data())[0] == 2);
    CHECK(c.data() != a.data());
    CHECK(is_aligned(b.data(), 64));
  }
}

TEST_CASE("a block may move, and may outgrow what the pool keeps") {
  const ScratchPool pool;
  ScratchPool::Block block;
  CHECK(block.data() == nullptr);
  block = ScratchPool::take(&pool, 2 * ScratchPool::kMostKept);
  void* const large = block.data();
  ScratchPool::Block other = std::move(block);
  CHECK(other.data() == large);
  other = ScratchPool::take(nullptr, 16);
  std::memset(other.data(), 0, 16);
}

}  // namespace

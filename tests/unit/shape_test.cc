// Dim orders, strides and the arithmetic between them.
#include "ptetool/tensor/shape.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <vector>

namespace {

using namespace ptetool;

TEST_CASE("strides follow the dim order, innermost 1") {
  CHECK(strides_of(Sizes{2, 3, 4}, contiguous_order(3)) == Strides{12, 4, 1});
  CHECK(strides_of(Sizes{2, 3, 4, 5}, *channels_last_order(4)) == Strides{60, 1, 15, 3});
  CHECK(strides_of(Sizes{}, DimOrder{}) == Strides{});
}

TEST_CASE("a size of 0 counts as 1 in strides") {
  CHECK(strides_of(Sizes{2, 0, 4}, contiguous_order(3)) == Strides{4, 4, 1});
}

TEST_CASE("strides of an empty tensor with huge sizes do not overflow") {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  CHECK_FALSE(checked_numel(Sizes{0, huge, 8, 4}.span()));
  CHECK(checked_numel(Sizes{0, huge, 1}.span()) == 0);
  CHECK(strides_of(Sizes{0, huge, 8, 4}, contiguous_order(4))[3] == 1);
}

TEST_CASE("the dim order is recovered from strides") {
  CHECK(order_of(Strides{60, 1, 15, 3}) == *channels_last_order(4));
  CHECK(order_of(Strides{12, 4, 1}) == contiguous_order(3));
  CHECK(order_of(Strides{1, 1, 1}) == contiguous_order(3));
}

TEST_CASE("channels last exists for rank 4 and 5") {
  CHECK(*channels_last_order(5) == DimOrder{0, 2, 3, 4, 1});
  CHECK_FALSE(channels_last_order(3));
  CHECK_FALSE(is_contiguous_order(*channels_last_order(4)));
  CHECK(is_contiguous_order(contiguous_order(4)));
}

TEST_CASE("permutations are told from other lists") {
  CHECK(is_permutation(DimOrder{}));
  CHECK(is_permutation(DimOrder{2, 0, 1}));
  CHECK_FALSE(is_permutation(DimOrder{0, 0, 1}));
  CHECK_FALSE(is_permutation(DimOrder{0, 3, 1}));
  CHECK_FALSE(is_permutation(DimOrder{255}));
  CHECK(is_permutation(contiguous_order(kMaxRank)));
  CHECK_FALSE(is_permutation(std::vector<std::uint8_t>(17)));
}

TEST_CASE("the number of elements") {
  CHECK(numel(Sizes{}) == 1);
  CHECK(numel(Sizes{2, 3}) == 6);
  CHECK(numel(Sizes{2, 0}) == 0);
}

TEST_CASE("short lists hold sixteen items and drop the rest") {
  const std::array<int, 20> many{};
  CHECK(Sizes(std::span<const int>(many)).size() == kMaxRank);
  Sizes list{1, 2, 3};
  list.erase(1);
  CHECK(list == Sizes{1, 3});
  CHECK_FALSE(list.full());
}

}  // namespace

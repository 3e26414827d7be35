// Allocating, resizing and copying tensors.
#include "ptetool/tensor/tensor.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace {

using namespace ptetool;

// A tensor of this shape and dim order over 0, 1, 2 … in memory order.
OwnedTensor counting(ScalarType dtype, const Sizes& sizes, const DimOrder& order) {
  OwnedTensor owned = *allocate_tensor(dtype, sizes);
  owned.tensor = make_tensor(dtype, sizes, order);
  owned.tensor.data = owned.memory.get();
  for (std::uint64_t i = 0; i < owned.tensor.nbytes(); ++i)
    owned.tensor.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(i);
  return owned;
}

TEST_CASE("new tensors are aligned, zero and static") {
  for (const std::int64_t count : {0, 1, 7, 100000}) {
    const OwnedTensor owned = *allocate_tensor(ScalarType::Int, Sizes{count});
    REQUIRE(owned.tensor.data != nullptr);
    CHECK(is_aligned(owned.tensor.data, 64));
    CHECK(owned.tensor.capacity == count);
    CHECK(owned.tensor.dynamism == Dynamism::Static);
    bool zero = true;
    for (const std::uint8_t byte : owned.tensor.bytes()) zero = zero && byte == 0;
    CHECK(zero);
  }
}

TEST_CASE("untouched memory is never made resident") {
  // Far more than a test machine should have to give.
  const auto owned = allocate_tensor(ScalarType::Byte, Sizes{std::int64_t{2} << 30});
  REQUIRE(owned);
  CHECK(owned->tensor.as<std::uint8_t>()[std::int64_t{1} << 30] == 0);
}

TEST_CASE("allocation refuses what cannot be") {
  const auto code = [](ScalarType dtype, std::span<const std::int64_t> sizes) {
    return allocate_tensor(dtype, sizes, 1 << 20).error().code;
  };
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  CHECK(code(ScalarType::Float, Sizes{1 << 19}) == ErrorCode::Limit);
  CHECK(code(ScalarType::Float, Sizes{-1}) == ErrorCode::Usage);
  CHECK(code(ScalarType::Float, Sizes{huge, 2}) == ErrorCode::Usage);
  CHECK(code(ScalarType::ComplexDouble, Sizes{huge}) == ErrorCode::Usage);
  CHECK(code(static_cast<ScalarType>(77), Sizes{1}) == ErrorCode::Usage);
  CHECK(code(ScalarType::Float, std::vector<std::int64_t>(17, 1)) == ErrorCode::Usage);
  CHECK(allocate_tensor(ScalarType::Float, Sizes{1 << 19}, 1 << 20).error().message ==
        "a tensor of shape [524288] needs 2.0 MiB, more than the limit of 1.0 MiB");
}

TEST_CASE("resizing obeys the serialised bound") {
  Tensor tensor = make_tensor(ScalarType::Float, Sizes{4, 6});
  CHECK(tensor.resize(Sizes{4, 6}));
  CHECK(tensor.resize(Sizes{4, 5}).error().code == ErrorCode::Mismatch);
  tensor.dynamism = Dynamism::Bound;
  CHECK(tensor.resize(Sizes{2, 3}));
  CHECK(tensor.strides == Strides{3, 1});
  CHECK(tensor.resize(Sizes{1, 24}));  // the bound is on the elements in all
  CHECK(tensor.resize(Sizes{5, 5}).error().message == "the sizes [5, 5] need 25 elements, the tensor has room for 24");
  CHECK(tensor.resize(Sizes{24}).error().code == ErrorCode::Mismatch);
  CHECK(tensor.resize(Sizes{-1, -2}).error().code == ErrorCode::Mismatch);
  CHECK(tensor.resize(Sizes{std::numeric_limits<std::int64_t>::max(), 3}).error().code == ErrorCode::Mismatch);
  CHECK(tensor.sizes == Sizes{1, 24});
  CHECK(tensor.resize(Sizes{0, 9}));
  Tensor scalar = make_tensor(ScalarType::Float, Sizes{});
  CHECK(scalar.resize(Sizes{}));
}

TEST_CASE("resizing keeps the dim order") {
  Tensor tensor = make_tensor(ScalarType::Float, Sizes{1, 8, 4, 4}, *channels_last_order(4));
  tensor.dynamism = Dynamism::Bound;
  CHECK(tensor.resize(Sizes{1, 3, 2, 2}));
  CHECK(tensor.strides == Strides{12, 1, 6, 3});
}

TEST_CASE("contiguous copies visit the logical order, for every element width and dim order") {
  const Sizes sizes{2, 3, 2, 4};
  for (const ScalarType dtype :
       {ScalarType::Byte, ScalarType::Half, ScalarType::Float, ScalarType::Double, ScalarType::ComplexDouble}) {
    for (const DimOrder& order :
         {DimOrder{0, 2, 3, 1}, DimOrder{3, 2, 1, 0}, DimOrder{1, 0, 3, 2}, contiguous_order(4)}) {
      const OwnedTensor source = counting(dtype, sizes, order);
      const OwnedTensor copy = *contiguous_copy(source.tensor);
      REQUIRE(copy.tensor.contiguous());
      const std::uint64_t width = source.tensor.element_size();
      bool equal = true;
      for (std::int64_t i = 0; i < source.tensor.numel(); ++i) {
        const auto from = static_cast<std::uint64_t>(memory_index(source.tensor, i)) * width;
        const auto to = static_cast<std::uint64_t>(i) * width;
        equal =
            equal && *load<std::uint8_t>(source.tensor.bytes(), from) == *load<std::uint8_t>(copy.tensor.bytes(), to);
      }
      CHECK(equal);
      // And back again.
      const OwnedTensor back = counting(dtype, sizes, order);
      REQUIRE(copy_elements(copy.tensor, back.tensor));
      CHECK(std::equal(back.tensor.bytes().begin(), back.tensor.bytes().end(), source.tensor.bytes().begin()));
    }
  }
}

TEST_CASE("a copy keeps dim order and shares nothing") {
  const OwnedTensor source = counting(ScalarType::Short, Sizes{2, 3}, DimOrder{1, 0});
  const OwnedTensor copy = *copy_tensor(source.tensor);
  CHECK(copy.tensor.dim_order == DimOrder{1, 0});
  CHECK(copy.tensor.strides == source.tensor.strides);
  CHECK(copy.tensor.data != source.tensor.data);
  CHECK(std::equal(copy.tensor.bytes().begin(), copy.tensor.bytes().end(), source.tensor.bytes().begin()));
}

TEST_CASE("copies of empty and scalar tensors") {
  CHECK(contiguous_copy(counting(ScalarType::Float, Sizes{2, 0, 3}, DimOrder{2, 1, 0}).tensor));
  const OwnedTensor scalar = counting(ScalarType::Float, Sizes{}, DimOrder{});
  CHECK(contiguous_copy(scalar.tensor)->tensor.bytes()[3] == 3);
}

TEST_CASE("copying needs memory and equal descriptions") {
  CHECK(copy_tensor(make_tensor(ScalarType::Float, Sizes{2})).error().code == ErrorCode::Usage);
  const OwnedTensor a = counting(ScalarType::Float, Sizes{2}, DimOrder{0});
  const OwnedTensor b = counting(ScalarType::Float, Sizes{3}, DimOrder{0});
  const OwnedTensor c = counting(ScalarType::Int, Sizes{2}, DimOrder{0});
  CHECK(copy_elements(a.tensor, b.tensor).error().code == ErrorCode::Mismatch);
  CHECK(copy_elements(a.tensor, c.tensor).error().code == ErrorCode::Mismatch);
}

}  // namespace

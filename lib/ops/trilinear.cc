// _trilinear: a sum of products of three tensors, as bilinear layers are made of.
#include <array>
#include <type_traits>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// The sum over some dimensions of the product of three tensors, each of which is given further dimensions first.
Result<> trilinear(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  Sizes whole;
  std::array<Sizes, 3> sizes;
  std::array<Strides, 3> strides;
  for (std::size_t i = 0; i < 3; ++i) {
    const Tensor& tensor = call.tensor(i);
    PTETOOL_CHECK(same_dtype(call, call.tensor(0), "i1", tensor, "another"));
    const auto expand = call.integers(3 + i);
    const std::size_t rank = tensor.rank() + expand.size();
    if (rank > kMaxRank) return call.fail(ErrorCode::Mismatch, "there are too many dimensions");
    const auto added = dimension_flags(call, expand, rank);
    if (!added) return Failure(added.error());
    for (std::size_t d = 0, from = 0; d < rank; ++d) sizes[i].push_back((*added)[d] ? 1 : tensor.sizes[from++]);
    const auto merged = i == 0 ? Result<Sizes>(sizes[0]) : broadcast(call, whole, sizes[i]);
    if (!merged) return Failure(merged.error());
    whole = *merged;
  }
  const auto summed = dimension_flags(call, call.integers(6), whole.size());
  if (!summed) return Failure(summed.error());
  Sizes kept, inner;
  for (std::size_t d = 0; d < whole.size(); ++d) ((*summed)[d] ? inner : kept).push_back(whole[d]);
  if (!checked_numel(whole.span())) return call.fail(ErrorCode::Limit, "the product is too large");
  PTETOOL_CHECK(same_dtype(call, call.tensor(0), "i1", call.out(), "the out"));
  PTETOOL_CHECK(prepare(call, call.out(), kept));
  for (std::size_t i = 0; i < 3; ++i) {
    const Strides wide =
        broadcast_strides(sizes[i], strides_of(sizes[i], contiguous_order(sizes[i].size())), whole.size());
    // Those that are kept come first.
    for (const bool last : {false, true}) {
      for (std::size_t d = 0; d < whole.size(); ++d) {
        if ((*summed)[d] == last) strides[i].push_back(wide[d]);
      }
    }
  }
  const auto offset_of = [&](std::int64_t place, const Sizes& along, std::size_t first, std::size_t which) {
    std::int64_t offset = 0;
    for (std::size_t d = along.size(); d-- > 0; place /= along[d])
      offset += place % along[d] * strides[which][first + d];
    return static_cast<std::size_t>(offset);
  };
  return with_compute_type<kNumbers>(call, dtype, [&]<class C>() -> Result<> {
    using Sum = std::conditional_t<std::is_same_v<C, float>, double, C>;
    std::array<std::vector<C>, 3> numbers;
    for (std::size_t i = 0; i < 3; ++i) numbers[i] = numbers_of<C>(call.tensor(i), dtype);
    const std::int64_t count = numel(inner);
    std::vector<C> results(static_cast<std::size_t>(numel(kept)));
    call.parallel(numel(kept), count * 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t at = begin; at < end; ++at) {
        std::array<std::size_t, 3> start;
        for (std::size_t i = 0; i < 3; ++i) start[i] = offset_of(at, kept, 0, i);
        Sum sum = 0;
        for (std::int64_t k = 0; k < count; ++k) {
          const auto factor = [&](std::size_t i) {
            return static_cast<Sum>(numbers[i][start[i] + offset_of(k, inner, kept.size(), i)]);
          };
          sum = plus(sum, times(times(factor(0), factor(1)), factor(2)));
        }
        results[static_cast<std::size_t>(at)] = static_cast<C>(sum);
      }
    });
    write_results<C>(results.data(), dtype, call.out(), [](C x) { return x; });
    return {};
  });
}

constexpr Operator kRows[] = {
    {"aten::_trilinear.out(Tensor i1, Tensor i2, Tensor i3, int[] expand1, int[] expand2, int[] expand3, int[] sumdim, "
     "int unroll_dim=1, *, Tensor(a!) out) -> Tensor(a!)",
     trilinear},
};

}  // namespace

std::span<const Operator> trilinear_operators() { return kRows; }

}  // namespace ptetool::ops

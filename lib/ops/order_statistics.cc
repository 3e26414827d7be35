// One element of every line along a dimension: kthvalue, median, nanmedian, mode. NaN is larger than every number.
#include <algorithm>
#include <limits>
#include <vector>

#include "ops/choose.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// One element of every line, with its index. `which(line, ranked)` is its index.
template <class F>
Result<> choose_one(Call& call, std::int64_t dim_argument, bool keepdim, const F& which) {
  const Tensor self = call.tensor(0);
  const auto dim = dimension(call, dim_argument, self.rank());
  if (!dim) return Failure(dim.error());
  Sizes sizes = self.sizes;
  if (!sizes.empty()) {
    if (sizes[*dim] == 0) return call.fail(ErrorCode::Mismatch, "there is nothing to choose from along the dimension");
    if (keepdim)
      sizes[*dim] = 1;
    else
      sizes.erase(*dim);
  }
  const Outs outs{&call.out(0), &call.out(1)};
  PTETOOL_CHECK(prepare_outs(call, self, outs, sizes));
  return choose_from_lines(call, self, *dim, outs, [&](auto line, std::vector<Ranked>& ranked, Chosen& chosen) {
    chosen.assign(1, which(line, ranked));
  });
}

// The place of the k-th in order, found as PyTorch finds it (Hoare's quickselect, pivots from the median of three):
// which one of equal elements it is depends on the exchanges.
std::int64_t select(std::vector<Ranked>& line, std::int64_t k) {
  const auto at = [&](std::int64_t i) -> Ranked& { return line[static_cast<std::size_t>(i)]; };
  const auto sort_two = [&](std::int64_t i, std::int64_t j) {
    if (at(i).order > at(j).order) std::swap(at(i), at(j));
  };
  std::int64_t left = 0, right = static_cast<std::int64_t>(line.size()) - 1;
  while (right > left + 1) {
    std::swap(at((left + right) / 2), at(left + 1));
    sort_two(left + 1, right);
    sort_two(left, right);
    sort_two(left + 1, left);
    const std::uint64_t pivot = at(left).order;
    std::int64_t up = left + 1, down = right;
    for (;;) {
      do ++up;
      while (at(up).order < pivot);
      do --down;
      while (at(down).order > pivot);
      if (down < up) break;
      std::swap(at(up), at(down));
    }
    std::swap(at(left), at(down));
    if (down <= k) left = up;
    if (down >= k) right = down - 1;
  }
  if (right == left + 1) sort_two(left, right);
  return at(k).index;
}

Result<> kthvalue(Call& call) {
  const Tensor& self = call.tensor(0);
  const std::int64_t k = call.integer(1);
  const auto dim = dimension(call, call.integer(2), self.rank());
  if (!dim) return Failure(dim.error());
  const std::int64_t size = self.rank() == 0 ? 1 : self.sizes[*dim];
  if (k < 1 || k > size) {
    return call.fail(ErrorCode::Mismatch, "k " + std::to_string(k) + " of a dimension of size " + std::to_string(size));
  }
  return choose_one(call, call.integer(2), call.boolean(3), [k]<class C>(std::span<const C> line, auto& ranked) {
    rank_line(line, false, ranked);
    return select(ranked, k - 1);
  });
}

// The lower median, of equal ones as a stable sort has them. A NaN is the median of its line, unless
// those are ignored, and then only of a line of nothing else.
template <class C>
std::int64_t median_of(std::span<const C> line, bool ignore_nan, std::vector<Ranked>& ranked) {
  const auto nans = std::ranges::count_if(line, [](C value) { return is_nan(value); });
  const auto count = static_cast<std::int64_t>(line.size());
  if (nans > 0 && (!ignore_nan || nans == count)) {
    return std::ranges::find_if(line, [](C value) { return is_nan(value); }) - line.begin();
  }
  rank_line(line, false, ranked);
  const auto middle = ranked.begin() + (count - nans - 1) / 2;
  std::nth_element(ranked.begin(), middle, ranked.end());
  return middle->index;
}

template <bool kIgnoreNan>
Result<> median_dim(Call& call) {
  return choose_one(call, call.integer(1), call.boolean(2),
                    []<class C>(std::span<const C> line, auto& ranked) { return median_of(line, kIgnoreNan, ranked); });
}

template <bool kIgnoreNan>
Result<> median_all(Call& call) {
  PTETOOL_ASSIGN(OwnedTensor all, contiguous_copy(call.tensor(0)));
  Tensor& out = call.out();
  const std::int64_t count = all.tensor.numel();
  PTETOOL_CHECK(same_dtype(call, all.tensor, "self", out, "the out"));
  PTETOOL_CHECK(prepare(call, out, Sizes()));
  return with_compute_type<kReals>(call, out.dtype, [&]<class C>() -> Result<> {
    std::vector<C> line(static_cast<std::size_t>(count));
    read_line(Reader(out.dtype, out.dtype), all.tensor, 0, 1, count, line.data());
    std::vector<Ranked> ranked;
    C median =
        std::numeric_limits<C>::has_quiet_NaN ? std::numeric_limits<C>::quiet_NaN() : std::numeric_limits<C>::lowest();
    if (count > 0) {
      median = line[static_cast<std::size_t>(median_of(std::span<const C>(line), kIgnoreNan, ranked))];
    } else if (std::is_same_v<C, std::int64_t> && out.dtype != ScalarType::Long) {
      return call.fail(ErrorCode::Mismatch, "there is no median of no elements");
    }
    write_line(Writer(out.dtype, out.dtype), &median, out, 0, 1, 1);
    return {};
  });
}

// The most frequent value, the smallest of several, and where it is last.
Result<> mode(Call& call) {
  return choose_one(call, call.integer(1), call.boolean(2), []<class C>(std::span<const C> line, auto& ranked) {
    rank_line(line, false, ranked);
    std::sort(ranked.begin(), ranked.end());
    std::size_t best = 0;
    std::size_t longest = 0;
    for (std::size_t begin = 0, end = 0; begin < ranked.size(); begin = end) {
      while (end < ranked.size() && ranked[end].order == ranked[begin].order) ++end;
      if (end - begin <= longest) continue;
      longest = end - begin;
      best = end - 1;
    }
    return ranked[best].index;
  });
}

constexpr Operator kRows[] = {
    {"aten::kthvalue.values(Tensor self, SymInt k, int dim=-1, bool keepdim=False, *, Tensor(a!) values, Tensor(b!) "
     "indices) -> (Tensor(a!) values, Tensor(b!) indices)",
     kthvalue},
    {"aten::median.dim_values(Tensor self, int dim, bool keepdim=False, *, Tensor(a!) values, Tensor(b!) indices) -> "
     "(Tensor(a!) values, Tensor(b!) indices)",
     median_dim<false>},
    {"aten::nanmedian.dim_values(Tensor self, int dim, bool keepdim=False, *, Tensor(a!) values, Tensor(b!) indices) "
     "-> (Tensor(a!) values, Tensor(b!) indices)",
     median_dim<true>},
    {"aten::median.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", median_all<false>},
    {"aten::nanmedian.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", median_all<true>},
    {"aten::mode.values(Tensor self, int dim=-1, bool keepdim=False, *, Tensor(a!) values, Tensor(b!) indices) -> "
     "(Tensor(a!) values, Tensor(b!) indices)",
     mode},
};

}  // namespace

std::span<const Operator> order_statistics_operators() { return kRows; }

}  // namespace ptetool::ops

// Order along one dimension: sort, msort, argsort, topk, kthvalue, median, nanmedian, mode. NaN is larger than every
// number; equal elements keep their order, in both directions, except in topk and kthvalue, which choose from equal
// elements as the partial sorts do that PyTorch uses.
#include <algorithm>
#include <limits>
#include <vector>

#include "ops/lines.h"
#include "ops/order.h"
#include "ops/pointwise.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

struct Ranked {
  std::uint64_t order = 0;
  std::int64_t index = 0;
  bool operator<(const Ranked& other) const { return order != other.order ? order < other.order : index < other.index; }
};

template <class C>
void rank_line(std::span<const C> line, bool descending, std::vector<Ranked>& ranked) {
  ranked.resize(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::uint64_t order = order_of_number(line[i]);
    ranked[i] = {descending ? ~order : order, static_cast<std::int64_t>(i)};
  }
}

// What a line becomes: for each element of the result, which of the line's it is.
using Chosen = std::vector<std::int64_t>;

// Where the results go; either may be absent.
struct Outs {
  Tensor* values = nullptr;
  Tensor* indices = nullptr;
};

Result<> prepare_outs(Call& call, const Tensor& self, const Outs& outs, const Sizes& sizes) {
  if (outs.values) {
    PTETOOL_CHECK(same_dtype(call, self, "self", *outs.values, "the out of values"));
    PTETOOL_CHECK(prepare(call, *outs.values, sizes));
  }
  if (outs.indices) {
    if (!contains(kIntegers, outs.indices->dtype)) return unsupported_dtype(call, outs.indices->dtype);
    PTETOOL_CHECK(prepare(call, *outs.indices, sizes));
  }
  return {};
}

// Strides of an out along the dimensions of self, whether it kept the dimension or not.
Strides strides_along(const Tensor& self, std::size_t dim, const Tensor* out) {
  if (!out) return Strides::filled(self.rank(), 0);
  Strides strides = out->strides;
  if (out->rank() == self.rank()) return strides;
  Strides wider;
  for (std::size_t i = 0, at = 0; i < self.rank(); ++i) wider.push_back(i == dim ? 0 : strides[at++]);
  return wider;
}

// choose(line, chosen) picks from every line along `dim`, always as many.
template <class F>
Result<> choose_from_lines(Call& call, const Tensor& self, std::size_t dim, const Outs& outs, const F& choose) {
  if ((outs.values && outs.values->numel() == 0) || (outs.indices && outs.indices->numel() == 0)) return {};
  return with_compute_type<kRealsAndBool>(call, self.dtype, [&]<class C>() -> Result<> {
    const Lines<3> lines(self.sizes, dim,
                         {self.strides, strides_along(self, dim, outs.values), strides_along(self, dim, outs.indices)});
    const Reader reader(self.dtype, self.dtype);
    const Writer value_writer(self.dtype, self.dtype);
    const Writer index_writer(ScalarType::Long, outs.indices ? outs.indices->dtype : ScalarType::Long);
    call.parallel(lines.count(), lines.length() * 16, [&](std::int64_t first, std::int64_t last) {
      std::vector<C> line(static_cast<std::size_t>(lines.length()));
      std::vector<C> values;
      std::vector<Ranked> ranked;
      Chosen chosen;
      lines.each(first, last, [&](const auto& offsets) {
        read_line(reader, self, offsets[0], lines.step(0), lines.length(), line.data());
        choose(std::span<const C>(line), ranked, chosen);
        const auto count = static_cast<std::int64_t>(chosen.size());
        if (outs.values) {
          values.resize(chosen.size());
          for (std::size_t i = 0; i < chosen.size(); ++i) values[i] = line[static_cast<std::size_t>(chosen[i])];
          write_line(value_writer, values.data(), *outs.values, offsets[1], lines.step(1), count);
        }
        if (outs.indices) {
          write_line(index_writer, chosen.data(), *outs.indices, offsets[2], lines.step(2), count);
        }
      });
    });
    return {};
  });
}

Result<> sort_lines(Call& call, std::int64_t dim_argument, bool descending, const Outs& outs) {
  const Tensor self = call.tensor(0);
  const auto dim = dimension(call, dim_argument, self.rank());
  if (!dim) return Failure(dim.error());
  PTETOOL_CHECK(prepare_outs(call, self, outs, self.sizes));
  return choose_from_lines(call, self, *dim, outs, [&](auto line, std::vector<Ranked>& ranked, Chosen& chosen) {
    rank_line(line, descending, ranked);
    std::sort(ranked.begin(), ranked.end());
    chosen.resize(ranked.size());
    std::ranges::transform(ranked, chosen.begin(), &Ranked::index);
  });
}

Result<> sort(Call& call) { return sort_lines(call, call.integer(1), call.boolean(2), {&call.out(0), &call.out(1)}); }
// Every sort is stable here.
Result<> sort_stable(Call& call) {
  return sort_lines(call, call.integer(2), call.boolean(3), {&call.out(0), &call.out(1)});
}
Result<> argsort(Call& call) { return sort_lines(call, call.integer(2), call.boolean(3), {nullptr, &call.out()}); }
Result<> msort(Call& call) { return sort_lines(call, 0, false, {&call.out(), nullptr}); }

Result<> topk(Call& call) {
  const Tensor self = call.tensor(0);
  const std::int64_t k = call.integer(1);
  const bool largest = call.boolean(3);
  const bool sorted = call.boolean(4);
  const auto dim = dimension(call, call.integer(2), self.rank());
  if (!dim) return Failure(dim.error());
  Sizes sizes = self.sizes;
  const std::int64_t size = sizes.empty() ? 1 : sizes[*dim];
  if (k < 0 || k > size) {
    return call.fail(ErrorCode::Mismatch, "k " + std::to_string(k) + " of a dimension of size " + std::to_string(size));
  }
  if (!sizes.empty()) sizes[*dim] = k;
  const Outs outs{&call.out(0), &call.out(1)};
  PTETOOL_CHECK(prepare_outs(call, self, outs, sizes));
  if (k == 0) return {};
  return choose_from_lines(call, self, *dim, outs, [&](auto line, std::vector<Ranked>& ranked, Chosen& chosen) {
    rank_line(line, largest, ranked);
    const auto before = [](const Ranked& a, const Ranked& b) { return a.order < b.order; };
    const auto end = ranked.begin() + k;
    if (k * 64 <= size) {
      std::partial_sort(ranked.begin(), end, ranked.end(), before);
    } else {
      std::nth_element(ranked.begin(), end - 1, ranked.end(), before);
      if (sorted) std::sort(ranked.begin(), end - 1, before);
    }
    chosen.resize(static_cast<std::size_t>(k));
    std::transform(ranked.begin(), end, chosen.begin(), [](const Ranked& each) { return each.index; });
  });
}

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
    {"aten::sort.values(Tensor self, int dim=-1, bool descending=False, *, Tensor(a!) values, Tensor(b!) indices) -> "
     "(Tensor(a!) values, Tensor(b!) indices)",
     sort},
    {"aten::sort.values_stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False, Tensor(a!) values, "
     "Tensor(b!) indices) -> (Tensor(a!) values, Tensor(b!) indices)",
     sort_stable},
    {"aten::argsort.stable_out(Tensor self, *, bool stable, int dim=-1, bool descending=False, Tensor(a!) out) -> "
     "Tensor(a!)",
     argsort},
    {"aten::msort.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", msort},
    {"aten::topk.values(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True, *, Tensor(a!) "
     "values, Tensor(b!) indices) -> (Tensor(a!) values, Tensor(b!) indices)",
     topk},
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

std::span<const Operator> sort_operators() { return kRows; }

}  // namespace ptetool::ops

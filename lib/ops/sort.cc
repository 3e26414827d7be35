// Order along one dimension: sort, msort, argsort, topk. Equal elements keep their order, in both directions, except in
// topk, which chooses from equal elements as the partial sorts do that PyTorch uses.
#include <algorithm>
#include <vector>

#include "ops/choose.h"
#include "ops/table.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

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
};

}  // namespace

std::span<const Operator> sort_operators() { return kRows; }

}  // namespace ptetool::ops

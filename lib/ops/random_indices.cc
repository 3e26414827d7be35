// Random choices: permutations, and indices drawn in proportion to weights.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "ops/lines.h"
#include "ops/random.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// 0 … n - 1 in random order: sorted by random keys.
Result<> randperm(Call& call) {
  Tensor& out = call.out();
  const auto sizes = sizes_of(call, std::array{call.integer(0)});
  if (!sizes) return Failure(sizes.error());
  if (!contains(kReals, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, *sizes));
  const Random random;
  std::vector<std::int64_t> order(static_cast<std::size_t>(out.numel()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::ranges::sort(order, {}, [&](std::int64_t i) { return random.bits(static_cast<std::uint64_t>(i)); });
  write_line(Writer(ScalarType::Long, out.dtype), order.data(), out, 0, 1, out.numel());
  return {};
}

// Indices into each row of weights, drawn in proportion. Without replacement: those with the largest w-th roots of
// uniform numbers (Efraimidis and Spirakis).
Result<> multinomial(Call& call) {
  const Tensor self = call.tensor(0);
  const std::int64_t samples = call.integer(1);
  const bool replaces = call.boolean(2);
  Tensor& out = call.out();
  if (self.rank() != 1 && self.rank() != 2) return call.fail(ErrorCode::Mismatch, "self is neither a row nor rows");
  if (!contains(kFloats, self.dtype)) return unsupported_dtype(call, self.dtype);
  if (out.dtype != ScalarType::Long) return unsupported_dtype(call, out.dtype);
  const std::int64_t classes = self.sizes[self.rank() - 1];
  if (samples <= 0 || (!replaces && samples > classes))
    return call.fail(ErrorCode::Mismatch, "that many cannot be drawn");
  Sizes sizes = self.sizes;
  sizes[sizes.size() - 1] = samples;
  PTETOOL_CHECK(prepare(call, out, sizes));
  const Random random;
  const auto weights = numbers_of<double>(self, ScalarType::Double);
  std::vector<std::int64_t> drawn;
  for (std::size_t row = 0; classes != 0 && row * static_cast<std::size_t>(classes) < weights.size(); ++row) {
    const std::span chances(weights.data() + row * static_cast<std::size_t>(classes),
                            static_cast<std::size_t>(classes));
    const std::uint64_t start = (row + 1) << 24;
    if (!std::ranges::all_of(chances, [](double w) { return w >= 0 && std::isfinite(w); })) {
      return call.fail(ErrorCode::Mismatch, "a weight is negative or not finite");
    }
    const auto possible = std::ranges::count_if(chances, [](double w) { return w > 0; });
    if (possible < (replaces ? 1 : samples)) return call.fail(ErrorCode::Mismatch, "too few weights are positive");
    if (replaces) {
      std::vector<double> sums;
      for (const double w : chances) sums.push_back((sums.empty() ? 0 : sums.back()) + w);
      for (std::int64_t i = 0; i < samples; ++i) {
        const double at = random.uniform(start + static_cast<std::uint64_t>(i)) * sums.back();
        drawn.push_back(std::min<std::int64_t>(std::ranges::upper_bound(sums, at) - sums.begin(), classes - 1));
      }
    } else {
      std::vector<std::pair<double, std::int64_t>> keys;
      for (std::int64_t i = 0; i < classes; ++i) {
        const double w = chances[static_cast<std::size_t>(i)];
        const double u = random.uniform(start + static_cast<std::uint64_t>(i));
        if (w > 0) keys.emplace_back(std::log1p(-u) / w, i);
      }
      std::ranges::sort(keys, std::greater());
      for (std::int64_t i = 0; i < samples; ++i) drawn.push_back(keys[static_cast<std::size_t>(i)].second);
    }
  }
  write_results<std::int64_t>(drawn.data(), ScalarType::Long, out, [](std::int64_t index) { return index; });
  return {};
}

constexpr Operator kRows[] = {
    {"aten::randperm.out(SymInt n, *, Tensor(a!) out) -> Tensor(a!)", randperm},
    {"aten::randperm.generator_out(SymInt n, *, Generator? generator, Tensor(a!) out) -> Tensor(a!)", randperm},
    {"aten::multinomial.out(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None, "
     "Tensor(a!) out) -> Tensor(a!)",
     multinomial},
};

}  // namespace

std::span<const Operator> random_index_operators() { return kRows; }

}  // namespace ptetool::ops

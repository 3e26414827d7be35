// A stable sort by less(), whose first error ends it: from then on nothing comes before anything.
#include "llm/jinja/sorting.h"

#include <algorithm>

#include "llm/jinja/compare.h"

namespace ptetool::llm::jinja {

Result<std::vector<Value>> sorted(Budget& budget, std::vector<Keyed> items, bool reverse) {
  Result<> problem;
  std::ranges::stable_sort(items, [&](const Keyed& a, const Keyed& b) {
    if (!problem) return false;
    const auto before = reverse ? less(budget, b.key, a.key) : less(budget, a.key, b.key);
    if (!before) problem = Failure(before.error());
    return before && *before;
  });
  PTETOOL_CHECK(problem);
  std::vector<Value> result;
  for (Keyed& each : items) result.push_back(std::move(each.item));
  return result;
}

}  // namespace ptetool::llm::jinja

// A sample tells how the one weight has to be turned; then both are read in that order, 16,384 numbers at a time.
#include "compare/numbers.h"

#include <algorithm>
#include <cmath>

#include "compare/orientation.h"
#include "ptetool/base/pages.h"

namespace ptetool::compare {

namespace {

constexpr std::size_t kBlock = 16384;  // elements that are decoded at a time
constexpr std::uint64_t kReleaseEvery = std::uint64_t{16} << 20;

// Calls visit(old numbers, new numbers) for one block after the other.
template <class Visit>
void each_block(const NumberReader& a, const NumberReader& b, Visit&& visit) {
  std::vector<double> numbers_a(kBlock);
  std::vector<double> numbers_b(kBlock);
  for (std::int64_t begin = 0; begin < a.count(); begin += static_cast<std::int64_t>(kBlock)) {
    const auto size = static_cast<std::size_t>(std::min<std::int64_t>(a.count() - begin, kBlock));
    const auto block_a = std::span(numbers_a).first(size);
    const auto block_b = std::span(numbers_b).first(size);
    a.read(begin, block_a);
    b.read(begin, block_b);
    visit(block_a, block_b);
  }
}

}  // namespace

std::optional<NumberComparison> compare_numbers(const Weight& actual, const Weight& expected, Tolerance tolerance) {
  auto a = NumberReader::make(actual);
  const auto b = NumberReader::make(expected);
  if (!a || !b || a->count() != b->count()) return std::nullopt;
  std::vector<double> sample;
  const auto orientation = best_orientation(b->core(), sample_of(*b), a->core(), [&](const DimPermutation& order) {
    a->turn(order);
    sample = sample_of(*a);
    return std::span<const double>(sample);
  });
  if (!orientation) return std::nullopt;
  a->turn(orientation->order);
  NumberComparison result;
  result.order = orientation->order;
  ErrorSums sums;
  std::uint64_t since = 0;
  each_block(*a, *b, [&](std::span<const double> block_a, std::span<const double> block_b) {
    for (std::size_t i = 0; i < block_a.size(); ++i) {
      const double x = block_a[i];
      const double y = block_b[i];
      sums.add(x, y);
      const bool equal = x == y || (std::isnan(x) && std::isnan(y)) ||
                         std::fabs(x - y) <= tolerance.atol + tolerance.rtol * std::fabs(y);
      if (!equal || (std::isinf(y) && x != y)) ++result.beyond;
    }
    since += block_a.size() * sizeof(double);
    if (since < kReleaseEvery) return;
    since = 0;
    release_pages(*actual.file, *actual.bytes);
    release_pages(*expected.file, *expected.bytes);
  });
  release_pages(*actual.file, *actual.bytes);
  release_pages(*expected.file, *expected.bytes);
  result.errors = sums.statistics();
  return result;
}

}  // namespace ptetool::compare

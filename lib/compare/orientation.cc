// All orders of the dimensions that give the right sizes are tried on a sample; the largest cosine wins, unless the
// shape was right from the start and nothing fits well.
#include "compare/orientation.h"

#include <algorithm>
#include <numeric>

#include "ptetool/compare/error_statistics.h"

namespace ptetool::compare {

namespace {

constexpr std::int64_t kSamples = 64;       // stretches of the sample …
constexpr std::int64_t kSampleLength = 64;  // … and their elements
constexpr std::size_t kHighestRank = 5;     // that is turned: 120 ways

std::int64_t count_of(const std::vector<std::int64_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

std::optional<double> cosine_of(std::span<const double> a, std::span<const double> b) {
  ErrorSums sums;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) sums.add(a[i], b[i]);
  return sums.statistics().cosine;
}

}  // namespace

std::vector<double> sample_of(const NumberReader& reader) {
  const std::int64_t length = std::min(reader.count(), kSampleLength);
  const std::int64_t last = reader.count() - length;
  const std::int64_t stretches = last == 0 ? 1 : kSamples;
  std::vector<double> sample(static_cast<std::size_t>(length * stretches));
  for (std::int64_t s = 0; s < stretches; ++s) {
    const auto stretch =
        std::span(sample).subspan(static_cast<std::size_t>(s * length), static_cast<std::size_t>(length));
    reader.read(stretches == 1 ? 0 : last / (stretches - 1) * s, stretch);
  }
  return sample;
}

std::optional<Orientation> best_orientation(
    const std::vector<std::int64_t>& core, std::span<const double> sample_of_first,
    const std::vector<std::int64_t>& core_of_second,
    const std::function<std::span<const double>(const DimPermutation&)>& sample) {
  if (count_of(core) != count_of(core_of_second)) return std::nullopt;
  DimPermutation order(core_of_second.size());
  std::iota(order.begin(), order.end(), std::uint8_t{0});
  const Orientation as_it_is{order, cosine_of(sample_of_first, sample(order))};
  const auto fits = [&] {
    return std::ranges::equal(order, core, {}, [&](std::uint8_t dim) { return core_of_second[dim]; });
  };
  const bool same_shape = core == core_of_second;
  const bool like = same_shape && (!as_it_is.cosine || *as_it_is.cosine >= kSameDirection);
  if (like || core.size() != core_of_second.size() || core.size() > kHighestRank) return as_it_is;
  std::optional<Orientation> best;
  do {
    if (!fits()) continue;
    const Orientation turned{order, cosine_of(sample_of_first, sample(order))};
    if (!best || turned.cosine > best->cosine) best = turned;
  } while (std::ranges::next_permutation(order).found);
  // Where no way fits well, a tensor that has the shape already was changed, not turned.
  const bool good = best && best->cosine && *best->cosine >= kSameDirection;
  return best && (good || !same_shape) ? *best : as_it_is;
}

}  // namespace ptetool::compare

// Weights that point the same way are each other's, whatever their bytes: rounded, quantised or turned around. Samples
// of equal shapes are tried all against all, and the largest cosines win.
#include <algorithm>
#include <map>

#include "compare/orientation.h"
#include "compare/weight.h"

namespace ptetool::compare {

namespace {

// Of equal sizes, so many on either side are tried against each other by their numbers.
constexpr std::size_t kMostCandidates = 256;
// Short vectors point the same way by chance, unless they do so exactly: as biases do that were rounded to 32 bits.
constexpr std::int64_t kFewestNumbers = 3;
constexpr std::int64_t kEnoughNumbers = 8;
constexpr double kExactDirection = 0.9999;

// A weight that is tried against others, and samples of it, each way round.
struct Numbers {
  std::size_t weight = 0;
  NumberReader reader;
  std::map<DimPermutation, std::vector<double>> samples;

  std::span<const double> sample(const DimPermutation& order) {
    const auto [place, fresh] = samples.try_emplace(order);
    if (fresh) {
      reader.turn(order);
      place->second = sample_of(reader);
      reader.turn({});
    }
    return place->second;
  }
};

}  // namespace

void match_by_numbers(const WeightList& old_list, const WeightList& new_list, WeightMatch& match) {
  // By sizes in ascending order, without those of 1.
  std::map<std::vector<std::int64_t>, std::pair<std::vector<Numbers>, std::vector<Numbers>>> shapes;
  const auto add = [&](const WeightList& list, const std::vector<std::optional<std::size_t>>& matched, auto side) {
    for (std::size_t i = 0; i < list.weights.size(); ++i) {
      auto reader = matched[i] ? std::nullopt : NumberReader::make(list.weights[i]);
      if (!reader || reader->count() < kFewestNumbers) continue;
      std::vector<std::int64_t> sizes = reader->core();
      std::ranges::sort(sizes);
      (shapes[sizes].*side).push_back({i, std::move(*reader), {}});
    }
  };
  add(old_list, match.of_old, &decltype(shapes)::mapped_type::first);
  add(new_list, match.of_new, &decltype(shapes)::mapped_type::second);
  struct Candidate {
    double cosine = 0;
    std::size_t old_index = 0;
    std::size_t new_index = 0;
  };
  for (auto& [sizes, lists] : shapes) {
    auto& [olds, news] = lists;
    if (olds.size() > kMostCandidates || news.size() > kMostCandidates) continue;
    std::vector<Candidate> candidates;
    for (Numbers& was : olds) {
      const std::span<const double> sample = was.sample({});
      for (Numbers& is : news) {
        const auto found = best_orientation(was.reader.core(), sample, is.reader.core(),
                                            [&](const DimPermutation& order) { return is.sample(order); });
        const double least = was.reader.count() < kEnoughNumbers ? kExactDirection : kSameDirection;
        if (found && found->cosine && *found->cosine >= least)
          candidates.push_back({*found->cosine, was.weight, is.weight});
      }
    }
    std::ranges::stable_sort(candidates, std::greater<>(), &Candidate::cosine);
    for (const Candidate& each : candidates) match.add(each.old_index, each.new_index, false);
  }
}

}  // namespace ptetool::compare

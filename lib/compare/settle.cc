// Dynamic programming over the gaps between pairs. A pair is worth its degree of likeness first, then the arguments
// that come from where they came from, then a paired neighbour; where arguments come from follows from the pairs of the
// round before, so that rounds go on while they get better.
#include "compare/settle.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

#include "compare/dataflow.h"
#include "compare/gap_windows.h"

namespace ptetool::compare {

namespace {

constexpr int kMostRounds = 4;

// What a pair is worth. A table of kMostGapCells has room for 2^11 pairs at most: as many of one degree outweigh all
// that comes after it.
constexpr std::array<std::int64_t, 3> kDegreeGain = {std::int64_t{1} << 47, std::int64_t{1} << 34,
                                                     std::int64_t{1} << 21};
constexpr std::int64_t kSameGain = 8;           // an argument that comes from where it came from
constexpr std::int64_t kThroughGain = 5;        // by way of steps that one side alone has
constexpr std::int64_t kNeighbourGain = 1;      // the steps before are paired as well: fewer stretches
constexpr std::int64_t kMostFlowGain = 1 << 9;  // of one pair
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min() / 2;

class Settler {
 public:
  Settler(const Steps& old_steps, const Steps& new_steps, const WeightMatch& match,
          std::span<const StepLikeness> likeness)
      : old_(old_steps), new_(new_steps), match_(match), likeness_(likeness), users_(old_steps.size()) {
    for (std::size_t s = 0; s < old_.size(); ++s) {
      for (std::size_t a = 0; a < old_[s].arguments.size(); ++a) {
        const Source& source = old_[s].arguments[a].source;
        if (source.kind == Source::Kind::Produced && source.index < s) users_[source.index].emplace_back(s, a);
      }
    }
    // Ties are broken by content, not by which side is which.
    mirrored_ = std::ranges::lexicographical_compare(likeness.front().new_steps, likeness.front().old_steps);
  }

  Alignment run(Alignment pairs) {
    if (pairs.size() == old_.size() && pairs.size() == new_.size()) return pairs;
    Alignment best = pairs;
    Worth most = worth(best);
    for (int round = 0; round < kMostRounds; ++round) {
      pairs = again(pairs, round > 0);
      const Worth now = worth(pairs);
      const bool better = now > most;
      if (better) {
        most = now;
        best = pairs;
      } else if (round > 0) {
        break;
      }
    }
    return best;
  }

 private:
  // Pairs of each degree, arguments that are the same and nearly so, and neighbours: more is better.
  using Worth = std::tuple<std::size_t, std::size_t, std::size_t, std::int64_t, std::int64_t>;

  std::optional<std::size_t> degree(std::size_t i, std::size_t j) const {
    if (likeness_.back().old_steps[i] != likeness_.back().new_steps[j]) return std::nullopt;
    for (std::size_t d = 0; d < likeness_.size(); ++d) {
      if (likeness_[d].old_steps[i] == likeness_[d].new_steps[j]) return d;
    }
    return std::nullopt;
  }

  Worth worth(const Alignment& pairs) const {
    const Dataflow flow(old_, new_, {pairs, {}}, match_);
    std::array<std::size_t, 3> degrees{};
    std::int64_t rewired = 0;
    std::int64_t gain = 0;
    for (std::size_t k = 0; k < pairs.size(); ++k) {
      const auto [i, j] = pairs[k];
      ++degrees[degree(i, j).value_or(degrees.size() - 1)];
      bool other = false;
      each_argument(i, j, [&](const Source& was, const Source& is, bool positions) {
        const Flow found = flow.compare(was, is, positions);
        other = other || found == Flow::Other;
        gain += found == Flow::Same ? kSameGain : found == Flow::Through ? kThroughGain : 0;
      });
      rewired += other ? 1 : 0;
      if (k != 0 && pairs[k - 1] == std::pair(i - 1, j - 1)) gain += kNeighbourGain;
    }
    return {degrees[0], degrees[1], degrees[2], -rewired, gain};
  }

  template <class Visit>
  void each_argument(std::size_t i, std::size_t j, Visit&& visit) const {
    const auto& was = old_[i].arguments;
    const auto& is = new_[j].arguments;
    for (std::size_t a = 0; a < std::min(was.size(), is.size()); ++a)
      visit(was[a].source, is[a].source, was.size() == is.size());
  }

  // One round: every window paired anew, with what `pairs` tells of where arguments come from (`informed`), or with
  // nothing but their distance.
  Alignment again(const Alignment& pairs, bool informed) {
    const Dataflow flow(old_, new_, {pairs, {}}, match_);
    Alignment result;
    std::size_t next = 0;
    for (const GapWindow& window : gap_windows(pairs, old_.size(), new_.size())) {
      while (next < pairs.size() && pairs[next].first < window.old_begin) result.push_back(pairs[next++]);
      while (next < pairs.size() && pairs[next].first < window.old_end) ++next;
      fill(window, informed ? &flow : nullptr, result);
    }
    result.insert(result.end(), pairs.begin() + static_cast<std::ptrdiff_t>(next), pairs.end());
    return result;
  }

  std::int64_t gain(std::size_t i, std::size_t j, const Dataflow* flow) const {
    std::optional<std::size_t> alike = degree(i, j);
    if (!alike) return kNever;
    std::int64_t sum = 0;
    each_argument(i, j, [&](const Source& was, const Source& is, bool positions) {
      if (flow) {
        const Flow found = flow->compare(was, is, positions);
        sum += found == Flow::Same ? kSameGain : found == Flow::Through ? kThroughGain : 0;
      } else if (was.kind == Source::Kind::Produced && is.kind == was.kind && i - was.index == j - is.index) {
        sum += kSameGain;
      }
    });
    if (flow) sum += user_gain(i, j, *flow);
    return kDegreeGain[std::min(*alike, kDegreeGain.size() - 1)] + std::min(sum, kMostFlowGain);
  }

  // Users of step i whose partners take what j makes.
  std::int64_t user_gain(std::size_t i, std::size_t j, const Dataflow& flow) const {
    std::int64_t sum = 0;
    for (const auto& [user, argument] : users_[i]) {
      const auto& partner = flow.partner_of_old(user);
      if (!partner || argument >= new_[*partner].arguments.size()) continue;
      const Source& is = new_[*partner].arguments[argument].source;
      if (is.kind == Source::Kind::Produced && is.index == j) sum += kSameGain;
    }
    return sum;
  }

  // The best pairing of a window, appended to `result`: `paired` is the most that can be had of the first steps of both
  // sides when the last of both are each other's, `open` when they are not.
  void fill(const GapWindow& window, const Dataflow* flow, Alignment& result) {
    const std::size_t rows = (mirrored_ ? window.new_end - window.new_begin : window.old_end - window.old_begin) + 1;
    const std::size_t columns = window.cells() / rows;
    const auto at = [&](std::size_t r, std::size_t c) {
      return mirrored_ ? std::pair(window.old_begin + c - 1, window.new_begin + r - 1)
                       : std::pair(window.old_begin + r - 1, window.new_begin + c - 1);
    };
    enum : std::uint8_t { FromPaired = 1, LeftIsBest = 2, OpenFromPaired = 4 };
    steps_.assign(rows * columns, 0);
    std::vector<std::int64_t> paired_above(columns, kNever), open_above(columns, 0), paired(columns), open(columns);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        std::uint8_t& step = steps_[r * columns + c];
        if (r == 0 && c == 0) {
          paired[0] = 0;  // what lies before the window is paired, or there is nothing
          open[0] = kNever;
          continue;
        }
        paired[c] = kNever;
        if (r != 0 && c != 0) {
          const auto [i, j] = at(r, c);
          if (const std::int64_t worth = gain(i, j, flow); worth != kNever) {
            const bool neighbour = paired_above[c - 1] + kNeighbourGain >= open_above[c - 1];
            if (neighbour) step |= FromPaired;
            paired[c] = worth + (neighbour ? paired_above[c - 1] + kNeighbourGain : open_above[c - 1]);
          }
        }
        const auto best = [](std::int64_t a, std::int64_t b) { return std::max(a, b); };
        const std::int64_t up = r == 0 ? kNever : best(paired_above[c], open_above[c]);
        const std::int64_t left = c == 0 ? kNever : best(paired[c - 1], open[c - 1]);
        const bool to_left = left >= up;
        if (to_left) step |= LeftIsBest;
        const bool was_paired = to_left ? paired[c - 1] > open[c - 1] : paired_above[c] > open_above[c];
        if (was_paired) step |= OpenFromPaired;
        open[c] = std::max(up, left);
      }
      std::swap(paired, paired_above);
      std::swap(open, open_above);
    }
    std::size_t r = rows - 1;
    std::size_t c = columns - 1;
    bool in_pair = paired_above[c] + kNeighbourGain >= open_above[c];
    const std::size_t begin = result.size();
    while (r != 0 || c != 0) {
      const std::uint8_t step = steps_[r * columns + c];
      if (in_pair) {
        result.push_back(at(r, c));
        in_pair = (step & FromPaired) != 0;
        --r;
        --c;
      } else {
        in_pair = (step & OpenFromPaired) != 0;
        --((step & LeftIsBest) != 0 ? c : r);
      }
    }
    std::reverse(result.begin() + static_cast<std::ptrdiff_t>(begin), result.end());
  }

  const Steps& old_;
  const Steps& new_;
  const WeightMatch& match_;
  std::span<const StepLikeness> likeness_;
  bool mirrored_ = false;
  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> users_;  // (step, argument) of each old step's result
  std::vector<std::uint8_t> steps_;                                      // of a table: how its best values came about
};

}  // namespace

Alignment settle(const Steps& old_steps, const Steps& new_steps, const WeightMatch& match,
                 std::span<const StepLikeness> likeness, Alignment pairs) {
  if (old_steps.empty() || new_steps.empty()) return pairs;
  return Settler(old_steps, new_steps, match, likeness).run(std::move(pairs));
}

}  // namespace ptetool::compare

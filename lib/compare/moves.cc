// Steps that one side has alone are known by a text: first by fingerprint and where their arguments come from, then, as
// a whole block, by the pairs around it. Equal texts are paired in their order.
#include "compare/moves.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ptetool/base/hash.h"

namespace ptetool::compare {

namespace {

using Partners = std::vector<std::optional<std::size_t>>;

class Finder {
 public:
  Finder(const Steps& old_steps, const Steps& new_steps, const std::vector<std::uint64_t>& old_prints,
         const std::vector<std::uint64_t>& new_prints, const Alignment& in_order)
      : old_{old_steps, old_prints, Partners(old_steps.size()), Partners(old_steps.size())},
        new_{new_steps, new_prints, Partners(new_steps.size()), Partners(new_steps.size())} {
    for (std::size_t k = 0; k < in_order.size(); ++k) {
      old_.name[in_order[k].first] = new_.name[in_order[k].second] = k;
      old_.partner[in_order[k].first] = in_order[k].second;
      new_.partner[in_order[k].second] = in_order[k].first;
    }
  }

  Alignment find() {
    pair_equal(flows(old_), flows(new_));
    pair_equal(runs(old_), runs(new_));
    std::ranges::sort(moves_);
    return std::move(moves_);
  }

 private:
  struct Side {
    const Steps& steps;
    const std::vector<std::uint64_t>& prints;
    Partners partner;
    Partners name;  // of steps that are paired in order: the same on both sides
  };
  // What one side has alone, by what it is known by: steps that go together, in the order in which they are paired.
  using Known = std::map<std::string, std::vector<std::vector<std::size_t>>>;

  void pair_equal(const Known& olds, const Known& news) {
    for (const auto& [what, places] : olds) {
      const auto others = news.find(what);
      if (others == news.end()) continue;
      for (std::size_t k = 0; k < std::min(places.size(), others->second.size()); ++k) {
        for (std::size_t s = 0; s < places[k].size(); ++s) pair(places[k][s], others->second[k][s]);
      }
    }
  }

  void pair(std::size_t i, std::size_t j) {
    old_.partner[i] = j;
    new_.partner[j] = i;
    moves_.emplace_back(i, j);
  }

  // Steps that take something, and all of it, at length, from what both sides have.
  Known flows(const Side& side) const {
    Known known;
    std::vector<std::string> made(side.steps.size());  // from what and how; empty: not seen
    for (std::size_t s = 0; s < side.steps.size(); ++s) {
      if (side.partner[s]) continue;
      std::string what = std::to_string(side.prints[s]);  // that says which weights
      bool takes = false;
      const bool all = std::ranges::all_of(side.steps[s].arguments, [&](const Argument& argument) {
        const Source& source = argument.source;
        std::string from;
        switch (source.kind) {
          case Source::Kind::Literal:
          case Source::Kind::Weight: return true;
          case Source::Kind::Input: from = "i" + std::to_string(source.index); break;
          case Source::Kind::Produced:
            if (source.index == s) return true;  // its own result
            [[fallthrough]];
          case Source::Kind::Target:
            if (source.index >= made.size()) return false;
            from = side.name[source.index] ? "s" + std::to_string(*side.name[source.index]) : made[source.index];
            if (from.empty()) return false;
        }
        takes = true;
        what += " " + from + "." + std::to_string(source.position);
        return true;
      });
      if (!all || !takes) continue;
      made[s] = std::to_string(fingerprint(bytes_of(std::string_view(what))).low);
      known[what].push_back({s});
    }
    return known;
  }

  // Stretches without a partner. Of a block among others like it, the first steps are as good as those of the next
  // block: which steps a stretch has counts, not where it begins.
  Known runs(const Side& side) const {
    Known known;
    for (std::size_t begin = 0, end = 0; begin < side.steps.size(); begin = end + 1) {
      std::vector<std::size_t> run;
      for (end = begin; end < side.steps.size() && !side.partner[end]; ++end) run.push_back(end);
      if (run.empty()) continue;
      std::ranges::stable_sort(run, {}, [&](std::size_t s) { return side.prints[s]; });
      std::string what;
      for (const std::size_t s : run) what += " " + std::to_string(side.prints[s]);
      known[what].push_back(std::move(run));
    }
    return known;
  }

  Side old_;
  Side new_;
  Alignment moves_;
};

}  // namespace

Alignment find_moves(const Steps& old_steps, const Steps& new_steps, const std::vector<std::uint64_t>& old_prints,
                     const std::vector<std::uint64_t>& new_prints, const Alignment& in_order) {
  if (in_order.size() == old_steps.size() || in_order.size() == new_steps.size()) return {};
  return Finder(old_steps, new_steps, old_prints, new_prints, in_order).find();
}

}  // namespace ptetool::compare

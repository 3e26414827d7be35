// What two or more programs use moves: into one data file for all, or, with `group`, into one for each set of users.
// Constants leave payloads only where that stores them once less.
#include "dedupe/choice.h"

#include <algorithm>
#include <filesystem>

namespace ptetool::dedupe {

namespace {

class Chooser {
 public:
  Chooser(const Weights& weights, const Options& options, std::vector<DataOutput>& data)
      : weights_(weights), options_(options), data_(data) {}

  Choice run() {
    choice_.moves_to.assign(weights_.contents.size(), kNone);
    if (!options_.inline_data) choose_moves();
    choose_what_leaves();
    return std::move(choice_);
  }

 private:
  const Place& place(std::size_t index) const { return weights_.places[index]; }

  template <class F>
  void each_use(F&& f) const {
    for (std::size_t p = 0; p < weights_.programs.size(); ++p) {
      for (const TensorUse& use : weights_.programs[p].tensors) f(p, place(use.place));
      for (const DelegateUse& use : weights_.programs[p].delegates) f(p, place(use.place));
    }
  }

  // Two or more programs use it, and no single data file has it for all of them already.
  void choose_moves() {
    std::vector<std::set<std::size_t>> users(weights_.contents.size());
    std::vector<std::set<std::pair<bool, std::size_t>>> homes(weights_.contents.size());
    each_use([&](std::size_t p, const Place& where) {
      if (where.pinned) return;
      users[where.content].insert(p);
      homes[where.content].insert({where.kind == Place::Kind::Entry, where.file});
    });
    std::vector<std::set<std::size_t>> groups;
    std::vector<std::size_t> group_of(weights_.contents.size(), kNone);
    for (std::size_t c = 0; c < weights_.contents.size(); ++c) {
      const std::uint64_t size = weights_.contents[c].bytes.size();
      if (size == 0 || size < options_.min_size || users[c].size() < 2) continue;
      if (homes[c].size() == 1 && homes[c].begin()->first) continue;  // one data file serves all users
      const std::set<std::size_t> group = options_.group ? users[c] : std::set<std::size_t>();
      const auto known = std::ranges::find(groups, group);
      group_of[c] = static_cast<std::size_t>(known - groups.begin());
      if (known == groups.end()) groups.push_back(group);
    }
    std::vector<std::size_t> targets;
    for (std::size_t g = 0; g < groups.size(); ++g) targets.push_back(target(g, groups.size()));
    for (std::size_t c = 0; c < group_of.size(); ++c) {
      if (group_of[c] != kNone) choice_.moves_to[c] = targets[group_of[c]];
    }
  }

  // Constants inside payloads leave them where that stores them once less: they move, or their program has the same
  // bytes in another payload, or under a name.
  void choose_what_leaves() {
    choice_.leaves.resize(weights_.programs.size());
    for (std::size_t p = 0; p < weights_.programs.size(); ++p) {
      std::map<std::size_t, std::set<const std::uint8_t*>> copies;
      for (const DelegateUse& use : weights_.programs[p].delegates) {
        const Place& where = place(use.place);
        if (!where.pinned && where.bytes.size() >= options_.min_size) copies[where.content].insert(where.bytes.data());
      }
      for (const auto& [content, stored] : copies) {
        if (stored.size() > 1 || choice_.moves_to[content] != kNone) choice_.leaves[p].insert(content);
      }
    }
  }

  // The data file of group g: the name given, with a number where there are several.
  std::size_t target(std::size_t g, std::size_t count) {
    std::string name = options_.data_name;
    if (count > 1) {
      const std::filesystem::path path(name);
      name = path.stem().string() + "-" + std::to_string(g + 1) + path.extension().string();
    }
    const auto known = std::ranges::find(data_, name, &DataOutput::name);
    if (known == data_.end()) {
      data_.push_back({name, kNone, {}, true});
      return data_.size() - 1;
    }
    return static_cast<std::size_t>(known - data_.begin());
  }

  const Weights& weights_;
  const Options& options_;
  std::vector<DataOutput>& data_;
  Choice choice_;
};

}  // namespace

Choice choose(const Weights& weights, const Options& options, std::vector<DataOutput>& data) {
  return Chooser(weights, options, data).run();
}

}  // namespace ptetool::dedupe

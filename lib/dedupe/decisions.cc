// Decides in three steps: which contents move (two or more programs use them and no single data file has them already),
// which names they get, and what each data file holds then.
//
// A name must mean one content wherever programs may meet it: data files of a program are searched before its own named
// data, and a name in two data files is an error even for equal bytes (format-facts 5.4). So names of what stays are
// taken first, and what moves gets the first of its candidates that is free or means the same.
#include "dedupe/decisions.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "ptetool/base/hash.h"
#include "ptetool/base/text.h"

namespace ptetool::dedupe {

namespace {

// "<64 hex>" or "scale_<64 hex>", as the exporter writes them.
bool content_form(std::string_view key) {
  constexpr std::string_view kScale = "scale_";
  if (key.starts_with(kScale)) key.remove_prefix(kScale.size());
  return parse_sha256(key).has_value();
}

class Decider {
 public:
  Decider(const Set& set, const Weights& weights, const Options& options)
      : set_(set), weights_(weights), options_(options) {}

  Result<Decisions> run() {
    for (std::size_t f = 0; f < set_.data.size(); ++f) {
      result_.data.push_back({base_name(set_.data[f]->file->name()), f, {}, true});
    }
    result_.moves_to.assign(weights_.contents.size(), kNone);
    result_.programs.resize(set_.programs.size());
    if (!options_.inline_data) choose_moves();
    choose_what_leaves();
    PTETOOL_CHECK(name_everything());
    if (!options_.inline_data) fill_data_files();
    return std::move(result_);
  }

 private:
  struct Meaning {
    std::size_t content;
    std::string layout;  // empty: none
  };

  const Place& place(std::size_t index) const { return weights_.places[index]; }

  template <class F>
  void each_use(F&& f) const {
    for (std::size_t p = 0; p < weights_.programs.size(); ++p) {
      for (const TensorUse& use : weights_.programs[p].tensors) f(p, place(use.place));
      for (const DelegateUse& use : weights_.programs[p].delegates) f(p, place(use.place));
    }
  }

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
      if (group_of[c] != kNone) result_.moves_to[c] = targets[group_of[c]];
    }
  }

  // Constants inside payloads leave them where that stores them once less: they move, or their program has the same
  // bytes in another payload, or under a name.
  void choose_what_leaves() {
    leaves_.resize(weights_.programs.size());
    for (std::size_t p = 0; p < weights_.programs.size(); ++p) {
      std::map<std::size_t, std::set<const std::uint8_t*>> copies;
      for (const DelegateUse& use : weights_.programs[p].delegates) {
        const Place& where = place(use.place);
        if (!where.pinned && where.bytes.size() >= options_.min_size) copies[where.content].insert(where.bytes.data());
      }
      for (const auto& [content, stored] : copies) {
        if (stored.size() > 1 || result_.moves_to[content] != kNone) leaves_[p].insert(content);
      }
    }
  }

  bool stays_inside(std::size_t p, const Place& where) const {
    return where.kind == Place::Kind::Inside && (where.pinned || !leaves_[p].contains(where.content));
  }

  // The data file of group g: the name given, with a number where there are several.
  std::size_t target(std::size_t g, std::size_t count) {
    std::string name = options_.data_name;
    if (count > 1) {
      const std::filesystem::path path(name);
      name = path.stem().string() + "-" + std::to_string(g + 1) + path.extension().string();
    }
    const auto known = std::ranges::find(result_.data, name, &DataOutput::name);
    if (known == result_.data.end()) {
      result_.data.push_back({name, kNone, {}, true});
      return result_.data.size() - 1;
    }
    return static_cast<std::size_t>(known - result_.data.begin());
  }

  bool moves(const Place& where) const { return !where.pinned && result_.moves_to[where.content] != kNone; }

  std::size_t home_of(const Place& where) const {
    if (options_.inline_data) return kNone;
    if (moves(where)) return result_.moves_to[where.content];
    return where.kind == Place::Kind::Entry ? where.file : kNone;
  }

  static std::string id_of(const std::optional<ptd::TensorLayout>& layout) {
    return layout ? layout_id(*layout) : std::string();
  }

  void take(std::string_view key, std::size_t content, std::string layout) {
    std::vector<Meaning>& meanings = taken_[std::string(key)];
    const bool known = std::ranges::any_of(
        meanings, [&](const Meaning& each) { return each.content == content && each.layout == layout; });
    if (!known) meanings.push_back({content, std::move(layout)});
  }

  // Delegates read bytes, whatever layout stands beside them; tensors need theirs.
  bool free_for(std::string_view key, std::size_t content, const std::string& layout, bool any_layout) const {
    const auto found = taken_.find(key);
    return found == taken_.end() || std::ranges::all_of(found->second, [&](const Meaning& each) {
             return each.content == content && (any_layout || each.layout == layout);
           });
  }

  Result<std::string> digest(std::size_t content) {
    if (const auto known = digests_.find(content); known != digests_.end()) return known->second;
    PTETOOL_ASSIGN(const Sha256 sum, sha256(weights_.contents[content].bytes));
    return digests_[content] = to_hex(sum);
  }

  // The first name that is free: `wanted` (may be empty), the digest, "1_<digest>" …
  Result<std::string_view> claim(std::string_view wanted, std::size_t content, const std::string& layout,
                                 bool any_layout) {
    std::string key(wanted);
    if (key.empty() || !free_for(key, content, layout, any_layout)) {
      PTETOOL_ASSIGN(const std::string sum, digest(content));
      key = sum;
      for (unsigned i = 1; !free_for(key, content, layout, any_layout); ++i) key = std::to_string(i) + "_" + sum;
    }
    const auto found = taken_.find(key);
    if (found == taken_.end() || !any_layout) take(key, content, layout);
    return intern(key);
  }

  std::string_view intern(std::string_view key) { return result_.names.emplace_back(key); }

  bool keeps_key(std::size_t p, const Place& where) const {
    return options_.keys == Keys::Keep || weights_.programs[p].opaque ||
           (where.kind == Place::Kind::Entry && weights_.keep_keys[where.file]);
  }

  // Digests that will be asked for, computed side by side.
  void precompute_digests() {
    std::set<std::size_t> wanted;
    for (std::size_t p = 0; p < weights_.programs.size(); ++p) {
      for (const TensorUse& use : weights_.programs[p].tensors) {
        const Place& where = place(use.place);
        if (where.key.empty() && moves(where)) wanted.insert(where.content);
      }
      for (const DelegateUse& use : weights_.programs[p].delegates) {
        const Place& where = place(use.place);
        if (stays_inside(p, where)) continue;
        if (where.key.empty() || (!keeps_key(p, where) && !content_form(where.key))) wanted.insert(where.content);
      }
    }
    const std::vector<std::size_t> contents(wanted.begin(), wanted.end());
    std::vector<Result<Sha256>> sums(contents.size());
    const auto compute = [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        sums[i] = sha256(weights_.contents[contents[i]].bytes);
      }
    };
    if (options_.threads) {
      options_.threads->each_range(static_cast<std::int64_t>(contents.size()), 1, compute);
    } else {
      compute(0, static_cast<std::int64_t>(contents.size()));
    }
    for (std::size_t i = 0; i < contents.size(); ++i) {
      if (sums[i]) digests_[contents[i]] = to_hex(*sums[i]);
    }
  }

  Result<> name_everything() {
    precompute_digests();
    take_what_stays();
    for (std::size_t p = 0; p < set_.programs.size(); ++p) PTETOOL_CHECK(name_tensors(p));
    for (std::size_t p = 0; p < set_.programs.size(); ++p) PTETOOL_CHECK(name_delegates(p));
    result_.names_changed = renamed_.size();
    result_.names_merged = static_cast<std::uint64_t>(std::ranges::count_if(
        names_of_, [](const auto& names) { return names.second.after.size() < names.second.before.size(); }));
    return {};
  }

  void take_what_stays() {
    for (const Place& where : weights_.places) {
      const bool entry = where.kind == Place::Kind::Entry;
      if (!entry && where.kind != Place::Kind::Named) continue;
      if (!where.needed() || (where.tensors && !moves(where))) take(where.key, where.content, id_of(where.layout));
    }
    for (std::size_t p = 0; p < set_.programs.size(); ++p) {
      for (const DelegateUse& use : weights_.programs[p].delegates) {
        const Place& where = place(use.place);
        if (!where.key.empty() && keeps_key(p, where) && !moves(where))
          take(where.key, where.content, id_of(where.layout));
      }
    }
  }

  Result<> name_tensors(std::size_t p) {
    for (const TensorUse& use : weights_.programs[p].tensors) {
      const Place& where = place(use.place);
      Home home{home_of(where), where.key};
      if (home.data != kNone && moves(where)) {
        PTETOOL_ASSIGN(home.key, claim(where.key, where.content, layout_id(layout_of(p, use)), false));
      }
      result_.programs[p].tensors.push_back(home);
    }
    return {};
  }

  ptd::TensorLayout layout_of(std::size_t p, const TensorUse& use) const {
    const pte::Tensor& tensor = *set_.programs[p].model->program->execution_plan[use.plan].values[use.value].tensor();
    return {tensor.scalar_type, tensor.sizes, tensor.dim_order};
  }

  // Of a constant that leaves its payload: where it moves, or where its program finds the same bytes already.
  Result<Home> home_outside(std::size_t p, const Place& where) {
    Home home{home_of(where), {}};
    const auto& uses = weights_.programs[p].delegates;
    const auto beside = std::ranges::find_if(uses, [&](const DelegateUse& use) {
      const Place& other = place(use.place);
      return other.content == where.content && other.kind != Place::Kind::Inside;
    });
    const bool keyed = beside != uses.end();
    if (keyed) home.data = home_of(place(beside->place));
    const std::string_view key = keyed ? place(beside->place).key : std::string_view();
    const bool keep = keyed && (content_form(key) || keeps_key(p, place(beside->place)));
    PTETOOL_ASSIGN(home.key, claim(keep ? key : std::string_view(), where.content, {}, true));
    return home;
  }

  Result<> name_delegates(std::size_t p) {
    for (const DelegateUse& use : weights_.programs[p].delegates) {
      const Place& where = place(use.place);
      Home home{home_of(where), where.key};
      if (where.kind == Place::Kind::Inside) {
        if (!stays_inside(p, where)) {
          PTETOOL_ASSIGN(home, home_outside(p, where));
        }
        result_.programs[p].delegates.push_back(home);
        continue;
      }
      const bool keep = keeps_key(p, where);
      const bool content = content_form(where.key);
      if (keep && moves(where) && options_.keys == Keys::Content && !free_for(where.key, where.content, {}, true)) {
        home.data = where.kind == Place::Kind::Entry ? where.file : kNone;  // an opaque delegate may need the name
      } else if (!keep || moves(where)) {
        PTETOOL_ASSIGN(home.key, claim(keep || content ? where.key : std::string_view(), where.content, {}, true));
      }
      names_of_[where.content].before.insert(where.key);
      names_of_[where.content].after.insert(home.key);
      if (home.key != where.key) renamed_.insert({std::string(where.key), std::string(home.key)});
      result_.programs[p].delegates.push_back(home);
    }
    return {};
  }

  void add(std::size_t data, DataEntry entry) {
    auto [known, fresh] = emitted_.try_emplace({data, std::string(entry.key)}, result_.data[data].entries.size());
    if (fresh) {
      result_.data[data].entries.push_back(std::move(entry));
    } else if (!result_.data[data].entries[known->second].layout) {
      result_.data[data].entries[known->second].layout = entry.layout;
    }
  }

  // An entry that no program of the set needs goes along with equal bytes that move, if its name means nothing else.
  std::size_t home_of_unneeded(const Place& where) const {
    const std::size_t target = result_.moves_to[where.content];
    const bool free = free_for(where.key, where.content, id_of(where.layout), false);
    return target != kNone && free ? target : where.file;
  }

  void fill_data_files() {
    std::map<std::size_t, std::vector<std::pair<Home, std::optional<ptd::TensorLayout>>>> uses;
    std::vector<std::pair<std::size_t, DataEntry>> in_order;
    for (std::size_t p = 0; p < set_.programs.size(); ++p) {
      const ProgramUses& program = weights_.programs[p];
      const auto note = [&](std::size_t at, const Home& home, std::optional<ptd::TensorLayout> layout) {
        if (home.data == kNone) return;
        uses[at].push_back({home, layout});
        in_order.push_back({home.data, {home.key, place(at).content, layout}});
      };
      for (std::size_t t = 0; t < program.tensors.size(); ++t) {
        const Place& where = place(program.tensors[t].place);
        const bool stays = where.kind == Place::Kind::Entry && !moves(where);
        note(program.tensors[t].place, result_.programs[p].tensors[t],
             stays ? where.layout : std::optional(layout_of(p, program.tensors[t])));
      }
      for (std::size_t d = 0; d < program.delegates.size(); ++d) {
        const Place& where = place(program.delegates[d].place);
        const Home& home = result_.programs[p].delegates[d];
        note(program.delegates[d].place, home, home.key == where.key ? where.layout : std::nullopt);
      }
    }
    for (std::size_t f = 0; f < set_.data.size(); ++f) {
      for (const std::size_t at : weights_.entries[f]) {
        const Place& where = place(at);
        if (!where.needed()) add(home_of_unneeded(where), {where.key, where.content, where.layout});
        for (const auto& [home, layout] : uses[at]) {
          if (home.data == f) add(f, {home.key, where.content, layout});
        }
      }
    }
    for (const auto& [data, entry] : in_order) add(data, entry);
    for (DataOutput& output : result_.data) output.changed = changed(output);
    for (std::size_t p = 0; p < set_.programs.size(); ++p) list_data(p);
  }

  bool changed(const DataOutput& output) const {
    if (output.source == kNone) return true;
    const auto& places = weights_.entries[output.source];
    if (output.entries.size() != places.size()) return true;
    std::set<const std::uint8_t*> stored;
    std::set<std::size_t> contents;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Place& where = place(places[i]);
      const DataEntry& entry = output.entries[i];
      if (entry.key != where.key || entry.content != where.content || id_of(entry.layout) != id_of(where.layout)) {
        return true;
      }
      if (where.bytes.empty()) continue;
      stored.insert(where.bytes.data());
      contents.insert(where.content);
    }
    return stored.size() != contents.size();
  }

  void list_data(std::size_t p) {
    std::set<std::size_t> data;
    for (const Home& home : result_.programs[p].tensors) data.insert(home.data);
    for (const Home& home : result_.programs[p].delegates) data.insert(home.data);
    if (weights_.programs[p].opaque) {
      for (const std::size_t f : set_.programs[p].data) {
        if (!result_.data[f].entries.empty()) data.insert(f);
        for (const std::size_t at : weights_.entries[f]) {
          if (!place(at).needed()) data.insert(home_of_unneeded(place(at)));
        }
      }
    }
    data.erase(kNone);
    result_.programs[p].data.assign(data.begin(), data.end());
  }

  const Set& set_;
  const Weights& weights_;
  const Options& options_;
  Decisions result_;
  std::map<std::string, std::vector<Meaning>, std::less<>> taken_;
  std::vector<std::set<std::size_t>> leaves_;  // per program: contents that leave its payloads
  std::map<std::size_t, std::string> digests_;
  std::set<std::pair<std::string, std::string>> renamed_;
  struct Names {
    std::set<std::string_view> before, after;
  };
  std::map<std::size_t, Names> names_of_;  // per content, in delegates
  std::map<std::pair<std::size_t, std::string>, std::size_t> emitted_;
};

}  // namespace

Result<Decisions> decide(const Set& set, const Weights& weights, const Options& options) {
  return Decider(set, weights, options).run();
}

std::string base_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

}  // namespace ptetool::dedupe

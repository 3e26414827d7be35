// Decides in three steps: which contents move (choice.h), which names they get (here), and what each data file holds
// then (data_files.cc). Names of what stays are taken first, and what moves gets the first of its candidates that is
// free or means the same.
#include "dedupe/decisions.h"

#include <algorithm>
#include <set>

#include "dedupe/choice.h"
#include "dedupe/names.h"

namespace ptetool::dedupe {

namespace {

class Decider {
 public:
  Decider(const Set& set, const Weights& weights, const OutputNames& outputs, const Options& options)
      : set_(set), weights_(weights), outputs_(outputs), options_(options), names_(weights) {}

  Result<Decisions> run() {
    for (std::size_t f = 0; f < outputs_.data.size(); ++f) {
      result_.data.push_back({outputs_.data[f], f, {}, true});
    }
    result_.programs.resize(set_.programs.size());
    choice_ = choose(weights_, options_, result_.data);
    result_.moves_to = choice_.moves_to;
    PTETOOL_CHECK(name_everything());
    if (!options_.inline_data) fill_data_files(set_, weights_, names_, result_);
    result_.names = names_.release();
    return std::move(result_);
  }

 private:
  const Place& place(std::size_t index) const { return weights_.places[index]; }

  bool stays_inside(std::size_t p, const Place& where) const {
    return where.kind == Place::Kind::Inside && (where.pinned || !choice_.leaves[p].contains(where.content));
  }

  std::size_t home_of(const Place& where) const {
    if (options_.inline_data) return kNone;
    if (moves(result_, where)) return result_.moves_to[where.content];
    return where.kind == Place::Kind::Entry ? where.file : kNone;
  }

  bool keeps_key(std::size_t p, const Place& where) const {
    return options_.keys == Keys::Keep || weights_.programs[p].opaque ||
           (where.kind == Place::Kind::Entry && weights_.keep_keys[where.file]);
  }

  // Contents whose digests will be asked for.
  std::vector<std::size_t> contents_to_digest() const {
    std::set<std::size_t> wanted;
    for (std::size_t p = 0; p < weights_.programs.size(); ++p) {
      for (const TensorUse& use : weights_.programs[p].tensors) {
        const Place& where = place(use.place);
        if (where.key.empty() && moves(result_, where)) wanted.insert(where.content);
      }
      for (const DelegateUse& use : weights_.programs[p].delegates) {
        const Place& where = place(use.place);
        if (stays_inside(p, where)) continue;
        if (where.key.empty() || (!keeps_key(p, where) && !content_form(where.key))) wanted.insert(where.content);
      }
    }
    return {wanted.begin(), wanted.end()};
  }

  Result<> name_everything() {
    names_.digest_all(contents_to_digest(), options_.threads);
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
      if (!where.needed() || (where.tensors && !moves(result_, where)))
        names_.take(where.key, where.content, layout_id(where.layout));
    }
    for (std::size_t p = 0; p < set_.programs.size(); ++p) {
      for (const DelegateUse& use : weights_.programs[p].delegates) {
        const Place& where = place(use.place);
        if (!where.key.empty() && keeps_key(p, where) && !moves(result_, where))
          names_.take(where.key, where.content, layout_id(where.layout));
      }
    }
  }

  Result<> name_tensors(std::size_t p) {
    for (const TensorUse& use : weights_.programs[p].tensors) {
      const Place& where = place(use.place);
      Home home{home_of(where), where.key};
      if (home.data != kNone && moves(result_, where)) {
        PTETOOL_ASSIGN(home.key, names_.claim(where.key, where.content, layout_id(layout_of(set_, p, use)), false));
      }
      result_.programs[p].tensors.push_back(home);
    }
    return {};
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
    PTETOOL_ASSIGN(home.key, names_.claim(keep ? key : std::string_view(), where.content, {}, true));
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
      if (keep && moves(result_, where) && options_.keys == Keys::Content &&
          !names_.free_for(where.key, where.content, {}, true)) {
        home.data = where.kind == Place::Kind::Entry ? where.file : kNone;  // an opaque delegate may need the name
      } else if (!keep || moves(result_, where)) {
        PTETOOL_ASSIGN(home.key,
                       names_.claim(keep || content ? where.key : std::string_view(), where.content, {}, true));
      }
      names_of_[where.content].before.insert(where.key);
      names_of_[where.content].after.insert(home.key);
      if (home.key != where.key) renamed_.insert({std::string(where.key), std::string(home.key)});
      result_.programs[p].delegates.push_back(home);
    }
    return {};
  }

  const Set& set_;
  const Weights& weights_;
  const OutputNames& outputs_;
  const Options& options_;
  Decisions result_;
  Names names_;
  Choice choice_;
  std::set<std::pair<std::string, std::string>> renamed_;
  struct BeforeAndAfter {
    std::set<std::string_view> before, after;
  };
  std::map<std::size_t, BeforeAndAfter> names_of_;  // per content, in delegates
};

}  // namespace

bool moves(const Decisions& decisions, const Place& where) {
  return !where.pinned && decisions.moves_to[where.content] != kNone;
}

ptd::TensorLayout layout_of(const Set& set, std::size_t p, const TensorUse& use) {
  const pte::Tensor& tensor = *set.programs[p].model->program->execution_plan[use.plan].values[use.value].tensor();
  return {tensor.scalar_type, tensor.sizes, tensor.dim_order};
}

Result<Decisions> decide(const Set& set, const Weights& weights, const OutputNames& names, const Options& options) {
  return Decider(set, weights, names, options).run();
}

}  // namespace ptetool::dedupe

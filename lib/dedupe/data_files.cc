// What each data file holds once every use has its home, and which data files each program needs.
#include <algorithm>
#include <set>

#include "dedupe/decisions.h"
#include "dedupe/names.h"

namespace ptetool::dedupe {

namespace {

class Filler {
 public:
  Filler(const Set& set, const Weights& weights, const Names& names, Decisions& decisions)
      : set_(set), weights_(weights), names_(names), result_(decisions) {}

  void run() {
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
        const bool stays = where.kind == Place::Kind::Entry && !moves(result_, where);
        note(program.tensors[t].place, result_.programs[p].tensors[t],
             stays ? where.layout : std::optional(layout_of(set_, p, program.tensors[t])));
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

 private:
  const Place& place(std::size_t index) const { return weights_.places[index]; }

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
    const bool free = names_.free_for(where.key, where.content, layout_id(where.layout), false);
    return target != kNone && free ? target : where.file;
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
      if (entry.key != where.key || entry.content != where.content ||
          layout_id(entry.layout) != layout_id(where.layout)) {
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
  const Names& names_;
  Decisions& result_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> emitted_;
};

}  // namespace

void fill_data_files(const Set& set, const Weights& weights, const Names& names, Decisions& decisions) {
  Filler(set, weights, names, decisions).run();
}

}  // namespace ptetool::dedupe

// Collects places from linked models, then sorts them by content: only what has a size in common is hashed.
#include "dedupe/places.h"

#include <algorithm>
#include <unordered_map>

#include "ptetool/base/hash.h"
#include "ptetool/format/xnnpack_take_out.h"

namespace ptetool::dedupe {

namespace {

class Collector {
 public:
  explicit Collector(const Set& set) : set_(set) {}

  Result<Weights> run(const ThreadPool* threads) {
    weights_.keep_keys.resize(set_.data.size());
    for (std::size_t f = 0; f < set_.data.size(); ++f) PTETOOL_CHECK(data_file(f));
    for (std::size_t p = 0; p < set_.programs.size(); ++p) PTETOOL_CHECK(program(p));
    sort_by_content(threads);
    return std::move(weights_);
  }

 private:
  std::size_t add(Place place) {
    weights_.places.push_back(std::move(place));
    return weights_.places.size() - 1;
  }

  Result<> data_file(std::size_t f) {
    const ptd::DataFile& data = *set_.data[f];
    std::vector<std::size_t>& places = weights_.entries.emplace_back();
    for (std::size_t i = 0; i < data.entries.size(); ++i) {
      const ptd::Entry& entry = data.entries[i];
      PTETOOL_ASSIGN(const ByteView bytes, data.entry_bytes(entry));
      Place place{Place::Kind::Entry, f, i, bytes, entry.key, entry.tensor_layout};
      places.push_back(add(std::move(place)));
    }
    return {};
  }

  Result<> program(std::size_t p) {
    const Model& model = *set_.programs[p].model;
    const pte::Program& program = *model.program;
    weights_.programs.emplace_back();
    for (std::size_t i = 0; i < program.named_data.size(); ++i) {
      PTETOOL_ASSIGN(const ByteView bytes, program.segment_bytes(program.named_data[i].segment_index));
      weights_.programs[p].named.push_back(
          add({Place::Kind::Named, p, i, bytes, program.named_data[i].key, std::nullopt}));
    }
    for (std::size_t d = 0; d < model.delegates.size(); ++d) {
      const LinkedDelegate& delegate = model.delegates[d];
      if (!delegate.payload) return Failure(delegate.payload.error());
      Place place{Place::Kind::Payload, p, d, *delegate.payload, {}, std::nullopt};
      place.pinned = true;
      weights_.programs[p].payloads.push_back(add(std::move(place)));
      if (!delegate.graph || !*delegate.graph) {
        weights_.programs[p].opaque = true;
      } else {
        PTETOOL_CHECK(inside(p, d));
      }
    }
    if (set_.programs[p].fixed) weights_.programs[p].opaque = true;
    if (weights_.programs[p].opaque) {
      for (const std::size_t f : set_.programs[p].data) weights_.keep_keys[f] = true;
    }
    PTETOOL_CHECK(constants(p));
    return needs(p);
  }

  // Constants inside the payload of delegate d.
  Result<> inside(std::size_t p, std::size_t d) {
    const xnn::Graph& graph = **set_.programs[p].model->delegates[d].graph;
    const bool pinned = !xnn::can_take_out(graph);
    const std::vector<bool> used = xnn::used_constants(graph);
    for (std::uint32_t c = 1; c < graph.constants.size(); ++c) {
      if (!graph.constants[c].inside || graph.constants[c].size == 0 || !used[c]) continue;
      PTETOOL_ASSIGN(const ByteView bytes, graph.constant_bytes(c));
      Place place{Place::Kind::Inside, p, d, bytes, {}, std::nullopt};
      place.delegates = true;
      place.pinned = pinned;
      weights_.programs[p].delegates.push_back({d, c, add(std::move(place))});
    }
    return {};
  }

  // Tensors with content inside the program. A constant that several tensors of different sizes use, or that a constant
  // method gives out (so that metadata can be read without data), stays.
  Result<> constants(std::size_t p) {
    const pte::Program& program = *set_.programs[p].model->program;
    std::map<std::pair<bool, std::uint32_t>, std::size_t> known;  // (state, data_buffer_idx)
    for (std::size_t e = 0; e < program.execution_plan.size(); ++e) {
      const pte::ExecutionPlan& plan = program.execution_plan[e];
      const bool metadata = plan.constant_method();
      for (std::size_t v = 0; v < plan.values.size(); ++v) {
        const pte::Tensor* tensor = plan.values[v].tensor();
        if (!tensor || !(tensor->constant() || tensor->initialised_state())) continue;
        const std::uint64_t size = pte::tensor_nbytes(*tensor).value_or(0);
        const bool state = tensor->initialised_state();
        PTETOOL_ASSIGN(const ByteView bytes, state ? program.initial_state_bytes(tensor->data_buffer_idx, size)
                                                   : program.constant_bytes(tensor->data_buffer_idx, size));
        const auto [place_of, fresh] = known.try_emplace({state, tensor->data_buffer_idx}, kNone);
        if (fresh) {
          const auto kind = state ? Place::Kind::State : Place::Kind::Constant;
          place_of->second = add({kind, p, tensor->data_buffer_idx, bytes, tensor->name(), std::nullopt});
        }
        Place& place = weights_.places[place_of->second];
        place.tensors = true;
        if (place.bytes.size() != size || metadata || tensor->storage_offset != 0 || tensor->layout != 0) {
          place.pinned = true;
        }
        if (place.bytes.size() < size) place.bytes = bytes;
        weights_.programs[p].tensors.push_back({e, v, place_of->second});
      }
    }
    return {};
  }

  Result<> needs(std::size_t p) {
    const Set::Member& member = set_.programs[p];
    const Model& model = *member.model;
    for (const Need& need : model.needs) {
      if (!need.entry) return fail(ErrorCode::Internal, "a program with missing data was let in");
      const NamedEntry& entry = model.entries[*need.entry];
      const std::size_t place = entry.data_file == NamedEntry::kInProgram
                                    ? weights_.programs[p].named[entry.index]
                                    : weights_.entries[member.data[entry.data_file]][entry.index];
      if (need.tensor) {
        weights_.places[place].tensors = true;
        weights_.programs[p].tensors.push_back({need.plan, need.index, place});
      } else {
        weights_.places[place].delegates = true;
        const auto* delegate = model.find_delegate(need.plan, need.index);
        weights_.programs[p].delegates.push_back(
            {static_cast<std::size_t>(delegate - model.delegates.data()), need.constant, place});
      }
    }
    // Named data that no graph asks for is for whoever knows its name.
    for (const std::size_t place : weights_.programs[p].named) {
      if (!weights_.places[place].needed()) weights_.places[place].pinned = true;
    }
    if (!member.fixed) return {};
    for (const TensorUse& use : weights_.programs[p].tensors) weights_.places[use.place].pinned = true;
    for (const DelegateUse& use : weights_.programs[p].delegates) weights_.places[use.place].pinned = true;
    return {};
  }

  void sort_by_content(const ThreadPool* threads) {
    // Places of the very same bytes are one candidate; candidates alone with their size need no hash.
    std::map<std::pair<const std::uint8_t*, std::size_t>, std::vector<std::size_t>> candidates;
    for (std::size_t i = 0; i < weights_.places.size(); ++i) {
      const ByteView bytes = weights_.places[i].bytes;
      candidates[{bytes.empty() ? nullptr : bytes.data(), bytes.size()}].push_back(i);
    }
    std::map<std::size_t, std::size_t> sizes;
    for (const auto& [where, places] : candidates) ++sizes[where.second];
    struct Candidate {
      ByteView bytes;
      const std::vector<std::size_t>* places;
      bool hashed;
      Fingerprint fingerprint;
    };
    std::vector<Candidate> all;
    for (const auto& [where, places] : candidates) {
      all.push_back({weights_.places[places.front()].bytes, &places, sizes[where.second] > 1, {}});
    }
    const auto hash = [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        if (all[i].hashed) all[i].fingerprint = fingerprint(all[i].bytes);
      }
    };
    if (threads) {
      threads->each_range(static_cast<std::int64_t>(all.size()), 1, hash);
    } else {
      hash(0, static_cast<std::int64_t>(all.size()));
    }
    // Contents are numbered in the order of their first place, so that a plan does not depend on addresses.
    std::ranges::sort(all, {}, [](const Candidate& each) { return each.places->front(); });
    std::map<std::pair<std::size_t, Fingerprint>, std::size_t> known;
    for (const Candidate& each : all) {
      std::size_t content = weights_.contents.size();
      if (each.hashed) content = known.try_emplace({each.bytes.size(), each.fingerprint}, content).first->second;
      if (content == weights_.contents.size()) weights_.contents.push_back({each.bytes, {}});
      for (const std::size_t place : *each.places) {
        weights_.places[place].content = content;
        weights_.contents[content].places.push_back(place);
      }
    }
  }

  const Set& set_;
  Weights weights_;
};

}  // namespace

Result<Weights> collect(const Set& set, const ThreadPool* threads) { return Collector(set).run(threads); }

std::string layout_id(const ptd::TensorLayout& layout) {
  std::string id = std::to_string(static_cast<int>(layout.scalar_type));
  for (const std::int32_t size : layout.sizes) id += "x" + std::to_string(size);
  id += "o";
  for (const std::uint8_t dim : layout.dim_order) id += "." + std::to_string(dim);
  return id;
}

std::string layout_id(const std::optional<ptd::TensorLayout>& layout) {
  return layout ? layout_id(*layout) : std::string();
}

}  // namespace ptetool::dedupe

// Holds what was written against what was read: the same program but for where bytes are kept, and the same bytes for
// every tensor, delegate constant and name.
#include <algorithm>
#include <set>

#include "dedupe/draft.h"
#include "ptetool/base/text.h"
#include "ptetool/format/bundled_write.h"
#include "ptetool/format/pte_write.h"
#include "ptetool/format/xnnpack_rename.h"

namespace ptetool::dedupe {

namespace {

class Comparison {
 public:
  Comparison(const Set::Member& source, const Model& written) : source_(*source.model), written_(written) {}

  Result<> run() {
    if (const auto place = pte::first_difference(*source_.program, *written_.program, {.storage = false})) {
      return differs(*place, "is not what it was");
    }
    PTETOOL_CHECK(unique_keys());
    for (std::size_t p = 0; p < source_.program->execution_plan.size(); ++p) PTETOOL_CHECK(tensors(p));
    for (std::size_t d = 0; d < source_.delegates.size(); ++d) PTETOOL_CHECK(delegate(d));
    if (opaque_) return every_name();
    return {};
  }

 private:
  Failure differs(std::string path, std::string message) const {
    return fail(ErrorCode::Internal, written_.program->file->name(), std::move(path),
                std::move(message) + ": nothing was written");
  }

  Result<> unique_keys() const {
    std::set<std::string_view> keys;
    for (const auto& data : written_.data) {
      for (const ptd::Entry& entry : data->entries) {
        if (!keys.insert(entry.key).second) {
          return fail(ErrorCode::Unsupported, written_.program->file->name(), "",
                      "would find the name " + quoted(entry.key) +
                          " in two data files; name another file with --data-name, or use --group");
        }
      }
    }
    return {};
  }

  static std::map<std::pair<std::size_t, std::size_t>, const Need*> tensor_needs(const Model& model) {
    std::map<std::pair<std::size_t, std::size_t>, const Need*> needs;
    for (const Need& need : model.needs) {
      if (need.tensor) needs[{need.plan, need.index}] = &need;
    }
    return needs;
  }
  static std::map<std::tuple<std::size_t, std::size_t, std::size_t>, const Need*> delegate_needs(const Model& model) {
    std::map<std::tuple<std::size_t, std::size_t, std::size_t>, const Need*> needs;
    for (const Need& need : model.needs) {
      if (!need.tensor) needs[{need.plan, need.index, need.constant}] = &need;
    }
    return needs;
  }

  static Result<ByteView> entry_bytes(const Model& model, const Need* need) {
    if (!need || !need->entry) return fail(ErrorCode::Missing, "has no bytes");
    return model.entries[*need->entry].bytes;
  }

  template <class Needs>
  static Result<ByteView> tensor_bytes(const Model& model, const Needs& needs, std::size_t plan, std::size_t value) {
    const pte::Tensor& tensor = *model.program->execution_plan[plan].values[value].tensor();
    const std::uint64_t size = pte::tensor_nbytes(tensor).value_or(0);
    if (tensor.external()) {
      const auto found = needs.find({plan, value});
      PTETOOL_ASSIGN(const ByteView bytes, entry_bytes(model, found == needs.end() ? nullptr : found->second));
      const auto part = subview(bytes, 0, size);
      if (!part) return fail(ErrorCode::Mismatch, "is too short");
      return *part;
    }
    return tensor.allocation_info ? model.program->initial_state_bytes(tensor.data_buffer_idx, size)
                                  : model.program->constant_bytes(tensor.data_buffer_idx, size);
  }

  // Large weights are used in several methods; each pair of places is compared once.
  bool same(ByteView a, ByteView b) {
    if (a.size() != b.size()) return false;
    if (a.data() == b.data() || !compared_.insert({a.data(), b.data(), a.size()}).second) return true;
    return as_text(a) == as_text(b);
  }

  Result<> tensors(std::size_t p) {
    const auto& values = source_.program->execution_plan[p].values;
    for (std::size_t v = 0; v < values.size(); ++v) {
      const pte::Tensor* tensor = values[v].tensor();
      if (!tensor || !(tensor->external() || tensor->data_buffer_idx != 0)) continue;
      const auto before = tensor_bytes(source_, source_tensors_, p, v);
      const auto after = tensor_bytes(written_, written_tensors_, p, v);
      if (!before || !after || !same(*before, *after)) {
        return differs(indexed("execution_plan", p) + "." + indexed("values", v), "has other bytes than before");
      }
    }
    return {};
  }

  Result<> delegate(std::size_t d) {
    const LinkedDelegate& before = source_.delegates[d];
    const LinkedDelegate& after = written_.delegates[d];
    const std::string path = indexed("execution_plan", before.plan) + "." + indexed("delegates", before.index);
    if (!before.graph || !*before.graph) {
      opaque_ = true;
      if (!after.payload || !same(*before.payload, *after.payload)) return differs(path, "has another payload");
      return {};
    }
    if (!after.graph || !*after.graph || !xnn::same_computation(**before.graph, **after.graph)) {
      return differs(path, "has another graph than before");
    }
    const xnn::Graph& graph = **before.graph;
    for (std::size_t c = 1; c < graph.constants.size(); ++c) {
      const auto one = constant_bytes(source_, source_delegates_, before, c);
      const auto other = constant_bytes(written_, written_delegates_, after, c);
      if (!one && !other) continue;  // an entry that names nothing, before and after
      if (!one || !other || !same(*one, *other)) {
        return differs(path + "." + indexed("constant_data", c), "has other bytes than before");
      }
    }
    return {};
  }

  template <class Needs>
  static Result<ByteView> constant_bytes(const Model& model, const Needs& needs, const LinkedDelegate& delegate,
                                         std::size_t c) {
    const xnn::Graph& graph = **delegate.graph;
    if (!graph.constants[c].named_key) return graph.constant_bytes(static_cast<std::uint32_t>(c));
    const auto found = needs.find({delegate.plan, delegate.index, c});
    return entry_bytes(model, found == needs.end() ? nullptr : found->second);
  }

  // A delegate that nobody can look into may ask for any name.
  Result<> every_name() {
    for (const auto& [key, entries] : source_.by_key) {
      const auto now = written_.find(key);
      const auto& before = source_.entries[entries.front()].bytes;
      if (!before || now.empty() || !written_.entries[now.front()].bytes ||
          !same(*before, *written_.entries[now.front()].bytes)) {
        return differs("named_data", quoted(key) + " names other bytes than before");
      }
    }
    return {};
  }

  const Model& source_;
  const Model& written_;
  std::map<std::pair<std::size_t, std::size_t>, const Need*> source_tensors_ = tensor_needs(source_);
  std::map<std::pair<std::size_t, std::size_t>, const Need*> written_tensors_ = tensor_needs(written_);
  std::map<std::tuple<std::size_t, std::size_t, std::size_t>, const Need*> source_delegates_ = delegate_needs(source_);
  std::map<std::tuple<std::size_t, std::size_t, std::size_t>, const Need*> written_delegates_ =
      delegate_needs(written_);
  std::set<std::tuple<const std::uint8_t*, const std::uint8_t*, std::size_t>> compared_;
  bool opaque_ = false;
};

// A bundle is still one, with the tests that it had.
Result<> same_container(const Set::Member& source, const Artifact& written) {
  const auto* bundle = std::get_if<std::shared_ptr<const Bundle>>(&written.content);
  const bool same = source.bundle ? bundle && bundled::same_tests(source.bundle->bundle, (*bundle)->bundle)
                                  : !bundle && written.program() != nullptr;
  if (same) return {};
  return fail(ErrorCode::Internal, written.file->name(), "", "has other tests than before: nothing was written");
}

// Every entry that no program of the set needs is still there under its name.
Result<> compare_unneeded(const Set& set, const Draft& draft,
                          const std::vector<std::shared_ptr<const ptd::DataFile>>& written) {
  std::map<std::string_view, std::vector<ByteView>> offered;
  for (const auto& data : written) {
    for (const ptd::Entry& entry : data->entries) {
      if (const auto bytes = data->entry_bytes(entry)) offered[entry.key].push_back(*bytes);
    }
  }
  for (std::size_t f = 0; f < set.data.size(); ++f) {
    for (const std::size_t at : draft.weights.entries[f]) {
      const Place& place = draft.weights.places[at];
      if (place.needed()) continue;
      const auto& found = offered[place.key];
      if (std::ranges::none_of(found, [&](ByteView bytes) { return as_text(bytes) == as_text(place.bytes); })) {
        return fail(ErrorCode::Internal, set.data[f]->file->name(), quoted(place.key),
                    "is in none of the files written: nothing was written");
      }
    }
  }
  return {};
}

}  // namespace

Result<> compare_with_sources(const Set& set, const Draft& draft, std::span<const std::shared_ptr<const File>> files) {
  std::map<std::size_t, std::shared_ptr<const ptd::DataFile>> data;
  std::vector<std::shared_ptr<const ptd::DataFile>> all_data;
  const std::set<std::size_t> programs(draft.program_outputs.begin(), draft.program_outputs.end());
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (programs.contains(i)) continue;
    PTETOOL_ASSIGN(auto read, ptd::read_ptd(files[i]));
    data[i] = std::make_shared<const ptd::DataFile>(std::move(read));
    all_data.push_back(data[i]);
  }
  for (std::size_t p = 0; p < set.programs.size(); ++p) {
    PTETOOL_ASSIGN(const Artifact artifact, read_artifact(files[draft.program_outputs[p]]));
    PTETOOL_CHECK(same_container(set.programs[p], artifact));
    std::vector<std::shared_ptr<const ptd::DataFile>> linked;
    for (const std::size_t i : draft.program_data[p]) linked.push_back(data.at(i));
    const Model written = link(artifact.program(), std::move(linked));
    PTETOOL_CHECK(Comparison(set.programs[p], written).run());
  }
  return all_data.empty() ? Result<>() : compare_unneeded(set, draft, all_data);
}

}  // namespace ptetool::dedupe

// Several models in one process: what each one added, and what it shares with those before it.
#include <map>

#include "ptetool/base/text.h"
#include "ptetool/runtime/session.h"

namespace ptetool {

namespace {

using report::Cell;

Cell grown(const std::optional<std::uint64_t>& before, const std::optional<std::uint64_t>& after) {
  if (!before || !after) return report::Absent{};
  return report::ByteCount{*after - std::min(*before, *after)};
}

// Packed weights model by model: which are its own, and which an earlier one has already.
class Sharing {
 public:
  struct Model {
    std::uint64_t packed = 0, shared = 0, shared_count = 0;
    std::vector<std::string> partners;  // "#0: 12 weights"
  };

  Model add(std::size_t index, std::span<const PackedPart> parts) {
    Model model;
    std::map<std::size_t, std::uint64_t> with;
    for (const PackedPart& part : parts) {
      model.packed += part.bytes;
      const auto [first, fresh] = owner_.try_emplace(part.identity, index);
      if (fresh) {
        packed_ += part.bytes;
        continue;
      }
      model.shared += part.bytes;
      ++model.shared_count;
      ++with[first->second];
    }
    for (const auto& [other, count] : with) {
      model.partners.push_back("#" + std::to_string(other) + ": " + counted(count, "weight"));
    }
    return model;
  }

  std::uint64_t count() const { return owner_.size(); }
  std::uint64_t packed() const { return packed_; }

 private:
  std::map<const void*, std::size_t> owner_;  // the first model that has a weight
  std::uint64_t packed_ = 0;
};

}  // namespace

report::Table together_table(std::span<const TogetherModel> models) {
  report::Table table{"together",
                      "together",
                      {{"index", "#"},
                       {"file", "model"},
                       {"open_ms", "read"},
                       {"load_ms", "load"},
                       {"first_ms", "first run"},
                       {"p50_ms", "p50"},
                       {"added_bytes", "added"},
                       {"added_anonymous_bytes", "anonymous"},
                       {"added_file_bytes", "of files"},
                       {"packed_count", "packed", true},
                       {"packed_bytes", "packed"},
                       {"shared_count", "shared", true},
                       {"shared_bytes", "shared"},
                       {"shared_with", "with"}},
                      {},
                      0};
  Sharing sharing;
  RunTiming all;
  double median = 0;
  std::uint64_t shared = 0;
  std::uint64_t shared_count = 0;
  for (std::size_t m = 0; m < models.size(); ++m) {
    const TogetherModel& model = models[m];
    Sharing::Model weights = sharing.add(m, model.packed);
    table.rows.push_back({std::uint64_t{m}, model.name, report::Milliseconds{model.timing.open_ms},
                          report::Milliseconds{model.timing.load_ms}, report::Milliseconds{model.timing.first_ms},
                          report::Milliseconds{model.timing.percentile(0.5)}, grown(model.before.rss, model.after.rss),
                          grown(model.before.anonymous, model.after.anonymous),
                          grown(model.before.file, model.after.file), std::uint64_t{model.packed.size()},
                          report::ByteCount{weights.packed}, weights.shared_count, report::ByteCount{weights.shared},
                          std::move(weights.partners)});
    all.open_ms += model.timing.open_ms;
    all.load_ms += model.timing.load_ms;
    all.first_ms += model.timing.first_ms;
    median += model.timing.percentile(0.5);
    shared += weights.shared;
    shared_count += weights.shared_count;
  }
  if (models.empty()) return table;
  const MemoryUsage& before = models.front().before;
  const MemoryUsage& after = models.back().after;
  table.rows.push_back(
      {report::Absent{}, std::string("all"), report::Milliseconds{all.open_ms}, report::Milliseconds{all.load_ms},
       report::Milliseconds{all.first_ms}, report::Milliseconds{median}, grown(before.rss, after.rss),
       grown(before.anonymous, after.anonymous), grown(before.file, after.file), sharing.count(),
       report::ByteCount{sharing.packed()}, shared_count, report::ByteCount{shared}, std::vector<std::string>()});
  return table;
}

}  // namespace ptetool

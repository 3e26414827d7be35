// SET: several data files together: is everything there once, and needed (format-facts 5.4, 9).
#include <algorithm>

#include "ptetool/base/text.h"
#include "ptetool/format/delegate_blob.h"
#include "verify/rule.h"

namespace ptetool::verify {

namespace {

std::uint64_t comparison_budget(const Model& model) {
  std::uint64_t budget = 2 * model.program->file->size() + (std::uint64_t{1} << 20);
  for (const auto& data : model.data) budget += 2 * data->file->size();
  return budget;
}

// Do both have the same bytes? nullopt where that cannot be told (any more).
std::optional<bool> compare(const NamedEntry& a, const NamedEntry& b, std::uint64_t& budget) {
  if (!a.bytes || !b.bytes) return std::nullopt;
  if (a.bytes->size() != b.bytes->size()) return false;
  if (a.bytes->size() > budget) return std::nullopt;
  budget -= a.bytes->size();
  return same_bytes(a, b);
}

void repeated_in_data(std::span<const Model> models, Context& context, bool same) {
  if (models.empty()) return;
  const Model& model = models.front();  // all models of a call have the same data files
  std::uint64_t budget = comparison_budget(model);
  for (std::size_t i = 0; i < model.entries.size(); ++i) {
    const NamedEntry& entry = model.entries[i];
    if (entry.data_file == NamedEntry::kInProgram) continue;
    const std::size_t first = model.find(entry.key).front();
    const NamedEntry& other = model.entries[first];
    // Repeats inside one file are reported of that file.
    if (first == i || other.data_file == entry.data_file || other.data_file == NamedEntry::kInProgram) continue;
    if (compare(entry, other, budget) != same) continue;
    context.report_in(model.file_of(entry).name(), indexed("named_data", entry.index), entry.offset,
                      quoted(entry.key) + " is in " + quoted(model.file_of(other).name()) + " too, with " +
                          (same ? "the same bytes" : "other bytes"));
  }
}

void data_files_agree(std::span<const Model> models, Context& context) { repeated_in_data(models, context, false); }

void data_files_apart(std::span<const Model> models, Context& context) { repeated_in_data(models, context, true); }

void shadowed(const Model& model, Context& context, bool same) {
  std::uint64_t budget = comparison_budget(model);
  for (const NamedEntry& entry : model.entries) {
    if (entry.data_file != NamedEntry::kInProgram) continue;
    const NamedEntry& best = model.entries[model.find(entry.key).front()];
    if (best.data_file == NamedEntry::kInProgram || compare(entry, best, budget) != same) continue;
    context.report(indexed("named_data", entry.index), entry.offset,
                   quoted(entry.key) + " is in " + quoted(model.file_of(best).name()) + " too, with " +
                       (same ? "the same bytes" : "other bytes, which are taken"));
  }
}

void shadows_agree(const Model& model, Context& context) { shadowed(model, context, false); }

void shadows_needless(const Model& model, Context& context) { shadowed(model, context, true); }

// Per data file: how many entries there are, and how many serve some program of the call.
struct Service {
  std::size_t entries = 0;
  std::size_t used = 0;
  const NamedEntry* first_unused = nullptr;
};

std::vector<Service> services(std::span<const Model> models) {
  std::vector<Service> all(models.empty() ? 0 : models.front().data.size());
  if (all.empty()) return all;
  for (std::size_t i = 0; i < models.front().entries.size(); ++i) {
    const NamedEntry& entry = models.front().entries[i];
    if (entry.data_file == NamedEntry::kInProgram) break;  // data files come first, in the same order for every model
    Service& service = all[entry.data_file];
    ++service.entries;
    if (std::ranges::any_of(models, [&](const Model& model) { return model.entries[i].used; })) {
      ++service.used;
    } else if (!service.first_unused) {
      service.first_unused = &entry;
    }
  }
  return all;
}

// Other backends ask for data by names that we cannot see.
bool all_needs_known(std::span<const Model> models) {
  for (const Model& model : models) {
    for (const pte::ExecutionPlan& plan : model.program->execution_plan) {
      for (const pte::BackendDelegate& delegate : plan.delegates) {
        if (delegate.id != "XnnpackBackend") return false;
      }
    }
  }
  return true;
}

void data_files_used(std::span<const Model> models, Context& context) {
  if (!all_needs_known(models)) return;
  const auto all = services(models);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].entries == 0 || all[i].used != 0) continue;
    context.report_in(models.front().data[i]->file->name(), "", std::nullopt,
                      "no program given uses any of its " + counted(all[i].entries, "entry", "entries"));
  }
}

void entries_used(std::span<const Model> models, Context& context) {
  if (!all_needs_known(models)) return;
  const auto all = services(models);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].used == 0 || !all[i].first_unused) continue;
    const NamedEntry& first = *all[i].first_unused;
    context.report_in(models.front().data[i]->file->name(), indexed("named_data", first.index), first.offset,
                      "no program given uses " + std::to_string(all[i].entries - all[i].used) + " of its " +
                          counted(all[i].entries, "entry", "entries") + " (first: " + quoted(first.key) + ")");
  }
}

void named_data_used(const Model& model, Context& context) {
  if (!all_needs_known(std::span(&model, 1))) return;
  for (const NamedEntry& entry : model.entries) {
    if (entry.data_file != NamedEntry::kInProgram || entry.used) continue;
    context.report(indexed("named_data", entry.index), entry.offset,
                   "nothing in the program asks for " + quoted(entry.key));
  }
}

void other_backends_served(const Model& model, Context& context) {
  for (const LinkedDelegate& delegate : model.delegates) {
    const pte::BackendDelegate& table = model.program->execution_plan[delegate.plan].delegates[delegate.index];
    if (!delegate.payload || table.id == "XnnpackBackend") continue;
    for (const std::string& key : outline_delegate(table.id, *delegate.payload).named_keys) {
      if (!model.find(key).empty()) continue;
      context.report(indexed("execution_plan", delegate.plan) + "." + indexed("delegates", delegate.index),
                     table.offset, "asks for " + quoted(key) + ", which is in no file given");
    }
  }
}

constexpr Rule kRules[] = {
    {{.id = "SET008",
      .guards_execution = true,
      .title = "a key stands for the same bytes in all data files",
      .cause = "data files of different models, or of two versions of one",
      .effect = "ExecuTorch's Module refuses the set with InvalidArgument; elsewhere the first file wins",
      .cure = "give each program only its own data files"},
     data_files_agree},
    {{.id = "SET009",
      .severity = Severity::Warning,
      .title = "a key is in one data file only",
      .cause = "one file given twice, or data files that share weights",
      .effect = "ExecuTorch's Module refuses the set with InvalidArgument although the bytes are equal",
      .cure = "give one of the files, or store the weights once with `ptetool dedupe`"},
     data_files_apart},
    {{.id = "SET010",
      .severity = Severity::Warning,
      .title = "data files do not replace named data of the program by other bytes",
      .cause = "a data file of another model, or a deliberate override",
      .effect = "ExecuTorch takes the data file's bytes without a word",
      .cure = "give only the data files that belong to the program"},
     shadows_agree},
    {{.id = "SET011",
      .severity = Severity::Note,
      .title = "data files do not repeat named data of the program",
      .cause = "weights that are inside the program and in a data file",
      .effect = "none but size: ExecuTorch takes the data file's bytes",
      .cure = "store the weights once with `ptetool dedupe`"},
     shadows_needless},
    {{.id = "SET012",
      .severity = Severity::Note,
      .title = "every data file serves a program",
      .cause = "a data file of another model",
      .effect = "none but the time to open it",
      .cure = "do not pass the file"},
     data_files_used},
    {{.id = "SET013",
      .severity = Severity::Note,
      .title = "every entry of a data file serves a program",
      .cause = "a data file that serves other programs too",
      .effect = "none but size",
      .cure = "none is needed"},
     entries_used},
    {{.id = "SET014",
      .severity = Severity::Note,
      .title = "all named data of a program are used",
      .cause = "a tool that removed delegates",
      .effect = "none but size",
      .cure = "none is needed"},
     named_data_used},
    {{.id = "SET015",
      .severity = Severity::Warning,
      .title = "data that other backends ask for by name are there",
      .cause = "a data file that was not given",
      .effect = "the backend refuses to initialise",
      .cure = "pass the program's data files with --data"},
     other_backends_served},
};

}  // namespace

std::span<const Rule> set_data_rules() { return kRules; }

}  // namespace ptetool::verify

// SET: a program together with its data files: is everything there, once, and of the right shape (format-facts 5.4, 9).
#include <algorithm>
#include <unordered_set>

#include "link/nearby.h"
#include "ptetool/base/text.h"
#include "ptetool/format/delegate_blob.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

std::uint64_t offset_of(const Model& model, const Need& need) {
  const pte::ExecutionPlan& plan = model.program->execution_plan[need.plan];
  return need.tensor ? plan.values[need.index].offset : plan.delegates[need.index].offset;
}

// Data files that were given, with names that say what they name, of which the program needs none.
std::vector<std::string> strangers(const Model& model) {
  struct Count {
    std::size_t constants = 0, used = 0;
  };
  std::vector<Count> counts(model.data.size());
  for (const NamedEntry& entry : model.entries) {
    if (entry.data_file == NamedEntry::kInProgram || !promised_sha256(entry.key)) continue;
    ++counts[entry.data_file].constants;
    if (entry.used) ++counts[entry.data_file].used;
  }
  std::vector<std::string> names;
  for (std::size_t f = 0; f < counts.size(); ++f) {
    if (counts[f].constants != 0 && counts[f].used == 0) names.push_back(model.data[f]->file->name());
  }
  return names;
}

// Where to find what is missing, as the end of a sentence.
std::string advice(const Model& model, const Context& context, std::span<const std::string_view> missing,
                   bool delegates) {
  std::string wrong;
  if (delegates) {
    for (const std::string& name : strangers(model)) wrong += (wrong.empty() ? "" : ", ") + quoted(name);
    if (!wrong.empty()) wrong = "; of the constants in " + wrong + " it needs none: that may be another model's data";
  }
  if (context.options().look_nearby) {
    const NearbySearch nearby = search_nearby(model, missing, context.file());
    std::string found;
    for (std::size_t i = 0; i < std::min<std::size_t>(nearby.files.size(), 3); ++i) {
      found += (i == 0 ? "" : ", ") + quoted(nearby.files[i].path) + " (has " +
               std::to_string(nearby.files[i].provides) + " of the missing keys)";
    }
    if (!found.empty()) {
      found = "; beside the program lies " + found + ": pass what belongs to it with --data";
      if (nearby.nowhere != 0)
        found += " (" + std::to_string(nearby.nowhere) + " of the missing keys are in no file there)";
      return wrong + found;
    }
  }
  return wrong + (model.data.empty() ? "; pass the data file that belongs to the program with --data"
                                     : "; pass the data file that has them with --data");
}

void report_missing(const Model& model, Context& context, bool delegates) {
  std::unordered_set<std::string_view> needed, missing;
  std::vector<std::string_view> first;
  const Need* first_need = nullptr;
  for (const Need& need : model.needs) {
    if ((need.kind == Need::Kind::DelegateConstant) != delegates) continue;
    if (need.tensor && need.key.empty()) continue;  // VAL014
    needed.insert(need.key);
    if (need.entry || !missing.insert(need.key).second) continue;
    if (!first_need) first_need = &need;
    first.push_back(need.key);
  }
  if (!first_need) return;
  const std::string is_in = missing.size() == 1 ? " is in " : " are in ";
  std::string message = "needs " + counted(needed.size(), delegates ? "named constant" : "named tensor") + ", ";
  if (delegates) {
    message += std::to_string(missing.size()) + is_in + "neither the program nor " +
               (model.data.empty() ? "a data file: no readable one was given" : "the data files given");
  } else if (model.data.empty()) {
    message += "but no readable data file was given";
  } else {
    message += std::to_string(missing.size()) + is_in + "none of the data files given";
  }
  message += (missing.size() == 1 ? " (" : " (first: ") + quoted(first.front()) + ")";
  context.report(model.path_of(*first_need), offset_of(model, *first_need),
                 message + advice(model, context, first, delegates));
}
void tensors_found(const Model& model, Context& context) { report_missing(model, context, false); }
void delegate_constants_found(const Model& model, Context& context) { report_missing(model, context, true); }

template <class Describe>
void layouts_agree(const Model& model, Context& context, LayoutAgreement disagreement, Describe&& describe) {
  for (const Need& need : model.needs) {
    if (!need.tensor || !need.entry) continue;
    const NamedEntry& entry = model.entries[*need.entry];
    if (compare_layout(*need.tensor, entry) != disagreement) continue;
    const std::string message = describe(*need.tensor, entry);
    if (message.empty()) continue;
    context.report(model.path_of(need), offset_of(model, need),
                   quoted(need.key) + " in " + quoted(model.file_of(entry).name()) + " " + message);
  }
}

void same_dtype(const Model& model, Context& context) {
  layouts_agree(model, context, LayoutAgreement::OtherDtype, [](const pte::Tensor& tensor, const NamedEntry& entry) {
    return "is " + dtype_name(entry.layout->scalar_type) + ", the program takes " + dtype_name(tensor.scalar_type);
  });
}

// Lists of files may be long beyond sense.
template <class Int>
std::string short_shape(std::span<const Int> sizes) {
  return sizes.size() <= kMaxRank ? shape_text(sizes) : counted(sizes.size(), "dimension");
}

void same_sizes(const Model& model, Context& context) {
  layouts_agree(model, context, LayoutAgreement::OtherSizes, [](const pte::Tensor& tensor, const NamedEntry& entry) {
    return "is " + short_shape(entry.layout->sizes) + ", the program takes " + short_shape(tensor.sizes);
  });
}

void same_dim_order(const Model& model, Context& context) {
  layouts_agree(model, context, LayoutAgreement::OtherDimOrder, [](const pte::Tensor& tensor, const NamedEntry& entry) {
    return "has the dim order " + short_shape(entry.layout->dim_order) + ", the program takes " +
           short_shape(tensor.dim_order);
  });
}

void tensors_have_layout(const Model& model, Context& context) {
  layouts_agree(model, context, LayoutAgreement::Opaque, [](const pte::Tensor&, const NamedEntry&) {
    return std::string("is a blob without a layout, the program takes a tensor");
  });
}

void enough_bytes(const Model& model, Context& context) {
  layouts_agree(model, context, LayoutAgreement::OtherBytes, [](const pte::Tensor& tensor, const NamedEntry& entry) {
    const auto wanted = pte::tensor_nbytes(tensor).value_or(0);
    if (entry.bytes->size() >= wanted) return std::string();
    return "has " + counted(entry.bytes->size(), "byte") + ", the program takes " + std::to_string(wanted);
  });
}

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

constexpr std::string_view kOtherModel = "a data file of another model or of another export";
constexpr std::string_view kGiveMatching = "give the data file that was exported with the program";

constexpr Rule kRules[] = {
    {{.id = "SET001",
      .guards_execution = true,
      .title = "external tensors are in a data file",
      .cause = "a data file that was not given, or one of another model",
      .effect =
          "ExecuTorch refuses the method: InvalidState or InvalidExternalData without data files, NotFound otherwise",
      .cure = "pass the program's data files with --data"},
     tensors_found},
    {{.id = "SET002",
      .guards_execution = true,
      .title = "named constants of delegates are in the program or in a data file",
      .cause = "a data file that was not given, or one of another model",
      .effect = "ExecuTorch fails to initialise the delegate with InvalidExternalData",
      .cure = "pass the program's data files with --data"},
     delegate_constants_found},
    {{.id = "SET003",
      .guards_execution = true,
      .title = "external tensors have the element type that the program asks for",
      .cause = kOtherModel,
      .effect = "ExecuTorch refuses the method with InvalidExternalData",
      .cure = kGiveMatching},
     same_dtype},
    {{.id = "SET004",
      .guards_execution = true,
      .title = "external tensors have the sizes that the program asks for",
      .cause = kOtherModel,
      .effect = "ExecuTorch refuses the method with InvalidExternalData",
      .cure = kGiveMatching},
     same_sizes},
    {{.id = "SET005",
      .guards_execution = true,
      .title = "external tensors have the dim order that the program asks for",
      .cause = kOtherModel,
      .effect = "ExecuTorch refuses the method with InvalidExternalData",
      .cure = kGiveMatching},
     same_dim_order},
    {{.id = "SET006",
      .guards_execution = true,
      .title = "external tensors have a layout in their data file",
      .cause = "a key that a delegate's constant uses too, or a data file of another model",
      .effect = "ExecuTorch reads the layout through a null pointer",
      .cure = kGiveMatching},
     tensors_have_layout},
    {{.id = "SET007",
      .guards_execution = true,
      .title = "external tensors have all their bytes",
      .cause = "a damaged data file",
      .effect = "ExecuTorch does not compare sizes and reads beyond the data",
      .cure = "take the data file from its source again"},
     enough_bytes},
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

std::span<const Rule> set_rules() { return kRules; }

}  // namespace ptetool::verify

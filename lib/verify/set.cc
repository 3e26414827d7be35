// SET: a program together with its data files: is everything there, and of the right shape (format-facts 5.4, 9).
#include <algorithm>
#include <unordered_set>

#include "link/nearby.h"
#include "ptetool/base/text.h"
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
};

}  // namespace

std::span<const Rule> set_rules() { return kRules; }

}  // namespace ptetool::verify

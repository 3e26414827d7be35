// Each call of an operator gives a kernel key ("v1/6;0,1": dtype and dim order of its tensors); YAML is written by
// hand, with quotes wherever a scalar could be taken for something else.
#include "ptetool/layout/selected_ops.h"

#include <algorithm>
#include <map>
#include <set>

namespace ptetool::layout {

namespace {

struct Selected {
  std::vector<std::string> programs;
  std::set<std::string> kernel_keys;
  bool called = false;
};

// The tensor that an argument stands for: itself, or the first one of a list, as all in a list are alike.
const pte::Tensor* tensor_of(const pte::ExecutionPlan& plan, std::int64_t index) {
  const pte::Value* value = plan.find_value(index);
  if (!value || value->tensor()) return value ? value->tensor() : nullptr;
  std::span<const std::int32_t> items;
  if (const auto* list = std::get_if<pte::TensorList>(&value->content)) items = list->items;
  if (const auto* list = std::get_if<pte::OptionalTensorList>(&value->content)) items = list->items;
  for (const std::int32_t item : items) {
    const pte::Value* inside = plan.find_value(item);
    if (inside && inside->tensor()) return inside->tensor();
  }
  return nullptr;
}

// "v1/6;0,1|6;0,1": dtype and dim order of each tensor (format-facts 9: runtime/kernel/operator_registry.h).
std::string kernel_key(const pte::ExecutionPlan& plan, const pte::KernelCall& call) {
  std::string tensors;
  for (const std::int32_t argument : call.args) {
    const pte::Tensor* tensor = tensor_of(plan, argument);
    if (!tensor) continue;
    tensors += (tensors.empty() ? "/" : "|") + std::to_string(static_cast<int>(tensor->scalar_type)) + ";";
    for (std::size_t i = 0; i < tensor->dim_order.size(); ++i) {
      tensors += (i == 0 ? "" : ",") + std::to_string(tensor->dim_order[i]);
    }
  }
  return "v1" + tensors;
}

void select(const NamedProgram& named, std::map<std::string, Selected>& all) {
  for (const pte::ExecutionPlan& plan : named.program->execution_plan) {
    std::vector<Selected*> of_plan;
    for (const pte::Operator& op : plan.operators) {
      Selected& selected = all[op.full_name()];
      if (selected.programs.empty() || selected.programs.back() != named.name) selected.programs.push_back(named.name);
      of_plan.push_back(&selected);
    }
    for (const pte::Chain& chain : plan.chains) {
      for (const pte::Instruction& instruction : chain.instructions) {
        const auto* call = std::get_if<pte::KernelCall>(&instruction.content);
        if (!call || call->op_index < 0 || static_cast<std::size_t>(call->op_index) >= of_plan.size()) continue;
        Selected& selected = *of_plan[static_cast<std::size_t>(call->op_index)];
        selected.called = true;
        selected.kernel_keys.insert(kernel_key(plan, *call));
      }
    }
  }
}

// A YAML scalar: bare where it can be taken for nothing else, else quoted with escapes.
std::string scalar(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto plain = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-'; };
  constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  bool bare = !text.empty() && (letter(text.front()) || (text.front() == '/' && text.size() > 1)) &&
              std::ranges::find(kWords, lower) == std::end(kWords);
  for (std::size_t i = 0; i < text.size() && bare; ++i) {
    const bool colon = text[i] == ':' && i + 1 < text.size() && (plain(text[i + 1]) || text[i + 1] == ':');
    bare = plain(text[i]) || colon;
  }
  if (bare) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\x";
      quoted += kDigits[byte >> 4];
      quoted += kDigits[byte & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

}  // namespace

std::string selected_operators(std::span<const NamedProgram> programs) {
  std::map<std::string, Selected> all;
  for (const NamedProgram& program : programs) select(program, all);
  const bool any_called = std::ranges::any_of(all, [](const auto& each) { return each.second.called; });
  std::string yaml = "build_features: []\ncustom_classes: []\n";
  yaml += any_called ? "et_kernel_metadata:\n" : "et_kernel_metadata: {}\n";
  for (const auto& [name, selected] : all) {
    if (!selected.called) continue;
    yaml += "  " + scalar(name) + ":\n";
    for (const std::string& key : selected.kernel_keys) yaml += "  - " + key + "\n";
  }
  yaml += "include_all_non_op_selectives: false\ninclude_all_operators: false\nkernel_metadata: {}\n";
  yaml += all.empty() ? "operators: {}\n" : "operators:\n";
  for (const auto& [name, selected] : all) {
    yaml += "  " + scalar(name) + ":\n    debug_info:\n";
    for (const std::string& program : selected.programs) yaml += "    - " + scalar(program) + "\n";
    yaml += "    include_all_overloads: false\n    is_root_operator: true\n    is_used_for_training: true\n";
  }
  return yaml;
}

}  // namespace ptetool::layout

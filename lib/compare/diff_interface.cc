// What users of a program see: methods, their inputs and outputs, the data they need. A change is breaking where code
// or data that served the old program no longer serves the new one.
#include <algorithm>
#include <set>

#include "compare/diff_parts.h"
#include "layout/words.h"
#include "ptetool/base/text.h"

namespace ptetool::compare {

namespace {

class InterfaceDiff {
 public:
  explicit InterfaceDiff(PartResult& result) : result_(result) {}

  void row(std::string method, std::string what, std::string was, std::string is, bool breaking) {
    ++result_.differences;
    if (breaking) ++result_.breaking;
    table.rows.push_back({std::move(method), std::move(what), std::move(was), std::move(is),
                          breaking ? std::string("breaking") : std::string()});
  }

  report::Table table{"changes",
                      "",
                      {{"method", "method"}, {"what", "what"}, {"old", "old"}, {"new", "new"}, {"effect", "effect"}},
                      {},
                      0};

 private:
  PartResult& result_;
};

std::string value_text(const pte::ExecutionPlan& plan, std::int32_t index) {
  const pte::Value* value = plan.find_value(index);
  if (!value) return "no such value";
  const pte::Tensor* tensor = value->tensor();
  if (!tensor) return std::string(pte::kind_name(*value)) + " " + layout::value_words(plan, index);
  std::string text = layout::type_text(*tensor);
  const std::string order = layout::dim_order_words(tensor->dim_order);
  if (!order.empty()) text += ", " + order;
  // A constant's digest is the name of its bytes, not of the output.
  if (!tensor->name().empty() && !promised_sha256(tensor->name())) text += ", '" + std::string(tensor->name()) + "'";
  return text;
}

// May whoever gives (an input) or takes (an output) the old tensor go on with the new one?
bool breaks(const pte::Tensor& was, const pte::Tensor& is, bool input) {
  if (was.scalar_type != is.scalar_type || was.sizes.size() != is.sizes.size() ||
      !std::ranges::equal(was.dim_order, is.dim_order)) {
    return true;
  }
  const bool was_static = was.shape_dynamism == pte::ShapeDynamism::Static;
  const bool is_static = is.shape_dynamism == pte::ShapeDynamism::Static;
  const auto within = [](const pte::Tensor& inner, const pte::Tensor& outer) {
    for (std::size_t d = 0; d < inner.sizes.size(); ++d) {
      if (inner.sizes[d] > outer.sizes[d]) return false;
    }
    return true;
  };
  if (was_static && is_static) return !std::ranges::equal(was.sizes, is.sizes);
  // Inputs may be taken in more sizes than before, outputs may come in fewer.
  return input ? is_static || !within(was, is) : was_static || !within(is, was);
}

void compare_values(InterfaceDiff& diff, const Programs& programs, const MethodPair& pair, bool input) {
  const pte::ExecutionPlan& was = programs.old_side.plan(pair.old_plan);
  const pte::ExecutionPlan& is = programs.new_side.plan(pair.new_plan);
  const auto old_list = input ? was.inputs : was.outputs;
  const auto new_list = input ? is.inputs : is.outputs;
  const std::string method = layout::method_name(was);
  for (std::size_t i = 0; i < std::max(old_list.size(), new_list.size()); ++i) {
    const std::string what = (input ? "input " : "output ") + std::to_string(i);
    if (i >= old_list.size()) {
      diff.row(method, what, "", value_text(is, new_list[i]), input);
      continue;
    }
    if (i >= new_list.size()) {
      diff.row(method, what, value_text(was, old_list[i]), "", true);
      continue;
    }
    const std::string old_text = value_text(was, old_list[i]);
    const std::string new_text = value_text(is, new_list[i]);
    if (old_text == new_text) continue;
    const pte::Value* old_value = was.find_value(old_list[i]);
    const pte::Value* new_value = is.find_value(new_list[i]);
    const pte::Tensor* old_tensor = old_value ? old_value->tensor() : nullptr;
    const pte::Tensor* new_tensor = new_value ? new_value->tensor() : nullptr;
    const bool both = old_tensor && new_tensor;
    diff.row(method, what, old_text, new_text, !both || breaks(*old_tensor, *new_tensor, input));
  }
}

std::set<std::string_view> needed_names(const WeightList& list) {
  std::set<std::string_view> names;
  for (const Weight& weight : list.weights) {
    if (weight.home != Weight::Home::Program && !weight.name.empty()) names.insert(weight.name);
  }
  return names;
}

std::string names_text(const std::set<std::string_view>& names) {
  constexpr std::size_t kDigits = 12;  // of a digest
  std::vector<std::string> list;
  for (const std::string_view name : names)
    list.push_back(promised_sha256(name) == name ? std::string(name.substr(0, kDigits)) + "…" : std::string(name));
  return name_list(list, 2);
}

// Names that must come from data files.
void compare_needs(InterfaceDiff& diff, const WeightList& old_list, const WeightList& new_list) {
  const auto was = needed_names(old_list);
  const auto is = needed_names(new_list);
  std::set<std::string_view> gone;
  std::set<std::string_view> come;
  std::ranges::set_difference(was, is, std::inserter(gone, gone.end()));
  std::ranges::set_difference(is, was, std::inserter(come, come.end()));
  if (!gone.empty() || !come.empty())
    diff.row("", "data needed", gone.empty() ? "" : names_text(gone), come.empty() ? "" : names_text(come),
             !come.empty());
}

void finish(PartResult& result, InterfaceDiff& diff) {
  result.count(result.differences, result.differences == 1 ? "change" : "changes");
  result.tables.push_back(std::move(diff.table));
}

}  // namespace

PartResult interface_part(const Programs& programs) {
  PartResult result{Part::Interface};
  InterfaceDiff diff(result);
  for (const std::size_t plan : programs.methods.only_old)
    diff.row(layout::method_name(programs.old_side.plan(plan)), "method", "is there", "", true);
  for (const std::size_t plan : programs.methods.only_new)
    diff.row(layout::method_name(programs.new_side.plan(plan)), "method", "", "is there", false);
  for (const MethodPair& pair : programs.methods.pairs) {
    compare_values(diff, programs, pair, true);
    compare_values(diff, programs, pair, false);
  }
  compare_needs(diff, programs.old_side.weights, programs.new_side.weights);
  finish(result, diff);
  return result;
}

PartResult data_interface_part(const WeightList& old_list, const WeightList& new_list, const WeightMatch& match) {
  PartResult result{Part::Interface};
  InterfaceDiff diff(result);
  std::set<std::string_view> was;
  std::set<std::string_view> is;
  for (const Weight& weight : old_list.weights) was.insert(weight.name);
  for (const Weight& weight : new_list.weights) is.insert(weight.name);
  std::set<std::string_view> gone;
  std::set<std::string_view> come;
  std::ranges::set_difference(was, is, std::inserter(gone, gone.end()));
  std::ranges::set_difference(is, was, std::inserter(come, come.end()));
  if (!gone.empty()) diff.row("", "keys", names_text(gone), "", true);
  if (!come.empty()) diff.row("", "keys", "", names_text(come), false);
  for (const WeightPair& pair : match.pairs) {
    const Weight& old_weight = old_list.weights[pair.old_index];
    const Weight& new_weight = new_list.weights[pair.new_index];
    if (old_weight.name != new_weight.name || same_meaning(old_weight.meaning, new_weight.meaning)) continue;
    diff.row("", std::string(old_weight.name), meaning_words(old_weight.meaning), meaning_words(new_weight.meaning),
             true);
  }
  finish(result, diff);
  return result;
}

}  // namespace ptetool::compare

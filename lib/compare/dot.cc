// A cluster for each method, a node for each instruction; edges come from whoever wrote a value, or its place in an
// arena, last.
#include "ptetool/compare/dot.h"

#include <algorithm>
#include <map>
#include <set>

#include "compare/steps.h"
#include "layout/words.h"
#include "ptetool/base/text.h"

namespace ptetool::compare {

namespace {

// A quoted string of the language; '\n' between the lines.
std::string label(std::initializer_list<std::string> lines) {
  std::string text = "\"";
  for (const std::string& line : lines) {
    if (line.empty()) continue;
    if (text.size() > 1) text += "\\n";
    for (const char c : escaped(line)) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text + "\"";
}

// A list may be of any length and in many places: its items are looked at, but not without limit.
constexpr std::size_t kMostItems = std::size_t{1} << 20;

// One method: its name begins the names of all its nodes, as they are unique in a file.
class Drawing {
 public:
  Drawing(const Model& model, std::size_t plan, const WeightList& weights)
      : plan_(model.program->execution_plan[plan]), weights_(weights), prefix_("m" + std::to_string(plan) + "_") {
    const std::vector<std::string> digests(plan_.delegates.size());
    const Steps steps = steps_of(model, plan, weights, digests);
    text_ +=
        "  subgraph cluster_" + std::to_string(plan) + " {\n    label=" + label({layout::method_name(plan_)}) + "\n";
    for (std::size_t i = 0; i < plan_.inputs.size(); ++i) {
      const std::string name = "in" + std::to_string(i);
      node(name, "ellipse", label({"input " + std::to_string(i), layout::value_words(plan_, plan_.inputs[i])}));
      note_writer(plan_.inputs[i], name);
    }
    std::size_t s = 0;
    for (const pte::Chain& chain : plan_.chains) {
      for (const pte::Instruction& instruction : chain.instructions) {
        step(steps[s], s, steps.size());
        follow(instruction, "s" + std::to_string(s));
        ++s;
      }
    }
    outputs();
    text_ += "  }\n";
  }

  std::string take() { return std::move(text_); }

 private:
  void node(const std::string& name, const char* shape, const std::string& label) {
    text_ += "    " + prefix_ + name + " [shape=" + shape + ", label=" + label + "]\n";
  }
  void edge(const std::string& from, const std::string& to, const std::string& words) {
    text_ += "    " + prefix_ + from + " -> " + prefix_ + to + " [label=" + label({words}) + "]\n";
  }

  // The node, and the weights that it takes.
  void step(const Step& step, std::size_t index, std::size_t count) {
    const std::string name = "s" + std::to_string(index);
    node(name, step.delegate ? "box3d" : "box", label({std::to_string(index) + "  " + step.name}));
    for (const Argument& argument : step.arguments) {
      const Source& source = argument.source;
      const std::string number = std::to_string(source.index);
      if (source.kind == Source::Kind::Target && source.index < count) edge(name, "s" + number, "if false");
      if (source.kind != Source::Kind::Weight || source.index >= weights_.weights.size()) continue;
      if (drawn_.insert(source.index).second) {
        node("w" + number, "note", label({weights_.weights[source.index].label(), argument.words}));
      }
      edge("w" + number, name, "");
    }
  }

  using Place = std::pair<std::uint32_t, std::uint64_t>;  // arena and offset
  std::optional<Place> place_of(std::int64_t index) const {
    const pte::Value* value = plan_.find_value(index);
    const pte::Tensor* tensor = value ? value->tensor() : nullptr;
    if (!tensor || !tensor->allocation_info) return std::nullopt;
    return Place{tensor->allocation_info->memory_id, tensor->allocation_info->memory_offset};
  }
  void note_writer(std::int64_t value, const std::string& name) {
    written_[value] = name;
    if (const auto place = place_of(value)) writer_[*place] = name;
  }

  // Who wrote a value last. A view that the exporter left out is another value at the place of what it views, and
  // nobody makes it: then what was written there last is what is read.
  const std::string* writer_of(std::int64_t value) const {
    if (const auto found = written_.find(value); found != written_.end()) return &found->second;
    const auto place = place_of(value);
    const auto found = place ? writer_.find(*place) : writer_.end();
    return found == writer_.end() ? nullptr : &found->second;
  }
  void reads(std::int64_t value, const std::string& name) {
    if (const std::string* writer = writer_of(value)) edge(*writer, name, layout::value_words(plan_, value));
  }
  std::vector<std::int64_t> with_items(std::int64_t index) {
    std::vector<std::int64_t> all = {index};
    const pte::Value* value = plan_.find_value(index);
    const auto* tensors = value ? std::get_if<pte::TensorList>(&value->content) : nullptr;
    const auto* optional = value ? std::get_if<pte::OptionalTensorList>(&value->content) : nullptr;
    const auto items = tensors ? tensors->items : optional ? optional->items : std::span<const std::int32_t>();
    const std::size_t count = std::min(items.size(), items_left_);
    items_left_ -= count;
    all.insert(all.end(), items.begin(), items.begin() + static_cast<std::ptrdiff_t>(count));
    return all;
  }

  // The result is the last argument; before it stand the out arguments, which are it or its items.
  void kernel(std::span<const std::int32_t> args, const std::string& name) {
    if (args.empty()) return;
    const std::vector<std::int64_t> results = with_items(args.back());
    std::size_t inputs = args.size() - 1;
    while (inputs > 0 && std::ranges::find(results, args[inputs - 1]) != results.end()) --inputs;
    for (const std::int32_t argument : args.first(inputs)) {
      for (const std::int64_t value : with_items(argument)) reads(value, name);
    }
    for (const std::int64_t result : results) note_writer(result, name);
  }

  void follow(const pte::Instruction& instruction, const std::string& name) {
    if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) {
      kernel(call->args, name);
    } else if (const auto* delegate = std::get_if<pte::DelegateCall>(&instruction.content)) {
      // Which of its arguments it writes only the delegate knows: those that nobody wrote before.
      for (const std::int32_t argument : delegate->args) {
        if (written_.contains(argument)) reads(argument, name);
      }
      for (const std::int32_t argument : delegate->args) {
        if (!written_.contains(argument)) note_writer(argument, name);
      }
    } else if (const auto* move = std::get_if<pte::MoveCall>(&instruction.content)) {
      reads(move->move_from, name);
      note_writer(move->move_to, name);
    } else if (const auto* jump = std::get_if<pte::JumpFalseCall>(&instruction.content)) {
      reads(jump->cond_value_index, name);
    }
  }

  void outputs() {
    for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
      const std::string name = "out" + std::to_string(i);
      node(name, "ellipse", label({"output " + std::to_string(i), layout::value_words(plan_, plan_.outputs[i])}));
      if (const auto found = written_.find(plan_.outputs[i]); found != written_.end()) edge(found->second, name, "");
    }
  }

  const pte::ExecutionPlan& plan_;
  const WeightList& weights_;
  const std::string prefix_;
  std::set<std::size_t> drawn_;                  // weights
  std::map<std::int64_t, std::string> written_;  // values, and the node that wrote them last
  std::map<Place, std::string> writer_;          // of planned memory
  std::size_t items_left_ = kMostItems;
  std::string text_;
};

}  // namespace

std::string dot_graph(const Model& model, const std::string& method) {
  std::vector<Error> problems;  // of weights' bytes, which are not drawn
  const WeightList weights = weights_of(model, method, problems);
  std::string text = "digraph {\n  rankdir=TB\n  node [fontname=\"sans-serif\"]\n";
  const auto& plans = model.program->execution_plan;
  for (std::size_t p = 0; p < plans.size(); ++p) {
    if (method.empty() ? plans[p].constant_method() : plans[p].name != method) continue;
    text += Drawing(model, p, weights).take();
  }
  return text + "}\n";
}

}  // namespace ptetool::compare

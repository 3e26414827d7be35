// The values of a method and its instructions.
#include <algorithm>
#include <unordered_map>

#include "layout/inspect_method.h"
#include "layout/words.h"
#include "ptetool/base/text.h"

namespace ptetool::layout {

namespace {

using report::ByteCount;
using report::Cell;
using report::Table;

// Where a tensor's elements are.
std::string storage_words(const Model& model, const Need* need, const pte::Tensor& tensor) {
  std::string text;
  if (tensor.allocation_info) {
    text = "arena " + std::to_string(tensor.allocation_info->memory_id) + " at " +
           hex(tensor.allocation_info->memory_offset);
  }
  if (tensor.external()) {
    text += text.empty() ? "" : ", ";
    text += need && need->entry ? model.file_of(model.entries[*need->entry]).name() : "missing data";
  } else if (tensor.data_buffer_idx > 0) {
    text += (text.empty() ? "constant " : ", initial state ") + std::to_string(tensor.data_buffer_idx);
  }
  return text.empty() ? "none yet" : text;
}

struct InstructionWords {
  std::string kind;
  std::string target;
  std::vector<std::int64_t> args;
};

InstructionWords instruction_words(const pte::ExecutionPlan& plan, const pte::Instruction& instruction) {
  if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) {
    const auto index = static_cast<std::size_t>(call->op_index);
    return {"call",
            call->op_index >= 0 && index < plan.operators.size() ? plan.operators[index].full_name()
                                                                 : "operator " + std::to_string(call->op_index),
            {call->args.begin(), call->args.end()}};
  }
  if (const auto* delegate = std::get_if<pte::DelegateCall>(&instruction.content)) {
    const auto index = static_cast<std::size_t>(delegate->delegate_index);
    std::string target = "delegate " + std::to_string(delegate->delegate_index);
    if (delegate->delegate_index >= 0 && index < plan.delegates.size())
      target += " " + std::string(plan.delegates[index].id);
    return {"delegate", target, {delegate->args.begin(), delegate->args.end()}};
  }
  if (const auto* move = std::get_if<pte::MoveCall>(&instruction.content)) {
    return {"move", "to %" + std::to_string(move->move_to), {move->move_from}};
  }
  if (const auto* jump = std::get_if<pte::JumpFalseCall>(&instruction.content)) {
    return {"jump", "to " + std::to_string(jump->destination_instruction) + " if false", {jump->cond_value_index}};
  }
  if (const auto* release = std::get_if<pte::FreeCall>(&instruction.content))
    return {"free", "", {release->value_index}};
  const auto* unknown = std::get_if<pte::UnknownInstruction>(&instruction.content);
  return {"unknown", "instruction kind " + std::to_string(unknown ? unknown->type : 0), {}};
}

// What each value is to the caller: "input 0, output 1".
std::vector<std::string> roles_of(const pte::ExecutionPlan& plan) {
  std::vector<std::string> roles(plan.values.size());
  const auto mark = [&](std::span<const std::int32_t> indices, const char* role) {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] < 0 || static_cast<std::size_t>(indices[i]) >= roles.size()) continue;
      std::string& text = roles[static_cast<std::size_t>(indices[i])];
      text += (text.empty() ? "" : ", ") + std::string(role) + " " + std::to_string(i);
    }
  };
  mark(plan.inputs, "input");
  mark(plan.outputs, "output");
  return roles;
}

Row value_row(const Model& model, const pte::ExecutionPlan& plan, std::size_t v, std::string role, const Need* need) {
  const pte::Value& value = plan.values[v];
  const pte::Tensor* tensor = value.tensor();
  const Cell size = tensor ? cell_or_absent<ByteCount>(pte::tensor_nbytes(*tensor)) : Cell(report::Absent{});
  const bool planned = tensor && tensor->allocation_info;
  const bool stored = tensor && !tensor->external() && tensor->data_buffer_idx > 0;
  std::vector<Cell> cells = {std::uint64_t{v}, "%" + std::to_string(v), std::string(kind_name(value)),
                             value_words(plan, static_cast<std::int64_t>(v))};
  const auto add = [&](bool present, Cell cell) {
    cells.push_back(present ? std::move(cell) : Cell(report::Absent{}));
  };
  add(tensor, tensor ? dtype_name(tensor->scalar_type) : std::string());
  add(tensor,
      tensor ? std::vector<std::int64_t>(tensor->sizes.begin(), tensor->sizes.end()) : std::vector<std::int64_t>());
  add(tensor, tensor && tensor->shape_dynamism != pte::ShapeDynamism::Static);
  add(tensor, tensor ? dim_order_words(tensor->dim_order) : std::string());
  cells.push_back(size);
  add(tensor, tensor ? storage_words(model, need, *tensor) : std::string());
  add(planned, std::uint64_t{planned ? tensor->allocation_info->memory_id : 0});
  add(planned, report::Offset{planned ? tensor->allocation_info->memory_offset : 0});
  add(stored, std::uint64_t{stored ? tensor->data_buffer_idx : 0});
  cells.emplace_back(std::move(role));
  cells.push_back(tensor ? std::string(tensor->name()) : std::string());
  cells.push_back(report::Offset{value.offset});
  std::string name = tensor && !tensor->name().empty() ? std::string(tensor->name()) : "%" + std::to_string(v);
  const auto* bytes = std::get_if<ByteCount>(&size);
  return {std::move(cells), std::move(name), bytes ? bytes->value : 0, value.offset};
}

}  // namespace

Table values_table(const Lens& lens, const Model& model, std::size_t plan_index) {
  const pte::ExecutionPlan& plan = model.program->execution_plan[plan_index];
  std::vector<std::string> roles = roles_of(plan);
  std::unordered_map<const pte::Tensor*, const Need*> needs;
  for (const Need& need : model.needs) {
    if (need.tensor && need.plan == plan_index) needs.emplace(need.tensor, &need);
  }
  std::vector<Row> rows;
  for (std::size_t v = 0; v < plan.values.size(); ++v) {
    const auto need = needs.find(plan.values[v].tensor());
    rows.push_back(value_row(model, plan, v, std::move(roles[v]), need == needs.end() ? nullptr : need->second));
  }
  return make_table(lens, "values", "values",
                    {{"index", "index", true},
                     {"value", "value"},
                     {"kind", "kind"},
                     {"content", "content"},
                     {"dtype", "dtype", true},
                     {"sizes", "sizes", true},
                     {"dynamic", "dynamic", true},
                     {"dim_order", "dim order"},
                     {"size", "size"},
                     {"storage", "elements in"},
                     {"arena", "arena", true},
                     {"arena_offset", "at", true},
                     {"data_buffer", "data buffer", true},
                     {"role", "role"},
                     {"name", "name"},
                     {"offset", "table at", true}},
                    std::move(rows));
}

Table plan_table(const Lens& lens, const pte::ExecutionPlan& plan) {
  std::vector<Row> rows;
  for (std::size_t c = 0; c < plan.chains.size(); ++c) {
    for (std::size_t i = 0; i < plan.chains[c].instructions.size(); ++i) {
      const pte::Instruction& instruction = plan.chains[c].instructions[i];
      InstructionWords words = instruction_words(plan, instruction);
      std::vector<std::string> args;
      // The result of a kernel is named twice, as its last argument and as what it returns.
      const bool repeated =
          words.kind == "call" && words.args.size() > 1 && words.args.end()[-1] == words.args.end()[-2];
      for (std::size_t a = 0; a < words.args.size() - (repeated ? 1 : 0); ++a)
        args.push_back(argument_words(plan, words.args[a]));
      std::string result;
      if (words.kind == "call" && !args.empty()) {
        result = std::move(args.back());
        args.pop_back();
      }
      std::string name = words.target;
      rows.push_back({{std::uint64_t{c}, std::uint64_t{i}, std::move(words.kind), std::move(words.target),
                       std::move(result), std::move(args), std::move(words.args), report::Offset{instruction.offset}},
                      std::move(name),
                      0,
                      instruction.offset});
    }
  }
  return make_table(lens, "instructions", "instructions",
                    {{"chain", "chain", true},
                     {"index", "#"},
                     {"kind", "kind"},
                     {"target", "what"},
                     {"result", "result"},
                     {"arguments", "arguments"},
                     {"values", "values", true},
                     {"offset", "offset", true}},
                    std::move(rows), {.sortable = false});
}

}  // namespace ptetool::layout

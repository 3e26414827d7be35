// Programs: the overview, and per method its interface, operators, values, instructions and memory.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <unordered_map>

#include "layout/inspect_views.h"
#include "layout/words.h"
#include "ptetool/base/text.h"
#include "ptetool/layout/era.h"
#include "ptetool/layout/memory_plan.h"

namespace ptetool::layout {

namespace {

using report::ByteCount;
using report::Cell;
using report::Section;
using report::Table;

// Methods that the overview shows; the rest is counted.
constexpr std::size_t kOverviewMethods = 8;

// What the instructions of one method, or of several, call.
struct Work {
  std::map<std::string, std::uint64_t> calls;  // by operator
  std::uint64_t kernel_calls = 0;
  std::uint64_t delegate_calls = 0;
  std::uint64_t nodes = 0;  // inside delegates that could be opened
  bool all_delegates_open = true;

  void add(const Model& model, std::size_t plan_index) {
    const pte::ExecutionPlan& plan = model.program->execution_plan[plan_index];
    for (const pte::Chain& chain : plan.chains) {
      for (const pte::Instruction& instruction : chain.instructions) {
        if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) {
          ++kernel_calls;
          const auto index = static_cast<std::size_t>(call->op_index);
          ++calls[call->op_index >= 0 && index < plan.operators.size() ? plan.operators[index].full_name()
                                                                       : "operator " + std::to_string(call->op_index)];
        } else if (const auto* to = std::get_if<pte::DelegateCall>(&instruction.content)) {
          ++delegate_calls;
          const LinkedDelegate* linked =
              to->delegate_index < 0 ? nullptr
                                     : model.find_delegate(plan_index, static_cast<std::size_t>(to->delegate_index));
          if (linked && linked->graph && *linked->graph) {
            nodes += (*linked->graph)->nodes.size();
          } else {
            all_delegates_open = false;
          }
        }
      }
    }
  }
};

std::string operators_line(const Work& work) {
  const std::string nodes = counted(work.nodes, "node") + " inside delegates";
  if (work.kernel_calls == 0 && work.delegate_calls == 0) return "none are called";
  if (work.kernel_calls == 0)
    return work.all_delegates_open ? "none are called directly; " + nodes : "none are called directly";
  std::string text = std::to_string(work.calls.size()) + ", called " + counted(work.kernel_calls, "time");
  if (work.delegate_calls == 0) return text;
  if (!work.all_delegates_open) return text + "; delegates are called " + counted(work.delegate_calls, "time");
  const double share = static_cast<double>(work.nodes) / static_cast<double>(work.nodes + work.kernel_calls);
  return text + "; " + nodes + fmt::format(" ({:.0f} %)", share * 100);
}

std::string backends_line(const Model& model) {
  struct Use {
    std::uint64_t delegates = 0;
    std::uint64_t bytes = 0;
  };
  std::map<std::string_view, Use> backends;
  std::vector<const std::uint8_t*> seen;  // delegates may share a payload
  for (const LinkedDelegate& delegate : model.delegates) {
    Use& use = backends[model.program->execution_plan[delegate.plan].delegates[delegate.index].id];
    ++use.delegates;
    if (!delegate.payload || std::ranges::find(seen, delegate.payload->data()) != seen.end()) continue;
    seen.push_back(delegate.payload->data());
    use.bytes += delegate.payload->size();
  }
  if (backends.empty()) return "none: every operator is called directly";
  std::string text;
  for (const auto& [id, use] : backends) {
    if (!text.empty()) text += "; ";
    text += std::string(id) + ", " + counted(use.delegates, "delegate") + " (" + human_bytes(use.bytes) + ")";
  }
  return text;
}

void add_era(const Model& model, Section& section) {
  std::vector<const xnn::Graph*> graphs;
  for (const LinkedDelegate& delegate : model.delegates) {
    if (delegate.graph && *delegate.graph) graphs.push_back(&**delegate.graph);
  }
  const Era era = era_of(*model.program, graphs);
  section.add("exported_by", "exported by", "ExecuTorch " + era.text);
  section.add("exported_by_reasons", "", era.reasons);
}

void add_overview(const Lens& lens, const Model& model, const ByteMap& map, Section& section) {
  const pte::Program& program = *model.program;
  section.add("version", "", std::uint64_t{program.version});
  add_era(model, section);
  Work work;
  for (std::size_t p = 0; p < program.execution_plan.size(); ++p) {
    const pte::ExecutionPlan& plan = program.execution_plan[p];
    if (!plan.constant_method() && (lens.options.method.empty() || lens.options.method == plan.name))
      work.add(model, p);
  }
  section.add("backends", "backends", backends_line(model));
  std::vector<std::string> ids;
  for (const LinkedDelegate& delegate : model.delegates) {
    std::string id(program.execution_plan[delegate.plan].delegates[delegate.index].id);
    if (std::ranges::find(ids, id) == ids.end()) ids.push_back(std::move(id));
  }
  section.add("backend_ids", "", std::move(ids));
  section.add("operators", "operators", operators_line(work));
  section.add("operator_count", "", std::uint64_t{work.calls.size()});
  section.add("kernel_calls", "", work.kernel_calls);
  section.add("delegate_calls", "", work.delegate_calls);
  section.add("delegated_nodes", "", work.all_delegates_open ? Cell(work.nodes) : Cell(report::Absent{}));
  add_external_data(model, program.file->name(), section);
  Table largest = largest_table(lens, map, &model);
  if (!largest.rows.empty()) section.tables.push_back(std::move(largest));
}

// Inputs or outputs of a method.
Table interface_table(const Lens& lens, const pte::ExecutionPlan& plan, std::span<const std::int32_t> indices,
                      std::string id, bool brief) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const std::int32_t index = indices[i];
    const pte::Value* value = index >= 0 && static_cast<std::size_t>(index) < plan.values.size()
                                  ? &plan.values[static_cast<std::size_t>(index)]
                                  : nullptr;
    const pte::Tensor* tensor = value ? value->tensor() : nullptr;
    std::vector<Cell> cells = {std::uint64_t{i}, std::int64_t{index}};
    if (tensor) {
      std::string where;
      if (tensor->constant()) where = "constant";
      if (tensor->external()) where = "external";
      if (!tensor->allocation_info && where.empty()) where = "memory of the caller";
      const auto nbytes = pte::tensor_nbytes(*tensor);
      std::string order = dim_order_words(tensor->dim_order);
      if (!order.empty() && std::isdigit(static_cast<unsigned char>(order.front()))) order.insert(0, "dim order ");
      cells.insert(cells.end(), {std::string(tensor->name()), dtype_name(tensor->scalar_type), shape_words(*tensor),
                                 std::vector<std::int64_t>(tensor->sizes.begin(), tensor->sizes.end()),
                                 tensor->shape_dynamism != pte::ShapeDynamism::Static, order,
                                 cell_or_absent<ByteCount>(nbytes), brief ? std::string() : where, report::Absent{}});
    } else {
      const bool scalar = value && (std::holds_alternative<pte::Int>(value->content) ||
                                    std::holds_alternative<pte::Bool>(value->content) ||
                                    std::holds_alternative<pte::Double>(value->content));
      // The value of a scalar input is a placeholder or what the export was specialised for.
      cells.insert(cells.end(), {std::string(), value ? std::string(kind_name(*value)) : "no such value", std::string(),
                                 report::Absent{}, report::Absent{}, std::string(), report::Absent{}, std::string(),
                                 scalar || !value ? Cell(report::Absent{}) : Cell(value_words(plan, index))});
    }
    rows.push_back({std::move(cells), std::string(), 0, 0});
  }
  std::string title = id;
  const Lens everything{lens.options, std::nullopt, lens.problems};
  return make_table(everything, std::move(id), std::move(title),
                    {{"index", ""},
                     {"value", "", true},
                     {"name", ""},
                     {"type", ""},
                     {"shape", ""},
                     {"sizes", "", true},
                     {"dynamic", "", true},
                     {"dim_order", ""},
                     {"size", "", true},
                     {"memory", ""},
                     {"content", ""}},
                    std::move(rows), {.sortable = false, .most = brief ? kOverviewRows : 0});
}

std::string memory_line(const MethodMemory& memory) {
  std::string text = human_bytes(memory.planned_bytes) + " planned";
  if (memory.arenas.size() > 1) text += " in " + counted(memory.arenas.size(), "arena");
  if (memory.state_bytes == 0) return text;
  text += ", of it " + human_bytes(memory.state_bytes) + " mutable state";
  std::vector<std::string> kinds;
  if (memory.initialised_state_bytes != 0) kinds.emplace_back("initialised");
  if (memory.external_state_bytes != 0) kinds.emplace_back("from data files");
  if (memory.zero_state_bytes != 0 && !kinds.empty()) kinds.emplace_back("zeros");
  for (std::size_t i = 0; i < kinds.size(); ++i) text += (i == 0 ? " (" : ", ") + kinds[i];
  return kinds.empty() ? text : text + ")";
}

Table operators_table(const Lens& lens, const Model& model, std::size_t plan) {
  Work work;
  work.add(model, plan);
  std::vector<std::pair<std::string, std::uint64_t>> calls(work.calls.begin(), work.calls.end());
  std::ranges::stable_sort(calls, std::greater<>(), [](const auto& call) { return call.second; });
  std::vector<Row> rows;
  for (const auto& [name, count] : calls) rows.push_back({{count, name}, name, count, 0});
  return make_table(lens, "operators", "operators", {{"calls", "calls"}, {"operator", "operator"}}, std::move(rows));
}

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

Table values_table(const Lens& lens, const Model& model, std::size_t plan_index) {
  const pte::ExecutionPlan& plan = model.program->execution_plan[plan_index];
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
  std::unordered_map<const pte::Tensor*, const Need*> needs;
  for (const Need& need : model.needs) {
    if (need.tensor && need.plan == plan_index) needs.emplace(need.tensor, &need);
  }
  const auto need_of = [&](const pte::Tensor* tensor) {
    const auto found = needs.find(tensor);
    return found == needs.end() ? nullptr : found->second;
  };
  std::vector<Row> rows;
  for (std::size_t v = 0; v < plan.values.size(); ++v) {
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
    add(tensor, tensor ? storage_words(model, need_of(tensor), *tensor) : std::string());
    add(planned, std::uint64_t{planned ? tensor->allocation_info->memory_id : 0});
    add(planned, report::Offset{planned ? tensor->allocation_info->memory_offset : 0});
    add(stored, std::uint64_t{stored ? tensor->data_buffer_idx : 0});
    cells.push_back(roles[v]);
    cells.push_back(tensor ? std::string(tensor->name()) : std::string());
    cells.push_back(report::Offset{value.offset});
    std::string name = tensor && !tensor->name().empty() ? std::string(tensor->name()) : "%" + std::to_string(v);
    const auto* bytes = std::get_if<ByteCount>(&size);
    rows.push_back({std::move(cells), std::move(name), bytes ? bytes->value : 0, value.offset});
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

Table arenas_table(const Lens& lens, const MethodMemory& memory) {
  std::vector<Row> rows;
  for (const Arena& arena : memory.arenas) {
    const std::string device = arena.device_type == 0 ? "" : "CUDA " + std::to_string(arena.device_index);
    rows.push_back(
        {{std::uint64_t{arena.id}, ByteCount{arena.size}, ByteCount{arena.state_bytes}, arena.tensors, device},
         "arena " + std::to_string(arena.id),
         arena.size,
         0});
  }
  return make_table(lens, "arenas", "arenas",
                    {{"arena", "arena"},
                     {"size", "planned"},
                     {"state", "mutable state"},
                     {"tensors", "tensors"},
                     {"device", "device"}},
                    std::move(rows), {.sortable = false});
}

Section method_section(const Lens& lens, const Model& model, std::size_t plan_index) {
  const InspectOptions& options = lens.options;
  const pte::ExecutionPlan& plan = model.program->execution_plan[plan_index];
  Section section;
  section.id = "methods";
  section.listed = true;
  section.title = "method " + method_name(plan);
  section.add("name", "", std::string(plan.name));
  const bool brief = !options.shows(View::Methods);
  if (options.shows(View::Methods)) {
    std::uint64_t instructions = 0;
    for (const pte::Chain& chain : plan.chains) instructions += chain.instructions.size();
    section.add("instructions_count", "instructions", instructions);
    section.add("values_count", "values", std::uint64_t{plan.values.size()});
    section.add("operators_count", "operators", std::uint64_t{plan.operators.size()});
    section.add("delegates_count", "delegates", std::uint64_t{plan.delegates.size()});
    section.add("encoded_inputs", "", std::string(plan.encoded_inp_str));
    section.add("encoded_outputs", "", std::string(plan.encoded_out_str));
  }
  if (options.shows(View::Summary) || options.shows(View::Methods) || options.shows(View::Memory)) {
    const MethodMemory memory = method_memory(model, plan_index);
    section.add("memory", "memory", memory_line(memory));
    section.add("planned_bytes", "", memory.planned_bytes);
    section.add("state_bytes", "", memory.state_bytes);
    if (options.shows(View::Memory)) {
      section.add("initialised_state_bytes", "", memory.initialised_state_bytes);
      section.add("external_state_bytes", "", memory.external_state_bytes);
      section.add("zero_state_bytes", "", memory.zero_state_bytes);
      section.tables.push_back(arenas_table(lens, memory));
    }
  }
  if (options.shows(View::Summary) || options.shows(View::Methods)) {
    section.tables.push_back(interface_table(lens, plan, plan.inputs, "inputs", brief));
    section.tables.push_back(interface_table(lens, plan, plan.outputs, "outputs", brief));
  }
  if (options.shows(View::Ops)) section.tables.push_back(operators_table(lens, model, plan_index));
  if (options.shows(View::Values)) section.tables.push_back(values_table(lens, model, plan_index));
  if (options.shows(View::Plan)) section.tables.push_back(plan_table(lens, plan));
  return section;
}

// Several outputs: a list of numbers where all are, otherwise their words.
Cell outputs_cell(const pte::ExecutionPlan& plan) {
  std::vector<std::int64_t> numbers;
  std::vector<std::string> words;
  for (const std::int32_t output : plan.outputs) {
    const Cell cell = value_cell(plan, output);
    if (const auto* number = std::get_if<std::int64_t>(&cell)) numbers.push_back(*number);
    const auto* text = std::get_if<std::string>(&cell);
    words.push_back(text ? *text : value_words(plan, output));
  }
  if (numbers.size() == words.size()) return numbers;
  return words;
}

// Constant methods: their outputs are facts about the program (format-facts 1.6, 8.1).
void add_metadata(const Lens& lens, const pte::Program& program, Section& section) {
  std::vector<Row> rows;
  for (const pte::ExecutionPlan& plan : program.execution_plan) {
    if (!plan.constant_method()) continue;
    Cell cell;
    if (plan.outputs.size() == 1) {
      cell = value_cell(plan, plan.outputs[0]);
    } else {
      cell = outputs_cell(plan);
    }
    rows.push_back({{std::string(plan.name), std::move(cell)}, std::string(plan.name), 0, plan.offset});
  }
  const bool brief = !lens.options.shows(View::Metadata);
  section.tables.push_back(make_table(lens, "metadata", "metadata", {{"name", ""}, {"value", ""}}, std::move(rows),
                                      {.most = brief ? 2 * kOverviewRows : 0}));
}

}  // namespace

void add_program(const Lens& lens, const Model& model, const ByteMap& map, Section& section) {
  const InspectOptions& options = lens.options;
  const pte::Program& program = *model.program;
  if (options.shows(View::Summary)) add_overview(lens, model, map, section);
  const bool any = std::ranges::any_of(options.views, [](View view) {
    return view == View::Summary || view == View::Methods || view == View::Ops || view == View::Values ||
           view == View::Plan || view == View::Memory;
  });
  const bool only_overview = options.views.size() == 1 && options.shows(View::Summary);
  std::size_t shown = 0;
  std::size_t left_off = 0;
  for (std::size_t p = 0; any && p < program.execution_plan.size(); ++p) {
    const pte::ExecutionPlan& plan = program.execution_plan[p];
    if (options.method.empty() ? plan.constant_method() : plan.name != options.method) continue;
    if (only_overview && !options.top && shown == kOverviewMethods) {
      ++left_off;
      continue;
    }
    ++shown;
    section.sections.push_back(method_section(lens, model, p));
  }
  if (left_off != 0) section.add("methods_left_off", "methods not shown", std::uint64_t{left_off});
  if (options.shows(View::Summary) || options.shows(View::Metadata)) add_metadata(lens, program, section);
}

}  // namespace ptetool::layout

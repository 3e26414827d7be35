// Programs: per method its interface and memory, the metadata, and all views of a program in order.
#include <algorithm>
#include <cctype>

#include "layout/inspect_method.h"
#include "layout/words.h"
#include "ptetool/base/text.h"
#include "ptetool/layout/memory_plan.h"

namespace ptetool::layout {

namespace {

using report::ByteCount;
using report::Cell;
using report::Section;
using report::Table;

// Methods that the overview shows; the rest is counted.
constexpr std::size_t kOverviewMethods = 8;

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

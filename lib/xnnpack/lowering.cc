// Every operator of a stretch finds its row of the lowering table; and the values and nodes that all rows make.
#include "xnnpack/lowering.h"

#include <algorithm>
#include <numeric>

namespace ptetool::xnn {

namespace {

const LoweringRow* find_row(std::string_view name) {
  for (const auto rows : {pointwise_lowerings(), matrix_lowerings(), convolution_lowerings(), image_lowerings(),
                          reduction_lowerings(), move_lowerings(), size_lowerings(), mask_lowerings()}) {
    const auto found = std::ranges::find(rows, name, &LoweringRow::name);
    if (found != rows.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

Step::Step(Lowering& lowering, const OperatorRun& run, const RunOperator& op)
    : lowering_(lowering), run_(run), op_(op), call_(*op.op, run.values, op.args) {}

std::optional<std::size_t> Step::tensor(std::size_t arg) const {
  return op_.tensors[arg].empty() ? std::nullopt : std::optional(op_.tensors[arg].front());
}

std::optional<double> Step::number(std::size_t arg) const {
  if (call_.is_none(arg)) return std::nullopt;
  return call_.scalar(arg).as_double();
}

bool Lowering::is_plain_enough(std::size_t tensor) const {
  const Tensor& t = described(tensor);
  if (t.dtype != ScalarType::Float || t.rank() > kMaxDims || known_[tensor].symbol) return false;
  if (std::ranges::any_of(t.sizes, [](std::int64_t size) { return size <= 0 || size > INT32_MAX; })) return false;
  return t.contiguous() || is_channels_last(t) || of(tensor).kind == RunTensor::Kind::Constant;
}

bool Lowering::add(const RunOperator& op) {
  known_.resize(run_.tensors.size());
  if (op.delegate) return add_delegate(op);
  const LoweringRow* row = find_row(op.op->schema.name);
  if (!row) return false;
  if (!row->any_operands) {
    for (const auto& tensors : op.tensors) {
      if (!std::ranges::all_of(tensors, [&](std::size_t tensor) { return is_plain_enough(tensor); })) return false;
    }
    if (!is_plain_enough(op.results[0])) return false;
  }
  for (const auto& tensors : op.tensors) {
    for (const std::size_t tensor : tensors) {
      if (is_plain_enough(tensor)) introduce(tensor);
    }
  }
  Step step(*this, run_, op);
  return row->lower(step);
}

bool Lowering::add() { return add(run_.operators.back()); }

bool Lowering::add_all() {
  return std::ranges::all_of(run_.operators, [&](const RunOperator& op) { return add(op); });
}

std::uint32_t Lowering::add_value(const Sizes& sizes) {
  Value value;
  value.datatype = Datatype::Fp32;
  const Sizes dims = sizes.empty() ? Sizes{1} : sizes;
  value.dims = list(dims.span());
  value.num_dims = static_cast<std::uint32_t>(dims.size());
  value.id = static_cast<std::uint32_t>(graph().values.size());
  graph().values.push_back(std::move(value));
  return graph().values.back().id;
}

std::span<const std::uint32_t> Lowering::list(std::span<const std::int64_t> items) {
  return graph_->lists.emplace_back(items.begin(), items.end());
}

std::uint32_t Lowering::node(NodeKind kind, std::vector<std::uint32_t> inputs, const Sizes& sizes,
                             NodeOptions options) {
  Node node;
  node.kind = kind;
  const NodeKindInfo& info = *find_node_kind(kind);
  std::size_t next = 0;
  for (const NodeField& field : info.fields) {
    if (field.kind == FieldKind::Input && next < inputs.size()) node.inputs.push_back({field.name, inputs[next++]});
    if (field.kind == FieldKind::Output) node.outputs.push_back({field.name, add_value(sizes)});
  }
  node.attributes = std::move(options.attributes);
  node.flags = options.flags;
  node.output_min_max = options.range;
  const std::uint32_t output = node.outputs[0].id;
  graph().nodes.push_back(std::move(node));
  return output;
}

const Node* Lowering::maker(std::uint32_t id) const {
  const auto& nodes = graph_->graph.nodes;
  const auto gives = [&](const Node& node) {
    return std::ranges::any_of(node.outputs, [&](const Operand& output) { return output.id == id; });
  };
  const auto found = std::find_if(nodes.rbegin(), nodes.rend(), gives);
  return found == nodes.rend() ? nullptr : &*found;
}

void Lowering::drop_unused_nodes() {
  std::vector<bool> used(graph().values.size(), false);
  for (const Value& value : graph().values) used[value.id] = value.external_output();
  auto& nodes = graph().nodes;
  for (std::size_t n = nodes.size(); n-- > 0;) {
    if (std::ranges::none_of(nodes[n].outputs, [&](const Operand& output) { return used[output.id]; })) {
      nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(n));
      continue;
    }
    for (const Operand& input : nodes[n].inputs) {
      if (input.id != kInvalidId) used[input.id] = true;
    }
  }
}

void Lowering::guard(std::uint32_t id) {
  const Sizes dims(graph().values[id].dims);
  if (dims.size() == 4) {
    guards_.push_back(node(NodeKind::GlobalAvgPooling2d, {id}, {dims[0], dims[3]}));
    return;
  }
  std::vector<std::int64_t> axes(dims.size());
  std::iota(axes.begin(), axes.end(), 0);
  guards_.push_back(
      node(NodeKind::GlobalAvgPooling2d, {id}, Sizes::filled(dims.size(), 1), {{{"axes", list(axes)}}, kKeepDims, {}}));
}

void Lowering::mark_outputs() {
  std::uint32_t external = static_cast<std::uint32_t>(run_.inputs.size());
  const auto mark = [&](std::uint32_t id) {
    Value* marked = &graph().values[id];
    if (marked->flags != 0 || marked->constant_buffer_idx != 0) {
      const std::uint32_t copy = node(NodeKind::Copy, {id}, Sizes(marked->dims));
      marked = &graph().values[copy];
    }
    marked->flags = kExternalOutput;
    marked->external_id = external++;
  };
  for (const std::size_t output : run_.outputs) {
    mark(value(output, is_channels_last(described(output)) ? Layout::ChannelsLast : Layout::Plain));
  }
  for (const std::uint32_t guard : guards_) mark(guard);
  graph().num_externs = external;
}

}  // namespace ptetool::xnn

// Puts a graph and its constants together.
#include "xnnpack/graph_plan.h"

#include <algorithm>
#include <set>

#include "ptetool/base/text.h"
#include "ptetool/format/xnnpack_types.h"

namespace ptetool::xnn {

namespace {

// A model with less weights stays in caches, as far as that matters to anybody.
constexpr std::uint64_t kLargeModel = std::uint64_t{32} << 20;

bool takes_other_sizes(const pte::Program& program) {
  return std::ranges::any_of(program.execution_plan, [](const pte::ExecutionPlan& plan) {
    return std::ranges::any_of(plan.inputs, [&](std::int32_t input) {
      const pte::Value* value = plan.find_value(input);
      const pte::Tensor* tensor = value ? value->tensor() : nullptr;
      return tensor && tensor->shape_dynamism != pte::ShapeDynamism::Static;
    });
  });
}

}  // namespace

std::optional<std::size_t> GraphPlan::index_of(std::uint32_t id) const {
  const auto found = index_of_.find(id);
  return found == index_of_.end() ? std::nullopt : std::optional(found->second);
}

Result<GraphPlan> GraphPlan::make(const Model& model, const LinkedDelegate& delegate) {
  if (!delegate.graph) return fail(ErrorCode::Internal, "a delegate without a graph was asked to run");
  if (!*delegate.graph) return Failure(delegate.graph->error());
  GraphPlan plan;
  PTETOOL_ASSIGN(plan.normal_, normalise(**delegate.graph));
  PTETOOL_CHECK(plan.place_values(model));
  const auto problems = type_problems(**delegate.graph);
  if (!problems.empty()) {
    const TypeProblem& first = problems.front();
    return fail(ErrorCode::Malformed, "", indexed("xnodes", first.node), first.role + " " + first.message);
  }
  return plan;
}

Result<GraphPlan> GraphPlan::make(const Model& model, LoweredGraph lowered) {
  GraphPlan plan;
  plan.normal_ = std::move(lowered.graph);
  plan.given_ = std::move(lowered.constants);
  plan.adopted_ = std::move(lowered.adopted);
  PTETOOL_CHECK(plan.place_values(model));
  return plan;
}

Result<> GraphPlan::place_values(const Model& model) {
  std::uint64_t bytes = model.program->file->size();
  for (const auto& data : model.data) bytes += data->file->size();
  large_ = bytes > kLargeModel;
  shrinks_ = takes_other_sizes(*model.program);
  const auto& values = graph().values;
  constants_.resize(values.size());
  files_.resize(values.size());
  quantisations_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    if (!index_of_.emplace(value.id, i).second) {
      return fail(ErrorCode::Malformed, "", indexed("xvalues", i), "repeats the id " + std::to_string(value.id));
    }
    if (value.num_dims != value.dims.size() || value.dims.size() > kMaxRank) {
      return fail(ErrorCode::Malformed, "", indexed("xvalues", i), "has a dim count that is not its dims'");
    }
    if (const auto found = adopted_.find(i); found != adopted_.end()) {
      const auto& [plan, index] = found->second;
      constants_[i] = plan->constant(index);
      files_[i] = plan->file_of(index);
      quantisations_[i] = plan->quantisation(index);
    } else {
      if (value.constant_buffer_idx != 0) PTETOOL_CHECK(place_constant(model, i));
      PTETOOL_CHECK(place_scales(model, i));
    }
    if (value.external_input()) inputs_.push_back(i);
    if (value.external_output()) outputs_.push_back(i);
  }
  const auto by_external_id = [&](std::size_t a, std::size_t b) {
    return values[a].external_id < values[b].external_id;
  };
  std::ranges::sort(inputs_, by_external_id);
  std::ranges::sort(outputs_, by_external_id);
  return {};
}

bool GraphPlan::streams_weights(std::size_t input) const {
  const auto& dims = graph().values[input].dims;
  const auto one = [](std::uint32_t dim) { return dim == 1; };
  return large_ && (shrinks_ || dims.empty() || std::all_of(dims.begin(), dims.end() - 1, one));
}

std::vector<std::string> unsupported_parts(const LinkedDelegate& delegate) {
  std::set<std::string> parts;
  if (!delegate.graph || !*delegate.graph) return {};
  const Graph& graph = **delegate.graph;
  for (const Node& node : graph.nodes) {
    if (!node.known || !has_shape_rule(node.kind)) parts.insert("node " + node_kind_name(node.kind));
  }
  for (const Value& value : graph.values) {
    if (value.known && !datatype_bits(value.datatype)) parts.insert("datatype " + datatype_name(value.datatype));
  }
  return {parts.begin(), parts.end()};
}

}  // namespace ptetool::xnn

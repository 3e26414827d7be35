// Rewrites node by node; new values get ids that the graph does not use.
#include "xnnpack/normalise.h"

#include <algorithm>

#include "ptetool/base/text.h"

namespace ptetool::xnn {

namespace {

// Ids above this leave too little room for new ones; exporters count from 0.
constexpr std::uint32_t kMostIds = 1u << 31;
constexpr std::size_t kAttentionDims = 3;  // at least: heads, tokens, channels

class Normaliser {
 public:
  explicit Normaliser(const Graph& graph) : result_(std::make_shared<NormalGraph>()) {
    Graph& copy = result_->graph;
    copy = graph;
    for (const Value& value : copy.values) {
      if (value.id != kInvalidId) next_id_ = std::max(next_id_, value.id + 1);
    }
  }

  Result<std::shared_ptr<const NormalGraph>> run() {
    if (next_id_ > kMostIds) return fail(ErrorCode::Unsupported, "ids of values leave no room for further ones");
    unpack_datatypes();
    std::vector<Node> nodes = std::move(result_->graph.nodes);
    result_->graph.nodes.clear();
    result_->graph.nodes.reserve(nodes.size());
    quantise_legacy_inputs(nodes);
    for (Node& node : nodes) {
      if (node.kind == NodeKind::ScaledDotProductAttention) {
        PTETOOL_CHECK(decompose(node));
      } else {
        count_axis_from_start(node);
        result_->graph.nodes.push_back(std::move(node));
      }
    }
    return std::shared_ptr<const NormalGraph>(std::move(result_));
  }

 private:
  std::vector<Value>& values() { return result_->graph.values; }

  const Value* find(std::uint32_t id) {
    const auto found = std::ranges::find(values(), id, &Value::id);
    return found == values().end() ? nullptr : &*found;
  }

  // A value between two nodes; returns its id.
  std::uint32_t add_value(Datatype type, std::vector<std::uint32_t> dims, QuantParams quant = NoQuant{}) {
    Value value;
    value.datatype = type;
    value.num_dims = static_cast<std::uint32_t>(dims.size());
    value.dims = result_->lists.emplace_back(std::move(dims));
    value.quant = std::move(quant);
    value.id = next_id_++;
    values().push_back(std::move(value));
    return next_id_ - 1;
  }

  void add_node(NodeKind kind, std::vector<std::uint32_t> inputs, std::uint32_t output, std::uint32_t flags = 0) {
    Node node;
    node.kind = kind;
    for (const std::uint32_t input : inputs) node.inputs.push_back({"input", input});
    node.outputs.push_back({"output", output});
    node.flags = flags;
    result_->graph.nodes.push_back(std::move(node));
  }

  void unpack_datatypes() {
    for (Value& value : values()) {
      if (value.datatype == Datatype::QPInt8) value.datatype = Datatype::QDInt8;
      if (value.datatype == Datatype::PFp32) value.datatype = Datatype::Fp32;
    }
  }

  void quantise_legacy_inputs(std::vector<Node>& nodes) {
    const std::size_t count = values().size();
    for (std::size_t i = 0; i < count; ++i) {
      const Value& value = values()[i];
      if (value.dq_datatype == Datatype::Invalid || value.datatype != Datatype::Fp32 || !value.external_input())
        continue;
      const std::uint32_t id = value.id;
      const std::uint32_t quantised =
          add_value(Datatype::QDInt8, {value.dims.begin(), value.dims.end()}, PerTokenDynamicQuant{1});
      bool used = false;
      for (Node& node : nodes) {
        const Value* filter = find(node.input("filter"));
        if (!filter || filter->datatype == Datatype::Fp32 || node.inputs[0].id != id) continue;
        node.inputs[0].id = quantised;
        used = true;
      }
      if (used) add_node(NodeKind::Convert, {id}, quantised);
    }
  }

  void count_axis_from_start(Node& node) {
    for (Attribute& attribute : node.attributes) {
      auto* number = std::get_if<std::uint32_t>(&attribute.value);
      if (attribute.name != "axis" || !number || static_cast<std::int32_t>(*number) >= 0) continue;
      if (const Value* input = node.inputs.empty() ? nullptr : find(node.inputs[0].id)) *number += input->num_dims;
    }
  }

  Result<> decompose(const Node& node) {
    const Value* query = find(node.input("query"));
    const Value* key = find(node.input("key"));
    const Value* value = find(node.input("value"));
    for (const Value* each : {query, key, value}) {
      if (!each || each->dims.size() < kAttentionDims || each->dims.size() != query->dims.size()) {
        return fail(ErrorCode::Unsupported,
                    "ScaledDotProductAttention is executed over [..., heads, tokens, channels]");
      }
    }
    std::vector<std::uint32_t> query_dims(query->dims.begin(), query->dims.end());
    std::vector<std::uint32_t> weight_dims = query_dims;
    weight_dims.back() = key->dims[key->dims.size() - 2];
    const std::uint32_t scaled = add_value(Datatype::Fp32, query_dims);
    const std::uint32_t products = add_value(Datatype::Fp32, weight_dims);
    const std::uint32_t masked = add_value(Datatype::Fp32, weight_dims);
    const std::uint32_t weights = add_value(Datatype::Fp32, weight_dims);
    add_node(NodeKind::Multiply, {node.input("query"), node.input("scale")}, scaled);
    add_node(NodeKind::BatchMatrixMultiply, {scaled, node.input("key")}, products, kTransposeWeights);
    add_node(NodeKind::Add, {products, node.input("mask")}, masked);
    add_node(NodeKind::Softmax, {masked}, weights);
    add_node(NodeKind::BatchMatrixMultiply, {weights, node.input("value")}, node.outputs[0].id);
    return {};
  }

  std::shared_ptr<NormalGraph> result_;
  std::uint32_t next_id_ = 0;
};

}  // namespace

Result<std::shared_ptr<const NormalGraph>> normalise(const Graph& graph) { return Normaliser(graph).run(); }

}  // namespace ptetool::xnn

// Reads any bytes as an XNNPACK blob and touches everything that was read. Every view must lie in memory that the graph
// keeps alive, and the size of the model must follow from the size of the input.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/touch.h"
#include "ptetool/format/xnnpack_graph.h"

namespace {

using namespace ptetool;
using namespace ptetool::fuzz;

void touch_quant(const xnn::QuantParams& quant) {
  if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&quant)) touch(channel->scale);
  if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&quant)) {
    touch(group->scale);
    touch(group->scale_bf16);
  }
}

void touch_node(const xnn::Node& node) {
  touch(xnn::node_kind_name(node.kind));
  for (const auto& attribute : node.attributes) {
    if (const auto* list = std::get_if<std::span<const std::uint32_t>>(&attribute.value)) touch(*list);
    node.number(attribute.name);
    node.real(attribute.name);
    touch(node.list(attribute.name));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto graph = xnn::read_xnnpack_blob({{data, size}, nullptr}, "fuzz.bin");
  if (!graph) {
    touch(graph.error().line());
    return 0;
  }
  if (graph->nodes.size() + graph->values.size() + graph->constants.size() > size) std::abort();
  touch(graph->identifier);
  touch(graph->version);
  touch(graph->input_ids);
  touch(graph->output_ids);
  for (const auto& node : graph->nodes) {
    touch_node(node);
    if (node.offset >= size) std::abort();
    for (const auto& input : node.inputs) graph->find_value(input.id);
  }
  for (const auto& value : graph->values) {
    touch(value.dims);
    touch_quant(value.quant);
    touch(xnn::datatype_name(value.datatype));
    xnn::constant_nbytes(value);
    const xnn::Value* found = graph->find_value(value.id);
    if (!found || found->id != value.id || value.offset >= size) std::abort();
  }
  for (std::size_t i = 0; i < graph->constants.size(); ++i) {
    if (graph->constants[i].named_key) touch(*graph->constants[i].named_key);
    if (const auto bytes = graph->constant_bytes(static_cast<std::uint32_t>(i))) {
      if (bytes->size() > size) std::abort();
      // First and last byte prove the whole; large constants shared by many entries would only cost time.
      if (!bytes->empty()) sink = sink + bytes->front() + bytes->back();
    }
  }
  return 0;
}

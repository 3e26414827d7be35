// What the rules about XNNPACK graphs share: paths, walks, and words that several rows use.
#pragma once

#include <string>
#include <string_view>

#include "ptetool/base/text.h"
#include "verify/rule.h"

namespace ptetool::verify {

inline constexpr std::uint32_t kValueFlags = xnn::kExternalInput | xnn::kExternalOutput;
inline constexpr std::uint32_t kNodeFlags = xnn::kTransposeWeights | xnn::kAlignCorners | xnn::kKeepDims;

inline std::string value_path(const GraphSubject& subject, std::size_t index, std::string_view field = {}) {
  return subject.at(indexed("xvalues", index) + (field.empty() ? "" : "." + std::string(field)));
}

inline std::string node_path(const GraphSubject& subject, std::size_t index, std::string_view field = {}) {
  return subject.at(indexed("xnodes", index) + (field.empty() ? "" : "." + std::string(field)));
}

// function(value, index) for values of a kind that we know.
template <class Function>
void each_known_value(const xnn::Graph& graph, Function&& function) {
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].known) function(graph.values[i], i);
  }
}

template <class Function>
void each_known_node(const xnn::Graph& graph, Function&& function) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].known) function(graph.nodes[i], i);
  }
}

inline bool is_constant(const xnn::Value& value) { return value.constant_buffer_idx != 0; }

// Dims that can be multiplied and indexed.
inline bool sound_dims(const xnn::Value& value) {
  return value.known && value.dims.size() == value.num_dims && value.dims.size() <= xnn::kMaxDims;
}

// The value of an input operand, if it can be looked at.
inline const xnn::Value* input_value(const xnn::Graph& graph, const xnn::Node& node, std::string_view role) {
  const xnn::Value* value = graph.find_value(node.input(role));
  return value && sound_dims(*value) ? value : nullptr;
}

inline std::string rank_text(const xnn::Value& value) { return counted(value.dims.size(), "dimension"); }

inline constexpr std::string_view kDamagedPayload = "a damaged payload, or a tool that changed it";
inline constexpr std::string_view kExportProgramAgain = "export the program again";
inline constexpr std::string_view kReadsForeignMemory = "ExecuTorch does not check this; XNNPACK reads foreign memory";
inline constexpr std::string_view kRefusedByXnnpack =
    "XNNPACK refuses the graph, and ExecuTorch the method with Internal";

}  // namespace ptetool::verify

// XNN: the graphs inside XNNPACK delegates, by themselves and with the calls that feed them (format-facts 3).
//
// What passes here can be given to XNNPACK, which trusts its caller in much: ids, sizes of constants, lengths of lists.
#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

using xnn::Datatype;
using xnn::NodeKind;

// XNN_MAX_TENSOR_DIMS.
constexpr std::size_t kMaxDims = 6;
// XNN_VALUE_FLAG_EXTERNAL_INPUT and …_OUTPUT.
constexpr std::uint32_t kValueFlags = 3;
// TRANSPOSE_WEIGHTS, ALIGN_CORNERS and KEEP_DIMS: all that exporters write.
constexpr std::uint32_t kNodeFlags = 0x1 | 0x8 | 0x40;

std::string value_path(const GraphSubject& subject, std::size_t index, std::string_view field = {}) {
  return subject.at(indexed("xvalues", index) + (field.empty() ? "" : "." + std::string(field)));
}

std::string node_path(const GraphSubject& subject, std::size_t index, std::string_view field = {}) {
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

bool is_constant(const xnn::Value& value) { return value.constant_buffer_idx != 0; }

// Dims that can be multiplied and indexed.
bool sound_dims(const xnn::Value& value) {
  return value.known && value.dims.size() == value.num_dims && value.dims.size() <= kMaxDims;
}

void lists_plausible(const GraphSubject& subject, Context& context) {
  if (plausible_lists(subject.graph)) return;
  context.report(subject.path, 0,
                 "tables share their lists so often that these would be many times as large as the graph when written "
                 "out; nothing else was looked at");
}

// Graphs that cannot be read, by the code of the reader's error.
void unreadable(const Model& model, Context& context, bool identifier) {
  for (const LinkedDelegate& delegate : model.delegates) {
    if (!delegate.graph || *delegate.graph) continue;
    const Error& error = delegate.graph->error();
    if ((error.code == ErrorCode::WrongKind) != identifier) continue;
    std::string path = indexed("execution_plan", delegate.plan) + "." + indexed("delegates", delegate.index);
    if (!error.path.empty()) path += "." + error.path;
    const std::uint64_t start = model.program->offset_of(*delegate.payload);
    context.report(std::move(path), start + error.offset.value_or(0), error.message);
  }
}
void identifiers_known(const Model& model, Context& context) { unreadable(model, context, true); }
void graphs_readable(const Model& model, Context& context) { unreadable(model, context, false); }

void lists_present(const GraphSubject& subject, Context& context) {
  if (!subject.graph.has_nodes) context.report(subject.at("xnodes"), 0, "is absent");
  if (!subject.graph.has_values) context.report(subject.at("xvalues"), 0, "is absent");
}

void values_known(const GraphSubject& subject, Context& context) {
  for (std::size_t i = 0; i < subject.graph.values.size(); ++i) {
    const xnn::Value& value = subject.graph.values[i];
    if (!value.known) context.report(value_path(subject, i), value.offset, "is of an unknown kind or has no content");
  }
}

void ids_unique(const GraphSubject& subject, Context& context) {
  std::unordered_map<std::uint32_t, std::size_t> first;
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if (value.id == xnn::kInvalidId) {
      context.report(value_path(subject, i, "id_out"), value.offset, "is the id that means none");
      return;
    }
    const auto [known, added] = first.try_emplace(value.id, i);
    if (!added) {
      context.report(value_path(subject, i, "id_out"), value.offset,
                     "is " + std::to_string(value.id) + " as that of " + indexed("xvalues", known->second));
    }
  });
}

void datatypes_known(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if (!xnn::datatype_bits(value.datatype)) {
      context.report(value_path(subject, i, "datatype"), value.offset, "is " + xnn::datatype_name(value.datatype));
    }
    if (value.dq_datatype != Datatype::Invalid && !xnn::datatype_bits(value.dq_datatype)) {
      context.report(value_path(subject, i, "dq_datatype"), value.offset,
                     "is " + xnn::datatype_name(value.dq_datatype));
    }
  });
}

void dims_counted(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if (value.num_dims == value.dims.size()) return;
    context.report(value_path(subject, i, "num_dims"), value.offset,
                   "is " + std::to_string(value.num_dims) + ", dims has " + counted(value.dims.size(), "item"));
  });
}

void dims_limited(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if (value.dims.size() <= kMaxDims) return;
    context.report(value_path(subject, i, "dims"), value.offset,
                   "has " + std::to_string(value.dims.size()) + " dimensions, XNNPACK takes 6");
  });
}

void value_flags_known(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if ((value.flags & ~kValueFlags) != 0) {
      context.report(value_path(subject, i, "flags"), value.offset,
                     "is " + hex(value.flags) + ", known are 1 (external input) and 2 (external output)");
    }
  });
}

// The alternative of QuantParams that a datatype has.
std::optional<std::size_t> expected_quant(Datatype type) {
  switch (type) {
    case Datatype::Fp32:
    case Datatype::Fp16:
    case Datatype::Int32:
    case Datatype::PFp32:
    case Datatype::Bf16: return 0;
    case Datatype::QCInt8:
    case Datatype::QCInt32:
    case Datatype::QCInt4: return 1;
    case Datatype::QInt8:
    case Datatype::QUInt8:
    case Datatype::QInt32: return 2;
    case Datatype::QDInt8:
    case Datatype::QPInt8: return 3;
    case Datatype::QBInt4: return 4;
    case Datatype::Invalid: return std::nullopt;
  }
  return std::nullopt;
}

void quantisation_fits(const GraphSubject& subject, Context& context) {
  constexpr std::array<std::string_view, 6> kNames = {"no quantisation",      "PerChannelQuant",
                                                      "PerTensorQuant",       "PerTokenDynamicQuant",
                                                      "PerChannelGroupQuant", "an unknown quantisation"};
  static_assert(kNames.size() == std::variant_size_v<xnn::QuantParams>);
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto expected = expected_quant(value.datatype);
    if (!expected || value.quant.index() == *expected) return;
    context.report(value_path(subject, i, "quant_params"), value.offset,
                   "a " + xnn::datatype_name(value.datatype) + " value has " +
                       std::string(kNames[value.quant.index()]) + ", it needs " + std::string(kNames[*expected]));
  });
}

bool good_scale(float scale) { return std::isnormal(scale) && scale > 0; }

void scales_positive(const GraphSubject& subject, Context& context) {
  constexpr std::string_view kWhy = ", a scale is a positive normal number";
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto check = [&](std::span<const float> scales) {
      const auto bad = std::ranges::find_if_not(scales, good_scale);
      if (bad == scales.end()) return;
      context.report(value_path(subject, i, indexed("scale", static_cast<std::uint64_t>(bad - scales.begin()))),
                     value.offset, "is " + std::to_string(*bad) + std::string(kWhy));
    };
    if (const auto* tensor = std::get_if<xnn::PerTensorQuant>(&value.quant); tensor && !good_scale(tensor->scale)) {
      context.report(value_path(subject, i, "scale"), value.offset,
                     "is " + std::to_string(tensor->scale) + std::string(kWhy));
    }
    if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&value.quant)) check(channel->scale);
    if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&value.quant)) check(group->scale);
  });
}

void zero_points_fit(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto* quant = std::get_if<xnn::PerTensorQuant>(&value.quant);
    if (!quant) return;
    const std::int32_t low = value.datatype == Datatype::QInt8 ? -128 : 0;
    const std::int32_t high = value.datatype == Datatype::QInt8 ? 127 : value.datatype == Datatype::QUInt8 ? 255 : 0;
    if (quant->zero_point >= low && quant->zero_point <= high) return;
    context.report(
        value_path(subject, i, "zero_point"), value.offset,
        "is " + std::to_string(quant->zero_point) + ", outside what " + xnn::datatype_name(value.datatype) + " holds");
  });
}

void channel_scales_counted(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto* quant = std::get_if<xnn::PerChannelQuant>(&value.quant);
    if (!quant || !sound_dims(value)) return;
    if (!in_range(quant->channel_dim, value.dims.size())) {
      context.report(
          value_path(subject, i, "channel_dim"), value.offset,
          "is " + std::to_string(quant->channel_dim) + ", the value has " + counted(value.dims.size(), "dimension"));
      return;
    }
    const std::uint64_t scales = quant->scale_buffer_idx == 0 ? quant->scale.size() : quant->num_scales;
    const std::uint32_t channels = value.dims[static_cast<std::size_t>(quant->channel_dim)];
    if (scales == channels) return;
    context.report(value_path(subject, i, quant->scale_buffer_idx == 0 ? "scale" : "num_scales"), value.offset,
                   counted(scales, "scale") + " for " + counted(channels, "channel"));
  });
}

void group_scales_counted(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto* quant = std::get_if<xnn::PerChannelGroupQuant>(&value.quant);
    if (!quant || !sound_dims(value)) return;
    if (quant->group_size <= 0 || quant->group_size % 32 != 0) {
      context.report(value_path(subject, i, "group_size"), value.offset,
                     "is " + std::to_string(quant->group_size) + ", no positive multiple of 32");
      return;
    }
    if (value.dims.size() != 2 || quant->channel_dim != 0) {
      context.report(value_path(subject, i, "channel_dim"), value.offset,
                     "blockwise quantisation is for filters [out, in] with channel_dim 0");
      return;
    }
    const auto group = static_cast<std::uint32_t>(quant->group_size);
    const std::uint64_t scales = quant->scale_buffer_idx != 0 ? quant->num_scales
                                 : quant->scale_bf16.empty()  ? quant->scale.size()
                                                              : quant->scale_bf16.size();
    if (value.dims[1] % group == 0 && scales == std::uint64_t{value.dims[0]} * (value.dims[1] / group)) return;
    context.report(
        value_path(subject, i, "num_scales"), value.offset,
        counted(scales, "scale") + " for " + shape_text(value.dims) + " in groups of " + std::to_string(group));
  });
}

void token_dims_fit(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    const auto* quant = std::get_if<xnn::PerTokenDynamicQuant>(&value.quant);
    if (!quant || !sound_dims(value)) return;
    if (quant->num_nonbatch_dims >= 1 && in_range(quant->num_nonbatch_dims, value.dims.size() + 1)) return;
    context.report(value_path(subject, i, "num_nonbatch_dims"), value.offset,
                   "is " + std::to_string(quant->num_nonbatch_dims) + ", the value has " +
                       counted(value.dims.size(), "dimension"));
  });
}

// A constant that a value refers to, with what it takes from it.
struct ConstantUse {
  std::uint32_t index;
  std::optional<std::uint64_t> bytes;  // nullopt: cannot be told
  std::string_view field;
};

std::vector<ConstantUse> constants_of(const xnn::Value& value) {
  std::vector<ConstantUse> uses;
  if (is_constant(value)) {
    const auto bytes = sound_dims(value) ? xnn::constant_nbytes(value) : std::nullopt;
    uses.push_back({value.constant_buffer_idx, bytes, "constant_buffer_idx"});
  }
  if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&value.quant);
      channel && channel->scale_buffer_idx != 0) {
    uses.push_back({channel->scale_buffer_idx, std::uint64_t{channel->num_scales} * 4, "scale_buffer_idx"});
  }
  if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&value.quant); group && group->scale_buffer_idx != 0) {
    uses.push_back({group->scale_buffer_idx, std::uint64_t{group->num_scales} * 2, "scale_buffer_idx"});
  }
  return uses;
}

// function(use, value, index).
template <class Function>
void each_constant_use(const xnn::Graph& graph, Function&& function) {
  each_known_value(graph, [&](const xnn::Value& value, std::size_t i) {
    for (const ConstantUse& use : constants_of(value)) function(use, value, i);
  });
}

void constants_exist(const GraphSubject& subject, Context& context) {
  each_constant_use(subject.graph, [&](const ConstantUse& use, const xnn::Value& value, std::size_t i) {
    if (use.index < subject.graph.constants.size()) return;
    context.report(
        value_path(subject, i, use.field), value.offset,
        "is " + std::to_string(use.index) + ", the graph has " + counted(subject.graph.constants.size(), "constant"));
  });
}

void constants_sized(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if (!is_constant(value) || !sound_dims(value) || !xnn::datatype_bits(value.datatype)) return;
    if (xnn::constant_nbytes(value)) return;
    context.report(value_path(subject, i, "dims"), value.offset,
                   "are " + shape_text(value.dims) + ": the number of bytes does not fit 64 bits");
  });
}

void inline_constants_inside(const GraphSubject& subject, Context& context) {
  each_constant_use(subject.graph, [&](const ConstantUse& use, const xnn::Value& value, std::size_t i) {
    if (use.index >= subject.graph.constants.size()) return;
    const xnn::Constant& constant = subject.graph.constants[use.index];
    if (constant.named_key) return;
    if (!constant.inside) {
      context.report(value_path(subject, i, use.field), value.offset,
                     "constant " + std::to_string(use.index) + " does not lie in the blob's constant data");
    } else if (use.bytes && *use.bytes > constant.size) {
      context.report(value_path(subject, i, use.field), value.offset,
                     "constant " + std::to_string(use.index) + " has " + counted(constant.size, "byte") + ", " +
                         std::to_string(*use.bytes) + " are read");
    }
  });
}

void constants_not_external(const GraphSubject& subject, Context& context) {
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if (is_constant(value) && (value.flags & kValueFlags) != 0) {
      context.report(value_path(subject, i, "flags"), value.offset, "a constant is flagged as external");
    }
    if (value.external_input() && value.external_output()) {
      context.report(value_path(subject, i, "flags"), value.offset, "is input and output at once");
    }
  });
}

void external_ids_fit(const GraphSubject& subject, Context& context) {
  std::unordered_map<std::uint32_t, std::size_t> first;
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if ((value.flags & kValueFlags) == 0) return;
    if (value.external_id >= subject.graph.num_externs) {
      context.report(value_path(subject, i, "external_id"), value.offset,
                     "is " + std::to_string(value.external_id) + ", the graph has " +
                         counted(subject.graph.num_externs, "external value"));
      return;
    }
    const auto [known, added] = first.try_emplace(value.external_id, i);
    if (added) return;
    context.report(value_path(subject, i, "external_id"), value.offset,
                   "is " + std::to_string(value.external_id) + " as that of " + indexed("xvalues", known->second));
  });
}

void interface_listed(const GraphSubject& subject, Context& context) {
  std::unordered_set<std::uint32_t> listed;
  const auto check = [&](std::span<const std::uint32_t> ids, std::string_view list, std::uint32_t flag) {
    for (std::size_t k = 0; k < ids.size(); ++k) {
      const xnn::Value* value = subject.graph.find_value(ids[k]);
      if (!value || !value->known || (value->flags & flag) == 0) {
        context.report(subject.at(indexed(list, k)), value ? value->offset : 0,
                       !value ? "names value " + std::to_string(ids[k]) + ", which does not exist"
                              : "names value " + std::to_string(ids[k]) + ", which is not flagged so");
      } else if (!listed.insert(ids[k]).second) {
        context.report(subject.at(indexed(list, k)), value->offset,
                       "names value " + std::to_string(ids[k]) + " a second time");
      }
    }
  };
  check(subject.graph.input_ids, "input_ids", 1);
  check(subject.graph.output_ids, "output_ids", 2);
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if ((value.flags & kValueFlags) != 0 && !listed.contains(value.id)) {
      context.report(value_path(subject, i), value.offset, "is external, but in neither input_ids nor output_ids");
    }
  });
}

void nodes_known(const GraphSubject& subject, Context& context) {
  for (std::size_t i = 0; i < subject.graph.nodes.size(); ++i) {
    const xnn::Node& node = subject.graph.nodes[i];
    if (node.known) continue;
    const bool listed = static_cast<int>(node.kind) <= xnn::kNodeKinds;
    context.report(node_path(subject, i), node.offset,
                   node.kind == NodeKind::None
                       ? std::string("has no kind")
                       : xnn::node_kind_name(node.kind) + (listed ? " has no content" : " is unknown"));
  }
}

bool may_be_absent(const xnn::Operand& operand) { return operand.role == "bias" && operand.id == xnn::kInvalidId; }

// "xnodes[2].filter_id".
std::string operand_path(const GraphSubject& subject, std::size_t node, const xnn::Operand& operand) {
  return node_path(subject, node, std::string(operand.role) + "_id");
}

void operands_exist(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    for (const auto* operands : {&node.inputs, &node.outputs}) {
      for (const xnn::Operand& operand : *operands) {
        if (may_be_absent(operand)) continue;
        const xnn::Value* value = subject.graph.find_value(operand.id);
        if (value && value->known) continue;
        context.report(operand_path(subject, i, operand), node.offset,
                       "names value " + std::to_string(operand.id) + ", which does not exist");
      }
    }
  });
}

void defined_before_use(const GraphSubject& subject, Context& context) {
  std::unordered_set<std::uint32_t> defined;
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t) {
    if (is_constant(value) || value.external_input()) defined.insert(value.id);
  });
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    for (const xnn::Operand& operand : node.inputs) {
      if (may_be_absent(operand) || defined.contains(operand.id) || !subject.graph.find_value(operand.id)) continue;
      context.report(operand_path(subject, i, operand), node.offset,
                     "value " + std::to_string(operand.id) + " is used before anything has written it");
    }
    for (const xnn::Operand& operand : node.outputs) defined.insert(operand.id);
  });
}

void written_once(const GraphSubject& subject, Context& context) {
  std::unordered_set<std::uint32_t> written;
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    for (const xnn::Operand& operand : node.outputs) {
      const xnn::Value* value = subject.graph.find_value(operand.id);
      if (!value) continue;
      if (is_constant(*value) || value->external_input()) {
        context.report(operand_path(subject, i, operand), node.offset,
                       "writes value " + std::to_string(operand.id) + ", which is " +
                           (is_constant(*value) ? "a constant" : "an input"));
      } else if (!written.insert(operand.id).second) {
        context.report(operand_path(subject, i, operand), node.offset,
                       "writes value " + std::to_string(operand.id) + " a second time");
      }
    }
  });
}

void outputs_written(const GraphSubject& subject, Context& context) {
  std::unordered_set<std::uint32_t> written;
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t) {
    for (const xnn::Operand& operand : node.outputs) written.insert(operand.id);
  });
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if (value.external_output() && !written.contains(value.id)) {
      context.report(value_path(subject, i), value.offset, "is an output that no node writes");
    }
  });
}

void nodes_implemented(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::ScaledDotProductAttention) return;
    context.report(node_path(subject, i), node.offset,
                   "ScaledDotProductAttention is in the schema, but no runtime executes it");
  });
}

// The value of an input operand, if it can be looked at.
const xnn::Value* input_value(const xnn::Graph& graph, const xnn::Node& node, std::string_view role) {
  const xnn::Value* value = graph.find_value(node.input(role));
  return value && sound_dims(*value) ? value : nullptr;
}

std::string rank_text(const xnn::Value& value) { return counted(value.dims.size(), "dimension"); }

void transposes_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticTranspose) return;
    const auto perm = node.list("perm");
    const bool counted_right = perm.size() == node.number("num_dims") && perm.size() <= kMaxDims;
    std::uint32_t seen = 0;
    if (counted_right) {
      for (const std::uint32_t item : perm) seen |= item < kMaxDims ? 1u << item : 1u << 31;
    }
    if (!counted_right || seen != (1u << perm.size()) - 1) {
      context.report(node_path(subject, i, "perm"), node.offset,
                     perm.size() > kMaxDims ? "has " + std::to_string(perm.size()) + " items"
                                            : "is " + shape_text(perm) + ", not a permutation of num_dims = " +
                                                  std::to_string(node.number("num_dims")));
      return;
    }
    const xnn::Value* input = input_value(subject.graph, node, "input");
    if (input && input->dims.size() != perm.size()) {
      context.report(node_path(subject, i, "perm"), node.offset,
                     "has " + counted(perm.size(), "item") + ", the input has " + rank_text(*input));
    }
  });
}

void reshapes_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticReshape) return;
    const auto shape = node.list("new_shape");
    if (shape.size() != node.number("num_dims") || shape.size() > kMaxDims) {
      context.report(
          node_path(subject, i, "new_shape"), node.offset,
          "has " + counted(shape.size(), "item") + ", num_dims is " + std::to_string(node.number("num_dims")));
    } else if (std::ranges::count(shape, 0u) > 1) {
      context.report(node_path(subject, i, "new_shape"), node.offset,
                     "is " + shape_text(shape) + ", only one item can be inferred (0)");
    }
  });
}

void slices_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticSlice) return;
    const std::size_t offsets = node.list("offsets").size();
    const std::size_t sizes = node.list("sizes").size();
    const xnn::Value* input = input_value(subject.graph, node, "input");
    const std::uint32_t count = node.number("num_dims");
    if (offsets == count && sizes == count && count <= kMaxDims && (!input || input->dims.size() == count)) return;
    context.report(node_path(subject, i), node.offset,
                   counted(offsets, "offset") + " and " + counted(sizes, "size") + " for num_dims = " +
                       std::to_string(count) + (input ? " and an input of " + rank_text(*input) : std::string()));
  });
}

void pads_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::StaticConstantPad) return;
    const std::size_t before = node.list("pre_paddings").size();
    const std::size_t after = node.list("post_paddings").size();
    const xnn::Value* input = input_value(subject.graph, node, "input");
    if (before == after && before <= kMaxDims && (!input || input->dims.size() == before)) return;
    context.report(node_path(subject, i), node.offset,
                   counted(before, "padding") + " before and " + std::to_string(after) + " behind" +
                       (input ? " an input of " + rank_text(*input) : std::string()));
  });
}

bool is_convolution(NodeKind kind) {
  return kind == NodeKind::Conv2d || kind == NodeKind::DepthwiseConv2d || kind == NodeKind::ConvTranspose2d;
}

void convolutions_sound(const GraphSubject& subject, Context& context) {
  constexpr std::string_view kPositive[] = {"kernel_height",        "kernel_width",          "subsampling_height",
                                            "subsampling_width",    "dilation_height",       "dilation_width",
                                            "group_input_channels", "group_output_channels", "groups"};
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (!is_convolution(node.kind)) return;
    const auto zero = std::ranges::find_if(kPositive, [&](std::string_view name) { return node.number(name) == 0; });
    if (zero != std::end(kPositive)) {
      context.report(node_path(subject, i, *zero), node.offset, "is 0");
      return;
    }
    const auto product = [&](std::initializer_list<std::string_view> names) {
      std::optional<std::uint64_t> total = 1;
      for (const std::string_view name : names) {
        if (total) total = checked_mul<std::uint64_t>(*total, node.number(name));
      }
      return total;
    };
    const auto channels = product({"groups", "group_output_channels"});
    const auto elements =
        product({"groups", "group_output_channels", "group_input_channels", "kernel_height", "kernel_width"});
    const xnn::Value* filter = input_value(subject.graph, node, "filter");
    const auto held = filter ? checked_numel(filter->dims) : std::nullopt;
    if (filter && (filter->dims.size() != 4 || !held || !elements || static_cast<std::uint64_t>(*held) != *elements)) {
      context.report(
          node_path(subject, i, "filter_id"), node.offset,
          "the filter " + shape_text(filter->dims) + " does not fit the kernel, groups and channels of the node");
    }
    const xnn::Value* bias = input_value(subject.graph, node, "bias");
    const auto biases = bias ? checked_numel(bias->dims) : std::nullopt;
    if (bias && (!biases || !channels || static_cast<std::uint64_t>(*biases) != *channels)) {
      context.report(node_path(subject, i, "bias_id"), node.offset,
                     "the bias " + shape_text(bias->dims) + " does not fit the output channels of the node");
    }
  });
}

void poolings_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    const auto positive = [&](std::initializer_list<std::string_view> names) {
      for (const std::string_view name : names) {
        if (node.number(name) == 0) context.report(node_path(subject, i, name), node.offset, "is 0");
      }
    };
    const bool max = node.kind == NodeKind::MaxPooling2d;
    const bool average = node.kind == NodeKind::AvgPooling2d;
    if (max || average || node.kind == NodeKind::ArgMaxPooling2d) positive({"pooling_height", "pooling_width"});
    if (max || average) positive({"stride_height", "stride_width"});
    if (max) positive({"dilation_height", "dilation_width"});
  });
}

void fully_connected_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::FullyConnected) return;
    const xnn::Value* filter = input_value(subject.graph, node, "filter");
    if (!filter) return;
    if (filter->dims.size() != 2) {
      context.report(node_path(subject, i, "filter_id"), node.offset,
                     "the filter " + shape_text(filter->dims) + " is no matrix");
      return;
    }
    const bool transposed = (node.flags & 1u) != 0;
    const std::uint32_t outputs = filter->dims[transposed ? 1 : 0];
    const xnn::Value* bias = input_value(subject.graph, node, "bias");
    const auto biases = bias ? checked_numel(bias->dims) : std::nullopt;
    if (bias && (!biases || *biases != outputs)) {
      context.report(
          node_path(subject, i, "bias_id"), node.offset,
          "the bias " + shape_text(bias->dims) + " does not fit the filter's " + counted(outputs, "output channel"));
    }
  });
}

void concatenations_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if (node.kind != NodeKind::Concatenate2 && node.kind != NodeKind::Concatenate3 &&
        node.kind != NodeKind::Concatenate4 && node.kind != NodeKind::Concatenate5) {
      return;
    }
    const xnn::Value* input = input_value(subject.graph, node, "input1");
    if (!input) return;
    // Exporters may count from the end.
    const auto axis = static_cast<std::int64_t>(static_cast<std::int32_t>(node.number("axis")));
    const auto rank = static_cast<std::int64_t>(input->dims.size());
    if (axis >= -rank && axis < rank) return;
    context.report(node_path(subject, i, "axis"), node.offset,
                   "is " + std::to_string(axis) + ", the inputs have " + rank_text(*input));
  });
}

void clamps_sound(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    const auto& range = node.output_min_max;
    if (!range || range->min <= range->max) return;
    context.report(node_path(subject, i, "output_min_max"), node.offset,
                   "goes from " + std::to_string(range->min) + " to " + std::to_string(range->max));
  });
}

void node_flags_known(const GraphSubject& subject, Context& context) {
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t i) {
    if ((node.flags & ~kNodeFlags) == 0) return;
    context.report(node_path(subject, i, "flags"), node.offset, "is " + hex(node.flags) + ", which no exporter writes");
  });
}

void values_used(const GraphSubject& subject, Context& context) {
  std::unordered_set<std::uint32_t> used;
  each_known_node(subject.graph, [&](const xnn::Node& node, std::size_t) {
    for (const xnn::Operand& operand : node.inputs) used.insert(operand.id);
    for (const xnn::Operand& operand : node.outputs) used.insert(operand.id);
  });
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if (!used.contains(value.id)) context.report(value_path(subject, i), value.offset, "no node uses it");
  });
}

// --- With the calls that feed the graph
// -------------------------------------------------------------------------------

struct ExternalAt {
  const xnn::Value& value;
  const pte::DelegateCall& call;
  const InstructionAt& at;
  // The argument; nullptr where there is none.
  const pte::Value* argument;
  std::string path() const { return at.path(indexed("args", value.external_id)); }
};

// function(ExternalAt) for every external value of every graph that is called.
template <class Function>
void each_external(const Model& model, Function&& function) {
  std::unordered_map<const xnn::Graph*, std::vector<const xnn::Value*>> externals;
  each_instruction_of<pte::DelegateCall>(*model.program, [&](const pte::DelegateCall& call, const InstructionAt& at) {
    if (!in_range(call.delegate_index, at.plan.delegates.size())) return;
    const LinkedDelegate* delegate = model.find_delegate(at.plan_index, static_cast<std::size_t>(call.delegate_index));
    if (!delegate || !delegate->graph || !*delegate->graph) return;
    const xnn::Graph& graph = **delegate->graph;
    const auto entry = externals.try_emplace(&graph);
    std::vector<const xnn::Value*>& values = entry.first->second;
    if (entry.second) {
      each_known_value(graph, [&](const xnn::Value& value, std::size_t) {
        if ((value.flags & kValueFlags) != 0 && value.external_id < graph.num_externs) values.push_back(&value);
      });
      std::ranges::stable_sort(values, {}, [](const xnn::Value* value) { return value->external_id; });
    }
    for (const xnn::Value* value : values) {
      const bool there = value->external_id < call.args.size();
      function(ExternalAt{*value, call, at, there ? value_at(at.plan, call.args[value->external_id]) : nullptr});
      if (!there) break;  // nor is any later one
    }
  });
}

void externals_have_args(const Model& model, Context& context) {
  each_external(model, [&](const ExternalAt& external) {
    if (external.value.external_id < external.call.args.size()) return;
    context.report(external.at.path("args"), external.at.offset(),
                   "has " + counted(external.call.args.size(), "value") +
                       ", the delegate's graph takes external value " + std::to_string(external.value.external_id));
  });
}

void externals_are_tensors(const Model& model, Context& context) {
  each_external(model, [&](const ExternalAt& external) {
    if (!external.argument || external.argument->tensor()) return;
    context.report(external.path(), external.at.offset(),
                   "is " + a_kind(*external.argument) + ", the delegate's graph takes a tensor");
  });
}

bool same_elements(const xnn::Value& value, ScalarType type) {
  switch (value.datatype) {
    case Datatype::Fp32:
    case Datatype::PFp32:
      // Index outputs are written as 32-bit numbers and widened afterwards.
      return type == ScalarType::Float || (value.external_output() && type == ScalarType::Long);
    case Datatype::Fp16: return type == ScalarType::Half;
    case Datatype::Bf16: return type == ScalarType::BFloat16;
    case Datatype::QInt8:
    case Datatype::QCInt8: return type == ScalarType::Char || type == ScalarType::QInt8;
    case Datatype::QUInt8: return type == ScalarType::Byte || type == ScalarType::QUInt8;
    case Datatype::Int32:
    case Datatype::QInt32:
    case Datatype::QCInt32: return type == ScalarType::Int || type == ScalarType::Long || type == ScalarType::QInt32;
    // Quantised on the way in.
    case Datatype::QDInt8:
    case Datatype::QPInt8: return type == ScalarType::Float || type == ScalarType::Half || type == ScalarType::Char;
    case Datatype::QCInt4:
    case Datatype::QBInt4:
    case Datatype::Invalid: return false;
  }
  return true;
}

void externals_same_dtype(const Model& model, Context& context) {
  each_external(model, [&](const ExternalAt& external) {
    const pte::Tensor* tensor = external.argument ? external.argument->tensor() : nullptr;
    if (!tensor || !xnn::datatype_bits(external.value.datatype) || same_elements(external.value, tensor->scalar_type))
      return;
    context.report(external.path(), external.at.offset(),
                   "is " + dtype_name(tensor->scalar_type) + ", the delegate's graph takes " +
                       xnn::datatype_name(external.value.datatype));
  });
}

void externals_same_rank(const Model& model, Context& context) {
  each_external(model, [&](const ExternalAt& external) {
    const pte::Tensor* tensor = external.argument ? external.argument->tensor() : nullptr;
    if (!tensor || external.value.dims.size() > kMaxDims || tensor->sizes.size() == external.value.dims.size()) return;
    if (tensor->sizes.empty() && checked_numel(external.value.dims) == 1) return;
    context.report(external.path(), external.at.offset(),
                   "has " + counted(tensor->sizes.size(), "dimension") + ", the delegate's graph has " +
                       std::to_string(external.value.dims.size()));
  });
}

void external_outputs_writable(const Model& model, Context& context) {
  each_external(model, [&](const ExternalAt& external) {
    const pte::Tensor* tensor = external.argument ? external.argument->tensor() : nullptr;
    if (!tensor || !external.value.external_output() || tensor->allocation_info) return;
    if (!tensor->constant() && !tensor->external()) return;
    context.report(external.path(), external.at.offset(), "is an output of the delegate, but a constant");
  });
}

void named_constants_large_enough(const Model& model, Context& context) {
  for (const Need& need : model.needs) {
    if (need.kind != Need::Kind::DelegateConstant || !need.entry) continue;
    const NamedEntry& entry = model.entries[*need.entry];
    if (!entry.bytes || entry.bytes->size() >= need.min_bytes) continue;
    context.report(model.path_of(need), model.program->execution_plan[need.plan].delegates[need.index].offset,
                   quoted(need.key) + " has " + counted(entry.bytes->size(), "byte") + ", the graph reads " +
                       std::to_string(need.min_bytes));
  }
}

constexpr std::string_view kDamaged = "a damaged payload, or a tool that changed it";
constexpr std::string_view kExportAgain = "export the program again";
constexpr std::string_view kReads = "ExecuTorch does not check this; XNNPACK reads foreign memory";
constexpr std::string_view kRefused = "XNNPACK refuses the graph, and ExecuTorch the method with Internal";

constexpr Rule kRules[] = {
    {{.id = "XNN001",
      .guards_execution = true,
      .title = "lists of a graph are not shared beyond measure",
      .cause = "a hostile file that expands to very much more than its size",
      .effect = "ExecuTorch does not check this; tools that walk the lists take very long",
      .cure = "do not use the file"},
     lists_plausible},
    {{.id = "XNN002",
      .guards_execution = true,
      .title = "the payload has the identifier of an XNNPACK graph",
      .cause = kDamaged,
      .effect = "ExecuTorch refuses the method with DelegateInvalidCompatibility",
      .cure = kExportAgain},
     identifiers_known},
    {{.id = "XNN003",
      .guards_execution = true,
      .title = "the header, flatbuffer and constant region of an XNNPACK payload are whole",
      .cause = kDamaged,
      .effect = "ExecuTorch refuses the method with InvalidArgument or DelegateInvalidCompatibility",
      .cure = kExportAgain},
     graphs_readable},
    {{.id = "XNN004",
      .guards_execution = true,
      .title = "a graph has its lists of values and nodes",
      .cause = kDamaged,
      .effect = "ExecuTorch refuses the method",
      .cure = kExportAgain},
     lists_present},
    {{.id = "XNN005",
      .guards_execution = true,
      .title = "every value of a graph is of a known kind",
      .cause = "a release newer than this tool, or a damaged payload",
      .effect = "ExecuTorch refuses the method with NotImplemented",
      .cure = kExportAgain},
     values_known},
    {{.id = "XNN006",
      .guards_execution = true,
      .title = "ids of values are unique",
      .cause = kDamaged,
      .effect = "ExecuTorch does not check this: the last value of an id is taken for all",
      .cure = kExportAgain},
     ids_unique},
    {{.id = "XNN007",
      .guards_execution = true,
      .title = "datatypes of values exist",
      .cause = "a release newer than this tool, or a damaged payload",
      .effect = "ExecuTorch takes an unknown datatype for an invalid one, and XNNPACK refuses the graph",
      .cure = kExportAgain},
     datatypes_known},
    {{.id = "XNN008",
      .guards_execution = true,
      .title = "num_dims is the length of dims",
      .cause = kDamaged,
      .effect = "ExecuTorch takes num_dims numbers from dims without looking how many there are",
      .cure = kExportAgain},
     dims_counted},
    {{.id = "XNN009",
      .guards_execution = true,
      .title = "values have at most 6 dimensions",
      .cause = kDamaged,
      .effect = kRefused,
      .cure = kExportAgain},
     dims_limited},
    {{.id = "XNN010",
      .guards_execution = true,
      .title = "values have known flags only",
      .cause = kDamaged,
      .effect = kRefused,
      .cure = kExportAgain},
     value_flags_known},
    {{.id = "XNN011",
      .guards_execution = true,
      .title = "quantisation parameters fit the datatype",
      .cause = kDamaged,
      .effect = "ExecuTorch takes one union member for another, or refuses the method with Internal",
      .cure = kExportAgain},
     quantisation_fits},
    {{.id = "XNN012",
      .guards_execution = true,
      .title = "scales are positive and normal",
      .cause = "a model with a degenerate tensor (all zeros), or a damaged payload",
      .effect = kRefused,
      .cure = "calibrate with data that exercise the tensor, or leave it unquantised"},
     scales_positive},
    {{.id = "XNN013",
      .guards_execution = true,
      .title = "zero points are numbers of their datatype",
      .cause = kDamaged,
      .effect = kRefused,
      .cure = kExportAgain},
     zero_points_fit},
    {{.id = "XNN014",
      .guards_execution = true,
      .title = "there is one scale per channel",
      .cause = kDamaged,
      .effect = kReads,
      .cure = kExportAgain},
     channel_scales_counted},
    {{.id = "XNN015",
      .guards_execution = true,
      .title = "there is one scale per group of a blockwise quantised filter",
      .cause = kDamaged,
      .effect = "ExecuTorch refuses a wrong count with InvalidArgument; XNNPACK refuses group sizes that are no "
                "multiple of 32",
      .cure = "quantise with a group size that is a multiple of 32 and divides the input channels"},
     group_scales_counted},
    {{.id = "XNN016",
      .guards_execution = true,
      .title = "num_nonbatch_dims is between 1 and the number of dimensions",
      .cause = kDamaged,
      .effect = kRefused,
      .cure = kExportAgain},
     token_dims_fit},
    {{.id = "XNN017",
      .guards_execution = true,
      .title = "constants of a graph exist",
      .cause = kDamaged,
      .effect = "ExecuTorch does not check this and reads foreign memory",
      .cure = kExportAgain},
     constants_exist},
    {{.id = "XNN018",
      .guards_execution = true,
      .title = "constants have a size that fits 64 bits",
      .cause = "a damaged or hostile payload",
      .effect = "ExecuTorch does not check this; the product wraps around",
      .cure = "do not use the file"},
     constants_sized},
    {{.id = "XNN019",
      .guards_execution = true,
      .title = "constants in the blob hold as many bytes as are read from them",
      .cause = "a damaged payload, or one that is cut off",
      .effect = "ExecuTorch checks that they lie inside the blob, not that they are large enough: XNNPACK reads beyond",
      .cure = kExportAgain},
     inline_constants_inside},
    {{.id = "XNN020",
      .guards_execution = true,
      .title = "named constants hold as many bytes as are read from them",
      .cause = "a data file of another model, or a damaged one",
      .effect = "ExecuTorch does not compare sizes: XNNPACK reads beyond the data",
      .cure = "give the data file that was exported with the program"},
     named_constants_large_enough},
    {{.id = "XNN021",
      .guards_execution = true,
      .title = "values are constant, input or output, not two of these",
      .cause = kDamaged,
      .effect = "ExecuTorch does not check this; results are undefined",
      .cure = kExportAgain},
     constants_not_external},
    {{.id = "XNN022",
      .guards_execution = true,
      .title = "external ids are distinct and below num_externs",
      .cause = kDamaged,
      .effect = kRefused,
      .cure = kExportAgain},
     external_ids_fit},
    {{.id = "XNN023",
      .guards_execution = true,
      .title = "input_ids and output_ids name the external values",
      .cause = kDamaged,
      .effect = "ExecuTorch does not check this; XNNPACK fails at the first execution or reads through a null pointer",
      .cure = kExportAgain},
     interface_listed},
    {{.id = "XNN024",
      .guards_execution = true,
      .title = "every node is of a known kind",
      .cause = "a release newer than this tool, or a damaged payload",
      .effect = "ExecuTorch refuses the method with NotImplemented",
      .cure = kExportAgain},
     nodes_known},
    {{.id = "XNN025",
      .guards_execution = true,
      .title = "operands of nodes exist",
      .cause = kDamaged,
      .effect = "ExecuTorch throws an exception that nobody catches",
      .cure = kExportAgain},
     operands_exist},
    {{.id = "XNN026",
      .guards_execution = true,
      .title = "values are written before they are used",
      .cause = kDamaged,
      .effect = "ExecuTorch does not check this; XNNPACK refuses the graph or reads through a null pointer",
      .cure = kExportAgain},
     defined_before_use},
    {{.id = "XNN027",
      .guards_execution = true,
      .title = "values are written once, and neither constants nor inputs are",
      .cause = kDamaged,
      .effect = "ExecuTorch does not check this; results are undefined",
      .cure = kExportAgain},
     written_once},
    {{.id = "XNN028",
      .guards_execution = true,
      .title = "outputs of a graph are written",
      .cause = kDamaged,
      .effect = "ExecuTorch does not check this; the output holds whatever was in its memory",
      .cure = kExportAgain},
     outputs_written},
    {{.id = "XNN029",
      .title = "nodes are of kinds that runtimes execute",
      .cause = "an exporter between v0.2 and v0.5 with the experimental attention node",
      .effect = "ExecuTorch refuses the method with NotImplemented",
      .cure = "export with a later release"},
     nodes_implemented},
    {{.id = "XNN030",
      .guards_execution = true,
      .title = "transposes permute all dimensions of their input",
      .cause = kDamaged,
      .effect = "ExecuTorch takes num_dims numbers from perm without looking how many there are",
      .cure = kExportAgain},
     transposes_sound},
    {{.id = "XNN031",
      .guards_execution = true,
      .title = "reshapes have a shape with at most one size to infer",
      .cause = kDamaged,
      .effect = "ExecuTorch takes num_dims numbers from new_shape without looking how many there are",
      .cure = kExportAgain},
     reshapes_sound},
    {{.id = "XNN032",
      .guards_execution = true,
      .title = "slices have an offset and a size for every dimension",
      .cause = kDamaged,
      .effect = "ExecuTorch takes num_dims numbers from both lists without looking how many there are",
      .cure = kExportAgain},
     slices_sound},
    {{.id = "XNN033",
      .guards_execution = true,
      .title = "pads have two paddings for every dimension",
      .cause = kDamaged,
      .effect = kReads,
      .cure = kExportAgain},
     pads_sound},
    {{.id = "XNN034",
      .guards_execution = true,
      .title = "filter and bias of a convolution fit its numbers",
      .cause = kDamaged,
      .effect = "XNNPACK refuses zeros; it reads as many weights as the numbers say, whatever the filter holds",
      .cure = kExportAgain},
     convolutions_sound},
    {{.id = "XNN035",
      .guards_execution = true,
      .title = "windows and strides of poolings are not 0",
      .cause = kDamaged,
      .effect = kRefused,
      .cure = kExportAgain},
     poolings_sound},
    {{.id = "XNN036",
      .guards_execution = true,
      .title = "filter and bias of a fully connected node fit",
      .cause = kDamaged,
      .effect = kReads,
      .cure = kExportAgain},
     fully_connected_sound},
    {{.id = "XNN037",
      .guards_execution = true,
      .title = "the axis of a concatenation is a dimension of its inputs",
      .cause = kDamaged,
      .effect = kRefused,
      .cure = kExportAgain},
     concatenations_sound},
    {{.id = "XNN038",
      .guards_execution = true,
      .title = "output ranges are not empty and hold no NaN",
      .cause = "a clamp with exchanged bounds, or a damaged payload",
      .effect = kRefused,
      .cure = "correct the model's clamp and export again"},
     clamps_sound},
    {{.id = "XNN039",
      .severity = Severity::Warning,
      .title = "nodes have known flags only",
      .cause = "a release newer than this tool, or a damaged payload",
      .effect = "ExecuTorch passes them on; XNNPACK refuses flags that it does not know",
      .cure = kExportAgain},
     node_flags_known},
    {{.id = "XNN040",
      .severity = Severity::Note,
      .title = "values of a graph are used",
      .cause = "an exporter that left values of fused operators",
      .effect = "none but some bytes",
      .cure = "none is needed"},
     values_used},
    {{.id = "XNN041",
      .guards_execution = true,
      .title = "a delegate call has an arg for every external value of its graph",
      .cause = "a damaged program, or payloads that were exchanged",
      .effect = "ExecuTorch does not compare the counts and reads beyond the args",
      .cure = kExportAgain},
     externals_have_args},
    {{.id = "XNN042",
      .guards_execution = true,
      .title = "external values of a graph are tensors of the method",
      .cause = "a damaged program, or payloads that were exchanged",
      .effect = "ExecuTorch aborts the process at execution",
      .cure = kExportAgain},
     externals_are_tensors},
    {{.id = "XNN043",
      .guards_execution = true,
      .title = "external values have the element type of their tensors",
      .cause = "payloads that were exchanged, or a tool that changed tensors",
      .effect =
          "ExecuTorch does not check this; XNNPACK reads and writes beyond the tensor or takes one type for another",
      .cure = kExportAgain},
     externals_same_dtype},
    {{.id = "XNN044",
      .severity = Severity::Warning,
      .title = "external values have as many dimensions as their tensors",
      .cause = "payloads that were exchanged, or a tool that changed tensors",
      .effect = "ExecuTorch fails when it resizes the output, or computes with another shape",
      .cure = kExportAgain},
     externals_same_rank},
    {{.id = "XNN045",
      .guards_execution = true,
      .title = "outputs of a graph are not constants of the method",
      .cause = "a damaged program, or payloads that were exchanged",
      .effect = "ExecuTorch does not check this; the process dies where constants are read-only",
      .cure = kExportAgain},
     external_outputs_writable},
};

}  // namespace

std::span<const Rule> xnn_rules() { return kRules; }

}  // namespace ptetool::verify

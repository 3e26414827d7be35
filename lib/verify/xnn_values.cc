// XNN: the values of graphs inside XNNPACK delegates: ids, dims, quantisation, constants (format-facts 3.3, 3.4).
//
// What passes here can be given to XNNPACK, which trusts its caller in much: ids, sizes of constants, lengths of lists.
#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/walk.h"
#include "verify/xnn_graph.h"

namespace ptetool::verify {

namespace {

using xnn::Datatype;
using xnn::NodeKind;

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
      .cause = kDamagedPayload,
      .effect = "ExecuTorch refuses the method with DelegateInvalidCompatibility",
      .cure = kExportProgramAgain},
     identifiers_known},
    {{.id = "XNN003",
      .guards_execution = true,
      .title = "the header, flatbuffer and constant region of an XNNPACK payload are whole",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch refuses the method with InvalidArgument or DelegateInvalidCompatibility",
      .cure = kExportProgramAgain},
     graphs_readable},
    {{.id = "XNN004",
      .guards_execution = true,
      .title = "a graph has its lists of values and nodes",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch refuses the method",
      .cure = kExportProgramAgain},
     lists_present},
    {{.id = "XNN005",
      .guards_execution = true,
      .title = "every value of a graph is of a known kind",
      .cause = "a release newer than this tool, or a damaged payload",
      .effect = "ExecuTorch refuses the method with NotImplemented",
      .cure = kExportProgramAgain},
     values_known},
    {{.id = "XNN006",
      .guards_execution = true,
      .title = "ids of values are unique",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch does not check this: the last value of an id is taken for all",
      .cure = kExportProgramAgain},
     ids_unique},
    {{.id = "XNN007",
      .guards_execution = true,
      .title = "datatypes of values exist",
      .cause = "a release newer than this tool, or a damaged payload",
      .effect = "ExecuTorch takes an unknown datatype for an invalid one, and XNNPACK refuses the graph",
      .cure = kExportProgramAgain},
     datatypes_known},
    {{.id = "XNN008",
      .guards_execution = true,
      .title = "num_dims is the length of dims",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch takes num_dims numbers from dims without looking how many there are",
      .cure = kExportProgramAgain},
     dims_counted},
    {{.id = "XNN009",
      .guards_execution = true,
      .title = "values have at most 6 dimensions",
      .cause = kDamagedPayload,
      .effect = kRefusedByXnnpack,
      .cure = kExportProgramAgain},
     dims_limited},
    {{.id = "XNN010",
      .guards_execution = true,
      .title = "values have known flags only",
      .cause = kDamagedPayload,
      .effect = kRefusedByXnnpack,
      .cure = kExportProgramAgain},
     value_flags_known},
    {{.id = "XNN011",
      .guards_execution = true,
      .title = "quantisation parameters fit the datatype",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch takes one union member for another, or refuses the method with Internal",
      .cure = kExportProgramAgain},
     quantisation_fits},
    {{.id = "XNN012",
      .guards_execution = true,
      .title = "scales are positive and normal",
      .cause = "a model with a degenerate tensor (all zeros), or a damaged payload",
      .effect = kRefusedByXnnpack,
      .cure = "calibrate with data that exercise the tensor, or leave it unquantised"},
     scales_positive},
    {{.id = "XNN013",
      .guards_execution = true,
      .title = "zero points are numbers of their datatype",
      .cause = kDamagedPayload,
      .effect = kRefusedByXnnpack,
      .cure = kExportProgramAgain},
     zero_points_fit},
    {{.id = "XNN014",
      .guards_execution = true,
      .title = "there is one scale per channel",
      .cause = kDamagedPayload,
      .effect = kReadsForeignMemory,
      .cure = kExportProgramAgain},
     channel_scales_counted},
    {{.id = "XNN015",
      .guards_execution = true,
      .title = "there is one scale per group of a blockwise quantised filter",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch refuses a wrong count with InvalidArgument; XNNPACK refuses group sizes that are no "
                "multiple of 32",
      .cure = "quantise with a group size that is a multiple of 32 and divides the input channels"},
     group_scales_counted},
    {{.id = "XNN016",
      .guards_execution = true,
      .title = "num_nonbatch_dims is between 1 and the number of dimensions",
      .cause = kDamagedPayload,
      .effect = kRefusedByXnnpack,
      .cure = kExportProgramAgain},
     token_dims_fit},
    {{.id = "XNN017",
      .guards_execution = true,
      .title = "constants of a graph exist",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch does not check this and reads foreign memory",
      .cure = kExportProgramAgain},
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
      .cure = kExportProgramAgain},
     inline_constants_inside},
    {{.id = "XNN021",
      .guards_execution = true,
      .title = "values are constant, input or output, not two of these",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch does not check this; results are undefined",
      .cure = kExportProgramAgain},
     constants_not_external},
    {{.id = "XNN022",
      .guards_execution = true,
      .title = "external ids are distinct and below num_externs",
      .cause = kDamagedPayload,
      .effect = kRefusedByXnnpack,
      .cure = kExportProgramAgain},
     external_ids_fit},
    {{.id = "XNN023",
      .guards_execution = true,
      .title = "input_ids and output_ids name the external values",
      .cause = kDamagedPayload,
      .effect = "ExecuTorch does not check this; XNNPACK fails at the first execution or reads through a null pointer",
      .cure = kExportProgramAgain},
     interface_listed},
};

}  // namespace

std::span<const Rule> xnn_value_rules() { return kRules; }

}  // namespace ptetool::verify

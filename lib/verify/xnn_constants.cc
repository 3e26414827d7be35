// XNN: constants and the interface of graphs inside XNNPACK delegates (format-facts 3.3).
#include <unordered_map>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/walk.h"
#include "verify/xnn_graph.h"

namespace ptetool::verify {

namespace {

using xnn::Datatype;

using xnn::NodeKind;

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
  check(subject.graph.input_ids, "input_ids", xnn::kExternalInput);
  check(subject.graph.output_ids, "output_ids", xnn::kExternalOutput);
  each_known_value(subject.graph, [&](const xnn::Value& value, std::size_t i) {
    if ((value.flags & kValueFlags) != 0 && !listed.contains(value.id)) {
      context.report(value_path(subject, i), value.offset, "is external, but in neither input_ids nor output_ids");
    }
  });
}

constexpr Rule kRules[] = {
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

std::span<const Rule> xnn_constant_rules() { return kRules; }

}  // namespace ptetool::verify

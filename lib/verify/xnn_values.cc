// XNN: the values of graphs inside XNNPACK delegates: ids, datatypes, dims (format-facts 3.3, 3.4).
//
// What passes here can be given to XNNPACK, which trusts its caller in much: ids, sizes of constants, lengths of lists.
#include <unordered_map>

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
    if (value.dims.size() <= xnn::kMaxDims) return;
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
};

}  // namespace

std::span<const Rule> xnn_value_rules() { return kRules; }

}  // namespace ptetool::verify

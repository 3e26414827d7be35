// XNN: the graphs inside XNNPACK delegates together with the calls that feed them and the data they name
// (format-facts 3.5).
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ptetool/base/text.h"
#include "verify/walk.h"
#include "verify/xnn_graph.h"

namespace ptetool::verify {

namespace {

using xnn::Datatype;
using xnn::NodeKind;

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
      function(ExternalAt{*value, call, at, there ? at.plan.find_value(call.args[value->external_id]) : nullptr});
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
    if (!tensor || external.value.dims.size() > xnn::kMaxDims || tensor->sizes.size() == external.value.dims.size())
      return;
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

constexpr Rule kRules[] = {
    {{.id = "XNN020",
      .guards_execution = true,
      .title = "named constants hold as many bytes as are read from them",
      .cause = "a data file of another model, or a damaged one",
      .effect = "ExecuTorch does not compare sizes: XNNPACK reads beyond the data",
      .cure = "give the data file that was exported with the program"},
     named_constants_large_enough},
    {{.id = "XNN041",
      .guards_execution = true,
      .title = "a delegate call has an arg for every external value of its graph",
      .cause = "a damaged program, or payloads that were exchanged",
      .effect = "ExecuTorch does not compare the counts and reads beyond the args",
      .cure = kExportProgramAgain},
     externals_have_args},
    {{.id = "XNN042",
      .guards_execution = true,
      .title = "external values of a graph are tensors of the method",
      .cause = "a damaged program, or payloads that were exchanged",
      .effect = "ExecuTorch aborts the process at execution",
      .cure = kExportProgramAgain},
     externals_are_tensors},
    {{.id = "XNN043",
      .guards_execution = true,
      .title = "external values have the element type of their tensors",
      .cause = "payloads that were exchanged, or a tool that changed tensors",
      .effect =
          "ExecuTorch does not check this; XNNPACK reads and writes beyond the tensor or takes one type for another",
      .cure = kExportProgramAgain},
     externals_same_dtype},
    {{.id = "XNN044",
      .severity = Severity::Warning,
      .title = "external values have as many dimensions as their tensors",
      .cause = "payloads that were exchanged, or a tool that changed tensors",
      .effect = "ExecuTorch fails when it resizes the output, or computes with another shape",
      .cure = kExportProgramAgain},
     externals_same_rank},
    {{.id = "XNN045",
      .guards_execution = true,
      .title = "outputs of a graph are not constants of the method",
      .cause = "a damaged program, or payloads that were exchanged",
      .effect = "ExecuTorch does not check this; the process dies where constants are read-only",
      .cure = kExportProgramAgain},
     external_outputs_writable},
};

}  // namespace

std::span<const Rule> xnn_call_rules() { return kRules; }

}  // namespace ptetool::verify

// Reads programs and touches all that the model offers: every list, text, segment, constant, payload and graph.
#include <cstddef>
#include <cstdint>

#include "fuzz/touch.h"
#include "ptetool/base/file.h"
#include "ptetool/format/delegate_blob.h"
#include "ptetool/format/pte.h"
#include "ptetool/format/xnnpack_graph.h"

namespace {

using namespace ptetool;
using fuzz::sink;
using fuzz::touch;

void touch(const Result<ByteView>& bytes) {
  if (bytes) touch(*bytes);
}

void touch(const pte::Program& program, const pte::Tensor& tensor) {
  touch(tensor.sizes);
  touch(tensor.dim_order);
  touch(tensor.name());
  const auto nbytes = pte::tensor_nbytes(tensor);
  if (!nbytes) return;
  if (tensor.constant()) touch(program.constant_bytes(tensor.data_buffer_idx, *nbytes));
  if (tensor.initialised_state()) touch(program.initial_state_bytes(tensor.data_buffer_idx, *nbytes));
}

void touch(const pte::Program& program, const pte::Value& value) {
  touch(pte::kind_name(value));
  std::visit(
      [&](const auto& content) {
        if constexpr (requires { content.items; }) {
          touch(content.items);
        } else if constexpr (requires { content.scalar_type; }) {
          touch(program, content);
        }
      },
      value.content);
  if (const auto* string = std::get_if<pte::String>(&value.content)) touch(string->value);
}

void touch(const xnn::Graph& graph) {
  touch(graph.input_ids);
  touch(graph.output_ids);
  touch(graph.version);
  for (const xnn::Value& value : graph.values) {
    touch(value.dims);
    if (const auto bytes = xnn::constant_nbytes(value)) sink = sink + *bytes;
    if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&value.quant)) touch(channel->scale);
    if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&value.quant)) {
      touch(group->scale);
      touch(group->scale_bf16);
    }
  }
  for (const xnn::Node& node : graph.nodes) {
    touch(xnn::node_kind_name(node.kind));
    for (const xnn::Operand& operand : node.inputs) sink = sink + (graph.find_value(operand.id) != nullptr);
    for (const xnn::Attribute& attribute : node.attributes) {
      if (const auto* list = std::get_if<std::span<const std::uint32_t>>(&attribute.value)) touch(*list);
    }
  }
  for (std::uint32_t i = 0; i < graph.constants.size(); ++i) {
    if (graph.constants[i].named_key) touch(*graph.constants[i].named_key);
    touch(graph.constant_bytes(i));
  }
}

void touch(const pte::Program& program, const pte::BackendDelegate& delegate) {
  touch(delegate.id);
  for (const pte::CompileSpec& spec : delegate.compile_specs) {
    touch(spec.key);
    touch(spec.value);
  }
  const auto payload = program.delegate_bytes(delegate);
  touch(payload);
  if (!payload) return;
  for (const auto& [name, value] : outline_delegate(delegate.id, *payload).facts) touch(std::string_view(value));
  if (const auto graph = xnn::read_xnnpack_blob(Bytes{*payload, program.file}, "blob")) touch(*graph);
}

void touch(const pte::Program& program, const pte::ExecutionPlan& plan) {
  touch(plan.name);
  touch(plan.encoded_inp_str);
  touch(plan.encoded_out_str);
  touch(plan.inputs);
  touch(plan.outputs);
  touch(plan.non_const_buffer_sizes);
  for (const pte::Value& value : plan.values) touch(program, value);
  for (const pte::Operator& op : plan.operators) touch(std::string_view(op.full_name()));
  for (const pte::BackendDelegate& delegate : plan.delegates) touch(program, delegate);
  for (const pte::Chain& chain : plan.chains) {
    touch(chain.inputs);
    touch(chain.outputs);
    for (const pte::Instruction& instruction : chain.instructions) {
      if (const auto* call = std::get_if<pte::KernelCall>(&instruction.content)) touch(call->args);
      if (const auto* call = std::get_if<pte::DelegateCall>(&instruction.content)) touch(call->args);
    }
    for (const auto& frames : chain.stacktrace) {
      for (const pte::Frame& frame : frames) touch(frame.filename);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto program = pte::read_pte(File::from_bytes("input.pte", ByteView(data, size)));
  if (!program) return 0;
  for (const pte::ExecutionPlan& plan : program->execution_plan) touch(*program, plan);
  for (std::size_t i = 0; i < program->segments.size(); ++i) touch(program->segment_bytes(i));
  for (const pte::InlineData& buffer : program->constant_buffer) touch(buffer.data);
  for (const pte::InlineData& buffer : program->backend_delegate_data) touch(buffer.data);
  if (program->constant_segment) touch(program->constant_segment->offsets);
  for (const pte::SubsegmentOffsets& table : program->mutable_data_segments) touch(table.offsets);
  for (const pte::NamedData& entry : program->named_data) touch(entry.key);
  return 0;
}

// What the lists of a program or a graph take together (FBS007, XNN001): few bytes could otherwise stand for very many,
// and rules that walk them take forever.
#include <type_traits>
#include <variant>

#include "verify/rule.h"

namespace ptetool::verify {

namespace {

// Lists may take this many times the bytes of their flatbuffer: real ones share little or nothing.
constexpr std::uint64_t kMostSharing = 8;
constexpr std::uint64_t kSharingSlack = 1 << 16;

class ListBytes {
 public:
  explicit ListBytes(std::uint64_t flatbuffer_size) : limit_(flatbuffer_size * kMostSharing + kSharingSlack) {}
  template <class T>
  void add(std::span<const T> items) {
    total_ += items.size_bytes();
  }
  void add(std::string_view text) { total_ += text.size(); }
  bool plausible() const { return total_ <= limit_; }

 private:
  std::uint64_t limit_;
  std::uint64_t total_ = 0;
};

void add_value(ListBytes& bytes, const pte::Value& value) {
  std::visit(
      [&](const auto& content) {
        using T = std::remove_cvref_t<decltype(content)>;
        if constexpr (std::is_same_v<T, pte::Tensor>) {
          bytes.add(content.sizes);
          bytes.add(content.dim_order);
          bytes.add(content.name());
        } else if constexpr (std::is_same_v<T, pte::String>) {
          bytes.add(content.value);
        } else if constexpr (requires { content.items; }) {
          bytes.add(content.items);
        }
      },
      value.content);
}

void add_instruction(ListBytes& bytes, const pte::Instruction& instruction) {
  if (const auto* kernel = std::get_if<pte::KernelCall>(&instruction.content)) bytes.add(kernel->args);
  if (const auto* delegate = std::get_if<pte::DelegateCall>(&instruction.content)) bytes.add(delegate->args);
}

}  // namespace

bool plausible_lists(const pte::Program& program) {
  ListBytes bytes(program.flatbuffer_size);
  for (const pte::ExecutionPlan& plan : program.execution_plan) {
    bytes.add(plan.name);
    bytes.add(plan.inputs);
    bytes.add(plan.outputs);
    bytes.add(plan.non_const_buffer_sizes);
    for (const pte::Value& value : plan.values) add_value(bytes, value);
    for (const pte::Operator& op : plan.operators) {
      bytes.add(op.name);
      bytes.add(op.overload);
    }
    for (const pte::BackendDelegate& delegate : plan.delegates) {
      bytes.add(delegate.id);
      for (const pte::CompileSpec& spec : delegate.compile_specs) bytes.add(spec.key);
    }
    for (const pte::Chain& chain : plan.chains) {
      for (const pte::Instruction& instruction : chain.instructions) add_instruction(bytes, instruction);
    }
  }
  if (program.constant_segment) bytes.add(program.constant_segment->offsets);
  for (const pte::SubsegmentOffsets& table : program.mutable_data_segments) bytes.add(table.offsets);
  for (const pte::NamedData& entry : program.named_data) bytes.add(entry.key);
  return bytes.plausible();
}

bool plausible_lists(const xnn::Graph& graph) {
  ListBytes bytes(graph.blob.view.size());
  bytes.add(graph.input_ids);
  bytes.add(graph.output_ids);
  for (const xnn::Value& value : graph.values) {
    bytes.add(value.dims);
    if (const auto* channel = std::get_if<xnn::PerChannelQuant>(&value.quant)) bytes.add(channel->scale);
    if (const auto* group = std::get_if<xnn::PerChannelGroupQuant>(&value.quant)) {
      bytes.add(group->scale);
      bytes.add(group->scale_bf16);
    }
  }
  for (const xnn::Node& node : graph.nodes) {
    for (const xnn::Attribute& attribute : node.attributes) {
      if (const auto* list = std::get_if<std::span<const std::uint32_t>>(&attribute.value)) bytes.add(*list);
    }
  }
  for (const xnn::Constant& constant : graph.constants) {
    if (constant.named_key) bytes.add(*constant.named_key);
  }
  return bytes.plausible();
}

}  // namespace ptetool::verify

// Executes XNNPACK graphs from the definitions of their nodes: every operand becomes real numbers (or exact integers,
// where a quantised filter is summed), the result is rounded once to the output's datatype. The judge for XNNPACK.
#include <algorithm>
#include <limits>
#include <map>

#include "ptetool/base/text.h"
#include "ptetool/format/xnnpack_types.h"
#include "ptetool/xnnpack/backend.h"
#include "xnnpack/reference.h"
#include "xnnpack/reference_matrix.h"
#include "xnnpack/reference_node.h"

namespace ptetool {

namespace xnn {

namespace {

// A value while the graph runs: a constant, an external tensor, or memory of its own.
struct Running {
  Sizes sizes;
  void* data = nullptr;
  OwnedTensor memory;
  std::vector<RowQuantisation> rows;
};

class ReferenceInstance : public DelegateInstance {
 public:
  ReferenceInstance(std::shared_ptr<const GraphPlan> plan, std::shared_ptr<const ThreadPool> threads,
                    std::string fallback)
      : plan_(std::move(plan)), threads_(std::move(threads)), fallback_(std::move(fallback)) {}

  std::string_view fallback() const override { return fallback_; }

  Result<> execute(std::span<Tensor* const> args) override {
    std::vector<Sizes> shapes(values().size());
    running_.assign(values().size(), Running());
    for (const std::size_t input : plan_->inputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values()[input], args));
      shapes[input] = physical_sizes(*tensor);
      running_[input].data = tensor->data;
    }
    PTETOOL_ASSIGN(shapes, plan_->infer_shapes(std::move(shapes)));
    for (std::size_t i = 0; i < values().size(); ++i) {
      running_[i].sizes = shapes[i];
      if (plan_->constant(i).data())
        running_[i].data = const_cast<std::uint8_t*>(plan_->constant(i).data());  // is read
    }
    for (const Node& node : plan_->graph().nodes) {
      for (const Operand& operand : node.outputs) PTETOOL_CHECK(allocate(*plan_->index_of(operand.id)));
      PTETOOL_CHECK(execute_node(node));
    }
    for (const std::size_t output : plan_->outputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values()[output], args));
      PTETOOL_CHECK(resize_physical(*tensor, shapes[output].span()));
      const std::size_t size = static_cast<std::size_t>(tensor->numel()) * element_bytes(values()[output].datatype);
      if (size != 0) std::memcpy(tensor->data, running_[output].data, size);
      if (holds_indices(values()[output], *tensor)) widen_indices(*tensor);
    }
    running_.clear();
    return {};
  }

 private:
  const std::vector<Value>& values() const { return plan_->graph().values; }

  ValueView view(std::size_t index) const {
    const Running& running = running_[index];
    return {values()[index].datatype, &plan_->quantisation(index), running.sizes, running.data,
            running.rows.empty() ? nullptr : running.rows.data()};
  }

  Result<> allocate(std::size_t index) {
    Running& running = running_[index];
    const std::int64_t count = numel(running.sizes.span());
    const auto size = static_cast<std::int64_t>(element_bytes(values()[index].datatype)) * count;
    PTETOOL_ASSIGN(running.memory, allocate_tensor(ScalarType::Byte, std::span(&size, 1)));
    running.data = running.memory.tensor.data;
    if (values()[index].datatype == Datatype::QDInt8) {
      const std::int64_t length = row_length(running.sizes, plan_->quantisation(index));
      running.rows.resize(static_cast<std::size_t>(length == 0 ? 0 : count / length) + 1);
    }
    return {};
  }

  // Indices of the operands that are there.
  std::vector<std::size_t> inputs_of(const Node& node) const {
    std::vector<std::size_t> inputs;
    for (const Operand& operand : node.inputs) {
      const auto index = plan_->index_of(operand.id);
      if (operand.id != kInvalidId && index) inputs.push_back(*index);
    }
    return inputs;
  }

  Encoder encoder(const Node& node, std::size_t output) const {
    const OutputMinMax range = node.output_min_max.value_or(
        OutputMinMax{-std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()});
    return Encoder(values()[output].datatype, plan_->quantisation(output), running_[output].data, range.min, range.max);
  }

  Result<> execute_node(const Node& node) {
    const auto inputs = inputs_of(node);
    const std::size_t output = *plan_->index_of(node.outputs[0].id);
    if (numel(running_[output].sizes.span()) == 0) return {};
    if (moves_elements(node.kind) && same_elements(inputs, output)) {
      move(node, inputs, output);
    } else if (moves_elements(node.kind)) {
      move_numbers(node, inputs, output);
    } else if (multiplies_filter(node.kind)) {
      multiply(node, inputs, output);
    } else {
      compute(node, inputs, output);
    }
    return {};
  }

  // May the elements be taken as they are?
  bool same_elements(std::span<const std::size_t> inputs, std::size_t output) const {
    return std::ranges::all_of(inputs, [&](std::size_t input) {
      return values()[input].datatype == values()[output].datatype &&
             plan_->quantisation(input) == plan_->quantisation(output);
    });
  }

  void move(const Node& node, std::span<const std::size_t> inputs, std::size_t output) {
    std::vector<MoveOperand> operands;
    for (const std::size_t input : inputs) operands.push_back({running_[input].sizes, running_[input].data});
    move_elements({node, operands, running_[output].sizes, running_[output].data},
                  element_bytes(values()[output].datatype));
  }

  std::vector<std::vector<float>> decode_all(std::span<const std::size_t> inputs) const {
    std::vector<std::vector<float>> numbers;
    for (const std::size_t input : inputs) numbers.push_back(decode(view(input)));
    return numbers;
  }

  void encode(const Node& node, std::span<const float> numbers, std::size_t output) const {
    const Encoder write = encoder(node, output);
    for (std::size_t i = 0; i < numbers.size(); ++i) write(static_cast<std::int64_t>(i), numbers[i]);
  }

  // Moving between quantisations.
  void move_numbers(const Node& node, std::span<const std::size_t> inputs, std::size_t output) const {
    const auto numbers = decode_all(inputs);
    std::vector<MoveOperand> operands;
    for (std::size_t i = 0; i < inputs.size(); ++i) operands.push_back({running_[inputs[i]].sizes, numbers[i].data()});
    std::vector<float> result(static_cast<std::size_t>(numel(running_[output].sizes.span())));
    move_elements({node, operands, running_[output].sizes, result.data()}, sizeof(float));
    encode(node, result, output);
  }

  void multiply(const Node& node, std::span<const std::size_t> inputs, std::size_t output) {
    const ValueView input = view(inputs[0]);
    const ValueView filter = view(inputs[1]);
    const ValueView bias = inputs.size() > 2 ? view(inputs[2]) : ValueView();
    const bool integer = sums_integers(node, input.datatype, *input.quantisation, filter.datatype);
    std::shared_ptr<const PreparedFilter> prepared;
    if (auto& kept = filters_[&node]; kept) {
      prepared = kept;
    } else {
      prepared = std::make_shared<const PreparedFilter>(node, filter, integer);
      if (plan_->constant(inputs[1]).data()) kept = prepared;
    }
    multiply_filter({node, input, filter, *prepared, inputs.size() > 2 ? &bias : nullptr, running_[output].sizes,
                     encoder(node, output), threads_.get()});
  }

  void compute(const Node& node, std::span<const std::size_t> inputs, std::size_t output) {
    const auto numbers = decode_all(inputs);
    std::vector<ReferenceOperand> operands;
    for (std::size_t i = 0; i < inputs.size(); ++i) operands.push_back({running_[inputs[i]].sizes, numbers[i].data()});
    Running& to = running_[output];
    std::vector<float> result(static_cast<std::size_t>(numel(to.sizes.span())));
    const NodeCall call{node, operands, to.sizes, result.data()};
    if (node.kind == NodeKind::ArgMaxPooling2d) {
      arg_max_pooling(call, static_cast<std::int32_t*>(running_[*plan_->index_of(node.outputs[1].id)].data));
    } else {
      execute_real(call);
    }
    if (values()[output].datatype == Datatype::QDInt8) {
      quantise_rows(result, row_length(to.sizes, plan_->quantisation(output)), static_cast<std::int8_t*>(to.data),
                    to.rows.data());
    } else {
      encode(node, result, output);
    }
  }

  std::shared_ptr<const GraphPlan> plan_;
  std::shared_ptr<const ThreadPool> threads_;
  std::string fallback_;                                                  // why XNNPACK does not do it
  std::map<const Node*, std::shared_ptr<const PreparedFilter>> filters_;  // of constants, made at their first use
  std::vector<Running> running_;
};

class ReferenceBackend : public DelegateBackend {
 public:
  explicit ReferenceBackend(std::shared_ptr<const ThreadPool> threads) : threads_(std::move(threads)) {}

  std::string_view id() const override { return "XnnpackBackend"; }
  std::vector<std::string> unsupported(const LinkedDelegate& delegate) const override {
    return unsupported_parts(delegate);
  }
  Result<std::unique_ptr<DelegateInstance>> create(const Model& model, const LinkedDelegate& delegate) override {
    PTETOOL_ASSIGN(GraphPlan plan, GraphPlan::make(model, delegate));
    return make_reference_instance(std::make_shared<const GraphPlan>(std::move(plan)), threads_);
  }

 private:
  std::shared_ptr<const ThreadPool> threads_;
};

}  // namespace

std::unique_ptr<DelegateInstance> make_reference_instance(std::shared_ptr<const GraphPlan> plan,
                                                          std::shared_ptr<const ThreadPool> threads,
                                                          std::string fallback) {
  return std::make_unique<ReferenceInstance>(std::move(plan), std::move(threads), std::move(fallback));
}

}  // namespace xnn

std::unique_ptr<DelegateBackend> make_reference_backend(std::shared_ptr<const ThreadPool> threads) {
  return std::make_unique<xnn::ReferenceBackend>(std::move(threads));
}

}  // namespace ptetool

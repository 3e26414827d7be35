// Executes delegates on XNNPACK, and stretches of other operators: on the pool it is given, with one workspace for all
// of them.
#include "ptetool/xnnpack/backend.h"

#include <xnnpack.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <unordered_map>
#include <vector>

#include "ptetool/base/pages.h"
#include "ptetool/base/text.h"
#include "xnnpack/instance.h"
#include "xnnpack/lowering.h"
#include "xnnpack/status.h"

namespace ptetool {

namespace xnn {

namespace {

// XNNPACK's own memory, its workspace above all.
constexpr xnn_allocator kAllocator = {
    nullptr,
    [](void*, std::size_t size) { return allocate_aligned(alignof(std::max_align_t), size); },
    [](void*, void* memory, std::size_t size) {
      return memory ? std::realloc(memory, size) : allocate_aligned(alignof(std::max_align_t), size);
    },
    [](void*, void* memory) { std::free(memory); },
    [](void*, std::size_t alignment, std::size_t size) { return allocate_aligned(alignment, size); },
    [](void*, void* memory) { std::free(memory); },
};

class XnnpackBackend : public DelegateBackend {
 public:
  explicit XnnpackBackend(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::string_view id() const override { return "XnnpackBackend"; }
  std::vector<std::string> unsupported(const LinkedDelegate& delegate) const override {
    return unsupported_parts(delegate);
  }

  std::optional<std::uint64_t> packed_bytes() const override { return shared_->weights->statistics().packed_bytes; }

  Result<std::unique_ptr<DelegateInstance>> create(const Model& model, const LinkedDelegate& delegate) override {
    PTETOOL_ASSIGN(GraphPlan made, GraphPlan::make(model, delegate));
    auto plan = std::make_shared<const GraphPlan>(std::move(made));
    PTETOOL_ASSIGN(const bool ranks, prove_declared_shapes(*plan));
    plans_[&delegate] = ranks && !keeps_first_shapes(plan->graph()) ? plan : nullptr;
    return make_own_instance(shared_, std::move(plan), ranks);
  }

  std::unique_ptr<RunProbe> probe(const OperatorRun& run) const override {
    return shared_->operators == UndelegatedOperators::None ? nullptr : std::make_unique<Lowering>(run, find_plan());
  }

  Result<std::unique_ptr<DelegateInstance>> compile_run(const Model& model, const OperatorRun& run,
                                                        RunDecision& decision) override {
    Lowering lowering(run, find_plan());
    if (!lowering.add_all()) return fail(ErrorCode::Unsupported, "the operators do not go together");
    lowering.mark_outputs();
    decide(lowering.cost(), decision);
    if (!decision.taken) return std::unique_ptr<DelegateInstance>();
    PTETOOL_ASSIGN(LoweredGraph lowered, lowering.finish(model));
    std::vector<OwnedTensor> guards;
    const std::size_t first_guard = run.inputs.size() + run.outputs.size();
    for (std::size_t i = 0; i < lowered.guards; ++i) {
      for (const Value& value : lowered.graph->graph.values) {
        if (value.flags == 0 || value.external_id != first_guard + i) continue;
        PTETOOL_ASSIGN(OwnedTensor guard, allocate_tensor(ScalarType::Float, Sizes(value.dims).span()));
        guard.tensor.dynamism = Dynamism::Bound;
        guards.push_back(std::move(guard));
      }
    }
    PTETOOL_ASSIGN(GraphPlan made, GraphPlan::make(model, std::move(lowered)));
    const auto plan = std::make_shared<GraphPlan>(std::move(made));
    PTETOOL_ASSIGN(const bool ranks, prove_declared_shapes(*plan));
    if (!ranks) return fail(ErrorCode::Internal, "a node's output has another rank than declared");
    std::string reason;
    PTETOOL_ASSIGN(auto instance, instantiate(shared_, plan, Precision::Native, first_shapes(*plan), reason));
    if (!instance) return fail(ErrorCode::Unsupported, std::move(reason));
    plan->forget_packed();
    return make_run_instance(std::move(instance), std::move(guards));
  }

 private:
  // Of delegates that create() has made an instance of.
  FindPlan find_plan() const {
    return [this](const LinkedDelegate& delegate) {
      const auto found = plans_.find(&delegate);
      return found == plans_.end() ? nullptr : found->second.lock();
    };
  }

  void decide(const Cost& cost, RunDecision& decision) const {
    decision.portable_us = cost.portable_us;
    decision.backend_us = cost.backend_us + kCallOverhead;
    decision.transposes = cost.transposes;
    const bool gains = decision.backend_us < decision.portable_us;
    decision.taken = gains || shared_->operators == UndelegatedOperators::All;
    decision.reason = gains ? "faster by the estimate" : decision.taken ? "asked for" : "no gain by the estimate";
  }

  // XNNPACK sizes operators by the declared shapes: they have to fit before it sees them. Are the ranks those declared,
  // too, as it relies on?
  static Result<bool> prove_declared_shapes(const GraphPlan& plan) {
    const auto& values = plan.graph().values;
    std::vector<Sizes> shapes(values.size());
    for (const std::size_t input : plan.inputs()) shapes[input] = Sizes(values[input].dims);
    PTETOOL_ASSIGN(shapes, plan.infer_shapes(std::move(shapes)));
    bool same = true;
    for (const Node& node : plan.graph().nodes) {
      for (const Operand& operand : node.outputs) {
        const auto index = plan.index_of(operand.id);
        same = same && index && shapes[*index].size() == values[*index].dims.size();
      }
    }
    return same;
  }

  std::shared_ptr<Shared> shared_;
  std::unordered_map<const LinkedDelegate*, std::weak_ptr<const GraphPlan>> plans_;
};

}  // namespace

}  // namespace xnn

Result<std::unique_ptr<DelegateBackend>> make_xnnpack_backend(std::shared_ptr<const ThreadPool> threads,
                                                              XnnpackOptions options) {
  if (const auto status = xnn_initialize(&xnn::kAllocator); status != xnn_status_success) {
    return fail(ErrorCode::Unsupported, "XNNPACK cannot start on this machine: " + xnn::status_text(status));
  }
  auto shared = std::make_shared<xnn::Shared>();
  shared->threads = std::move(threads);
  shared->weights = options.weights ? std::move(options.weights) : std::make_shared<WeightStore>();
  shared->measure = options.measure;
  shared->operators = options.operators;
  xnn_workspace_t workspace = nullptr;
  if (const auto status = xnn_create_workspace(&workspace); status != xnn_status_success) {
    return fail(ErrorCode::Limit, "XNNPACK cannot create its workspace: " + xnn::status_text(status));
  }
  shared->workspace.reset(workspace);
  return std::make_unique<xnn::XnnpackBackend>(std::move(shared));
}

}  // namespace ptetool

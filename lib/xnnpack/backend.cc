// Executes delegates on XNNPACK, and stretches of other operators: on the pool it is given, with one workspace for all
// of them.
#include <xnnpack.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ptetool/base/pages.h"
#include "ptetool/base/text.h"
#include "ptetool/xnnpack/backend.h"
#include "xnnpack/compile.h"
#include "xnnpack/lowering.h"
#include "xnnpack/node_profile.h"
#include "xnnpack/reference.h"

namespace ptetool {

namespace xnn {

namespace {

static_assert(
    XNN_EXTRA_QUANTIZATION_PARAMS >= 15,
    "this XNNPACK computes the last row of dynamically quantised inputs wrongly where kernels take 14 or 16 rows "
    "(cmake/XnnpackCorrections.cmake corrects that)");

template <auto kDelete>
struct DeleteWith {
  template <class T>
  void operator()(T* object) const {
    kDelete(object);
  }
};
using Workspace = std::unique_ptr<std::remove_pointer_t<xnn_workspace_t>, DeleteWith<&xnn_release_workspace>>;
using Runtime = std::unique_ptr<std::remove_pointer_t<xnn_runtime_t>, DeleteWith<&xnn_delete_runtime>>;

// What all delegates of a backend share.
struct Shared {
  std::shared_ptr<const ThreadPool> threads;
  pthreadpool* handle() const { return threads ? threads->handle() : nullptr; }

  Workspace workspace;
  std::shared_ptr<WeightStore> weights;
  bool measure = false;
  UndelegatedOperators operators = UndelegatedOperators::None;
};

class XnnpackInstance : public DelegateInstance {
 public:
  XnnpackInstance(std::shared_ptr<Shared> shared, std::shared_ptr<const GraphPlan> plan, CompiledGraph compiled,
                  Runtime runtime)
      : shared_(std::move(shared)),
        plan_(std::move(plan)),
        constants_(std::move(compiled.constants)),
        weights_(std::move(compiled.weights)),
        runtime_(std::move(runtime)) {}

  Result<> execute(std::span<Tensor* const> args) override {
    const auto& values = plan_->graph().values;
    const auto bind = [&](std::size_t& next, const Tensor& tensor, const Value& value) {
      if (next == externals_.size()) externals_.push_back({value.external_id, nullptr});
      bound_ = bound_ && externals_[next].data == tensor.data;
      externals_[next++].data = tensor.data;
    };
    std::size_t next = 0;
    bool reshaped = shapes_.empty();
    for (const std::size_t input : plan_->inputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values[input], args));
      reshaped = reshaped || !(physical_sizes(*tensor) == shapes_[input]);
      bind(next, *tensor, values[input]);
    }
    if (reshaped) PTETOOL_CHECK(reshape(args));
    bool empty = false;
    for (const std::size_t output : plan_->outputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values[output], args));
      PTETOOL_CHECK(resize_physical(*tensor, shapes_[output].span()));
      empty = empty || tensor->numel() == 0;
      bind(next, *tensor, values[output]);
    }
    if (empty) return {};
    if (!bound_) {
      PTETOOL_CHECK(ok(xnn_setup_runtime_v2(runtime_.get(), externals_.size(), externals_.data()), "cannot be set up"));
      bound_ = true;
    }
    PTETOOL_CHECK(ok(xnn_invoke_runtime(runtime_.get()), "failed"));
    for (const std::size_t output : plan_->outputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values[output], args));
      if (holds_indices(values[output], *tensor)) widen_indices(*tensor);
    }
    return {};
  }

  std::vector<DelegateNode> nodes() const override {
    if (!shared_->measure) return {};
    return describe_operators(operator_names(runtime_.get()), *plan_, shapes_);
  }
  std::vector<std::uint64_t> node_microseconds() const override {
    return shared_->measure ? operator_microseconds(runtime_.get()) : std::vector<std::uint64_t>();
  }
  std::vector<PackedPart> packed() const override { return weights_ ? weights_->parts() : std::vector<PackedPart>(); }

 private:
  static Result<> ok(xnn_status status, std::string_view what) {
    if (status == xnn_status_success) return {};
    return fail(ErrorCode::Mismatch, "the XNNPACK runtime " + std::string(what) + ": " + status_text(status));
  }

  // Our own shape rules go first: XNNPACK is only asked for shapes that are proved to fit.
  Result<> reshape(std::span<Tensor* const> args) {
    shapes_.clear();
    bound_ = false;
    std::vector<Sizes> shapes(plan_->graph().values.size());
    for (const std::size_t input : plan_->inputs()) {
      shapes[input] = physical_sizes(*args[plan_->graph().values[input].external_id]);
    }
    PTETOOL_ASSIGN(shapes, plan_->infer_shapes(std::move(shapes)));
    const auto& values = plan_->graph().values;
    for (const std::size_t input : plan_->inputs()) {
      const std::vector<std::size_t> dims(shapes[input].begin(), shapes[input].end());
      PTETOOL_CHECK(ok(xnn_reshape_external_value(runtime_.get(), values[input].external_id, dims.size(), dims.data()),
                       "does not take the input's shape"));
    }
    PTETOOL_CHECK(ok(xnn_reshape_runtime(runtime_.get()), "does not take the shapes"));
    for (const std::size_t output : plan_->outputs()) {
      std::array<std::size_t, XNN_MAX_TENSOR_DIMS> dims{};
      std::size_t rank = 0;
      PTETOOL_CHECK(ok(xnn_get_external_value_shape(runtime_.get(), values[output].external_id, &rank, dims.data()),
                       "does not tell an output's shape"));
      const bool same =
          rank == shapes[output].size() &&
          std::equal(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(rank), shapes[output].begin(),
                     [](std::size_t a, std::int64_t b) { return a == static_cast<std::size_t>(b); });
      if (!same) return fail(ErrorCode::Internal, "XNNPACK infers another output shape than the node's definition");
    }
    shapes_ = std::move(shapes);
    return {};
  }

  std::shared_ptr<Shared> shared_;
  std::shared_ptr<const GraphPlan> plan_;
  std::deque<std::vector<float>> constants_;
  std::unique_ptr<WeightSession> weights_;
  Runtime runtime_;
  std::vector<Sizes> shapes_;  // of the last reshape; empty before the first
  std::vector<xnn_external_value> externals_;
  bool bound_ = false;  // to externals_, since the last reshape
};

// The shapes that a graph is compiled with which takes others later.
std::vector<std::vector<Sizes>> first_shapes(const GraphPlan& plan) {
  return {plan.smallest_shapes(), plan.declared_shapes()};
}

// XNNPACK leaves the shape of some indices as it was when the graph was compiled.
bool keeps_first_shapes(const Graph& graph) {
  return std::ranges::any_of(graph.nodes, [](const Node& node) { return node.kind == NodeKind::ArgMaxPooling2d; });
}

// Compiles with the first shapes that XNNPACK takes and creates the runtime. Null where it refuses all of them, with
// the first reason for it. Errors: Mismatch (packed weights that are not what they were).
Result<std::unique_ptr<XnnpackInstance>> instantiate(const std::shared_ptr<Shared>& shared,
                                                     std::shared_ptr<const GraphPlan> plan, Precision precision,
                                                     std::span<const std::vector<Sizes>> shapes, std::string& reason) {
  auto compiled = compile(*plan, precision, shapes.front(), shared->weights);
  for (const auto& others : shapes.subspan(1)) {
    if (!compiled) compiled = compile(*plan, precision, others, shared->weights);
  }
  if (!compiled) {
    if (reason.empty()) reason = compiled.error().message;
    return std::unique_ptr<XnnpackInstance>();
  }
  xnn_runtime_t raw = nullptr;
  const auto status =
      xnn_create_runtime_v4(compiled->subgraph.get(), compiled->weights->handle(), shared->workspace.get(),
                            shared->handle(), shared->measure ? XNN_FLAG_BASIC_PROFILING : 0u, &raw);
  Runtime runtime(raw);
  if (!compiled->weights->corrupt().empty()) return fail(ErrorCode::Mismatch, compiled->weights->corrupt());
  if (status != xnn_status_success) {
    if (reason.empty()) reason = "XNNPACK refuses the graph: " + status_text(status);
    return std::unique_ptr<XnnpackInstance>();
  }
  compiled->weights->finish();
  return std::make_unique<XnnpackInstance>(shared, std::move(plan), std::move(*compiled), std::move(runtime));
}

// A delegate of the program by itself. Its weights are packed when it is to be executed: as a part of a stretch it may
// never be.
class OwnInstance : public DelegateInstance {
 public:
  // `ranks`: are they those that the graph declares?
  OwnInstance(std::shared_ptr<Shared> shared, std::shared_ptr<const GraphPlan> plan, bool ranks)
      : shared_(std::move(shared)),
        plan_(std::move(plan)),
        ranks_(ranks),
        anew_(ranks && keeps_first_shapes(plan_->graph())) {}

  Result<> prepare() override { return inner_ || anew_ ? Result<>() : make(first_shapes(*plan_)); }

  Result<> execute(std::span<Tensor* const> args) override {
    PTETOOL_CHECK(anew_ ? make_for(args) : prepare());
    return inner_->execute(args);
  }

  std::string_view fallback() const override { return inner_ ? inner_->fallback() : std::string_view(); }
  std::vector<DelegateNode> nodes() const override { return inner_ ? inner_->nodes() : std::vector<DelegateNode>(); }
  std::vector<std::uint64_t> node_microseconds() const override {
    return inner_ ? inner_->node_microseconds() : std::vector<std::uint64_t>();
  }
  std::vector<PackedPart> packed() const override { return inner_ ? inner_->packed() : std::vector<PackedPart>(); }

 private:
  Result<> make(std::span<const std::vector<Sizes>> shapes) {
    std::string reason = ranks_ ? "" : "a node's output has another rank than declared";
    for (const Precision precision : {Precision::Native, Precision::Real}) {
      if (!ranks_) break;
      PTETOOL_ASSIGN(inner_, instantiate(shared_, plan_, precision, shapes, reason));
      if (inner_) return {};
    }
    // What XNNPACK refuses on this CPU is computed all the same.
    inner_ = make_reference_instance(plan_, shared_->threads, std::move(reason));
    return {};
  }

  // For the sizes of these inputs, where it is made for others.
  Result<> make_for(std::span<Tensor* const> args) {
    std::vector<Sizes> shapes(plan_->graph().values.size());
    for (const std::size_t input : plan_->inputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(plan_->graph().values[input], args));
      shapes[input] = physical_sizes(*tensor);
    }
    if (inner_ && shapes == made_for_) return {};
    inner_.reset();
    made_for_ = shapes;
    PTETOOL_ASSIGN(shapes, plan_->infer_shapes(std::move(shapes)));
    return make(std::span(&shapes, 1));
  }

  std::shared_ptr<Shared> shared_;
  std::shared_ptr<const GraphPlan> plan_;
  bool ranks_;
  bool anew_;                    // whenever sizes change
  std::vector<Sizes> made_for_;  // of the inputs, where it is
  std::unique_ptr<DelegateInstance> inner_;
};

// A stretch of operators. Not executed are empty inputs, and results in which XNNPACK may have lost a NaN.
class RunInstance : public DelegateInstance {
 public:
  RunInstance(std::unique_ptr<XnnpackInstance> inner, std::vector<OwnedTensor> guards)
      : inner_(std::move(inner)), guards_(std::move(guards)) {}

  Result<> execute(std::span<Tensor* const> args) override {
    std::vector<Tensor*> all(args.begin(), args.end());
    std::deque<Tensor> single;  // numbers, which XNNPACK has as lists of one element
    for (Tensor*& arg : all) {
      if (!arg || arg->numel() == 0) return fail(ErrorCode::Unsupported, "an empty tensor is not for XNNPACK");
      if (arg->rank() != 0) continue;
      single.push_back(*arg);
      arg = &single.back();
      arg->sizes = {1};
      arg->strides = {1};
      arg->dim_order = {0};
    }
    for (OwnedTensor& guard : guards_) all.push_back(&guard.tensor);
    PTETOOL_CHECK(inner_->execute(all));
    for (const OwnedTensor& guard : guards_) {
      const std::span<const float> means(guard.tensor.as<float>(), static_cast<std::size_t>(guard.tensor.numel()));
      if (std::ranges::any_of(means, [](float mean) { return std::isnan(mean); })) {
        return fail(ErrorCode::Unsupported, "a NaN is not for XNNPACK");
      }
    }
    return {};
  }

  std::vector<DelegateNode> nodes() const override { return inner_->nodes(); }
  std::vector<std::uint64_t> node_microseconds() const override { return inner_->node_microseconds(); }
  std::vector<PackedPart> packed() const override { return inner_->packed(); }

 private:
  std::unique_ptr<XnnpackInstance> inner_;
  std::vector<OwnedTensor> guards_;
};

// XNNPACK's own memory, its workspace above all.
constexpr xnn_allocator kAllocator = {
    nullptr,
    [](void*, std::size_t size) { return std::malloc(size); },
    [](void*, void* memory, std::size_t size) { return std::realloc(memory, size); },
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
    return std::make_unique<OwnInstance>(shared_, std::move(plan), ranks);
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
    return std::make_unique<RunInstance>(std::move(instance), std::move(guards));
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

// Executes delegates on XNNPACK, and stretches of other operators: on the pool it is given, with one workspace for all
// of them.
#include <xnnpack.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "ptetool/base/text.h"
#include "ptetool/xnnpack/backend.h"
#include "xnnpack/compile.h"
#include "xnnpack/lowering.h"
#include "xnnpack/node_profile.h"
#include "xnnpack/reference.h"

namespace ptetool {

namespace xnn {

namespace {

template <auto kDelete>
struct DeleteWith {
  template <class T>
  void operator()(T* object) const {
    kDelete(object);
  }
};
using Workspace = std::unique_ptr<std::remove_pointer_t<xnn_workspace_t>, DeleteWith<&xnn_release_workspace>>;
using Runtime = std::unique_ptr<std::remove_pointer_t<xnn_runtime_t>, DeleteWith<&xnn_delete_runtime>>;

// Microseconds that one execution of a run takes beside its nodes.
constexpr double kRunOverhead = 5;

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
  XnnpackInstance(std::shared_ptr<Shared> shared, GraphPlan plan, CompiledGraph compiled, Runtime runtime)
      : shared_(std::move(shared)),
        plan_(std::move(plan)),
        constants_(std::move(compiled.constants)),
        weights_(std::move(compiled.weights)),
        runtime_(std::move(runtime)) {}

  Result<> execute(std::span<Tensor* const> args) override {
    const auto& values = plan_.graph().values;
    std::vector<xnn_external_value> externals;
    bool reshaped = shapes_.empty();
    std::vector<Sizes> shapes(values.size());
    for (const std::size_t input : plan_.inputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values[input], args));
      shapes[input] = physical_sizes(*tensor);
      reshaped = reshaped || !(shapes[input] == shapes_[input]);
      externals.push_back({values[input].external_id, tensor->data});
    }
    if (reshaped) PTETOOL_CHECK(reshape(std::move(shapes)));
    bool empty = false;
    for (const std::size_t output : plan_.outputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values[output], args));
      PTETOOL_CHECK(resize_physical(*tensor, shapes_[output].span()));
      empty = empty || tensor->numel() == 0;
      externals.push_back({values[output].external_id, tensor->data});
    }
    if (empty) return {};
    PTETOOL_CHECK(ok(xnn_setup_runtime_v2(runtime_.get(), externals.size(), externals.data()), "cannot be set up"));
    PTETOOL_CHECK(ok(xnn_invoke_runtime(runtime_.get()), "failed"));
    for (const std::size_t output : plan_.outputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values[output], args));
      if (holds_indices(values[output], *tensor)) widen_indices(*tensor);
    }
    return {};
  }

  std::vector<DelegateNode> nodes() const override {
    if (!shared_->measure) return {};
    return describe_operators(operator_names(runtime_.get()), plan_, shapes_);
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
  Result<> reshape(std::vector<Sizes> shapes) {
    shapes_.clear();
    PTETOOL_ASSIGN(shapes, plan_.infer_shapes(std::move(shapes)));
    const auto& values = plan_.graph().values;
    for (const std::size_t input : plan_.inputs()) {
      const std::vector<std::size_t> dims(shapes[input].begin(), shapes[input].end());
      PTETOOL_CHECK(ok(xnn_reshape_external_value(runtime_.get(), values[input].external_id, dims.size(), dims.data()),
                       "does not take the input's shape"));
    }
    PTETOOL_CHECK(ok(xnn_reshape_runtime(runtime_.get()), "does not take the shapes"));
    for (const std::size_t output : plan_.outputs()) {
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
  GraphPlan plan_;
  std::deque<std::vector<float>> constants_;
  std::unique_ptr<WeightSession> weights_;
  Runtime runtime_;
  std::vector<Sizes> shapes_;  // of the last reshape; empty before the first
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

class XnnpackBackend : public DelegateBackend {
 public:
  explicit XnnpackBackend(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::string_view id() const override { return "XnnpackBackend"; }
  std::vector<std::string> unsupported(const LinkedDelegate& delegate) const override {
    return unsupported_parts(delegate);
  }

  std::optional<std::uint64_t> packed_bytes() const override { return shared_->weights->statistics().packed_bytes; }

  Result<std::unique_ptr<DelegateInstance>> create(const Model& model, const LinkedDelegate& delegate) override {
    PTETOOL_ASSIGN(GraphPlan plan, GraphPlan::make(model, delegate));
    PTETOOL_ASSIGN(const bool ranks, prove_declared_shapes(plan));
    std::string reason = ranks ? "" : "a node's output has another rank than declared";
    for (const Precision precision : {Precision::Native, Precision::Real}) {
      if (!ranks) break;
      PTETOOL_ASSIGN(auto instance, instantiate(plan, precision, reason));
      if (instance) return instance;
    }
    // What XNNPACK refuses on this CPU is computed all the same.
    return make_reference_instance(std::move(plan), shared_->threads, std::move(reason));
  }

  std::unique_ptr<RunProbe> probe(const OperatorRun& run) const override {
    return shared_->operators == UndelegatedOperators::None ? nullptr : std::make_unique<Lowering>(run);
  }

  Result<std::unique_ptr<DelegateInstance>> compile_run(const Model& model, const OperatorRun& run,
                                                        RunDecision& decision) override {
    Lowering lowering(run);
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
    PTETOOL_ASSIGN(GraphPlan plan, GraphPlan::make(model, std::move(lowered)));
    PTETOOL_ASSIGN(const bool ranks, prove_declared_shapes(plan));
    if (!ranks) return fail(ErrorCode::Internal, "a node's output has another rank than declared");
    std::string reason;
    PTETOOL_ASSIGN(auto instance, instantiate(plan, Precision::Native, reason));
    if (!instance) return fail(ErrorCode::Unsupported, std::move(reason));
    return std::make_unique<RunInstance>(std::move(instance), std::move(guards));
  }

 private:
  // Compiles and creates the runtime. Null where XNNPACK refuses, with the first reason for it; the plan is still there
  // then. Errors: Mismatch (packed weights that are not what they were).
  Result<std::unique_ptr<XnnpackInstance>> instantiate(GraphPlan& plan, Precision precision, std::string& reason) {
    auto compiled = compile(plan, precision, shared_->weights);
    if (!compiled) {
      if (reason.empty()) reason = compiled.error().message;
      return std::unique_ptr<XnnpackInstance>();
    }
    xnn_runtime_t raw = nullptr;
    const auto status =
        xnn_create_runtime_v4(compiled->subgraph.get(), compiled->weights->handle(), shared_->workspace.get(),
                              shared_->handle(), shared_->measure ? XNN_FLAG_BASIC_PROFILING : 0u, &raw);
    Runtime runtime(raw);
    if (!compiled->weights->corrupt().empty()) return fail(ErrorCode::Mismatch, compiled->weights->corrupt());
    if (status != xnn_status_success) {
      if (reason.empty()) reason = "XNNPACK refuses the graph: " + status_text(status);
      return std::unique_ptr<XnnpackInstance>();
    }
    compiled->weights->finish();
    return std::make_unique<XnnpackInstance>(shared_, std::move(plan), std::move(*compiled), std::move(runtime));
  }

  void decide(const Cost& cost, RunDecision& decision) const {
    decision.portable_us = cost.portable_us;
    decision.backend_us = cost.backend_us + kRunOverhead;
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
};

}  // namespace

}  // namespace xnn

Result<std::unique_ptr<DelegateBackend>> make_xnnpack_backend(std::shared_ptr<const ThreadPool> threads,
                                                              XnnpackOptions options) {
  if (const auto status = xnn_initialize(nullptr); status != xnn_status_success) {
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

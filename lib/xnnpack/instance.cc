// A compiled graph on XNNPACK's runtime: reshaped where inputs have other sizes, bound where they lie elsewhere.
#include "xnnpack/instance.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "ptetool/base/text.h"
#include "xnnpack/node_profile.h"
#include "xnnpack/status.h"

namespace ptetool::xnn {

namespace {

static_assert(
    XNN_EXTRA_QUANTIZATION_PARAMS >= 15,
    "this XNNPACK computes the last row of dynamically quantised inputs wrongly where kernels take 14 or 16 rows "
    "(cmake/XnnpackCorrections.cmake corrects that)");

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
    if (!as_before(args)) {
      PTETOOL_CHECK(prepare(args));
      remember(args);
    }
    if (empty_) return {};
    PTETOOL_CHECK(ok(xnn_invoke_runtime(runtime_.get()), "failed"));
    for (const std::size_t output : wide_outputs_) widen_indices(*args[output]);
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

  // An arg as prepare() left it.
  struct Seen {
    std::size_t arg;
    ScalarType dtype;
    bool read_only;
    void* data;
    Sizes sizes;
    DimOrder dim_order;
  };

  // Is the runtime ready for these args: are they what it was prepared for last?
  bool as_before(std::span<Tensor* const> args) const {
    return prepared_ && std::ranges::all_of(seen_, [&](const Seen& seen) {
             const Tensor* tensor = seen.arg < args.size() ? args[seen.arg] : nullptr;
             return tensor && tensor->data == seen.data && tensor->dtype == seen.dtype &&
                    tensor->read_only == seen.read_only && tensor->sizes == seen.sizes &&
                    tensor->dim_order == seen.dim_order;
           });
  }

  void remember(std::span<Tensor* const> args) {
    seen_.clear();
    wide_outputs_.clear();
    const auto& values = plan_->graph().values;
    for (const auto externals : {plan_->inputs(), plan_->outputs()}) {
      for (const std::size_t external : externals) {
        const Tensor& tensor = *args[values[external].external_id];
        seen_.push_back({values[external].external_id, tensor.dtype, tensor.read_only, tensor.data, tensor.sizes,
                         tensor.dim_order});
        if (holds_indices(values[external], tensor)) wide_outputs_.push_back(values[external].external_id);
      }
    }
    prepared_ = true;
  }

  // Checks the args, gives outputs their sizes and the runtime its pointers.
  Result<> prepare(std::span<Tensor* const> args) {
    prepared_ = false;
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
    empty_ = false;
    for (const std::size_t output : plan_->outputs()) {
      PTETOOL_ASSIGN(Tensor * tensor, external_tensor(values[output], args));
      PTETOOL_CHECK(resize_physical(*tensor, shapes_[output].span()));
      empty_ = empty_ || tensor->numel() == 0;
      bind(next, *tensor, values[output]);
    }
    if (empty_ || bound_) return {};
    PTETOOL_CHECK(ok(xnn_setup_runtime_v2(runtime_.get(), externals_.size(), externals_.data()), "cannot be set up"));
    bound_ = true;
    return {};
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
    if (const auto status = xnn_reshape_runtime(runtime_.get()); status != xnn_status_success) {
      return fail(ErrorCode::Unsupported, "the XNNPACK runtime does not take the shapes: " + status_text(status));
    }
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
  bool prepared_ = false;
  bool empty_ = false;  // an output has no elements: there is nothing to compute
  std::vector<Seen> seen_;
  std::vector<std::size_t> wide_outputs_;  // args that take 32-bit indices
};

}  // namespace

std::vector<std::vector<Sizes>> first_shapes(const GraphPlan& plan) {
  return {plan.smallest_shapes(), plan.declared_shapes()};
}

bool keeps_first_shapes(const Graph& graph) {
  return std::ranges::any_of(graph.nodes, [](const Node& node) { return node.kind == NodeKind::ArgMaxPooling2d; });
}

Result<std::unique_ptr<DelegateInstance>> instantiate(const std::shared_ptr<Shared>& shared,
                                                      std::shared_ptr<const GraphPlan> plan, Precision precision,
                                                      std::span<const std::vector<Sizes>> shapes, std::string& reason) {
  auto compiled = compile(*plan, precision, shapes.front(), shared->weights);
  for (const auto& others : shapes.subspan(1)) {
    if (!compiled) compiled = compile(*plan, precision, others, shared->weights);
  }
  if (!compiled) {
    if (reason.empty()) reason = compiled.error().message;
    return std::unique_ptr<DelegateInstance>();
  }
  xnn_runtime_t raw = nullptr;
  const auto status =
      xnn_create_runtime_v4(compiled->subgraph.get(), compiled->weights->handle(), shared->workspace.get(),
                            shared->handle(), shared->measure ? XNN_FLAG_BASIC_PROFILING : 0u, &raw);
  Runtime runtime(raw);
  if (!compiled->weights->corrupt().empty()) return fail(ErrorCode::Mismatch, compiled->weights->corrupt());
  if (status != xnn_status_success) {
    if (reason.empty()) reason = "XNNPACK refuses the graph: " + status_text(status);
    return std::unique_ptr<DelegateInstance>();
  }
  compiled->weights->finish();
  return std::make_unique<XnnpackInstance>(shared, std::move(plan), std::move(*compiled), std::move(runtime));
}

}  // namespace ptetool::xnn

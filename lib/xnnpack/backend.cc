// Executes delegates on XNNPACK: on the pool it is given, with one workspace for all of them.
#include <xnnpack.h>

#include <memory>
#include <vector>

#include "ptetool/base/text.h"
#include "ptetool/xnnpack/backend.h"
#include "xnnpack/compile.h"
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

// What all delegates of a backend share.
struct Shared {
  std::shared_ptr<const ThreadPool> threads;
  pthreadpool* handle() const { return threads ? threads->handle() : nullptr; }

  Workspace workspace;
};

class XnnpackInstance : public DelegateInstance {
 public:
  XnnpackInstance(std::shared_ptr<Shared> shared, GraphPlan plan, std::deque<std::vector<float>> constants,
                  Runtime runtime)
      : shared_(std::move(shared)),
        plan_(std::move(plan)),
        constants_(std::move(constants)),
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
  Runtime runtime_;
  std::vector<Sizes> shapes_;  // of the last reshape; empty before the first
};

class XnnpackBackend : public DelegateBackend {
 public:
  explicit XnnpackBackend(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::string_view id() const override { return "XnnpackBackend"; }
  std::vector<std::string> unsupported(const LinkedDelegate& delegate) const override {
    return unsupported_parts(delegate);
  }

  Result<std::unique_ptr<DelegateInstance>> create(const Model& model, const LinkedDelegate& delegate) override {
    PTETOOL_ASSIGN(GraphPlan plan, GraphPlan::make(model, delegate));
    PTETOOL_CHECK(prove_declared_shapes(plan));
    for (const Precision precision : {Precision::Native, Precision::Real}) {
      auto compiled = compile(plan, precision);
      if (!compiled) continue;
      xnn_runtime_t runtime = nullptr;
      const auto status = xnn_create_runtime_v4(compiled->subgraph.get(), nullptr, shared_->workspace.get(),
                                                shared_->handle(), 0, &runtime);
      if (status != xnn_status_success) continue;
      return std::make_unique<XnnpackInstance>(shared_, std::move(plan), std::move(compiled->constants),
                                               Runtime(runtime));
    }
    // What XNNPACK refuses on this CPU is computed all the same.
    return make_reference_instance(std::move(plan), shared_->threads);
  }

 private:
  // XNNPACK sizes operators by the declared shapes: they have to fit before it sees them.
  static Result<> prove_declared_shapes(const GraphPlan& plan) {
    std::vector<Sizes> shapes(plan.graph().values.size());
    for (const std::size_t input : plan.inputs()) shapes[input] = Sizes(plan.graph().values[input].dims);
    if (auto inferred = plan.infer_shapes(std::move(shapes)); !inferred) return forward_error(std::move(inferred));
    return {};
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace

}  // namespace xnn

Result<std::unique_ptr<DelegateBackend>> make_xnnpack_backend(std::shared_ptr<const ThreadPool> threads) {
  if (const auto status = xnn_initialize(nullptr); status != xnn_status_success) {
    return fail(ErrorCode::Unsupported, "XNNPACK cannot start on this machine: " + xnn::status_text(status));
  }
  auto shared = std::make_shared<xnn::Shared>();
  shared->threads = std::move(threads);
  xnn_workspace_t workspace = nullptr;
  if (const auto status = xnn_create_workspace(&workspace); status != xnn_status_success) {
    return fail(ErrorCode::Limit, "XNNPACK cannot create its workspace: " + xnn::status_text(status));
  }
  shared->workspace.reset(workspace);
  return std::make_unique<xnn::XnnpackBackend>(std::move(shared));
}

}  // namespace ptetool

// A delegate as the program has it: see instance.h. Where XNNPACK refuses it, the reference kernels compute it.
#include "xnnpack/instance.h"
#include "xnnpack/reference.h"

namespace ptetool::xnn {

namespace {

class OwnInstance : public DelegateInstance {
 public:
  OwnInstance(std::shared_ptr<Shared> shared, std::shared_ptr<const GraphPlan> plan, bool ranks)
      : shared_(std::move(shared)),
        plan_(std::move(plan)),
        ranks_(ranks),
        anew_(ranks && keeps_first_shapes(plan_->graph())) {}

  Result<> prepare() override { return inner_ || anew_ ? Result<>() : make(first_shapes(*plan_)); }

  Result<> execute(std::span<Tensor* const> args) override {
    PTETOOL_CHECK(anew_ ? make_for(args) : prepare());
    auto done = inner_->execute(args);
    if (done || done.error().code != ErrorCode::Unsupported || anew_) return done;
    // What was compiled for the declared shapes does not take these: a sum, say, that was joined with the convolution
    // before it, and broadcasts now.
    anew_ = true;
    PTETOOL_CHECK(make_for(args));
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

}  // namespace

std::unique_ptr<DelegateInstance> make_own_instance(std::shared_ptr<Shared> shared,
                                                    std::shared_ptr<const GraphPlan> plan, bool ranks) {
  return std::make_unique<OwnInstance>(std::move(shared), std::move(plan), ranks);
}

}  // namespace ptetool::xnn

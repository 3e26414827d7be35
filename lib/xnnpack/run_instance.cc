// A stretch of undelegated operators, compiled for XNNPACK: see instance.h.
#include <algorithm>
#include <cmath>
#include <memory>

#include "xnnpack/instance.h"

namespace ptetool::xnn {

namespace {

class RunInstance : public DelegateInstance {
 public:
  RunInstance(std::unique_ptr<DelegateInstance> inner, std::vector<OwnedTensor> guards)
      : inner_(std::move(inner)), guards_(std::move(guards)) {}

  Result<> execute(std::span<Tensor* const> args) override {
    args_.assign(args.begin(), args.end());
    std::vector<std::unique_ptr<Tensor>> single;  // numbers, which XNNPACK has as lists of one element
    for (Tensor*& arg : args_) {
      if (!arg || arg->numel() == 0) return fail(ErrorCode::Unsupported, "an empty tensor is not for XNNPACK");
      if (arg->rank() != 0) continue;
      arg = single.emplace_back(std::make_unique<Tensor>(*arg)).get();
      arg->sizes = {1};
      arg->strides = {1};
      arg->dim_order = {0};
    }
    for (OwnedTensor& guard : guards_) args_.push_back(&guard.tensor);
    PTETOOL_CHECK(inner_->execute(args_));
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
  std::unique_ptr<DelegateInstance> inner_;
  std::vector<OwnedTensor> guards_;
  std::vector<Tensor*> args_;  // of an execution; kept for its memory
};

}  // namespace

std::unique_ptr<DelegateInstance> make_run_instance(std::unique_ptr<DelegateInstance> inner,
                                                    std::vector<OwnedTensor> guards) {
  return std::make_unique<RunInstance>(std::move(inner), std::move(guards));
}

}  // namespace ptetool::xnn

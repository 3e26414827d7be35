// Rescaling by a multiplier and a shift as CMSIS-NN does it, and what its operators ask of their arguments.
#include <algorithm>
#include <limits>

#include "ops/cortex_m.h"
#include "ops/images.h"
#include "ops/pointwise.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

Result<Requantization> Requantization::from(const Call& call, std::int64_t multiplier, std::int64_t shift) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (multiplier < -kMost - 1 || multiplier > kMost || shift < -31 || shift > 31) {
    return call.fail(ErrorCode::Mismatch,
                     "cannot rescale by " + std::to_string(multiplier) + " and a shift of " + std::to_string(shift));
  }
  Requantization result;
  result.multiplier_ = multiplier;
  (shift > 0 ? result.left_ : result.right_) = static_cast<int>(shift > 0 ? shift : -shift);
  return result;
}

std::int32_t Requantization::operator()(std::int64_t value) const {
  const std::int64_t shifted = times(value, std::int64_t{1} << left_);
  const std::int64_t product = plus(times(shifted, multiplier_), std::int64_t{1} << 30) >> 31;
  const std::int64_t mask = (std::int64_t{1} << right_) - 1;
  const std::int64_t quotient = product >> right_;
  const std::int64_t threshold = (mask >> 1) + (quotient < 0 ? 1 : 0);
  return static_cast<std::int32_t>(quotient + ((product & mask) > threshold ? 1 : 0));
}

std::int8_t Rescaling::operator()(std::int64_t sum) const {
  const std::int64_t moved = plus<std::int64_t>(requantize(static_cast<std::int32_t>(sum)), zero_point);
  return static_cast<std::int8_t>(std::min(std::max(moved, low), high));
}

Result<std::int32_t> offset_argument(const Call& call, std::size_t arg) {
  const std::int64_t offset = call.integer(arg);
  if (offset < -255 || offset > 255) {
    return call.fail(ErrorCode::Mismatch, "an offset of " + std::to_string(offset) + " for int8");
  }
  return static_cast<std::int32_t>(offset);
}

Result<> check_bytes(Call& call, std::size_t arg, std::size_t rank) {
  const Tensor& tensor = call.tensor(arg);
  if (tensor.dtype != ScalarType::Char) return unsupported_dtype(call, tensor.dtype);
  if (tensor.rank() == rank) return {};
  return call.fail(ErrorCode::Mismatch, std::string(call.schema().arguments[arg].name) + " of shape " +
                                            shape_text(tensor.sizes.span()) + " is not of rank " +
                                            std::to_string(rank));
}

Result<OwnedTensor> dense(const Call& call, const Tensor& tensor, const DimOrder& order) {
  const Strides strides = strides_of(tensor.sizes, order);
  if (tensor.strides == strides) return OwnedTensor{tensor, nullptr};
  auto copy = allocate_tensor(tensor.dtype, tensor.sizes);
  if (!copy) return call.fail(copy.error().code, copy.error().message);
  copy->tensor.dim_order = order;
  copy->tensor.strides = strides;
  PTETOOL_CHECK(copy_view(call, View(tensor), View(copy->tensor)));
  return copy;
}

Result<std::vector<std::int64_t>> numbers_of(Call& call, std::size_t arg, std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  if (call.is_none(arg)) return numbers;
  const Tensor& tensor = call.tensor(arg);
  if (tensor.dtype != ScalarType::Int) return unsupported_dtype(call, tensor.dtype);
  if (tensor.numel() != count) {
    return call.fail(ErrorCode::Mismatch, std::string(call.schema().arguments[arg].name) + " has " +
                                              counted(static_cast<std::size_t>(tensor.numel()), "number") + ", not " +
                                              std::to_string(count));
  }
  const auto given = Numbers::read(call, tensor, contiguous_order(tensor.rank()));
  if (!given) return Failure(given.error());
  std::copy_n(given->as<std::int64_t>(), count, numbers.begin());
  return numbers;
}

}  // namespace ptetool::ops

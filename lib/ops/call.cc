// Typed access to the arguments of a call that has been checked (check_call.cc).
#include <algorithm>

#include "ops/check_call.h"

namespace ptetool {

namespace {

Scalar to_scalar(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return {Scalar::Kind::Int, *integer, 0};
  if (const auto* real = std::get_if<double>(&value)) return {Scalar::Kind::Double, 0, *real};
  return {Scalar::Kind::Bool, std::get<bool>(value) ? 1 : 0, 0};
}

}  // namespace

Call::Call(const BoundOperator& op, std::span<Value> values, std::span<const std::int32_t> args,
           const ThreadPool* threads)
    : op_(op), values_(values), args_(args), threads_(threads) {
  missing_ = missing_arguments(op, args.size());
  first_missing_ = op.schema.arguments.size() - op.schema.outputs - missing_;
}

Scalar Call::scalar(std::size_t arg) const { return to_scalar(value(arg)); }

double Call::real(std::size_t arg) const { return to_scalar(value(arg)).as_double(); }

std::vector<std::int64_t> Call::integers(std::size_t arg) const {
  std::vector<std::int64_t> numbers;
  if (const auto* list = std::get_if<IntListRef>(&value(arg))) {
    for (const std::int64_t item : list->items) {
      numbers.push_back(std::get<std::int64_t>(values_[static_cast<std::size_t>(item)]));
    }
  }
  return numbers;
}

std::vector<double> Call::reals(std::size_t arg) const {
  if (const auto* list = std::get_if<DoubleListRef>(&value(arg))) return {list->items.begin(), list->items.end()};
  std::vector<double> numbers;
  for (const std::int64_t number : integers(arg)) numbers.push_back(static_cast<double>(number));
  return numbers;
}

std::vector<bool> Call::booleans(std::size_t arg) const {
  std::vector<bool> truths;
  for (const std::uint8_t item : std::get<BoolListRef>(value(arg)).items) truths.push_back(item != 0);
  return truths;
}

std::vector<Tensor*> Call::tensors(std::size_t arg) {
  std::span<const std::int32_t> items;
  if (const auto* list = std::get_if<TensorListRef>(&value(arg))) items = list->items;
  if (const auto* list = std::get_if<OptionalTensorListRef>(&value(arg))) items = list->items;
  std::vector<Tensor*> tensors;
  for (const std::int32_t item : items) {
    tensors.push_back(item < 0 ? nullptr : std::get_if<Tensor>(&values_[static_cast<std::size_t>(item)]));
  }
  return tensors;
}

bool Call::is_named_twice(const Tensor& out) const {
  std::size_t times = 0;
  const auto count = [&](const Value& value) { times += std::get_if<Tensor>(&value) == &out ? 1 : 0; };
  for (std::size_t i = 0; i < op_.schema.arguments.size(); ++i) {
    const Value& given = value(i);
    count(given);
    std::span<const std::int32_t> items;
    if (const auto* list = std::get_if<TensorListRef>(&given)) items = list->items;
    if (const auto* list = std::get_if<OptionalTensorListRef>(&given)) items = list->items;
    for (const std::int32_t item : items) {
      if (item >= 0) count(values_[static_cast<std::size_t>(item)]);
    }
  }
  return times > 1;
}

std::int64_t Call::grain_of(std::int64_t count, std::int64_t cost) const {
  constexpr std::int64_t kLeastSteps = std::int64_t{1} << 15;  // some ten microseconds
  constexpr std::int64_t kRangesPerThread = 4;
  const std::int64_t least = kLeastSteps / std::max<std::int64_t>(cost, 1) + 1;
  return std::max(least, count / (kRangesPerThread * threads_->size()) + 1);
}

Failure Call::fail(ErrorCode code, std::string message) const {
  return ptetool::fail(code, std::string(op_.schema.name) + ": " + std::move(message));
}

}  // namespace ptetool

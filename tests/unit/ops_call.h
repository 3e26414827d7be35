// Calls one operator on values written down in a test: the values of a tiny program, and the memory behind its tensors.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <deque>
#include <initializer_list>
#include <string>
#include <vector>

#include "ptetool/ops/operator.h"

namespace ptetool::test {

using Floats = std::vector<float>;
inline constexpr auto kFloat = ScalarType::Float;

class OpCall {
 public:
  explicit OpCall(std::string_view name) : op_(find_operator(name)) { REQUIRE_MESSAGE(op_ != nullptr, name); }

  // Every function adds a value and makes it the next argument; the last one added is the return slot.
  template <class T>
  OpCall& tensor(ScalarType dtype, const Sizes& sizes, std::initializer_list<T> elements, DimOrder order = {}) {
    return add(make<T>(dtype, sizes, {elements.begin(), elements.end()}, order));
  }
  template <class T>
  OpCall& out(ScalarType dtype, const Sizes& sizes, DimOrder order = {}) {
    add(make<T>(dtype, sizes, std::vector<T>(static_cast<std::size_t>(std::max<std::int64_t>(numel(sizes), 1))),
                order));
    out_ = values_.size() - 1;
    args_.push_back(args_.back());  // the return slot
    return *this;
  }
  OpCall& add(Value value) {
    values_.push_back(value);
    args_.push_back(static_cast<std::int32_t>(values_.size() - 1));
    return *this;
  }
  OpCall& ints(std::initializer_list<std::int64_t> items) {
    std::vector<std::int64_t> indices;
    for (const std::int64_t item : items) {
      values_.push_back(item);
      indices.push_back(static_cast<std::int64_t>(values_.size()) - 1);
    }
    int_lists_.push_back(std::move(indices));
    return add(IntListRef{int_lists_.back()});
  }
  // An argument that is there already.
  OpCall& again(std::size_t value) {
    args_.push_back(static_cast<std::int32_t>(value));
    return *this;
  }

  Result<> check() { return check_call(*op_, values_, args_); }
  Result<> run() {
    PTETOOL_CHECK(check());
    Call call(*op_, values_, args_);
    return op_->row->kernel(call);
  }

  std::vector<Value>& values() { return values_; }
  std::vector<std::int32_t>& args() { return args_; }
  const BoundOperator& op() const { return *op_; }
  const Value& result() const { return values_[static_cast<std::size_t>(args_.back())]; }
  // The out's elements in memory order.
  template <class T>
  std::vector<T> elements() const {
    const auto& tensor = std::get<Tensor>(values_[out_]);
    return {tensor.as<T>(), tensor.as<T>() + tensor.numel()};
  }

 private:
  template <class T>
  Tensor make(ScalarType dtype, const Sizes& sizes, std::vector<T> elements, const DimOrder& order) {
    REQUIRE(static_cast<std::int64_t>(elements.size()) >= numel(sizes));
    memory_.emplace_back(elements.size() * sizeof(T) / 8 + 1);
    if (!elements.empty()) std::memcpy(memory_.back().data(), elements.data(), elements.size() * sizeof(T));
    Tensor tensor = order.empty() ? make_tensor(dtype, sizes) : make_tensor(dtype, sizes, order);
    tensor.data = memory_.back().data();
    return tensor;
  }

  const BoundOperator* op_;
  std::vector<Value> values_;
  std::vector<std::int32_t> args_;
  std::deque<std::vector<std::uint64_t>> memory_;
  std::deque<std::vector<std::int64_t>> int_lists_;
  std::size_t out_ = 0;
};

inline std::string message_of(const Result<>& result) { return result ? "" : result.error().message; }

}  // namespace ptetool::test

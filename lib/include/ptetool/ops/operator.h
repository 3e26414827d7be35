// The operator table: one row per operator, from which binding, arity checks, names and documentation follow.
//
// A row is the operator's schema as PyTorch writes it, and its kernel. The schema's arguments (defaults are
// materialised in the file) come first in a KernelCall, then the out arguments, then the return slot
// (format-facts 5.6).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ptetool/base/result.h"
#include "ptetool/base/threads.h"
#include "ptetool/ops/value.h"

namespace ptetool {

// Numbers that live as long as this.
template <class C>
class Scratch {
 public:
  Scratch() = default;
  explicit Scratch(ScratchPool::Block block) : block_(std::move(block)) {}
  C* get() const { return static_cast<C*>(block_.data()); }
  explicit operator bool() const { return block_.data() != nullptr; }

 private:
  ScratchPool::Block block_;
};

class Call;
using Kernel = Result<> (*)(Call&);

enum class ArgKind : std::uint8_t {
  Tensor,
  OptionalTensor,
  TensorList,
  OptionalTensorList,
  Scalar,
  OptionalScalar,
  Int,
  OptionalInt,
  Double,
  OptionalDouble,
  Bool,
  OptionalBool,
  String,
  OptionalString,
  IntList,
  OptionalIntList,
  DoubleList,
  OptionalDoubleList,
  BoolList,
  Any,  // prim ops that copy whatever they are given
};

struct Argument {
  ArgKind kind{};
  std::string_view name;
  bool out = false;  // an out argument, or one that the operator mutates
};

struct Schema {
  std::string_view name;            // "aten::add.out": as in the file
  std::vector<Argument> arguments;  // schema arguments, then outs; the return slot is not among them
  std::size_t outputs = 0;  // how many of them are outs (those after "*"; mutated arguments before it are not counted)
  bool returns = true;      // false for "-> ()": with no outs either, a call may leave the return slot out
};

// Parses "aten::add.out(Tensor self, Tensor other, *, Scalar alpha=1, Tensor(a!) out) -> Tensor(a!)". Views into
// `text`.
Result<Schema> parse_schema(std::string_view text);

struct Operator {
  std::string_view schema;  // text, static storage
  Kernel kernel = nullptr;  // null: known, but there is no kernel yet
  // Arguments that old releases did not write, counted from the end of the schema arguments (format-facts 6.4).
  std::uint8_t optional_arguments = 0;
};

struct BoundOperator {
  const Operator* row = nullptr;
  Schema schema;
};

// The row for "aten::add.out"; nullptr for a name that is in no table. Thread-safe, O(log n).
const BoundOperator* find_operator(std::string_view full_name);
// All rows, ordered by name.
std::span<const BoundOperator> all_operators();

// The arguments of one kernel call, typed by the operator's schema. The caller (executor) has proved with check_call()
// that every argument is of the schema's kind, so that kernels take them without asking; shapes and dtypes are the
// kernel's business. Index = position in the schema; arguments that an old release did not write read as None.
class Call {
 public:
  // Kernels that have much to do compute on `threads`; null: on the caller's thread.
  Call(const BoundOperator& op, std::span<Value> values, std::span<const std::int32_t> args,
       const ThreadPool* threads = nullptr);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Schema& schema() const { return op_.schema; }

  Tensor& tensor(std::size_t arg) { return std::get<Tensor>(value(arg)); }
  Tensor* optional_tensor(std::size_t arg) { return std::get_if<Tensor>(&value(arg)); }  // nullptr: None
  Scalar scalar(std::size_t arg) const;
  bool is_none(std::size_t arg) const { return std::holds_alternative<None>(value(arg)); }
  std::int64_t integer(std::size_t arg) const { return std::get<std::int64_t>(value(arg)); }
  double real(std::size_t arg) const;  // Int values are accepted for float arguments
  bool boolean(std::size_t arg) const { return std::get<bool>(value(arg)); }
  std::string_view text(std::size_t arg) const { return std::get<std::string_view>(value(arg)); }
  std::vector<std::int64_t> integers(std::size_t arg) const;  // an IntList's values now; a None is empty
  std::vector<double> reals(std::size_t arg) const;
  std::vector<bool> booleans(std::size_t arg) const;
  std::vector<Tensor*> tensors(std::size_t arg);  // TensorList or OptionalTensorList; nullptr where absent

  // The i-th out argument, where that is a tensor; a list of outs is tensors(out_index()).
  Tensor& out(std::size_t i = 0) { return tensor(out_index(i)); }
  std::size_t out_index(std::size_t i = 0) const { return op_.schema.arguments.size() - op_.schema.outputs + i; }
  // Functional and prim operators: the value that the return slot names.
  Value& result() { return values_[static_cast<std::size_t>(args_.back())]; }
  Value& value(std::size_t arg) { return const_cast<Value&>(std::as_const(*this).value(arg)); }
  const Value& value(std::size_t arg) const {
    if (arg >= first_missing_) {
      if (arg < first_missing_ + missing_) return absent_;
      arg -= missing_;
    }
    return values_[static_cast<std::size_t>(args_[arg])];
  }
  // Is this tensor, an out, also what another schema argument names? Then it must keep its shape while it is written.
  bool is_named_twice(const Tensor& out) const;

  // Calls f(begin, end) for ranges that cover [0, count) once, on all threads where that pays. `cost` is about how many
  // elementary steps (a load, a multiplication) one item takes. The ranges depend on the number of threads: what f
  // computes for an item must not depend on the range that it is in.
  template <class F>
  void parallel(std::int64_t count, std::int64_t cost, F&& f) const {
    const std::int64_t grain = threads_ && threads_->size() > 1 ? grain_of(count, cost) : count;
    if (grain >= count) {
      if (count > 0) f(std::int64_t{0}, count);
    } else {
      threads_->each_range(count, grain, f);
    }
  }
  const ThreadPool* threads() const { return threads_; }
  // Memory for `count` numbers, for a moment and with any content. Threads take theirs inside of parallel().
  template <class C>
  Scratch<C> scratch(std::int64_t count) const {
    return Scratch<C>{
        ScratchPool::take(threads_ ? &threads_->scratch() : nullptr, static_cast<std::size_t>(count) * sizeof(C))};
  }
  // The same call for use inside of parallel(): what it starts stays on that thread.
  Call on_one_thread() const { return Call(op_, values_, args_); }

  // An error that names the operator: "aten::add.out: …".
  Failure fail(ErrorCode code, std::string message) const;

 private:
  // Items per range: enough work to be worth a thread's while, and a few ranges for each thread.
  std::int64_t grain_of(std::int64_t count, std::int64_t cost) const;

  const BoundOperator& op_;
  std::span<Value> values_;
  std::span<const std::int32_t> args_;
  std::size_t first_missing_;
  std::size_t missing_;
  Value absent_;
  const ThreadPool* threads_;
};

// How many values a KernelCall of this operator must name, with the return slot: [least, most].
struct ArityRange {
  std::size_t least = 0, most = 0;
};
ArityRange arity(const BoundOperator& op);

// Proves that `args` has the right length, every index is in range, every value (and every value that a list names) is
// of the kind that the schema asks for. Errors: Malformed, with the argument's name.
Result<> check_call(const BoundOperator& op, std::span<const Value> values, std::span<const std::int32_t> args);

}  // namespace ptetool

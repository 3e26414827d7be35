// Operators of lists of tensors, _foreach_*: what the operator of the same name does with one tensor, for each of the
// list. Where an argument is a list, too, each tensor has its own.
#include <numeric>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

struct Target {
  std::string_view list, single;
};
// Where the operator for one tensor is not aten::<name>.out.
constexpr Target kTargets[] = {
    {"_foreach_add.List_out", "add.out"},
    {"_foreach_add.ScalarList_out", "add.Scalar_out"},
    {"_foreach_add.Tensor_out", "add.out"},
    {"_foreach_addcdiv.ScalarList_out", "addcdiv.out"},
    {"_foreach_addcdiv.Scalar_out", "addcdiv.out"},
    {"_foreach_addcdiv.Tensor_out", "addcdiv.out"},
    {"_foreach_addcmul.ScalarList_out", "addcmul.out"},
    {"_foreach_addcmul.Scalar_out", "addcmul.out"},
    {"_foreach_addcmul.Tensor_out", "addcmul.out"},
    {"_foreach_clamp_max.List_out", "minimum.out"},
    {"_foreach_clamp_max.ScalarList_out", "clamp_max.out"},
    {"_foreach_clamp_max.Scalar_out", "clamp_max.out"},
    {"_foreach_clamp_min.List_out", "maximum.out"},
    {"_foreach_clamp_min.ScalarList_out", "clamp_min.out"},
    {"_foreach_clamp_min.Scalar_out", "clamp_min.out"},
    {"_foreach_div.List_out", "div.out"},
    {"_foreach_div.ScalarList_out", "div.Scalar_out"},
    {"_foreach_div.Tensor_out", "div.out"},
    {"_foreach_lerp.List_out", "lerp.Tensor_out"},
    {"_foreach_lerp.ScalarList_out", "lerp.Scalar_out"},
    {"_foreach_max.out", "max.unary_out"},
    {"_foreach_maximum.List_out", "maximum.out"},
    {"_foreach_maximum.ScalarList_out", "clamp_min.out"},
    {"_foreach_maximum.Scalar_out", "clamp_min.out"},
    {"_foreach_minimum.List_out", "minimum.out"},
    {"_foreach_minimum.ScalarList_out", "clamp_max.out"},
    {"_foreach_minimum.Scalar_out", "clamp_max.out"},
    {"_foreach_mul.List_out", "mul.out"},
    {"_foreach_mul.ScalarList_out", "mul.Scalar_out"},
    {"_foreach_mul.Tensor_out", "mul.out"},
    {"_foreach_norm.Scalar_out", "linalg_vector_norm.out"},
    {"_foreach_pow.List_out", "pow.Tensor_Tensor_out"},
    {"_foreach_pow.ScalarAndTensor_out", "pow.Scalar_out"},
    {"_foreach_pow.ScalarList_out", "pow.Tensor_Scalar_out"},
    {"_foreach_pow.Scalar_out", "pow.Tensor_Scalar_out"},
    {"_foreach_sub.List_out", "sub.out"},
    {"_foreach_sub.ScalarList_out", "sub.Scalar_out"},
};

const BoundOperator* operator_for_one(std::string_view name) {
  constexpr std::string_view kNamespace = "aten::", kPrefix = "_foreach_";
  const std::string_view list = name.substr(kNamespace.size());
  std::string_view single = list.substr(kPrefix.size());
  for (const Target& each : kTargets) {
    if (each.list == list) single = each.single;
  }
  return find_operator(std::string(kNamespace) + std::string(single));
}

// Element i of a tensor of numbers, one for each of the list.
Result<Value> number_at(const Call& call, const Tensor& numbers, std::size_t i) {
  if (!contains(kRealsAndBool, numbers.dtype)) return unsupported_dtype(call, numbers.dtype);
  if (numbers.rank() != 1) return call.fail(ErrorCode::Mismatch, "scalars is not 1-d");
  const auto at = static_cast<std::int64_t>(i);
  if (is_floating(numbers.dtype)) {
    double number = 0;
    read_line(Reader(numbers.dtype, ScalarType::Double), numbers, at, 1, 1, &number);
    return number;
  }
  std::int64_t number = 0;
  read_line(Reader(numbers.dtype, ScalarType::Long), numbers, at, 1, 1, &number);
  return number;
}

// The value of an argument for tensor i of the list, as the operator for one tensor takes it.
Result<Value> value_for(Call& call, std::size_t arg, ArgKind kind, std::size_t i) {
  const Value& value = call.value(arg);
  const auto lacks = [&] { return call.fail(ErrorCode::Mismatch, "the lists differ in length"); };
  if (const Tensor* numbers = std::get_if<Tensor>(&value); numbers && kind == ArgKind::Scalar) {
    return static_cast<std::int64_t>(i) < numbers->numel() ? number_at(call, *numbers, i) : lacks();
  }
  if (std::holds_alternative<TensorListRef>(value)) {
    const auto tensors = call.tensors(arg);
    return i < tensors.size() ? Result<Value>(*tensors[i]) : lacks();
  }
  if (std::holds_alternative<IntListRef>(value)) {
    const auto numbers = call.integers(arg);
    return i < numbers.size() ? Result<Value>(numbers[i]) : lacks();
  }
  if (std::holds_alternative<DoubleListRef>(value)) {
    const auto numbers = call.reals(arg);
    return i < numbers.size() ? Result<Value>(numbers[i]) : lacks();
  }
  return value;
}

// What an argument that only the operator for one tensor has is when it is left out.
Value default_of(ArgKind kind) {
  if (kind == ArgKind::Scalar) return std::int64_t{1};  // alpha
  if (kind == ArgKind::Bool) return false;
  return None{};
}

Result<> each(Call& call) {
  const BoundOperator* const op = operator_for_one(call.schema().name);
  if (!op) return call.fail(ErrorCode::Internal, "there is no operator for one tensor");
  const std::size_t given = call.out_index(), inputs = op->schema.arguments.size() - op->schema.outputs;
  const auto outs = call.tensors(given);
  for (std::size_t i = 0; i < outs.size(); ++i) {
    std::vector<Value> values;
    for (std::size_t arg = 0; arg < inputs; ++arg) {
      const ArgKind kind = op->schema.arguments[arg].kind;
      auto value = arg < given ? value_for(call, arg, kind, i) : Result<Value>(default_of(kind));
      if (!value) return Failure(value.error());
      values.push_back(*std::move(value));
    }
    values.push_back(*outs[i]);
    values.push_back(None{});  // the return slot
    std::vector<std::int32_t> args(values.size());
    std::iota(args.begin(), args.end(), 0);
    PTETOOL_CHECK(check_call(*op, values, args));
    Call single(*op, values, args, call.threads());
    PTETOOL_CHECK(op->row->kernel(single));
    *outs[i] = std::get<Tensor>(values[inputs]);
  }
  return {};
}

constexpr Operator kRows[] = {
    {"aten::_foreach_abs.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_acos.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_add.List_out(Tensor[] self, Tensor[] other, *, Scalar alpha=1, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_add.ScalarList_out(Tensor[] self, Scalar[] scalars, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_add.Scalar_out(Tensor[] self, Scalar scalar, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_add.Tensor_out(Tensor[] self, Tensor other, *, Scalar alpha=1, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_addcdiv.ScalarList_out(Tensor[] self, Tensor[] tensor1, Tensor[] tensor2, Scalar[] scalars, *, "
     "Tensor(a!)[] out) -> ()",
     each},
    {"aten::_foreach_addcdiv.Scalar_out(Tensor[] self, Tensor[] tensor1, Tensor[] tensor2, Scalar value=1, *, "
     "Tensor(a!)[] out) -> ()",
     each},
    {"aten::_foreach_addcdiv.Tensor_out(Tensor[] self, Tensor[] tensor1, Tensor[] tensor2, Tensor scalars, *, "
     "Tensor(a!)[] out) -> ()",
     each},
    {"aten::_foreach_addcmul.ScalarList_out(Tensor[] self, Tensor[] tensor1, Tensor[] tensor2, Scalar[] scalars, *, "
     "Tensor(a!)[] out) -> ()",
     each},
    {"aten::_foreach_addcmul.Scalar_out(Tensor[] self, Tensor[] tensor1, Tensor[] tensor2, Scalar value=1, *, "
     "Tensor(a!)[] out) -> ()",
     each},
    {"aten::_foreach_addcmul.Tensor_out(Tensor[] self, Tensor[] tensor1, Tensor[] tensor2, Tensor scalars, *, "
     "Tensor(a!)[] out) -> ()",
     each},
    {"aten::_foreach_asin.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_atan.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_ceil.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_clamp_max.List_out(Tensor[] self, Tensor[] other, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_clamp_max.ScalarList_out(Tensor[] self, Scalar[] scalars, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_clamp_max.Scalar_out(Tensor[] self, Scalar scalar, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_clamp_min.List_out(Tensor[] self, Tensor[] other, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_clamp_min.ScalarList_out(Tensor[] self, Scalar[] scalars, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_clamp_min.Scalar_out(Tensor[] self, Scalar scalar, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_clone.out(Tensor[] self, *, MemoryFormat? memory_format=None, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_copy.out(Tensor[] self, Tensor[] src, bool non_blocking=False, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_cos.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_cosh.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_div.List_out(Tensor[] self, Tensor[] other, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_div.ScalarList_out(Tensor[] self, Scalar[] scalars, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_div.Scalar_out(Tensor[] self, Scalar scalar, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_div.Tensor_out(Tensor[] self, Tensor other, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_erf.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_erfc.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_exp.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_expm1.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_floor.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_frac.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_lerp.List_out(Tensor[] self, Tensor[] tensors1, Tensor[] weights, *, Tensor(a!)[] out) -> ()",
     each},
    {"aten::_foreach_lerp.ScalarList_out(Tensor[] self, Tensor[] tensors1, Scalar[] weight, *, Tensor(a!)[] out) -> ()",
     each},
    {"aten::_foreach_lerp.Scalar_out(Tensor[] self, Tensor[] tensors1, Scalar weight, *, Tensor(a!)[] out) -> ()",
     each},
    {"aten::_foreach_lgamma.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_log.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_log10.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_log1p.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_log2.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_max.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_maximum.List_out(Tensor[] self, Tensor[] other, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_maximum.ScalarList_out(Tensor[] self, Scalar[] scalars, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_maximum.Scalar_out(Tensor[] self, Scalar scalar, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_minimum.List_out(Tensor[] self, Tensor[] other, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_minimum.ScalarList_out(Tensor[] self, Scalar[] scalars, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_minimum.Scalar_out(Tensor[] self, Scalar scalar, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_mm.out(Tensor[] self, Tensor[] mat2, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_mul.List_out(Tensor[] self, Tensor[] other, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_mul.ScalarList_out(Tensor[] self, Scalar[] scalars, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_mul.Scalar_out(Tensor[] self, Scalar scalar, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_mul.Tensor_out(Tensor[] self, Tensor other, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_neg.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_norm.Scalar_out(Tensor[] self, Scalar ord=2, ScalarType? dtype=None, *, Tensor(a!)[] out) -> ()",
     each},
    {"aten::_foreach_pow.List_out(Tensor[] self, Tensor[] exponent, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_pow.ScalarAndTensor_out(Scalar self, Tensor[] exponent, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_pow.ScalarList_out(Tensor[] self, Scalar[] exponent, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_pow.Scalar_out(Tensor[] self, Scalar exponent, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_reciprocal.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_round.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_rsqrt.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_sigmoid.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_sign.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_sin.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_sinh.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_sqrt.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_sub.List_out(Tensor[] self, Tensor[] other, *, Scalar alpha=1, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_sub.ScalarList_out(Tensor[] self, Scalar[] scalars, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_sub.Scalar_out(Tensor[] self, Scalar scalar, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_tan.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_tanh.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_trunc.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
    {"aten::_foreach_zero.out(Tensor[] self, *, Tensor(a!)[] out) -> ()", each},
};

}  // namespace

std::span<const Operator> foreach_operators() { return kRows; }

}  // namespace ptetool::ops

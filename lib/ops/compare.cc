// Comparisons and logic: bool answers. Operands are compared in their promoted type, so that 0.1 in half is not 0.1.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

template <DtypeSet kSet, class F>
Result<> compare(Call& call, const F& formula) {
  return pointwise<2, kSet>(call, {arg(call, 0), arg(call, 1)}, Promotion().add(call, 0).add(call, 1).type(), formula);
}

// Which comes first.
template <class F>
Result<> ordered(Call& call, const F& formula) {
  if (Promotion().add(call, 0).add(call, 1).type() != ScalarType::UInt64) return compare<kRealsAndBool>(call, formula);
  return compare<kIntegers>(call, [&](std::int64_t a, std::int64_t b) { return formula(flip_sign(a), flip_sign(b)); });
}

Result<> eq(Call& call) {
  return compare<kNumbers>(call, [](auto a, auto b) { return a == b; });
}
Result<> ne(Call& call) {
  return compare<kNumbers>(call, [](auto a, auto b) { return a != b; });
}
Result<> lt(Call& call) {
  return ordered(call, [](auto a, auto b) { return a < b; });
}
Result<> le(Call& call) {
  return ordered(call, [](auto a, auto b) { return a <= b; });
}
Result<> gt(Call& call) {
  return ordered(call, [](auto a, auto b) { return a > b; });
}
Result<> ge(Call& call) {
  return ordered(call, [](auto a, auto b) { return a >= b; });
}

// Truths of any dtype: everything but 0 is true, NaN included.
Result<> logical_and(Call& call) {
  return pointwise<2, kBool>(call, {arg(call, 0), arg(call, 1)}, ScalarType::Bool,
                             [](auto a, auto b) { return (a & b) != 0; });
}
Result<> logical_or(Call& call) {
  return pointwise<2, kBool>(call, {arg(call, 0), arg(call, 1)}, ScalarType::Bool,
                             [](auto a, auto b) { return (a | b) != 0; });
}
Result<> logical_xor(Call& call) {
  return pointwise<2, kBool>(call, {arg(call, 0), arg(call, 1)}, ScalarType::Bool,
                             [](auto a, auto b) { return a != b; });
}
Result<> logical_not(Call& call) {
  return pointwise<1, kBool>(call, {arg(call, 0)}, ScalarType::Bool, [](auto a) { return a == 0; });
}

constexpr Operator kRows[] = {
    {"aten::eq.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", eq},
    {"aten::eq.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", eq},
    {"aten::ne.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", ne},
    {"aten::ne.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", ne},
    {"aten::lt.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", lt},
    {"aten::lt.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", lt},
    {"aten::le.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", le},
    {"aten::le.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", le},
    {"aten::gt.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", gt},
    {"aten::gt.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", gt},
    {"aten::ge.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", ge},
    {"aten::ge.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", ge},
    {"aten::logical_and.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", logical_and},
    {"aten::logical_or.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", logical_or},
    {"aten::logical_xor.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", logical_xor},
    {"aten::logical_not.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", logical_not},
};

}  // namespace

std::span<const Operator> compare_operators() { return kRows; }

}  // namespace ptetool::ops

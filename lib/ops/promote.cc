// Type promotion (torch.result_type), from categories and a rule instead of a 12 x 12 table.
#include "ops/promote.h"

#include <algorithm>
#include <utility>

namespace ptetool::ops {

namespace {

int category(ScalarType type) {
  if (is_complex_dtype(type)) return 3;
  if (is_floating(type)) return 2;
  return is_integral(type) ? 1 : 0;
}

ScalarType promote_integers(ScalarType a, ScalarType b) {
  const auto size = [](ScalarType type) { return find_dtype(type)->size; };
  const auto is_unsigned = [](ScalarType type) { return find_dtype(type)->kind == DtypeKind::Unsigned; };
  if (is_unsigned(a) == is_unsigned(b)) return size(a) >= size(b) ? a : b;
  if (is_unsigned(b)) std::swap(a, b);
  // `a` is unsigned, `b` signed: the first signed type that is wider than `a` and no narrower than `b`.
  const int wanted = std::max<int>(size(a) * 2, size(b));
  if (wanted <= 2) return ScalarType::Short;
  return wanted <= 4 ? ScalarType::Int : ScalarType::Long;
}

ScalarType promote_floats(ScalarType a, ScalarType b) {
  if (a == ScalarType::Double || b == ScalarType::Double) return ScalarType::Double;
  return ScalarType::Float;  // also half with bfloat16
}

// `higher` outranks `lower` within its category.
ScalarType combine(ScalarType higher, ScalarType lower) {
  if (category(higher) >= 2) {
    return category(higher) == 2 && category(lower) == 3 ? complex_of(higher) : higher;
  }
  return category(lower) > category(higher) ? promote_types(higher, lower) : higher;
}

}  // namespace

ScalarType complex_of(ScalarType dtype) {
  if (dtype == ScalarType::Double || dtype == ScalarType::ComplexDouble) return ScalarType::ComplexDouble;
  return dtype == ScalarType::Half || dtype == ScalarType::ComplexHalf ? ScalarType::ComplexHalf
                                                                       : ScalarType::ComplexFloat;
}

ScalarType real_of(ScalarType dtype) {
  if (dtype == ScalarType::ComplexDouble) return ScalarType::Double;
  if (dtype == ScalarType::ComplexFloat) return ScalarType::Float;
  return dtype == ScalarType::ComplexHalf ? ScalarType::Half : dtype;
}

ScalarType promote_types(ScalarType a, ScalarType b) {
  if (a == b) return a;
  if (category(a) < category(b)) std::swap(a, b);
  if (category(a) == 3) {
    if (category(b) < 2) return a;
    return complex_of(promote_types(real_of(a), category(b) == 3 ? real_of(b) : b));
  }
  if (category(a) != category(b)) return a;
  return category(a) == 2 ? promote_floats(a, b) : promote_integers(a, b);
}

void Promotion::merge(Rank rank, ScalarType type) {
  auto& merged = types_[rank];
  merged = merged ? promote_types(*merged, type) : type;
}

Promotion& Promotion::add(const Tensor& tensor) {
  merge(tensor.rank() == 0 ? kZeroDim : kDimensioned, tensor.dtype);
  return *this;
}

Promotion& Promotion::add(const Scalar& number) {
  merge(kNumber, number.kind == Scalar::Kind::Double ? ScalarType::Float
                 : number.kind == Scalar::Kind::Int  ? ScalarType::Long
                                                     : ScalarType::Bool);
  return *this;
}

Promotion& Promotion::add(Call& call, std::size_t arg) {
  if (call.is_none(arg)) return *this;
  const Tensor* tensor = call.optional_tensor(arg);
  return tensor ? add(*tensor) : add(call.scalar(arg));
}

ScalarType Promotion::type() const {
  std::optional<ScalarType> result;
  for (const auto& type : types_) {
    if (type) result = result ? combine(*result, *type) : *type;
  }
  return result.value_or(ScalarType::Float);
}

ScalarType Promotion::floating_type() const {
  const ScalarType result = type();
  return is_integral_or_bool(result) ? ScalarType::Float : result;
}

}  // namespace ptetool::ops

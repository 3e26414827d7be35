// Elementwise operators: a kernel gives its formula for one element, this gives broadcasting, dtypes and layouts.
//
//   return pointwise<2, kNumbers>(call, {arg(call, 0), arg(call, 1)}, common, [](auto a, auto b) { return a * b; });
//
// The formula sees numbers of one compute type, and answers with one or with a bool. Operands are tensors or scalars,
// converted to `common` first, as PyTorch's TensorIterator does; the result is rounded to `common` (to bool for a bool
// answer), then converted to the out's dtype. The out may be one of the inputs.
#pragma once

#include <array>
#include <limits>
#include <type_traits>
#include <utility>

#include "ops/arguments.h"
#include "ops/compute.h"
#include "ops/promote.h"

namespace ptetool::ops {

struct Operand {
  const Tensor* tensor = nullptr;  // or:
  Scalar scalar;
  // Read as this dtype instead of the common one.
  std::optional<ScalarType> as;
  // A single number keeps its own precision where the common dtype is half or bfloat16 (arithmetic is done in float).
  bool precise = false;
};

// The tensor or the number that a call gives.
Operand arg(Call& call, std::size_t index);
// The same as the second operand of arithmetic, where PyTorch leaves single numbers unrounded.
Operand precise_arg(Call& call, std::size_t index);
inline Operand operand(const Tensor& tensor) { return {&tensor, {}, {}, false}; }

// Calls f.template operator()<C>() for the compute type of `dtype`; compiled only for compute types that `kSet` needs.
template <DtypeSet kSet, class F>
Result<> with_compute_type(const Call& call, ScalarType dtype, F&& f) {
  if (!contains(kSet, dtype)) return unsupported_dtype(call, dtype);
  constexpr DtypeSet kInFloat = dtype_set(ScalarType::Half, ScalarType::BFloat16, ScalarType::Float) | kFloat8s;
  constexpr DtypeSet kInComplexFloat = dtype_set(ScalarType::ComplexHalf, ScalarType::ComplexFloat);
  switch (compute_type(dtype)) {
    case ComputeType::Int:
      if constexpr ((kSet & (kIntegers | kBool)) != 0) return f.template operator()<std::int64_t>();
      break;
    case ComputeType::Float:
      if constexpr ((kSet & kInFloat) != 0) return f.template operator()<float>();
      break;
    case ComputeType::Double:
      if constexpr (contains(kSet, ScalarType::Double)) return f.template operator()<double>();
      break;
    case ComputeType::ComplexFloat:
      if constexpr ((kSet & kInComplexFloat) != 0) return f.template operator()<Complex64>();
      break;
    case ComputeType::ComplexDouble:
      if constexpr (contains(kSet, ScalarType::ComplexDouble)) return f.template operator()<Complex128>();
      break;
  }
  return unsupported_dtype(call, dtype);
}

// One block: numbers in, numbers out; `state` is the formula.
using BlockFunction = void (*)(const void* state, const void* const* inputs, void* output, std::int64_t count);

// The loop behind pointwise(): `result` is the dtype of what `function` answers.
Result<> run_pointwise(Call& call, Tensor& out, std::span<const Operand> operands, ScalarType common, ScalarType result,
                       BlockFunction function, const void* state);

template <class C, class F, std::size_t... kIndex>
Result<> run_formula(Call& call, Tensor& out, std::span<const Operand> operands, ScalarType common, const F& formula,
                     std::index_sequence<kIndex...>) {
  using Answer = decltype(formula((static_cast<void>(kIndex), C{})...));
  constexpr bool kTruth = std::is_same_v<Answer, bool>;
  using Stored = std::conditional_t<kTruth, std::int64_t, Answer>;
  // A complex magnitude is real, and rounds like the parts; parts make a complex number that rounds like them.
  const ScalarType result = kTruth ? ScalarType::Bool : is_complex<Answer> ? complex_of(common) : real_of(common);
  const BlockFunction block = [](const void* state, const void* const* inputs, void* output, std::int64_t count) {
    const F f = *static_cast<const F*>(state);  // a copy: nothing that is written can be part of it
    auto* to = static_cast<Stored*>(output);
    for (std::int64_t i = 0; i < count; ++i) {
      to[i] = static_cast<Stored>(f(static_cast<const C*>(inputs[kIndex])[i]...));
    }
  };
  return run_pointwise(call, out, operands, common, result, block, &formula);
}
template <class C, class F, std::size_t... kIndex>
Result<> run_formula(Call& call, std::span<const Operand> operands, ScalarType common, const F& formula,
                     std::index_sequence<kIndex...> index) {
  return run_formula<C>(call, call.out(), operands, common, formula, index);
}

// out = formula(operands…), computed in the compute type of `common`, which must be in `kSet`.
template <std::size_t kOperands, DtypeSet kSet, class F>
Result<> pointwise_to(Call& call, Tensor& out, const std::array<Operand, kOperands>& operands, ScalarType common,
                      const F& formula) {
  return with_compute_type<kSet>(call, common, [&]<class C>() {
    return run_formula<C>(call, out, operands, common, formula, std::make_index_sequence<kOperands>());
  });
}
template <std::size_t kOperands, DtypeSet kSet, class F>
Result<> pointwise(Call& call, const std::array<Operand, kOperands>& operands, ScalarType common, const F& formula) {
  return pointwise_to<kOperands, kSet>(call, call.out(), operands, common, formula);
}

// --- Formulas on one element that several kernels share.

// Two's complement, as the hardware: no overflow.
template <class C>
C plus(C a, C b) {
  if constexpr (std::is_same_v<C, std::int64_t>) {
    return static_cast<C>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  } else {
    return a + b;
  }
}
template <class C>
C minus(C a, C b) {
  if constexpr (std::is_same_v<C, std::int64_t>) {
    return static_cast<C>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
  } else {
    return a - b;
  }
}
template <class C>
C times(C a, C b) {
  if constexpr (std::is_same_v<C, std::int64_t>) {
    return static_cast<C>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  } else {
    return a * b;
  }
}
template <class C>
bool is_nan(C value) {
  if constexpr (std::is_floating_point_v<C>)
    return value != value;
  else
    return false;
}
// uint64 is computed in int64, where its upper half lies below 0; with the other sign bit, it lies above.
inline std::int64_t flip_sign(std::int64_t x) { return x ^ std::numeric_limits<std::int64_t>::min(); }
// NaN where either is NaN. Both questions are always asked: with a shortcut between them no loop of these vectorises.
template <class C>
C larger(C a, C b) {
  return static_cast<int>(is_nan(a)) | static_cast<int>(a > b) ? a : b;
}
template <class C>
C smaller(C a, C b) {
  return static_cast<int>(is_nan(a)) | static_cast<int>(a < b) ? a : b;
}

}  // namespace ptetool::ops

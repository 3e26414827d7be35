// Remainders, bits and shifts, and atan2: further functions of two operands.
#include <atomic>
#include <cmath>

#include "ops/pointwise.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

ScalarType common_of(Call& call) { return Promotion().add(call, 0).add(call, 1).type(); }

Result<> atan2(Call& call) {
  const ScalarType common = Promotion().add(call, 0).add(call, 1).floating_type();
  return pointwise<2, kFloats>(call, {arg(call, 0), arg(call, 1)}, common,
                               [](auto y, auto x) { return std::atan2(y, x); });
}

// formula(b, remainder of a / b with the sign of a); uint64, which is computed in int64, has no sign.
template <class F>
Result<> modulo(Call& call, const F& formula) {
  std::atomic<bool> by_zero = false;  // set by any thread
  const ScalarType common = common_of(call);
  const bool no_sign = common == ScalarType::UInt64;
  auto done = pointwise<2, kReals>(call, {arg(call, 0), arg(call, 1)}, common, [&]<class C>(C a, C b) -> C {
    if constexpr (std::is_same_v<C, std::int64_t>) {
      if (b == 0) by_zero = true;
      if (no_sign && b != 0) return static_cast<C>(static_cast<std::uint64_t>(a) % static_cast<std::uint64_t>(b));
      return b == 0 || b == -1 ? 0 : formula(b, a % b);
    } else {
      return formula(b, std::fmod(a, b));
    }
  });
  if (done && by_zero) return call.fail(ErrorCode::Mismatch, "an integer is divided by zero");
  return done;
}

Result<> fmod(Call& call) {
  return modulo(call, [](auto, auto rest) { return rest; });
}
// Python's %: the sign of the divisor.
Result<> remainder(Call& call) {
  return modulo(call, []<class C>(C b, C rest) { return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest; });
}

// --- Bits

constexpr DtypeSet kBits = kIntegers | kBool;

template <DtypeSet kSet, class F>
Result<> bits(Call& call, const F& formula) {
  return pointwise<2, kSet>(call, {arg(call, 0), arg(call, 1)}, common_of(call), formula);
}
Result<> bitwise_and(Call& call) {
  return bits<kBits>(call, [](auto a, auto b) { return a & b; });
}
Result<> bitwise_or(Call& call) {
  return bits<kBits>(call, [](auto a, auto b) { return a | b; });
}
Result<> bitwise_xor(Call& call) {
  return bits<kBits>(call, [](auto a, auto b) { return a ^ b; });
}
Result<> bitwise_not(Call& call) {
  const ScalarType dtype = call.tensor(0).dtype;
  const std::int64_t flipped = dtype == ScalarType::Bool ? 1 : -1;
  return pointwise<1, kBits>(call, {arg(call, 0)}, dtype, [=](auto a) { return a ^ flipped; });
}

int width_of(ScalarType dtype) { return static_cast<int>(dtype_size(dtype).value_or(8)) * 8; }

// Shifts by less than 0 or more than the width push all bits out.
Result<> left_shift(Call& call) {
  const int width = width_of(common_of(call));
  return bits<kIntegers>(call, [=](std::int64_t a, std::int64_t b) {
    return b < 0 || b >= width ? std::int64_t{0} : static_cast<std::int64_t>(static_cast<std::uint64_t>(a) << b);
  });
}
Result<> right_shift(Call& call) {
  const ScalarType common = common_of(call);
  const int most = std::min(width_of(common), 63);
  return bits<kIntegers>(call, [=](std::int64_t a, std::int64_t b) { return a >> (b < 0 || b > most ? most : b); });
}

constexpr Operator kRows[] = {
    {"aten::atan2.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", atan2},
    {"aten::fmod.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", fmod},
    {"aten::fmod.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", fmod},
    {"aten::remainder.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", remainder},
    {"aten::remainder.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", remainder},
    {"aten::bitwise_and.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", bitwise_and},
    {"aten::bitwise_or.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", bitwise_or},
    {"aten::bitwise_xor.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", bitwise_xor},
    {"aten::bitwise_and.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", bitwise_and},
    {"aten::bitwise_or.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", bitwise_or},
    {"aten::bitwise_xor.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", bitwise_xor},
    {"aten::bitwise_not.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", bitwise_not},
    {"aten::bitwise_left_shift.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", left_shift},
    {"aten::bitwise_right_shift.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", right_shift},
    {"aten::bitwise_left_shift.Tensor_Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)",
     left_shift},
    {"aten::bitwise_right_shift.Tensor_Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)",
     right_shift},
    {"aten::remainder.Scalar_Tensor_out(Scalar self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", remainder},
    {"aten::bitwise_and.Scalar_Tensor_out(Scalar self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", bitwise_and},
    {"aten::bitwise_or.Scalar_Tensor_out(Scalar self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", bitwise_or},
    {"aten::bitwise_xor.Scalar_Tensor_out(Scalar self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", bitwise_xor},
    {"aten::bitwise_left_shift.Scalar_Tensor_out(Scalar self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     left_shift},
    {"aten::bitwise_right_shift.Scalar_Tensor_out(Scalar self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     right_shift},
    {"aten::__lshift__.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", left_shift},
    {"aten::__lshift__.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", left_shift},
    {"aten::__rshift__.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", right_shift},
    {"aten::__rshift__.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", right_shift},
};

}  // namespace

std::span<const Operator> integer_math_operators() { return kRows; }

}  // namespace ptetool::ops

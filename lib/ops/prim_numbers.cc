// Arithmetic on plain values (format-facts 5.7): symbolic integers and loop counters. Ints are computed without
// overflow, a Double on either side makes the result one.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "ops/table.h"
#include "ptetool/base/checked.h"

namespace ptetool::ops {

namespace {

bool either_double(const Scalar& a, const Scalar& b) {
  return a.kind == Scalar::Kind::Double || b.kind == Scalar::Kind::Double;
}

Failure overflow(const Call& call) { return call.fail(ErrorCode::Mismatch, "the result is beyond 64-bit integers"); }

Result<> set_checked(Call& call, std::optional<std::int64_t> integer) {
  if (!integer) return overflow(call);
  call.result() = *integer;
  return {};
}

// A double that is an integer already, into an Int.
Result<> set_whole(Call& call, double value) {
  if (!(value >= -0x1p63 && value < 0x1p63)) return overflow(call);
  call.result() = static_cast<std::int64_t>(value);
  return {};
}

template <class OnInts, class OnDoubles>
Result<> arithmetic(Call& call, const OnInts& on_ints, const OnDoubles& on_doubles) {
  const Scalar a = call.scalar(0);
  const Scalar b = call.scalar(1);
  if (!either_double(a, b)) return set_checked(call, on_ints(a.integer, b.integer));
  call.result() = on_doubles(a.as_double(), b.as_double());
  return {};
}

Result<> add(Call& call) {
  return arithmetic(call, checked_add<std::int64_t>, [](double a, double b) { return a + b; });
}
Result<> sub(Call& call) {
  const auto checked_sub = [](std::int64_t a, std::int64_t b) -> std::optional<std::int64_t> {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
    return difference;
  };
  return arithmetic(call, checked_sub, [](double a, double b) { return a - b; });
}
Result<> mul(Call& call) {
  return arithmetic(call, checked_mul<std::int64_t>, [](double a, double b) { return a * b; });
}

Result<> refuse_zero(Call& call) {
  const Scalar a = call.scalar(0);
  const Scalar b = call.scalar(1);
  if (either_double(a, b) || b.integer != 0) return {};
  return call.fail(ErrorCode::Mismatch, std::to_string(a.integer) + " is divided by zero");
}

// C's quotient; nullopt for the one that does not fit.
std::optional<std::int64_t> truncated_quotient(std::int64_t a, std::int64_t b) {
  if (a == std::numeric_limits<std::int64_t>::min() && b == -1) return std::nullopt;
  return a / b;
}

Result<> floordiv(Call& call) {
  PTETOOL_CHECK(refuse_zero(call));
  const auto floored = [](std::int64_t a, std::int64_t b) -> std::optional<std::int64_t> {
    const auto quotient = truncated_quotient(a, b);
    if (!quotient || b == -1 || a % b == 0 || (a < 0) == (b < 0)) return quotient;
    return *quotient - 1;
  };
  return arithmetic(call, floored, [](double a, double b) { return std::floor(a / b); });
}

// The integer overload truncates, unlike the other one.
Result<> floordiv_int(Call& call) {
  PTETOOL_CHECK(refuse_zero(call));
  return set_checked(call, truncated_quotient(call.integer(0), call.integer(1)));
}

Result<> truediv(Call& call) {
  call.result() = call.scalar(0).as_double() / call.scalar(1).as_double();
  return {};
}

// C's remainder, with the sign of the dividend.
Result<> mod(Call& call) {
  PTETOOL_CHECK(refuse_zero(call));
  const std::int64_t divisor = call.integer(1);
  call.result() = divisor == -1 ? std::int64_t{0} : call.integer(0) % divisor;
  return {};
}

template <class F>
Result<> compare(Call& call, const F& holds) {
  const Scalar a = call.scalar(0);
  const Scalar b = call.scalar(1);
  call.result() = either_double(a, b) ? holds(a.as_double(), b.as_double()) : holds(a.integer, b.integer);
  return {};
}
Result<> eq(Call& call) {
  return compare(call, [](auto a, auto b) { return a == b; });
}
Result<> gt(Call& call) {
  return compare(call, [](auto a, auto b) { return a > b; });
}
Result<> lt(Call& call) {
  return compare(call, [](auto a, auto b) { return a < b; });
}
Result<> ge(Call& call) {
  return compare(call, [](auto a, auto b) { return a >= b; });
}
Result<> le(Call& call) {
  return compare(call, [](auto a, auto b) { return a <= b; });
}

Result<> neg(Call& call) {
  const Scalar a = call.scalar(0);
  if (a.kind == Scalar::Kind::Double) {
    call.result() = -a.real;
    return {};
  }
  if (a.integer == std::numeric_limits<std::int64_t>::min()) return overflow(call);
  call.result() = -a.integer;
  return {};
}

Result<> sym_float(Call& call) {
  call.result() = call.scalar(0).as_double();
  return {};
}

Result<> sym_int(Call& call) {
  const Scalar a = call.scalar(0);
  if (a.kind == Scalar::Kind::Double) return set_whole(call, std::trunc(a.real));
  call.result() = a.integer;
  return {};
}

Result<> sym_max(Call& call) {
  call.result() = std::max(call.integer(0), call.integer(1));
  return {};
}
Result<> sym_min(Call& call) {
  call.result() = std::min(call.integer(0), call.integer(1));
  return {};
}

Result<> sym_not(Call& call) {
  call.result() = !call.boolean(0);
  return {};
}

Result<> sym_ite(Call& call) {
  const Value chosen = call.value(call.boolean(0) ? 1 : 2);
  call.result() = chosen;
  return {};
}

Result<> ceil(Call& call) { return set_whole(call, std::ceil(call.real(0))); }
Result<> round(Call& call) { return set_whole(call, std::nearbyint(call.real(0))); }  // half to even
Result<> trunc(Call& call) { return set_whole(call, std::trunc(call.real(0))); }

constexpr Operator kRows[] = {
    {"executorch_prim::add.Scalar(Scalar a, Scalar b) -> Scalar", add},
    {"executorch_prim::sub.Scalar(Scalar a, Scalar b) -> Scalar", sub},
    {"executorch_prim::mul.Scalar(Scalar a, Scalar b) -> Scalar", mul},
    {"executorch_prim::floordiv.Scalar(Scalar a, Scalar b) -> Scalar", floordiv},
    {"executorch_prim::floordiv.int(int a, int b) -> int", floordiv_int},
    {"executorch_prim::truediv.Scalar(Scalar a, Scalar b) -> Scalar", truediv},
    {"executorch_prim::mod.Scalar(int a, int b) -> int", mod},
    {"executorch_prim::mod.int(int a, int b) -> int", mod},
    {"executorch_prim::eq.Scalar(Scalar a, Scalar b) -> bool", eq},
    {"executorch_prim::gt.Scalar(Scalar a, Scalar b) -> bool", gt},
    {"executorch_prim::lt.Scalar(Scalar a, Scalar b) -> bool", lt},
    {"executorch_prim::ge.Scalar(Scalar a, Scalar b) -> bool", ge},
    {"executorch_prim::le.Scalar(Scalar a, Scalar b) -> bool", le},
    {"executorch_prim::neg.Scalar(Scalar a) -> Scalar", neg},
    {"executorch_prim::sym_float.Scalar(Scalar a) -> float", sym_float},
    {"executorch_prim::sym_int.Scalar(Scalar a) -> int", sym_int},
    {"executorch_prim::sym_max.Scalar(int a, int b) -> int", sym_max},
    {"executorch_prim::sym_min.Scalar(int a, int b) -> int", sym_min},
    {"executorch_prim::sym_not.Scalar(bool a) -> bool", sym_not},
    {"executorch_prim::sym_ite.Scalar(bool condition, any t, any f) -> any", sym_ite},
    {"executorch_prim::ceil.Scalar(float a) -> int", ceil},
    {"executorch_prim::round.Scalar(float a) -> int", round},
    {"executorch_prim::trunc.Scalar(float a) -> int", trunc},
};

}  // namespace

std::span<const Operator> prim_number_operators() { return kRows; }

}  // namespace ptetool::ops

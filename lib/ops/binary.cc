// Arithmetic of two operands: add, sub, rsub, mul, div in its modes, minimum, maximum, clamp and hardtanh, where. The
// .out and the .Scalar_out of an operator differ only in what their second argument is, and share a kernel.
#include <atomic>
#include <cmath>
#include <limits>

#include "ops/pointwise.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

ScalarType common_of(Call& call, std::size_t a, std::size_t b) { return Promotion().add(call, a).add(call, b).type(); }

// a + alpha * b, with alpha = sign * the call's.
Result<> add_scaled(Call& call, const Operand& a, const Operand& b, ScalarType common, std::size_t alpha_arg,
                    int sign) {
  const Scalar alpha = call.scalar(alpha_arg);
  return with_compute_type<kNumbers>(call, common, [&]<class C>() {
    const C factor = times(number_of<C>(alpha), C(static_cast<float>(sign)));
    const std::array<Operand, 2> operands = {a, b};
    constexpr auto kBoth = std::make_index_sequence<2>();
    if (factor == C(1))
      return run_formula<C>(
          call, operands, common, [](C x, C y) { return plus(x, y); }, kBoth);
    if (factor == C(-1))
      return run_formula<C>(
          call, operands, common, [](C x, C y) { return minus(x, y); }, kBoth);
    const auto scaled = [factor](C x, C y) {
      if constexpr (std::is_floating_point_v<C>)
        return std::fma(factor, y, x);
      else
        return plus(x, times(factor, y));
    };
    return run_formula<C>(call, operands, common, scaled, kBoth);
  });
}

Result<> add(Call& call) { return add_scaled(call, arg(call, 0), precise_arg(call, 1), common_of(call, 0, 1), 2, 1); }
Result<> sub(Call& call) { return add_scaled(call, arg(call, 0), precise_arg(call, 1), common_of(call, 0, 1), 2, -1); }
// other - alpha * self
Result<> rsub(Call& call) { return add_scaled(call, precise_arg(call, 1), arg(call, 0), common_of(call, 0, 1), 2, -1); }

Result<> mul(Call& call) {
  return pointwise<2, kNumbers>(call, {arg(call, 0), precise_arg(call, 1)}, common_of(call, 0, 1),
                                [](auto a, auto b) { return times(a, b); });
}

// --- div

Result<> div_true(Call& call) {
  const ScalarType common = Promotion().add(call, 0).add(call, 1).floating_type();
  return pointwise<2, kFloats | kComplexes>(call, {arg(call, 0), precise_arg(call, 1)}, common,
                                            [](auto a, auto b) { return a / b; });
}

// Integer quotients for a divisor that is not 0. The least integer divided by -1 wraps to itself.
std::int64_t truncated_quotient(std::int64_t a, std::int64_t b) { return b == -1 ? minus(std::int64_t{0}, a) : a / b; }
std::int64_t floored_quotient(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = truncated_quotient(a, b);
  return b != -1 && a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

// Python's a // b for floats: from the remainder, so that the quotient is exact where it is representable.
template <class C>
C floored_quotient(C a, C b) {
  if (b == 0) return a / b;
  const C remainder = std::fmod(a, b);
  C quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(C(0), a / b);
  const C floored = std::floor(quotient);
  return quotient - floored > C(0.5) ? floored + 1 : floored;
}

template <DtypeSet kSet = kRealsAndBool, class F>
Result<> divide_rounded(Call& call, const F& formula) {
  std::atomic<bool> by_zero = false;  // set by any thread
  auto done = pointwise<2, kSet>(call, {arg(call, 0), precise_arg(call, 1)}, common_of(call, 0, 1),
                                 [&]<class C>(C a, C b) -> C {
                                   if constexpr (std::is_same_v<C, std::int64_t>) {
                                     if (b == 0) {
                                       by_zero = true;
                                       return 0;
                                     }
                                   }
                                   return formula(a, b);
                                 });
  if (done && by_zero) return call.fail(ErrorCode::Mismatch, "an integer is divided by zero");
  return done;
}

// uint64 is computed in int64: its quotients know no sign.
bool divides_uint64(Call& call) { return common_of(call, 0, 1) == ScalarType::UInt64; }
constexpr auto kUnsignedQuotient = []<class C>(C a, C b) {
  return static_cast<C>(static_cast<std::uint64_t>(a) / static_cast<std::uint64_t>(b));
};

Result<> div_floor(Call& call) {
  if (divides_uint64(call)) return divide_rounded<kIntegers>(call, kUnsignedQuotient);
  return divide_rounded(call, [](auto a, auto b) { return floored_quotient(a, b); });
}

// Quotients of two tensors of half or bfloat16 are rounded to that before they are truncated, as PyTorch does it.
Result<> div_trunc(Call& call) {
  if (divides_uint64(call)) return divide_rounded<kIntegers>(call, kUnsignedQuotient);
  const Tensor* divisor = arg(call, 1).tensor;
  const bool single = !divisor || divisor->numel() == 1;
  const ScalarType common = single ? ScalarType::Float : common_of(call, 0, 1);
  return divide_rounded(call, [common]<class C>(C a, C b) {
    if constexpr (std::is_same_v<C, std::int64_t>)
      return truncated_quotient(a, b);
    else if constexpr (std::is_same_v<C, float>)
      return std::trunc(rounded_to(common, a / b));
    else
      return std::trunc(a / b);
  });
}

Result<> div_mode(Call& call) {
  if (call.is_none(2)) return div_true(call);
  if (call.text(2) == "floor") return div_floor(call);
  if (call.text(2) == "trunc") return div_trunc(call);
  return call.fail(ErrorCode::Malformed, "rounding_mode is neither 'floor' nor 'trunc'");
}

// --- minimum, maximum, clamp

// A formula that answers with one of its operands, by their order.
template <std::size_t kOperands, class F>
Result<> select(Call& call, const std::array<Operand, kOperands>& operands, ScalarType common, const F& formula) {
  if (common != ScalarType::UInt64) return pointwise<kOperands, kRealsAndBool>(call, operands, common, formula);
  return pointwise<kOperands, kIntegers>(call, operands, common,
                                         [&](auto... x) { return flip_sign(formula(flip_sign(x)...)); });
}

Result<> minimum(Call& call) {
  return select<2>(call, {arg(call, 0), arg(call, 1)}, common_of(call, 0, 1),
                   [](auto a, auto b) { return smaller(a, b); });
}
Result<> maximum(Call& call) {
  return select<2>(call, {arg(call, 0), arg(call, 1)}, common_of(call, 0, 1),
                   [](auto a, auto b) { return larger(a, b); });
}

// min(max(self, low), high), for numbers; NaN anywhere gives NaN, and high wins over low.
Result<> clamp_by_numbers(Call& call, ScalarType common) {
  return with_compute_type<kReals>(call, common, [&]<class C>() {
    using Limits = std::numeric_limits<C>;
    // Negative numbers wrap to large ones of an unsigned dtype.
    const auto bound = [&](std::size_t index, C none) {
      if (call.is_none(index)) return none;
      Block block;
      fill_block(call.scalar(index), common, 1, true, block);
      return *block.as<C>();
    };
    const C low = bound(1, Limits::has_infinity ? -Limits::infinity() : Limits::lowest());
    const C high = bound(2, Limits::has_infinity ? Limits::infinity() : Limits::max());
    const std::array<Operand, 1> operands = {arg(call, 0)};
    constexpr auto kOne = std::make_index_sequence<1>();
    if (is_nan(low) || is_nan(high)) {
      return run_formula<C>(
          call, operands, common, [](C) { return Limits::quiet_NaN(); }, kOne);
    }
    const auto clamped = [low, high](C x) {
      const C raised = x < low ? low : x;
      return raised > high ? high : raised;
    };
    if constexpr (std::is_same_v<C, std::int64_t>) {
      if (common == ScalarType::UInt64) {
        const std::uint64_t least = call.is_none(1) ? 0 : static_cast<std::uint64_t>(low);
        const std::uint64_t most = call.is_none(2) ? ~std::uint64_t{0} : static_cast<std::uint64_t>(high);
        return run_formula<C>(
            call, operands, common,
            [=](C x) { return static_cast<C>(std::min(std::max(static_cast<std::uint64_t>(x), least), most)); }, kOne);
      }
    }
    return run_formula<C>(call, operands, common, clamped, kOne);
  });
}

Result<> clamp(Call& call) {
  const bool has_low = !call.is_none(1);
  const bool has_high = !call.is_none(2);
  if (!has_low && !has_high) return call.fail(ErrorCode::Malformed, "neither min nor max is given");
  const ScalarType common = Promotion().add(call, 0).add(call, 1).add(call, 2).type();
  if (!call.optional_tensor(1) && !call.optional_tensor(2)) {
    if (has_low) PTETOOL_CHECK(check_converts(call, call.scalar(1), common));
    if (has_high) PTETOOL_CHECK(check_converts(call, call.scalar(2), common));
    return clamp_by_numbers(call, common);
  }
  if (!has_high) {
    return select<2>(call, {arg(call, 0), arg(call, 1)}, common, [](auto x, auto low) { return larger(x, low); });
  }
  if (!has_low) {
    return select<2>(call, {arg(call, 0), arg(call, 2)}, common, [](auto x, auto high) { return smaller(x, high); });
  }
  return select<3>(call, {arg(call, 0), arg(call, 1), arg(call, 2)}, common,
                   [](auto x, auto low, auto high) { return smaller(larger(x, low), high); });
}
Result<> hardtanh(Call& call) { return clamp_by_numbers(call, call.tensor(0).dtype); }

// condition ? self : other
Result<> where(Call& call) {
  const ScalarType condition = call.tensor(0).dtype;
  if (condition != ScalarType::Bool && condition != ScalarType::Byte) return unsupported_dtype(call, condition);
  const ScalarType common = common_of(call, 1, 2);
  // The condition is read in the common compute type, but as a truth: only whether it is 0 matters.
  return pointwise<3, kNumbers>(call, {arg(call, 0), arg(call, 1), arg(call, 2)}, common,
                                []<class C>(C truth, C a, C b) { return truth != C(0) ? a : b; });
}

constexpr Operator kRows[] = {
    {"aten::add.out(Tensor self, Tensor other, *, Scalar alpha=1, Tensor(a!) out) -> Tensor(a!)", add},
    {"aten::add.Scalar_out(Tensor self, Scalar other, Scalar alpha=1, *, Tensor(a!) out) -> Tensor(a!)", add},
    {"aten::sub.out(Tensor self, Tensor other, *, Scalar alpha=1, Tensor(a!) out) -> Tensor(a!)", sub},
    {"aten::sub.Scalar_out(Tensor self, Scalar other, Scalar alpha=1, *, Tensor(a!) out) -> Tensor(a!)", sub},
    {"aten::true_divide.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", div_true},
    {"aten::max.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", maximum},
    {"aten::min.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", minimum},
    {"aten::rsub.Scalar_out(Tensor self, Scalar other, Scalar alpha=1, *, Tensor(a!) out) -> Tensor(a!)", rsub},
    {"aten::rsub.Tensor_out(Tensor self, Tensor other, *, Scalar alpha=1, Tensor(a!) out) -> Tensor(a!)", rsub},
    {"aten::mul.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", mul},
    {"aten::mul.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", mul},
    {"aten::div.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", div_true},
    {"aten::div.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", div_true},
    {"aten::div.out_mode(Tensor self, Tensor other, *, str? rounding_mode, Tensor(a!) out) -> Tensor(a!)", div_mode},
    {"aten::div.Scalar_mode_out(Tensor self, Scalar other, *, str? rounding_mode, Tensor(a!) out) -> Tensor(a!)",
     div_mode},
    {"aten::floor_divide.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", div_floor},
    {"aten::floor_divide.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)", div_floor},
    {"aten::minimum.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", minimum},
    {"aten::maximum.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", maximum},
    {"aten::clamp.out(Tensor self, Scalar? min=None, Scalar? max=None, *, Tensor(a!) out) -> Tensor(a!)", clamp},
    {"aten::hardtanh.out(Tensor self, Scalar min_val=-1, Scalar max_val=1, *, Tensor(a!) out) -> Tensor(a!)", hardtanh},
    {"aten::clamp.Tensor_out(Tensor self, Tensor? min=None, Tensor? max=None, *, Tensor(a!) out) -> Tensor(a!)", clamp},
    {"aten::where.self_out(Tensor condition, Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", where},
};

}  // namespace

std::span<const Operator> binary_operators() { return kRows; }

}  // namespace ptetool::ops

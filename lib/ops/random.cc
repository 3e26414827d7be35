// Tensors of random numbers (random.h): PyTorch's distributions, not its sequences.
#include "ops/random.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

Random::Random() {
  static std::atomic<std::uint64_t> calls{0};
  seed_ = calls.fetch_add(1, std::memory_order_relaxed) << 40;
}

std::uint64_t Random::bits(std::uint64_t position) const {
  std::uint64_t x = (seed_ + position + 1) * 0x9E3779B97F4A7C15u;  // 0 would stay 0
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

double Random::uniform(std::uint64_t position, int digits) const {
  return std::ldexp(static_cast<double>(bits(position) >> (64 - digits)), -digits);
}

double Random::normal(std::uint64_t position) const {
  const double radius = std::sqrt(-2 * std::log1p(-uniform(position)));
  return radius * std::cos(2 * std::numbers::pi * uniform(position + 1));
}

namespace {

// The digits of a dtype: more would round up to the end of an interval that does not contain it.
int digits_of(ScalarType dtype) {
  return dtype == ScalarType::Double ? 53 : dtype == ScalarType::Half ? 11 : dtype == ScalarType::BFloat16 ? 8 : 24;
}

// The out, in these sizes, becomes draw(random, position) throughout; a draw may use the position and the next one.
// Complex numbers are drawn as their parts, positions 4 n and 4 n + 2.
template <class C = double, class F>
Result<> fill(Call& call, const Sizes& sizes, const F& draw) {
  constexpr ScalarType kAs = std::is_same_v<C, double> ? ScalarType::Double : ScalarType::Long;
  constexpr DtypeSet kDrawn = kRealsAndBool | (std::is_same_v<C, double> ? kComplexes : 0);
  Tensor& out = call.out();
  if (!contains(kDrawn, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, sizes));
  const Random random;
  const ScalarType dtype = real_of(out.dtype);
  const Writer writer(kAs, dtype);
  const auto width = static_cast<std::int64_t>(*dtype_size(dtype));
  const std::int64_t numbers = is_complex_dtype(out.dtype) ? 2 * out.numel() : out.numel();
  Block block;
  for (std::int64_t at = 0; at < numbers; at += kBlock) {
    const std::int64_t count = std::min(kBlock, numbers - at);
    for (std::int64_t i = 0; i < count; ++i) block.as<C>()[i] = draw(random, static_cast<std::uint64_t>(at + i) * 2);
    writer.write(block.data(), out.as<std::uint8_t>() + at * width, 1, count);
  }
  return {};
}

Result<> fill_uniform(Call& call, const Sizes& sizes, double from, double to) {
  if (!(to >= from)) return call.fail(ErrorCode::Mismatch, "the range of a uniform distribution is empty");
  const int digits = digits_of(real_of(call.out().dtype));
  return fill(call, sizes,
              [=](const Random& random, std::uint64_t at) { return from + (to - from) * random.uniform(at, digits); });
}
Result<> fill_normal(Call& call, const Sizes& sizes, double mean, double deviation) {
  if (!(deviation >= 0)) return call.fail(ErrorCode::Mismatch, "a standard deviation is negative");
  if (is_complex_dtype(call.out().dtype)) {  // half of the variance in each part
    return fill(call, sizes, [=](const Random& random, std::uint64_t at) {
      return (at % 4 == 0 ? mean : 0) + deviation / std::numbers::sqrt2 * random.normal(at);
    });
  }
  return fill(call, sizes,
              [=](const Random& random, std::uint64_t at) { return mean + deviation * random.normal(at); });
}
Result<> fill_integers(Call& call, const Sizes& sizes, std::int64_t low, std::int64_t high) {
  if (low >= high) return call.fail(ErrorCode::Mismatch, "the range of integers is empty");
  const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  return fill<std::int64_t>(call, sizes, [=](const Random& random, std::uint64_t at) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + random.bits(at) % span);
  });
}

Sizes like(Call& call) { return call.tensor(0).sizes; }

Result<> rand(Call& call) {
  const auto sizes = sizes_of(call, call.integers(0));
  return sizes ? fill_uniform(call, *sizes, 0, 1) : Failure(sizes.error());
}
Result<> randn(Call& call) {
  const auto sizes = sizes_of(call, call.integers(0));
  return sizes ? fill_normal(call, *sizes, 0, 1) : Failure(sizes.error());
}
Result<> rand_like(Call& call) { return fill_uniform(call, like(call), 0, 1); }
Result<> randn_like(Call& call) { return fill_normal(call, like(call), 0, 1); }
Result<> randint(Call& call) {
  const auto sizes = sizes_of(call, call.integers(1));
  return sizes ? fill_integers(call, *sizes, 0, call.integer(0)) : Failure(sizes.error());
}
Result<> randint_low(Call& call) {
  const auto sizes = sizes_of(call, call.integers(2));
  return sizes ? fill_integers(call, *sizes, call.integer(0), call.integer(1)) : Failure(sizes.error());
}
Result<> randint_like(Call& call) { return fill_integers(call, like(call), 0, call.integer(1)); }
Result<> randint_like_low(Call& call) { return fill_integers(call, like(call), call.integer(1), call.integer(2)); }

Result<> uniform(Call& call) { return fill_uniform(call, like(call), call.real(1), call.real(2)); }
Result<> normal_sized(Call& call) {
  const auto sizes = sizes_of(call, call.integers(2));
  return sizes ? fill_normal(call, *sizes, call.real(0), call.real(1)) : Failure(sizes.error());
}
Result<> log_normal(Call& call) {
  const double mean = call.real(1), deviation = call.real(2);
  return fill(call, like(call),
              [=](const Random& random, std::uint64_t at) { return std::exp(mean + deviation * random.normal(at)); });
}
Result<> exponential(Call& call) {
  const double rate = call.real(1);
  if (!(rate > 0)) return call.fail(ErrorCode::Mismatch, "lambd is not positive");
  return fill(call, like(call),
              [=](const Random& random, std::uint64_t at) { return -std::log1p(-random.uniform(at)) / rate; });
}
Result<> geometric(Call& call) {
  const double p = call.real(1);
  if (!(p > 0 && p < 1)) return call.fail(ErrorCode::Mismatch, "p is not between 0 and 1");
  return fill(call, like(call), [=](const Random& random, std::uint64_t at) {
    return std::max(1.0, std::ceil(std::log1p(-random.uniform(at)) / std::log1p(-p)));
  });
}
Result<> cauchy(Call& call) {
  const double median = call.real(1), width = call.real(2);
  return fill(call, like(call), [=](const Random& random, std::uint64_t at) {
    return median + width * std::tan(std::numbers::pi * (random.uniform(at) - 0.5));
  });
}

// Distributions whose parameters are tensors: standard numbers first, which are then moved.
Result<> with_parameters(Call& call, const Operand& a, const Operand& b, const Sizes& sizes) {
  Tensor& out = call.out();
  if (call.is_named_twice(out)) return call.fail(ErrorCode::Unsupported, "does not compute in place");
  PTETOOL_CHECK(fill_normal(call, sizes, 0, 1));
  return pointwise<3, kFloats>(call, {operand(out), a, b}, out.dtype,
                               [](auto x, auto mean, auto deviation) { return mean + deviation * x; });
}
Result<> normal_tensors(Call& call) {
  Sizes sizes;
  for (std::size_t i = 0; i < 2; ++i) {
    const Tensor* tensor = call.optional_tensor(i);
    if (!tensor) continue;
    const auto merged = broadcast(call, sizes, tensor->sizes);
    if (!merged) return Failure(merged.error());
    sizes = *merged;
  }
  return with_parameters(call, arg(call, 0), arg(call, 1), sizes);
}

constexpr Operator kRows[] = {
    {"aten::rand.out(SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", rand},
    {"aten::rand.generator_out(SymInt[] size, *, Generator? generator, Tensor(a!) out) -> Tensor(a!)", rand},
    {"aten::randn.out(SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", randn},
    {"aten::randn.generator_out(SymInt[] size, *, Generator? generator, Tensor(a!) out) -> Tensor(a!)", randn},
    {"aten::rand_like.out(Tensor self, *, MemoryFormat? memory_format=None, Tensor(a!) out) -> Tensor(a!)", rand_like},
    {"aten::rand_like.generator_out(Tensor self, *, Generator? generator, MemoryFormat? memory_format=None, Tensor(a!) "
     "out) -> Tensor(a!)",
     rand_like},
    {"aten::randn_like.out(Tensor self, *, MemoryFormat? memory_format=None, Tensor(a!) out) -> Tensor(a!)",
     randn_like},
    {"aten::randn_like.generator_out(Tensor self, *, Generator? generator, MemoryFormat? memory_format=None, "
     "Tensor(a!) out) -> Tensor(a!)",
     randn_like},
    {"aten::randint.out(SymInt high, SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", randint},
    {"aten::randint.generator_out(SymInt high, SymInt[] size, *, Generator? generator, Tensor(a!) out) -> Tensor(a!)",
     randint},
    {"aten::randint.low_out(SymInt low, SymInt high, SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", randint_low},
    {"aten::randint.low_generator_out(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, Tensor(a!) out) "
     "-> Tensor(a!)",
     randint_low},
    {"aten::randint_like.out(Tensor self, SymInt high, *, MemoryFormat? memory_format=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     randint_like},
    {"aten::randint_like.generator_out(Tensor self, SymInt high, *, Generator? generator, MemoryFormat? "
     "memory_format=None, Tensor(a!) out) -> Tensor(a!)",
     randint_like},
    {"aten::randint_like.low_dtype_out(Tensor self, SymInt low, SymInt high, *, MemoryFormat? memory_format=None, "
     "Tensor(a!) out) -> Tensor(a!)",
     randint_like_low},
    {"aten::randint_like.low_generator_dtype_out(Tensor self, SymInt low, SymInt high, *, Generator? generator, "
     "MemoryFormat? memory_format=None, Tensor(a!) out) -> Tensor(a!)",
     randint_like_low},
    {"aten::uniform.out(Tensor self, float from=0., float to=1., *, Generator? generator=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     uniform},
    {"aten::normal.float_float_out(float mean, float std, SymInt[] size, *, Generator? generator=None, Tensor(a!) out) "
     "-> Tensor(a!)",
     normal_sized},
    {"aten::normal.Tensor_float_out(Tensor mean, float std=1., *, Generator? generator=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     normal_tensors},
    {"aten::normal.float_Tensor_out(float mean, Tensor std, *, Generator? generator=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     normal_tensors},
    {"aten::normal.Tensor_Tensor_out(Tensor mean, Tensor std, *, Generator? generator=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     normal_tensors},
    {"aten::log_normal.out(Tensor self, float mean=1., float std=2., *, Generator? generator=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     log_normal},
    {"aten::exponential.out(Tensor self, float lambd=1., *, Generator? generator=None, Tensor(a!) out) -> Tensor(a!)",
     exponential},
    {"aten::geometric.out(Tensor self, float p, *, Generator? generator=None, Tensor(a!) out) -> Tensor(a!)",
     geometric},
    {"aten::cauchy.out(Tensor self, float median=0., float sigma=1., *, Generator? generator=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     cauchy},
};

}  // namespace

std::span<const Operator> random_operators() { return kRows; }

}  // namespace ptetool::ops

// Tensors made from a rule (eye, linspace, logspace), membership (isin), and the gradient of embedding.
#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/table.h"
#include "ops/view.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// All bytes 0, which is 0 in every dtype.
void clear(Tensor& out) {
  if (out.numel() != 0) std::fill_n(out.as<std::uint8_t>(), out.nbytes(), std::uint8_t{0});
}

Result<> make_eye(Call& call, std::int64_t rows, std::int64_t columns) {
  Tensor& out = call.out();
  const auto sizes = sizes_of(call, std::array{rows, columns});
  if (!sizes) return Failure(sizes.error());
  if (!contains(kConvertible, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, *sizes));
  clear(out);
  const std::int64_t count = std::min(rows, columns);
  const Writer writer(ScalarType::Float, out.dtype);
  std::vector<float> ones(static_cast<std::size_t>(count), 1.0f);
  write_line(writer, ones.data(), out, 0, out.strides[0] + out.strides[1], count);
  return {};
}
Result<> eye(Call& call) { return make_eye(call, call.integer(0), call.integer(0)); }
Result<> eye_wide(Call& call) { return make_eye(call, call.integer(0), call.integer(1)); }

// A number, or a tensor of one.
Result<double> end_of(Call& call, std::size_t index) {
  const Tensor* tensor = call.optional_tensor(index);
  if (!tensor) return call.scalar(index).as_double();
  if (tensor->numel() != 1 || !contains(kRealsAndBool, tensor->dtype)) {
    return call.fail(ErrorCode::Mismatch, "an end of the range is not one real number");
  }
  return numbers_of<double>(*tensor, ScalarType::Double)[0];
}

// rule(position) of `steps` positions from start to end; each half is counted from its own end, which it so meets
// exactly.
template <class F>
Result<> spaced(Call& call, const F& rule) {
  Tensor& out = call.out();
  auto start = end_of(call, 0), end = end_of(call, 1);
  if (!start) return Failure(start.error());
  if (!end) return Failure(end.error());
  const std::int64_t steps = call.integer(2);
  if (steps < 0) return call.fail(ErrorCode::Mismatch, "the number of steps is negative");
  if (!contains(kRealsAndBool, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, Sizes{steps}));
  if (is_integral_or_bool(out.dtype)) {  // so are both ends
    *start = std::trunc(*start);
    *end = std::trunc(*end);
  }
  const double step = steps > 1 ? (*end - *start) / static_cast<double>(steps - 1) : 0;
  const Writer writer(ScalarType::Double, out.dtype);
  const auto width = static_cast<std::int64_t>(out.element_size());
  Block block;
  for (std::int64_t at = 0; at < steps; at += kBlock) {
    const std::int64_t count = std::min(kBlock, steps - at);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t place = at + i;
      block.as<double>()[i] =
          rule(place < steps / 2 || steps == 1 ? *start + step * static_cast<double>(place)
                                               : *end - step * static_cast<double>(steps - 1 - place));
    }
    writer.write(block.data(), out.as<std::uint8_t>() + at * width, 1, count);
  }
  return {};
}
Result<> linspace(Call& call) {
  return spaced(call, [](double x) { return x; });
}
Result<> logspace(Call& call) {
  return spaced(call, [base = call.real(3)](double x) { return std::pow(base, x); });
}

// Which elements are among the others. NaN is equal to nothing.
Result<> isin(Call& call) {
  const bool wanted = !call.boolean(3);
  const ScalarType common = Promotion().add(call, 0).add(call, 1).type();
  return with_compute_type<kRealsAndBool>(call, common, [&]<class C>() -> Result<> {
    std::vector<C> others;
    if (const Tensor* tensor = call.optional_tensor(1)) {
      if (!contains(kRealsAndBool, tensor->dtype)) return unsupported_dtype(call, tensor->dtype);
      others = numbers_of<C>(*tensor, common);
    } else {
      Block block;
      fill_block(call.scalar(1), common, 1, true, block);
      others.push_back(block.as<C>()[0]);
    }
    std::erase_if(others, [](C x) { return is_nan(x); });
    std::sort(others.begin(), others.end());
    return run_formula<C>(
        call, std::array{arg(call, 0)}, common,
        [&](C x) -> bool { return (!is_nan(x) && std::binary_search(others.begin(), others.end(), x)) == wanted; },
        std::make_index_sequence<1>());
  });
}

// Rows of the weight collect the gradients of all places that looked them up; by frequency they share them.
Result<> embedding_backward(Call& call) {
  const Tensor gradient = call.tensor(0), indices = call.tensor(1);
  const std::int64_t rows = call.integer(2), padding = call.integer(3);
  const bool by_frequency = call.boolean(4);
  Tensor& out = call.out();
  if (indices.dtype != ScalarType::Long && indices.dtype != ScalarType::Int)
    return unsupported_dtype(call, indices.dtype);
  if (!contains(kFloats, gradient.dtype)) return unsupported_dtype(call, gradient.dtype);
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  const std::size_t rank = gradient.rank();
  if (rank == 0 || indices.rank() + 1 != rank ||
      !std::equal(indices.sizes.begin(), indices.sizes.end(), gradient.sizes.begin())) {
    return call.fail(ErrorCode::Mismatch, "grad_output has not the shape of looked up rows");
  }
  const std::int64_t width = gradient.sizes[rank - 1];
  const auto sizes = sizes_of(call, std::array{rows, width});
  if (!sizes) return Failure(sizes.error());
  PTETOOL_CHECK(prepare(call, out, *sizes));
  const auto places = numbers_of<std::int64_t>(indices, ScalarType::Long);
  std::vector<double> uses(static_cast<std::size_t>(rows));
  for (const std::int64_t place : places) {
    if (place < 0 || place >= rows) {
      return call.fail(ErrorCode::Mismatch,
                       "index " + std::to_string(place) + " of " + counted(static_cast<std::uint64_t>(rows), "row"));
    }
    uses[static_cast<std::size_t>(place)] += 1;
  }
  const auto numbers = numbers_of<double>(gradient, ScalarType::Double);
  std::vector<double> sums(static_cast<std::size_t>(out.numel()));
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i] == padding) continue;
    const double share = by_frequency ? 1 / uses[static_cast<std::size_t>(places[i])] : 1;
    double* to = sums.data() + places[i] * width;
    const double* from = numbers.data() + static_cast<std::int64_t>(i) * width;
    for (std::int64_t k = 0; k < width; ++k) to[k] += from[k] * share;
  }
  write_results<double>(sums.data(), ScalarType::Double, out, [](double x) { return x; });
  return {};
}

constexpr Operator kRows[] = {
    {"aten::eye.out(SymInt n, *, Tensor(a!) out) -> Tensor(a!)", eye},
    {"aten::eye.m_out(SymInt n, SymInt m, *, Tensor(a!) out) -> Tensor(a!)", eye_wide},
    {"aten::linspace.out(Scalar start, Scalar end, int steps, *, Tensor(a!) out) -> Tensor(a!)", linspace},
    {"aten::linspace.Tensor_Tensor_out(Tensor start, Tensor end, int steps, *, Tensor(a!) out) -> Tensor(a!)",
     linspace},
    {"aten::linspace.Tensor_Scalar_out(Tensor start, Scalar end, int steps, *, Tensor(a!) out) -> Tensor(a!)",
     linspace},
    {"aten::linspace.Scalar_Tensor_out(Scalar start, Tensor end, int steps, *, Tensor(a!) out) -> Tensor(a!)",
     linspace},
    {"aten::logspace.out(Scalar start, Scalar end, int steps, float base=10., *, Tensor(a!) out) -> Tensor(a!)",
     logspace},
    {"aten::logspace.Tensor_Tensor_out(Tensor start, Tensor end, int steps, float base=10., *, Tensor(a!) out) -> "
     "Tensor(a!)",
     logspace},
    {"aten::logspace.Tensor_Scalar_out(Tensor start, Scalar end, int steps, float base=10., *, Tensor(a!) out) -> "
     "Tensor(a!)",
     logspace},
    {"aten::logspace.Scalar_Tensor_out(Scalar start, Tensor end, int steps, float base=10., *, Tensor(a!) out) -> "
     "Tensor(a!)",
     logspace},
    {"aten::isin.Tensor_Tensor_out(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool "
     "invert=False, Tensor(a!) out) -> Tensor(a!)",
     isin},
    {"aten::isin.Tensor_Scalar_out(Tensor elements, Scalar test_element, *, bool assume_unique=False, bool "
     "invert=False, Tensor(a!) out) -> Tensor(a!)",
     isin},
    {"aten::isin.Scalar_Tensor_out(Scalar element, Tensor test_elements, *, bool assume_unique=False, bool "
     "invert=False, Tensor(a!) out) -> Tensor(a!)",
     isin},
    {"aten::embedding_dense_backward.out(Tensor grad_output, Tensor indices, SymInt num_weights, SymInt padding_idx, "
     "bool scale_grad_by_freq, *, Tensor(a!) out) -> Tensor(a!)",
     embedding_backward},
};

}  // namespace

std::span<const Operator> sequence_operators() { return kRows; }

}  // namespace ptetool::ops

// _masked_softmax and its gradient: softmax of the elements that a mask leaves, and 0 where the mask is true. A line of
// which nothing is left, or that has NaN, is NaN as a whole.
#include <limits>
#include <vector>

#include "ops/lines.h"
#include "ops/pointwise.h"
#include "ops/table.h"
#include "ops/vector_math.h"
#include "ptetool/base/text.h"

namespace ptetool::ops {

namespace {

// Strides of the mask over self: one of the same shape, or for scores [B, H, L, L] the one of all matrices, [L, L]
// (type 0), or that of each batch's keys, [B, L] (type 1).
Result<Strides> mask_strides(const Call& call, const Tensor& self, const Tensor& mask, std::int64_t type) {
  if (mask.dtype != ScalarType::Bool) return unsupported_dtype(call, mask.dtype);
  if (mask.sizes == self.sizes) return mask.strides;
  if (mask.rank() == 2 && self.rank() == 4 && mask.sizes[1] == self.sizes[3]) {
    if (type == 0 && mask.sizes[0] == self.sizes[2]) return broadcast_strides(mask, 4);
    if (type == 1 && mask.sizes[0] == self.sizes[0]) return Strides{mask.strides[0], 0, 0, mask.strides[1]};
  }
  return call.fail(ErrorCode::Mismatch, "the mask's shape " + shape_text(mask.sizes.span()) + " does not fit " +
                                            shape_text(self.sizes.span()));
}

// Along `dim`: rule(numbers of every tensor) turns those of the first into results, for the elements of a line that the
// mask leaves.
template <std::size_t kTensors, class F>
Result<> along_lines(Call& call, const std::array<Tensor, kTensors>& tensors, const Tensor& mask,
                     const Strides& mask_steps, std::size_t dim, const F& rule) {
  Tensor& out = call.out();
  const ScalarType dtype = tensors[0].dtype;
  if (!contains(kFloats, out.dtype)) return unsupported_dtype(call, out.dtype);
  PTETOOL_CHECK(prepare(call, out, tensors[0].sizes));
  std::array<Strides, kTensors + 2> strides;
  for (std::size_t k = 0; k < kTensors; ++k) strides[k] = tensors[k].strides;
  strides[kTensors] = mask_steps;
  strides[kTensors + 1] = out.strides;
  return with_compute_type<kFloats>(call, dtype, [&]<class C>() -> Result<> {
    if (out.numel() == 0) return {};
    const Lines<kTensors + 2> lines(tensors[0].sizes, dim, strides);
    const std::int64_t count = lines.length();
    const Reader reader(dtype, dtype), mask_reader(ScalarType::Bool, ScalarType::Bool);
    const Writer writer(dtype, out.dtype);
    call.parallel(lines.count(), 4 * count, [&](std::int64_t first, std::int64_t last) {
      std::vector<C> line(static_cast<std::size_t>(count));
      std::vector<std::int64_t> hidden(line.size());
      std::array<std::vector<C>, kTensors> left;
      lines.each(first, last, [&](const auto& offsets) {
        read_line(mask_reader, mask, offsets[kTensors], lines.step(kTensors), count, hidden.data());
        for (std::size_t k = 0; k < kTensors; ++k) {
          read_line(reader, tensors[k], offsets[k], lines.step(k), count, line.data());
          left[k].clear();
          for (std::size_t i = 0; i < line.size(); ++i) {
            if (hidden[i] == 0) left[k].push_back(line[i]);
          }
        }
        const C otherwise = rule(left);
        for (std::size_t i = 0, next = 0; i < line.size(); ++i) line[i] = hidden[i] == 0 ? left[0][next++] : otherwise;
        write_line(writer, line.data(), out, offsets[kTensors + 1], lines.step(kTensors + 1), count);
      });
    });
    return {};
  });
}

Result<> masked_softmax(Call& call) {
  const Tensor self = call.tensor(0), mask = call.tensor(1);
  const auto dim = dimension(call, call.is_none(2) ? -1 : call.integer(2), self.rank());
  if (!dim) return Failure(dim.error());
  const auto steps = mask_strides(call, self, mask, call.is_none(3) ? 2 : call.integer(3));
  if (!steps) return Failure(steps.error());
  return along_lines<1>(call, {self}, mask, *steps, *dim, []<class C>(std::array<std::vector<C>, 1>& left) {
    C top = -std::numeric_limits<C>::infinity();
    for (const C x : left[0]) top = larger(x, top);
    double sum = 0;
    for (C& x : left[0]) sum += static_cast<double>(x = vector_exp(x - top));
    for (C& x : left[0]) x *= static_cast<C>(1 / sum);
    return C(0) * static_cast<C>(1 / sum);  // NaN where there is no sum
  });
}

// With g the gradient and y the result: y * (g - sum(g * y)).
Result<> masked_softmax_backward(Call& call) {
  const Tensor g = call.tensor(0), y = call.tensor(1), mask = call.tensor(2);
  const auto dim = dimension(call, call.is_none(3) ? -1 : call.integer(3), g.rank());
  if (!dim) return Failure(dim.error());
  PTETOOL_CHECK(same_dtype(call, g, "grad_output", y, "output"));
  if (!(g.sizes == y.sizes)) return call.fail(ErrorCode::Mismatch, "grad_output and output differ in shape");
  const auto steps = mask_strides(call, g, mask, 2);
  if (!steps) return Failure(steps.error());
  return along_lines<2>(call, {g, y}, mask, *steps, *dim, []<class C>(std::array<std::vector<C>, 2>& left) {
    auto& [gradients, results] = left;
    double sum = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      sum += static_cast<double>(gradients[i]) * static_cast<double>(results[i]);
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      gradients[i] = results[i] * (gradients[i] - static_cast<C>(sum));
    }
    return C(0);
  });
}

constexpr Operator kRows[] = {
    {"aten::_masked_softmax.out(Tensor self, Tensor mask, int? dim=None, int? mask_type=None, *, Tensor(a!) out) -> "
     "Tensor(a!)",
     masked_softmax},
    {"aten::_masked_softmax_backward.out(Tensor grad_output, Tensor output, Tensor mask, int? dim=None, *, Tensor(a!) "
     "out) -> Tensor(a!)",
     masked_softmax_backward},
};

}  // namespace

std::span<const Operator> masked_softmax_operators() { return kRows; }

}  // namespace ptetool::ops

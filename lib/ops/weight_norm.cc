// Weights given as direction and length, _weight_norm_interface and its gradient: v of every slice along the first or
// the last dimension, scaled to the length g. Computed in double.
#include <cmath>
#include <vector>

#include "ops/lines.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace ptetool::ops {

namespace {

// Slices of v along dimension 0 or the last; element i in C order is in slice i / step % count.
struct Slices {
  std::int64_t count = 1, step = 1;
  Sizes sizes;  // of one number for each slice, as dimensions of size 1 besides
  std::vector<double> v;

  std::size_t of(std::size_t i) const { return static_cast<std::size_t>(static_cast<std::int64_t>(i) / step % count); }
};
Result<Slices> slices_of(Call& call, const Tensor& v, std::int64_t dim_argument) {
  const auto dim = dimension(call, dim_argument, v.rank());
  if (!dim) return Failure(dim.error());
  if (v.rank() == 0 || (*dim != 0 && *dim + 1 != v.rank())) {
    return call.fail(ErrorCode::Mismatch, "the dimension is neither the first nor the last");
  }
  if (!contains(kFloats, v.dtype)) return unsupported_dtype(call, v.dtype);
  Slices slices;
  slices.count = std::max<std::int64_t>(v.sizes[*dim], 1);
  slices.step = *dim == 0 ? std::max<std::int64_t>(numel(v.sizes.span().subspan(1)), 1) : 1;
  for (std::size_t i = 0; i < v.rank(); ++i) slices.sizes.push_back(i == *dim ? v.sizes[i] : 1);
  slices.v = numbers_of<double>(v, ScalarType::Double);
  return slices;
}

Result<std::vector<double>> one_for_each(Call& call, const Tensor& tensor, const Slices& slices) {
  if (!contains(kFloats, tensor.dtype)) return unsupported_dtype(call, tensor.dtype);
  if (!(tensor.sizes == slices.sizes)) return call.fail(ErrorCode::Mismatch, "there is not one number for each slice");
  auto numbers = numbers_of<double>(tensor, ScalarType::Double);
  numbers.resize(static_cast<std::size_t>(slices.count));
  return numbers;
}

// Outs: v * g / norm, and the norms.
Result<> weight_norm(Call& call) {
  const Tensor v = call.tensor(0);
  const auto slices = slices_of(call, v, call.integer(2));
  if (!slices) return Failure(slices.error());
  const auto g = one_for_each(call, call.tensor(1), *slices);
  if (!g) return Failure(g.error());
  std::vector<double> norms(g->size()), result = slices->v;
  for (std::size_t i = 0; i < result.size(); ++i) norms[slices->of(i)] += result[i] * result[i];
  for (double& each : norms) each = std::sqrt(each);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] *= (*g)[slices->of(i)] / norms[slices->of(i)];
  PTETOOL_CHECK(write_doubles(call, 1, slices->sizes, norms));
  return write_doubles(call, 0, v.sizes, result);
}

// Outs: the gradients of v and of g.
Result<> weight_norm_backward(Call& call) {
  const Tensor gradient = call.tensor(0), v = call.tensor(1);
  const auto slices = slices_of(call, v, call.integer(4));
  if (!slices) return Failure(slices.error());
  const auto g = one_for_each(call, call.tensor(2), *slices);
  if (!g) return Failure(g.error());
  const auto norms = one_for_each(call, call.tensor(3), *slices);
  if (!norms) return Failure(norms.error());
  if (!contains(kFloats, gradient.dtype)) return unsupported_dtype(call, gradient.dtype);
  if (!(gradient.sizes == v.sizes)) return call.fail(ErrorCode::Mismatch, "grad_w and saved_v differ in shape");
  auto result = numbers_of<double>(gradient, ScalarType::Double);
  std::vector<double> products(g->size());
  for (std::size_t i = 0; i < result.size(); ++i) products[slices->of(i)] += result[i] * slices->v[i];
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::size_t at = slices->of(i);
    const double norm = (*norms)[at];
    result[i] = (*g)[at] / norm * (result[i] - slices->v[i] * products[at] / (norm * norm));
  }
  for (std::size_t at = 0; at < products.size(); ++at) products[at] /= (*norms)[at];
  PTETOOL_CHECK(write_doubles(call, 0, v.sizes, result));
  return write_doubles(call, 1, slices->sizes, products);
}

constexpr Operator kRows[] = {
    {"aten::_weight_norm_interface.out(Tensor v, Tensor g, int dim=0, *, Tensor(a!) out0, Tensor(b!) out1) -> "
     "(Tensor(a!), Tensor(b!))",
     weight_norm},
    {"aten::_weight_norm_interface_backward.out(Tensor grad_w, Tensor saved_v, Tensor saved_g, Tensor saved_norms, int "
     "dim, *, Tensor(a!) out0, Tensor(b!) out1) -> (Tensor(a!), Tensor(b!))",
     weight_norm_backward},
};

}  // namespace

std::span<const Operator> weight_norm_operators() { return kRows; }

}  // namespace ptetool::ops

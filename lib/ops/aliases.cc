// Operators that are others by another name. The exporter writes the others, unless it is told to preserve these.
#include <algorithm>
#include <array>

#include "ops/table.h"

namespace ptetool::ops {

namespace {

// Text as a template argument.
template <std::size_t kSize>
struct Name {
  std::array<char, kSize> text;
  constexpr Name(const char (&given)[kSize]) { std::copy_n(given, kSize, text.begin()); }
  std::string_view view() const { return {text.data(), kSize - 1}; }
};

// The arguments and the outs are those of the operator that is named.
template <Name kName>
Result<> same_as(Call& call) {
  return find_operator(kName.view())->row->kernel(call);
}

constexpr Operator kRows[] = {
    {"aten::absolute.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::abs.out">},
    {"aten::arccos.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::acos.out">},
    {"aten::arccosh.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::acosh.out">},
    {"aten::arcsin.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::asin.out">},
    {"aten::arcsinh.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::asinh.out">},
    {"aten::arctan.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::atan.out">},
    {"aten::arctan2.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::atan2.out">},
    {"aten::arctanh.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::atanh.out">},
    {"aten::clip.out(Tensor self, Scalar? min=None, Scalar? max=None, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::clamp.out">},
    {"aten::clip.Tensor_out(Tensor self, Tensor? min=None, Tensor? max=None, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::clamp.Tensor_out">},
    {"aten::concat.out(Tensor[] tensors, int dim=0, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::cat.out">},
    {"aten::concatenate.out(Tensor[] tensors, int dim=0, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::cat.out">},
    {"aten::divide.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::div.out">},
    {"aten::divide.out_mode(Tensor self, Tensor other, *, str? rounding_mode, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::div.out_mode">},
    {"aten::fix.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::trunc.out">},
    {"aten::greater.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::gt.Scalar_out">},
    {"aten::greater.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::gt.Tensor_out">},
    {"aten::greater_equal.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::ge.Scalar_out">},
    {"aten::greater_equal.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::ge.Tensor_out">},
    {"aten::less.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::lt.Scalar_out">},
    {"aten::less.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::lt.Tensor_out">},
    {"aten::less_equal.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::le.Scalar_out">},
    {"aten::less_equal.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::le.Tensor_out">},
    {"aten::multiply.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::mul.out">},
    {"aten::negative.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::neg.out">},
    {"aten::not_equal.Scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::ne.Scalar_out">},
    {"aten::not_equal.Tensor_out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::ne.Tensor_out">},
    {"aten::subtract.out(Tensor self, Tensor other, *, Scalar alpha=1, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::sub.out">},
    {"aten::orgqr.out(Tensor self, Tensor input2, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::linalg_householder_product.out">},
    {"aten::special_digamma.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::digamma.out">},
    {"aten::special_erf.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::erf.out">},
    {"aten::special_erfc.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::erfc.out">},
    {"aten::special_erfinv.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::erfinv.out">},
    {"aten::special_exp2.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::exp2.out">},
    {"aten::special_expit.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::sigmoid.out">},
    {"aten::special_expm1.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::expm1.out">},
    {"aten::special_gammainc.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::igamma.out">},
    {"aten::special_gammaincc.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::igammac.out">},
    {"aten::special_gammaln.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::lgamma.out">},
    {"aten::special_i0.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::i0.out">},
    {"aten::special_log1p.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::log1p.out">},
    {"aten::special_logit.out(Tensor self, float? eps=None, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::logit.out">},
    {"aten::special_logsumexp.out(Tensor self, int[1] dim, bool keepdim=False, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::logsumexp.out">},
    {"aten::special_multigammaln.out(Tensor self, int p, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::mvlgamma.out">},
    {"aten::special_polygamma.out(int n, Tensor self, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::polygamma.out">},
    {"aten::special_psi.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::digamma.out">},
    {"aten::special_round.out(Tensor self, *, int decimals=0, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::round.decimals_out">},
    {"aten::special_sinc.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::sinc.out">},
    {"aten::special_xlogy.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::xlogy.OutTensor">},
    {"aten::special_xlogy.self_scalar_out(Scalar self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::xlogy.OutScalar_Self">},
    {"aten::special_xlogy.other_scalar_out(Tensor self, Scalar other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::xlogy.OutScalar_Other">},
    {"aten::linalg_matmul.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::matmul.out">},
    {"cortex_m::minimum.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::minimum.out">},
    {"cortex_m::maximum.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", same_as<"aten::maximum.out">},
    {"cortex_m::transpose.out(Tensor input, int[] perm, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"aten::permute_copy.out">},
    {"cortex_m::quantize_per_tensor.out(Tensor input, float scale, int zero_point, int quant_min, int quant_max, "
     "ScalarType dtype, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"quantized_decomposed::quantize_per_tensor.out">},
    {"cortex_m::dequantize_per_tensor.out(Tensor input, float scale, int zero_point, int quant_min, int quant_max, "
     "ScalarType dtype, *, Tensor(a!) out) -> Tensor(a!)",
     same_as<"quantized_decomposed::dequantize_per_tensor.out">},
};

}  // namespace

std::span<const Operator> alias_operators() { return kRows; }

}  // namespace ptetool::ops

"""Cases for operators beyond those that ExecuTorch ships kernels for: python export_extras.py [family ...] (see
export_operators.py). Its exporter writes them all the same when it is told to preserve them, or knows no decomposition.
"""

import pathlib
import sys
import warnings

import torch
import torch.nn.functional as F

from export_operators import (A, ALL, DIM, FLOATS, INTS, NCHW, PAIR, PRESERVED, REALS, Input, Row, export_family,
                              plain, small)

F32 = FLOATS[:1]
F64 = [torch.float64]
SINGLES = F32 + F64
INTS_AND_BOOL = INTS + [torch.bool]
C64 = torch.complex64


def preserve(names):
    """Names as "op" or "op.overload"; the overload is "default" otherwise."""
    for name in names.split():
        packet, _, overload = name.partition(".")
        PRESERVED.append(getattr(getattr(A, packet), overload or "default"))


FAMILIES = {}

preserve("addcmul addcdiv lerp.Scalar lerp.Tensor fmax fmin gcd lcm ldexp.Tensor nextafter heaviside xlogy.Tensor "
         "xlogy.Scalar_Other xlogy.Scalar_Self special_xlog1py special_xlog1py.other_scalar "
         "special_xlog1py.self_scalar logaddexp logaddexp2 float_power.Tensor_Tensor float_power.Tensor_Scalar "
         "float_power.Scalar copysign.Scalar clamp_min clamp_min.Tensor clamp_max clamp_max.Tensor rsub.Tensor "
         "floor_divide.Scalar remainder.Scalar_Tensor bitwise_and.Scalar_Tensor bitwise_or.Scalar_Tensor "
         "bitwise_xor.Scalar_Tensor bitwise_left_shift.Scalar_Tensor bitwise_right_shift.Scalar_Tensor "
         "__lshift__.Tensor __lshift__.Scalar __rshift__.Tensor __rshift__.Scalar")

THREE = [[3, 5], [5], [3, 1]]
SMALL = Input([3, 5], low=-20, high=21)
NATURAL = Input([3, 5], low=0, high=21)
FAMILIES["extras_binary"] = [
    Row("addcmul", lambda x, a, b: (torch.addcmul(x, a, b), torch.addcmul(x, a, b, value=3)), THREE, REALS),
    Row("addcmul_fraction", lambda x, a, b: torch.addcmul(x, a, b, value=-0.25), [plain(s) for s in THREE], FLOATS),
    Row("addcmul_channels_last", lambda x, a, b: torch.addcmul(x, a, b), [NCHW, NCHW, Input([1, 3, 1, 1])], F32),
    Row("addcdiv", lambda x, a, b: (torch.addcdiv(x, a, b), torch.addcdiv(x, a, b, value=-0.5)), THREE, FLOATS),
    Row("addcdiv_empty", lambda x, a, b: torch.addcdiv(x, a, b), [[0, 3], [1, 3], []], F32),
    Row("lerp", lambda a, b, w: (torch.lerp(a, b, w), torch.lerp(a, b, 0.25), torch.lerp(a, b, 0.75)), [[3, 5], [3, 5], [5]], FLOATS),
    Row("fmax", lambda a, b: (torch.fmax(a, b), torch.fmin(a, b)), [[9, 5], [9, 5]], ALL),
    Row("fmax_mixed", lambda a, b: (torch.fmax(a, b), torch.fmin(a, b)), [[3, 5], Input([5], dtype=torch.float16)], REALS),
    Row("gcd", lambda a, b: (torch.gcd(a, b), torch.lcm(a, b)), [SMALL, SMALL], INTS[2:]),
    Row("gcd_small", lambda a, b: (torch.gcd(a, b), torch.lcm(a, b)), [NATURAL, NATURAL], INTS),
    Row("gcd_mixed", lambda a, b: (torch.gcd(a, b), torch.lcm(a, b)), [SMALL, Input([5], dtype=torch.int64, low=0, high=9)], [torch.int32]),
    Row("ldexp", lambda a, b: torch.ldexp(a, b), [[3, 5], Input([5], low=-9, high=10, dtype=torch.int32)], REALS),
    Row("ldexp_float", lambda a, b: torch.ldexp(a, b), [[3, 5], Input([3, 5], special=False)], SINGLES),
    Row("nextafter", torch.nextafter, [[9, 9], [9, 9]], SINGLES + [torch.bfloat16, torch.float16]),
    Row("nextafter_equal", lambda a: (torch.nextafter(a, a), torch.nextafter(a, -a), torch.nextafter(a, a * 0)), [[20]], SINGLES + [torch.bfloat16]),
    Row("heaviside", torch.heaviside, [Input([3, 5], low=0, high=2), [3, 5]], ALL),
    Row("heaviside_special", torch.heaviside, [[9, 5], [9, 5]], FLOATS),
    Row("xlogy", lambda a, b: (torch.xlogy(a, b), torch.special.xlog1py(a, b)), [[9, 9], [9, 9]], FLOATS),
    Row("xlogy_int", lambda a, b: (torch.xlogy(a, b), torch.special.xlog1py(a, b)), [NATURAL, NATURAL], INTS_AND_BOOL),
    Row("xlogy_scalar", lambda a: (torch.xlogy(a, 2.5), torch.xlogy(2.5, a), torch.xlogy(0, a), torch.special.xlog1py(a, 2.5),
                                   torch.special.xlog1py(2.5, a)), [[20]], ALL),
    Row("logaddexp", lambda a, b: (torch.logaddexp(a, b), torch.logaddexp2(a, b)), [[9, 9], [9, 9]], FLOATS),
    Row("logaddexp_equal", lambda a: (torch.logaddexp(a, a), torch.logaddexp2(a, a)), [[20]], FLOATS),
    Row("float_power", torch.float_power, [[5, 7], Input([5, 7], low=-3, high=4)], REALS),
    Row("float_power_special", torch.float_power, [[9, 9], [9, 9]], FLOATS),
    Row("float_power_scalar", lambda a: (torch.float_power(a, 2), torch.float_power(a, -0.5), torch.float_power(2, a)),
        [Input([20], low=0, high=20)], ALL),
    Row("copysign_scalar", lambda a: (A.copysign.Scalar(a, -1.5), A.copysign.Scalar(a, 2)), [[20]], ALL),
    Row("clamp_min", lambda a, b: (A.clamp_min.default(a, 3), A.clamp_max.default(a, 3), A.clamp_min.Tensor(a, b),
                                   A.clamp_max.Tensor(a, b)), [[9, 5], [5]], REALS),
    Row("clamp_min_nan", lambda a: (A.clamp_min.default(a, float("nan")), A.clamp_max.default(a, 1.5)), [[20]], FLOATS),
    Row("clamp_min_mixed", lambda a, b: (A.clamp_min.Tensor(a, b), A.clamp_max.Tensor(a, b)), [[9, 5], Input([9, 1], dtype=torch.int64)], REALS),
    Row("rsub_tensor", lambda a, b: (A.rsub.Tensor(a, b), A.rsub.Tensor(a, b, alpha=3)), [[3, 5], [5]], REALS),
    Row("floor_divide_scalar", lambda a: (A.floor_divide.Scalar(a, 3), A.floor_divide.Scalar(a, 7)), [[20]], REALS),
    Row("floor_divide_float", lambda a: (A.floor_divide.Scalar(a, -0.75), A.floor_divide.Scalar(a, 0.0)), [[20]], FLOATS),
    Row("remainder_scalar", lambda a: (A.remainder.Scalar_Tensor(17, a), A.remainder.Scalar_Tensor(5, a)), [Input([20], low=1, high=9)], REALS),
    Row("remainder_scalar_float", lambda a: A.remainder.Scalar_Tensor(-7.5, a), [[20]], FLOATS),
    Row("bitwise_scalar_tensor", lambda a: (A.bitwise_and.Scalar_Tensor(11, a), A.bitwise_or.Scalar_Tensor(11, a),
                                            A.bitwise_xor.Scalar_Tensor(-3, a)), [[20]], INTS_AND_BOOL),
    Row("shift_scalar_tensor", lambda a: (A.bitwise_left_shift.Scalar_Tensor(11, a), A.bitwise_right_shift.Scalar_Tensor(110, a)), [[20]], INTS),
    Row("shift_operator", lambda a, b: (A.__lshift__.Tensor(a, b), A.__rshift__.Tensor(a, b), A.__lshift__.Scalar(a, 3),
                                        A.__rshift__.Scalar(a, 2), A.__lshift__.Scalar(a, 99), A.__rshift__.Scalar(a, 99)), [[20], [20]], INTS),
]

preserve("round.decimals nan_to_num isposinf isneginf square sgn deg2rad rad2deg threshold softshrink hardshrink mish celu "
         "log_sigmoid_forward angle complex polar sinc frexp.Tensor rrelu_with_noise_functional masked_fill.Tensor "
         "conj_physical _masked_scale")
FAMILIES["extras_unary"] = [
    Row("round_decimals", lambda x: (torch.round(x, decimals=1), torch.round(x, decimals=-1), torch.round(x, decimals=3),
                                     torch.round(x, decimals=0)), [plain([40])], FLOATS),
    Row("round_decimals_special", lambda x: (torch.round(x, decimals=2), torch.round(x, decimals=-2)), [[20]], SINGLES),
    Row("nan_to_num", lambda x: (torch.nan_to_num(x), torch.nan_to_num(x, 1.5), torch.nan_to_num(x, 1, 2, -3)), [[20]], ALL),
    Row("isposinf", lambda x: (torch.isposinf(x), torch.isneginf(x)), [[20]], ALL),
    Row("square", torch.square, [[20]], ALL),
    Row("sgn", torch.sgn, [[20]], ALL),
    Row("deg2rad", lambda x: (torch.deg2rad(x), torch.rad2deg(x)), [[20]], ALL),
    Row("threshold", lambda x: (F.threshold(x, 2, 7), F.threshold(x, 0, 1), F.threshold(x, -1, 3)), [[20]], REALS),
    Row("threshold_fraction", lambda x: F.threshold(x, 0.1, 0.7), [[20]], F32 + FLOATS[2:]),
    Row("shrink", lambda x: (F.softshrink(x), F.softshrink(x, 2.5), F.hardshrink(x), F.hardshrink(x, 2.5), F.hardshrink(x, 0.1)), [[40]], FLOATS),
    Row("mish", lambda x: (F.mish(x), F.celu(x), F.celu(x, 0.5), F.celu(x, -2.0)), [[60]], FLOATS),
    Row("log_sigmoid", lambda x: A.log_sigmoid_forward(x), [[40]], FLOATS),
    Row("angle", torch.angle, [[20]], ALL),
    Row("sinc", torch.sinc, [[30]], ALL),
    Row("sinc_integers", torch.sinc, [Input([20], low=-4, high=5)], FLOATS),
    Row("frexp", lambda x: tuple(torch.frexp(x)), [[30]], FLOATS),
    Row("masked_fill_tensor", lambda x, m, v: A.masked_fill.Tensor(x, m, v), [[3, 5], Input([5], dtype=torch.bool), []], ALL),
]
FAMILIES["extras_complex"] = [
    Row("complex", lambda a, b: torch.view_as_real(torch.complex(a, b)), [[3, 5], [5]], SINGLES),
    Row("polar", lambda a, b: torch.view_as_real(torch.polar(a, b)), [plain([3, 5]), plain([5])], SINGLES),
    Row("conj_physical", lambda a, b: (torch.view_as_real(A.conj_physical(torch.complex(a, b))),
                                       torch.view_as_real(torch.sgn(torch.complex(a, b))), torch.angle(torch.complex(a, b)),
                                       torch.abs(torch.complex(a, b))), [plain([3, 5]), plain([5])], SINGLES),
]

preserve("sigmoid_backward tanh_backward threshold_backward elu_backward gelu_backward silu_backward hardsigmoid_backward "
         "hardswish_backward hardtanh_backward leaky_relu_backward logit_backward softplus_backward log_sigmoid_backward "
         "mse_loss_backward smooth_l1_loss_backward huber_loss_backward soft_margin_loss_backward "
         "binary_cross_entropy_backward glu_backward native_dropout_backward rrelu_with_noise_backward "
         "_softmax_backward_data _log_softmax_backward_data")
GRADIENT = [[7, 9], [7, 9]]
UNIT = Input([20], low=0, high=9)
INSIDE = Input([20], low=1, high=8)
PLAIN_GRADIENT = [plain([7, 9]), plain([7, 9])]


FAMILIES["extras_gradients"] = [
    Row("sigmoid_backward", lambda g, y: (A.sigmoid_backward(g, y), A.tanh_backward(g, y)), GRADIENT, FLOATS),
    Row("threshold_backward", lambda g, x: (A.threshold_backward(g, x, 0), A.threshold_backward(g, x, 1.5)), GRADIENT, REALS),
    # Without NaN, which PyTorch keeps or not depending on where in the tensor it is.
    Row("elu_backward", lambda g, x: (A.elu_backward(g, 1, 1, 1, False, x), A.elu_backward(g, 0.5, 2, 3, False, x),
                                      A.elu_backward(g, 0.5, 2, 3, True, x)), PLAIN_GRADIENT, FLOATS),
    # Far below 0 float32 loses digits in PyTorch.
    Row("gelu_backward", lambda g, x: (A.gelu_backward(g, x), A.gelu_backward(g, x, approximate="tanh")), [plain([7, 9]), Input([7, 9], low=-2, high=4)], FLOATS),
    Row("silu_backward", lambda g, x: (A.silu_backward(g, x), A.hardsigmoid_backward(g, x), A.hardswish_backward(g, x)), PLAIN_GRADIENT, FLOATS),
    Row("hardswish_edges", lambda g, x: (A.hardsigmoid_backward(g, x), A.hardswish_backward(g, x), A.hardtanh_backward(g, x, -3, 2)),
        [plain([40]), Input([40], low=-4, high=5)], FLOATS),
    Row("hardtanh_backward", lambda g, x: (A.hardtanh_backward(g, x, -1, 1), A.leaky_relu_backward(g, x, 0.25, False),
                                           A.rrelu_with_noise_backward(g, x, x, 0.125, 0.375, False, False),
                                           A.rrelu_with_noise_backward(g, x, x, 0.125, 0.375, True, False)), GRADIENT, FLOATS),
    Row("logit_backward", lambda g, x: (A.logit_backward(g, x / 8), A.logit_backward(g, x / 8, 0.25)), [plain([20]), UNIT], FLOATS),
    Row("softplus_backward", lambda g, x: (A.softplus_backward(g, x, 1, 20), A.softplus_backward(g, x, 2, 3)), PLAIN_GRADIENT, FLOATS),
    Row("log_sigmoid_backward", lambda g, x: A.log_sigmoid_backward(g, x, torch.exp(-x.abs())), PLAIN_GRADIENT, FLOATS),
    Row("mse_loss_backward", lambda g, x, t: (A.mse_loss_backward(g, x, t, 0), A.mse_loss_backward(g[0, 0], x, t, 1),
                                              A.mse_loss_backward(g[0, 0], x, t, 2)), [plain([3, 4])] * 3, FLOATS),
    Row("smooth_l1_loss_backward", lambda g, x, t: (A.smooth_l1_loss_backward(g, x, t, 0, 1.0), A.smooth_l1_loss_backward(g[0, 0], x, t, 1, 2.5),
                                                    A.huber_loss_backward(g, x, t, 0, 1.0), A.huber_loss_backward(g[0, 0], x, t, 1, 2.5)),
        [plain([3, 4])] * 3, FLOATS),
    Row("soft_margin_backward", lambda g, x, t: (A.soft_margin_loss_backward(g, x, t, 0), A.soft_margin_loss_backward(g[0, 0], x, t, 1)),
        [plain([3, 4])] * 3, SINGLES),
    Row("bce_backward", lambda g, x, t, w: (A.binary_cross_entropy_backward(g, x / 8, t / 8, None, 0),
                                            A.binary_cross_entropy_backward(g[0], x / 8, t / 8, w, 1),
                                            A.binary_cross_entropy_backward(g[0], x / 8, t / 8, w, 2)), [plain([20]), INSIDE, UNIT, plain([20])], FLOATS),
    Row("glu_backward", lambda g, x: (A.glu_backward(g, x, -1), A.glu_backward(g, x, 1)), [plain([2, 4]), plain([2, 8])], FLOATS[:3]),
    Row("glu_backward_0", lambda g, x: A.glu_backward(g, x, 0), [plain([2, 4]), plain([4, 4])], F32),
    Row("dropout_backward", lambda g, m: A.native_dropout_backward(g, m, 1.25), [[3, 5], Input([3, 5], dtype=torch.bool)], FLOATS),
    Row("softmax_backward", lambda g, x: (A._softmax_backward_data(g, torch.softmax(x, 1), 1, x.dtype), A._softmax_backward_data(g, torch.softmax(x, 0), 0, x.dtype),
                                          A._log_softmax_backward_data(g, torch.log_softmax(x, -1), -1, x.dtype)), PLAIN_GRADIENT, FLOATS),
    Row("softmax_backward_channels_last", lambda g, x: (A._softmax_backward_data(g, torch.softmax(x, 1), 1, x.dtype),
                                                        A._log_softmax_backward_data(g, torch.log_softmax(x, 3), 3, x.dtype)),
        [Input([2, 3, 2, 2], channels_last=True, special=False)] * 2, F32),
]

preserve("all.dim all.dims all.default aminmax nansum nanmean count_nonzero count_nonzero.dim_IntList std.correction std.dim "
         "std_mean.correction sum.default logsumexp linalg_vector_norm norm.Scalar norm.ScalarOpt_dim norm.ScalarOpt_dtype "
         "norm.ScalarOpt_dim_dtype renorm dist trace _cdist_forward _pdist_forward")
REDUCED = [3, 4, 5]
FAMILIES["extras_reduce"] = [
    Row("all", lambda x: (A.all.dim(x, 0), A.all.dim(x, -1, True), A.all.default(x), A.all.dims(x, [0, 1]), A.all.dims(x, [1], True),
                          A.all.dims(x, None)), [Input([3, 5], low=0, high=3)], ALL),
    Row("all_special", lambda x: (A.all.dim(x, 0), A.all.default(x)), [[3, 4]], FLOATS),
    Row("all_empty", lambda x: (A.all.dim(x, 0), A.all.dim(x, 1), A.all.default(x)), [[0, 3]], F32),
    Row("aminmax", lambda x: (*torch.aminmax(x), *torch.aminmax(x, dim=1), *torch.aminmax(x, dim=0, keepdim=True)), [[3, 5]], ALL),
    Row("aminmax_plain", lambda x: (*torch.aminmax(x), *torch.aminmax(x, dim=-1)), [plain([3, 5])], FLOATS),
    Row("nansum", lambda x: (A.nansum(x), A.nansum(x, [1]), A.nansum(x, [0], True), A.nansum(x, [0, 1], dtype=torch.float32)), [[5, 7]], REALS),
    Row("nanmean", lambda x: (A.nanmean(x), A.nanmean(x, [1]), A.nanmean(x, [0], True), A.nanmean(x * float("nan"), [0])), [[5, 7]], FLOATS),
    Row("count_nonzero", lambda x: (A.count_nonzero(x), A.count_nonzero(x, 1), A.count_nonzero.dim_IntList(x, [0, -1]),
                                    A.count_nonzero.dim_IntList(x, [0])), [Input([3, 5], low=0, high=3)], ALL),
    Row("count_nonzero_empty", lambda x: (A.count_nonzero(x), A.count_nonzero(x, 0)), [[0, 3]], F32),
    Row("std", lambda x: (A.std.correction(x, [1]), A.std.correction(x, [0, 2], correction=0), A.std.correction(x), A.std.dim(x, [1], True, True),
                          A.std.correction(x, [1], correction=9), *A.std_mean.correction(x, [0], correction=2), *A.std_mean.correction(x)),
        [plain(REDUCED)], FLOATS),
    Row("sum_all", lambda x: (A.sum.default(x), A.sum.default(x, dtype=torch.float64)), [plain(REDUCED)], ALL),
    Row("logsumexp", lambda x: (A.logsumexp(x, [1]), A.logsumexp(x, [0, -1], True), A.logsumexp(x * 100, [2])), [plain(REDUCED)], FLOATS),
    Row("logsumexp_special", lambda x: (A.logsumexp(x, [1]), A.logsumexp(x, [0]), A.logsumexp(x * 0 - float("inf"), [0])), [[5, 7]], FLOATS),
    Row("logsumexp_empty", lambda x: (A.logsumexp(x, [0]), A.logsumexp(x, [1])), [[0, 3]], F32),
    Row("vector_norm", lambda x: tuple(A.linalg_vector_norm(x, p, [1]) for p in (2, 1, 0, float("inf"), -float("inf"), 3, 0.5, -1))
        + (A.linalg_vector_norm(x), A.linalg_vector_norm(x, 2, [0, 2], True)), [plain(REDUCED)], FLOATS),
    Row("vector_norm_special", lambda x: tuple(A.linalg_vector_norm(x, p, [1]) for p in (2, 1, 0, float("inf"), -float("inf"))), [[9, 4]], SINGLES),
    Row("vector_norm_dtype", lambda x: A.linalg_vector_norm(x, 2, [1], dtype=torch.float64), [plain(REDUCED)], FLOATS[:1] + FLOATS[2:]),
    Row("vector_norm_channels_last", lambda x: (A.linalg_vector_norm(x, 2, [1]), A.linalg_vector_norm(x, 1, [2, 3])),
        [Input([2, 3, 2, 2], channels_last=True, special=False)], F32),
    Row("norm", lambda x: (A.norm.Scalar(x), A.norm.Scalar(x, 1), A.norm.ScalarOpt_dim(x, 2, [1]), A.norm.ScalarOpt_dim(x, None, [0], True),
                           A.norm.ScalarOpt_dtype(x, 2, dtype=x.dtype), A.norm.ScalarOpt_dim_dtype(x, 3, [1], False, dtype=x.dtype)),
        [plain([5, 7])], FLOATS),
    Row("dist", lambda a, b: tuple(torch.dist(a, b, p) for p in (2, 1, 0, 3, float("inf"))), [plain([3, 5]), plain([5])], SINGLES),
    Row("renorm", lambda x: (torch.renorm(x, 2, 0, 3.0), torch.renorm(x, 1, 1, 5.0), torch.renorm(x, 3, -1, 100.0)), [plain(REDUCED)], SINGLES),
    Row("trace", torch.trace, [plain([4, 6])], REALS),
    Row("cdist", lambda a, b: tuple(A._cdist_forward(a, b, p, None) for p in (2.0, 1.0, 0.0, 3.0, float("inf"))), [plain([2, 5, 4]), plain([2, 3, 4])], SINGLES),
    Row("cdist_broadcast", lambda a, b: A._cdist_forward(a, b, 2.0, 2), [plain([2, 1, 5, 4]), plain([3, 6, 4])], F32),
    Row("cdist_empty", lambda a, b: A._cdist_forward(a, b, 2.0, None), [plain([5, 0]), plain([3, 0])], F32),
    Row("pdist", lambda a: tuple(A._pdist_forward(a, p) for p in (2.0, 1.0, 0.0, 3.0, float("inf"))), [plain([6, 4])], SINGLES),
    Row("pdist_one", lambda a: A._pdist_forward(a, 2.0), [plain([1, 4])], F32),
]

preserve("dot vdot mv addmv baddbmm addbmm matmul outer ger addr kron linalg_cross cross")
FAMILIES["extras_products"] = [
    Row("dot", lambda a, b: (torch.dot(a, b), torch.vdot(a, b)), [plain([37]), plain([37])], REALS),
    Row("mv", lambda a, b: torch.mv(a, b), [plain([5, 7]), plain([7])], REALS),
    Row("addmv", lambda s, a, b: (torch.addmv(s, a, b), torch.addmv(s, a, b, beta=2, alpha=3), torch.addmv(s[0], a, b, beta=0)),
        [plain([5]), plain([5, 7]), plain([7])], REALS),
    Row("baddbmm", lambda s, a, b: (torch.baddbmm(s, a, b), torch.baddbmm(s, a, b, beta=2, alpha=3), torch.baddbmm(s, a, b, beta=0)),
        [plain([5]), plain([2, 3, 4]), plain([2, 4, 5])], REALS),
    Row("addbmm", lambda s, a, b: (torch.addbmm(s, a, b), torch.addbmm(s, a, b, beta=2, alpha=3)),
        [small([3, 1]), small([2, 3, 4]), small([2, 4, 5])], REALS),
    Row("matmul", lambda v, m, b, c: (torch.matmul(v, v), torch.matmul(v, m), torch.matmul(m.t(), v), torch.matmul(b, m), torch.matmul(v, b.transpose(1, 2)),
                                      torch.matmul(b, c), torch.matmul(b[:1], c[0]), torch.matmul(c.transpose(2, 3), v)),
        [plain([4]), plain([4, 5]), plain([2, 3, 4]), plain([3, 1, 4, 2])], REALS),
    Row("matmul_empty", lambda a, b: torch.matmul(a, b), [plain([0, 3, 4]), plain([4, 5])], F32),
    Row("matmul_no_depth", lambda a, b: torch.matmul(a, b), [plain([2, 3, 0]), plain([0, 5])], F32),
    Row("outer", lambda a, b: (torch.outer(a, b), torch.ger(a, b)), [[5], [3]], ALL),
    Row("addr", lambda s, a, b: (torch.addr(s, a, b), torch.addr(s, a, b, beta=2, alpha=3)), [small([3]), small([5]), small([3])], REALS),
    Row("kron", lambda a, b, c: (torch.kron(a, b), torch.kron(a, c), torch.kron(c, a)), [plain([2, 3]), plain([4, 2]), plain([3])], REALS),
    Row("cross", lambda a, b: (A.linalg_cross(a, b), A.linalg_cross(a, b, dim=0), A.cross(a, b), A.cross(a, b, 2)), [small([3, 4, 3]), small([3, 4, 3])], REALS),
    Row("cross_broadcast", lambda a, b: A.linalg_cross(a, b), [plain([4, 3]), plain([1, 3])], F32),
]

preserve("mse_loss smooth_l1_loss huber_loss soft_margin_loss binary_cross_entropy binary_cross_entropy_with_logits "
         "nll_loss_forward nll_loss2d_forward nll_loss_backward nll_loss2d_backward")
LABELS = Input([5], dtype=torch.int64, low=0, high=4)
FAMILIES["extras_losses"] = [
    Row("losses", lambda x, t: tuple(f(x, t, r) for r in (0, 1, 2) for f in (A.mse_loss, A.smooth_l1_loss, A.huber_loss)),
        [plain([3, 5]), plain([3, 5])], FLOATS),
    Row("soft_margin", lambda x, t: tuple(A.soft_margin_loss(x, t, r) for r in (0, 1, 2)), [plain([3, 5]), plain([3, 5])], SINGLES),
    Row("losses_width", lambda x, t: (A.smooth_l1_loss(x, t, 1, 2.5), A.smooth_l1_loss(x, t, 0, 0.0), A.huber_loss(x, t, 1, 2.5)), [plain([3, 5]), plain([3, 5])], FLOATS),
    Row("bce", lambda x, t, w: tuple(A.binary_cross_entropy(x / 8, t / 8, v, r) for r in (0, 1, 2) for v in (None, w)), [UNIT, UNIT, plain([20])], FLOATS),
    Row("bce_logits", lambda x, t, w: tuple(A.binary_cross_entropy_with_logits(x, t / 8, v, p, r) for r in (0, 1, 2) for v, p in ((None, None), (w, w), (None, w))),
        [plain([20]), UNIT, plain([20])], FLOATS),
    Row("nll", lambda x, t, w: tuple(o for r in (0, 1, 2) for v in (None, w) for i in (-100, 2) for o in A.nll_loss_forward(x, t, v, r, i)),
        [plain([5, 4]), LABELS, plain([4])], FLOATS),
    Row("nll_one", lambda x, t, w: tuple(o for r in (0, 1, 2) for v in (None, w) for o in A.nll_loss_forward(x, t, v, r, -100)),
        [plain([4]), Input([], dtype=torch.int64, low=0, high=4), plain([4])], F32),
    Row("nll_2d", lambda x, t, w: tuple(o for r in (0, 1, 2) for v in (None, w) for i in (-100, 2) for o in A.nll_loss2d_forward(x, t, v, r, i)),
        [plain([2, 4, 3, 2]), Input([2, 3, 2], dtype=torch.int64, low=0, high=4), plain([4])], SINGLES + [torch.bfloat16]),
    Row("nll_backward", lambda g, x, t, w: tuple(A.nll_loss_backward(g if r == 0 else g[0], x, t, v, r, i, A.nll_loss_forward(x, t, v, r, i)[1])
                                                 for r in (0, 1, 2) for v in (None, w) for i in (-100, 2)), [plain([5]), plain([5, 4]), LABELS, plain([4])], FLOATS),
    Row("nll_2d_backward", lambda g, x, t, w: tuple(A.nll_loss2d_backward(g if r == 0 else g[0, 0, 0], x, t, w, r, 2, A.nll_loss2d_forward(x, t, w, r, 2)[1])
                                                    for r in (0, 1, 2)), [plain([2, 3, 2]), plain([2, 4, 3, 2]), Input([2, 3, 2], dtype=torch.int64, low=0, high=4), plain([4])], FLOATS),
    Row("cross_entropy", lambda x, t: (F.cross_entropy(x, t), F.cross_entropy(x, t, label_smoothing=0.25), F.cross_entropy(x, t, reduction="sum"),
                                       F.kl_div(torch.log_softmax(x, 1), torch.softmax(x.flip(0), 1), reduction="batchmean"), F.l1_loss(x, x.flip(0)),
                                       F.hinge_embedding_loss(x, torch.sign(x)), F.poisson_nll_loss(x, x * x)),
        [plain([5, 4]), LABELS], F32),
]

preserve("lgamma digamma polygamma mvlgamma igamma igammac special_zeta special_zeta.other_scalar special_zeta.self_scalar erfinv "
         "special_erfcx special_ndtr special_log_ndtr special_ndtri special_entr i0 special_i0e special_i1 special_i1e "
         "special_modified_bessel_i0 special_modified_bessel_i1 special_modified_bessel_k0 special_modified_bessel_k1 "
         "special_scaled_modified_bessel_k0 special_scaled_modified_bessel_k1 special_bessel_j0 special_bessel_j1 "
         "special_bessel_y0 special_bessel_y1 special_spherical_bessel_j0")
SPECIAL = ["lgamma", "digamma", "i0", "special_i0e", "special_i1", "special_i1e", "special_erfcx", "special_ndtr", "special_log_ndtr", "special_entr"]
BESSEL = ["special_modified_bessel_i0", "special_modified_bessel_i1", "special_modified_bessel_k0", "special_modified_bessel_k1",
          "special_scaled_modified_bessel_k0", "special_scaled_modified_bessel_k1", "special_bessel_j0", "special_bessel_j1",
          "special_bessel_y0", "special_bessel_y1", "special_spherical_bessel_j0"]
POSITIVE = Input([40], low=1, high=60)
FAMILIES["extras_special"] = [
    Row(f"special_{i}", lambda x, n=n: tuple(getattr(A, f)(x) for f in n), [[60]], FLOATS) for i, n in enumerate((SPECIAL[:5], SPECIAL[5:]))
] + [
    Row("special_int", lambda x: tuple(getattr(A, f)(x) for f in SPECIAL), [Input([12], low=0, high=12)], INTS_AND_BOOL),
    Row("special_wide", lambda x: tuple(getattr(A, f)(x * 8) for f in SPECIAL), [plain([60])], SINGLES),
    Row("special_fine", lambda x: tuple(getattr(A, f)(x / 8) for f in SPECIAL), [plain([60])], SINGLES),
    Row("bessel", lambda x: tuple(getattr(A, f)(x / 5) for f in BESSEL), [Input([60], low=1, high=400)], F32),
    # PyTorch's j0, j1, y0 and y1 are off by 1e-8 in float64.
    Row("bessel_modified", lambda x: tuple(getattr(A, f)(x / 5) for f in BESSEL[:6] + BESSEL[10:]), [Input([60], low=1, high=400)], F64),
    Row("bessel_negative", lambda x: tuple(getattr(A, f)(x) for f in BESSEL), [plain([40])], F32),
    Row("erfinv", lambda x: (A.erfinv(x / 64), A.erfinv(x / 60)), [Input([60], low=-64, high=65)], FLOATS),
    Row("erfinv_special", lambda x: (A.erfinv(x), A.special_ndtri(x)), [[30]], SINGLES),
    Row("ndtri", lambda x: (A.special_ndtri(x / 64), A.special_ndtri(x / 1e6)), [Input([60], low=0, high=65)], SINGLES),
    Row("polygamma", lambda x: tuple(A.polygamma(n, x / 8) for n in (0, 1, 2, 3, 5)), [Input([40], low=1, high=200)], FLOATS),
    Row("polygamma_negative", lambda x: tuple(A.polygamma(n, x + 0.375) for n in (1, 2, 3)), [Input([20], low=-8, high=0)], SINGLES),
    Row("mvlgamma", lambda x: (A.mvlgamma(x + 2, 1), A.mvlgamma(x + 2, 3)), [POSITIVE], FLOATS),
    Row("igamma", lambda a, x: (A.igamma(a / 4, x / 4), A.igammac(a / 4, x / 4)), [POSITIVE, POSITIVE], SINGLES + [torch.bfloat16, torch.float16]),
    Row("igamma_edges", lambda a, x: (A.igamma(a, x), A.igammac(a, x)), [[30], [30]], SINGLES),
    Row("zeta", lambda s, q: (A.special_zeta(s / 4 + 1, q / 4), A.special_zeta.other_scalar(s / 4 + 1, 2.5), A.special_zeta.self_scalar(3, q)), [POSITIVE, POSITIVE], SINGLES),
    Row("zeta_edges", lambda s, q: A.special_zeta(s, q), [Input([40], low=-3, high=7), Input([40], low=-3, high=7)], SINGLES),
]

preserve("eye eye.m linspace logspace linspace.Tensor_Tensor linspace.Tensor_Scalar linspace.Scalar_Tensor ones_like zeros_like "
         "new_full new_ones new_zeros isin.Tensor_Tensor isin.Tensor_Scalar isin.Scalar_Tensor bincount histc "
         "zero select_backward slice_backward diagonal_backward embedding_dense_backward")
FAMILIES["extras_fill"] = [
    Row("eye", lambda x: (torch.eye(3, dtype=x.dtype), torch.eye(2, 4, dtype=x.dtype), torch.eye(3, 1, dtype=x.dtype), torch.eye(0, dtype=x.dtype)), [[1]], ALL),
    Row("linspace", lambda x: (torch.linspace(3, 10, 5, dtype=x.dtype), torch.linspace(1, 9, 9, dtype=x.dtype), torch.linspace(7, 2, 4, dtype=x.dtype),
                               torch.linspace(3, 10, 1, dtype=x.dtype), torch.linspace(3, 10, 0, dtype=x.dtype)), [[1]], REALS),
    Row("linspace_fraction", lambda x: torch.linspace(-0.5, 0.75, 17, dtype=x.dtype), [[1]], FLOATS),
    Row("linspace_tensor", lambda x, y: (torch.linspace(x, y, 5), torch.linspace(x, 9, 5), torch.linspace(-9, y, 6)), [plain([]), plain([])], SINGLES),
    Row("logspace", lambda x: (torch.logspace(0, 4, 5, base=2, dtype=x.dtype), torch.logspace(0, 1, 6, dtype=x.dtype), torch.logspace(3, 1, 1, dtype=x.dtype)), [[1]], REALS),
    Row("logspace_fraction", lambda x: torch.logspace(-0.5, 0.75, 17, dtype=x.dtype), [[1]], FLOATS),
    Row("like", lambda x: (A.ones_like(x), A.zeros_like(x), A.new_full(x, [2, 3], 3), A.new_ones(x, [2]), A.new_zeros(x, [0, 2]), A.zero(x)), [[2, 3]], ALL),
    Row("like_channels_last", lambda x: (A.ones_like(x), A.zeros_like(x)), [NCHW], F32),
    Row("isin", lambda a, b: (A.isin.Tensor_Tensor(a, b), A.isin.Tensor_Tensor(a, b, invert=True), A.isin.Tensor_Scalar(a, 3), A.isin.Scalar_Tensor(3, b)),
        [Input([4, 5], low=0, high=9), Input([3, 2], low=0, high=9)], FLOATS[:2] + INTS),
    Row("isin_special", lambda a: A.isin.Tensor_Tensor(a, a), [[20]], SINGLES),
    Row("select_backward", lambda g: (A.select_backward(g, [3, 4, 2], 1, -1), A.slice_backward(g, [3, 7], 1, 1, 5, 2), A.slice_backward(g, [3, 2], 1, 0, 99, 1)), [[3, 2]], REALS),
    Row("diagonal_backward", lambda g: A.diagonal_backward(g, [3, 4], 1, 0, 1), [[3]], REALS),
    Row("embedding_backward", lambda g, i: (A.embedding_dense_backward(g, i, 6, -1, False), A.embedding_dense_backward(g, i, 6, 2, False),
                                            A.embedding_dense_backward(g, i, 6, -1, True)), [plain([2, 4, 3]), Input([2, 4], dtype=torch.int64, low=0, high=6)], FLOATS),
]

preserve("native_layer_norm_backward native_group_norm_backward native_batch_norm_backward")
MASK = [True, True, True]


def layer_norm_backward(g, x, w, b):
    y, mean, rstd = torch.native_layer_norm(x, [4, 5], w, b, 1e-5)
    return A.native_layer_norm_backward(g, x, [4, 5], mean, rstd, w, b, MASK)


def group_norm_backward(g, x, w):
    y, mean, rstd = torch.native_group_norm(x, w, w, 2, 6, 4, 3, 1e-5)
    return A.native_group_norm_backward(g, x, mean, rstd, w, 2, 6, 4, 3, MASK)


def batch_norm_backward(g, x, w, m, v):
    y, mean, rstd = A._native_batch_norm_legit.no_stats(x, w, w, True, 0.1, 1e-5)
    return (*A.native_batch_norm_backward(g, x, w, None, None, mean, rstd, True, 1e-5, MASK),
            *A.native_batch_norm_backward(g, x, w, m, v * v + 1, None, None, False, 1e-5, MASK))


FAMILIES["extras_norm_gradients"] = [
    Row("layer_norm_backward", layer_norm_backward, [plain([3, 4, 5]), plain([3, 4, 5]), plain([4, 5]), plain([4, 5])], SINGLES),
    Row("group_norm_backward", group_norm_backward, [plain([2, 6, 2, 2]), plain([2, 6, 2, 2]), plain([6])], SINGLES),
    Row("batch_norm_backward", batch_norm_backward, [plain([4, 3, 2, 2]), plain([4, 3, 2, 2]), plain([3]), plain([3]), plain([3])], SINGLES),
    Row("batch_norm_backward_flat", batch_norm_backward, [plain([6, 3]), plain([6, 3]), plain([3]), plain([3]), plain([3])], SINGLES),
]

preserve("_fft_c2c _fft_r2c _fft_c2r")
REAL = torch.view_as_real


def transforms(x):
    forward = A._fft_r2c(x, [0], 0, False)
    half = A._fft_r2c(x, [0], 0, True)
    return (REAL(forward), REAL(half), REAL(A._fft_c2c(torch.complex(x, x.flip(0)), [0], 0, False)), A._fft_c2r(half, [0], 2, x.shape[0]),
            REAL(A._fft_r2c(x, [0], 1, True)))


FAMILIES["extras_fft"] = [
    Row(f"fft_{n}", transforms, [plain([n])], SINGLES) for n in (1, 2, 7, 8, 12, 17, 64, 100)
] + [
    Row("fft_2d", lambda x: (REAL(A._fft_r2c(x, [1, 2], 0, True)), REAL(A._fft_r2c(x, [2, 0], 1, True)), REAL(A._fft_r2c(x, [1], 2, False)),
                             A._fft_c2r(A._fft_r2c(x, [1, 2], 0, True), [1, 2], 2, 6), A._fft_c2r(A._fft_r2c(x, [1], 0, True), [1], 0, 5),
                             REAL(A._fft_c2c(A._fft_r2c(x, [1], 0, False), [0, 2], 1, True))), [plain([3, 5, 6])], SINGLES),
    Row("fft_modules", lambda x: (REAL(torch.fft.fft(x)), REAL(torch.fft.rfft2(x)), torch.fft.irfft2(torch.fft.rfft2(x)),
                                  torch.fft.irfft(torch.fft.rfft(x), n=6), REAL(torch.fft.ifft(torch.fft.fft(x, norm="ortho"), norm="ortho"))), [plain([4, 6])], SINGLES),
]

preserve("linalg_cholesky_ex linalg_inv_ex _linalg_det _linalg_slogdet linalg_lu_factor_ex linalg_lu _linalg_solve_ex "
         "linalg_solve_triangular linalg_qr _linalg_eigh _linalg_svd")


def definite(x):
    return x @ x.transpose(-1, -2) + 2 * torch.eye(x.shape[-2], dtype=x.dtype)


def eigen(x):
    values, vectors = A._linalg_eigh(definite(x))
    return values, vectors @ torch.diag_embed(values) @ vectors.transpose(-1, -2), A._linalg_eigh(definite(x), "U", False)[0]


def singular(x):
    u, s, vh = A._linalg_svd(x)
    return s, (u * s.unsqueeze(-2)) @ vh, A._linalg_svd(x, False, False)[1]


SQUARE = plain([2, 4, 4])
FAMILIES["extras_linalg"] = [
    Row("cholesky", lambda x: (*A.linalg_cholesky_ex(definite(x)), *A.linalg_cholesky_ex(definite(x), upper=True), A.linalg_cholesky_ex(-definite(x))[1]), [SQUARE], SINGLES),
    Row("inverse", lambda x: (*A.linalg_inv_ex(definite(x)), A._linalg_det(x)[0], *A._linalg_slogdet(x)[:2]), [SQUARE], SINGLES),
    Row("lu", lambda x: (*A.linalg_lu_factor_ex(x), *A.linalg_lu(x)), [SQUARE], SINGLES),
    Row("lu_tall", lambda x, y: (*A.linalg_lu_factor_ex(x), *A.linalg_lu(x), *A.linalg_lu(y)), [plain([5, 3]), plain([3, 5])], SINGLES),
    Row("solve", lambda x, b, v: (A._linalg_solve_ex(definite(x), b)[0], A._linalg_solve_ex(definite(x), b.transpose(1, 2), left=False)[0],
                                  A._linalg_solve_ex(definite(x), v)[0]), [SQUARE, plain([2, 4, 3]), plain([2, 4])], SINGLES),
    Row("solve_triangular", lambda x, b: tuple(A.linalg_solve_triangular(definite(x), c, upper=u, left=l, unitriangular=t)
                                               for u in (False, True) for l, c in ((True, b), (False, b.transpose(1, 2))) for t in (False,)), [SQUARE, plain([2, 4, 3])], SINGLES),
    Row("qr", lambda x: (*A.linalg_qr(x), *A.linalg_qr(x, "complete"), A.linalg_qr(x, "r")[1]), [plain([2, 5, 3])], SINGLES),
    Row("qr_wide", lambda x: A.linalg_qr(x), [plain([3, 5])], SINGLES),
    Row("eigh", eigen, [SQUARE], SINGLES),
    Row("svd", singular, [plain([2, 5, 3])], SINGLES),
    Row("svd_wide", singular, [plain([3, 5])], SINGLES),
]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

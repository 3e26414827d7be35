"""Cases for the mathematical operators: python export_math.py [family ...] (see export_operators.py)."""

import pathlib
import sys
import warnings

import torch
import torch.nn.functional as F

from export_operators import (A, ALL, DIM, FLOATS, INTS, NCHW, NO_DOUBLE, PAIR, PRESERVED, REALS, Input, Row, binary,
                              export_family, plain, scalar, small)

PRESERVED += [A.glu.default, A.logit.default, A.native_layer_norm.default, A.native_group_norm.default, A.any.dims,
              A._native_batch_norm_legit.default, A._native_batch_norm_legit.no_stats, A.elu.default, A.gelu.default,
              A._native_batch_norm_legit_no_training.default, A.leaky_relu.default, A.masked_fill.Scalar, A.pow.Scalar,
              A.native_dropout.default, A.var_mean.correction, A.var.correction, A.var.dim, A.prod.default,
              A.prod.dim_int, A._softmax.default, A._log_softmax.default, A._conj_physical.default, A.max.default,
              A.min.default, A.max.dim, A.min.dim, A.argmax.default, A.argmin.default, A.cumsum.default,
              A.bitwise_left_shift.Tensor, A.bitwise_right_shift.Tensor, A.bitwise_left_shift.Tensor_Scalar,
              A.bitwise_right_shift.Tensor_Scalar, A.bitwise_and.Scalar, A.bitwise_or.Scalar, A.bitwise_xor.Scalar,
              A.amax.default, A.amin.default, A.log10.default, A.log1p.default, A.log2.default, A.expm1.default]

F64 = [torch.float64]
F32 = FLOATS[:1]
INTS_AND_BOOL = INTS + [torch.bool]

SMOOTH = {name: getattr(torch, name) for name in (
    "acos acosh asin asinh atan atanh cos cosh sin sinh tan expm1 log log1p log2 log10 sqrt rsqrt reciprocal erf").split()}


def together(x):
    return tuple(f(x) for f in SMOOTH.values())


FAMILIES = {}
FAMILIES["math_unary"] = (
    [Row(name, f, [[64]], FLOATS) for name, f in SMOOTH.items()]
    + [Row("smooth_int", together, [[17]], INTS_AND_BOOL),
       Row("smooth_small", together, [Input([30], low=-2, high=3)], FLOATS),
       Row("smooth_channels_last", lambda x: (A.sqrt(x), A.log(x), A.rsqrt(x)), [NCHW]),
       Row("smooth_0d_empty", lambda x, y: (torch.sqrt(x), torch.erf(y)), [[], [0, 3]]),
       Row("round", lambda x: (torch.ceil(x), torch.floor(x), torch.trunc(x), torch.round(x)), [[40]], REALS),
       Row("round_half", lambda x: (torch.ceil(x / 2), torch.floor(x / 2), torch.trunc(x / 2), torch.round(x / 2)),
           [Input([40], low=-9, high=9)], FLOATS),
       Row("sign", lambda x: (torch.sign(x),), [[20]], ALL),
       Row("isnan", lambda x: (torch.isnan(x), torch.isinf(x)), [[20]], ALL),
       Row("sigmoid_tanh_exp", lambda x: (torch.sigmoid(x), torch.tanh(x), torch.exp(x)), [[400]], FLOATS),
       Row("sigmoid_tanh_exp_fine", lambda x: (torch.sigmoid(x * 8), torch.tanh(x * 0.01), torch.exp(x * 20)),
           [[300]], F32 + FLOATS[2:]),
       Row("bitwise_not", torch.bitwise_not, [[20]], INTS_AND_BOOL)]
    + [Row("smooth_dynamic", lambda x: (torch.sqrt(x), torch.tan(x)), [plain([3, 4])],
           dynamic=({0: DIM("n", min=1, max=9)},), more=[[plain([1, 4])], [plain([9, 4])]])]
)

FAMILIES["math_activation"] = [
    # Without infinities: PyTorch's vector code makes NaN of them, its scalar code does not.
    Row("gelu", lambda x: (F.gelu(x), F.gelu(x, approximate="tanh")), [plain([300])], FLOATS),
    Row("gelu_channels_last", lambda x: F.gelu(x), [Input([2, 3, 2, 2], channels_last=True, special=False)]),
    Row("leaky_relu", lambda x: (F.leaky_relu(x), F.leaky_relu(x, 0.25), F.leaky_relu(x, -1)), [[40]], NO_DOUBLE),
    Row("leaky_relu_exact", lambda x: (F.leaky_relu(x, 0.25), F.leaky_relu(x, -1)), [[40]], [torch.float64]),
    Row("elu", lambda x: (F.elu(x), A.elu(x, 0.5, 2, 3)), [[60]], FLOATS),
    Row("glu", lambda x: (F.glu(x), F.glu(x, 0), F.glu(x, -2)), [[4, 6]], FLOATS),
    Row("glu_channels_last", lambda x: F.glu(x, 2), [NCHW]),
    Row("logit", lambda x: (torch.logit(x), torch.logit(x, 0.25)), [[40]], REALS),
    Row("logit_inside", lambda x: (torch.logit(x / 64), torch.logit(x / 64, 0.125)), [Input([40], low=0, high=65)], FLOATS),
    Row("masked_fill", lambda x, m: (torch.masked_fill(x, m, 3), torch.masked_fill(x, m, -1)),
        [[3, 5], Input([3, 5], dtype=torch.bool)], ALL),
    Row("masked_fill_inf", lambda x, m: (torch.masked_fill(x, m, -float("inf")), torch.masked_fill(x, m, 0.1)),
        [[2, 3, 5], Input([3, 1], dtype=torch.bool)], F32 + FLOATS[2:]),
    Row("masked_fill_wide", lambda x, m: torch.masked_fill(x, m, 2), [[5], Input([3, 5], dtype=torch.bool)], F32),
    Row("masked_fill_0d", lambda x, m: torch.masked_fill(x, m, 2), [[], Input([], dtype=torch.bool)], F32),
] + binary("pow", torch.pow, ALL)[:1] + [
    Row("pow_special", torch.pow, [[9, 9], [9, 9]], FLOATS),
    Row("pow_broadcast", torch.pow, [[2, 3, 4], [3, 1]], FLOATS),
    Row("pow_int", torch.pow, [[12], Input([12], low=0, high=9)], INTS_AND_BOOL),
    Row("pow_float_int", torch.pow, [[12], Input([12], dtype=torch.int64, low=-4, high=5)], FLOATS),
    Row("pow_scalar", lambda x: tuple(torch.pow(x, e) for e in (0, 1, 2, 3, 4, 0.5, 1.5)), [[30]], FLOATS),
    Row("pow_scalar_int", lambda x: tuple(torch.pow(x, e) for e in (0, 1, 2, 3, 4, 0.5, 1.5)), [[13]], INTS_AND_BOOL),
    Row("pow_scalar_negative", lambda x: tuple(torch.pow(x, e) for e in (-1, -2, -0.5, -3)), [[30]], FLOATS),
    Row("pow_base", lambda x: tuple(torch.pow(b, x) for b in (0, 1, 2, 0.5, -2)), [[30]], FLOATS),
    Row("pow_base_int", lambda x: tuple(torch.pow(b, x) for b in (1, 2, 0.5, -3)), [Input([9], low=0, high=6)],
        INTS_AND_BOOL),
]


def norm_inputs(shape, weight):
    return [plain(shape), plain(weight), plain(weight)]


FAMILIES["math_norm"] = [
    Row("layer_norm", lambda x, w, b: A.native_layer_norm(x, [6], w, b, 1e-5), norm_inputs([4, 6], [6]), FLOATS),
    Row("layer_norm_two", lambda x, w, b: A.native_layer_norm(x, [3, 4], w, None, 1e-3), norm_inputs([2, 3, 4], [3, 4]), FLOATS),
    Row("layer_norm_plain", lambda x: A.native_layer_norm(x, [300], None, None, 1e-6), [plain([3, 300])], FLOATS),
    Row("layer_norm_special", lambda x: A.native_layer_norm(x, [9], None, None, 1e-6)[0], [[4, 9]], FLOATS),
    Row("layer_norm_offset", lambda x: A.native_layer_norm(x + 10, [40], None, None, 1e-6), [plain([4, 40])], F32),
    Row("layer_norm_empty", lambda x: A.native_layer_norm(x, [5], None, None, 1e-6), [plain([0, 5])], F32),
    Row("layer_norm_dynamic", lambda x, w, b: A.native_layer_norm(x, [6], w, b, 1e-5)[0], norm_inputs([4, 6], [6]), F32,
        dynamic=({0: DIM("n", min=1, max=9)}, {}, {}), more=[norm_inputs([1, 6], [6]), norm_inputs([9, 6], [6])]),
    Row("group_norm", lambda x, w, b: A.native_group_norm(x, w, b, 2, 6, 12, 3, 1e-5), norm_inputs([2, 6, 3, 4], [6]), FLOATS),
    Row("group_norm_plain", lambda x: (A.native_group_norm(x, None, None, 2, 6, 5, 1, 1e-5)[0],
                                       A.native_group_norm(x, None, None, 2, 6, 5, 6, 1e-5)[0]), [plain([2, 6, 5])], FLOATS),
    Row("group_norm_channels_last", lambda x, w, b: (A.native_group_norm(x, w, b, 2, 4, 6, 2, 1e-5)[0], A.native_layer_norm(x, [2, 3], None, None, 1e-5)[0]),
        [Input([2, 4, 2, 3], channels_last=True), plain([4]), plain([4])], FLOATS),
    Row("group_norm_bias", lambda x, b: A.native_group_norm(x, None, b, 2, 6, 1, 3, 1e-5), [plain([2, 6]), plain([6])], F32),
    Row("batch_norm", lambda x, w, b, m, v: A._native_batch_norm_legit_no_training(x, w, b, m, v, 0.1, 1e-5)[0],
        [plain([2, 3, 4, 5]), plain([3]), plain([3]), plain([3]), Input([3], low=1, high=5)], FLOATS),
    Row("batch_norm_plain", lambda x, m, v: A._native_batch_norm_legit_no_training(x, None, None, m, v, 0.1, 1e-3)[0],
        [plain([4, 3]), plain([3]), Input([3], low=1, high=5)], FLOATS),
    Row("batch_norm_channels_last", lambda x, w, b, m, v: A._native_batch_norm_legit_no_training(x, w, b, m, v, 0.1, 1e-5)[0],
        [NCHW, plain([3]), plain([3]), plain([3]), Input([3], low=1, high=5)], F32),
    Row("batch_norm_eval", lambda x, w, b, m, v: A._native_batch_norm_legit(x, w, b, m, v, False, 0.1, 1e-5)[0],
        [plain([2, 3, 7]), plain([3]), plain([3]), plain([3]), Input([3], low=1, high=5)], FLOATS),
    Row("batch_norm_no_stats", lambda x, w, b: A._native_batch_norm_legit.no_stats(x, w, b, True, 0.1, 1e-5),
        [plain([2, 3, 4, 5]), plain([3]), plain([3])], FLOATS),
    Row("batch_norm_no_stats_plain", lambda x: A._native_batch_norm_legit.no_stats(x, None, None, True, 0.1, 1e-5),
        [plain([5, 3])], F32),
]

FAMILIES["math_softmax"] = [
    Row("softmax", lambda x: (torch.softmax(x, -1), torch.softmax(x, 0), torch.softmax(x, 1)), [plain([3, 4, 5])], FLOATS),
    Row("log_softmax", lambda x: (torch.log_softmax(x, -1), torch.log_softmax(x, 0), torch.log_softmax(x, 1)),
        [plain([3, 4, 5])], FLOATS),
    Row("softmax_special", lambda x: (torch.softmax(x, -1), torch.log_softmax(x, 0)), [[6, 7]], FLOATS),
    Row("softmax_masked", lambda x, m: torch.softmax(torch.where(m, x, -float("inf")), -1),
        [plain([6, 4]), Input([6, 4], dtype=torch.bool)], F32),
    Row("softmax_long", lambda x: (torch.softmax(x, -1), torch.log_softmax(x, -1)), [plain([2, 1111])], F32),
    Row("softmax_large", lambda x: (torch.softmax(x * 100, -1), torch.log_softmax(x * 100, -1)), [plain([4, 33])], FLOATS),
    Row("softmax_0d", lambda x: (torch.softmax(x, 0), torch.log_softmax(x, -1)), [plain([])], F32),
    Row("softmax_empty", lambda x: (torch.softmax(x, 0), torch.softmax(x, 1)), [[0, 3]], F32),
    Row("softmax_channels_last", lambda x: (torch.softmax(x, 1), torch.log_softmax(x, 3)), [NCHW], F32),
    Row("softmax_dynamic", lambda x: torch.softmax(x, -1), [plain([3, 6])], F32,
        dynamic=({1: DIM("n", min=1, max=20)},), more=[[plain([3, 1])], [plain([3, 20])]]),
]


def extremes(x):
    return (*torch.max(x, 0), *torch.min(x, -1), *torch.max(x, 1, keepdim=True), torch.argmax(x, 0), torch.argmin(x, 1),
            torch.argmax(x, -1, keepdim=True), torch.argmin(x), torch.argmax(x))


FAMILIES["math_reduce"] = [
    Row("amax", lambda x: (torch.amax(x, 1), torch.amin(x, 0), torch.amax(x, [0, 2], keepdim=True), torch.amin(x, [-1, 1]),
                           torch.amax(x), torch.amin(x)), [[3, 4, 5]], ALL),
    Row("amax_channels_last", lambda x: (torch.amax(x, [2, 3]), torch.amin(x, 1)), [NCHW], F32),
    Row("extremes", extremes, [[4, 5]], ALL),
    Row("extremes_plain", extremes, [plain([7, 40])], REALS),
    Row("extremes_ties", extremes, [Input([6, 7], low=0, high=3)], REALS),
    Row("extremes_0d", lambda x: (*torch.max(x, 0), torch.argmax(x), torch.argmin(x, 0)), [plain([])], F32),
    Row("extremes_channels_last", lambda x: (*torch.max(x, 1), torch.argmax(x, 2), torch.argmax(x)), [NCHW], F32),
    Row("extremes_empty", lambda x: (*torch.max(x, 1), torch.amax(x, 1)), [[0, 3]], F32),
    Row("max_all", lambda x: (torch.max(x), torch.min(x)), [[3, 5]], ALL),
    Row("max_all_plain", lambda x: (torch.max(x), torch.min(x)), [plain([3, 5])], FLOATS),
    Row("any", lambda x: (torch.any(x, 0), torch.any(x, -1, keepdim=True), torch.any(x), A.any.dims(x, [0, 1]), A.any.dims(x, [1], True),
                          A.any.dims(x, None)), [Input([3, 5], low=0, high=2)], ALL),
    Row("any_rare", lambda x: (torch.any(x, 0), torch.any(x, 1), torch.any(x)), [Input([9, 3], low=0, high=2)], [torch.uint8]),
    Row("any_special", lambda x: (torch.any(x, 0), torch.any(x)), [[3, 4]], FLOATS),
    Row("any_empty", lambda x: (torch.any(x, 0), torch.any(x, 1), torch.any(x)), [[0, 3]], F32),
    Row("any_zero", lambda x: (torch.any(x * 0), torch.any(x * 0, 1)), [plain([2, 3])], F32),
    Row("prod", lambda x: (torch.prod(x), torch.prod(x, 0), torch.prod(x, -1, keepdim=True)), [Input([3, 5], low=-3, high=4)], ALL),
    Row("prod_special", lambda x: (torch.prod(x), torch.prod(x, 1)), [[3, 5]], REALS),
    Row("prod_plain", lambda x: (torch.prod(x), torch.prod(x, 1)), [plain([3, 5])], FLOATS),
    Row("prod_dtype", lambda x: (torch.prod(x, dtype=torch.float64), torch.prod(x, 1, dtype=torch.int32)),
        [Input([3, 5], low=1, high=4)], ALL),
    Row("prod_empty", lambda x: (torch.prod(x), torch.prod(x, 0), torch.prod(x, 1)), [[0, 3]], F32),
    Row("var", lambda x: (torch.var(x, 1), torch.var(x, [0, 2], unbiased=False), torch.var(x, -1, keepdim=True),
                          A.var.dim(x, [1], True, True), A.var.dim(x, None, False)), [plain([3, 4, 5])], FLOATS),
    Row("var_correction", lambda x: (A.var.correction(x, [1], correction=0), A.var.correction(x, [0, 1], correction=2),
                                     A.var.correction(x), A.var.correction(x, [1], correction=9), A.var.correction(x, [1], correction=1.5)), [plain([4, 5])], FLOATS),
    Row("var_mean", lambda x: (*A.var_mean.correction(x, [1], correction=0), *A.var_mean.correction(x),
                               *A.var_mean.correction(x, [0], correction=1, keepdim=True)), [plain([4, 5])], FLOATS),
    Row("var_special", lambda x: (A.var.correction(x, [1]), *A.var_mean.correction(x, [0])), [[5, 4]], FLOATS),
    Row("var_offset", lambda x: A.var.correction(x + 5000, [1]), [plain([4, 50])], F32 + F64),
    Row("var_empty", lambda x: (A.var.correction(x, [0]), A.var.correction(x, [1])), [[0, 3]], F32),
    Row("var_channels_last", lambda x: (A.var.correction(x, [2, 3]), A.var.correction(x, [1])), [NCHW], F32),
]

FAMILIES["math_scan"] = [
    Row("cumsum", lambda x: (torch.cumsum(x, 0), torch.cumsum(x, -1), torch.cumsum(x, 1)), [plain([3, 4, 5])], ALL),
    Row("cumsum_special", lambda x: (torch.cumsum(x, 0), torch.cumsum(x, 1)), [[4, 5]], FLOATS),
    Row("cumsum_long", lambda x: torch.cumsum(x, 0), [plain([500])], FLOATS),
    Row("cumsum_dtype", lambda x: (torch.cumsum(x, 1, dtype=torch.float64), torch.cumsum(x, 0, dtype=torch.int32)),
        [Input([3, 5], low=0, high=90)], ALL),
    Row("cumsum_0d", lambda x: torch.cumsum(x, 0), [[]], F32),
    Row("cumsum_empty", lambda x: (torch.cumsum(x, 0), torch.cumsum(x, 1)), [[0, 3]], F32),
    Row("cumsum_channels_last", lambda x: (torch.cumsum(x, 1), torch.cumsum(x, 2)), [NCHW], F32),
    Row("dropout", lambda x: A.native_dropout(x, 0.5, False), [[3, 5]], FLOATS),
    Row("dropout_none", lambda x: A.native_dropout(x, 0.0, True), [[3, 5]], F32),
]

DIVISORS = Input([3, 5], low=1, high=9)
SHIFTS = Input([3, 5], low=0, high=11)
FAMILIES["math_binary"] = (
    binary("atan2", torch.atan2)
    + [
        Row("atan2_special", torch.atan2, [[9, 9], [9, 9]], FLOATS),
        Row("fmod", torch.fmod, [[3, 5], DIVISORS], REALS),
        Row("fmod_negative", lambda a, b: torch.fmod(a, -b), [[3, 5], DIVISORS], FLOATS + [torch.int8, torch.int32, torch.int64]),
        Row("fmod_special", lambda a, b: (torch.fmod(a, b), torch.remainder(a, b)), [[9, 9], [9, 9]], FLOATS),
        Row("fmod_scalar", lambda a: (torch.fmod(a, 3), torch.fmod(a, -2.5), torch.remainder(a, 3), torch.remainder(a, -2.5)), [[3, 5]], REALS),
        Row("fmod_mixed", lambda a, b: (torch.fmod(a, b), torch.remainder(a, b)), [[3, 5], Input([5], dtype=torch.int64, low=1, high=9)], REALS),
        Row("remainder", torch.remainder, [[3, 5], DIVISORS], REALS),
        Row("remainder_negative", lambda a, b: torch.remainder(a, -b), [[3, 5], DIVISORS], FLOATS + [torch.int8, torch.int32, torch.int64]),
        Row("bitwise", lambda a, b: (a & b, a | b, a ^ b), [[3, 5], [3, 5]], INTS_AND_BOOL),
        Row("bitwise_mixed", lambda a, b: (a & b, a | b, a ^ b), [[3, 5], Input([5], dtype=torch.int32)], INTS_AND_BOOL),
        Row("bitwise_scalar", lambda a: (A.bitwise_and.Scalar(a, 5), A.bitwise_or.Scalar(a, 5), A.bitwise_xor.Scalar(a, -3)), [[3, 5]],
            INTS_AND_BOOL),
        Row("shift", lambda a, b: (torch.bitwise_left_shift(a, b), torch.bitwise_right_shift(a, b)), [[3, 5], SHIFTS], INTS),
        Row("shift_wild", lambda a, b: (torch.bitwise_left_shift(a, b), torch.bitwise_right_shift(a, b)), [[9, 5], [9, 5]], INTS),
        Row("shift_scalar", lambda a: (A.bitwise_left_shift.Tensor_Scalar(a, 3), A.bitwise_right_shift.Tensor_Scalar(a, 2),
                                       A.bitwise_left_shift.Tensor_Scalar(a, 70), A.bitwise_right_shift.Tensor_Scalar(a, 70)), [[9]], INTS),
    ]
)

PRESERVED += [A.silu.default, A.hardsigmoid.default, A.hardswish.default, A.softplus.default, A.exp2.default,
              A.erfc.default, A.frac.default, A.signbit.default, A.hypot.default, A.copysign.Tensor]
FAMILIES["math_more"] = [
    Row("activations", lambda x: (F.silu(x), F.hardsigmoid(x), F.hardswish(x), A.softplus(x), A.softplus(x, 2, 3)), [plain([40])], FLOATS),
    Row("exp2", lambda x: (torch.exp2(x), torch.erfc(x), torch.signbit(x)), [[30]], ALL),
    Row("frac", torch.frac, [[30]], FLOATS),
    Row("hypot", lambda a, b: (torch.hypot(a, b), torch.copysign(a, b)), [[9, 5], [9, 5]], FLOATS),
    Row("copysign", torch.copysign, [[9], [9]], INTS),
]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

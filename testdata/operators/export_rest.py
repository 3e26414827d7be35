"""Operators that no other family calls by their own name: python export_rest.py [family ...]
(see export_operators.py)."""

import pathlib
import sys
import warnings

import torch

from export_operators import A, ALL, FLOATS, INTS, REALS, Input, Row, export_family, plain
from export_extras import preserve

F32 = FLOATS[:1]
SINGLES = F32 + [torch.float64]
COMPLEX = [torch.complex64, torch.complex128]
FAMILIES = {}

preserve("hardshrink softshrink div.Scalar_mode squeeze_copy.dim transpose_copy.int clone lift _logcumsumexp conj_physical "
         "logspace.Tensor_Tensor logspace.Tensor_Scalar logspace.Scalar_Tensor nll_loss nll_loss2d adaptive_avg_pool2d "
         "adaptive_avg_pool3d fractional_max_pool2d_backward empty_like new_empty new_empty_strided empty_strided _efficientzerotensor "
         "_to_copy")


def one(x):
    return x.flatten()[0] / 4


CLASSES = Input([6], dtype=torch.int64, low=0, high=4)
PLACES = Input([2, 3, 2], dtype=torch.int64, low=0, high=4)

FAMILIES["rest"] = [
    Row("hardshrink", lambda x: (A.hardshrink(x), A.hardshrink(x, 1.75)), [[40]], FLOATS),
    Row("softshrink", lambda x: (A.softshrink(x), A.softshrink(x, 1.75)), [[40]], FLOATS),
    Row("div_scalar_mode", lambda x: tuple(A.div.Scalar_mode(x, d, rounding_mode=m) for d in (3, -2) for m in ("floor", "trunc", None)), [[3, 9]], REALS),
    Row("squeeze_copy", lambda x: (A.squeeze_copy.dim(x, 1), A.squeeze_copy.dim(x, -2), A.squeeze_copy.dim(x, 0)), [[3, 1, 1, 5]], ALL),
    Row("transpose_copy", lambda x: (A.transpose_copy.int(x, 0, 1), A.transpose_copy.int(x, -1, 0)), [[3, 4, 5]], ALL + COMPLEX),
    Row("clone", lambda x: A.clone(x), [[3, 5]], ALL + COMPLEX),
    Row("clone_last", lambda x: A.clone(x, memory_format=torch.channels_last), [[2, 3, 2, 2]], F32),
    Row("lift", lambda x: A.lift(x), [[3, 5]], ALL),
    Row("conj_physical", lambda x: A.conj_physical(x), [[11]], COMPLEX),
    Row("logcumsumexp_kernel", lambda x: (A._logcumsumexp(x, 0), A._logcumsumexp(x, 1)), [[4, 5]], FLOATS),
    Row("logspace_tensor", lambda x: (A.logspace.Tensor_Scalar(one(x), 2, 7), A.logspace.Scalar_Tensor(-1, one(x), 5), A.logspace.Tensor_Tensor(one(x), one(x) + 1, 4, 2.0)),
        [Input([1], special=False, low=-4, high=5)], SINGLES),
    Row("nll_loss", lambda x, y, w: tuple(A.nll_loss(x, y, weight, r, ignore) for weight in (None, w.abs()) for r in (0, 1, 2) for ignore in (-100, 2)),
        [plain([6, 4]), CLASSES, plain([4])], FLOATS),
    Row("nll_loss2d", lambda x, y, w: tuple(A.nll_loss2d(x, y, weight, r, ignore) for weight in (None, w.abs()) for r in (0, 1, 2) for ignore in (-100, 2)),
        [plain([2, 4, 3, 2]), PLACES, plain([4])], FLOATS),
    Row("adaptive_avg_pool", lambda x, y: (A.adaptive_avg_pool2d(x, [2, 3]), A.adaptive_avg_pool3d(y, [2, 1, 3])), [plain([2, 3, 5, 7]), plain([1, 2, 3, 4, 5])], FLOATS),
    Row("fractional_max_pool2d_backward", lambda g, x, i: A.fractional_max_pool2d_backward(g, x, [2, 2], [2, 3], i),
        [plain([1, 2, 2, 3]), plain([1, 2, 5, 6]), Input([1, 2, 2, 3], dtype=torch.int64, low=0, high=30)], SINGLES),
]

# --- Windows, frequencies, and quantisation in training

preserve("hann_window hann_window.periodic hardshrink_backward softshrink_backward _neg_view_copy")
WINDOWS = [f(n) for name in ("hann", "hamming", "bartlett", "blackman", "kaiser") for n in (1, 2, 9, 300)
           for f in (lambda n, op=getattr(A, f"{name}_window"): lambda d: op(n, dtype=d), lambda n, op=getattr(A, f"{name}_window"): lambda d: op.periodic(n, False, dtype=d))]


FAMILIES["rest_signals"] = [
    Row("windows", lambda x: tuple(w(x.dtype) for w in WINDOWS), [[1]], SINGLES),
    Row("windows_shaped", lambda x: (A.hamming_window.periodic_alpha(8, True, 0.6, dtype=x.dtype), A.hamming_window.periodic_alpha_beta(8, False, 0.6, 0.3, dtype=x.dtype),
                                     A.kaiser_window.beta(8, True, 3.5, dtype=x.dtype), torch.hann_window(0, dtype=x.dtype)), [[1]], SINGLES),
    Row("frequencies", lambda x: tuple(f(n, d, dtype=x.dtype) for f in (A.fft_fftfreq, A.fft_rfftfreq) for n in (1, 8, 9) for d in (1.0, 0.25)), [[1]], SINGLES),
    Row("range", lambda x: (A.range.step(0, 5, 2, dtype=x.dtype), A.range.step(3, -4, -2, dtype=x.dtype), A.range.default(1, 4, dtype=x.dtype)), [[1]], SINGLES + [torch.int32, torch.int64]),
    Row("range_fraction", lambda x: A.range.step(0, 5, 0.5, dtype=x.dtype), [[1]], SINGLES),
    Row("fake_quantize", lambda x, s, z: (*A.fake_quantize_per_tensor_affine_cachemask(x, 0.1, 3, -7, 20), *A.fake_quantize_per_tensor_affine_cachemask(x, 0.03, 0, 0, 255),
                                          *A._fake_quantize_per_tensor_affine_cachemask_tensor_qparams(x, s[0].abs() + 0.05, z[0], torch.ones(1, dtype=torch.int64), 0, 15),
                                          *A._fake_quantize_per_tensor_affine_cachemask_tensor_qparams(x, s[0].abs() + 0.05, z[0], torch.zeros(1, dtype=torch.int64), 0, 15)),
        [[6, 7], Input([7], dtype=torch.float32, special=False), Input([7], dtype=torch.int32, low=0, high=9)], FLOATS),
    Row("fake_quantize_channels", lambda x, s, z: (*A.fake_quantize_per_channel_affine_cachemask(x, s.abs() + 0.05, z, 1, 0, 15),
                                                   *A.fake_quantize_per_channel_affine_cachemask(x, s.abs() + 0.05, z.to(torch.float32) + 0.25, 1, 0, 15)),
        [[6, 7], Input([7], dtype=torch.float32, special=False), Input([7], dtype=torch.int32, low=0, high=9)], FLOATS),
    Row("shrink_backward", lambda g, x: (A.hardshrink_backward(g, x, 0.5), A.hardshrink_backward(g, x, 2.0), A.softshrink_backward(g, x, 0.5)), [[40], [40]], FLOATS),
    Row("conv_tbc", lambda x, w, b: (A.conv_tbc(x, w, b), A.conv_tbc(x, w, b, 1), A.conv_tbc(x, w, b, 4)), [plain([5, 2, 4]), plain([3, 4, 6]), plain([6])], SINGLES),
    Row("neg_view_copy", lambda x: A._neg_view_copy(x), [[11]], FLOATS + COMPLEX),
]

# --- Programs whose exporter was told to leave out the operators of dim orders

FAMILIES["rest_orders"] = [
    Row("clone_plain", lambda x: A.clone(x) + x, [[3, 5]], ALL + COMPLEX),
    Row("to_copy_plain", lambda x: (A._to_copy(x, dtype=torch.float32), A._to_copy(x, dtype=torch.int32), A._to_copy(x, dtype=torch.bool)),
        [Input([3, 5], low=-3, high=99)], ALL),
    Row("empties", lambda x: tuple(A.fill.Scalar(t, 3) for t in (A.empty_like(x), A.new_empty(x, [2, 3]), A.new_empty_strided(x, [2, 3], [3, 1]),
                                                                 A.empty.memory_format([4], dtype=x.dtype), A.empty_strided([2, 2], [2, 1], dtype=x.dtype))),
        [[3, 5]], ALL),
    Row("zero_tensor", lambda x: x + A._efficientzerotensor([3, 5], dtype=x.dtype), [[3, 5]], REALS),
    Row("full_plain", lambda x: (A.full_like(x, 2), A.zeros_like(x), A.ones_like(x), A.full([2, 2], 7, dtype=x.dtype)), [[3, 5]], ALL),
]


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder, _skip_dim_order=family == "rest_orders")

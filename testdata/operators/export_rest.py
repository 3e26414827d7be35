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

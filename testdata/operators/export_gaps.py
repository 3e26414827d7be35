"""Gradients of images, histograms, segments and indefinite factors: python export_gaps.py [family ...]
(see export_operators.py)."""

import pathlib
import sys
import warnings

import torch

from export_operators import A, FLOATS, Input, Row, export_family, plain
from export_extras import preserve

F32 = FLOATS[:1]
SINGLES = F32 + [torch.float64]
COMPLEX = [torch.complex64, torch.complex128]
FAMILIES = {}

# --- Gradients of resizing and padding

preserve(" ".join(f"{name}_backward" for name in (
    "upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_nearest_exact3d "
    "upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d _upsample_bilinear2d_aa _upsample_bicubic2d_aa "
    "_upsample_lanczos2d_aa reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d replication_pad3d "
    "grid_sampler_2d grid_sampler_3d fractional_max_pool3d").split()))
preserve("reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d replication_pad3d "
         "_upsample_lanczos2d_aa linalg_ldl_factor_ex linalg_ldl_solve segment_reduce _segment_reduce_backward")

G1, G2, G3 = plain([2, 2, 7]), plain([1, 2, 6, 5]), plain([1, 1, 4, 5, 6])
LAST = Input([1, 3, 6, 5], channels_last=True, special=False)


def nearest(op, spatial, *inputs, factors=None):
    none = [None] * spatial
    return lambda g: tuple(op(g, list(g.shape[2:]), [*g.shape[:2], *size], *(factors or none)) for size in inputs)


def linear(op, spatial, *inputs, factors=None):
    none = [None] * spatial
    return lambda g: tuple(op(g, list(g.shape[2:]), [*g.shape[:2], *size], align, *(factors or none))
                           for size in inputs for align in (False, True))


D1, D2, D3 = ([3], [7], [14], [1]), ([3, 4], [6, 5], [13, 11], [1, 9]), ([2, 3, 4], [4, 5, 6], [7, 6, 5])
FAMILIES["gaps_nearest"] = [
    row for suffix, exact in (("", ""), ("_exact", "_exact")) for row in (
        Row(f"nearest1d{suffix}", nearest(getattr(A, f"{'_' if exact else ''}upsample_nearest{exact}1d_backward"), 1, *D1), [G1], FLOATS),
        Row(f"nearest2d{suffix}", nearest(getattr(A, f"{'_' if exact else ''}upsample_nearest{exact}2d_backward"), 2, *D2), [G2], FLOATS),
        Row(f"nearest2d{suffix}_last", nearest(getattr(A, f"{'_' if exact else ''}upsample_nearest{exact}2d_backward"), 2, *D2), [LAST], F32),
        Row(f"nearest3d{suffix}", nearest(getattr(A, f"{'_' if exact else ''}upsample_nearest{exact}3d_backward"), 3, *D3), [G3], SINGLES))
]
FAMILIES["gaps_images"] = [
    Row("linear1d", linear(A.upsample_linear1d_backward, 1, *D1), [G1], FLOATS),
    Row("linear1d_factor", linear(A.upsample_linear1d_backward, 1, [3], factors=[2.3]), [G1], SINGLES),
    Row("bilinear2d", linear(A.upsample_bilinear2d_backward, 2, *D2), [G2], FLOATS),
    Row("bilinear2d_last", linear(A.upsample_bilinear2d_backward, 2, *D2), [LAST], F32),
    Row("bilinear2d_special", linear(A.upsample_bilinear2d_backward, 2, [3, 4]), [[2, 3, 6, 5]], F32),
    Row("trilinear3d", linear(A.upsample_trilinear3d_backward, 3, *D3), [G3], FLOATS),
    Row("bicubic2d", linear(A.upsample_bicubic2d_backward, 2, *D2), [G2], [torch.float16, torch.bfloat16, torch.float64]),
    Row("bicubic2d_exact", linear(A.upsample_bicubic2d_backward, 2, [3, 4], [6, 5]), [Input([1, 2, 6, 5], exact=True, special=False)], [torch.float64]),
    Row("bilinear2d_aa", linear(A._upsample_bilinear2d_aa_backward, 2, *D2), [G2], SINGLES),
    Row("bicubic2d_aa", linear(A._upsample_bicubic2d_aa_backward, 2, *D2), [G2], SINGLES),
    Row("lanczos2d_aa", linear(A._upsample_lanczos2d_aa_backward, 2, *D2), [G2], SINGLES),
    Row("lanczos", lambda x: tuple(A._upsample_lanczos2d_aa(x, size, align) for size in ([3, 4], [6, 5], [13, 11], [1, 9]) for align in (False, True)), [G2], SINGLES),
    Row("nearest2d_factors", nearest(A.upsample_nearest2d_backward, 2, [2, 2], factors=[2.9, 2.2]), [G2], F32),
]


def pads(name, spatial, *pads):
    op, pad = getattr(A, f"{name}{spatial}d_backward"), getattr(A, f"{name}{spatial}d")

    def call(x):
        results = []
        for each in pads:
            padded = pad(x, each)
            grad = padded * padded * 0.125
            results.append(op(grad, x, each))
        return tuple(results)
    return call


PADS1, PADS2, PADS3 = ([1, 2], [0, 3], [-1, 2]), ([1, 2, 3, 1], [0, 0, 2, 2], [-1, 2, 1, -2]), ([1, 2, 1, 1, 2, 1], [0, 0, 0, 1, 1, 0])
FAMILIES["gaps_pads"] = [
    Row(f"{name}{spatial}d_{len(shape)}", pads(name, spatial, *each), [plain(shape)], dtypes)
    for name in ("reflection_pad", "replication_pad")
    for spatial, each, shape, dtypes in ((1, PADS1, [2, 3, 6], FLOATS + COMPLEX), (2, PADS2, [2, 3, 5, 6], FLOATS + COMPLEX),
                                         (3, PADS3, [2, 2, 4, 4, 5], SINGLES), (1, PADS1, [3, 6], F32), (2, PADS2, [3, 5, 6], F32))
]

# --- Gradients of sampling

MODES = [(mode, padding, align) for mode in (0, 1, 2) for padding in (0, 1, 2) for align in (False, True)]


def sampling(op, modes):
    return lambda g, x, grid: tuple(t for mode, padding, align in modes for t in op(g, x, grid * 0.5, mode, padding, align, [True, True]))




def exact(*shape):
    return Input(list(shape), exact=True, special=False)


FAMILIES["gaps_grid"] = [
    Row("grid2d", sampling(A.grid_sampler_2d_backward, MODES), [plain([2, 3, 4, 5]), plain([2, 3, 6, 5]), plain([2, 4, 5, 2])], [torch.float64]),
    Row("grid2d_exact", sampling(A.grid_sampler_2d_backward, MODES[:12]), [exact(2, 3, 4, 5), exact(2, 3, 6, 5), exact(2, 4, 5, 2)], F32),
    Row("grid2d_last", sampling(A.grid_sampler_2d_backward, MODES[:3]),
        [plain([2, 3, 4, 5]), Input([2, 3, 6, 5], channels_last=True, special=False), plain([2, 4, 5, 2])], [torch.float64]),
    Row("grid2d_pixel", sampling(A.grid_sampler_2d_backward, MODES[:12]), [plain([1, 1, 2, 2]), plain([1, 1, 1, 1]), plain([1, 2, 2, 2])], SINGLES),
    Row("grid2d_no_input", lambda g, x, grid: A.grid_sampler_2d_backward(g, x, grid, 0, 0, False, [False, True])[1],
        [plain([1, 2, 3, 2]), plain([1, 2, 6, 5]), plain([1, 3, 2, 2])], [torch.float64]),
    Row("grid3d", sampling(A.grid_sampler_3d_backward, MODES[:12]), [plain([2, 2, 2, 3, 4]), plain([2, 2, 4, 3, 5]), plain([2, 2, 3, 4, 3])], [torch.float64]),
]

# --- Gradients of pooling at random places

FAMILIES["gaps_images"].append(Row("fractional_max_pool3d", lambda x, s, g: A.fractional_max_pool3d_backward(
    g, x, [2, 2, 2], [2, 3, 2], A.fractional_max_pool3d(x, [2, 2, 2], [2, 3, 2], s.abs().clamp(max=0.9))[1]),
    [plain([2, 2, 5, 6, 5]), plain([2, 2, 3]), plain([2, 2, 2, 3, 2])], SINGLES))

# --- Histograms


def histogram(*arguments, **options):
    return lambda x, *w: tuple(torch.histogram(x, *arguments, **options, **({"weight": w[0].abs()} if w else {})))


POINTS, WEIGHTS = plain([40]), plain([40])
FAMILIES["gaps_counting"] = [
    Row("histogram", lambda x: (*histogram(5)(x), *histogram(7, range=(-2.0, 3.5))(x), *histogram(4, density=True)(x), *histogram(3)(x * 0)), [POINTS], SINGLES),
    Row("histogram_weights", lambda x, w: (*histogram(5)(x, w), *histogram(6, range=(-3.0, 3.0), density=True)(x, w)), [POINTS, WEIGHTS], SINGLES),
    Row("histogram_bins", lambda x, w: tuple(t for d in (False, True) for t in (*torch.histogram(x, torch.tensor([-4.0, -1.0, 0.0, 0.5, 2.0], dtype=x.dtype), density=d),
                                                                               *torch.histogram(x, torch.tensor([-4.0, -1.0, 0.0, 0.5, 2.0], dtype=x.dtype), weight=w, density=d))),
        [plain([5, 8]), plain([5, 8])], SINGLES),
    Row("histogramdd", lambda x, w: tuple(t for r in (torch.histogramdd(x, [3, 4]), torch.histogramdd(x, [2, 3], range=[-2.0, 2.0, -1.0, 3.0], weight=w.abs(), density=True)) for t in (r[0], *r[1])),
        [plain([20, 2]), plain([20])], SINGLES),
    Row("histogram2d_bins", lambda x: (lambda r: (r[0], *r[1]))(torch.histogramdd(x, [torch.tensor([-2.0, 0.0, 1.0], dtype=x.dtype), torch.tensor([-1.0, 1.0, 2.0, 4.0], dtype=x.dtype)])), [plain([20, 2])], SINGLES),
]


REDUCTIONS = ("sum", "mean", "max", "min", "prod")


def segments(x, g):
    lengths = torch.tensor([2, 0, 3, 1])
    offsets = torch.tensor([0, 2, 2, 5, 6])
    results = []
    for name in REDUCTIONS:
        for initial in (None, 1.5):
            y = A.segment_reduce(x, name, lengths=lengths, initial=initial)
            results += [y, A.segment_reduce(x, name, offsets=offsets, initial=initial),
                        A._segment_reduce_backward(g, y, x, name, lengths=lengths, initial=initial)]
    return tuple(results)


def inner_segments(x):
    lengths = torch.tensor([[1, 3], [2, 2]])
    return tuple(A.segment_reduce(x, name, lengths=lengths, axis=1, unsafe=True) for name in REDUCTIONS)


FAMILIES["gaps_counting"] += [
    Row("segments", segments, [plain([6, 3]), plain([4, 3])], FLOATS),
    Row("segments_special", lambda x: tuple(A.segment_reduce(x, name, lengths=torch.tensor([4, 6])) for name in REDUCTIONS), [[10]], F32),
    Row("segments_inner", inner_segments, [plain([2, 4, 3])], SINGLES),
]

# --- Indefinite factors


def indefinite(x, b):
    hermitian = x + x.mT
    results = []
    for each in (hermitian, hermitian * (1 - torch.eye(x.shape[-1], dtype=x.dtype))):
        factors, pivots, info = A.linalg_ldl_factor_ex(each)
        results += [factors.tril(), pivots, info, A.linalg_ldl_solve(factors, pivots, b), A.linalg_ldl_solve(factors, pivots, b[0])]
    if x.is_complex():
        each = x + x.mH
        factors, pivots, info = A.linalg_ldl_factor_ex(each, hermitian=True)
        results += [factors.tril(), pivots, info, A.linalg_ldl_solve(factors, pivots, b, hermitian=True)]
    return tuple(results)


FAMILIES["gaps_linalg"] = [Row("ldl", indefinite, [plain([2, 5, 5]), plain([2, 5, 3])], SINGLES + COMPLEX)]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

"""Gradients of images, histograms, segments and indefinite factors: python export_gaps.py [family ...]
(see export_operators.py)."""

import pathlib
import sys
import warnings

import torch

from export_operators import A, FLOATS, PAIR, Input, Row, export_family, plain
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

# --- Operators that PyTorch calls inside of others, and gradients of losses and distances

FLOAT8 = torch.float8_e4m3fn
SCORES, HIDDEN = plain([3, 8]), Input([3, 8], dtype=torch.bool)


def hide(m):
    """A mask that leaves something in every line."""
    return m & (torch.arange(m.shape[-1]) != 2)


def scaled(a, b, s, t, bias):
    a, b = a.to(FLOAT8), b.to(FLOAT8).t()
    return (A._scaled_mm(a, b, s[0, 0], t[0, 0], out_dtype=torch.float32), A._scaled_mm(a, b, s[0, 0], t[0, 0], bias, out_dtype=torch.float32),
            A._scaled_mm(a, b, s, t, out_dtype=torch.float32))


preserve("_weight_norm_interface _aminmax _aminmax.dim _batch_norm_no_update")
FAMILIES["gaps_inner"] = [
    Row("masked_softmax", lambda x, m: (A._masked_softmax(x, hide(m)), A._masked_softmax(x, hide(m), 1), A._masked_softmax(x, m & (torch.arange(3).view(3, 1) != 1), 0)), [SCORES, HIDDEN], FLOATS),
    Row("masked_softmax_special", lambda x, m: A._masked_softmax(x, m, 1), [[4, 10], Input([4, 10], dtype=torch.bool)], SINGLES),
    Row("masked_softmax_nothing", lambda x: A._masked_softmax(x, x > -100, 1), [SCORES], SINGLES),
    Row("masked_softmax_scores", lambda x, m, k: (A._masked_softmax(x, hide(m), 3, 0), A._masked_softmax(x, hide(k), -1, 1)),
        [plain([2, 3, 5, 5]), Input([5, 5], dtype=torch.bool), Input([2, 5], dtype=torch.bool)], SINGLES),
    Row("masked_softmax_edges", lambda x, y: (A._masked_softmax(x, x > 100, 0), A._masked_softmax(y, y > 0, 1)), [[], [0, 3]], F32),
    Row("masked_softmax_backward", lambda g, x, m: (A._masked_softmax_backward(g, torch.softmax(x, 1), m, 1), A._masked_softmax_backward(g, torch.softmax(x, 0), m, 0)), [SCORES, SCORES, HIDDEN], SINGLES),
    Row("aminmax_inner", lambda x: (*A._aminmax(x), *A._aminmax(x, 1), *A._aminmax(x, 0, True)), [[9, 5]], F32 + [torch.int32]),
    Row("add_relu", lambda a, b: (A._add_relu(a, b), A._add_relu(a, b, alpha=-2), A._add_relu(a, 3)), [plain([3, 5]), plain([5])], SINGLES),
    Row("add_relu_wrap", lambda a, b: (A._add_relu(a, b), A._add_relu(a, 3)), [[3, 5], [3, 5]], [torch.int8]),
    Row("addmm_activation", lambda b, x, y: (A._addmm_activation(b, x, y), A._addmm_activation(b, x, y, use_gelu=True), A._addmm_activation(b, x, y, beta=0.5, alpha=-1)), [plain([4]), plain([3, 5]), plain([5, 4])], SINGLES),
    Row("resize_fewer", lambda x: (A.resize(x, [2, 3]), A.resize(x, [15]), A.resize(x, [0])), [[3, 5]], F32 + [torch.int8]),
    Row("stack_inner", lambda a, b: A._stack([a, b], 1), [PAIR[0], PAIR[0]], F32),
    Row("batch_norm_no_update", lambda x, w, b, m, v: A._batch_norm_no_update(x, w, b, m, v.abs(), 0.1, 1e-5)[0], [plain([2, 3, 4])] + [plain([3])] * 4, SINGLES),
    Row("scaled_mm", scaled, [plain([4, 16]), plain([6, 16]), Input([4, 1], low=1, high=4), Input([1, 6], low=1, high=4), plain([6])], F32),
    Row("fake_quantize_learnable", lambda x, s, z: tuple(A._fake_quantize_learnable_per_tensor_affine(x, s[:1].abs() + 0.1, z[:1], -8, 7) for z in (z, z * 0.25, z * 9)), [plain([4, 9]), plain([4]), plain([4])], F32),
    Row("fake_quantize_learnable_channels", lambda x, s, z: tuple(A._fake_quantize_learnable_per_channel_affine(x, s.abs() + 0.1, z, 0, -8, 7) for z in (z, z * 0.25, z * 9)), [plain([4, 9]), plain([4]), plain([4])], F32),
]

UNARY = "abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 max neg reciprocal round rsqrt sigmoid sign sin sinh sqrt tan tanh trunc"


def over_lists(a, b, c):
    pair, other, third = [a, b], [b, a], [c, c]
    results = []
    for name in ("add", "sub", "mul", "div", "maximum", "minimum", "clamp_max", "clamp_min"):
        op = getattr(A, f"_foreach_{name}")
        results += op.List(pair, other) + op.Scalar(pair, 2) + op.ScalarList(pair, [0.5, -3.0])
    results += A._foreach_add.List(pair, other, alpha=3) + A._foreach_sub.List(pair, other, alpha=-2)
    results += A._foreach_lerp.List(pair, other, third) + A._foreach_lerp.Scalar(pair, other, 0.25) + A._foreach_lerp.ScalarList(pair, other, [0.25, 0.75])
    results += A._foreach_addcmul.Scalar(pair, other, third, 0.5) + A._foreach_addcmul.ScalarList(pair, other, third, [0.5, 2.0])
    results += A._foreach_addcdiv.Scalar(pair, other, third, 0.5) + A._foreach_addcdiv.ScalarList(pair, other, third, [0.5, 2.0])
    results += A._foreach_norm.Scalar(pair) + A._foreach_norm.Scalar(pair, 1)
    return tuple(results)


def powers_of_lists(a, b):
    pair = [a.abs(), b.abs()]
    return tuple(A._foreach_pow.List(pair, [b, a]) + A._foreach_pow.Scalar(pair, 2) + A._foreach_pow.ScalarList(pair, [0.5, 3.0]) + A._foreach_pow.ScalarAndTensor(2, pair))


LISTS = [plain([3, 4])] * 3
FAMILIES["gaps_lists"] = [
    Row("lists", over_lists, LISTS, SINGLES),
    Row("lists_integers", lambda a, b: tuple(A._foreach_add.List([a, b], [b, a]) + A._foreach_mul.ScalarList([a, b], [2, -3]) + A._foreach_sub.Scalar([a, b], 2) + A._foreach_maximum.List([a, b], [b, a])), [[3, 4]] * 2, [torch.int32]),
    Row("lists_tensor", lambda a, b, s: tuple(A._foreach_mul.Tensor([a, b], s) + A._foreach_add.Tensor([a, b], s, alpha=2) + A._foreach_div.Tensor([a, b], s)), [plain([3, 4]), plain([5]), plain([])], F32),
    Row("lists_unary", lambda a, b: tuple(t for name in UNARY.split() for t in getattr(A, f"_foreach_{name}")([a, b])), [plain([3, 4]), plain([5])], F32),
    Row("lists_powers", powers_of_lists, LISTS[:2], F32),
    Row("lists_copies", lambda a, b, m: tuple(A._foreach_copy([a, a], [b, b]) + A._foreach_clone([a, b]) + A._foreach_mm([a, b], [m, m])), [plain([3, 4]), plain([3, 4]), plain([4, 2])], F32),
]

POWERS = (0.0, 1.0, 1.5, 2.0, 3.0, float("inf"))


def distances(g, x, y):
    return tuple(A._cdist_backward(g, x, y, p, A._cdist_forward(x, y, p, None)) for p in POWERS)


def margins(x, t, w):
    return tuple(A.multi_margin_loss_backward(x[:, 0] if reduction == 0 else x[0, 0], x, t, p, 1.5, weight, reduction)
                 for p, weight, reduction in ((1, None, 0), (1, w, 1), (2, None, 2), (2, w, 0))) + (A.multi_margin_loss_backward(x[0, 1], x[0], t[0], 1, 1),)


def several_margins(x, t, known):
    return tuple(A.multilabel_margin_loss_backward(x[:, 0] if reduction == 0 else x[0, 0], x, t, reduction, known) for reduction in (0, 1, 2))


BAG_OF = torch.tensor([0, 0, 0, 2, 2, 3, 3])
BAG_SIZE = torch.tensor([3, 0, 2, 2])


def bag_gradients(g, w, i, s, p):
    def of_table(mode, scale, weights, padding):
        return A._embedding_bag_dense_backward(g, i, BAG_OF, BAG_SIZE, p, 6, scale, mode, weights, padding)
    # PyTorch looks up how often another row is named than the one that it scales: where all are named as often, it is right.
    twice = torch.tensor([3, 1, 0, 3, 0, 1])
    scaled = A._embedding_bag_dense_backward(g, twice, BAG_OF[:6], BAG_SIZE, p, 4, True, 0, None)
    return (of_table(0, False, None, -1), scaled, of_table(0, False, s, -1), of_table(1, False, None, -1),
            of_table(2, False, None, -1), A._embedding_bag_per_sample_weights_backward(g, w, i, torch.tensor([0, 3, 3, 5]), BAG_OF, 0),
            A._embedding_bag_per_sample_weights_backward(g, w, i, torch.tensor([0, 3, 3, 5]), BAG_OF, 0, 2))


def directions(g, v, along_first, along_last):
    results = []
    for dim, length in ((0, along_first), (2, along_last)):
        w, norms = A._weight_norm_interface(v, length, dim)
        results += [w, norms, *A._weight_norm_interface_backward(g, v, length, norms, dim)]
    return tuple(results)


FAMILIES["gaps_training"] = [
    Row("cdist_backward", distances, [plain([2, 4, 5]), plain([2, 4, 3]), plain([2, 5, 3])], [torch.float64]),
    Row("cdist_backward_batch", distances, [plain([2, 4, 5]), plain([2, 4, 3]), plain([5, 3])], F32),
    Row("cdist_backward_ties", distances, [plain([4, 5]), Input([4, 3], low=-1, high=2), Input([5, 3], low=-1, high=2)], F32),
    Row("pdist_backward", lambda g, x: tuple(A._pdist_backward(g, x, p, A._pdist_forward(x, p)) for p in POWERS), [plain([6]), plain([4, 3])], SINGLES),
    Row("multi_margin", margins, [plain([4, 5]), Input([4], dtype=torch.int64, low=0, high=5), plain([5])], SINGLES),
    Row("multilabel_margin", several_margins, [plain([4, 5]), Input([4, 5], dtype=torch.int64, low=-1, high=5), Input([4, 5], low=0, high=2)], SINGLES),
    Row("bag_gradients", bag_gradients, [plain([4, 3]), plain([6, 3]), Input([7], dtype=torch.int64, low=0, high=6), plain([7]), Input([4, 3], dtype=torch.int64, low=0, high=6)], SINGLES),
    Row("weight_norm", directions, [plain([3, 4, 5]), plain([3, 4, 5]), plain([3, 1, 1]), plain([1, 1, 5])], SINGLES),
]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

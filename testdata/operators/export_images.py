"""Cases for operators on images: python export_images.py [family ...] (see export_operators.py)."""

import pathlib
import sys
import warnings

import torch
import torch.nn.functional as F

import export_operators
from executorch.exir.dialects._ops import ops as exir_ops
from export_operators import A, ALL, DIM, FLOATS, NCHW, PRESERVED, REALS, Input, Row, export_family, plain

PRESERVED += [
    A._convolution.default, A.im2col.default, A.col2im.default, A.convolution_backward.default, A.avg_pool1d.default,
    A.avg_pool2d.default, A.avg_pool3d.default, A.avg_pool2d_backward.default, A.avg_pool3d_backward.default,
    A.max_pool2d_with_indices.default, A.max_pool3d_with_indices.default, A.max_pool2d_with_indices_backward.default,
    A.max_pool3d_with_indices_backward.default, A._adaptive_avg_pool2d.default, A._adaptive_avg_pool3d.default,
    A.adaptive_avg_pool1d.default, A._adaptive_avg_pool2d_backward.default, A._adaptive_avg_pool3d_backward.default,
    A.adaptive_max_pool2d.default, A.adaptive_max_pool3d.default, A.adaptive_max_pool2d_backward.default,
    A.adaptive_max_pool3d_backward.default, A.fractional_max_pool2d.default, A.fractional_max_pool3d.default,
    A.max_unpool2d.default, A.max_unpool3d.default, A.upsample_nearest1d.default, A.upsample_nearest2d.default,
    A.upsample_nearest2d.vec, A.upsample_nearest3d.default, A._upsample_nearest_exact1d.default,
    A._upsample_nearest_exact2d.default, A._upsample_nearest_exact3d.default, A.upsample_linear1d.default,
    A.upsample_bilinear2d.default, A.upsample_bilinear2d.vec, A.upsample_trilinear3d.default, A.upsample_bicubic2d.default,
    A._upsample_bilinear2d_aa.default, A._upsample_bicubic2d_aa.default, A.constant_pad_nd.default,
    A.reflection_pad1d.default, A.reflection_pad2d.default, A.reflection_pad3d.default, A.replication_pad1d.default,
    A.replication_pad2d.default, A.replication_pad3d.default, A.grid_sampler_2d.default, A.grid_sampler_3d.default,
    A.affine_grid_generator.default, A.pixel_shuffle.default, A.pixel_unshuffle.default, A.channel_shuffle.default,
]

F32 = FLOATS[:1]
LONG = [torch.int64]
MOVED = FLOATS + [torch.int64, torch.uint8]  # for operators that only move elements


def image(*shape, special=False, dtype=None):
    return Input(list(shape), dtype=dtype, channels_last=True, special=special)


def exact(shape):
    return Input(shape, exact=True, special=False)


def exact_image(*shape, dtype=None):
    return Input(list(shape), dtype=dtype, channels_last=True, exact=True, special=False)


def conv(x, w, b=None, stride=1, padding=0, dilation=1, transposed=False, output_padding=0, groups=1):
    n = w.dim() - 2
    each = lambda value: list(value) if isinstance(value, (list, tuple)) else [value] * n
    return A.convolution(x, w, b, each(stride), each(padding), each(dilation), transposed, each(output_padding), groups)


def convolution(name, x, w, dtypes=F32, bias=True, layouts=(False,), spec=None, **options):
    """In each of the layouts. PyTorch's transposed ones round on the way in half and bfloat16: these get small integers."""
    exact = [dtype for dtype in dtypes if dtype in FLOATS[2:]]
    if options.get("transposed") and exact and spec is None:
        others = [dtype for dtype in dtypes if dtype not in exact]
        small = lambda shape, channels_last: Input(shape, channels_last=channels_last, low=-2, high=3)
        return (convolution(name, x, w, others, bias, layouts, **options)
                + convolution(name + "_exact", x, w, exact, bias, layouts, small, **options))
    spec = spec or (lambda shape, channels_last: Input(shape, channels_last=channels_last, exact=True, special=False))
    outputs = options.get("groups", 1) * w[1] if options.get("transposed") else w[0]
    rows = []
    for channels_last in layouts:
        both = [spec(list(x), channels_last), spec(list(w), channels_last)]
        suffix = "_channels_last" if channels_last else ""
        if bias:
            rows.append(Row(name + suffix, lambda x, w, b: conv(x, w, b, **options), both + [spec([outputs], False)], dtypes))
        else:
            rows.append(Row(name + suffix, lambda x, w: conv(x, w, **options), both, dtypes))
    return rows


BOTH = (False, True)
FAMILIES = {}
FAMILIES["image_convolution"] = (
    convolution("conv2d", [2, 3, 7, 6], [4, 3, 3, 3], REALS, layouts=BOTH)
    + convolution("conv2d_no_bias", [2, 3, 7, 6], [4, 3, 3, 3], F32 + LONG, bias=False)
    + convolution("conv2d_padded", [1, 4, 9, 8], [6, 4, 3, 3], FLOATS, padding=1, layouts=BOTH)
    + convolution("conv2d_strided", [2, 3, 11, 9], [5, 3, 3, 3], FLOATS, stride=2, padding=1, layouts=BOTH)
    + convolution("conv2d_uneven", [1, 3, 10, 13], [5, 3, 2, 5], stride=(1, 3), padding=(0, 2), dilation=(3, 1), layouts=BOTH)
    + convolution("conv2d_dilated", [1, 2, 11, 11], [3, 2, 3, 3], FLOATS, dilation=2, padding=2)
    + convolution("conv2d_groups", [2, 6, 6, 7], [9, 2, 3, 3], FLOATS, groups=3, padding=1, layouts=BOTH)
)

FAMILIES["image_depthwise"] = (
    convolution("conv2d_depthwise", [2, 5, 8, 9], [5, 1, 3, 3], FLOATS + [torch.int32], groups=5, padding=1)
    + convolution("conv2d_depthwise_image", [1, 19, 8, 9], [19, 1, 3, 3], FLOATS, groups=19, padding=1, layouts=BOTH)
    + convolution("conv2d_depthwise_strided", [1, 17, 9, 10], [17, 1, 3, 3], groups=17, padding=1, stride=2, layouts=BOTH)
    + convolution("conv2d_depthwise_5x5", [1, 8, 9, 22], [8, 1, 5, 5], groups=8, padding=2, layouts=BOTH)
    + convolution("conv2d_depthwise_5x5_strided", [1, 8, 9, 22], [8, 1, 5, 5], groups=8, padding=2, stride=2, layouts=BOTH)
    + convolution("conv2d_depthwise_dilated", [1, 4, 12, 12], [4, 1, 3, 3], groups=4, padding=2, dilation=2, layouts=BOTH)
    + convolution("conv2d_depthwise_multiplier", [1, 4, 8, 7], [8, 1, 3, 3], groups=4, padding=1, layouts=BOTH)
    + convolution("conv1d_depthwise", [1, 6, 20], [6, 1, 4], FLOATS, padding=3, groups=6)
    + convolution("conv3d_depthwise", [1, 4, 5, 5, 5], [4, 1, 3, 3, 3], padding=1, groups=4)
)

FAMILIES["image_convolution_more"] = (
    convolution("conv2d_1x1", [2, 9, 5, 6], [7, 9, 1, 1], FLOATS + [torch.int16], layouts=BOTH)
    + convolution("conv2d_1x1_deep", [1, 130, 5, 5], [24, 130, 1, 1], F32 + FLOATS[2:], layouts=BOTH)
    + convolution("conv2d_1x1_strided", [1, 9, 7, 6], [7, 9, 1, 1], stride=2, layouts=BOTH)
    + convolution("conv2d_1x1_padded", [1, 3, 4, 5], [5, 3, 1, 1], padding=1, layouts=BOTH)
    + convolution("conv2d_1x1_groups", [1, 8, 5, 5], [4, 4, 1, 1], groups=2, layouts=BOTH)
    + convolution("conv2d_pixel", [1, 5, 1, 1], [6, 5, 1, 1], layouts=BOTH)
    + convolution("conv2d_whole", [2, 3, 5, 4], [4, 3, 5, 4])
    + convolution("conv2d_beyond", [1, 2, 3, 3], [3, 2, 5, 5], padding=3)
    + convolution("conv2d_wide", [1, 3, 6, 70], [17, 3, 3, 3], padding=1)
    + convolution("conv2d_stem", [1, 3, 23, 23], [8, 3, 7, 7], stride=2, padding=3, layouts=BOTH)
    + convolution("conv2d_no_images", [0, 3, 5, 5], [4, 3, 3, 3])
    + convolution("conv1d", [2, 3, 12], [4, 3, 3], FLOATS + [torch.int8, torch.uint8])
    + convolution("conv1d_options", [2, 4, 20], [6, 2, 3], FLOATS, stride=2, padding=2, dilation=3, groups=2)
    + convolution("conv1d_long", [1, 1, 300], [5, 1, 25], stride=5)
    + convolution("conv3d", [1, 2, 5, 6, 4], [3, 2, 3, 2, 2], FLOATS + LONG)
    + convolution("conv3d_options", [2, 4, 7, 6, 5], [4, 2, 3, 3, 2], FLOATS, stride=(2, 1, 2), padding=(1, 2, 0), dilation=(2, 1, 2),
                  groups=2)
    + [
        Row("conv2d_special", lambda x, w: conv(x, w), [Input([1, 2, 6, 6], exact=True), exact([3, 2, 3, 3])], F32),
        Row("conv2d_unbatched", lambda x, w, b: F.conv2d(x, w, b, padding=1), [exact([3, 5, 6]), exact([4, 3, 3, 3]), exact([4])], F32),
        Row("conv2d_same", lambda x, w: F.conv2d(x, w, padding="same"), [exact([1, 3, 5, 6]), exact([4, 3, 4, 3])], F32),
        Row("conv2d_image_weight", lambda x, w: conv(x, w, padding=1), [exact([1, 5, 5, 6]), exact_image(4, 5, 3, 3)], F32),
        Row("conv2d_image_input", lambda x, w: conv(x, w, padding=1), [exact_image(1, 5, 5, 6), exact([4, 5, 3, 3])], F32),
        Row("conv2d_dynamic", lambda x, w, b: conv(x, w, b, padding=1), [exact([2, 3, 7, 8]), exact([4, 3, 3, 3]), exact([4])], F32,
            dynamic=({0: DIM("n", min=1, max=4), 2: DIM("h", min=4, max=12), 3: DIM("w", min=4, max=12)}, {}, {}),
            more=[[exact([1, 3, 4, 12]), exact([4, 3, 3, 3]), exact([4])], [exact([4, 3, 12, 5]), exact([4, 3, 3, 3]), exact([4])]]),
        Row("_convolution", lambda x, w, b: A._convolution(x, w, b, [2, 1], [1, 1], [1, 1], False, [0, 0], 1, False, False, True, True),
            [exact([1, 3, 5, 6]), exact([4, 3, 3, 3]), exact([4])], FLOATS),
    ]
)

FAMILIES["image_transposed"] = (
    convolution("transposed2d", [2, 3, 5, 6], [3, 4, 3, 3], FLOATS + LONG, transposed=True)
    + convolution("transposed2d_image", [2, 3, 5, 6], [3, 4, 3, 3], transposed=True, layouts=BOTH, stride=2, padding=1)
    + convolution("transposed2d_no_bias", [1, 3, 5, 6], [3, 4, 3, 3], FLOATS, transposed=True, bias=False)
    + convolution("transposed2d_strided", [1, 3, 5, 6], [3, 4, 3, 3], FLOATS, transposed=True, stride=2, padding=1,
                  output_padding=1)
    + convolution("transposed2d_uneven", [1, 4, 5, 4], [4, 3, 2, 4], transposed=True, stride=(3, 2), padding=(0, 1),
                  output_padding=(2, 1), dilation=(2, 1))
    + convolution("transposed2d_dilated", [1, 3, 5, 4], [3, 2, 3, 3], transposed=True, stride=2, dilation=3, output_padding=1,
                  padding=3)
    + convolution("transposed2d_groups", [2, 6, 5, 4], [6, 2, 3, 3], FLOATS, transposed=True, groups=3, stride=2)
    + convolution("transposed2d_depthwise", [1, 4, 5, 4], [4, 1, 4, 4], FLOATS, transposed=True, groups=4, stride=2, padding=1)
    + convolution("transposed2d_2x2", [1, 16, 7, 6], [16, 8, 2, 2], transposed=True, stride=2, layouts=BOTH)
    + convolution("transposed2d_1x1", [1, 5, 4, 6], [5, 3, 1, 1], transposed=True)
    + convolution("transposed2d_gaps", [1, 3, 4, 4], [3, 2, 2, 2], transposed=True, stride=3)
    + convolution("transposed1d", [2, 3, 9], [3, 4, 4], FLOATS + LONG, transposed=True, stride=2, padding=1)
    + convolution("transposed1d_options", [1, 4, 9], [4, 3, 3], transposed=True, stride=3, padding=2, output_padding=1, dilation=2,
                  groups=2)
    + convolution("transposed3d", [1, 3, 3, 4, 3], [3, 2, 3, 2, 3], FLOATS, transposed=True, stride=(2, 1, 2), padding=(1, 0, 1),
                  output_padding=(1, 0, 0))
    + convolution("transposed3d_groups", [1, 4, 3, 3, 3], [4, 2, 2, 2, 2], transposed=True, groups=2, stride=2)
)


def backward(x, w, transposed=False, bias=True, mask=(True, True, True), **options):
    def gradients(x, w):
        n = w.dim() - 2
        each = lambda key, value: (lambda v: list(v) if isinstance(v, (list, tuple)) else [v] * n)(options.get(key, value))
        y = conv(x, w, transposed=transposed, **options)
        return tuple(g for g in A.convolution_backward(
            torch.cos(y), x, w, [y.shape[1]], each("stride", 1), each("padding", 0), each("dilation", 1), transposed,
            each("output_padding", 0), options.get("groups", 1), list(mask)) if g is not None)
    return gradients


FAMILIES["image_convolution_backward"] = [
    Row("backward2d", backward([], []), [exact([2, 3, 6, 5]), exact([4, 3, 3, 3])], FLOATS[:2]),
    # PyTorch rounds on the way in half and bfloat16: these get small integers.
    Row("backward2d_exact", backward([], []), [Input([2, 3, 6, 5], low=-2, high=3), Input([4, 3, 3, 3], low=-2, high=3)], FLOATS[2:]),
    Row("backward2d_options", backward([], [], stride=(2, 1), padding=(1, 0), dilation=(1, 2)), [exact([1, 3, 7, 8]), exact([4, 3, 3, 3])], FLOATS[:2]),
    Row("backward2d_groups", backward([], [], groups=2, padding=1), [exact([1, 4, 5, 5]), exact([6, 2, 3, 3])], F32),
    Row("backward2d_depthwise", backward([], [], groups=4, padding=1, stride=2), [exact([1, 4, 6, 5]), exact([4, 1, 3, 3])], F32),
    Row("backward2d_1x1", backward([], []), [exact([2, 5, 4, 3]), exact([4, 5, 1, 1])], F32),
    Row("backward2d_image", backward([], [], padding=1), [exact_image(1, 3, 5, 6), exact_image(4, 3, 3, 3)], F32),
    Row("backward2d_transposed", backward([], [], transposed=True, stride=2, padding=1, output_padding=1),
        [exact([1, 3, 4, 5]), exact([3, 4, 3, 3])], FLOATS[:2]),
    Row("backward2d_transposed_groups", backward([], [], transposed=True, stride=2, groups=2), [exact([1, 4, 4, 3]), exact([4, 2, 3, 3])], F32),
    Row("backward1d", backward([], [], padding=1, stride=2), [exact([2, 3, 9]), exact([4, 3, 3])], F32),
    Row("backward3d", backward([], [], padding=1), [exact([1, 2, 3, 4, 3]), exact([3, 2, 2, 3, 2])], F32),
]

FAMILIES["image_columns"] = [
    Row("im2col", lambda x: (A.im2col(x, [2, 3], [1, 1], [0, 0], [1, 1]), A.im2col(x, [3, 2], [1, 2], [1, 2], [2, 1])),
        [plain([2, 3, 5, 6])], FLOATS + [torch.bool]),
    Row("im2col_unbatched", lambda x: F.unfold(x, 2), [plain([3, 5, 4])], F32),
    Row("im2col_image", lambda x: F.unfold(x, 3, padding=1), [image(1, 3, 5, 4)], F32),
    Row("col2im", lambda x: A.col2im(x, [5, 6], [2, 3], [1, 1], [0, 0], [1, 1]), [Input([2, 18, 16], low=-5, high=6)], FLOATS + [torch.bool]),
    Row("col2im_options", lambda x: A.col2im(x, [5, 6], [3, 2], [1, 2], [1, 2], [2, 1]), [Input([2, 12, 24], low=-5, high=6)], FLOATS),
    Row("col2im_unbatched", lambda x: F.fold(x, [4, 4], 2, stride=2), [plain([8, 4])], F32),
]

FAMILIES["image_pool"] = [
    Row("avg_pool2d", lambda x: (F.avg_pool2d(x, 2), F.avg_pool2d(x, (3, 2), (1, 2), (1, 0)),
                                 A.avg_pool2d(x, [3, 3], [2, 2], [1, 1], False, False), A.avg_pool2d(x, [2, 2], [], [0, 0], False, True, 3)),
        [plain([2, 3, 7, 6])], FLOATS),
    Row("avg_pool2d_long", lambda x: (F.avg_pool2d(x, 2), F.avg_pool2d(x, 3, 2, 1), A.avg_pool2d(x, [3, 3], [2, 2], [1, 1], False, False)),
        [Input([1, 3, 7, 6], low=-99, high=99)], LONG),
    Row("avg_pool2d_ceil", lambda x: (A.avg_pool2d(x, [3, 3], [2, 2], [1, 1], True, True), A.avg_pool2d(x, [3, 3], [2, 2], [1, 1], True, False),
                                      A.avg_pool2d(x, [2, 2], [3, 3], [1, 1], True, True), A.avg_pool2d(x, [3, 3], [2, 2], [1, 1], True, True, -2)),
        [plain([1, 2, 8, 7])], FLOATS),
    Row("avg_pool2d_special", lambda x: F.avg_pool2d(x, 2, 1), [[1, 2, 5, 6]], FLOATS),
    Row("avg_pool2d_unbatched", lambda x: F.avg_pool2d(x, 2), [plain([3, 5, 6])], F32),
    Row("avg_pool2d_image", lambda x: (F.avg_pool2d(x, 3, 2, 1), A.avg_pool2d(x, [3, 3], [2, 2], [1, 1], True, False)), [image(2, 5, 7, 6)], FLOATS),
    Row("avg_pool2d_global", lambda x: F.avg_pool2d(x, (7, 7)), [plain([1, 20, 7, 7])], F32 + FLOATS[2:]),
    Row("avg_pool2d_no_images", lambda x: F.avg_pool2d(x, 2), [[0, 3, 4, 4]], F32),
    Row("avg_pool1d", lambda x: (F.avg_pool1d(x, 3), F.avg_pool1d(x, 3, 2, 1, True, False), F.avg_pool1d(x, 4, 1, 2)), [plain([2, 3, 11])], FLOATS + LONG),
    Row("avg_pool1d_unbatched", lambda x: F.avg_pool1d(x, 3), [plain([3, 11])], F32),
    Row("avg_pool3d", lambda x: (F.avg_pool3d(x, 2), A.avg_pool3d(x, [3, 2, 2], [2, 1, 2], [1, 1, 0], True, False), A.avg_pool3d(x, [2, 2, 2], [], [1, 1, 1], True, True),
                                 A.avg_pool3d(x, [2, 2, 2], [], [0, 0, 0], False, True, 5)), [plain([1, 2, 5, 6, 4])], FLOATS + LONG),
    Row("avg_pool3d_unbatched", lambda x: F.avg_pool3d(x, 2), [plain([2, 4, 5, 4])], F32),
]

FAMILIES["image_max_pool"] = [
    Row("max_pool2d", lambda x: (*A.max_pool2d_with_indices(x, [2, 2]), *A.max_pool2d_with_indices(x, [3, 2], [1, 2], [1, 0], [1, 1]),
                                 *A.max_pool2d_with_indices(x, [3, 3], [2, 2], [1, 1], [1, 1], True), *A.max_pool2d_with_indices(x, [2, 3], [1, 1], [1, 1], [2, 1])),
        [[2, 3, 7, 6]], ALL),
    Row("max_pool2d_ties", lambda x: (*A.max_pool2d_with_indices(x, [3, 3], [1, 1], [1, 1]),), [Input([1, 2, 6, 7], low=0, high=3)], REALS),
    Row("max_pool2d_nan", lambda x: (*A.max_pool2d_with_indices(x * float("nan"), [2, 2]), *A.max_pool2d_with_indices(x - float("inf"), [3, 3], [2, 2], [1, 1])),
        [plain([1, 2, 5, 4])], FLOATS),
    Row("max_pool2d_image", lambda x: (*A.max_pool2d_with_indices(x, [3, 3], [2, 2], [1, 1]), *A.max_pool2d_with_indices(x, [2, 2], [2, 2], [0, 0], [1, 1], True)),
        [image(2, 5, 7, 6, special=True)], FLOATS),
    Row("max_pool2d_function", lambda x: F.max_pool2d(x, 3, 2, 1), [plain([1, 4, 13, 12])], F32),
    Row("max_pool2d_unbatched", lambda x: A.max_pool2d_with_indices(x, [2, 2]), [plain([3, 5, 6])], F32),
    Row("max_pool2d_no_images", lambda x: A.max_pool2d_with_indices(x, [2, 2]), [[0, 3, 5, 6]], F32),
    Row("max_pool1d", lambda x: (F.max_pool1d(x, 3), F.max_pool1d(x, 3, 2, 1, 2, True)), [plain([2, 3, 12])], FLOATS + LONG),
    Row("max_pool3d", lambda x: (*A.max_pool3d_with_indices(x, [2, 2, 2]), *A.max_pool3d_with_indices(x, [3, 2, 2], [2, 1, 2], [1, 1, 0], [1, 2, 1], True)),
        [[1, 2, 5, 6, 4]], FLOATS + LONG),
    Row("max_pool3d_unbatched", lambda x: A.max_pool3d_with_indices(x, [2, 2, 2]), [plain([2, 5, 4, 4])], F32),
    Row("lp_pool", lambda x: (F.lp_pool2d(x.abs(), 2, 2), F.lp_pool2d(x, 1.0, 3, stride=2)), [plain([1, 2, 6, 6])], F32),
]


def pool_backward(function, backward):
    def both(x):
        y = function(x)
        y = y if isinstance(y, tuple) else (y,)
        return backward(torch.cos(y[0]), x, *y[1:])
    return both


FAMILIES["image_pool_backward"] = [
    Row("avg_pool2d_backward", pool_backward(lambda x: A.avg_pool2d(x, *a), lambda g, x: A.avg_pool2d_backward(g, x, *a)),
        [plain([2, 3, 7, 6])], FLOATS)
    for a in [([3, 3], [2, 2], [1, 1], False, True, None)]
] + [
    Row("avg_pool2d_backward_exclusive", pool_backward(lambda x: A.avg_pool2d(x, *a), lambda g, x: A.avg_pool2d_backward(g, x, *a)),
        [image(2, 3, 7, 6)], F32)
    for a in [([3, 3], [2, 2], [1, 1], True, False, None)]
] + [
    Row("avg_pool3d_backward", pool_backward(lambda x: A.avg_pool3d(x, *a), lambda g, x: A.avg_pool3d_backward(g, x, *a)),
        [plain([1, 2, 5, 6, 4])], FLOATS)
    for a in [([3, 2, 2], [2, 1, 2], [1, 1, 0], True, False, None)]
] + [
    Row("max_pool2d_backward", pool_backward(lambda x: A.max_pool2d_with_indices(x, *a),
                                             lambda g, x, i: A.max_pool2d_with_indices_backward(g, x, *a, i)), [spec], FLOATS)
    for a in [([3, 2], [2, 1], [1, 1], [1, 2], True)] for spec in [plain([2, 3, 7, 6])]
] + [
    Row("max_pool2d_backward_image", pool_backward(lambda x: A.max_pool2d_with_indices(x, *a),
                                                   lambda g, x, i: A.max_pool2d_with_indices_backward(g, x, *a, i)), [image(2, 3, 7, 6)], F32)
    for a in [([3, 3], [2, 2], [1, 1], [1, 1], False)]
] + [
    Row("max_pool3d_backward", pool_backward(lambda x: A.max_pool3d_with_indices(x, *a),
                                             lambda g, x, i: A.max_pool3d_with_indices_backward(g, x, *a, i)), [plain([1, 2, 5, 6, 4])], FLOATS)
    for a in [([3, 2, 2], [2, 1, 2], [1, 1, 0], [1, 1, 1], True)]
] + [
    Row("adaptive_avg_pool2d_backward", pool_backward(lambda x: A._adaptive_avg_pool2d(x, [3, 4]), A._adaptive_avg_pool2d_backward),
        [plain([2, 3, 7, 6])], FLOATS),
    Row("adaptive_avg_pool3d_backward", pool_backward(lambda x: A._adaptive_avg_pool3d(x, [2, 3, 4]), A._adaptive_avg_pool3d_backward),
        [plain([1, 2, 3, 5, 6])], FLOATS),
    Row("adaptive_max_pool2d_backward", pool_backward(lambda x: A.adaptive_max_pool2d(x, [3, 4]), A.adaptive_max_pool2d_backward),
        [plain([2, 3, 7, 6])], FLOATS),
    Row("adaptive_max_pool3d_backward", pool_backward(lambda x: A.adaptive_max_pool3d(x, [2, 3, 4]), A.adaptive_max_pool3d_backward),
        [plain([1, 2, 3, 5, 6])], FLOATS),
]

SAMPLES = Input([2, 3, 2], low=0, high=1)
FAMILIES["image_adaptive"] = [
    Row("adaptive_avg_pool2d", lambda x: (A._adaptive_avg_pool2d(x, [1, 1]), A._adaptive_avg_pool2d(x, [3, 4]), A._adaptive_avg_pool2d(x, [9, 2])),
        [plain([2, 3, 7, 6])], FLOATS),
    Row("adaptive_avg_pool2d_special", lambda x: A._adaptive_avg_pool2d(x, [3, 4]), [[1, 3, 7, 6]], FLOATS),
    Row("adaptive_avg_pool2d_unbatched", lambda x: A._adaptive_avg_pool2d(x, [3, 4]), [plain([3, 7, 6])], F32),
    Row("adaptive_avg_pool2d_image", lambda x: (A._adaptive_avg_pool2d(x, [3, 4]), A._adaptive_avg_pool2d(x, [1, 1])), [image(2, 5, 7, 6)], F32),
    Row("adaptive_avg_pool2d_function", lambda x: (F.adaptive_avg_pool2d(x, 1), F.adaptive_avg_pool2d(x, 2)), [plain([2, 5, 6, 6])], F32),
    Row("adaptive_avg_pool1d", lambda x: (F.adaptive_avg_pool1d(x, 5), F.adaptive_avg_pool1d(x, 1)), [plain([2, 3, 11])], FLOATS),
    Row("adaptive_avg_pool3d", lambda x: (A._adaptive_avg_pool3d(x, [2, 3, 1]), A._adaptive_avg_pool3d(x, [1, 1, 1])), [plain([1, 2, 5, 4, 6])], FLOATS),
    Row("adaptive_max_pool2d", lambda x: (*A.adaptive_max_pool2d(x, [3, 4]), *A.adaptive_max_pool2d(x, [1, 1])), [[2, 3, 7, 6]], FLOATS),
    Row("adaptive_max_pool2d_image", lambda x: A.adaptive_max_pool2d(x, [3, 4]), [image(2, 3, 7, 6)], F32),
    Row("adaptive_max_pool2d_unbatched", lambda x: A.adaptive_max_pool2d(x, [3, 4]), [plain([3, 7, 6])], F32),
    Row("adaptive_max_pool1d", lambda x: F.adaptive_max_pool1d(x, 4, return_indices=True), [plain([2, 3, 11])], F32),
    Row("adaptive_max_pool3d", lambda x: A.adaptive_max_pool3d(x, [2, 3, 4]), [[1, 2, 5, 4, 6]], FLOATS),
    Row("fractional_max_pool2d", lambda x: (*A.fractional_max_pool2d(x, [2, 3], [3, 4], torch.sigmoid(x[:, :, 0, :2])),), [plain([2, 3, 7, 9])], FLOATS),
    Row("fractional_max_pool2d_unbatched", lambda x: (*A.fractional_max_pool2d(x, [2, 2], [3, 1], torch.sigmoid(x[None, :, 0, :2])),), [plain([3, 7, 9])], F32),
    Row("fractional_max_pool3d", lambda x: (*A.fractional_max_pool3d(x, [2, 2, 3], [2, 3, 4], torch.sigmoid(x[:, :, 0, 0, :3])),), [plain([1, 2, 5, 6, 9])], FLOATS),
    Row("max_unpool2d", lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2), [plain([2, 3, 6, 8])], FLOATS + LONG),
    Row("max_unpool2d_size", lambda x: A.max_unpool2d(*A.max_pool2d_with_indices(x, [2, 2]), [7, 9]), [plain([2, 3, 7, 9])], F32),
    Row("max_unpool2d_image", lambda x: A.max_unpool2d(*A.max_pool2d_with_indices(x, [2, 2]), [6, 8]), [image(2, 3, 6, 8)], F32),
    Row("max_unpool3d", lambda x: A.max_unpool3d(*A.max_pool3d_with_indices(x, [2, 2, 2]), [4, 6, 4], [2, 2, 2], [0, 0, 0]), [plain([1, 2, 4, 6, 4])], FLOATS),
]

BYTE = [torch.uint8]
RESIZED = FLOATS + BYTE


def resize(op, *calls):
    return lambda x: tuple(op(x, *c) for c in calls)


# The exporter decomposes these wherever it meets them, although they have out variants that a program can call: export
# another operator with the same arguments, and rename it in the graph.
STAND_INS = {A.upsample_bilinear2d.default: A._upsample_bilinear2d_aa.default, A.upsample_bicubic2d.default: A._upsample_bicubic2d_aa.default}
original_to_edge = export_operators.to_edge


def to_edge(program, compile_config):
    edge = original_to_edge(program, compile_config=compile_config)
    edge_ops = exir_ops.edge.aten
    renamed = {edge_ops._upsample_bilinear2d_aa.default: edge_ops.upsample_bilinear2d.default,
               edge_ops._upsample_bicubic2d_aa.default: edge_ops.upsample_bicubic2d.default}
    graph = edge.exported_program().graph_module
    for node in graph.graph.nodes:
        if "image_resize" in ACTIVE:
            node.target = renamed.get(node.target, node.target)
    graph.recompile()
    return edge


ACTIVE = set()  # the family that is being exported
export_operators.to_edge = to_edge


def renamed(op, *calls):
    return lambda x: tuple((STAND_INS[op] if torch.compiler.is_exporting() else op)(x, *c) for c in calls)


FAMILIES["image_nearest"] = [
    Row("nearest1d", resize(A.upsample_nearest1d, ([7],), ([3],), ([10], 2.0), ([7], 1.4)), [[2, 3, 5]], RESIZED),
    Row("nearest2d", resize(A.upsample_nearest2d, ([7, 9],), ([2, 3],), ([10, 8], 2.0, 2.0), ([7, 5], 1.4, 1.3)), [[2, 3, 5, 4]], RESIZED),
    Row("nearest2d_image", resize(A.upsample_nearest2d, ([7, 9],), ([10, 8], 2.0, 2.0)), [image(2, 3, 5, 4)], RESIZED),
    Row("nearest3d", resize(A.upsample_nearest3d, ([7, 3, 5],), ([6, 8, 4], 2.0, 2.0, 2.0)), [[1, 2, 3, 4, 2]], RESIZED),
    Row("nearest_exact1d", resize(A._upsample_nearest_exact1d, ([7],), ([3],), ([10], 2.0), ([7], 1.4)), [[2, 3, 5]], RESIZED),
    Row("nearest_exact2d", resize(A._upsample_nearest_exact2d, ([7, 9],), ([2, 3],), ([10, 8], 2.0, 2.0), ([7, 5], 1.4, 1.3)), [[2, 3, 5, 4]], RESIZED),
    Row("nearest_exact2d_image", resize(A._upsample_nearest_exact2d, ([7, 9],), ([10, 8], 2.0, 2.0)), [image(2, 3, 5, 4)], RESIZED),
    Row("nearest_exact3d", resize(A._upsample_nearest_exact3d, ([7, 3, 5],), ([6, 8, 4], 2.0, 2.0, 2.0)), [[1, 2, 3, 4, 2]], RESIZED),
    Row("nearest2d_vec", resize(A.upsample_nearest2d.vec, ([7, 9], None), (None, [2.0, 1.5]), (None, [0.6, 0.7])), [[2, 3, 5, 4]], RESIZED),
    Row("nearest2d_function", lambda x: F.interpolate(x, scale_factor=2), [[1, 3, 5, 4]], F32),
]

FAMILIES["image_resize"] = [
    Row("linear1d", resize(A.upsample_linear1d, ([7], False), ([7], True), ([3], False), ([10], False, 2.0), ([7], False, 1.4), ([1], True)), [exact([2, 3, 5])], RESIZED),
    Row("bilinear2d", renamed(A.upsample_bilinear2d.default, ([7, 9], False), ([7, 9], True), ([2, 3], False), ([10, 8], False, 2.0, 2.0), ([7, 5], False, 1.4, 1.3)),
        [exact([2, 3, 5, 4])], RESIZED),
    Row("bilinear2d_pixel", renamed(A.upsample_bilinear2d.default, ([1, 1], True), ([1, 1], False)), [exact([2, 3, 5, 4])], FLOATS),
    Row("bilinear2d_image", renamed(A.upsample_bilinear2d.default, ([7, 9], False), ([7, 9], True), ([10, 8], False, 2.0, 2.0)), [exact_image(2, 5, 5, 4)], RESIZED),
    Row("bilinear2d_special", renamed(A.upsample_bilinear2d.default, ([9, 7], False), ([9, 7], True)), [[1, 2, 5, 4]], FLOATS),
    Row("bilinear2d_vec", resize(A.upsample_bilinear2d.vec, ([7, 9], False, None), (None, False, [2.0, 1.5]), (None, True, [2.0, 1.5]), (None, False, [0.6, 0.7])),
        [exact([2, 3, 5, 4])], RESIZED),
    Row("bilinear2d_big", renamed(A.upsample_bilinear2d.default, ([33, 45], False), ([33, 45], True)), [exact([1, 3, 16, 20])], F32 + BYTE),
    Row("bilinear2d_dynamic", lambda x: A.upsample_bilinear2d.vec(x, None, False, [2.0, 2.0]), [exact([1, 3, 5, 4])], F32,
        dynamic=({2: DIM("h", min=2, max=9)},), more=[[exact([1, 3, 9, 4])], [exact([1, 3, 2, 4])]]),
    Row("trilinear3d", resize(A.upsample_trilinear3d, ([7, 3, 5], False), ([7, 3, 5], True), ([6, 8, 4], False, 2.0, 2.0, 2.0)), [exact([1, 2, 3, 4, 2])], RESIZED),
    Row("bicubic2d", renamed(A.upsample_bicubic2d.default, ([7, 9], False), ([7, 9], True), ([2, 3], False), ([10, 8], False, 2.0, 2.0), ([7, 5], False, 1.4, 1.3)),
        [exact([2, 3, 5, 4])], RESIZED),
    Row("bicubic2d_image", renamed(A.upsample_bicubic2d.default, ([7, 9], False), ([7, 9], True)), [exact_image(2, 5, 5, 4)], RESIZED),
]

FAMILIES["image_resize_smooth"] = [
    Row("bilinear2d_aa", resize(A._upsample_bilinear2d_aa, ([3, 4], False), ([3, 4], True), ([12, 9], False), ([4, 3], False, 0.4, 0.4)), [exact([2, 3, 9, 8])], RESIZED),
    Row("bilinear2d_aa_image", resize(A._upsample_bilinear2d_aa, ([3, 4], False), ([12, 9], False)), [exact_image(2, 3, 9, 8)], RESIZED),
    Row("bicubic2d_aa", resize(A._upsample_bicubic2d_aa, ([3, 4], False), ([3, 4], True), ([12, 9], False), ([4, 3], False, 0.4, 0.4)), [exact([2, 3, 9, 8])], RESIZED),
    Row("bicubic2d_aa_image", resize(A._upsample_bicubic2d_aa, ([3, 4], False), ([12, 9], False)), [exact_image(2, 3, 9, 8)], RESIZED),
]

FAMILIES["image_circular_pad"] = [
    Row("circular_pad", lambda x: F.pad(x, [1, 2, 2, 1], mode="circular"), [[1, 2, 3, 4]], F32),
]

FAMILIES["image_pad"] = [
    Row("constant_pad", lambda x: (A.constant_pad_nd(x, [1, 2]), A.constant_pad_nd(x, [0, 1, 2, 0], 3), A.constant_pad_nd(x, [1, 0, 0, 1, 2, 1], 1), A.constant_pad_nd(x, [])),
        [[2, 3, 4]], ALL),
    Row("constant_pad_negative", lambda x: (A.constant_pad_nd(x, [-1, 2], 5), A.constant_pad_nd(x, [-1, -2, 1, -1]), A.constant_pad_nd(x, [-2, -2])), [[2, 3, 4]], FLOATS[:2] + [torch.int8]),
    Row("constant_pad_fraction", lambda x: A.constant_pad_nd(x, [1, 1], 2.5), [[2, 3]], FLOATS + [torch.int8, torch.bool]),
    Row("constant_pad_inf", lambda x: A.constant_pad_nd(x, [1, 1], -float("inf")), [[2, 3]], FLOATS),
    Row("constant_pad_image", lambda x: (A.constant_pad_nd(x, [1, 2, 0, 1]), A.constant_pad_nd(x, [1, 2, 0, 1, 1, 0], 2)), [NCHW], F32),
    Row("constant_pad_empty", lambda x: A.constant_pad_nd(x, [1, 2, 1, 0], 4), [[0, 3]], F32),
    Row("reflection_pad1d", lambda x: (A.reflection_pad1d(x, [2, 3]), A.reflection_pad1d(x, [0, 1]), A.reflection_pad1d(x, [-1, 2])), [[2, 3, 5]], MOVED),
    Row("reflection_pad2d", lambda x: (A.reflection_pad2d(x, [2, 3, 1, 0]), A.reflection_pad2d(x, [0, -1, 3, 3])), [[2, 3, 4, 5]], MOVED),
    Row("reflection_pad2d_image", lambda x: A.reflection_pad2d(x, [2, 3, 1, 0]), [image(2, 3, 4, 5)], F32),
    Row("reflection_pad2d_unbatched", lambda x: A.reflection_pad2d(x, [2, 3, 1, 0]), [[3, 4, 5]], F32),
    Row("reflection_pad3d", lambda x: A.reflection_pad3d(x, [2, 1, 1, 0, 1, 2]), [[1, 2, 3, 4, 5]], MOVED),
    Row("replication_pad1d", lambda x: (A.replication_pad1d(x, [2, 7]), A.replication_pad1d(x, [0, 1]), A.replication_pad1d(x, [-1, 2])), [[2, 3, 5]], MOVED),
    Row("replication_pad2d", lambda x: (A.replication_pad2d(x, [2, 7, 1, 0]), A.replication_pad2d(x, [0, -1, 5, 3])), [[2, 3, 4, 5]], MOVED),
    Row("replication_pad2d_image", lambda x: A.replication_pad2d(x, [2, 7, 1, 0]), [image(2, 3, 4, 5)], F32),
    Row("replication_pad2d_unbatched", lambda x: A.replication_pad2d(x, [2, 3, 1, 0]), [[3, 4, 5]], F32),
    Row("replication_pad3d", lambda x: A.replication_pad3d(x, [2, 1, 1, 0, 1, 5]), [[1, 2, 3, 4, 5]], MOVED),
    Row("pixel_shuffle", lambda x: (A.pixel_shuffle(x, 2), A.pixel_shuffle(x, 1)), [[2, 8, 3, 2]], MOVED),
    Row("pixel_shuffle_image", lambda x: A.pixel_shuffle(x, 2), [image(2, 8, 3, 2)], F32),
    Row("pixel_shuffle_rank", lambda x, y: (A.pixel_shuffle(x, 3), A.pixel_shuffle(y, 2)), [[9, 2, 3], [1, 2, 4, 1, 2]], F32),
    Row("pixel_unshuffle", lambda x: (A.pixel_unshuffle(x, 2), A.pixel_unshuffle(x, 1)), [[2, 3, 4, 6]], MOVED),
    Row("pixel_unshuffle_image", lambda x: A.pixel_unshuffle(x, 2), [image(2, 3, 4, 6)], F32),
    Row("channel_shuffle", lambda x: (A.channel_shuffle(x, 2), A.channel_shuffle(x, 3)), [[2, 6, 2, 3]], MOVED),
    Row("channel_shuffle_image", lambda x: A.channel_shuffle(x, 3), [image(2, 6, 2, 3)], F32),
]


def sampled(scale=0.5):
    return lambda x, g: tuple(A.grid_sampler_2d(x, g * scale, mode, padding, align) for mode in (0, 1, 2) for padding in (0, 1, 2) for align in (False, True))


FAMILIES["image_grid"] = [
    Row("grid_sampler_2d", sampled(), [exact([2, 3, 5, 4]), exact([2, 3, 6, 2])], FLOATS[:2]),
    # PyTorch computes positions in half and bfloat16, too: these are exact.
    Row("grid_sampler_2d_exact", lambda x, g: tuple(A.grid_sampler_2d(x, g / 4, mode, padding, False) for mode in (0, 1) for padding in (0, 1, 2)),
        [Input([1, 2, 4, 4], low=-2, high=3), Input([1, 3, 4, 2], low=-4, high=5)], FLOATS[2:]),
    Row("grid_sampler_2d_image", sampled(), [exact_image(1, 3, 5, 4), exact([1, 3, 6, 2])], F32),
    Row("grid_sampler_2d_far", sampled(90), [exact([1, 2, 5, 4]), exact([1, 4, 3, 2])], F32),
    Row("grid_sampler_2d_function", lambda x, g: F.grid_sample(x, g.tanh()), [exact([1, 2, 5, 4]), exact([1, 4, 3, 2])], F32),
    Row("grid_sampler_3d", lambda x, g: tuple(A.grid_sampler_3d(x, g * 0.5, mode, padding, align) for mode in (0, 1) for padding in (0, 1, 2) for align in (False, True)),
        [exact([2, 2, 3, 4, 5]), exact([2, 2, 3, 4, 3])], FLOATS[:2]),
    Row("affine_grid", lambda t: (A.affine_grid_generator(t, [2, 3, 4, 5], False), A.affine_grid_generator(t, [2, 3, 4, 5], True)), [exact([2, 2, 3])], FLOATS),
    Row("affine_grid_3d", lambda t: (A.affine_grid_generator(t, [2, 3, 4, 5, 2], False), A.affine_grid_generator(t, [2, 3, 4, 5, 2], True)), [exact([2, 3, 4])], FLOATS[:2]),
    Row("affine_grid_function", lambda t, x: F.grid_sample(x, F.affine_grid(t, [1, 2, 4, 4])), [exact([1, 2, 3]), exact([1, 2, 5, 5])], F32),
]


def digits(y):
    """All of a float32 about 1, as an integer: what is added up in another order shows."""
    return (y * 2.0**30).to(torch.int64)


FAMILIES["image_average_last"] = [  # in the order of the image
    Row("adaptive_avg_pool2d_image_digits", lambda x: digits(A._adaptive_avg_pool2d(x, [3, 4])), [image(1, 16, 7, 9)], F32),
    Row("adaptive_avg_pool2d_few_channels_digits", lambda x: digits(A._adaptive_avg_pool2d(x, [1, 4])), [image(1, 3, 7, 8)], F32),
]
FAMILIES["image_average"] = [
    Row("adaptive_avg_pool2d_digits", lambda x: (digits(A._adaptive_avg_pool2d(x, [3, 4])), digits(A._adaptive_avg_pool2d(x, [2, 10]))), [plain([2, 3, 7, 21])], F32),
    Row("adaptive_avg_pool3d_digits", lambda x: digits(A._adaptive_avg_pool3d(x, [2, 3, 4])), [plain([1, 2, 5, 4, 21])], F32),
    Row("avg_pool3d_digits", lambda x: (digits(A.avg_pool3d(x, [2, 3, 3], [1, 2, 1], [1, 1, 1])), digits(A.avg_pool3d(x, [3, 3, 3], [1, 1, 2], [0, 0, 0], True, False)),
                                        digits(A.avg_pool3d(x, [3, 3, 3], [1, 1, 3], [1, 1, 1], True, False))), [plain([1, 2, 4, 6, 26])], F32),
]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        ACTIVE.clear()
        ACTIVE.add(family)
        export_family(family, FAMILIES[family], folder, _skip_dim_order=family.endswith("_last"))


if __name__ == "__main__":
    main()

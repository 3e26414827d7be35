"""Cases for operators that index: python export_indexing.py [family ...] (see export_operators.py)."""

import pathlib
import sys
import warnings

import torch

from export_operators import (A, ALL, DIM, FLOATS, NCHW, PRESERVED, REALS, Input, Row, export_family, plain)

PRESERVED += [A.index_fill.int_Scalar, A.index_fill.int_Tensor, A.index_add.default, A.index_copy.default, A.take.default,
              A.masked_fill.Tensor, A.triu.default, A.tril.default, A.roll.default, A.select_scatter.default,
              A.diagonal_copy.default, A.unfold_copy.default, A.diag_embed.default, A.split_with_sizes_copy.default,
              A.scatter_reduce.two, A.index_reduce.default, A.put.default]

F32 = FLOATS[:1]
MOVED = [torch.float32, torch.float16, torch.int64, torch.uint8, torch.bool]  # one for each width of an element


def index(shape, size, low=0, dtype=torch.int64):
    return Input(shape, dtype=dtype, low=low, high=size)


def int32(shape, size, low=0):
    return index(shape, size, low, torch.int32)


def mask(shape, dtype=torch.bool):
    return Input(shape, dtype=dtype, low=0, high=2)


CUBE = [4, 5, 6]
SMALL = Input([4, 5], low=-3, high=4)  # products and sums stay exact
FAMILIES = {}

FAMILIES["indexing_gather"] = [
    Row("gather", lambda x, i, j: (A.gather(x, 0, i), A.gather(x, -1, j)), [[4, 5], index([6, 3], 4), index([3, 7], 5)], ALL),
    Row("gather_cube", lambda x, i: (A.gather(x, 0, i), A.gather(x, 1, i), A.gather(x, 2, i)), [CUBE, index([3, 4, 5], 4)]),
    Row("gather_int32", lambda x, i: A.gather(x, 1, i), [[4, 5], int32([3, 7], 5)], MOVED),
    Row("gather_0d", lambda x, i, j: (A.gather(x, 0, i), A.gather(x, 0, j)), [[], index([], 1), index([1], 1)]),
    Row("gather_empty", lambda x, i: A.gather(x, 1, i), [[4, 5], index([0, 2], 5)]),
    Row("gather_channels_last", lambda x, i: (A.gather(x, 1, i), A.gather(x, 3, i)), [NCHW, index([2, 2, 2, 2], 2)]),
    Row("gather_long", lambda x, i: A.gather(x, 1, i), [[3, 400], index([3, 700], 400)], MOVED[:3]),
    Row("gather_dynamic", lambda x, i: A.gather(x, 1, i), [[4, 5], index([4, 7], 5)], F32,
        dynamic=({0: DIM("rows", min=1, max=9)}, {0: DIM("rows", min=1, max=9)}), more=[[[1, 5], index([1, 7], 5)], [[9, 5], index([9, 7], 5)]]),
]

FAMILIES["indexing_scatter"] = [
    Row("scatter", lambda x, i, s: (A.scatter.src(x, 0, i, s), A.scatter.src(x, -1, i, s)),
        [[4, 5], index([3, 4], 4), [3, 5]], ALL),
    Row("scatter_value", lambda x, i: (A.scatter.value(x, 0, i, 3), A.scatter.value(x, 1, i, -1.5), A.scatter.value(x, 1, i, True)),
        [[4, 5], index([3, 4], 4)], ALL),
    Row("scatter_int32", lambda x, i, s: A.scatter.src(x, 1, i, s), [[4, 5], int32([3, 4], 5), [3, 5]], MOVED),
    Row("scatter_0d", lambda x, i, s: (A.scatter.src(x, 0, i, s), A.scatter.value(x, 0, i, 2)), [[], index([], 1), []]),
    Row("scatter_empty", lambda x, i, s: A.scatter.src(x, 1, i, s), [[4, 5], index([0, 2], 5), [3, 4]]),
    Row("scatter_channels_last", lambda x, i, s: (A.scatter.src(x, 1, i, s), A.scatter_add(x, 2, i, s)),
        [NCHW, index([2, 2, 1, 2], 2), [2, 2, 2, 2]]),
    Row("scatter_add", lambda x, i, s: (A.scatter_add(x, 0, i, s), A.scatter_add(x, 1, i, s)),
        [SMALL, index([4, 5], 4), SMALL], ALL),
    Row("scatter_add_plain", lambda x, i, s: A.scatter_add(x, 0, i, s), [plain([3]), index([40], 3), plain([40])], FLOATS),
    Row("scatter_add_special", lambda x, i, s: A.scatter_add(x, 0, i, s), [[20], index([20], 20), [20]], FLOATS),
] + [
    Row(f"scatter_{name}", lambda x, i, s, name=name: (
        A.scatter_reduce.two(x, 0, i, s, name), A.scatter_reduce.two(x, 1, i, s, name, include_self=False)),
        [SMALL, index([4, 5], 4), SMALL], ALL)
    for name in ("sum", "prod", "mean", "amax", "amin")
] + [
    Row(f"scatter_{name}_special", lambda x, i, s, name=name: (
        A.scatter_reduce.two(x, 0, i, s, name), A.scatter_reduce.two(x, 0, i, s, name, include_self=False)),
        [[12], index([20], 12), [20]], FLOATS[:2])
    for name in ("prod", "mean", "amax", "amin")
] + [
    Row("scatter_old_reduce", lambda x, i, s: (
        A.scatter.reduce(x, 1, i, s, reduce="add"), A.scatter.reduce(x, 0, i, s, reduce="multiply"),
        A.scatter.value_reduce(x, 1, i, 2, reduce="add"), A.scatter.value_reduce(x, 0, i, 2, reduce="multiply")),
        [SMALL, index([4, 5], 4), SMALL], ALL),
]

FAMILIES["indexing_along"] = [
    Row("index_select", lambda x, i, j: (A.index_select(x, 0, i), A.index_select(x, -1, j)),
        [CUBE, index([5], 4), int32([3], 6)], ALL),
    Row("index_select_0d", lambda x, y, i, j: (A.index_select(x, 0, i), A.index_select(y, 0, j)), [[], [4], index([1], 1), index([], 4)]),
    Row("index_select_channels_last", lambda x, i: (A.index_select(x, 1, i), A.index_select(x, 0, i)), [NCHW, index([3], 2)]),
    Row("index_select_empty", lambda x, i: A.index_select(x, 1, i), [[4, 5], index([0], 5)]),
    Row("index_add", lambda x, i, s: (A.index_add(x, 0, i, s), A.index_add(x, 0, i, s, alpha=2)),
        [SMALL, index([6], 4), Input([6, 5], low=-3, high=4)], ALL),
    Row("index_add_inner", lambda x, i, s: (A.index_add(x, 2, i, s), A.index_add(x, -1, i, s, alpha=-1)),
        [plain([4, 3, 5]), int32([6], 5), plain([4, 3, 6])], FLOATS),
    Row("index_copy", lambda x, i, s: A.index_copy(x, 0, i, s), [[4, 5], index([6], 4), [6, 5]], ALL),
    Row("index_copy_inner", lambda x, i, s: (A.index_copy(x, -1, i, s), A.index_copy(x[0, 0], 0, i, s[0, 0])),
        [[4, 3, 5], index([6], 5), [4, 3, 6]]),
    Row("index_fill", lambda x, i, v: (A.index_fill.int_Scalar(x, 0, i, 3), A.index_fill.int_Tensor(x, -1, i, v)),
        [[4, 5], index([3], 4, low=-4), []], ALL),
    Row("take", lambda x, i: A.take(x, i), [[4, 5], index([2, 6], 20, low=-20)], ALL),
    Row("take_channels_last", lambda x, i: A.take(x, i), [NCHW, index([9], 24, low=-24)]),
    Row("put", lambda x, i, s: A.put(x, i, s), [[4, 5], index([2, 6], 20, low=-20), [3, 4]], ALL),
    Row("put_accumulate", lambda x, i, s: A.put(x, i, s, True),
        [SMALL, index([2, 6], 20, low=-20), Input([3, 4], low=-3, high=4)], REALS),
    Row("put_channels_last", lambda x, i, s: A.put(x, i, s), [NCHW, index([9], 24, low=-24), [9]]),
] + [
    Row(f"index_reduce_{name}", lambda x, i, s, name=name: (
        A.index_reduce(x, 0, i, s, name), A.index_reduce(x, 0, i, s, name, include_self=False)),
        [SMALL, index([6], 4), Input([6, 5], low=-3, high=4)], REALS)
    for name in ("prod", "mean", "amax", "amin")
] + [
    Row("index_reduce_special", lambda x, i, s: (A.index_reduce(x, 1, i, s, "amax"), A.index_reduce(x, 1, i, s, "amin", include_self=False)),
        [[2, 12], index([9], 12), [2, 9]], FLOATS[:2]),
]

X3 = [4, 3, 5]
FAMILIES["indexing_tensor"] = [
    Row("index", lambda x, i, j: (x[i], x[:, i % 3], x[..., j], x[i, i % 3], x[j, j % 3, j]),
        [X3, index([2], 4, low=-4), index([2, 2], 4, low=-3)], ALL),
    Row("index_apart", lambda x, i, j: (A.index.Tensor(x, [i, None, j]), A.index.Tensor(x, [None, j, i]), A.index.Tensor(x, [i, j, None])),
        [X3, index([2, 1], 3, low=-3), index([3], 3, low=-3)], MOVED),
    Row("index_int32", lambda x, i: (A.index.Tensor(x, [i]), A.index.Tensor(x, [None, None, i])), [X3, int32([3], 4, low=-4)], MOVED),
    Row("index_five", lambda x, i, j: (A.index.Tensor(x, [None, i, None, j]), A.index.Tensor(x, [None, i, j])),
        [[2, 3, 2, 3, 2], index([2], 3, low=-3), index([2], 2)]),
    Row("index_0d", lambda x, i: (A.index.Tensor(x, [i]), A.index.Tensor(x, [None, i]), A.index.Tensor(x, [i, i, i])), [X3, index([], 3)]),
    Row("index_empty", lambda x, i: (x[i], A.index.Tensor(x, [None, i])), [X3, index([0], 3)]),
    Row("index_none", lambda x, i: (A.index.Tensor(x, [None, None, i]), A.index.Tensor(x, [i, None, None])), [X3, index([2], 4)]),
    Row("index_channels_last", lambda x, i: (x[i], x[:, i], x[:, :, :, i]), [NCHW, index([2], 2)]),
    Row("index_long", lambda x, i: (x[i], x[:, i % 16]), [[100, 16], index([60], 100, low=-100)], F32),
    Row("index_dynamic", lambda x, i: (x[i], x[:, i % 2]), [[4, 5], index([3], 4)], F32, dynamic=({}, {0: DIM("n", min=2, max=9)}),
        more=[[[4, 5], index([2], 4)], [[4, 5], index([9], 4)]]),
    Row("index_mask", lambda x, m: x[m], [X3, mask([4, 3])], MOVED),
    Row("index_mask_first", lambda x, m: A.index.Tensor(x, [m]), [X3, mask([4])], MOVED),
    Row("index_mask_and_index", lambda x, m, i: A.index.Tensor(x, [m, None, i]), [X3, mask([4]), index([1], 5)], MOVED),
    Row("index_mask_full", lambda x, m: x[m], [X3, mask(X3)], ALL),
    Row("index_put", lambda x, i, v, w: (A.index_put(x, [i], v), A.index_put(x, [None, i % 3], w), A.index_put(x, [None, None, i], w[:, :1, :1])),
        [X3, index([2], 4, low=-4), [2, 3, 5], [4, 2, 5]], ALL),
    Row("index_put_duplicates", lambda x, i, v: (A.index_put(x, [i], v), A.index_put(x, [None, i % 3], v[:4, :1, :1])),
        [X3, index([9], 4, low=-4), [9, 3, 5]], MOVED),
    Row("index_put_apart", lambda x, i, j, v: A.index_put(x, [i, None, j], v), [X3, index([2, 1], 4), index([3], 5), [2, 3, 3]], MOVED),
    Row("index_put_int32", lambda x, i, v: A.index_put(x, [i], v), [X3, int32([2], 4, low=-4), [2, 3, 5]], MOVED),
    Row("index_put_all", lambda x, i, j, v: A.index_put(x, [i, j, i], v), [X3, index([3], 4), index([2, 1], 3), [2, 3]], MOVED),
    Row("index_put_broadcast", lambda x, i, v, w: (A.index_put(x, [i], v), A.index_put(x, [i, i % 3], w)), [X3, index([2], 4), [], [5]], MOVED),
    Row("index_put_mask", lambda x, m, v: A.index_put(x, [m], v), [SMALL, mask([4, 5]), Input([], low=1, high=9)], ALL),
    Row("index_put_mask_accumulate", lambda x, m, v: A.index_put(x, [m], v, True), [SMALL, mask([4, 5]), Input([], low=1, high=9)], REALS),
    Row("index_put_mask_rows", lambda x, m, v: A.index_put(x, [m], v), [[4, 5], mask([4]), [5]], MOVED),
    Row("index_put_accumulate", lambda x, i, v: (A.index_put(x, [i], v, True), A.index_put(x, [i, i], v[:, 0], True)),
        [SMALL, index([9], 4, low=-4), Input([9, 5], low=-3, high=4)], ALL),
    Row("index_put_accumulate_plain", lambda x, i, v: A.index_put(x, [i], v, True), [plain([3]), index([30], 3), plain([30])], FLOATS),
    Row("index_put_channels_last", lambda x, i, v: A.index_put(x, [None, i], v), [NCHW, index([2], 3), [2, 2, 2, 2]]),
    Row("index_put_empty", lambda x, i, v: A.index_put(x, [i], v), [X3, index([0], 4), []]),
    Row("index_put_dynamic", lambda x, i, v: A.index_put(x, [i], v), [[4, 5], index([3], 4), [3, 5]], F32,
        dynamic=({}, {0: DIM("n", min=2, max=9)}, {0: DIM("n", min=2, max=9)}), more=[[[4, 5], index([9], 4), [9, 5]]]),
]

FAMILIES["indexing_masked"] = [
    Row("masked_scatter", lambda x, m, s: A.masked_scatter(x, m, s), [[4, 5], mask([4, 5]), [3, 7]], ALL),
    Row("masked_scatter_broadcast", lambda x, m, s: (A.masked_scatter(x, m, s), A.masked_scatter(x[0], m.expand(3, 5), s)),
        [[3, 5], mask([5]), [20]], MOVED),
    Row("masked_scatter_channels_last", lambda x, m, s: A.masked_scatter(x, m, s), [NCHW, mask([2, 3, 2, 2]), NCHW]),
    Row("masked_fill_tensor", lambda x, m, v: (A.masked_fill.Tensor(x, m, v), A.masked_fill.Tensor(x, m[0], v)), [[4, 5], mask([4, 5]), []], ALL),
    Row("masked_fill_tensor_int", lambda x, m, v: A.masked_fill.Tensor(x, m, v), [[4, 5], mask([4, 5]), index([], 9)], REALS),
    Row("nonzero", lambda x: A.nonzero(x), [Input([3, 5], low=0, high=2)], ALL),
    Row("nonzero_special", lambda x: A.nonzero(x), [[12]], FLOATS),
    Row("nonzero_cube", lambda x: A.nonzero(x), [Input([2, 3, 2, 3], low=0, high=2)]),
    Row("nonzero_0d", lambda x: A.nonzero(x), [Input([], low=1, high=2)]),
    Row("nonzero_dynamic", lambda x: A.nonzero(x), [Input([3, 5], low=0, high=2)], F32, dynamic=({0: DIM("n", min=1, max=9)},),
        more=[[Input([9, 5], low=0, high=2)], [Input([1, 5], low=0, high=2)]]),
    Row("nonzero_static", lambda x: (A.nonzero_static(x, size=4), A.nonzero_static(x, size=20, fill_value=7), A.nonzero_static(x, size=0)),
        [Input([3, 5], low=0, high=2)], ALL),
]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

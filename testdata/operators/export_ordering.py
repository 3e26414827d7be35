"""Cases for windows, rearrangements and order: python export_ordering.py [family ...] (see export_operators.py)."""

import pathlib
import sys
import warnings

import torch

from export_operators import A, ALL, DIM, FLOATS, NCHW, PRESERVED, REALS, Input, Row, export_family, plain
from export_indexing import F32, MOVED, index

PRESERVED += [A.tril.default, A.triu.default, A.roll.default, A.select_scatter.default, A.diagonal_copy.default,
              A.unfold_copy.default, A.diag_embed.default, A.split_with_sizes_copy.default, A.argsort.stable,
              A.msort.default, A.repeat.default, A.slice_scatter.default, A.isin.Tensor_Tensor]

CUBE = [3, 4, 5]
FAMILIES = {}
FAMILIES["windows"] = [
    Row("diagonal", lambda x: (A.diagonal_copy(x), A.diagonal_copy(x, 1, 0, 2), A.diagonal_copy(x, -2, -1, 0), A.diagonal_copy(x, 9)), [CUBE], MOVED),
    Row("as_strided", lambda x: (A.as_strided_copy(x, [2, 3], [1, 4]), A.as_strided_copy(x, [4, 2], [0, 3], 7), A.as_strided_copy(x, [], [], 3)), [CUBE], MOVED),
    Row("narrow", lambda x: (A.narrow_copy(x, 1, 1, 2), A.narrow_copy(x, -1, -3, 2), A.narrow_copy(x, 0, 3, 0)), [CUBE], MOVED),
    Row("unbind", lambda x: (*A.unbind_copy.int(x), *A.unbind_copy.int(x, -1)), [CUBE], MOVED),
    Row("split", lambda x: (*A.split_copy.Tensor(x, 2, 2), *A.split_copy.Tensor(x, 3), *A.split_with_sizes_copy(x, [1, 0, 3], 1)), [CUBE], MOVED),
    Row("chunk", lambda x: (*x.chunk(3, 1), *x.tensor_split(3, 2)), [CUBE]),
    Row("split_channels_last", lambda x: (*A.split_copy.Tensor(x, 2, 1), *A.unbind_copy.int(x, 1)), [NCHW]),
    Row("unfold", lambda x: (A.unfold_copy(x, 1, 2, 1), A.unfold_copy(x, -1, 3, 2), A.unfold_copy(x, 0, 3, 5)), [CUBE], MOVED),
    Row("flip", lambda x: (x.flip(0), x.flip([-1, 1]), x.flip([0, 1, 2])), [CUBE], ALL),
    Row("flip_channels_last", lambda x: (x.flip(1), torch.rot90(x, 1, [2, 3])), [NCHW]),
    Row("roll", lambda x: (A.roll(x, [2], [1]), A.roll(x, [-1, 7], [0, 2]), A.roll(x, [4]), A.roll(x, [1, 2], [1, 1])), [CUBE], MOVED),
    Row("roll_channels_last", lambda x: (A.roll(x, [1], [1]), A.roll(x, [3])), [NCHW]),
    Row("repeat", lambda x: (x.repeat(2, 1, 3), x.repeat(1, 3, 1, 1), x.repeat(0, 1, 1), x.repeat(5, 2, 3, 7)), [[2, 1, 3]], MOVED),
    Row("repeat_0d", lambda x, y: (x.repeat(3, 2), x.repeat(1), torch.tile(y, (2, 2))), [[], [3]]),
    Row("repeat_channels_last", lambda x: x.repeat(1, 2, 1, 3), [NCHW]),
    Row("repeat_dynamic", lambda x: x.repeat(2, 3), [[3, 4]], F32, dynamic=({0: DIM("n", min=1, max=9)},), more=[[[1, 4]], [[9, 4]]]),
    Row("select_scatter", lambda x, s: (A.select_scatter(x, s, 0, 1), A.select_scatter(x, s, -2, -2)), [[4, 4, 5], [4, 5]], MOVED),
    Row("slice_scatter", lambda x, s: (A.slice_scatter(x, s, 1, 1, 4, 2), A.slice_scatter(x, s, 1, -2), A.slice_scatter(x, s, 1, 0, 2)), [CUBE, [3, 2, 5]], MOVED),
    Row("diagonal_scatter", lambda x, s: (A.diagonal_scatter(x, s), A.diagonal_scatter(x, s, 1), A.diagonal_scatter(x, s[:2], -1)), [[3, 4], [3]], MOVED),
    Row("as_strided_scatter", lambda x, s: A.as_strided_scatter(x, s, [2, 3], [1, 4], 2), [CUBE, [2, 3]], MOVED),
    Row("scatter_channels_last", lambda x, s: A.slice_scatter(x, s, 1, 1, 3), [NCHW, Input([2, 2, 2, 2], channels_last=True)]),
    Row("tril", lambda x: (A.tril(x), A.tril(x, 1), A.triu(x, -2), A.triu(x), A.tril(x, -9), A.triu(x, 9)), [CUBE], ALL),
    Row("tril_indices", lambda x: (torch.tril_indices(3, 4) + x, torch.tril_indices(4, 2, -1) + x, torch.triu_indices(3, 4, 1) + x, torch.triu_indices(4, 2, -2) + x), [index([], 3)]),
    Row("diag_embed", lambda x: (A.diag_embed(x), A.diag_embed(x, -1), A.diag_embed(x, 2, 0, 2)), [[2, 3]], MOVED),
    Row("repeat_interleave", lambda n: A.repeat_interleave.Tensor(n, output_size=7), [Input([1], dtype=torch.int64, low=7, high=8)]),
    Row("view_as_real", lambda x: (torch.view_as_real(torch.view_as_complex(x)), torch.view_as_complex(x).real), [[3, 4, 2]], FLOATS[:2]),
    Row("slice_dynamic", lambda x: (x[1:], x[:-1], x[::2], x[-2:]), [[5, 3]], F32, dynamic=({0: DIM("n", min=3, max=9)},), more=[[[3, 3]], [[9, 3]]]),
]

TIES = Input([4, 9], low=0, high=4)
FAMILIES["order"] = [
    Row("sort", lambda x: (*torch.sort(x), *torch.sort(x, 0, True)), [[4, 9]], ALL),
    Row("sort_stable", lambda x: (*torch.sort(x, dim=-1, stable=True), *torch.sort(x, dim=0, descending=True, stable=True)), [TIES], ALL),
    # Unstable sorts of long lines leave equal elements in an order that depends on PyTorch's vector code.
    Row("sort_plain", lambda x: tuple(torch.sort(x, dim=1, stable=True)), [plain([2, 300])], REALS),
    Row("sort_0d", lambda x, y: (*torch.sort(x, 0), *torch.sort(y, 1)), [[], [1, 1]]),
    Row("sort_channels_last", lambda x: tuple(torch.sort(x, 1)), [NCHW]),
    Row("argsort", lambda x: (torch.argsort(x), torch.argsort(x, dim=0, descending=True, stable=True), torch.msort(x)), [TIES], REALS),
    Row("topk", lambda x: (*torch.topk(x, 3), *torch.topk(x, 2, 0, False), *torch.topk(x, 9)), [[4, 9]], REALS),
    Row("topk_ties", lambda x: (*torch.topk(x, 3), *torch.topk(x, 5, -1, False)), [TIES], REALS),
    Row("topk_long", lambda x: (*torch.topk(x, 2), *torch.topk(x, 40, largest=False)), [plain([3, 300])], REALS[:1] + REALS[-1:]),
    Row("topk_0d", lambda x, y: (*torch.topk(x, 1), *torch.topk(y, 0)), [[], [4]]),
    Row("topk_channels_last", lambda x: tuple(torch.topk(x, 2, 1)), [NCHW]),
    # Which of equal elements is named is unspecified.
    Row("kthvalue", lambda x: (torch.kthvalue(x, 2)[0], torch.kthvalue(x, 4, 0, True)[0]), [[5, 7]], REALS),
    Row("kthvalue_index", lambda x: (*torch.kthvalue(x, 2), *torch.kthvalue(x, 4, 0, True)), [plain([5, 7])], FLOATS[:2]),
    Row("median", lambda x: (*torch.median(x, 0), *torch.median(x, 1, True), torch.median(x)), [[5, 7]], REALS),
    Row("nanmedian", lambda x: (*torch.nanmedian(x, 0), *torch.nanmedian(x, 1), torch.nanmedian(x)), [[5, 7]], REALS),
    Row("mode", lambda x: (*torch.mode(x), *torch.mode(x, 0, True)), [Input([5, 7], low=0, high=3)], REALS),
]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

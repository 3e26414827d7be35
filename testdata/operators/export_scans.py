"""Cases for running results, searches, unique elements and bags: python export_scans.py [family ...] (see export_operators.py)."""

import pathlib
import sys
import warnings

import torch

from export_operators import A, ALL, DIM, FLOATS, NCHW, PRESERVED, REALS, Input, Row, export_family, plain
from export_indexing import F32, MOVED, index, int32, mask

PRESERVED += [A.cumprod.default, A.cummax.default, A.cummin.default, A.logcumsumexp.default, A.searchsorted.Tensor,
              A.searchsorted.Scalar, A.bucketize.Tensor, A.bucketize.Scalar, A.histc.default, A.bincount.default,
              A._unique2.default, A._unique.default, A.unique_dim.default, A.unique_consecutive.default,
              A._embedding_bag.default,
              A._embedding_bag_forward_only.default, A.embedding_renorm.default]

FAMILIES = {}
FAMILIES["scans_running"] = [
    Row("cumprod", lambda x: (A.cumprod(x, 0), A.cumprod(x, -1), A.cumprod(x, 1)), [plain([3, 4, 5])], ALL + [torch.complex64]),
    # PyTorch fuses complex products; those of small numbers are exact.
    Row("cumprod_exact", lambda x: (A.cumprod(x, 0), A.cumprod(x, 1)), [Input([4, 5], low=-3, high=4)], [torch.complex64, torch.complex128]),
    Row("cumprod_special", lambda x: (A.cumprod(x, 0), A.cumprod(x, 1)), [[4, 5]], FLOATS),
    Row("cumprod_dtype", lambda x: (A.cumprod(x, 1, dtype=torch.float64), A.cumprod(x, 0, dtype=torch.int32)), [Input([3, 5], low=-3, high=4)], ALL),
    Row("cumprod_edges", lambda x, y, z: (A.cumprod(x, 0), A.cumprod(y, 0), A.cumprod(y, 1), A.cumprod(z, 1)), [[], [0, 3], NCHW]),
    Row("cummax", lambda x: (*A.cummax(x, 0), *A.cummax(x, -1), *A.cummin(x, 0), *A.cummin(x, 1)), [[4, 9]], ALL),
    Row("cummax_ties", lambda x: (*A.cummax(x, 0), *A.cummin(x, 1)), [Input([5, 9], low=0, high=4)], ALL),
    Row("cummax_edges", lambda x, y, z: (*A.cummax(x, 0), *A.cummin(x, -1), *A.cummax(y, 0), *A.cummin(y, 1), *A.cummax(z, 1)), [[], [0, 3], NCHW]),
    Row("cummax_dynamic", lambda x: (*A.cummax(x, 0), *A.cummin(x, 1)), [[3, 4]], F32, dynamic=({0: DIM("n", min=1, max=9)},), more=[[[1, 4]], [[9, 4]]]),
    Row("logcumsumexp", lambda x: (A.logcumsumexp(x, 0), A.logcumsumexp(x, -1)), [plain([4, 9])], FLOATS),
    Row("logcumsumexp_special", lambda x: (A.logcumsumexp(x, 0), A.logcumsumexp(x, 1), A.logcumsumexp(x - x, 1)), [[4, 9]], FLOATS),
    Row("logcumsumexp_infinite", lambda x: (A.logcumsumexp(x / 0.0, 0), A.logcumsumexp(-1.0 / x, 1)), [Input([3, 4], low=-1, high=1)], FLOATS[:2]),
    Row("logcumsumexp_edges", lambda x, y, z: (A.logcumsumexp(x, 0), A.logcumsumexp(y, 0), A.logcumsumexp(z, 1)), [[], [0, 3], NCHW]),
    Row("logcumsumexp_long", lambda x: A.logcumsumexp(x, 0), [plain([500])], FLOATS),
]

LIMITS = Input([9], low=-6, high=7)
QUERIES = Input([4, 5], low=-9, high=10)


def searches(s, x):
    s = torch.sort(s)[0]
    return (A.searchsorted.Tensor(s, x), A.searchsorted.Tensor(s, x, right=True), A.searchsorted.Tensor(s, x, side="right", out_int32=True),
            A.searchsorted.Tensor(s, x, side="left"))


def sorter_searches(s, x):
    order = torch.argsort(s, stable=True)
    return A.searchsorted.Tensor(s, x, sorter=order), A.searchsorted.Tensor(s, x, right=True, sorter=order)


FAMILIES["scans_search"] = [
    Row("searchsorted", searches, [LIMITS, QUERIES], REALS),
    Row("searchsorted_special", searches, [[20], [40]], FLOATS),
    Row("searchsorted_rows", searches, [Input([2, 3, 9], low=-6, high=7), Input([2, 3, 4], low=-9, high=9)], F32 + [torch.int32]),
    Row("searchsorted_mixed", searches, [LIMITS, Input([7], dtype=torch.float16)], REALS),
    Row("searchsorted_0d", lambda s, x: A.searchsorted.Tensor(s, x), [[0], []]),
    Row("searchsorted_empty", lambda s, x, y: (A.searchsorted.Tensor(s, x), A.searchsorted.Tensor(x, y)), [LIMITS, [0], [4]]),
    Row("searchsorted_sorter", sorter_searches, [Input([3, 9], low=-6, high=7), Input([3, 4], low=-9, high=9)], REALS),
    Row("searchsorted_channels_last", lambda s, x: A.searchsorted.Tensor(torch.sort(s)[0], x), [LIMITS, NCHW]),
    Row("searchsorted_scalar", lambda s: (A.searchsorted.Scalar(torch.sort(s)[0], 2), A.searchsorted.Scalar(torch.sort(s)[0], 2.5, right=True),
                                          A.searchsorted.Scalar(torch.sort(s)[0], -1, side="right", out_int32=True)), [LIMITS], REALS),
    Row("searchsorted_dynamic", lambda s, x: A.searchsorted.Tensor(torch.sort(s)[0], x), [LIMITS, [5]], F32,
        dynamic=({}, {0: DIM("n", min=1, max=9)}), more=[[LIMITS, [1]], [LIMITS, [9]]]),
    Row("bucketize", lambda x, s: (A.bucketize.Tensor(x, torch.sort(s)[0]), A.bucketize.Tensor(x, torch.sort(s)[0], right=True, out_int32=True)), [QUERIES, LIMITS], REALS),
    Row("bucketize_mixed", lambda x, s: A.bucketize.Tensor(x, torch.sort(s)[0]), [QUERIES, Input([5], dtype=torch.int64, low=-9, high=9)], REALS),
    Row("bucketize_scalar", lambda s: (A.bucketize.Scalar(2, torch.sort(s)[0]), A.bucketize.Scalar(1.5, torch.sort(s)[0], right=True, out_int32=True)), [LIMITS], REALS),
    Row("bucketize_edges", lambda x, y, z, s: (A.bucketize.Tensor(x, torch.sort(s)[0]), A.bucketize.Tensor(y, torch.sort(s)[0]), A.bucketize.Tensor(z, torch.sort(s)[0])),
        [[], [0, 3], NCHW, LIMITS]),
    Row("histc", lambda x: (A.histc(x, 4), A.histc(x, 7, -2, 3), A.histc(x, 10, 1, 1)), [plain([6, 20])], REALS),
    Row("histc_special", lambda x: A.histc(x, 9, -3, 3), [[6, 20]], FLOATS),
    Row("histc_fraction", lambda x: A.histc(x, 13, -2.5, 3.75), [plain([300])], FLOATS),
    Row("histc_edges", lambda x, y, z, i: (A.histc(x, 3), A.histc(y, 4), A.histc(z, 5), A.histc(i, 6, -3, 3), A.histc(x * 0, 2)),
        [[], [0, 3], Input([2, 3, 2, 2], channels_last=True, special=False), Input([40], low=-4, high=5)]),
]


def within(most, *results, least=0):
    """The same, with bounds for the planner of memory."""
    for result in results:
        for size in result.shape:
            if isinstance(size, torch.SymInt):
                torch._check(size >= least)
                torch._check(size <= most)
    return results


FEW = Input([4, 5], low=0, high=5)
FAMILIES["scans_unique"] = [
    Row("unique", lambda x: within(20, *A._unique2(x, True, True, True)), [FEW], ALL),
    Row("unique_plain", lambda x: within(20, A._unique2(x)[0]), [[20]], REALS),
    Row("unique_channels_last", lambda x: within(24, *A._unique2(x, True, True, True)), [Input([2, 3, 2, 2], channels_last=True, low=0, high=9)]),
    Row("unique_0d", lambda x: within(1, *A._unique2(x, True, True, True)), [[]]),
    Row("unique_empty", lambda x: within(1, *A._unique2(x, True, True, True)), [[0, 3]]),
    Row("unique_dim", lambda x: within(9, *A.unique_dim(x, 0, True, True, True)), [Input([9, 2], low=0, high=2)], ALL),
    Row("unique_dim_inner", lambda x: within(9, *A.unique_dim(x, -1), least=1), [Input([2, 9], low=0, high=2)], MOVED),
    Row("unique_dim_middle", lambda x: within(9, *A.unique_dim(x, 1, True, True, True), least=1), [Input([2, 9, 2], low=0, high=2)], F32),
    Row("unique_dim_channels_last", lambda x: within(3, *A.unique_dim(x, 1, True, True, True), least=1), [Input([1, 3, 1, 2], channels_last=True, low=0, high=2)]),
    Row("unique_consecutive", lambda x: within(20, *A.unique_consecutive(x, True, True)), [Input([4, 5], low=0, high=2)], ALL),
    Row("unique_consecutive_special", lambda x: within(20, *A.unique_consecutive(x, True, True)), [[20]], FLOATS),
    Row("unique_consecutive_dim", lambda x: within(9, *A.unique_consecutive(x, True, True, 0)), [Input([9, 2], low=0, high=2)], ALL),
    Row("unique_older", lambda x: within(20, *A._unique(x, True, True)), [FEW], ALL),
    Row("unique_consecutive_empty", lambda x: within(1, *A.unique_consecutive(x, True, True)), [[0, 3]]),
    Row("masked_select", lambda x, m: within(20, A.masked_select(x, m)), [[4, 5], mask([4, 5])], ALL),
    # The exporter plans for as many elements as self has, before it is broadcast.
    Row("masked_select_broadcast", lambda x, m: within(20, A.masked_select(x, m & (torch.arange(3).view(3, 1, 1) == 0))), [[4, 5], mask([3, 1, 5])], MOVED),
    Row("masked_select_rows", lambda x, m: within(15, A.masked_select(x, m & (torch.arange(4).view(4, 1) == 1))), [[3, 1, 5], mask([4, 1])], F32),
    Row("masked_select_channels_last", lambda x, m: within(24, A.masked_select(x, m)), [NCHW, mask([2, 3, 2, 2])]),
    Row("masked_select_edges", lambda x, m, y: within(3, A.masked_select(x, m), A.masked_select(y, m)), [[], mask([]), [3]]),
    Row("bincount", lambda x: within(12, A.bincount(x)), [Input([20], low=0, high=9)], [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64]),
    Row("bincount_weights", lambda x, w: within(12, A.bincount(x, w, 11)), [index([20], 9), plain([20])], ALL),
]

ROWS = [6, 5]
INDICES = index([7], 6)
OFFSETS = torch.tensor([0, 3, 3, 5])
LAST = torch.tensor([0, 3, 3, 5, 7])


def bags(mode, weights=False):
    """Sums of the fast way leave the other outs empty or undefined; the outputs are read then, and no more."""
    def function(w, i, *per_sample):
        offsets, last = OFFSETS.to(i.dtype), LAST.to(i.dtype)
        sample = per_sample[0] if weights else None
        return (A._embedding_bag_forward_only(w, i, offsets, False, mode, False, sample)[0],
                A._embedding_bag_forward_only(w, i, last, False, mode, False, sample, True)[0],
                A._embedding_bag(w, i, offsets, False, mode, False, sample, False, 2)[0],
                A._embedding_bag(w, i, last, False, mode, False, sample, True, 2)[0])
    return function


FAMILIES["scans_bags"] = [
    Row("bag_sum", bags(0), [ROWS, INDICES], FLOATS),
    Row("bag_sum_weights", bags(0, True), [plain(ROWS), INDICES, plain([7])], FLOATS),
    Row("bag_mean", bags(1), [ROWS, INDICES], FLOATS),
    Row("bag_max", bags(2), [ROWS, INDICES], FLOATS),
    Row("bag_int32", bags(1), [ROWS, int32([7], 6)]),
    Row("bag_mean_all", lambda w, i: A._embedding_bag(w, i, OFFSETS, False, 1, False, None, False, 2)[:3], [ROWS, INDICES], FLOATS),
    Row("bag_max_all", lambda w, i: (*A._embedding_bag(w, i, OFFSETS, False, 2), *A._embedding_bag_forward_only(w, i, LAST, False, 2, False, None, True, 2)[:2]), [ROWS, INDICES], FLOATS),
    Row("bag_sum_all", lambda w, i: A._embedding_bag(w, i, OFFSETS, False, 0, False, None, False, 2)[:3], [plain(ROWS), INDICES], FLOATS),
    Row("bag_sum_fast", lambda w, i: A._embedding_bag(w, i, OFFSETS)[:3], [plain(ROWS), INDICES]),
    Row("bag_offsets", lambda w, i, o: A._embedding_bag_forward_only(w, i, o)[0], [plain(ROWS), INDICES, index([1], 1)]),
    Row("bag_empty", lambda w, i, o: (A._embedding_bag(w, i, o)[0], A._embedding_bag(w, i, o, False, 1)[0], A._embedding_bag(w, i, o, False, 2)[0]), [plain(ROWS), index([0], 1), index([3], 1)]),
    Row("bag_module", lambda w, i: torch.nn.functional.embedding_bag(i, w, mode="mean"), [plain(ROWS), index([3, 4], 6)], FLOATS),
    Row("bag_dynamic", lambda w, i: torch.nn.functional.embedding_bag(i, w, mode="mean"), [plain(ROWS), index([3, 4], 6)], F32,
        dynamic=({}, {0: DIM("bags", min=1, max=9)}), more=[[plain(ROWS), index([1, 4], 6)], [plain(ROWS), index([9, 4], 6)]]),
    Row("renorm", lambda w, i: (A.embedding_renorm(w, i, 1.0, 2.0), A.embedding_renorm(w, i, 4.0, 1.0), A.embedding_renorm(w, i, 2.0, 3.5)), [plain(ROWS), index([4], 6)], FLOATS),
    Row("renorm_norms", lambda w, i: (A.embedding_renorm(w, i, 1.0, float("inf")), A.embedding_renorm(w, i, 1.0, -float("inf")), A.embedding_renorm(w, i, 3.0, 0.0)), [plain(ROWS), int32([2, 3], 6)], FLOATS),
    Row("renorm_special", lambda w, i: A.embedding_renorm(w, i, 1.0, 2.0), [ROWS, index([9], 6)], FLOATS),
    Row("embedding_layouts", lambda w, i, j: (A.embedding(w, i), A.embedding(w, j)), [[7, 30], index([2, 3, 2, 2], 7), Input([2, 3, 2, 2], dtype=torch.int64, channels_last=True, low=0, high=7)], MOVED),
]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

"""Cases for the custom operators of language models: python export_custom_operators.py [family ...] (see
../operators/export_operators.py). The truth is ExecuTorch's own implementation, called from PyTorch, but for attention:
that is right in float32 only (release 1.4.1 writes half and bfloat16 into a float32 tensor), and computed here in float64.
"""

import math
import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "operators"))

import torch
from executorch.extension.llm.custom_ops import custom_ops as _custom_ops  # noqa: F401: registers llama::*
from executorch.extension.llm.custom_ops import op_fallback as _fallback  # noqa: F401

from export_operators import ALL, DIM, FLOATS, NCHW, Input, Row, export_family, plain

L = torch.ops.llama


@torch.library.register_fake("preprocess::tile_crop")
def tile_crop_shape(image, size):
    return image.new_empty([image.shape[1] // size * (image.shape[2] // size), image.shape[0], size, size])


def tile_crop(image, size):  # theirs gives float32 only
    channels, height, width = image.shape
    tiles = image.view(channels, height // size, size, width // size, size).permute(1, 3, 0, 2, 4)
    return tiles.reshape(-1, channels, size, size)


PREPROCESS = torch.library.Library("preprocess", "IMPL")
PREPROCESS.impl("tile_crop", tile_crop, "CPU")


F32 = FLOATS[:1]
NARROW = [torch.float32, torch.float16, torch.bfloat16]


def operands(queries, keys, heads, shared=1, size=16, batch=1):
    """Query, key and value; `shared` query heads use one key head."""
    return [plain([batch, queries, heads * shared, size]), plain([batch, keys, heads, size]), plain([batch, keys, heads, size])]


def position(n):
    return Input([1], dtype=torch.int64, low=n, high=n + 1)


def causal(start, **more):
    return lambda q, k, v: L.custom_sdpa(q, k, v, start, None, 0.0, True, **more)


def lower(queries, keys, start):
    seen = torch.arange(keys)[None, :] <= torch.arange(queries)[:, None] + start
    return torch.zeros(queries, keys).masked_fill(~seen, -math.inf)


def masked(mask, **more):
    return lambda q, k, v: L.custom_sdpa(q, k, v, 0, mask, 0.0, False, **more)


def biased(q, k, v, mask):
    return L.custom_sdpa(q, k, v, 0, mask, 0.0, False)


def at_position(q, k, v, p):
    start = p[0].item()
    torch._check(start >= 0)
    torch._check(start + q.shape[1] <= k.shape[1])
    return L.custom_sdpa(q, k, v, start, None, 0.0, True)


def attend(query, key, value, start, mask=None, dropout=0.0, is_causal=False, scale=None):
    queries, heads, size = query.shape[1:]
    keys = key.shape[1] if mask is not None else start + queries
    k, v = (x[:, :keys].double().repeat_interleave(heads // x.shape[2], 2).transpose(1, 2) for x in (key, value))
    scores = query.double().transpose(1, 2) @ k.transpose(2, 3) * (scale or 1 / math.sqrt(size))
    if mask is not None:
        scores = scores + mask.double()
    if is_causal:
        scores = scores + lower(queries, keys, start)
    return (torch.softmax(scores, -1) @ v).transpose(1, 2).to(query.dtype).contiguous()


def attend_with_cache(query, key, value, keys, values, start, length, *more):
    keys[:, start : start + key.shape[1]] = key
    values[:, start : start + value.shape[1]] = value
    return attend(query, keys, values, start, *more)


THEIRS = L.custom_sdpa(*[torch.arange(24.0).view(1, 3, 2, 4)] * 3, 0, None, 0.0, True)
LIBRARY = torch.library.Library("llama", "IMPL")
LIBRARY.impl("custom_sdpa", attend, "CPU")
LIBRARY.impl("sdpa_with_kv_cache", attend_with_cache, "CPU")
torch.testing.assert_close(L.custom_sdpa(*[torch.arange(24.0).view(1, 3, 2, 4)] * 3, 0, None, 0.0, True), THEIRS)

FAMILIES = {}
FAMILIES["attention"] = [
    Row("causal", causal(0), operands(5, 5, 2), NARROW),
    Row("causal_cache", causal(3), operands(4, 16, 2), NARROW),
    Row("causal_shared", causal(2), operands(4, 9, 2, shared=3), NARROW),
    Row("causal_one_key_head", causal(0), operands(3, 3, 1, shared=5, size=8), NARROW),
    Row("causal_batch", causal(1), operands(3, 6, 2, batch=2), NARROW),
    Row("causal_odd_size", causal(1), operands(3, 6, 1, size=21), NARROW),
    Row("causal_size_one", causal(1), operands(3, 6, 1, size=1), F32),
    Row("causal_wide", causal(1), operands(3, 6, 1, size=128), NARROW),
    Row("causal_long", causal(0), operands(70, 70, 1, shared=2, size=8), NARROW),
    Row("causal_scale", causal(2, scale=0.03), operands(4, 9, 2), NARROW),
    Row("causal_sharp", causal(2, scale=9.0), operands(4, 9, 2), NARROW),
    Row("decode", causal(15), operands(1, 16, 2, shared=4), NARROW),
    Row("decode_first", causal(0), operands(1, 16, 2, shared=2), F32),
    Row("decode_long", causal(199), operands(1, 200, 1, shared=4, size=8), NARROW),
    Row("not_causal", lambda q, k, v: L.custom_sdpa(q, k, v, 4, None, 0.0, False), operands(3, 16, 2, shared=2), NARROW),
    Row("defaults", lambda q, k, v: L.custom_sdpa(q, k, v, 0), operands(3, 9, 2), NARROW),
    Row("dropout_ignored", lambda q, k, v: L.custom_sdpa(q, k, v, 2, None, 0.5, True), operands(3, 9, 2), F32),
    Row("masked", masked(lower(4, 9, 3)), operands(4, 9, 2, shared=2), NARROW),
    Row("masked_long", masked(lower(40, 100, 50)), operands(40, 100, 1, size=8), NARROW),
    Row("masked_scale", masked(lower(4, 9, 3), scale=0.7), operands(4, 9, 2), F32),
    Row("masked_first_block", masked(torch.cat([torch.full([3, 70], -math.inf), torch.zeros(3, 20)], 1)),
        operands(3, 90, 1, size=8), F32),
    Row("biased", biased, operands(4, 9, 2, shared=2) + [Input([4, 9], dtype=torch.float32, special=False)], NARROW),
    Row("dynamic_position", at_position, operands(3, 16, 2) + [position(5)], NARROW,
        more=[operands(3, 16, 2) + [position(0)], operands(3, 16, 2) + [position(13)]]),
    Row("dynamic_length", causal(0), operands(4, 12, 2), F32, dynamic=({1: DIM("n", min=1, max=12)}, {}, {}),
        more=[operands(1, 12, 2), operands(12, 12, 2)]),
]


def quantized_operand(shape):
    return [Input(shape, dtype=torch.int8), Input(shape[:-1] + [1], dtype=torch.int8, low=-9, high=9),
            Input(shape[:-1] + [1], dtype=torch.float32, low=1, high=6)]


def quantized_operands(queries, keys, heads, shared=1, size=16, batch=1, heads_first=False):
    def shape(positions, count):
        return [batch, count, positions, size] if heads_first else [batch, positions, count, size]

    return (quantized_operand(shape(queries, heads * shared)) + quantized_operand(shape(keys, heads))
            + quantized_operand(shape(keys, heads)))


def quantized(start, mask=None, is_causal=True, heads_first=False):
    def f(q, qz, qs, k, kz, ks, v, vz, vs):
        return L.custom_quantized_sdpa(q, k, v, start, mask, 0.0, is_causal, None, qz, qs / 512, kz, ks / 512, vz, vs / 64,
                                       heads_first)
    return f


FAMILIES["quantized_attention"] = [
    Row("causal", quantized(3), quantized_operands(4, 12, 2), F32),
    Row("causal_shared", quantized(0), quantized_operands(4, 12, 2, shared=2), F32),
    Row("causal_batch", quantized(2), quantized_operands(3, 8, 2, batch=2), F32),
    Row("causal_long", quantized(0), quantized_operands(40, 40, 1, shared=2, size=8), F32),
    Row("decode", quantized(11), quantized_operands(1, 12, 2, shared=4), F32),
    Row("decode_wide", quantized(11), quantized_operands(1, 12, 1, size=64), F32),
    Row("masked", quantized(0, lower(4, 12, 5), False), quantized_operands(4, 12, 2), F32),
    Row("not_causal", quantized(2, None, False), quantized_operands(4, 12, 2), F32),
    Row("heads_first", quantized(3, heads_first=True), quantized_operands(4, 12, 2, shared=2, heads_first=True), F32),
    Row("heads_first_decode", quantized(7, heads_first=True), quantized_operands(1, 12, 3, heads_first=True), F32),
    Row("heads_first_masked", quantized(0, lower(4, 12, 5), False, True), quantized_operands(4, 12, 2, heads_first=True), F32),
]


class Cached(torch.nn.Module):
    """Attention over buffers that it updates; answers with the buffers, too."""

    def __init__(self, batch, positions, heads, size, dtype, update):
        super().__init__()
        self.register_buffer("keys", torch.zeros(batch, positions, heads, size, dtype=dtype))
        self.register_buffer("values", torch.zeros(batch, positions, heads, size, dtype=dtype))
        self.update = update

    def forward(self, *args):
        result = self.update(self.keys, self.values, *args)
        return result, self.keys.clone(), self.values.clone()


def with_cache(start, is_causal=True, mask=None):
    def f(keys, values, q, k, v):
        return L.sdpa_with_kv_cache(q, k, v, keys, values, start, k.shape[1], mask, 0.0, is_causal)
    return f


def with_cache_at(keys, values, q, k, v, p):
    start = p[0].item()
    torch._check(start >= 0)
    torch._check(start <= 8)
    return L.sdpa_with_kv_cache(q, k, v, keys, values, start, k.shape[1], None, 0.0, True)


def updates(keys, values, q, k, v):
    L.update_cache(k, keys, 2)
    L.update_cache(v, values, 0)
    return L.custom_sdpa(q, keys, values, 2, None, 0.0, True)


def updates_at(keys, values, q, k, v, p):
    start = p[0].item()
    torch._check(start >= 0)
    torch._check(start <= 8)
    L.update_cache(k, keys, start)
    L.update_cache(v, values, start)
    return L.custom_sdpa(q, keys, values, start, None, 0.0, True)


def indexed_updates(keys, values, k, v, indices):
    L.update_cache_with_indices(k, keys, 0, indices)
    L.update_cache_with_indices(v, values, 3, indices + 1)
    return k + 1


def update_integers(keys, values, k, v):
    L.update_cache(k, keys, 1)
    L.update_cache(v, values, 9)
    return k + 1


def cached(name, update, inputs, dtype, batch=1, heads=2, size=16):
    return Row(name, Cached(batch, 12, heads, size, dtype, update), inputs, [dtype])


def for_dtypes(name, update, inputs, dtypes=NARROW, **more):
    return [cached(name, update, inputs, dtype, **more) for dtype in dtypes]


INDICES = Input([2, 3], dtype=torch.int64, low=0, high=11)
FAMILIES["cache"] = (
    for_dtypes("with_cache", with_cache(0), operands(4, 4, 2))
    + for_dtypes("with_cache_decode", with_cache(7), operands(1, 1, 2, shared=2))
    + for_dtypes("with_cache_batch", with_cache(3), operands(2, 2, 2, batch=2), batch=2)
    + for_dtypes("with_cache_full", with_cache(8), operands(4, 4, 2), F32)
    + for_dtypes("with_cache_open", with_cache(2, False), operands(3, 3, 2), F32)
    + for_dtypes("with_cache_masked", with_cache(2, False, lower(3, 12, 2)), operands(3, 3, 2))
    + for_dtypes("with_cache_at", with_cache_at, operands(3, 3, 2) + [position(5)])
    + for_dtypes("updates", updates, operands(3, 3, 2, shared=2))
    + for_dtypes("updates_at", updates_at, operands(3, 3, 2) + [position(6)])
    + for_dtypes("indexed_updates", indexed_updates, [plain([2, 3, 2, 4]), plain([2, 3, 2, 4]), INDICES], NARROW, batch=2, size=4)
    + [cached("updates_integers", update_integers,
              [Input([1, 3, 2, 16], dtype=torch.int8), Input([1, 3, 2, 16], dtype=torch.int8)], torch.int8)]
)


def delta_rule(q, k, v, decay, beta, state):
    return L.channelwise_gated_delta_rule(q / 9, k / 9, v, torch.sigmoid(decay), torch.sigmoid(beta), state)


def delta_inputs(batch, heads, steps, keys, values):
    wide = [batch, heads, steps, keys]
    return [plain(wide), plain(wide), plain([batch, heads, steps, values]), plain(wide), plain([batch, heads, steps]),
            plain([batch, heads, keys, values])]


FAMILIES["custom"] = [
    Row(f"hadamard_{n}", L.fast_hadamard_transform, [plain([2, n])], dtypes)
    for n, dtypes in [(1, NARROW[:2]), (2, NARROW[:2]), (8, NARROW[:2]), (64, NARROW[:2]),
                      (28, F32), (56, F32), (112, F32)]  # theirs rounds half after each of the 28 additions
] + [
    Row("hadamard_3d", L.fast_hadamard_transform, [plain([2, 3, 16])], F32),
    Row("hadamard_vector", L.fast_hadamard_transform, [plain([32])], F32),
    Row("hadamard_dynamic", L.fast_hadamard_transform, [plain([2, 16])], F32, dynamic=({0: DIM("n", min=1, max=5)},),
        more=[[plain([5, 16])]]),
    Row("fallback", lambda x: L.fallback(x), [[3, 5]], ALL),
    Row("tile_crop", lambda x: torch.ops.preprocess.tile_crop(x, 4), [[3, 8, 12]], ALL),
    Row("delta_rule", delta_rule, delta_inputs(2, 3, 5, 4, 6), F32),
    Row("delta_rule_step", delta_rule, delta_inputs(1, 2, 1, 8, 8), F32),
    Row("delta_rule_long", delta_rule, delta_inputs(1, 1, 40, 16, 5), F32),
]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

"""Cases for quantized_decomposed: python export_quantized.py [family ...] (see ../operators/export_operators.py).

PyTorch's own functions are the truth where there are any. mixed_mm, mixed_linear and add have none: ExecuTorch's formulas
stand here, computed in float64.
"""

import functools
import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "operators"))

import torch
from torch.library import impl

from export_operators import DIM, FLOATS, NCHW, SHORT, Input, Row, export_family, plain
from executorch.exir.passes import _quant_patterns_and_replacements as _patterns  # noqa: F401: registers embedding_*
from torch.ao.quantization.fx._decomposed import quantized_decomposed_lib as LIBRARY


Q = torch.ops.quantized_decomposed
SHORT[torch.uint16] = "u16"
F32 = FLOATS[:1]
NARROW = [torch.float32, torch.float16, torch.bfloat16]  # what PyTorch quantises
TARGETS = {"u8": torch.uint8, "i8": torch.int8, "u16": torch.uint16, "i16": torch.int16, "i32": torch.int32}


@impl(LIBRARY, "mixed_mm", "CompositeExplicitAutograd")
def mixed_mm(x, weight, scales, zero_points):
    return (x.double() @ (weight.double() * scales.double()[:, None])).to(x.dtype)


@impl(LIBRARY, "mixed_linear", "CompositeExplicitAutograd")
def mixed_linear(x, weight, scales, zero_points, dtype=None):
    scales = scales if scales.dim() == 2 else scales[:, None]
    group = -(-weight.shape[1] // scales.shape[1])
    spread = scales.double().repeat_interleave(group, 1)[:, : weight.shape[1]]
    return (x.double() @ (weight.double() * spread).t()).to(dtype or x.dtype)


@impl(LIBRARY, "add", "CompositeExplicitAutograd")
def add(a, a_scale, a_zero, a_min, a_max, b, b_scale, b_zero, b_min, b_max, scale, zero, low, high):
    x = (a.float() - a_zero) * torch.tensor(a_scale, dtype=torch.float32)
    y = (b.float() - b_zero) * torch.tensor(b_scale, dtype=torch.float32)
    inverse = 1 / torch.tensor(scale, dtype=torch.float32)
    return torch.clamp(torch.round((x + y) * inverse).double() + zero, low, high).to(a.dtype)


def bounds(dtype):
    info = torch.iinfo(dtype)
    return info.min, info.max


HALVES = torch.arange(-21, 22) / 2  # every tie of rounding


def halves(x):
    return HALVES.to(x.dtype) + x[:1] * 0


# Made once, before the export sees them: constants of the program.
@functools.cache
def scales_of(count, dtype=torch.float64, low=0.02):
    return (low * (1 + torch.arange(count) % 5)).to(dtype)


@functools.cache
def zeros_of(count, dtype=torch.int64):
    return ((torch.arange(count) * 7) % 11 - 4).to(dtype)


@functools.cache
def positive_zeros_of(count, dtype=torch.int64):
    return zeros_of(count, dtype) + 5


FAMILIES = {}

FAMILIES["quantize"] = (
    [Row(f"to_{name}", lambda x, d=d, r=bounds(d): (Q.quantize_per_tensor(x, 0.05, 3, *r, d),
                                                    Q.quantize_per_tensor(x, 1e-4, 0, *r, d)), [[43]], NARROW)
     for name, d in TARGETS.items()]
    + [
        Row("ties", lambda x: (Q.quantize_per_tensor(halves(x), 1.0, 0, -128, 127, torch.int8),
                               Q.quantize_per_tensor(halves(x), 0.5, 128, 0, 255, torch.uint8),
                               Q.quantize_per_tensor(halves(x), 2.0, -3, -128, 127, torch.int8)), [plain([1])], NARROW),
        Row("four_bits", lambda x: (Q.quantize_per_tensor(x, 0.7, 1, -8, 7, torch.int8),
                                    Q.quantize_per_tensor(x, 0.7, 8, 0, 15, torch.uint8)), [[43]], NARROW),
        Row("extreme_scales", lambda x: (Q.quantize_per_tensor(x, 1e30, 3, -128, 127, torch.int8),
                                         Q.quantize_per_tensor(x, 1e-30, 3, -128, 127, torch.int8),
                                         Q.quantize_per_tensor(x, 3e38, 3, 0, 255, torch.uint8)), [[43]], F32),
        Row("0d_empty", lambda x, y: (Q.quantize_per_tensor(x, 0.1, 2, -128, 127, torch.int8),
                                      Q.quantize_per_tensor(y, 0.1, 2, -128, 127, torch.int8)), [[], [0, 3]], F32),
        Row("channels_last", lambda x: Q.quantize_per_tensor(x, 0.1, 2, -128, 127, torch.int8), [NCHW], NARROW),
        Row("long", lambda x: Q.quantize_per_tensor(x, 0.013, -7, -128, 127, torch.int8), [[3, 711]], NARROW),
        Row("dynamic", lambda x: Q.quantize_per_tensor(x, 0.1, 2, -128, 127, torch.int8), [[3, 4]], F32,
            dynamic=({0: DIM("n", min=1, max=9)},), more=[[plain([1, 4])], [plain([9, 4])]]),
        Row("tensor_parameters",
            lambda x, s, z: (Q.quantize_per_tensor.tensor(x, s, z, -128, 127, torch.int8),
                             Q.quantize_per_tensor.tensor(x, s * 0.3, z - 2, 0, 255, torch.uint8)),
            [[43], Input([1], dtype=torch.float64, low=1, high=3), Input([1], dtype=torch.int64, low=-5, high=6)], NARROW),
        Row("float_parameters", lambda x, s, z: Q.quantize_per_tensor.tensor(x, s * 0.3, z, -128, 127, torch.int8),
            [[43], Input([], dtype=torch.float32, low=1, high=3), Input([], dtype=torch.int32, low=-5, high=6)], F32),
    ]
)

FAMILIES["quantize_channels"] = (
    [Row(f"channels_{name}", lambda x, d=d, r=bounds(d): (
       Q.quantize_per_channel(x, scales_of(4), positive_zeros_of(4), 1, *r, d),
       Q.quantize_per_channel(x, scales_of(5), positive_zeros_of(5), 0, *r, d),
       Q.quantize_per_channel(x, scales_of(3), positive_zeros_of(3), -1, *r, d)), [[5, 4, 3]], NARROW)
     for name, d in TARGETS.items()]
    + [
        Row("channels_float", lambda x: (
            Q.quantize_per_channel(x, scales_of(4, torch.float32), zeros_of(4, torch.int32), 1, -128, 127, torch.int8),
            Q.quantize_per_channel(x, scales_of(4, torch.float32), zeros_of(4), 1, -7, 7, torch.int8)), [[5, 4]], NARROW),
        Row("channels_ties", lambda x: Q.quantize_per_channel(
            halves(x).expand(2, 43), torch.tensor([1.0, 0.5], dtype=torch.float64), torch.tensor([0, 3]), 0, -128, 127,
            torch.int8), [plain([1])], NARROW),
        Row("channels_last_weights", lambda x: (
            Q.quantize_per_channel(x, scales_of(2), zeros_of(2), 0, -128, 127, torch.int8),
            Q.quantize_per_channel(x, scales_of(3), zeros_of(3), 1, -128, 127, torch.int8)), [NCHW], NARROW),
        Row("channels_vector", lambda x: Q.quantize_per_channel(x, scales_of(13), zeros_of(13), 0, -128, 127, torch.int8),
            [[13]], F32),
        Row("channels_empty", lambda x: Q.quantize_per_channel(x, scales_of(3), zeros_of(3), 1, -128, 127, torch.int8),
            [[0, 3]], F32),
        Row("channels_long", lambda x: (
            Q.quantize_per_channel(x, scales_of(3), zeros_of(3), 0, -128, 127, torch.int8),
            Q.quantize_per_channel(x, scales_of(600), zeros_of(600), 1, -128, 127, torch.int8)), [[3, 600]], F32),
    ]
    + [Row(f"tokens_{name}", lambda x, d=d, r=bounds(d): (
        Q.quantize_per_token(x, scales_of(6).view(2, 3, 1), positive_zeros_of(6).view(2, 3, 1), *r, d),
        Q.quantize_per_token(x, scales_of(6, torch.float32).view(2, 3, 1), positive_zeros_of(6, torch.int32).view(2, 3, 1),
                             *r, d)), [[2, 3, 7]], FLOATS)
       for name, d in TARGETS.items()]
    + [
        Row("tokens_ties", lambda x: Q.quantize_per_token(
            halves(x).expand(2, 43), torch.tensor([[1.0], [0.5]], dtype=torch.float64), torch.tensor([[0], [3]]), -128, 127,
            torch.int8), [plain([1])], FLOATS),
        Row("tokens_one", lambda x: Q.quantize_per_token(x, scales_of(1), zeros_of(1), -128, 127, torch.int8), [[13]], F32),
        Row("tokens_empty", lambda x: Q.quantize_per_token(x, scales_of(3).view(3, 1), zeros_of(3).view(3, 1), -128, 127,
                                                           torch.int8), [[3, 0]], F32),
    ]
)


def integers(dtype, shape):
    # PyTorch cannot put extremes into uint16.
    return Input(shape, low=0, high=65536) if dtype == torch.uint16 else Input(shape)


FAMILIES["dequantize"] = (
    [Row(f"from_{name}", lambda x, d=d, r=bounds(d): (
        Q.dequantize_per_tensor(x, 0.05, 3, *r, d), Q.dequantize_per_tensor(x, 0.7, -200, *r, d),
        Q.dequantize_per_tensor(x, 0.05, 3, *r, d, out_dtype=torch.float32),
        Q.dequantize_per_tensor(x, 0.05, 3, *r, d, out_dtype=torch.float16),
        Q.dequantize_per_tensor(x, 0.05, 3, *r, d, out_dtype=torch.bfloat16)), [integers(d, [43])], [d])
     for name, d in TARGETS.items()]
    + [Row(f"double_from_{name}", lambda x, d=d, r=bounds(d): Q.dequantize_per_tensor(
        x, 0.0625, 3, *r, d, out_dtype=torch.float64), [integers(d, [43])], [d]) for name, d in TARGETS.items()]
    + [Row(f"tensor_from_{name}", lambda x, s, z, d=d, r=bounds(d): (
        Q.dequantize_per_tensor.tensor(x, s, z, *r, d),
        Q.dequantize_per_tensor.tensor(x, s, z, *r, d, out_dtype=torch.float16)),
        [integers(d, [43]), Input([1], dtype=torch.float64, low=1, high=3), Input([1], dtype=torch.int64, low=-5, high=6)], [d])
       for name, d in TARGETS.items()]
    + [
        Row("0d_empty", lambda x, y: (Q.dequantize_per_tensor(x, 0.1, 2, -128, 127, torch.int8),
                                      Q.dequantize_per_tensor(y, 0.1, 2, -128, 127, torch.int8)), [[], [0, 3]], [torch.int8]),
        Row("channels_last", lambda x: Q.dequantize_per_tensor(x, 0.1, 2, -128, 127, torch.int8), [NCHW], [torch.int8]),
        Row("long", lambda x: Q.dequantize_per_tensor(x, 0.013, -7, -128, 127, torch.int8), [[3, 711]], [torch.int8]),
        Row("dynamic", lambda x: Q.dequantize_per_tensor(x, 0.1, 2, -128, 127, torch.int8), [[3, 4]], [torch.int8],
            dynamic=({0: DIM("n", min=1, max=9)},), more=[[[1, 4]], [[9, 4]]]),
    ]
)

FAMILIES["dequantize_channels"] = (
    [Row(f"channels_{name}", lambda x, d=d, r=bounds(d): (
        Q.dequantize_per_channel(x, scales_of(4), positive_zeros_of(4), 1, *r, d),
        Q.dequantize_per_channel(x, scales_of(5, torch.float32), positive_zeros_of(5), 0, *r, d),
        Q.dequantize_per_channel(x, scales_of(3, torch.float32), None, -1, *r, d),
        Q.dequantize_per_channel(x, scales_of(3), positive_zeros_of(3), -1, *r, d, out_dtype=torch.float16),
        Q.dequantize_per_channel(x, scales_of(3, torch.float32), None, 2, *r, d, out_dtype=torch.bfloat16)),
        [integers(d, [5, 4, 3])], [d]) for name, d in TARGETS.items()]
    + [
        Row("channels_narrow_zeros", lambda x: (
            Q.dequantize_per_channel(x, scales_of(4, torch.float32), zeros_of(4, torch.int32), 1, -128, 127, torch.int8),
            Q.dequantize_per_channel(x, scales_of(4, torch.float32), zeros_of(4, torch.int8), 1, -128, 127, torch.int8)),
            [[5, 4]], [torch.int8]),
        Row("channels_half_scales", lambda x: (
            Q.dequantize_per_channel(x, scales_of(4, torch.float16), zeros_of(4), 1, -128, 127, torch.int8),
            Q.dequantize_per_channel(x, scales_of(4, torch.bfloat16), zeros_of(4), 1, -128, 127, torch.int8)),
            [[5, 4]], [torch.int8]),
        Row("channels_last_weights", lambda x: (
            Q.dequantize_per_channel(x, scales_of(2), zeros_of(2), 0, -128, 127, torch.int8),
            Q.dequantize_per_channel(x, scales_of(3, torch.float32), None, 1, -128, 127, torch.int8)), [NCHW], [torch.int8]),
        Row("channels_long", lambda x: (
            Q.dequantize_per_channel(x, scales_of(3), zeros_of(3), 0, -128, 127, torch.int8),
            Q.dequantize_per_channel(x, scales_of(600, torch.float32), zeros_of(600), 1, -128, 127, torch.int8)),
            [[3, 600]], [torch.int8]),
    ]
    + [Row(f"tokens_{name}", lambda x, d=d, r=bounds(d): (
        Q.dequantize_per_token(x, scales_of(6).view(2, 3, 1), positive_zeros_of(6).view(2, 3, 1), *r, d, torch.float32),
        Q.dequantize_per_token(x, scales_of(6, torch.float32).view(2, 3, 1), positive_zeros_of(6, torch.int32).view(2, 3, 1),
                               *r, d, torch.float32),
        Q.dequantize_per_token(x, scales_of(6, torch.float32).view(2, 3, 1), positive_zeros_of(6).view(2, 3, 1), *r, d,
                               torch.float16),
        Q.dequantize_per_token(x, scales_of(6).view(2, 3, 1), positive_zeros_of(6).view(2, 3, 1), *r, d, torch.bfloat16)),
        [integers(d, [2, 3, 7])], [d]) for name, d in TARGETS.items()]
    + [Row("tokens_float_zeros", lambda x: Q.dequantize_per_token(
        x, scales_of(6, torch.float32).view(6, 1), zeros_of(6, torch.float32).view(6, 1) + 0.5, -128, 127, torch.int8,
        torch.float32), [[6, 5]], [torch.int8])]
)


def parameters(x, low=-128, high=127, eps=1.1920928955078125e-07, dtype=torch.int8):
    return Q.choose_qparams.tensor(x, low, high, eps, dtype)


def token_parameters(x):
    return Q.choose_qparams_per_token_asymmetric(x, torch.int8)


def dynamically(x, weight):
    """What the exporter writes for dynamically quantised linear layers."""
    scale, zero = parameters(x)
    x = Q.dequantize_per_tensor.tensor(Q.quantize_per_tensor.tensor(x, scale, zero, -128, 127, torch.int8), scale, zero,
                                       -128, 127, torch.int8)
    return x @ weight


def token_by_token(x, weight):
    scales, zeros = token_parameters(x)
    q = Q.quantize_per_token(x, scales, zeros, -128, 127, torch.int8)
    return Q.dequantize_per_token(q, scales, zeros, -128, 127, torch.int8, torch.float32) @ weight


def each_sign(f):
    return lambda x: sum((f(y) for y in (x, x.abs() + 1, -x.abs() - 1, x * 0, x * 2**-23, x * 100)), ())


FAMILIES["parameters"] = [
    Row("tensor", each_sign(parameters), [plain([4, 9])], NARROW),
    Row("tensor_u8", each_sign(lambda x: parameters(x, 0, 255, dtype=torch.uint8)), [plain([4, 9])], NARROW),
    Row("tensor_four_bits", each_sign(lambda x: parameters(x, -8, 7)), [plain([4, 9])], NARROW),
    Row("tensor_i16", each_sign(lambda x: parameters(x, -32768, 32767, dtype=torch.int16)), [plain([4, 9])], NARROW),
    Row("tensor_eps", each_sign(lambda x: parameters(x, eps=0.125)), [plain([4, 9])], NARROW),
    Row("tensor_no_eps", lambda x: parameters(x, eps=0.0), [plain([4, 9])], NARROW),
    Row("tensor_0d", parameters, [[]], NARROW),
    Row("tensor_channels_last", parameters, [Input([2, 3, 2, 2], channels_last=True, special=False)], NARROW),
    Row("tensor_infinite", lambda x: parameters(torch.cat([x, x.abs() + float("inf")])), [plain([5])], NARROW),
    Row("tensor_infinite_both", lambda x: parameters(torch.cat([x, x.abs() * 0 + float("inf"), -(x.abs() * 0 + float("inf"))])),
        [plain([5])], NARROW),
    Row("tensor_long", parameters, [plain([7, 321])], NARROW),
    Row("tensor_dynamic", parameters, [plain([3, 4])], F32, dynamic=({0: DIM("n", min=1, max=9)},),
        more=[[plain([1, 4])], [plain([9, 4])]]),
    Row("tokens", each_sign(token_parameters), [plain([4, 9])], FLOATS),
    Row("tokens_3d", each_sign(token_parameters), [plain([2, 3, 5])], FLOATS),
    Row("tokens_vector", each_sign(token_parameters), [plain([13])], FLOATS),
    Row("tokens_special", token_parameters, [[6, 7]], FLOATS),
    Row("tokens_single", token_parameters, [[13, 1]], FLOATS),
    Row("tokens_long", token_parameters, [plain([7, 321])], FLOATS),
    Row("tokens_none", token_parameters, [plain([0, 4])], F32),
    Row("tokens_channels_last", token_parameters, [Input([2, 3, 2, 2], channels_last=True, special=False)], F32),
    Row("tokens_dynamic", token_parameters, [plain([3, 4])], F32, dynamic=({0: DIM("n", min=1, max=9)},),
        more=[[plain([1, 4])], [plain([9, 4])]]),
    Row("dynamic_linear", dynamically, [plain([5, 16]), plain([16, 3])], F32),
    Row("token_linear", token_by_token, [plain([5, 16]), plain([16, 3])], F32),
]

INDICES = Input([2, 3], dtype=torch.int64, low=0, high=6)


@functools.cache
def row_parameters(shape, dtype):
    numbers = torch.arange(torch.Size(shape).numel()).reshape(shape)
    return (0.1 * (1 + numbers % 7)).to(dtype), (numbers % 5 - 2).to(dtype)


def lookup(op, low, high, width, groups, dtypes=(None, torch.float32, torch.float16, torch.bfloat16)):
    """Every overload of an embedding: scales per row and per group, with and without zero points."""
    def f(weight, indices, x):
        shapes = [(6,), (6, 1), (6, groups)]
        outputs = []
        for shape in shapes:
            scales, zeros = row_parameters(shape, x.dtype)
            for z in (None, zeros):
                if op is Q.embedding_byte or x.dtype == torch.float32:
                    outputs.append(op.default(weight, scales, z, low, high, indices))
                else:  # the exporter takes every answer of the other overload for float32
                    outputs.append(op.dtype(weight, scales, z, low, high, indices, dtype=x.dtype))
        outputs += [op.dtype(weight, scales, None, low, high, indices, dtype=d) for d in dtypes if d is not None]
        outputs.append(op.dtype(weight, scales, zeros, low, high, indices, dtype=x.dtype))
        return tuple(outputs)
    return f


def embedding_rows(name, op, low, high, weight, groups):
    f = lookup(op, low, high, 12, groups)
    scales = torch.arange(1, 7).float() / 8
    return [
        Row(name, f, [weight, INDICES, plain([1])], NARROW),
        Row(f"{name}_0d", lambda w, i: op.default(w, scales, None, low, high, i),
            [weight, Input([], dtype=torch.int64, low=0, high=6)], F32),
        Row(f"{name}_empty", lambda w, i: op.default(w, scales, None, low, high, i),
            [weight, Input([0], dtype=torch.int64, low=0, high=6)], F32),
        Row(f"{name}_dynamic", lambda w, i: op.default(w, scales, None, low, high, i),
            [weight, Input([4], dtype=torch.int64, low=0, high=6)], F32, dynamic=({}, {0: DIM("n", min=1, max=9)}),
            more=[[weight, Input([1], dtype=torch.int64, low=0, high=6)],
                  [weight, Input([9], dtype=torch.int64, low=0, high=6)]]),
    ]


FAMILIES["lookup"] = (
    embedding_rows("byte", Q.embedding_byte, -128, 127, Input([6, 12], dtype=torch.int8), 4)
    + embedding_rows("unsigned_byte", Q.embedding_byte, 0, 255, Input([6, 12], dtype=torch.uint8), 3)
    + embedding_rows("four_bits", Q.embedding_4bit, -8, 7, Input([6, 16], dtype=torch.uint8), 4)
    + embedding_rows("two_bits", Q.embedding_2bit, -2, 1, Input([6, 8], dtype=torch.uint8), 8)
    + [
        Row("byte_wide", lambda w, i: Q.embedding_byte(w, scales_of(6, torch.float32), None, -128, 127, i),
            [Input([6, 700], dtype=torch.int8), INDICES], F32),
        Row("four_bits_wide", lambda w, i: Q.embedding_4bit(w, scales_of(6 * 10, torch.float32).view(6, 10), None, -8, 7, i),
            [Input([6, 160], dtype=torch.uint8), INDICES], F32),
    ]
)

WEIGHT = Input([24, 5], dtype=torch.int8)
FAMILIES["mixed"] = [
    Row("mm", lambda x, w, s: Q.mixed_mm(x, w, s, None), [plain([3, 24]), WEIGHT, plain([24])], F32 + [torch.float16]),
    Row("mm_one", lambda x, w, s: Q.mixed_mm(x, w, s, None), [plain([1, 24]), WEIGHT, plain([24])], F32),
    Row("mm_deep", lambda x, w, s: Q.mixed_mm(x, w, s, None),
        [plain([2, 700]), Input([700, 3], dtype=torch.int8), plain([700])], F32 + [torch.float16]),
    Row("mm_none", lambda x, w, s: Q.mixed_mm(x, w, s, None), [plain([0, 24]), WEIGHT, plain([24])], F32),
    Row("mm_dynamic", lambda x, w, s: Q.mixed_mm(x, w, s, None), [plain([3, 24]), WEIGHT, plain([24])], F32,
        dynamic=({0: DIM("n", min=1, max=9)}, {}, {}), more=[[plain([9, 24]), WEIGHT, plain([24])]]),
    Row("linear", lambda x, w, s: (Q.mixed_linear(x, w, s, None), Q.mixed_linear(x, w, s, None, torch.float32),
                                   Q.mixed_linear(x, w, s, None, torch.float16)),
        [plain([3, 24]), Input([5, 24], dtype=torch.int8), plain([5])], F32 + [torch.float16]),
    Row("linear_groups", lambda x, w, s: (Q.mixed_linear(x, w, s, None), Q.mixed_linear(x, w, s, None, torch.float32)),
        [plain([3, 24]), Input([5, 24], dtype=torch.int8), plain([5, 3])], F32 + [torch.float16]),
    Row("linear_ragged_groups", lambda x, w, s: Q.mixed_linear(x, w, s, None),
        [plain([3, 23]), Input([5, 23], dtype=torch.int8), plain([5, 3])], F32 + [torch.float16]),
    Row("linear_one_group", lambda x, w, s: Q.mixed_linear(x, w, s, None),
        [plain([2, 23]), Input([5, 23], dtype=torch.int8), plain([5, 1])], F32),
    Row("linear_deep", lambda x, w, s: Q.mixed_linear(x, w, s, None),
        [plain([2, 700]), Input([3, 700], dtype=torch.int8), plain([3, 7])], F32 + [torch.float16]),
    Row("linear_dynamic", lambda x, w, s: Q.mixed_linear(x, w, s, None),
        [plain([3, 24]), Input([5, 24], dtype=torch.int8), plain([5])], F32, dynamic=({0: DIM("n", min=1, max=9)}, {}, {}),
        more=[[plain([9, 24]), Input([5, 24], dtype=torch.int8), plain([5])]]),
] + [
    Row(name, lambda a, b: (Q.add(a, 0.1, 3, 0, 127, b, 0.3, 7, 0, 127, 0.25, 11, 0, 127),
                            Q.add(a, 1.0, 0, 0, 127, b, 1.0, 0, 0, 127, 2.0, 0, 0, 127)), [[43], [43]], [dtype])
    for name, dtype in [("add", torch.uint8), ("add", torch.int8), ("add", torch.int16), ("add", torch.int32)]
] + [
    Row("add_u8", lambda a, b: Q.add(a, 0.1, 3, 0, 255, b, 0.3, 7, 0, 255, 0.25, 11, 5, 200), [[4, 11], [4, 11]], [torch.uint8]),
    Row("add_empty", lambda a, b: Q.add(a, 0.1, 3, 0, 255, b, 0.3, 7, 0, 255, 0.25, 11, 5, 200), [[0, 4], [0, 4]], [torch.uint8]),
]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

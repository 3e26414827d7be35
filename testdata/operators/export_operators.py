"""Exports operator cases as bundled programs: <family>.bpte holds programs, inputs and PyTorch's own answers.

The tests that replay these files need neither Python nor torch. Run this again after a row was added:

    pip install torch==2.13.0 executorch==1.4.1
    python export_operators.py [family ...]

A family is a list of rows; a row becomes one method per dtype. Its function may return several results, each from one
call of the operator. What PyTorch refuses for a dtype is left out, and so is what ExecuTorch cannot export. Inputs are
seeded by the method's name, so that a new row leaves the other cases as they are.
"""

import pathlib
import sys
import warnings
import zlib
from dataclasses import dataclass
from typing import Callable, Optional, Sequence

import torch
import torch.ao.quantization.fx._decomposed  # registers quantized_decomposed
from executorch.devtools import BundledProgram
from executorch.devtools.bundled_program.config import MethodTestCase, MethodTestSuite
from executorch.devtools.bundled_program.serialize import serialize_from_bundled_program_to_flatbuffer
from executorch.kernels import quantized as _quantized_out_variants  # noqa: F401
from executorch.exir import EdgeCompileConfig, EdgeProgramManager, to_edge

A = torch.ops.aten
FLOATS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
INTS = [torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64]
REALS = FLOATS + INTS
ALL = REALS + [torch.bool]
# For numbers like 0.1: the exporter writes them as float32, which a double result would show.
NO_DOUBLE = [d for d in ALL if d != torch.float64]
SHORT = {torch.float32: "f32", torch.float64: "f64", torch.float16: "f16", torch.bfloat16: "bf16", torch.bool: "b8",
         torch.int8: "i8", torch.uint8: "u8", torch.int16: "i16", torch.int32: "i32", torch.int64: "i64",
         torch.complex64: "c64", torch.complex128: "c128"}

# Operators that to_edge() would decompose, although programs of others may contain them.
PRESERVED = [A.rsub.Scalar, A.stack.default, A.zeros.default, A.ones.default, A.linear.default, A.hardtanh.default,
             A.fill.Scalar, A.fill.Tensor, A.copy.default, A.t_copy.default, A.addmm.default, A.floor_divide.default,
             A.clamp.Tensor, A.empty.memory_format, A.arange.default, A.arange.start, A.mean.default, A.lift_fresh_copy.default,
             A.detach_copy.default, A.alias_copy.default, A.logical_xor.default, A.scalar_tensor.default]


@dataclass
class Input:
    """A tensor of the row's dtype, unless it has its own."""

    shape: Sequence[int]
    dtype: Optional[torch.dtype] = None
    channels_last: bool = False
    low: Optional[int] = None  # integers in [low, high) instead of the whole range
    high: Optional[int] = None
    exact: bool = False  # multiples of 1/8 in [-3, 3]: sums of their products are exact in float32, whatever the order
    special: bool = True  # NaN, infinities, -0, the ends of the integer range among the values


@dataclass
class Row:
    name: str
    function: Callable
    inputs: Sequence  # of Input, or of plain shapes
    dtypes: Sequence[torch.dtype] = tuple(FLOATS[:1])
    dynamic: Optional[tuple] = None  # dynamic_shapes of torch.export
    more: Sequence = ()  # further input shapes for a dynamic row


def seed_of(name):
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))


def make(spec, dtype, generator):
    spec = spec if isinstance(spec, Input) else Input(spec)
    dtype = spec.dtype or dtype
    shape = list(spec.shape)
    if spec.low is not None:
        value = torch.randint(spec.low, spec.high, shape, generator=generator).to(dtype)
    elif dtype == torch.bool:
        value = torch.randint(0, 2, shape, generator=generator).to(dtype)
    elif spec.exact and dtype.is_floating_point:
        value = (torch.randint(-24, 25, shape, generator=generator) / 8).to(dtype)
    elif dtype.is_complex:
        return (torch.randn(shape, generator=generator, dtype=torch.complex128) * 3).to(dtype)
    elif dtype.is_floating_point:
        value = (torch.randn(shape, generator=generator, dtype=torch.float64) * 3).to(dtype)
    else:
        info = torch.iinfo(dtype)
        value = torch.randint(info.min, info.max, shape, generator=generator, dtype=torch.int64).to(dtype)
        if value.numel() > 4:  # small ones, too, so that products and quotients do not all wrap
            flat = value.flatten()
            flat[::2] = torch.randint(0, 12, flat[::2].shape, generator=generator).to(dtype)
            value = flat.reshape(shape)
    if spec.special and spec.low is None and value.numel() >= 10 and dtype != torch.bool:
        if dtype.is_floating_point:
            extra = [float("nan"), float("inf"), -float("inf"), -0.0, 0.0, 1e-30, 7e4]
        else:
            extra = [torch.iinfo(dtype).min, torch.iinfo(dtype).max, 0, 1]
        places = torch.randperm(value.numel(), generator=generator)[: len(extra)]
        flat = value.flatten()
        flat[places] = torch.tensor(extra, dtype=torch.float64 if dtype.is_floating_point else torch.int64).to(dtype)
        value = flat.reshape(shape)
    if spec.channels_last:
        value = value.to(memory_format=torch.channels_last)
    return value


class Module(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args):
        return self.function(*args)


def build(row, dtype):
    """(name, exported program, cases), or None where PyTorch or the exporter refuses."""
    name = f"{row.name}_{SHORT[dtype]}"
    generator = seed_of(name)
    sets = [tuple(make(spec, dtype, generator) for spec in row.inputs)]
    for shapes in row.more:
        sets.append(tuple(make(spec, dtype, generator) for spec in shapes))
    module = Module(row.function)
    try:
        outputs = [module(*[t.clone() for t in inputs]) for inputs in sets]
        dynamic = {"args": row.dynamic} if row.dynamic else None
        program = torch.export.export(module, sets[0], dynamic_shapes=dynamic, strict=False)
    except Exception as error:  # every refusal is a reason to leave the case out
        leave_out(name, error)
        return None
    cases = []
    for inputs, output in zip(sets, outputs):
        flat = list(output) if isinstance(output, (tuple, list)) else [output]
        cases.append(MethodTestCase(inputs=inputs, expected_outputs=flat))
    return name, program, cases


def leave_out(name, error):
    print(f"  left out: {name}: {type(error).__name__}: {str(error).splitlines()[0][:110]}", flush=True)


def compile_methods(programs, **options):
    # One at a time, each with a configuration of its own: to_edge() lengthens the lists of the one it is given, and the
    # cost doubles from program to program.
    def config():
        return EdgeCompileConfig(_check_ir_validity=False, preserve_ops=list(PRESERVED), **options)

    edge = {name: to_edge(program, compile_config=config()).exported_program() for name, program in programs.items()}
    return EdgeProgramManager(edge, compile_config=config()).to_executorch()


def can_compile(entry, **options):
    name, program, _ = entry
    try:
        compile_methods({name: program}, **options)
        return True
    except Exception as error:
        leave_out(name, error)
        return False


def export_family(family, rows, folder, **options):
    """Options are those of EdgeCompileConfig."""
    cases = [(row, dtype) for row in rows for dtype in row.dtypes]
    built = [entry for case in cases if (entry := build(*case))]
    try:
        executorch_program = compile_methods({name: program for name, program, _ in built}, **options)
    except Exception:  # one of them: find it. A program of unknown sizes can be compiled only once.
        cases = [case for case in cases if (entry := build(*case)) and can_compile(entry, **options)]
        built = [build(*case) for case in cases]
        executorch_program = compile_methods({name: program for name, program, _ in built}, **options)
    suites = [MethodTestSuite(name, cases) for name, _, cases in sorted(built, key=lambda entry: entry[0])]
    data = serialize_from_bundled_program_to_flatbuffer(BundledProgram(executorch_program, suites))
    path = folder / f"{family}.bpte"
    path.write_bytes(data)
    operators = {f"{o.name}.{o.overload}" for p in executorch_program.executorch_program.execution_plan for o in p.operators}
    print(f"{path.name}: {len(built)} methods, {len(data)} bytes\n  {' '.join(sorted(operators))}", flush=True)


PAIR = [[3, 5], [3, 5]]
MIXED = [[2, 3, 4], [3, 1]]  # broadcast
NCHW = Input([2, 3, 2, 2], channels_last=True)


def binary(name, function, dtypes=ALL, brief=False):
    """A binary operator: equal shapes, broadcasting, 0-d, empty, channels-last, mixed dtypes."""
    rows = [
        Row(name, function, PAIR, dtypes),
        Row(f"{name}_broadcast", function, MIXED, dtypes[:1] + dtypes[2:3]),
        Row(f"{name}_0d", function, [[], []], dtypes[:1]),
        Row(f"{name}_0d_right", function, [[7], []], dtypes),
        Row(f"{name}_empty", function, [[0, 3], [1, 3]], dtypes[:1]),
        Row(f"{name}_channels_last", function, [NCHW, NCHW], dtypes[:2]),
        Row(f"{name}_channels_last_bias", function, [NCHW, Input([1, 3, 1, 1])], dtypes[:1]),
        Row(f"{name}_big", function, [[40, 33], [40, 1]], dtypes[:1]),
        Row(f"{name}_float_int", function, [[11], Input([11], dtype=torch.int64)], [d for d in FLOATS if d in dtypes]),
        Row(f"{name}_int_0d_float", function, [[11], Input([], dtype=torch.float32)], [d for d in dtypes if d in INTS]),
        Row(f"{name}_int8_uint8", function, [Input([11], dtype=torch.int8), Input([11], dtype=torch.uint8)], dtypes[:1]),
        Row(f"{name}_half_bfloat16", function,
            [Input([11], dtype=torch.float16), Input([11], dtype=torch.bfloat16)], dtypes[:1]),
        Row(f"{name}_bool_int", function, [Input([11], dtype=torch.bool), Input([11], dtype=torch.int32)], dtypes[:1]),
    ]
    return [row for row in rows if row.name in (name, f"{name}_broadcast", f"{name}_float_int")] if brief else rows


def scalar(name, *functions, dtypes=ALL, shape=(13,)):
    """One method with every function of one tensor (and a scalar inside)."""
    return [Row(name, lambda x, fs=functions: tuple(f(x) for f in fs), [list(shape)], dtypes)]


def divisor(spec=None):
    return Input([3, 5], low=1, high=9)


FAMILIES = {}

FAMILIES["binary"] = (
    binary("add", lambda a, b: a + b)
    + binary("sub", lambda a, b: a - b, REALS)
    + binary("mul", lambda a, b: a * b)
    + binary("div", lambda a, b: a / b)
    + binary("minimum", torch.minimum)
    + binary("maximum", torch.maximum, brief=True)
    + [
        Row("add_alpha", lambda a, b: torch.add(a, b, alpha=3), PAIR, REALS),
        Row("sub_alpha", lambda a, b: torch.sub(a, b, alpha=-2), PAIR, REALS),
        Row("add_alpha_fraction", lambda a, b: torch.add(a, b, alpha=0.3), PAIR, FLOATS),
        Row("div_floor", lambda a, b: torch.div(a, b, rounding_mode="floor"), [[3, 5], divisor()], REALS),
        Row("div_floor_negative", lambda a, b: torch.div(a, -b, rounding_mode="floor"), [[3, 5], divisor()],
            FLOATS + [torch.int8, torch.int32, torch.int64]),
        Row("div_trunc", lambda a, b: torch.div(a, b, rounding_mode="trunc"), [[3, 5], divisor()], REALS),
        Row("div_trunc_negative", lambda a, b: torch.div(a, -b, rounding_mode="trunc"), [[3, 5], divisor()],
            FLOATS + [torch.int8, torch.int32, torch.int64]),
        Row("div_floor_special", lambda a, b: torch.div(a, b, rounding_mode="floor"), [[8, 8], [8, 8]], FLOATS),
        Row("div_trunc_special", lambda a, b: torch.div(a, b, rounding_mode="trunc"), [[8, 8], [8, 8]], FLOATS),
        Row("div_none", lambda a, b: torch.div(a, b, rounding_mode=None), PAIR, ALL),
        Row("floor_divide", lambda a, b: torch.floor_divide(a, b), [[3, 5], divisor()], REALS),
        Row("clamp_tensor", lambda x, a, b: torch.clamp(x, a, b), [[3, 5], [5], [3, 1]], REALS),
        Row("clamp_tensor_min", lambda x, a: torch.clamp(x, min=a), [[3, 5], [5]], REALS),
        Row("clamp_tensor_max", lambda x, a: torch.clamp(x, max=a), [[3, 5], [5]], REALS),
        Row("where", lambda c, a, b: torch.where(c, a, b), [Input([3, 5], dtype=torch.bool), [3, 5], [5]], ALL),
        Row("where_0d", lambda c, a, b: torch.where(c, a, b), [Input([3, 5], dtype=torch.bool), [], [5]], ALL),
        Row("where_mixed", lambda c, a, b: torch.where(c, a, b),
            [Input([3, 1], dtype=torch.bool), [5], Input([], dtype=torch.int64)], REALS),
        Row("where_channels_last", lambda c, a, b: torch.where(c, a, b),
            [Input([2, 3, 2, 2], dtype=torch.bool), NCHW, NCHW], FLOATS[:1]),
    ]
    + scalar("add_scalar", lambda x: x + 3, lambda x: x - 2.5, lambda x: x + True, lambda x: 1.25 + x)
    + scalar("scalar_tenths", lambda x: x * 0.1, lambda x: x / 0.1, lambda x: 1.1 + x, dtypes=NO_DOUBLE)
    + scalar("add_scalar_overload", lambda x: A.add.Scalar(x, 3, 2), lambda x: A.sub.Scalar(x, 0.1, 2), dtypes=REALS)
    + scalar("rsub_scalar", lambda x: A.rsub.Scalar(x, 3), lambda x: A.rsub.Scalar(x, 2.5, 3), dtypes=REALS)
    + scalar("rsub_int", lambda x: A.rsub.Scalar(x, 3), dtypes=INTS)
    + scalar("mul_scalar", lambda x: x * 3, lambda x: x * 0.5, lambda x: A.mul.Scalar(x, 7))
    + scalar("div_scalar", lambda x: x / 3, lambda x: x / 0.25, lambda x: A.div.Scalar(x, 7))
    + scalar("div_scalar_mode", lambda x: torch.div(x, 3, rounding_mode="floor"),
             lambda x: torch.div(x, -3, rounding_mode="trunc"), lambda x: torch.div(x, 0.7, rounding_mode="floor"),
             dtypes=FLOATS + [torch.int16, torch.int32, torch.int64])
    + scalar("clamp", lambda x: x.clamp(2, 5), lambda x: x.clamp(min=3), lambda x: x.clamp(max=4),
             lambda x: x.clamp(5, 2), dtypes=REALS)
    + scalar("clamp_fraction", lambda x: x.clamp(-0.3, 1.7), lambda x: x.clamp(min=0.1), dtypes=REALS)
    + scalar("clamp_nan", lambda x: x.clamp(min=float("nan")), lambda x: x.clamp(-float("inf"), 1.0), dtypes=FLOATS)
)

COMPARISONS = {"eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt, "ge": torch.ge}


def every_comparison(a, b):
    return tuple(f(a, b) for f in COMPARISONS.values())


FAMILIES["compare"] = (
    binary("compare", every_comparison)
    + [Row("compare_equal", lambda a: every_comparison(a, a.clone()), [[3, 5]], ALL)]
    + scalar("compare_scalar", *[lambda x, f=f: f(x, 3) for f in COMPARISONS.values()], dtypes=REALS)
    + scalar("compare_fraction", *[lambda x, f=f: f(x * 0 + 0.1, 0.1) for f in COMPARISONS.values()], dtypes=NO_DOUBLE[:-1])
    + scalar("compare_scalar_overload", *[lambda x, o=o: o(x, 2.5) for o in
             (A.eq.Scalar, A.ne.Scalar, A.lt.Scalar, A.le.Scalar, A.gt.Scalar, A.ge.Scalar)], dtypes=REALS)
    + binary("logical_and", torch.logical_and, brief=True)
    + binary("logical_or", torch.logical_or, brief=True)
    + binary("logical_xor", torch.logical_xor, brief=True)
    + scalar("logical_not", torch.logical_not)
)

FAMILIES["unary"] = (
    scalar("abs", torch.abs, shape=(4, 4))
    + scalar("neg", torch.neg, shape=(4, 4))
    + scalar("relu", torch.relu, shape=(4, 4))
    + scalar("sigmoid", torch.sigmoid, shape=(5, 13))
    + scalar("tanh", torch.tanh, shape=(5, 13))
    + scalar("exp", torch.exp, shape=(5, 13))
    + scalar("hardtanh", lambda x: A.hardtanh(x), lambda x: A.hardtanh(x, -2, 3), lambda x: A.hardtanh(x, 0.1, 0.7),
             shape=(5, 13))
    + [Row(f"{name}_{kind}", function, [spec], FLOATS[:1])
       for name, function in [("abs", torch.abs), ("neg", torch.neg), ("sigmoid", torch.sigmoid)]
       for kind, spec in [("0d", []), ("empty", [0, 2]), ("channels_last", NCHW)]]
    + [Row("sigmoid_long", torch.sigmoid, [Input([700], special=False)], FLOATS[:1])]
)


def plain(shape):
    return Input(shape, special=False)


def small(shape):
    return Input(shape, low=-5, high=6)


FAMILIES["matmul"] = [
    Row("mm", torch.mm, [plain([5, 7]), plain([7, 3])], REALS),
    Row("mm_special", torch.mm, [[5, 7], [7, 3]], FLOATS),
    Row("mm_deep", torch.mm, [plain([2, 300]), plain([300, 3])], FLOATS),
    Row("mm_wide", torch.mm, [plain([9, 20]), plain([20, 19])], FLOATS[:1]),
    Row("mm_vector", torch.mm, [plain([1, 40]), plain([40, 21])], FLOATS),
    Row("mm_transposed", lambda a, b: torch.mm(a.t(), b.t()), [plain([7, 5]), plain([3, 7])], FLOATS[:1]),
    Row("mm_no_depth", torch.mm, [[2, 0], [0, 3]], FLOATS[:1] + [torch.int32]),
    Row("mm_empty", torch.mm, [[0, 2], [2, 3]], FLOATS[:1]),
    Row("bmm", torch.bmm, [plain([2, 3, 4]), plain([2, 4, 5])], REALS),
    Row("bmm_empty", torch.bmm, [[0, 3, 4], [0, 4, 5]], FLOATS[:1]),
    Row("addmm", lambda c, a, b: (torch.addmm(c, a, b), torch.addmm(c, a, b, beta=2, alpha=3)),
        [plain([5]), plain([3, 4]), plain([4, 5])], REALS),
    Row("addmm_fraction", lambda c, a, b: (torch.addmm(c, a, b, beta=0.5, alpha=1.5), torch.addmm(c, a, b, beta=0)),
        [Input([3, 1]), plain([3, 4]), plain([4, 5])], FLOATS),
    Row("addmm_beta_zero", lambda c, a, b: torch.addmm(c, a, b, beta=0),
        [Input([3, 5]), plain([3, 4]), plain([4, 5])], REALS),
    Row("addmm_0d", lambda c, a, b: torch.addmm(c, a, b), [plain([]), plain([3, 4]), plain([4, 5])], FLOATS[:1]),
    Row("linear", torch.nn.functional.linear, [plain([2, 3, 8]), plain([5, 8]), plain([5])], FLOATS + [torch.int32]),
    Row("linear_no_bias", torch.nn.functional.linear, [plain([4, 8]), plain([17, 8])], FLOATS + [torch.int64]),
    Row("linear_vector", torch.nn.functional.linear, [plain([8]), plain([5, 8]), plain([5])], FLOATS),
    Row("linear_deep", torch.nn.functional.linear, [plain([1, 1100]), plain([3, 1100])], FLOATS[:1] + FLOATS[2:]),
    Row("linear_empty", torch.nn.functional.linear, [plain([0, 8]), plain([5, 8]), plain([5])], FLOATS[:1]),
    Row("linear_channels_last", torch.nn.functional.linear,
        [Input([2, 3, 2, 4], channels_last=True, special=False), plain([5, 4]), plain([5])], FLOATS[:1]),
    Row("linear_dynamic", torch.nn.functional.linear, [plain([4, 8]), plain([5, 8]), plain([5])], FLOATS[:1],
        dynamic=({0: torch.export.Dim("n", min=1, max=9)}, {}, {}),
        more=[[plain([1, 8]), plain([5, 8]), plain([5])], [plain([9, 8]), plain([5, 8]), plain([5])]]),
]

SLICES = [(0, None, None, 1), (1, 1, 4, 1), (1, -3, -1, 1), (1, 0, 9, 2), (-1, 4, 1, 1), (1, -99, 99, 3)]
FAMILIES["shape"] = [
    Row("view_copy", lambda x: (A.view_copy(x, [6, 4]), A.view_copy(x, [-1]), A.view_copy(x, [2, 1, -1, 4])), [[2, 3, 4]],
        ALL),
    Row("view_copy_empty", lambda x: (A.view_copy(x, [0, 5]), A.view_copy(x, [3, 0])), [[0, 3]]),
    Row("view_copy_0d", lambda x: (A.view_copy(x, [1, 1]), A.view_copy(x, [])), [[]]),
    Row("permute_copy", lambda x: (A.permute_copy(x, [2, 0, 1]), A.permute_copy(x, [-1, 1, 0]), A.permute_copy(x, [0, 1, 2])),
        [[2, 3, 4]], ALL),
    Row("permute_copy_channels_last", lambda x: A.permute_copy(x, [0, 2, 3, 1]), [NCHW]),
    Row("transpose_copy", lambda x: (A.transpose_copy(x, 0, 2), A.transpose_copy(x, -1, -2)), [[2, 3, 4]], ALL),
    Row("t_copy", lambda x, y: (A.t_copy(x), A.t_copy(y)), [[3, 4], [5]], ALL),
    Row("expand_copy", lambda x: (A.expand_copy(x, [2, 3, 4]), A.expand_copy(x, [-1, 5]), A.expand_copy(x, [0, 3, 1])),
        [[3, 1]], ALL),
    Row("expand_copy_0d", lambda x: A.expand_copy(x, [2, 3]), [[]]),
    Row("squeeze_copy", lambda x: (A.squeeze_copy.dims(x, [0, 2]), A.squeeze_copy.dims(x, [1]), A.squeeze_copy.dim(x, -2)),
        [[1, 3, 1, 2]], ALL),
    Row("unsqueeze_copy", lambda x: (A.unsqueeze_copy(x, 0), A.unsqueeze_copy(x, -1), A.unsqueeze_copy(x, 1)), [[3, 2]], ALL),
    Row("select_copy", lambda x: (A.select_copy(x, 0, 1), A.select_copy(x, 1, -1), A.select_copy(x, -1, 0)), [[2, 3, 4]], ALL),
    Row("slice_copy", lambda x: tuple(A.slice_copy(x, *s) for s in SLICES), [[3, 5]], ALL),
    Row("slice_copy_channels_last", lambda x: (A.slice_copy(x, 1, 1, 3), A.slice_copy(x, 3, 0, 1)), [NCHW]),
    Row("cat", lambda a, b, c: (torch.cat([a, b]), torch.cat([a, a], 1), torch.cat([a, b, a], -2), torch.cat([c, a])),
        [[2, 3], [4, 3], [0]], ALL),
    Row("cat_mixed", lambda a, b: torch.cat([a, b]), [[2, 3], Input([1, 3], dtype=torch.int32)], ALL),
    Row("cat_channels_last", lambda a, b: torch.cat([a, b], 1), [NCHW, NCHW]),
    Row("cat_many", lambda a, b: torch.cat([a, b, b, a, b], 1), [[3, 100], [3, 7]]),
    Row("stack", lambda a, b: (torch.stack([a, b]), torch.stack([a, b, a], -1), torch.stack([a, b], 1)), PAIR, ALL),
    Row("stack_0d", lambda a, b: torch.stack([a, b]), [[], []]),
]

DIM = torch.export.Dim


def copies(x):
    return tuple(x.to(dtype) for dtype in ALL if dtype != x.dtype)


FAMILIES["copy"] = [
    Row("clone", lambda x: (x.clone(), A.alias_copy(x), A.detach_copy(x), A.lift_fresh_copy(x)), [[3, 5]], ALL),
    Row("to_copy", copies, [Input([13], special=False)], ALL),
    Row("to_copy_special", lambda x: tuple(x.to(d) for d in FLOATS + [torch.bool] if d != x.dtype), [[13]], FLOATS),
    Row("to_channels_last", lambda x: x.to(memory_format=torch.channels_last), [[2, 3, 2, 2]], ALL),
    Row("to_contiguous", lambda x: x.to(memory_format=torch.contiguous_format), [NCHW], ALL),
    Row("clone_channels_last", lambda x: x.clone(memory_format=torch.channels_last), [[2, 3, 2, 2]], FLOATS[:1]),
    Row("to_double_channels_last", lambda x: x.to(torch.float64, memory_format=torch.channels_last), [[2, 3, 2, 2]], FLOATS[:1]),
    Row("copy", lambda a, b: (A.copy(a, b), A.copy(a, a)), [[3, 5], [5]], ALL),
    Row("copy_cast", lambda a, b: A.copy(a, b), [[3, 5], Input([3, 1], dtype=torch.int64, low=0, high=100)], ALL),
]

FAMILIES["fill"] = [
    Row("full", lambda x: (torch.full([2, 3], 3, dtype=x.dtype), torch.full([], 1.5).to(x.dtype), torch.full([0], 1, dtype=x.dtype)),
        [[1]], ALL),
    Row("full_value", lambda x: torch.full([2, 3], 0.1, dtype=x.dtype), [[1]], FLOATS),
    Row("full_like", lambda x: (torch.full_like(x, 7), torch.full_like(x, 0.1)), [[2, 3]], ALL),
    Row("full_like_channels_last", lambda x: torch.full_like(x, 7), [NCHW]),
    Row("zeros", lambda x: (torch.zeros([2, 3], dtype=x.dtype), torch.ones([2, 3], dtype=x.dtype)), [[1]], ALL),
    Row("fill", lambda x, y: (A.fill.Scalar(x, 3), A.fill.Tensor(x, y)), [[2, 3], []], ALL),
    Row("scalar_tensor", lambda x: torch.scalar_tensor(3, dtype=x.dtype), [[1]], ALL),
    Row("arange", lambda x: (torch.arange(5, dtype=x.dtype), torch.arange(2, 9, 3, dtype=x.dtype), torch.arange(9, 2, -2, dtype=x.dtype),
                             torch.arange(0, dtype=x.dtype)), [[1]], REALS),
    Row("arange_fraction", lambda x: (torch.arange(0.5, 3.3, 0.1, dtype=x.dtype), torch.arange(1.0, -1.0, -0.3, dtype=x.dtype)),
        [[1]], FLOATS),
]

FAMILIES["reduce"] = [
    Row("sum", lambda x: (torch.sum(x, [1]), torch.sum(x, [0], keepdim=True), torch.sum(x, [0, -1]), torch.sum(x)),
        [plain([3, 4, 5])], ALL),
    Row("sum_special", lambda x: (torch.sum(x, [1]), torch.sum(x)), [[4, 5]], FLOATS),
    Row("sum_dtype", lambda x: (torch.sum(x, [1], dtype=torch.float64), torch.sum(x, [1], dtype=torch.int64)),
        [Input([3, 5], low=0, high=90)], ALL),
    Row("sum_long", lambda x: (torch.sum(x, [0]), torch.sum(x, [1])), [plain([60, 70])], FLOATS),
    Row("sum_empty", lambda x: (torch.sum(x, [0]), torch.sum(x, [1])), [[0, 3]]),
    Row("sum_0d", lambda x: torch.sum(x), [[]], REALS),
    Row("sum_channels_last", lambda x: (torch.sum(x, [1]), torch.sum(x, [2, 3]), torch.sum(x, [1], keepdim=True)), [NCHW]),
    Row("mean", lambda x: (torch.mean(x, [1]), torch.mean(x, [0], keepdim=True), torch.mean(x, [0, -1])), [plain([3, 4, 5])],
        FLOATS),
    Row("mean_all", lambda x: torch.mean(x), [plain([3, 4, 5])], FLOATS),
    Row("mean_dtype", lambda x: (torch.mean(x, [1], dtype=torch.float32), torch.mean(x, dtype=torch.float64)),
        [Input([3, 5], low=0, high=90)], ALL),
    Row("mean_empty", lambda x: (torch.mean(x, [0]), torch.mean(x, [1])), [[0, 3]]),
    Row("mean_channels_last", lambda x: (torch.mean(x, [2, 3]), torch.mean(x, [-1, -2], keepdim=True)), [NCHW]),
]

INDEX = Input([2, 3], dtype=torch.int64, low=0, high=6)
FAMILIES["embedding"] = [
    Row("embedding", lambda w, i: A.embedding(w, i), [[6, 5], INDEX], ALL),
    Row("embedding_int32", lambda w, i: A.embedding(w, i, 2), [[6, 5], Input([4], dtype=torch.int32, low=0, high=6)]),
    Row("embedding_0d", lambda w, i: A.embedding(w, i), [[6, 5], Input([], dtype=torch.int64, low=0, high=6)]),
    Row("embedding_empty", lambda w, i: A.embedding(w, i), [[6, 5], Input([0], dtype=torch.int64, low=0, high=6)]),
]


def quantized(low, high, dtype):
    q = torch.ops.quantized_decomposed
    return [
        Row(f"quantize_{SHORT[dtype]}", lambda x: q.quantize_per_tensor(x, 0.05, 3, low, high, dtype), [[40]], FLOATS[:1] + FLOATS[2:]),
        Row(f"dequantize_{SHORT[dtype]}", lambda x: q.dequantize_per_tensor(x, 0.05, 3, low, high, dtype), [[40]], [dtype]),
    ]


def quantize_channels(x, scales, zero_points):
    return torch.ops.quantized_decomposed.quantize_per_channel(x, scales.abs() + 0.1, zero_points, 1, -128, 127, torch.int8)


def dequantize_channels(x, scales, zero_points):
    return torch.ops.quantized_decomposed.dequantize_per_channel(x, scales, zero_points, 0, -128, 127, torch.int8)


ZERO_POINTS = Input([5], dtype=torch.int64, low=-9, high=9)
FAMILIES["quantize"] = (
    quantized(-128, 127, torch.int8) + quantized(0, 255, torch.uint8) + quantized(-32768, 32767, torch.int16)
    + [
        Row("quantize_per_channel", quantize_channels, [[4, 5], Input([5], dtype=torch.float64, special=False), ZERO_POINTS]),
        Row("dequantize_per_channel", dequantize_channels,
            [[5, 4], Input([5], dtype=torch.float64, special=False), ZERO_POINTS], [torch.int8]),
    ]
)

BATCH = DIM("batch", min=1, max=12)
LENGTH = DIM("length", min=4, max=40)


def item_arithmetic(x, n):
    k = n.item()
    torch._check(k >= 1)
    torch._check(k <= 12)
    return A.slice_copy(x, 0, 0, k), x * k, x + (k // 5) * 2


def cond(x):
    return torch.cond(x.sum() > 0, lambda t: t * 2, lambda t: t - 1, (x,))


def mapped(x, y):
    return torch.ops.higher_order.map_impl(lambda row, other: (row + other,), (x,), (y,))[0]


FAMILIES["prim"] = [
    Row("dynamic_view", lambda x: (x.view(-1, 2), x.view(x.shape[0] * 3, 4) * 2), [plain([2, 3, 4])], FLOATS[:1] + [torch.int64],
        dynamic=({0: BATCH},), more=[[plain([1, 3, 4])], [plain([12, 3, 4])]]),
    Row("dynamic_binary", lambda a, b: (a + b, a @ b.t(), torch.cat([a, a * 2])), [plain([3, 4]), plain([3, 4])],
        dynamic=({0: BATCH}, {0: BATCH}), more=[[plain([1, 4]), plain([1, 4])], [plain([12, 4]), plain([12, 4])]]),
    Row("symbolic_arithmetic", lambda x: (x + x.shape[0] * 2 - 1, x * (x.shape[0] // 2), x / x.shape[0],
                                          x + torch.full([x.shape[0], 1], 2.0), x + (x.shape[0] % 5)), [plain([7, 3])],
        dynamic=({0: LENGTH},), more=[[plain([4, 3])], [plain([40, 3])]]),
    Row("dynamic_arange", lambda x: x + torch.arange(x.shape[0]).unsqueeze(1), [plain([7, 3])], dynamic=({0: LENGTH},),
        more=[[plain([40, 3])]]),
    Row("item", item_arithmetic, [plain([12, 2]), Input([], dtype=torch.int64, low=1, high=12)]),
    Row("cond", cond, [plain([5])], FLOATS[:1], dynamic=({0: LENGTH},), more=[[plain([6])], [plain([9])], [plain([11])]]),
    Row("map", mapped, [plain([5, 3]), plain([3])]),
]


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

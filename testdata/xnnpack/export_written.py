"""Exports delegates whose graphs are written by hand: nodes and datatypes of the schema that today's exporter does not write.

    pip install torch==2.13.0 executorch==1.4.1
    python export_written.py [family ...]

The exporter partitions a module whole, and what it would write for XNNPACK is replaced by the graph of the case. PyTorch computes the
answers from the module. <family>.tolerances as in export_quantised.py.
"""

import contextlib
import pathlib
import sys
import warnings
from dataclasses import dataclass, field
from typing import Any, Callable

import torch
import torch.nn.functional as F
from executorch.backends.xnnpack.serialization import xnnpack_graph_schema as schema
from executorch.backends.xnnpack.serialization.xnnpack_graph_serialize import serialize_xnnpack_binary
from executorch.backends.xnnpack.xnnpack_preprocess import XnnpackBackend
from executorch.devtools import BundledProgram
from executorch.devtools.bundled_program.config import MethodTestCase, MethodTestSuite
from executorch.devtools.bundled_program.serialize import serialize_from_bundled_program_to_flatbuffer
from executorch.exir import EdgeCompileConfig, to_edge_transform_and_lower
from executorch.exir.backend.backend_details import PreprocessResult
from executorch.exir.backend.compile_spec_schema import CompileSpec
from executorch.exir.backend.partitioner import DelegationSpec, Partitioner, PartitionResult
from executorch.exir.backend.utils import tag_constant_data

from export_xnnpack import BATCH, Call, last, x

FOLDER = pathlib.Path(__file__).parent
TYPES = {torch.float32: "fp32", torch.float16: "fp16", torch.int8: "qint8", torch.uint8: "quint8", torch.int64: "int32", torch.int32: "int32",
         torch.bfloat16: "bf16"}
INPUT, OUTPUT = 1, 2
NONE = 0xFFFFFFFF


@dataclass
class Case:
    function: Callable
    inputs: list
    graph: Callable  # (Graph, its inputs, its outputs): adds the nodes
    quants: dict = field(default_factory=dict)  # input or output, by name ("in0", "out0") -> per tensor quantisation
    types: dict = field(default_factory=dict)  # likewise -> the datatype in the graph, where it is not the tensor's
    dynamic: Any = None
    further: list = field(default_factory=list)
    atol: float = 0


class Graph:
    """Builds a graph of XNNPACK value by value."""

    def __init__(self):
        self.graph = schema.XNNGraph("0", [], [], 0, [], [], [schema.ConstantDataOffset(0, 0)])
        self.region = bytearray()

    def value(self, dims, kind="fp32", quant=None, flags=0, external=NONE, constant=0):
        index = len(self.graph.xvalues)
        tensor = schema.XNNTensorValue(getattr(schema.XNNDatatype, f"xnn_datatype_{kind}"), len(dims), [int(d) if isinstance(d, int) else d.node.hint for d in dims], constant, external, flags, index)
        self.graph.xvalues.append(schema.XValue(schema.XNNQuantizedTensorValue(tensor, quant) if quant else tensor))
        return index

    def dims(self, index):
        union = self.graph.xvalues[index].xvalue_union
        return getattr(union, "tensor_value", union).dims

    def external(self, tensor, flags, kind, quant):
        self.graph.num_externs += 1
        index = self.value(tensor.shape or [1], kind or TYPES[tensor.dtype], quant, flags, self.graph.num_externs - 1)
        (self.graph.input_ids if flags == INPUT else self.graph.output_ids).append(index)
        return index

    def constant(self, tensor, kind=None, quant=None, dims=None):
        data = tensor.contiguous().view(torch.uint8).numpy().tobytes() if tensor.dim() else bytes(tensor)
        self.graph.constant_data.append(schema.ConstantDataOffset(len(self.region), len(data), None))
        self.region += data + b"\0" * (-len(data) % 16)
        return self.value(dims or tensor.shape, kind or TYPES[tensor.dtype], quant, constant=len(self.graph.constant_data) - 1)

    def node(self, union, limits=None):
        self.graph.xnodes.append(schema.XNode(union, len(self.graph.xnodes), limits))

    def bytes(self):
        return serialize_xnnpack_binary(self.graph, self.region)


class Whole(Partitioner):
    """Everything in one delegate, which says what case it is of."""

    def __init__(self, name):
        super().__init__()
        self.written = DelegationSpec("XnnpackBackend", [CompileSpec("written", name.encode())])

    def partition(self, program):
        for node in program.graph.nodes:
            if node.op == "call_function":
                node.meta["delegation_tag"] = "written"
        tag_constant_data(program)
        return PartitionResult(tagged_exported_program=program, partition_tags={"written": self.written})


@contextlib.contextmanager
def written(cases):
    """What the exporter would write is written by the case instead."""
    original = XnnpackBackend.preprocess

    def preprocess(program, specs):
        case = cases[next(spec.value.decode() for spec in specs if spec.key == "written")]
        graph, nodes = Graph(), list(program.graph.nodes)
        inputs = [node for node in nodes if node.op == "placeholder" and node.name.startswith("args_")]
        outputs = nodes[-1].args[0]
        # The delegate is given the inputs in the order in which the module uses them.
        order = [int(node.name.split("_")[-1]) for node in inputs]

        def external(node, flags, name):
            return graph.external(node.meta["val"], flags, case.types.get(name), case.quants.get(name))
        by_index = {index: external(node, INPUT, f"in{index}") for index, node in zip(order, inputs)}
        ids = [external(node, OUTPUT, f"out{index}") for index, node in enumerate(outputs)]
        case.graph(graph, [by_index[index] for index in sorted(by_index)], ids)
        return PreprocessResult(processed_bytes=graph.bytes(), debug_handle_map={})

    XnnpackBackend.preprocess = staticmethod(preprocess)
    try:
        yield
    finally:
        XnnpackBackend.preprocess = original


# --- ArgMaxPooling2d, over [n, h, w, c]: indices count within their window, column by column

def pool(height, width):
    return lambda g, ins, outs: g.node(schema.XNNArgMaxPooling2d(0, 0, 0, 0, height, width, ins[0], outs[0], outs[1], 0))


def windows(height, width, kind=torch.int64):
    def function(a):
        values, indices = a.unfold(1, height, height).unfold(2, width, width).mT.flatten(-2).max(-1)
        return values, indices.to(kind)
    return function


def pool_between(height, width):
    """Over [n, c, h, w], as the exporter arranges it: what is pooled, and where, lies between transpositions."""
    def add(g, ins, outs):
        n, c, h, w = g.dims(ins[0])
        image, values = g.value([n, h, w, c]), g.value([n, h // height, w // width, c])
        indices = g.value([n, h // height, w // width, c], "int32")
        g.node(schema.XNNStaticTranspose(4, [0, 2, 3, 1], ins[0], image, 0))
        g.node(schema.XNNArgMaxPooling2d(0, 0, 0, 0, height, width, image, values, indices, 0))
        for index, out in zip((values, indices), outs):
            g.node(schema.XNNStaticTranspose(4, [0, 3, 1, 2], index, out, 0))
    return add


def along(dim):
    return lambda a: tuple(torch.max(a, dim, keepdim=True))


STEPS = torch.randint(-3, 4, (2, 6, 5, 3)).float()  # equal ones: the first counts
ARGMAX = {
    "argmax_height": Case(along(1), [x(2, 6, 5, 3)], pool(6, 1)),
    "argmax_width": Case(along(2), [x(2, 6, 5, 3)], pool(1, 5)),
    "argmax_window": Case(windows(2, 2), [x(1, 6, 4, 5)], pool(2, 2)),
    "argmax_rest": Case(windows(2, 3), [x(2, 5, 7, 9)], pool(2, 3)),
    "argmax_large": Case(windows(5, 4), [x(1, 11, 9, 17)], pool(5, 4)),
    "argmax_ties": Case(windows(3, 2), [STEPS], pool(3, 2)),
    "argmax_int32": Case(windows(2, 2, torch.int32), [x(1, 4, 4, 2)], pool(2, 2)),
    "argmax_half": Case(windows(3, 2), [x(2, 6, 5, 3).half()], pool(3, 2)),
    "argmax_between": Case(lambda a: tuple(torch.max(a, 2, keepdim=True)), [x(2, 7, 6, 5)], pool_between(6, 1), dynamic=({0: BATCH},),
                           further=[[x(8, 7, 6, 5)], [x(1, 7, 6, 5)]]),
    "argmax_dynamic": Case(windows(2, 2), [x(3, 4, 4, 2)], pool(2, 2), dynamic=({0: BATCH},), further=[[x(1, 4, 4, 2)], [x(8, 4, 4, 2)]]),
}


# --- ScaledDotProductAttention, as exporters of v0.2 wrote it: the scale is a constant per channel, the mask an input

def attention_graph(scale, mask=None):
    def add(g, ins, outs):
        channels = g.dims(ins[0])[-1]
        kind = torch.float16 if g.graph.xvalues[ins[0]].xvalue_union.datatype == schema.XNNDatatype.xnn_datatype_fp16 else torch.float32
        scales = g.constant(torch.full((channels,), scale, dtype=kind))
        masks = ins[3] if mask is None else g.constant(mask)
        g.node(schema.XNNScaledDotProductAttention(ins[0], ins[1], ins[2], scales, masks, outs[0], 0))
    return add


def attention(query, key, value, mask, scale, wide=None, constant=False, **more):
    """As float32 has it."""
    def function(q, k, v, m=mask):
        result = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), attn_mask=m.float(), scale=scale)
        return result.to(q.dtype)
    inputs = [query, key, value] + ([] if constant else [mask])
    return Case(function, inputs, attention_graph(scale, mask if constant else None), **more)


CAUSAL = torch.full((5, 5), float("-inf")).triu(1)
ATTENTION = {
    "attention": attention(x(2, 3, 5, 8), x(2, 3, 5, 8), x(2, 3, 5, 8), x(5, 5), 8**-0.5),
    "attention_causal": attention(x(1, 4, 5, 16), x(1, 4, 5, 16), x(1, 4, 5, 16), CAUSAL, 0.25, constant=True),
    "attention_lengths": attention(x(1, 2, 3, 8), x(1, 2, 7, 8), x(1, 2, 7, 6), x(3, 7), 0.3),
    "attention_heads": attention(x(4, 5, 8), x(4, 5, 8), x(4, 5, 8), x(5, 5), 8**-0.5),
    "attention_half": attention(*(x(2, 3, 5, 8).half() for _ in range(3)), x(5, 5).half(), 0.25),
    "attention_dynamic": attention(x(3, 2, 5, 8), x(3, 2, 5, 8), x(3, 2, 5, 8), x(5, 5), 0.5, dynamic=({0: BATCH}, {0: BATCH}, {0: BATCH}, None),
                                   further=[[*(x(8, 2, 5, 8) for _ in range(3)), x(5, 5)]]),
}


# --- float16 beside other datatypes

def unary(union, **more):
    return lambda g, ins, outs: g.node(union(input_id=ins[0], output_id=outs[0], flags=0, **more))


def quant(scale, zero):
    return schema.PerTensorQuant(scale, zero)


def single(number):
    """What the graph keeps of a scale."""
    return float(torch.tensor(number, dtype=torch.float32))


def quantise(scale, zero, low, high, kind):
    return lambda a: torch.clamp(torch.round(a.double() / single(scale)) + zero, low, high).to(kind)


def dequantise(scale, zero):
    return lambda a: ((a.double() - zero) * single(scale)).half()


def half(function):
    return lambda a: function(a.float()).half()


def rows(a):
    """The activations as XNNPACK quantises them, each row by itself."""
    low, high = a.amin(-1, keepdim=True).clamp(max=0), a.amax(-1, keepdim=True).clamp(min=0)
    scale = (high - low) / 255
    zero = torch.round(-128 - low / scale).clamp(-128, 127)
    return (torch.clamp(torch.round(a / scale) + zero, -128, 127) - zero) * scale


FOUR_BITS = (-8, 7)


class Filter:
    """A quantised filter [out, in]: its integers, scales and numbers."""

    def __init__(self, outs, depth, limits=(-128, 127), block=None):
        weights = torch.randn(outs, depth)
        groups = weights.reshape(outs, -1, block or depth)
        scales = (groups.abs().amax(-1, keepdim=True) / -limits[0]).bfloat16().float()
        integers = torch.clamp(torch.round(groups / scales), *limits)
        self.numbers = (integers * scales).reshape(outs, depth)
        self.integers, self.limits, self.block = integers.reshape(outs, depth), limits, block
        self.scales = scales.squeeze(-1)

    def constant(self, g):
        dims = list(self.integers.shape)
        if self.limits != FOUR_BITS:
            return g.constant(self.integers.to(torch.int8), "qcint8", schema.PerChannelQuant(self.scales.flatten().tolist(), 0, 0, 0))
        nibbles = (self.integers + 8).to(torch.uint8)
        packed = nibbles[:, ::2] | nibbles[:, 1::2] << 4
        if self.block is None:
            return g.constant(packed, "qcint4", schema.PerChannelQuant(self.scales.flatten().tolist(), 0, 0, 0), dims)
        bits = (self.scales.bfloat16().view(torch.int16).to(torch.int32) & 0xFFFF).flatten().tolist()
        return g.constant(packed, "qbint4", schema.PerChannelGroupQuant([], 0, self.block, bits, 0, 0), dims)


def dynamic(inputs, weights, bias=None, **more):
    """Convert to 8 bits, FullyConnected; the answer is summed in double."""
    def function(a):
        result = rows(a.float()).double() @ weights.numbers.double().T + (0 if bias is None else bias.double())
        return result.to(a.dtype)

    def add(g, ins, outs):
        middle = g.value(inputs.shape, "qdint8", schema.PerTokenDynamicQuant(1))
        g.node(schema.XNNConvert(ins[0], middle, 0))
        g.node(schema.XNNFullyConnected(middle, weights.constant(g), NONE if bias is None else g.constant(bias), outs[0], 0))
    quantum = float(inputs.float().amax() - inputs.float().amin()) / 255
    return Case(function, [inputs], add, atol=quantum * float(weights.numbers.abs().max()) + 2**-10 * float(function(inputs).abs().max()), **more)


INT8 = torch.randint(-128, 128, (5, 9), dtype=torch.int8)
UINT8 = torch.randint(0, 256, (5, 9), dtype=torch.uint8)
torch.manual_seed(1)
HALVES = {
    "elu": Case(half(lambda a: F.elu(a, 0.7)), [x(3, 9).half()], unary(schema.XNNELU, alpha=0.7)),
    "elu_extremes": Case(half(lambda a: F.elu(a, 1.5)), [torch.tensor([[0.0, -0.0, 1e-4, -1e-4, 65504, -65504, float("inf"), -float("inf")]]).half()],
                         unary(schema.XNNELU, alpha=1.5)),
    "leaky_relu": Case(half(lambda a: F.leaky_relu(a, 0.2)), [x(3, 9).half()], unary(schema.XNNLeakyReLU, negative_slope=0.2)),
    "to_int8": Case(quantise(0.05, 3, -128, 127, torch.int8), [x(3, 9).half()], unary(schema.XNNConvert), {"out0": quant(0.05, 3)}),
    "to_uint8": Case(quantise(0.05, 131, 0, 255, torch.uint8), [x(3, 9).half()], unary(schema.XNNConvert), {"out0": quant(0.05, 131)}),
    "from_int8": Case(dequantise(0.04, 7), [INT8], unary(schema.XNNConvert), {"in0": quant(0.04, 7)}),
    "from_uint8": Case(dequantise(0.04, 120), [UINT8], unary(schema.XNNConvert), {"in0": quant(0.04, 120)}),
    "dynamic": dynamic(x(3, 16).half(), Filter(5, 16)),
    "dynamic_bias": dynamic(x(2, 3, 16).half(), Filter(5, 16), torch.randn(5)),
    "dynamic_4bit": dynamic(x(3, 16).half(), Filter(5, 16, FOUR_BITS)),
    "dynamic_group": dynamic(x(3, 64).half(), Filter(6, 64, FOUR_BITS, 32)),
    "dynamic_float": dynamic(x(3, 16), Filter(5, 16), torch.randn(5)),
}

# --- 8-bit nodes that the exporter leaves between conversions, and bfloat16

LIMITS = {torch.int8: (-128, 127), torch.uint8: (0, 255)}


def binary(union):
    return lambda g, ins, outs: g.node(union(ins[0], ins[1], outs[0], 0))


def integers(kind, *shape):
    low, high = LIMITS[kind]
    return torch.randint(low, high + 1, shape).to(kind)


def eight(function, graph, *inputs, ins=((0.05, 3),), out=(0.031, -5)):
    """Over dequantised numbers, quantised once. The scales leave no ties."""
    kind = inputs[0].dtype
    shift = 128 if kind == torch.uint8 else 0
    given = [(scale, zero + shift) for scale, zero in (ins * len(inputs))[:len(inputs)]]
    scale, zero = out[0], out[1] + shift

    def whole(*args):
        numbers = [((a.float() - z) * single(s)).double() for a, (s, z) in zip(args, given)]
        return torch.clamp(torch.round(function(*numbers) / single(scale)) + zero, *LIMITS[kind]).to(kind)
    quants = {f"in{i}": quant(*each) for i, each in enumerate(given)}
    return Case(whole, list(inputs), graph, {**quants, "out0": quant(scale, zero)})


POSITIVE = ((0.05, -128),)
UNARY = {
    "abs": (torch.abs, schema.XNNAbs), "ceiling": (torch.ceil, schema.XNNCeiling), "cos": (torch.cos, schema.XNNCos), "exp": (torch.exp, schema.XNNExp),
    "floor": (torch.floor, schema.XNNFloor), "gelu": (F.gelu, schema.XNNGelu), "negate": (torch.neg, schema.XNNNegate), "sin": (torch.sin, schema.XNNSin),
    "square": (torch.square, schema.XNNSquare), "copy": (lambda a: a * 1, schema.XNNCopy), "convert": (lambda a: a * 1, schema.XNNConvert),
    "square_root": (torch.sqrt, schema.XNNSquareRoot), "log": (lambda a: torch.log(a.clamp(min=1e-30)), schema.XNNLog),
    "reciprocal_square_root": (lambda a: torch.rsqrt(a.clamp(min=1e-30)), schema.XNNReciprocalSquareRoot),
}
BINARY = {"div": (lambda a, b: a / b, schema.XNNDiv), "maximum": (torch.maximum, schema.XNNMaximum), "minimum": (torch.minimum, schema.XNNMinimum)}


def eights(kind):
    cases = {name: eight(function, unary(union), integers(kind, 4, 9), ins=POSITIVE if "root" in name or name == "log" else ((0.05, 3),))
             for name, (function, union) in UNARY.items()}
    low = LIMITS[kind][0]
    apart = integers(kind, 4, 9).clamp(low + 140, low + 255)  # never 0
    cases.update({name: eight(function, binary(union), integers(kind, 4, 9), apart) for name, (function, union) in BINARY.items()})
    cases["prelu"] = eight(lambda a, b: torch.where(a >= 0, a, a * b), binary(schema.XNNPReLU), integers(kind, 2, 5, 9), integers(kind, 9), ins=((0.05, 3), (0.01, -7)))
    cases["elu"] = eight(lambda a: F.elu(a, 0.6), unary(schema.XNNELU, alpha=0.6), integers(kind, 4, 9))
    cases["products"] = eight(torch.matmul, binary(schema.XNNBatchMatrixMultiply), integers(kind, 2, 3, 6), integers(kind, 2, 6, 4), out=(0.3, 4))
    return cases


def wide(function):
    return lambda *args: function(*(a.float() for a in args)).bfloat16()


def linear_graph(*constants):
    return lambda g, ins, outs: g.node(schema.XNNFullyConnected(ins[0], *(g.constant(c) if c is not None else NONE for c in constants), outs[0], 0))


BF16_FILTER, BF16_BIAS = (torch.randn(5, 16)).bfloat16(), torch.randn(5)
EIGHTS = {
    **eights(torch.int8), **{f"{name}_unsigned": case for name, case in eights(torch.uint8).items()},
    "to_unsigned": Case(lambda a: torch.clamp(torch.round((a.double() - 3) * single(0.05) / single(0.037)) + 120, 0, 255).to(torch.uint8), [integers(torch.int8, 5, 9)],
                        unary(schema.XNNConvert), {"in0": quant(0.05, 3), "out0": quant(0.037, 120)}),
    "to_signed": Case(lambda a: torch.clamp(torch.round((a.double() - 120) * single(0.037) / single(0.05)) + 3, -128, 127).to(torch.int8), [integers(torch.uint8, 5, 9)],
                      unary(schema.XNNConvert), {"in0": quant(0.037, 120), "out0": quant(0.05, 3)}),
}
NARROW = {
    "add": Case(wide(torch.add), [x(3, 9).bfloat16(), x(3, 9).bfloat16()], binary(schema.XNNAdd)),
    "exp": Case(wide(torch.exp), [x(3, 9).bfloat16()], unary(schema.XNNExp)),
    "linear": Case(wide(lambda a: F.linear(a, BF16_FILTER.float(), BF16_BIAS)), [x(3, 16).bfloat16()], linear_graph(BF16_FILTER, BF16_BIAS)),
    "linear_wide": Case(lambda a: F.linear(a.float(), BF16_FILTER.float()), [x(3, 16).bfloat16()], linear_graph(BF16_FILTER, None)),
    "to_float": Case(lambda a: a.float() * 1, [x(3, 9).bfloat16()], unary(schema.XNNConvert)),
    "from_float": Case(lambda a: (a * 1).bfloat16(), [x(3, 9)], unary(schema.XNNConvert)),
    "transpose": Case(lambda a: a.permute(1, 2, 0) * 1, [x(2, 3, 4).bfloat16()], lambda g, ins, outs: g.node(schema.XNNStaticTranspose(3, [1, 2, 0], ins[0], outs[0], 0))),
}

# --- a residual block's sum whose second operand is declared as large as the first, and is smaller when it comes

SUM_FILTER, SUM_BIAS = torch.randn(6, 3, 3, 4), torch.randn(6)  # [out, height, width, in]


def residual(a, b):
    return F.conv2d(a.permute(0, 3, 1, 2), SUM_FILTER.permute(0, 3, 1, 2), SUM_BIAS, padding=1).permute(0, 2, 3, 1) + b


def residual_graph(declared):
    def add(g, ins, outs):
        for index in (*ins, *outs):
            g.dims(index)[0] = declared
        product = g.value([*g.dims(ins[0])[:3], 6])
        g.node(schema.XNNConv2d(1, 1, 1, 1, 3, 3, 1, 1, 1, 1, 4, 6, 1, 0, 0, ins[0], g.constant(SUM_FILTER), g.constant(SUM_BIAS), product, 0))
        g.node(schema.XNNAdd(product, ins[1], outs[0], 0))
    return add


SUMS = {
    "second_smaller": Case(residual, [x(3, 5, 5, 4), x(1, 5, 5, 6)], residual_graph(8), dynamic=({0: BATCH}, {}), further=[[x(8, 5, 5, 4), x(1, 5, 5, 6)], [x(1, 5, 5, 4), x(1, 5, 5, 6)]], atol=1e-5),
    "same": Case(residual, [x(3, 5, 5, 4), x(3, 5, 5, 6)], residual_graph(8), dynamic=({0: BATCH}, {0: BATCH}), further=[[x(8, 5, 5, 4), x(8, 5, 5, 6)]], atol=1e-5),
}

FAMILIES = {"written_sums": SUMS, "written_eight": EIGHTS, "written_bfloat16": NARROW, "written_argmax": ARGMAX, "written_attention": ATTENTION, "written_half": HALVES}


def export_family(family, cases, folder):
    exported, suites, tolerances = {}, [], []
    for name, case in cases.items():
        module = Call(case.function)
        sets = [tuple(each) for each in [case.inputs, *case.further]]
        exported[name] = torch.export.export(module, sets[0], dynamic_shapes=(case.dynamic,) if case.dynamic else None)
        suites.append(MethodTestSuite(name, [MethodTestCase(inputs=each, expected_outputs=module(*each)) for each in sets]))
        if case.atol:
            tolerances.append(f"{name} 0 {case.atol * 1.001:.9g}")
    with written(cases):
        program = to_edge_transform_and_lower(exported, partitioner={name: [Whole(name)] for name in cases},
                                              compile_config=EdgeCompileConfig(_check_ir_validity=False)).to_executorch()
    path = folder / f"{family}.bpte"
    path.write_bytes(serialize_from_bundled_program_to_flatbuffer(BundledProgram(program, suites)))
    if tolerances:
        path.with_suffix(".tolerances").write_text("\n".join(tolerances) + "\n")
    print(path.name, len(suites), "methods,", path.stat().st_size, "bytes", flush=True)


def main():
    warnings.simplefilter("ignore")
    for family in sys.argv[1:] or FAMILIES:
        torch.manual_seed(0)
        export_family(family, FAMILIES[family], FOLDER)


if __name__ == "__main__":
    main()

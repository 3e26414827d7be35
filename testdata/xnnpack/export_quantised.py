"""Exports delegated cases in float16 and quantised: every module is prepared by one of the ways that people quantise for XNNPACK.

    pip install torch==2.13.0 executorch==1.4.1
    python export_quantised.py [family ...]

Each family becomes <family>.bpte, one method per case, and <family>.tolerances where PyTorch's answer and a correct one may differ by
a quantum: lines "method output-index atol". A static quantisation may differ by one quantum of the output (a tie that rounds the other
way), a dynamic one by one quantum of one activation, multiplied by the largest weight.
"""

import dataclasses
import pathlib
import sys
import warnings
import zlib
from typing import Any, Callable, Optional

import executorch.kernels.quantized  # noqa: F401  (registers the out variants of what stays outside of delegates)
import torch
import torch.nn.functional as F
from executorch.backends.xnnpack.partition.config import ALL_PARTITIONER_CONFIGS
from executorch.backends.xnnpack.partition.config.generic_node_configs import EluConfig
from executorch.backends.xnnpack.partition.config.xnnpack_config import ConfigPrecisionType
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import XNNPACKQuantizer, get_symmetric_quantization_config
from executorch.devtools import BundledProgram
from executorch.devtools.bundled_program.config import MethodTestCase, MethodTestSuite
from executorch.devtools.bundled_program.serialize import serialize_from_bundled_program_to_flatbuffer
from executorch.exir import EdgeCompileConfig, ExecutorchBackendConfig, to_edge_transform_and_lower
from torch import nn
from torch.export import Dim
from torchao.quantization.granularity import PerAxis, PerGroup
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
from torchao.quantization.quant_api import Int8DynamicActivationIntxWeightConfig, quantize_
from torchao.utils import unwrap_tensor_subclass

import export_xnnpack
from export_xnnpack import BATCH, Call, last, module_of, x

FOLDER = pathlib.Path(__file__).parent
quantized = torch.ops.quantized_decomposed


@dataclasses.dataclass
class Case:
    make: Callable[[], Any]  # a module
    inputs: list
    prepare: Callable = lambda module, inputs: module  # -> what is exported and asked for the answers
    dynamic: Any = None
    further: list = dataclasses.field(default_factory=list)
    quantum: Optional[Callable] = None  # (prepared module, inputs) -> atol
    expected: Optional[Callable] = None  # (module, inputs) -> outputs; the prepared module itself without
    answer: Optional[Callable] = None  # (prepared module, inputs) -> outputs


# --- float16: the truth is float32 arithmetic on the float16 numbers, rounded once.

def half_expected(module, inputs):
    wide = module.float()
    outputs = wide(*[each.float() if each.dtype == torch.float16 else each for each in inputs])
    module.half()
    narrow = lambda each: each.half() if each.dtype == torch.float32 else each
    return tuple(narrow(each) for each in outputs) if isinstance(outputs, tuple) else narrow(outputs)


def to_half(value):
    return value.half() if isinstance(value, torch.Tensor) and value.dtype == torch.float32 else value


def half_family(name, skip=()):
    cases = {}
    for case, (entry, inputs, *dynamic) in export_xnnpack.FAMILIES[name].items():
        if case in skip:
            continue
        further = dynamic[1] if dynamic else []
        shapes = dynamic[0] if dynamic else None
        cases[case] = Case(lambda entry=entry: module_of(entry), [to_half(each) for each in inputs],
                           lambda module, inputs: module.half(), shapes, [[to_half(e) for e in f] for f in further],
                           expected=half_expected)
    return cases


# --- static quantisation by the XNNPACK quantizer

def scale_of_output(module, inputs):
    """The largest scale that quantises something before the output: one quantum of it."""
    scales = [node.args[1] for node in module.graph.nodes
              if node.op == "call_function" and node.target == quantized.quantize_per_tensor.default]
    return max(scales, default=0)


def static(per_channel, **more):
    def prepare(module, inputs):
        quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=per_channel, **more))
        graph = torch.export.export(module, tuple(inputs), strict=True).module()
        prepared = prepare_pt2e(graph, quantizer)
        prepared(*inputs)
        return convert_pt2e(prepared)
    return prepare


def static_cases(make_inputs, per_channel):
    return {name: Case(make, inputs, static(per_channel), quantum=scale_of_output)
            for name, (make, inputs) in make_inputs.items()}


def fn(function):
    return lambda: Call(function)


MATRICES = {
    "linear": (lambda: nn.Linear(9, 5), [x(3, 9)]),
    "linear_3d": (lambda: nn.Linear(16, 7), [x(2, 3, 16)]),
    "linear_no_bias": (lambda: nn.Linear(33, 6, bias=False), [x(4, 33)]),
    "linear_relu": (lambda: nn.Sequential(nn.Linear(12, 8), nn.ReLU()), [x(4, 12)]),
    "conv": (lambda: nn.Conv2d(3, 6, 3, padding=1), [x(1, 3, 7, 7)]),
    "conv_stride": (lambda: nn.Conv2d(3, 5, (3, 2), stride=(2, 1), padding=(1, 0)), [x(2, 3, 9, 8)]),
    "conv_dilated": (lambda: nn.Conv2d(4, 6, 3, dilation=2), [x(1, 4, 8, 8)]),
    "conv_grouped": (lambda: nn.Conv2d(4, 8, 3, groups=2), [x(1, 4, 6, 6)]),
    "conv_no_bias": (lambda: nn.Conv2d(3, 5, 1, bias=False), [x(1, 3, 5, 5)]),
    "conv_relu": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), [x(1, 3, 6, 6)]),
    "depthwise": (lambda: nn.Conv2d(6, 6, 3, groups=6, padding=1), [x(1, 6, 6, 6)]),
    "depthwise_multiplier": (lambda: nn.Conv2d(3, 6, 3, groups=3, stride=2), [x(1, 3, 7, 7)]),
    "conv_transposed": (lambda: nn.ConvTranspose2d(3, 5, 3, stride=2, padding=1, output_padding=1), [x(1, 3, 4, 4)]),
    "conv_transposed_grouped": (lambda: nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), [x(1, 4, 4, 4)]),
}

ELEMENTS = {
    "add": (fn(lambda a, b: a + b), [x(3, 5), x(3, 5)]),
    "add_broadcast": (fn(lambda a, b: a + b), [x(2, 3, 5), x(3, 1)]),
    "add_relu": (fn(lambda a, b: torch.relu(a + b)), [x(3, 5), x(3, 5)]),
    "add_self": (fn(lambda a: a + a), [x(3, 5)]),
    "mul": (fn(lambda a, b: a * b), [x(3, 5), x(3, 5)]),
    "mul_relu": (fn(lambda a, b: torch.relu(a * b)), [x(3, 5), x(3, 5)]),
    "cat2": (fn(lambda a, b: torch.cat([a, b], 1)), [x(2, 3), x(2, 4)]),
    "cat4": (fn(lambda a, b, c, d: torch.cat([a, b, c, d], 0)), [x(2, 3), x(1, 3), x(4, 3), x(2, 3)]),
    "cat5": (fn(lambda a, b, c, d, e: torch.cat([a, b, c, d, e], 1)), [x(2, 3), x(2, 1), x(2, 3), x(2, 2), x(2, 1)]),
    "global_avg_pool": (lambda: nn.AdaptiveAvgPool2d(1), [x(2, 3, 5, 4)]),
    "add_view": (fn(lambda a, b: (a + b).view(4, 6)), [x(2, 3, 4), x(2, 3, 4)]),
    "add_permute": (fn(lambda a, b: (a + b).permute(2, 0, 1)), [x(2, 3, 4), x(2, 3, 4)]),
    "add_slice": (fn(lambda a, b: (a + b)[1:3, 2:]), [x(4, 5), x(4, 5)]),
    "add_max_pool": (fn(lambda a, b: F.max_pool2d(a + b, 2)), [x(1, 3, 6, 6), x(1, 3, 6, 6)]),
    "add_hardtanh": (fn(lambda a, b: F.hardtanh(a + b, -1.0, 1.0)), [x(3, 5), x(3, 5)]),
}

NETWORKS = {
    "residual": (lambda: export_xnnpack.Residual(), [x(1, 8, 10, 10)]),
    "conv_pool_linear": (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32, 6)),
                         [x(1, 3, 6, 6)]),
}


# --- explicit quantisation, for what the quantizer leaves alone: Convert nodes around a float node.

class Explicit(nn.Module):
    """quantize -> function over dequantised values -> quantize; the output is int8 itself or dequantised."""

    def __init__(self, function, ins, out, integer=False):
        super().__init__()
        self.function, self.ins, self.out, self.integer = function, ins, out, integer

    def forward(self, *args):
        values = []
        for value, (scale, zero) in zip(args, self.ins):
            q = quantized.quantize_per_tensor(value, scale, zero, -128, 127, torch.int8)
            values.append(quantized.dequantize_per_tensor(q, scale, zero, -128, 127, torch.int8))
        result = self.function(*values)
        q = quantized.quantize_per_tensor(result, *self.out, -128, 127, torch.int8)
        return q if self.integer else quantized.dequantize_per_tensor(q, *self.out, -128, 127, torch.int8)


IN = (0.05, 3)


def explicit(function, *inputs, ins=None, out=(0.03, -5), integer=False, quanta=1):
    return Case(lambda: Explicit(function, ins or [IN] * len(inputs), out, integer), list(inputs),
                quantum=lambda module, _: quanta * (1 if integer else out[0]))


EXPLICIT = {
    "sigmoid": explicit(torch.sigmoid, x(3, 7), out=(1 / 256, -128)),
    "tanh": explicit(torch.tanh, x(3, 7), out=(1 / 128, 0)),
    "sub": explicit(lambda a, b: a - b, x(3, 7), x(3, 7)),
    "sub_broadcast": explicit(lambda a, b: a - b, x(2, 3, 7), x(3, 1)),
    "sub_relu": explicit(lambda a, b: torch.relu(a - b), x(3, 7), x(3, 7)),
    "clamp": explicit(lambda a: torch.clamp(a, -1.0, 1.5), x(3, 7), out=IN),
    "relu": explicit(torch.relu, x(3, 7), out=IN),
    "hardswish": explicit(F.hardswish, x(3, 7)),
    "leaky_relu": explicit(lambda a: F.leaky_relu(a, 0.2), x(3, 7)),
    "softmax": explicit(lambda a: torch.softmax(a, -1), x(3, 7), out=(1 / 256, -128)),
    "mean": explicit(lambda a: torch.mean(a, (-1, -2), keepdim=True), x(2, 3, 4, 4)),
    "max_pool": explicit(lambda a: F.max_pool2d(a, 3, 2, 1), x(1, 3, 7, 7), out=IN),
    "avg_pool": explicit(lambda a: F.avg_pool2d(a, 3, 2, count_include_pad=False), x(1, 3, 7, 7)),
    "bilinear": explicit(lambda a: F.interpolate(a, size=(6, 7), mode="bilinear", align_corners=False), x(1, 3, 4, 5), out=IN),
    "pad": explicit(lambda a: F.pad(a, (1, 2, 0, 1), value=0.5), x(3, 4), out=IN),
    "slice": explicit(lambda a: a[:, 1:4], x(3, 7), out=IN),
    "permute": explicit(lambda a: a.permute(1, 0), x(3, 7), out=IN),
    "view": explicit(lambda a: a.view(7, 3), x(3, 7), out=IN),
    "unsqueeze": explicit(lambda a: a.unsqueeze(1), x(3, 7), out=IN),
    "quantize": Case(lambda: Call(lambda a: quantized.quantize_per_tensor(a, 0.04, 7, -128, 127, torch.int8)), [x(5, 9)],
                     quantum=lambda *_: 1),
    "dequantize": Case(lambda: Call(lambda a: quantized.dequantize_per_tensor(a, 0.04, 7, -128, 127, torch.int8)),
                       [torch.randint(-128, 128, (5, 9), dtype=torch.int8)]),
    "requantize": Case(lambda: Call(lambda a: quantized.quantize_per_tensor(
        quantized.dequantize_per_tensor(a, 0.04, 7, -128, 127, torch.int8), 0.07, -9, -128, 127, torch.int8)),
        [torch.randint(-128, 128, (5, 9), dtype=torch.int8)], quantum=lambda *_: 1),
}


# --- dynamic quantisation: 8-bit activations at run time

def activation_quantum(module, inputs):
    """One quantum of one activation, times the largest weight."""
    largest = max(float(each.max() - each.min()) if each.numel() else 0.0 for each in inputs) / 255
    return largest * module.largest_weight


def dynamic(per_channel, bits=8, shapes=None):
    limits = dict(weight_qmin=-8, weight_qmax=7) if bits == 4 else {}

    def prepare(module, inputs):
        largest = max(float(p.detach().abs().max()) for n, p in module.named_parameters() if "bias" not in n)
        config = get_symmetric_quantization_config(is_per_channel=per_channel, is_dynamic=True, **limits)
        graph = torch.export.export(module, tuple(inputs), dynamic_shapes=shapes, strict=True).module()
        prepared = prepare_pt2e(graph, XNNPACKQuantizer().set_global(config))
        prepared(*inputs)
        converted = convert_pt2e(prepared)
        converted.largest_weight = largest
        return converted
    return prepare


def by_rows(prepared, inputs):
    """The quantizer asks for one scale per tensor, the exporter writes one per row: so each row is asked for by itself."""
    rows = inputs[0].reshape(-1, inputs[0].shape[-1])
    answers = []
    for index, row in enumerate(rows):
        answer = prepared(row.expand(inputs[0].shape).contiguous())
        answers.append(answer.reshape(len(rows), -1)[index])
    return torch.stack(answers).reshape(*inputs[0].shape[:-1], -1)


def dynamic_case(make, *inputs, per_channel=True, bits=8):
    linear = inputs[0].dim() < 4
    return Case(make, list(inputs), dynamic(per_channel, bits), quantum=activation_quantum, answer=by_rows if linear else None)


DYNAMIC = {
    "linear": dynamic_case(lambda: nn.Linear(16, 5), x(3, 16)),
    "linear_odd": dynamic_case(lambda: nn.Linear(13, 7), x(3, 13)),
    "linear_3d": dynamic_case(lambda: nn.Linear(16, 5), x(2, 3, 16)),
    "linear_no_bias": dynamic_case(lambda: nn.Linear(16, 5, bias=False), x(3, 16)),
    "linear_positive": dynamic_case(lambda: nn.Linear(16, 5), x(1, 16).abs() + 1),
    "linear_negative": dynamic_case(lambda: nn.Linear(16, 5), -x(1, 16).abs() - 1),
    "linear_zero": dynamic_case(lambda: nn.Linear(16, 5), torch.zeros(2, 16)),
    "linear_relu": dynamic_case(lambda: nn.Sequential(nn.Linear(16, 5), nn.ReLU()), x(3, 16)),
    "linear_4bit": dynamic_case(lambda: nn.Linear(16, 5), x(3, 16), bits=4),
    "linear_4bit_odd": dynamic_case(lambda: nn.Linear(13, 5), x(3, 13), bits=4),
    "conv": dynamic_case(lambda: nn.Conv2d(3, 6, 3, padding=1), x(1, 3, 6, 6)),
    "conv_batch": dynamic_case(lambda: nn.Conv2d(3, 6, 3), x(1, 3, 6, 6)),
    "conv_stride": dynamic_case(lambda: nn.Conv2d(4, 6, 3, stride=2), x(1, 4, 7, 7)),
    "conv_grouped": dynamic_case(lambda: nn.Conv2d(4, 8, 3, groups=2), x(1, 4, 6, 6)),
    "conv_transposed": dynamic_case(lambda: nn.ConvTranspose2d(3, 5, 3, stride=2), x(1, 3, 4, 4)),
}


# --- likewise, images that are more or fewer, larger or smaller than those before: each has a scale and a zero point of its own

def by_images(prepared, inputs):
    return torch.cat([prepared(image[None]) for image in inputs[0]])


SIZES = ({0: BATCH, 2: Dim("height", min=3, max=6), 3: Dim("width", min=3, max=6)},)


def images_case(make):
    return Case(make, [x(2, 2, 4, 4)], dynamic(True, shapes=SIZES), SIZES, [[x(*sizes)] for sizes in ((5, 2, 4, 4), (1, 2, 6, 5), (6, 2, 3, 4))],
                quantum=activation_quantum, answer=by_images)


DYNAMIC_IMAGES = {
    "conv": images_case(lambda: nn.Conv2d(2, 3, 3, padding=1)),
    "conv_transposed": images_case(lambda: nn.ConvTranspose2d(2, 3, 3, padding=1)),
    "conv_transposed_stride": images_case(lambda: nn.ConvTranspose2d(2, 2, 3, stride=2)),
}


def grouped(granularity, dtype=torch.int4):
    def prepare(module, inputs):
        largest = max(float(p.detach().abs().max()) for n, p in module.named_parameters() if "bias" not in n)
        quantize_(module, Int8DynamicActivationIntxWeightConfig(weight_dtype=dtype, weight_granularity=granularity))
        for each in module.modules():
            if isinstance(each, nn.Linear):  # the exporter keeps scales in bfloat16
                each.weight.scale.data.copy_(each.weight.scale.bfloat16().to(each.weight.scale.dtype))
        unwrap_tensor_subclass(module)
        module.largest_weight = largest
        return module
    return prepare


def grouped_case(make, *inputs, granularity=PerGroup(32), dtype=torch.int4, shapes=None, further=()):
    return Case(make, list(inputs), grouped(granularity, dtype), shapes, list(further), quantum=activation_quantum)


GROUPED = {
    "group32": grouped_case(lambda: nn.Linear(96, 8, bias=False), x(3, 96)),
    "group64": grouped_case(lambda: nn.Linear(128, 9, bias=False), x(3, 128), granularity=PerGroup(64)),
    "group128": grouped_case(lambda: nn.Linear(256, 5, bias=False), x(2, 256), granularity=PerGroup(128)),
    "group_bias": grouped_case(lambda: nn.Linear(64, 8), x(3, 64)),
    "group_whole": grouped_case(lambda: nn.Linear(32, 8, bias=False), x(3, 32)),
    "group_3d": grouped_case(lambda: nn.Linear(64, 8, bias=False), x(2, 3, 64)),
    "group_one": grouped_case(lambda: nn.Linear(64, 1, bias=False), x(1, 64)),
    "per_channel": grouped_case(lambda: nn.Linear(64, 8, bias=False), x(3, 64), granularity=PerAxis(0)),
    "per_channel_8bit": grouped_case(lambda: nn.Linear(64, 8, bias=False), x(3, 64), granularity=PerAxis(0), dtype=torch.int8),
    "group_dynamic": grouped_case(lambda: nn.Linear(64, 8, bias=False), x(5, 64), shapes=({0: BATCH},),
                                  further=[[x(1, 64)], [x(8, 64)]]),
    "two": grouped_case(lambda: nn.Sequential(nn.Linear(64, 32, bias=False), nn.ReLU(), nn.Linear(32, 4, bias=False)), x(3, 64)),
}


# --- outputs that are indices, and other nodes in float32

OTHERS = {
    "max_dim": Case(fn(lambda a: F.max_pool2d(a, 2, 2, return_indices=True)), [x(1, 3, 6, 6)]),
    "max_dim_height": Case(fn(lambda a: tuple(torch.max(a, dim=2, keepdim=True))), [x(1, 3, 6, 5)]),
    "max_dim_width": Case(fn(lambda a: tuple(torch.max(a, dim=3, keepdim=True))), [x(2, 3, 6, 5)]),
    "amax": Case(fn(lambda a: torch.amax(a, (2, 3), keepdim=True)), [x(1, 3, 6, 5)]),
    "bmm_dynamic": Case(fn(torch.bmm), [x(2, 3, 4), x(2, 4, 5)], dynamic=({0: BATCH}, {0: BATCH}), further=[[x(8, 3, 4), x(8, 4, 5)]]),
    "addmm": Case(fn(lambda a, b, c: torch.addmm(c, a, b)), [x(3, 4), x(4, 5), x(5)]),
    "mm": Case(fn(torch.mm), [x(3, 4), x(4, 5)]),
    "matmul": Case(fn(torch.matmul), [x(2, 3, 4), x(2, 4, 5)]),
    "conv_transposed_grouped": Case(lambda: nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), [x(1, 4, 4, 4)]),
    "conv_one_channel": Case(lambda: nn.Conv2d(1, 4, 3), [x(1, 1, 6, 6)]),
    "clone": Case(fn(lambda a: torch.relu(a.clone())), [x(2, 3)]),
    "channels_last_in": Case(fn(lambda a: torch.relu(a)), [last(1, 3, 4, 5)]),
    "slice_steps": Case(fn(lambda a: a[:, 1:4] * 2), [x(3, 7)]),
    "two_outputs": Case(fn(lambda a, b: (a + b, a * b)), [x(3, 4), x(3, 4)]),
    "avg_pool_counted": Case(lambda: nn.AvgPool2d(2), [x(1, 3, 6, 6)]),
    "softmax_4d": Case(fn(lambda a: torch.softmax(a, -1)), [x(1, 2, 3, 9)]),
    "extremes": Case(fn(lambda a: torch.sigmoid(a) + torch.tanh(a)),
                     [torch.tensor([[float("inf"), -float("inf"), 0.0, -0.0, 100.0, -100.0]])]),
    "clamp_nan": Case(fn(lambda a: torch.clamp(a, -1, 1)), [torch.tensor([[float("inf"), -float("inf"), 0.5, -0.0]])]),
    "linear_wide": Case(lambda: nn.Linear(300, 40), [x(70, 300)]),
    "attention": Case(fn(lambda q, k, v: torch.bmm(torch.softmax(torch.bmm(q, k.transpose(1, 2)) * 0.5, -1), v)),
                      [x(2, 5, 4), x(2, 5, 4), x(2, 5, 4)]),
}

# --- sizes that fill the tiles of a processor that multiplies matrices: whole ones, and more or less than that

WIDE = {
    "linear": (lambda: nn.Linear(200, 130), [x(37, 200)]),
    "linear_row": (lambda: nn.Linear(131, 70), [x(1, 131)]),
    "linear_tile": (lambda: nn.Linear(64, 64, bias=False), [x(16, 64)]),
    "conv": (lambda: nn.Conv2d(40, 72, 3, padding=1), [x(1, 40, 6, 7)]),
    "conv_stride": (lambda: nn.Conv2d(64, 33, (3, 2), stride=2, padding=(1, 0)), [x(1, 64, 9, 8)]),
    "conv_grouped": (lambda: nn.Conv2d(128, 96, 1, groups=2), [x(1, 128, 5, 5)]),
    "conv_pointwise": (lambda: nn.Conv2d(70, 64, 1, bias=False), [x(1, 70, 5, 5)]),
    "conv_transposed": (lambda: nn.ConvTranspose2d(48, 40, 3, stride=2, padding=1), [x(1, 48, 4, 4)]),
}


def wide_dynamic(make, depth, **more):
    return dynamic_case(make, x(19, depth), **more)


DYNAMIC_WIDE = {
    "linear": wide_dynamic(lambda: nn.Linear(200, 130), 200),
    "linear_odd": wide_dynamic(lambda: nn.Linear(133, 67), 133),
    "linear_row": dynamic_case(lambda: nn.Linear(133, 67), x(1, 133)),
    "linear_4bit": wide_dynamic(lambda: nn.Linear(200, 130), 200, bits=4),
    "linear_4bit_odd": wide_dynamic(lambda: nn.Linear(133, 67), 133, bits=4),
    "linear_4bit_row": dynamic_case(lambda: nn.Linear(133, 67), x(1, 133), bits=4),
    "conv": dynamic_case(lambda: nn.Conv2d(40, 72, 3, padding=1), x(1, 40, 6, 6)),
}

GROUPED_WIDE = {
    f"group{size}": grouped_case(lambda size=size: nn.Linear(3 * size, 70, bias=False), x(5, 3 * size), granularity=PerGroup(size),
                                 shapes=({0: Dim("rows", max=70)},), further=[[x(rows, 3 * size)] for rows in (1, 33)])
    for size in (32, 64, 96)
}


# --- nodes and datatypes that only some exporters write: ELU is an option of the partitioner, and so are these together

RARE = {
    "elu": Case(lambda: nn.ELU(0.7), [x(3, 9)]),
    "elu_quantised": explicit(lambda a: F.elu(a, 1.3), x(3, 9)),
    "cat3_quantised": explicit(lambda a, b, c: torch.cat([a, b, c], 1), x(2, 3), x(2, 4), x(2, 1), out=IN),
    "cat4": Case(fn(lambda a, b, c, d: torch.cat([a, b, c, d], -1)), [x(2, 3), x(2, 1), x(2, 3), x(2, 2)]),
    "copy": Case(fn(lambda a: a.clone() + a.clone().abs()), [x(3, 5)]),
    "two_graphs": Case(lambda: nn.Sequential(nn.Conv2d(2, 4, 3), nn.ELU(), nn.Flatten(), nn.Linear(16, 3)), [x(1, 2, 4, 4)]),
    "cat4_half": Case(fn(lambda a, b, c, d: torch.cat([a, b, c, d], -1)), [to_half(x(2, n)) for n in (3, 1, 3, 2)]),
    "hardswish_half": Case(fn(F.hardswish), [to_half(x(3, 9))], expected=half_expected),
    "prelu_half": Case(lambda: nn.PReLU(4).half(), [to_half(x(2, 4, 3, 3))], expected=half_expected),
    "max_pool_half": Case(lambda: nn.MaxPool2d(2), [to_half(x(1, 3, 6, 6))]),
    "half_to_float": Case(fn(lambda a: torch.relu(a).float() * 2), [to_half(x(3, 5))]),
    "float_to_half": Case(fn(lambda a: torch.relu(a).half() * 2), [x(3, 5)]),
}

FAMILIES = {
    "half_linear": half_family("linear"),
    "half_pointwise": half_family("pointwise"),
    "half_shape": half_family("shape"),
    "half_spatial": half_family("spatial"),
    "static_matrices": static_cases(MATRICES, False),
    "static_matrices_channel": static_cases(MATRICES, True),
    "static_elements": static_cases(ELEMENTS, False),
    "static_networks": static_cases(NETWORKS, True),
    "explicit": EXPLICIT,
    "dynamic": DYNAMIC,
    "dynamic_images": DYNAMIC_IMAGES,
    "grouped": GROUPED,
    "others": OTHERS,
    "static_wide": static_cases(WIDE, True),
    "dynamic_wide": DYNAMIC_WIDE,
    "grouped_wide": GROUPED_WIDE,
    "rare": RARE,
}


# As the LLM exporter does it: every dynamically quantised operator is a delegate, then comes the rest.
DYNAMIC_FIRST = [XnnpackPartitioner(config_precisions=ConfigPrecisionType.DYNAMIC_QUANT, per_op_mode=True),
                 XnnpackPartitioner()]


def flat(outputs):
    return list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]


def export_family(family, cases, folder=FOLDER, partitioner=None, rewrite=None):
    exported, suites, tolerances = {}, [], []
    for name, case in cases.items():
        torch.manual_seed(zlib.crc32(name.encode()))
        try:
            with torch.no_grad():
                module = case.make().eval()
                prepared = case.prepare(module, case.inputs)
                sets = [tuple(case.inputs)] + [tuple(each) for each in case.further]
                shapes = (case.dynamic,) if case.dynamic and isinstance(module, Call) else case.dynamic
                exported[name] = torch.export.export(prepared, sets[0], dynamic_shapes=shapes, strict=False)
                ask = case.answer or (lambda prepared, inputs: prepared(*inputs))
                answer = case.expected or (lambda module, inputs: ask(prepared, inputs))
                tests = [MethodTestCase(inputs=each, expected_outputs=answer(module, each)) for each in sets]
                if case.quantum:
                    for index in range(len(flat(answer(module, sets[0])))):
                        atol = max(case.quantum(prepared, each) for each in sets)
                        tolerances.append(f"{name} {index} {float(atol) * 1.001:.9g}")
                suites.append(MethodTestSuite(method_name=name, test_cases=tests))
        except Exception as error:  # the other cases are worth having
            exported.pop(name, None)
            print(f"{family}.{name}: {type(error).__name__}: {str(error)[:200]}")
    program = to_edge_transform_and_lower(exported, partitioner=partitioner or [XnnpackPartitioner()], compile_config=EdgeCompileConfig(_check_ir_validity=False)).to_executorch(ExecutorchBackendConfig())
    for plan in program.executorch_program.execution_plan:
        if not plan.delegates:
            print(f"{family}.{plan.name}: nothing is delegated")
        elif plan.operators:
            print(f"{family}.{plan.name}: beside the delegate:", [operator.name for operator in plan.operators])
    path = folder / f"{family}.bpte"
    path.write_bytes(serialize_from_bundled_program_to_flatbuffer(BundledProgram(program, suites)))
    if tolerances:
        path.with_suffix(".tolerances").write_text("\n".join(tolerances) + "\n")
    print(path.name, len(suites), "methods,", path.stat().st_size, "bytes", flush=True)


def partitioner_of(cases):
    if cases in (DYNAMIC, DYNAMIC_IMAGES, GROUPED, DYNAMIC_WIDE, GROUPED_WIDE):
        return DYNAMIC_FIRST
    return [XnnpackPartitioner(configs=[*ALL_PARTITIONER_CONFIGS, EluConfig])] if cases is RARE else None


def main():
    warnings.simplefilter("ignore")
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], partitioner=partitioner_of(FAMILIES[family]))


if __name__ == "__main__":
    main()

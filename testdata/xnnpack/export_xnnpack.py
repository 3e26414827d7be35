"""Exports delegated cases as bundled programs: every module is lowered by XnnpackPartitioner, PyTorch gives the answers.

    pip install torch==2.13.0 executorch==1.4.1
    python export_xnnpack.py [family ...]

Each family becomes <family>.bpte, one method per case. A case that the partitioner does not take whole is an error: it would
test the portable operators instead.
"""

import pathlib
import sys
import warnings
import zlib

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.devtools import BundledProgram
from executorch.devtools.bundled_program.config import MethodTestCase, MethodTestSuite
from executorch.devtools.bundled_program.serialize import serialize_from_bundled_program_to_flatbuffer
from executorch.exir import EdgeCompileConfig, to_edge_transform_and_lower
from torch import nn
from torch.export import Dim
import torch.nn.functional as F


class Call(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args):
        return self.function(*args)


def x(*shape):
    return torch.randn(*shape) * 2


def last(*shape):
    return x(*shape).to(memory_format=torch.channels_last)


BATCH = Dim("batch", min=1, max=8)

# name -> (module or function, inputs, dynamic shapes, further inputs)
FAMILIES = {
    "linear": {
        "linear": (lambda: nn.Linear(7, 5), [x(3, 7)]),
        "linear_1d": (lambda: nn.Linear(7, 5), [x(7)]),
        "linear_3d": (lambda: nn.Linear(9, 4), [x(2, 3, 9)]),
        "linear_without_bias": (lambda: nn.Linear(33, 17, bias=False), [x(5, 33)]),
        "linear_relu": (lambda: nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3)), [x(4, 8)]),
        "linear_hardtanh": (lambda: nn.Sequential(nn.Linear(8, 8), nn.Hardtanh(-0.5, 0.25)), [x(4, 8)]),
        "linear_dynamic": (lambda: nn.Linear(6, 4), [x(5, 6)], ({0: BATCH},), [[x(1, 6)], [x(8, 6)]]),
        "bmm": (lambda a, b: torch.bmm(a, b), [x(2, 3, 4), x(2, 4, 5)]),
    },
    "pointwise": {
        "add": (lambda a, b: a + b, [x(3, 4), x(3, 4)]),
        "add_broadcast": (lambda a, b: a + b, [x(2, 3, 4), x(3, 1)]),
        "add_constant": (lambda: AddConstant(), [x(3, 4)]),
        "add_relu": (lambda a, b: torch.relu(a + b), [x(3, 4), x(3, 4)]),
        "add_dynamic": (lambda a, b: a + b, [x(3, 4), x(3, 4)], ({0: BATCH}, {0: BATCH}), [[x(8, 4), x(8, 4)], [x(1, 4), x(1, 4)]]),
        "sub": (lambda a, b: a - b, [x(5), x(5)]),
        "mul": (lambda a, b: a * b, [x(2, 5), x(2, 5)]),
        "mul_self": (lambda a: a * a, [x(2, 5)]),
        "div": (lambda a, b: a / b, [x(7), x(7)]),
        "minimum": (lambda a, b: torch.minimum(a, b), [x(7), x(7)]),
        "maximum": (lambda a, b: torch.maximum(a, b), [x(7), x(7)]),
        "relu": (lambda a: torch.relu(a), [x(3, 5)]),
        "clamp": (lambda a: torch.clamp(a, -0.5, 1.5), [x(3, 5)]),
        "clamp_low": (lambda a: torch.clamp(a, min=-0.5), [x(3, 5)]),
        "hardtanh": (lambda a: F.hardtanh(a), [x(3, 5)]),
        "sigmoid": (lambda a: torch.sigmoid(a), [x(3, 5)]),
        "tanh": (lambda a: torch.tanh(a), [x(3, 5)]),
        "exp": (lambda a: torch.exp(a), [x(3, 5)]),
        "log": (lambda a: torch.log(a), [x(3, 5).abs() + 0.1]),
        "sqrt": (lambda a: torch.sqrt(a), [x(3, 5).abs()]),
        "rsqrt": (lambda a: torch.rsqrt(a), [x(3, 5).abs() + 0.1]),
        "abs": (lambda a: torch.abs(a), [x(3, 5)]),
        "neg": (lambda a: torch.neg(a), [x(3, 5)]),
        "floor": (lambda a: torch.floor(a), [x(3, 5)]),
        "ceil": (lambda a: torch.ceil(a), [x(3, 5)]),
        "square": (lambda a: torch.pow(a, 2), [x(3, 5)]),
        "gelu": (lambda a: F.gelu(a), [x(3, 5)]),
        "hardswish": (lambda a: F.hardswish(a), [x(3, 5)]),
        "leaky_relu": (lambda a: F.leaky_relu(a, 0.2), [x(3, 5)]),
        "prelu": (lambda: nn.PReLU(4), [x(2, 4, 3, 3)]),
        "sin": (lambda a: torch.sin(a), [x(3, 5)]),
        "cos": (lambda a: torch.cos(a), [x(3, 5)]),
        "softmax": (lambda a: torch.softmax(a, -1), [x(3, 9)]),
    },
    "shape": {
        "permute": (lambda a: a.permute(2, 0, 1) + 1.0, [x(2, 3, 4)]),
        "transpose": (lambda a: a.transpose(0, 1) * 2.0, [x(3, 5)]),
        "view": (lambda a: torch.relu(a.view(6, 4)), [x(2, 3, 4)]),
        "view_dynamic": (lambda a: torch.relu(a.view(-1, 12)), [x(3, 3, 4)], ({0: BATCH},), [[x(8, 3, 4)], [x(1, 3, 4)]]),
        "cat2": (lambda a, b: torch.cat([a, b], 1), [x(2, 3), x(2, 4)]),
        "cat3": (lambda a, b, c: torch.cat([a, b, c], 0), [x(2, 3), x(1, 3), x(4, 3)]),
        "cat5": (lambda a: torch.cat([a, a * 2.0, a + 1.0, a - 1.0, a * a], -1), [x(2, 3)]),
        "slice": (lambda a: torch.relu(a[1:3, 2:]), [x(4, 5)]),
        "pad": (lambda a: F.pad(a, (1, 2, 0, 1), value=0.5), [x(2, 3)]),
    },
    "spatial": {
        "conv": (lambda: nn.Conv2d(3, 8, 3, padding=1), [x(1, 3, 8, 8)]),
        "conv_stride": (lambda: nn.Conv2d(3, 8, (3, 2), stride=(2, 1), padding=(1, 0)), [x(2, 3, 9, 8)]),
        "conv_dilated": (lambda: nn.Conv2d(4, 6, 3, dilation=2, padding=2), [x(1, 4, 9, 9)]),
        "conv_grouped": (lambda: nn.Conv2d(4, 8, 3, groups=2), [x(1, 4, 7, 7)]),
        "conv_without_bias": (lambda: nn.Conv2d(3, 5, 1, bias=False), [x(1, 3, 5, 5)]),
        "conv_relu": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU6()), [x(1, 3, 6, 6)]),
        "conv_channels_last": (lambda: nn.Conv2d(3, 4, 3), [last(1, 3, 6, 6)]),
        "conv_1d": (lambda: nn.Conv1d(3, 4, 3, padding=1), [x(1, 3, 9)]),
        "depthwise": (lambda: nn.Conv2d(6, 6, 3, groups=6, padding=1), [x(1, 6, 7, 7)]),
        "depthwise_multiplier": (lambda: nn.Conv2d(3, 6, 3, groups=3, stride=2), [x(1, 3, 7, 7)]),
        "conv_transposed": (lambda: nn.ConvTranspose2d(3, 5, 3, stride=2, padding=1, output_padding=1), [x(1, 3, 5, 5)]),
        "max_pool": (lambda: nn.MaxPool2d(3, stride=2, padding=1), [x(1, 3, 9, 9)]),
        "max_pool_dilated": (lambda: nn.MaxPool2d(2, stride=1, dilation=2), [x(1, 3, 8, 8)]),
        "avg_pool": (lambda: nn.AvgPool2d(3, stride=2, count_include_pad=False), [x(1, 3, 9, 9)]),
        "avg_pool_padded": (lambda: nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), [x(1, 3, 9, 9)]),
        "global_avg_pool": (lambda a: torch.mean(a, (-1, -2), keepdim=True), [x(2, 3, 5, 4)]),
        "bilinear": (lambda a: F.interpolate(a, size=(9, 7), mode="bilinear", align_corners=False), [x(1, 3, 4, 5)]),
        "bilinear_corners": (lambda a: F.interpolate(a, scale_factor=2, mode="bilinear", align_corners=True), [x(1, 3, 4, 5)]),
        "residual": (lambda: Residual(), [x(1, 8, 10, 10)]),
        "conv_dynamic": (lambda: nn.Conv2d(3, 4, 3), [x(3, 3, 6, 6)], ({0: BATCH},), [[x(1, 3, 6, 6)], [x(8, 3, 6, 6)]]),
    },
    # Sums behind convolutions, which kernels may compute with them, and sums that they may not.
    "sums": {
        "shortcut": (lambda: Sums(lambda m, a: F.relu(m.square(a) + a)), [x(1, 37, 9, 11)]),
        "shortcut_left": (lambda: Sums(lambda m, a: F.relu6(a + m.point(a))), [x(1, 37, 5, 7)]),
        "shortcut_unclamped": (lambda: Sums(lambda m, a: m.point(F.relu(a)) + a), [x(1, 37, 6, 6)]),
        "two_convolutions": (lambda: Sums(lambda m, a: F.relu(m.narrow(a) + m.shrink(a))), [x(1, 37, 9, 9)]),
        "in_a_row": (lambda: Sums(lambda m, a: m.square(F.relu(m.point(a) + a)) + F.relu(m.point(a) + a)), [x(1, 37, 4, 7)]),
        "wanted_twice": (lambda: Sums(lambda m, a: (lambda c: c + F.relu(c))(m.square(a))), [x(1, 37, 5, 5)]),
        "with_itself": (lambda: Sums(lambda m, a: (lambda c: c + c)(m.point(a))), [x(1, 37, 5, 5)]),
        "clamped_before": (lambda: Sums(lambda m, a: F.relu(m.square(a)) + a), [x(1, 37, 5, 5)]),
        "of_a_channel": (lambda: Sums(lambda m, a, b: m.point(a) + b), [x(1, 37, 5, 5), x(1, 37, 1, 1)]),
        "of_a_batch": (lambda: Sums(lambda m, a, b: m.point(a) + b), [x(3, 37, 5, 5), x(1, 37, 5, 5)]),
        "all_given_back": (lambda: Sums(lambda m, a: (lambda c: (c, c + a))(m.point(a))), [x(1, 37, 5, 5)]),
        "made_later": (lambda: Sums(lambda m, a: (lambda c, b: c + b)(m.point(a), torch.tanh(m.square(a)))), [x(1, 37, 5, 5)]),
        "one_channel": (lambda: Sums(lambda m, a: F.relu(m.single(a) + a)), [x(1, 1, 7, 9)]),
        "many": (lambda: Sums(lambda m, a: F.relu(m.square(a) + a)), [x(3, 37, 5, 5)], ({0: BATCH},),
                 [[x(1, 37, 5, 5)], [x(8, 37, 5, 5)]]),
        "many_points": (lambda: Sums(lambda m, a: F.relu(m.point(a) + a)), [x(3, 37, 5, 5)], ({0: BATCH},),
                        [[x(1, 37, 5, 5)], [x(8, 37, 5, 5)]]),
        "any_height": (lambda: Sums(lambda m, a: F.relu(m.square(a) + a)), [x(1, 37, 6, 5)],
                       ({2: Dim("height", min=2, max=20)},), [[x(1, 37, 2, 5)], [x(1, 37, 17, 5)]]),
    },
}


# Absolute tolerances where results of size 10 cancel.
CANCELLING = {"sums": 4e-6}


class Sums(nn.Module):
    """A point-wise convolution, a square one, and two that halve the picture, for `function` to use."""

    def __init__(self, function):
        super().__init__()
        self.point = nn.Conv2d(37, 37, 1)
        self.square = nn.Conv2d(37, 37, 3, padding=1)
        self.narrow = nn.Conv2d(37, 37, 3, padding=1, stride=2)
        self.shrink = nn.Conv2d(37, 37, 1, stride=2)
        self.single = nn.Conv2d(1, 1, 3, padding=1)
        self.function = function

    def forward(self, *args):
        return self.function(self, *args)


class AddConstant(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("offset", x(4))

    def forward(self, a):
        return a + self.offset


class Residual(nn.Module):
    """The block of a mobile network: widen, depthwise, narrow, add."""

    def __init__(self):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv2d(8, 24, 1), nn.BatchNorm2d(24), nn.ReLU6(),
            nn.Conv2d(24, 24, 3, padding=1, groups=24), nn.BatchNorm2d(24), nn.ReLU6(),
            nn.Conv2d(24, 8, 1), nn.BatchNorm2d(8))
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4))

    def forward(self, a):
        return self.head(a + self.block(a))


def module_of(entry):
    return entry() if entry.__code__.co_argcount == 0 else Call(entry)


def export(family, cases, folder):
    exported, suites = {}, []
    for name, (entry, inputs, *dynamic) in cases.items():
        torch.manual_seed(zlib.crc32(name.encode()))
        module = module_of(entry).eval()
        sets = [tuple(inputs)] + [tuple(more) for more in (dynamic[1] if dynamic else [])]
        shapes = dynamic[0] if dynamic else None
        if shapes and isinstance(module, (Call, Sums)):
            shapes = (shapes,)
        exported[name] = torch.export.export(module, sets[0], dynamic_shapes=shapes)
        cases_of_method = [MethodTestCase(inputs=each, expected_outputs=module(*each)) for each in sets]
        suites.append(MethodTestSuite(method_name=name, test_cases=cases_of_method))
    program = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()],
                                          compile_config=EdgeCompileConfig(_check_ir_validity=False)).to_executorch()
    for plan in program.executorch_program.execution_plan:
        if not plan.delegates:
            print(f"{family}.{plan.name}: nothing is delegated")
        elif plan.operators:
            print(f"{family}.{plan.name}: beside the delegate:", [operator.name for operator in plan.operators])
    bundled = BundledProgram(program, suites)
    path = folder / f"{family}.bpte"
    path.write_bytes(serialize_from_bundled_program_to_flatbuffer(bundled))
    if family in CANCELLING:
        outputs = [(suite.method_name, i) for suite in suites for i in range(len(exported[suite.method_name].graph_signature.user_outputs))]
        path.with_suffix(".tolerances").write_text("".join(f"{name} {i} {CANCELLING[family]}\n" for name, i in outputs))
    print(path.name, len(suites), "methods,", path.stat().st_size, "bytes")


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

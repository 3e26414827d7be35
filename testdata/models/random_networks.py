"""Random networks as bundled programs with PyTorch's answers: python random_networks.py FOLDER FIRST COUNT [--special] [--export
[--dynamic] [--xnnpack] [--int8]]

A network is told by its number. Without --export no exporter is asked: the core operators that a network comes to are written as
they are, with planned memory that is used again, which is thirty times quicker. --special adds test cases with a NaN, an infinity, zeros and
large numbers among the inputs. ../operators/sweep_report.py runs what was written and counts (with --rtol 1e-4 --atol 1e-4). What then
differs is rounding, of the large numbers, and GELU of an infinity, for which PyTorch finds a NaN where it computes several at once.
"""

import argparse
import pathlib
import random
import sys
import tempfile
import warnings
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "operators"))

import torch
import torch.nn.functional as F
from executorch.exir import to_edge_transform_and_lower
from torch import nn
from torch.utils import _pytree as pytree

from export_operators import BundledProgram, EdgeCompileConfig, MethodTestCase, MethodTestSuite, serialize_from_bundled_program_to_flatbuffer
from written_networks import written

UNARY = [F.relu, F.relu6, torch.sigmoid, torch.tanh, F.hardswish, F.hardsigmoid, F.silu, F.gelu, torch.abs, torch.neg, torch.square, torch.sin, torch.erf,
         F.softplus, F.mish, lambda x: F.gelu(x, approximate="tanh"), lambda x: F.leaky_relu(x, 0.1), F.elu, lambda x: (-x.abs()).exp(),
         lambda x: x.abs().sqrt(), lambda x: (x.abs() + 0.5).rsqrt(), lambda x: (x.abs() + 1).log(), lambda x: x.clamp(-0.7, 0.9), lambda x: x.clamp_min(-0.2),
         lambda x: x + 1.5, lambda x: 1 - x, lambda x: x * 0.7, lambda x: x / 3, lambda x: 1 / (x.abs() + 1), lambda x: x**3, lambda x: x.abs() ** 0.5,
         lambda x: torch.where(x > 0, x, x * 0.2), lambda x: x.masked_fill(x < -1, 0.0), lambda x: torch.maximum(x, torch.minimum(x * 0.5, x + 1))]
BINARY = [torch.add, torch.sub, torch.mul, lambda a, b: a / (b.abs() + 1), torch.maximum, torch.minimum, lambda a, b: torch.add(a, b, alpha=0.3),
          lambda a, b: torch.where(a > b, a, b * 0.5), torch.atan2, lambda a, b: torch.lerp(a, b, 0.3), lambda a, b: torch.addcmul(a, a, b, value=0.5)]
REDUCE = [torch.mean, torch.sum, torch.amax, torch.amin, torch.logsumexp, lambda x, dim, keepdim: x.var(dim, keepdim=keepdim, unbiased=False),
          lambda x, dim, keepdim: x.max(dim, keepdim=keepdim)[0], lambda x, dim, keepdim: x.norm(dim=dim, keepdim=keepdim)]
POOL = [lambda x: F.max_pool2d(x, 2), lambda x: F.max_pool2d(x, 3, 2, 1), lambda x: F.avg_pool2d(x, 2), lambda x: F.avg_pool2d(x, 3, 1, 1),
        lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), lambda x: F.adaptive_avg_pool2d(x, (3, 2)), lambda x: F.max_pool2d(x, 2, ceil_mode=True),
        lambda x: F.max_pool2d(x, 3, 1, dilation=2, padding=1), lambda x: x.mean((2, 3), keepdim=True), lambda x: x.mean((2, 3))]
ACTIVATIONS = [nn.ReLU, nn.ReLU6, nn.Hardswish, nn.SiLU, nn.Sigmoid, nn.PReLU, nn.GELU, nn.Tanh]


class Network(nn.Module):
    """Steps of (function, numbers of earlier values, number of the module it is given)."""

    def __init__(self):
        super().__init__()
        self.parts, self.steps, self.outs = nn.ModuleList(), [], []

    def step(self, function, arguments, part, values):
        given = [values[i] for i in arguments]
        return function(*given) if part is None else function(self.parts[part], *given)

    def forward(self, *values):
        values = list(values)
        for step in self.steps:
            values += pytree.tree_leaves(self.step(*step, values))
        return tuple(values[i] for i in self.outs)


class Constant(nn.Module):
    def __init__(self, tensor):
        super().__init__()
        self.tensor = nn.Parameter(tensor)


def attend(part, x):
    n, count, width = x.shape
    q, k, v = part[0](x).view(n, count, 3, 2, width // 2).permute(2, 0, 3, 1, 4).unbind(0)
    return part[1](F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, count, width))


def shaken(module):
    with torch.no_grad():
        for name, tensor in list(module.named_parameters()) + list(module.named_buffers()):
            if tensor.is_floating_point():
                tensor.add_(torch.rand(tensor.shape) * 0.2 if name.endswith("running_var") else torch.randn(tensor.shape) * 0.05)
    return module.eval()


def broadcasts(a, b):
    try:
        return torch.broadcast_shapes(a, b) in (a, b)
    except RuntimeError:
        return False


def modules_for(x, pick, chance):
    """(module, function of it and the value): those that have weights."""
    shape, channels = x.shape, x.shape[1] if x.dim() > 1 else 1
    last = shape[-1]
    if x.dim() == 4:
        kernel, outs = pick([1, 1, 3, 3, 5, 2, (3, 1), (1, 5)]), pick([4, 8, 12, channels])
        groups = pick([1, 1, 1, channels, 2 if channels % 2 == 0 and outs % 2 == 0 else 1])
        outs = channels * pick([1, 1, 2]) if groups == channels else outs
        convolution = nn.Conv2d(channels, outs, kernel, pick([1, 1, 2]), pick([0, 1, 2]) if kernel != 1 else 0, pick([1, 1, 2]), groups, chance(0.7))
        behind = [nn.BatchNorm2d(outs)] * chance(0.4) + [pick(ACTIVATIONS)()] * chance(0.5)
        squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, 4, 1), nn.ReLU(), nn.Conv2d(4, channels, 1), nn.Hardsigmoid())
        yield from [(nn.Sequential(convolution, *behind), nn.Module.__call__)] * 5
        yield nn.ConvTranspose2d(channels, 4, pick([2, 3, 4]), pick([1, 2]), pick([0, 1])), nn.Module.__call__
        yield pick([nn.BatchNorm2d(channels), nn.GroupNorm(1, channels), nn.InstanceNorm2d(channels, affine=True)]), nn.Module.__call__
        yield squeeze, lambda part, y: y * part(y)
    if x.dim() in (2, 3):
        yield from [(nn.Sequential(nn.Linear(last, pick([4, 8, 16, last]), chance(0.7)), *[pick(ACTIVATIONS[:5])()] * chance(0.5)), nn.Module.__call__)] * 3
        yield pick([nn.LayerNorm(last), nn.RMSNorm(last)]), nn.Module.__call__
    if x.dim() == 3:
        yield nn.Conv1d(channels, channels, pick([1, 2, 3]), pick([1, 1, 2]), pick([0, 1]), groups=pick([1, channels])), nn.Module.__call__
        yield pick([nn.LSTM, nn.GRU, nn.RNN])(last, 4, batch_first=True), lambda part, y: part(y)[0]
        if last % 2 == 0:
            yield nn.ModuleList([nn.Linear(last, 3 * last), nn.Linear(last, last)]), attend


def functions_for(x, first, pick, chance):
    """Functions of one value without weights; dimensions before `first` are left alone."""
    rank, shape = x.dim(), x.shape
    yield from UNARY
    for dim in range(first, rank):
        keep, start, step, reduce = chance(0.5), pick(range(shape[dim])), pick([1, 1, 2]), pick(REDUCE)
        yield lambda y, d=dim: y.softmax(d)
        yield lambda y, d=dim: y.log_softmax(d)
        if dim:
            yield lambda y, d=dim: reduce(y, d, keepdim=keep)
        yield lambda y, d=dim: y[(slice(None),) * d + (slice(start, None, step),)]
        yield lambda y, d=dim: y.select(d, start)
        yield lambda y, d=dim: y.roll(1, d)
        yield lambda y, d=dim: y.chunk(2, d)
        yield lambda y, d=dim: y.unsqueeze(d)
    if rank > 2:
        order = [0] + random.Random(start).sample(range(1, rank), rank - 1)
        yield from [lambda y: y.permute(order), lambda y: y.flatten(1), lambda y: y.flatten(-2)]
    if rank == 3:
        yield from [lambda y: y.transpose(1, 2)[:, :, :, None], lambda y: y @ y.transpose(1, 2) / y.shape[2], lambda y: y.cumsum(1)]
    if rank == 4:
        corners, pads = chance(0.3), pick([(1, 1, 1, 1), (0, 1, 0, 1), (2, 0, 1, 0)])
        yield from POOL * 2
        yield from [lambda y, m=m: F.interpolate(y, scale_factor=2.0, mode=m, align_corners=corners) for m in ("bilinear", "bicubic")]
        yield from [lambda y, m=m: F.pad(y, pads, mode=m) for m in ("constant", "reflect", "replicate")]
        yield from [lambda y: F.interpolate(y, scale_factor=2.0), lambda y: F.pixel_shuffle(y, 2), lambda y: y.flatten(2).transpose(1, 2)]


def step_for(network, values, first, pick, chance):
    place = len(values) - 1 if chance(0.6) else pick(range(len(values)))
    x = values[place]
    kind = pick(["own", "own", "weights", "weights", "two", "constant", "cat"])
    if kind == "weights":
        choices = list(modules_for(x, pick, chance))
        part, function = pick(choices)
        network.parts.append(shaken(part))
        return function, [place], len(network.parts) - 1
    if kind == "constant":
        network.parts.append(Constant(torch.randn([n if i >= first and chance(0.5) else 1 for i, n in enumerate(x.shape)])))
        function = pick(BINARY)
        return lambda part, y: function(y, part.tensor), [place], len(network.parts) - 1
    if kind == "two":
        pair = [place, pick([i for i, y in enumerate(values) if broadcasts(x.shape, y.shape)])]
        return pick(BINARY), pair if chance(0.5) else pair[::-1], None
    if kind == "cat":
        dim = pick(range(first, x.dim()))
        alike = [i for i, y in enumerate(values) if y.dim() == x.dim() and all(a == b or d == dim for d, (a, b) in enumerate(zip(x.shape, y.shape)))]
        return lambda *all_: torch.cat(all_, dim), [place] + [pick(alike) for _ in range(pick([1, 1, 2]))], None
    return pick(list(functions_for(x, first, pick, chance))), [place], None


def sound(x, batch):
    return x.dtype == torch.float32 and 0 < x.numel() <= 20_000 and bool(torch.isfinite(x).all()) and x.abs().max() < 50 and (not batch or x.dim() and x.shape[0] == batch)


def network_of(number, dynamic):
    """(network, [inputs of each case])"""
    generator = random.Random(number)
    torch.manual_seed(number)
    pick, chance = generator.choice, lambda p: generator.random() < p
    shapes = [pick([[pick([3, 4, 8]), pick([7, 8, 12]), pick([6, 8, 9])], [pick([5, 6, 12]), pick([8, 12])], [pick([6, 16])]])] * pick([1, 1, 2])
    cases = [tuple(torch.randn([n] + shape) for shape in shapes) for n in ((2, 1, 5) if dynamic else (2,))]
    network, values, used = Network(), list(cases[0]), set()
    for _ in range(200):
        parts = len(network.parts)
        try:
            step = step_for(network, values, 1 if dynamic else 0, pick, chance)
            with torch.no_grad():
                results = pytree.tree_leaves(network.step(*step, values))
            if not all(sound(y, 2 if dynamic else 0) for y in results):
                raise ValueError("a value that is no use")
        except (IndexError, RuntimeError, TypeError, ValueError):
            del network.parts[parts:]
            continue
        network.steps.append(step)
        used.update(step[1])
        values += results
        if len(network.steps) == 4 + number % 16:
            break
    network.outs = [i for i in range(len(shapes), len(values)) if i not in used]
    return network.eval(), cases


def special(inputs, generator):
    """The inputs again with one number among each that is none, or none that is finite; all of them nothing, or large."""
    for number in (float("nan"), float("inf"), -float("inf")):
        changed = [x.clone() for x in inputs]
        for x in changed:
            x.view(-1)[generator.randrange(x.numel())] = number
        yield tuple(changed)
    yield tuple(x * 0 for x in inputs)
    yield tuple(x * 1e4 for x in inputs)


def exported(network, cases, options, number):
    """(exporter's program, the module whose answers count)"""
    batch = torch.export.Dim("batch", min=1, max=8)
    shapes = (tuple({0: batch} for _ in cases[0]),) if options.dynamic else None
    partitioner = []
    if options.xnnpack:
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
        partitioner = [XnnpackPartitioner()]
    if options.int8:
        from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import XNNPACKQuantizer, get_symmetric_quantization_config
        from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
        quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=number % 2 == 0))
        network = prepare_pt2e(torch.export.export(network, cases[0], dynamic_shapes=shapes, strict=False).module(), quantizer)
        for case in cases:
            network(*case)
        network = convert_pt2e(network)
    program = torch.export.export(network, cases[0], dynamic_shapes=shapes, strict=False)
    return to_edge_transform_and_lower(program, partitioner=partitioner, compile_config=EdgeCompileConfig(_check_ir_validity=False)).to_executorch(), network


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    for name in ("special", "export", "dynamic", "xnnpack", "int8"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    left_out = Counter()
    for number in range(options.first, options.first + options.count):
        network, cases = network_of(number, options.dynamic)
        try:
            with torch.no_grad(), tempfile.NamedTemporaryFile(suffix=".pte") as file:
                program = None
                if options.export:
                    program, network = exported(network, cases, options, number)
                else:
                    file.write(written(network, cases[0]))
                    file.flush()
                cases += list(special(cases[0], random.Random(number))) if options.special else []
                tests = [MethodTestCase(inputs=list(case), expected_outputs=[y.clone() for y in network(*case)]) for case in cases]
                data = serialize_from_bundled_program_to_flatbuffer(BundledProgram(program, [MethodTestSuite("forward", tests)], None if program else file.name))
            (options.folder / f"random{number}.bpte").write_bytes(data)
        except Exception as error:
            left_out[f"{type(error).__name__} {(str(error).strip().splitlines() or [''])[0][:150]}"] += 1
    for reason, count in left_out.most_common():
        print(count, reason)


if __name__ == "__main__":
    main()

"""Programs with the same weights stored in other ways, and how far the stored ones are from the originals, by PyTorch.

    pip install torch==2.13.0 executorch==1.4.1 torchao
    python testdata/diff/export_weights.py        writes beside itself

errors.txt: lines "OLD NEW max mean cosine snr_db", one for each quantised weight; the figures come from dequantising with
PyTorch's own operators. A weight that is only turned around has "0 0 1 none".
"""
import pathlib

import executorch.exir.passes._quant_patterns_and_replacements  # noqa: F401  registers embedding_byte, embedding_4bit
import executorch.kernels.quantized  # noqa: F401  registers the out variants
import torch
from executorch.backends.xnnpack.partition.config.xnnpack_config import ConfigPrecisionType
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import XNNPACKQuantizer, get_symmetric_quantization_config
from executorch.exir import EdgeCompileConfig, to_edge_transform_and_lower
from torch import nn
from torchao.quantization.granularity import PerAxis, PerGroup
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
from torchao.quantization.quant_api import Int8DynamicActivationIntxWeightConfig, quantize_
from torchao.utils import unwrap_tensor_subclass

HERE = pathlib.Path(__file__).parent
Q = torch.ops.quantized_decomposed
LINES = []


class Vision(nn.Module):
    """Every kind of filter that XNNPACK keeps in another order."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(11)
        self.first = nn.Conv2d(3, 6, 3)
        self.depthwise = nn.Conv2d(6, 6, 3, groups=6)
        self.pointwise = nn.Conv2d(6, 8, 1)
        self.grouped = nn.Conv2d(8, 4, (2, 3), groups=2)
        self.up = nn.ConvTranspose2d(4, 5, 2, stride=2)
        self.last = nn.Linear(5, 10)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = torch.relu(self.pointwise(self.depthwise(x)))
        x = self.up(self.grouped(x))
        return self.last(x.mean((2, 3)))


class Matrices(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(12)
        self.up = nn.Linear(64, 32, bias=False)
        self.down = nn.Linear(32, 16, bias=False)

    def forward(self, x):
        return self.down(torch.relu(self.up(x)))


class Turned(nn.Module):
    """Matrices with both weights stored the other way round."""

    def __init__(self, of):
        super().__init__()
        self.up = nn.Parameter(of.up.weight.detach().t().contiguous())
        self.down = nn.Parameter(of.down.weight.detach().t().contiguous())

    def forward(self, x):
        return torch.relu(x @ self.up) @ self.down


class Square(nn.Module):
    def __init__(self, turned=False):
        super().__init__()
        torch.manual_seed(13)
        weight = torch.randn(24, 24)
        self.weight = nn.Parameter(weight.t().contiguous() if turned else weight)
        self.turned = turned

    def forward(self, x):
        return x @ (self.weight if self.turned else self.weight.t())


class Lookup(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(14)
        self.table = nn.Embedding(20, 32)

    def forward(self, tokens):
        return self.table(tokens)


class NarrowLookup(nn.Module):
    """quantized_decomposed.embedding_4bit or embedding_byte, a scale for each row or group of columns."""

    def __init__(self, table, bits, groups):
        super().__init__()
        weight = table.weight.detach()
        rows, columns = weight.shape
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        blocks = weight.reshape(rows, groups, columns // groups)
        self.scales = nn.Parameter(blocks.abs().amax(-1) / high, requires_grad=False)
        whole = torch.clamp(torch.round(blocks / self.scales[..., None]), low, high)
        self.dequantised = (whole * self.scales[..., None]).reshape(rows, columns)
        whole = whole.reshape(rows, columns).to(torch.int8)
        if bits == 4:
            pairs = (whole + 8).to(torch.uint8)
            whole = pairs[:, ::2] * 16 + pairs[:, 1::2]
        if groups == 1:
            self.scales = nn.Parameter(self.scales[:, 0], requires_grad=False)
        self.weight = nn.Parameter(whole, requires_grad=False)
        self.bits, self.low, self.high = bits, low, high

    def forward(self, tokens):
        look_up = Q.embedding_4bit if self.bits == 4 else Q.embedding_byte
        return look_up(self.weight, self.scales, None, self.low, self.high, tokens)


def figures(was, now):
    was, now = was.double(), now.double()
    error = now - was
    cosine = (was * now).sum() / (was.norm() * now.norm())
    snr = 10 * torch.log10((was**2).sum() / (error**2).sum()) if error.any() else None
    return [f"{error.abs().max():.9g}", f"{error.abs().mean():.9g}", f"{cosine:.9g}", "none" if snr is None else f"{snr:.9g}"]


def tell(old, new, was, now):
    LINES.append(" ".join([old, new, *figures(was, now)]))


def write(name, module, example, partitioners=None):
    exported = torch.export.export(module, example) if isinstance(module, nn.Module) else module
    edge = to_edge_transform_and_lower(exported, partitioner=partitioners,
                                       compile_config=EdgeCompileConfig(_check_ir_validity=False))
    with open(HERE / f"{name}.pte", "wb") as file:
        edge.to_executorch().write_to_file(file)


def static(module, example, per_channel):
    """The quantised module, and its weights as the numbers that they are now, by shape."""
    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=per_channel))
    prepared = prepare_pt2e(torch.export.export(module, example).module(), quantizer)
    prepared(*example)
    converted = convert_pt2e(prepared)
    weights = {}
    for node in converted.graph.nodes:
        names = {Q.dequantize_per_channel.default, Q.dequantize_per_tensor.default}
        if node.op != "call_function" or node.target not in names or node.args[0].op != "get_attr":
            continue
        value = lambda each: getattr(converted, each.target) if isinstance(each, torch.fx.Node) else each
        number = node.target(*[value(each) for each in node.args], **node.kwargs)
        weights[tuple(number.shape)] = number
    return converted, weights


def as_stored(weight):
    """What XNNPACK computes with: groups have bfloat16 scales there."""
    rows, columns = weight.shape
    scales = weight.scale.detach().reshape(rows, -1)
    blocks = weight.qdata.detach().float().reshape(rows, scales.shape[1], -1)
    return (blocks * scales.bfloat16().float()[..., None]).reshape(rows, columns)


def main():
    delegated = [XnnpackPartitioner()]
    vision = Vision().eval()
    example = (torch.randn(1, 3, 12, 12),)
    write("vision", vision, example)
    write("vision_xnnpack", vision, example, delegated)
    for name, per_channel in (("channels", True), ("tensors", False)):
        converted, weights = static(vision, example, per_channel)
        write(f"vision_{name}", converted, example)
        write(f"vision_{name}_xnnpack", converted, example, delegated)
        for layer in vision.children():
            weight = layer.weight.detach()
            if tuple(weight.shape) not in weights:
                continue
            tell("vision", f"vision_{name}", weight, weights[tuple(weight.shape)])
            tell("vision", f"vision_{name}_xnnpack", weight, weights[tuple(weight.shape)])
            tell("vision_xnnpack", f"vision_{name}", weight, weights[tuple(weight.shape)])
    for layer in (vision.first, vision.depthwise, vision.up):
        tell("vision", "vision_xnnpack", layer.weight.detach(), layer.weight.detach())

    matrices = Matrices().eval()
    example = (torch.randn(3, 64),)
    write("matrices", matrices, example)
    turned = Turned(matrices)
    write("turned", turned, example)
    for layer in matrices.children():
        tell("matrices", "turned", layer.weight.detach(), layer.weight.detach())
    example_square = (torch.randn(3, 24),)
    write("square", Square(), example_square)
    write("square_turned", Square(True), example_square)
    tell("square", "square_turned", Square().weight.detach(), Square().weight.detach())
    dynamic = [XnnpackPartitioner(config_precisions=ConfigPrecisionType.DYNAMIC_QUANT, per_op_mode=True)]
    for name, granularity in (("groups", PerGroup(32)), ("rows", PerAxis(0))):
        narrow = Matrices().eval()
        quantize_(narrow, Int8DynamicActivationIntxWeightConfig(weight_dtype=torch.int4, weight_granularity=granularity))
        numbers = [as_stored(layer.weight) for layer in narrow.children()]
        write(f"matrices_{name}", unwrap_tensor_subclass(narrow), example, dynamic)
        for layer, number in zip(matrices.children(), numbers):
            tell("matrices", f"matrices_{name}", layer.weight.detach(), number)
            tell("turned", f"matrices_{name}", layer.weight.detach(), number)

    lookup = Lookup().eval()
    example = (torch.tensor([[1, 5, 19]]),)
    write("lookup", lookup, example)
    for bits, groups in ((4, 1), (4, 4), (8, 1), (8, 2)):
        name = f"lookup_{bits}_{groups}"
        narrow = NarrowLookup(lookup.table, bits, groups).eval()
        write(name, narrow, example)
        tell("lookup", name, lookup.table.weight.detach(), narrow.dequantised)
    (HERE / "errors.txt").write_text("\n".join(LINES) + "\n")


main()

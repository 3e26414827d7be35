"""Programs of many XNNPACK delegates with operators between them, which become one graph: attention, images, state,
shared memory, dynamic sizes, dynamically quantised weights. python export_merged.py (see export_chains.py).
"""

import warnings

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.devtools import BundledProgram
from executorch.devtools.bundled_program.config import MethodTestSuite
from executorch.devtools.bundled_program.serialize import serialize_from_bundled_program_to_flatbuffer
from executorch.exir import EdgeCompileConfig, to_edge_transform_and_lower
from torch import nn

from export_chains import F, Tokens, settle, values
from export_execution import DIM, FOLDER, case


class Layers(nn.Module):
    """Two layers of a transformer: a layer norm between any two graphs."""

    def __init__(self):
        super().__init__()
        self.first = Tokens()
        self.second = Tokens()

    def forward(self, x, mask):
        x, _ = self.first(x, mask)
        return self.second(x * 0.5, mask)[0]


class Patches(nn.Module):
    """Images whose operators leave and enter graphs in either layout."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, padding=1)
        self.second = nn.Conv2d(6, 4, 1)
        self.mix = nn.Linear(5, 5)

    def forward(self, x):
        y = self.first(x)
        z = torch.relu(self.second(y.mul(0.5)))
        rows = z.select(2, 1).unsqueeze(2)
        return z + rows.expand(z.shape), self.mix(z.select(1, 0)).unsqueeze(0), y.select(0, 0)


class Memory(nn.Module):
    """A buffer that is read before, between and after graphs, and written in their midst."""

    def __init__(self):
        super().__init__()
        self.register_buffer("memory", torch.zeros(2, 4))
        self.mix = nn.Linear(4, 4)

    def forward(self, x):
        before = torch.relu(self.mix(self.memory)).select(0, 0)
        after = torch.relu(self.mix(x) + self.memory)
        self.memory.copy_(after)
        return before + x, self.mix(self.memory).select(1, 1) * 2


class Shared(nn.Module):
    """Values in the memory of others, between graphs."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(6, 6)

    def forward(self, x):
        for _ in range(3):
            x = (self.mix(x).unsqueeze(0).mul(0.5) + x).squeeze(0)
        return x.select(0, 1), self.mix(x).select(1, 0)


class Rows(nn.Module):
    """Rows of any number."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(8, 8)
        self.gate = nn.Linear(8, 8)

    def forward(self, x):
        y = self.mix(x)
        scaled = y * torch.rsqrt((y * y).mean(-1, keepdim=True) + 1e-5)
        left, right = scaled[..., :4], scaled[..., 4:]
        turned = torch.cat([-right, left], -1)
        return (torch.sigmoid(self.gate(turned)) * x).unsqueeze(0)


def bundle(name, programs, cases):
    edge = to_edge_transform_and_lower(programs, partitioner=[XnnpackPartitioner()],
                                       compile_config=EdgeCompileConfig(_check_ir_validity=False))
    program = edge.to_executorch()
    suites = [MethodTestSuite(method, each) for method, each in sorted(cases.items())]
    data = serialize_from_bundled_program_to_flatbuffer(BundledProgram(program, suites))
    (FOLDER / f"{name}.bpte").write_bytes(data)
    print(f"{name}.bpte: {len(data)} bytes")


def main():
    warnings.simplefilter("ignore")
    (tokens,) = values("tokens", (1, 5, 8))
    mask = torch.triu(torch.full((5, 5), float("-inf")), 1)
    closed = mask.clone()
    closed[2] = float("-inf")
    (image,) = values("patches", (2, 3, 4, 5))
    (state,) = values("memory", (2, 4))
    modules = {name: settle(module, name) for name, module in {
        "layers": Layers(), "patches": Patches(), "patches_channels_last": Patches(), "memory": Memory(), "shared": Shared(),
        "rows": Rows()}.items()}
    last = image.to(memory_format=torch.channels_last)
    inputs = {"layers": [[tokens, mask], [tokens, closed]], "patches": [[image]], "patches_channels_last": [[last]],
              "memory": [[state]], "shared": [values("shared rows", (3, 6))],
              "rows": [values("rows", (rows, 8)) for rows in (3, 1, 7, 3)]}
    rows = DIM("rows", min=1, max=7)
    programs = {name: torch.export.export(module, tuple(inputs[name][0]), strict=False,
                                          dynamic_shapes=({0: rows},) if name == "rows" else None)
                for name, module in modules.items()}
    cases = {name: [case(modules[name], *each) for each in inputs[name]] for name in modules if name != "memory"}
    cases["memory"] = [case(settle(Memory(), "memory"), state)]
    bundle("merged", programs, cases)


if __name__ == "__main__":
    main()

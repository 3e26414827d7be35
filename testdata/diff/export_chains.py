"""Chains of operators inside one XNNPACK delegate, edited in one way each, for the tests of 'ptetool diff'.

    pip install torch==2.13.0 executorch==1.4.1
    python testdata/diff/export_chains.py        writes beside itself

chain     16 residual blocks; chain_node: one operator more; chain_blocks: two blocks more; chain_moved: one operator
          at another place; chain_slope: one attribute that is another number
"""
import pathlib

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.exir import to_edge_transform_and_lower
from torch import nn

HERE = pathlib.Path(__file__).parent


class Block(nn.Module):
    def __init__(self, seed, slope=0.1):
        super().__init__()
        torch.manual_seed(seed)
        self.up = nn.Linear(8, 12)
        self.down = nn.Linear(12, 8)
        self.slope = slope

    def forward(self, x):
        return x + self.down(torch.sigmoid(nn.functional.leaky_relu(self.up(x), self.slope)))


class Turn(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def blocks(**more):
    return [Block(seed, more.get(f"slope{seed}", 0.1)) for seed in range(16)]


def write(name, layers):
    program = torch.export.export(nn.Sequential(*layers).eval(), (torch.randn(2, 8),))
    done = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()]).to_executorch()
    with open(HERE / f"{name}.pte", "wb") as file:
        done.write_to_file(file)


def main():
    tanh = Turn(torch.tanh)
    base = blocks()
    write("chain", base[:3] + [tanh] + base[3:])
    write("chain_node", base[:3] + [tanh] + base[3:9] + [Turn(torch.abs)] + base[9:])
    write("chain_blocks", base[:3] + [tanh] + base[3:5] + [Block(40)] + base[5:12] + [Block(41)] + base[12:])
    write("chain_moved", base[:11] + [tanh] + base[11:])
    sloped = blocks(slope7=0.3)
    write("chain_slope", sloped[:3] + [tanh] + sloped[3:])


main()

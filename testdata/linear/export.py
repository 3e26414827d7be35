"""Makes the files of this folder: one linear layer, program and weights apart, for both backends.

    python export.py [FOLDER]      (torch 2.13.0, executorch 1.4.1; default folder: that of this script)

linear.pte           calls aten operators; its weights are found in linear.ptd by name
linear_xnnpack.pte   one XNNPACK delegate; its weights are found in linear_xnnpack.ptd by content
input.npy            float32 [3]
expected.npy         float32 [3], what PyTorch computes from input.npy
"""

import pathlib
import sys

import numpy
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.exir import ExecutorchBackendConfig, to_edge, to_edge_transform_and_lower
from executorch.exir.passes.external_constants_pass import delegate_external_constants_pass_unlifted

SEED = 20260814
FEATURES = 3


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(FEATURES, FEATURES)

    def forward(self, x):
        return self.linear(x)


def save(folder, name, program):
    """Writes NAME.pte, and NAME.ptd whatever the exporter calls the data."""
    with open(folder / f"{name}.pte", "wb") as file:
        program.write_to_file(file)
    (only,) = program._tensor_data.values()
    with open(folder / f"{name}.ptd", "wb") as file:
        only.write_to_file(file)


def portable(net, example):
    edge = to_edge(torch.export.export(net, example))
    return edge.to_executorch(ExecutorchBackendConfig(external_constants=True))


def xnnpack(net, example, tag):
    graph = torch.export.export(net, example).module()
    delegate_external_constants_pass_unlifted(graph, gen_tag_fn=lambda node: tag)
    exported = torch.export.export(graph, example)
    return to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()]).to_executorch()


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
    torch.manual_seed(SEED)
    net = Net().eval()
    x = torch.randn(FEATURES)
    numpy.save(folder / "input.npy", x.numpy())
    numpy.save(folder / "expected.npy", net(x).detach().numpy())
    save(folder, "linear", portable(net, (x,)))
    save(folder, "linear_xnnpack", xnnpack(net, (x,), "linear_xnnpack"))


if __name__ == "__main__":
    main()

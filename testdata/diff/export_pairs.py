"""Programs that differ in one way each from a first one, for the tests of 'ptetool diff'.

    python testdata/diff/export_pairs.py        writes beside itself

base       a small network
retrained  the same with one weight changed a little
inserted   one operator more in the middle
narrow     the same with a smaller input and another constant method
xnnpack    base, delegated; xnnpack_inserted: inserted, delegated
quantised  base, its linear layers quantised to 8 bits per channel (dynamic), delegated
half       base in float16
apart      base with its weights in a data file (apart.ptd)
"""
import pathlib

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
    XNNPACKQuantizer,
    get_symmetric_quantization_config,
)
from executorch.exir import ExecutorchBackendConfig, to_edge_transform_and_lower
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

HERE = pathlib.Path(__file__).parent


class Net(torch.nn.Module):
    def __init__(self, inserted=False):
        super().__init__()
        torch.manual_seed(7)
        self.first = torch.nn.Linear(16, 32)
        self.second = torch.nn.Linear(32, 32)
        self.last = torch.nn.Linear(32, 8)
        self.inserted = inserted

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = self.second(x)
        if self.inserted:
            x = torch.tanh(x)
        return self.last(torch.relu(x))


def write(name, net, rows=4, partitioner=None, quantise=False, methods=None, external=False):
    dtype = next(net.parameters()).dtype
    example = (torch.linspace(-1, 1, rows * 16).reshape(rows, 16).to(dtype),)
    net.eval()
    program = torch.export.export(net, example)
    if quantise:
        quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True, is_dynamic=True))
        prepared = prepare_pt2e(program.module(), quantizer)
        prepared(*example)
        program = torch.export.export(convert_pt2e(prepared), example)
    edge = to_edge_transform_and_lower(program, partitioner=partitioner, constant_methods=methods)
    done = edge.to_executorch(ExecutorchBackendConfig(external_constants=external))
    with open(HERE / f"{name}.pte", "wb") as file:
        done.write_to_file(file)
    if external:
        done.write_tensor_data_to_file(str(HERE))
        (HERE / "_default_external_constant.ptd").rename(HERE / f"{name}.ptd")


def main():
    delegated = [XnnpackPartitioner()]
    methods = {"get_version": 3, "get_name": 5.5}
    write("base", Net(), methods=methods)
    retrained = Net()
    with torch.no_grad():
        retrained.second.weight[3, 5] += 0.25
    write("retrained", retrained, methods=methods)
    write("inserted", Net(inserted=True), methods=methods)
    write("narrow", Net(), rows=2, methods={"get_version": 4})
    write("xnnpack", Net(), partitioner=delegated)
    write("xnnpack_inserted", Net(inserted=True), partitioner=delegated)
    write("quantised", Net(), partitioner=delegated, quantise=True)
    write("half", Net().half(), methods=methods)
    write("apart", Net(), methods=methods, external=True)


main()

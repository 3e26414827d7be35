"""Exports the tests of ExecuTorch's backend suite as bundled programs, without running them. A plugin of pytest:

    SWEEP_FOLDER=/tmp/suite python -m pytest --noconftest -p sweep_suite --pyargs executorch.backends.test.suite.operators

with PYTHONPATH naming this folder. SWEEP_XNNPACK=1 delegates to XNNPACK what it takes. sweep_report.py runs what was
written and counts. A test whose module PyTorch itself refuses, or the exporter, is skipped with the reason.
"""

import os
import pathlib
import re
import unittest
import warnings

import pytest
import torch
from torch.utils import _pytree as pytree

from export_operators import (BundledProgram, EdgeCompileConfig, MethodTestCase, MethodTestSuite, seed_of,
                              serialize_from_bundled_program_to_flatbuffer)
from executorch.exir import to_edge_transform_and_lower

unittest.skip = lambda reason: lambda test: test  # backends may get NaN wrong, and activations in place: not here
FOLDER = pathlib.Path(os.environ["SWEEP_FOLDER"])
FOLDER.mkdir(exist_ok=True)


def partitioners():
    if not os.environ.get("SWEEP_XNNPACK"):
        return []
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    return [XnnpackPartitioner()]


def like(tensor, generator):
    """Other values, of the same kind and within the same bounds."""
    if tensor.dtype.is_floating_point:
        return torch.randn(tensor.shape, generator=generator).to(tensor.dtype)
    if tensor.dtype == torch.bool:
        return torch.randint(0, 2, tensor.shape, generator=generator).to(torch.bool)
    if not tensor.numel():
        return tensor.clone()
    return torch.randint(int(tensor.min()), int(tensor.max()) + 1, tensor.shape, generator=generator).to(tensor.dtype)


def case(model, inputs):
    results = pytree.tree_leaves(model(*pytree.tree_map(lambda x: x.clone() if isinstance(x, torch.Tensor) else x, inputs)))
    return MethodTestCase(inputs=pytree.tree_leaves(inputs), expected_outputs=[r.detach() for r in results if isinstance(r, torch.Tensor)])


class Exporter:
    def __init__(self, name):
        self._flow = self
        self._name, self._count = name, 0
        self.name, self.backend, self.quantize = "portable", "portable", False  # what tests ask of a flow

    def lower_and_run_model(self, model, inputs, generate_random_test_inputs=True, dynamic_shapes=None, **_):
        generator = seed_of(self._name)
        torch.manual_seed(generator.initial_seed())
        model = model.eval()
        path = FOLDER / f"{re.sub('[^A-Za-z0-9_.-]+', '.', self._name)}.{self._count}.bpte"
        self._count += 1
        if path.exists():
            return
        try:
            sets = [inputs]
            if generate_random_test_inputs:
                sets += [pytree.tree_map(lambda x: like(x, generator) if isinstance(x, torch.Tensor) else x, inputs) for _ in range(2)]
            if dynamic_shapes:
                sets.append(tuple(torch.randn(1, 3, 160, 192) if x.shape == (1, 3, 224, 224) else x for x in inputs))
            cases = [case(model, each) for each in sets]
            exported = torch.export.export(model, inputs, dynamic_shapes=dynamic_shapes, strict=False)
            edge = to_edge_transform_and_lower(exported, partitioner=partitioners(), compile_config=EdgeCompileConfig(_check_ir_validity=False))
            data = serialize_from_bundled_program_to_flatbuffer(BundledProgram(edge.to_executorch(), [MethodTestSuite("forward", cases)]))
        except Exception as error:
            with open(FOLDER / "left_out.tsv", "a") as log:
                log.write(f"{path.stem}\t{type(error).__name__}\t{(str(error).splitlines() or [''])[0][:200]}\n")
            pytest.skip(str(error)[:200])
        path.write_bytes(data)


@pytest.fixture
def test_runner(request):
    warnings.simplefilter("ignore")
    return Exporter(f"{pathlib.Path(request.path).stem}.{request.node.name}")

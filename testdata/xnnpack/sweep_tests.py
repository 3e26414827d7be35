"""Exports the tests of ExecuTorch's XNNPACK backend, and those for all backends quantised for XNNPACK, as bundled programs, without
running them. A plugin of pytest:

    SWEEP_FOLDER=/tmp/tests python -m pytest --noconftest -p sweep_tests -o python_files='*.py' EXECUTORCH/backends/xnnpack/test/ops [models ...]
    SWEEP_FOLDER=/tmp/tests python -m pytest --noconftest -p sweep_tests EXECUTORCH/backends/test/suite/operators [models]

with PYTHONPATH naming this folder. ../operators/sweep_report.py runs what was written and counts. The answers are those of
the exported module (quantised, where the test quantises), the tolerances those of the test, in <name>.tolerances; the tests for
all backends have none of their own, and may be one quantisation step off. What is quantised dynamically is not what PyTorch
answers: there ExecuTorch's own runtime is to be asked. Weights that a test would fetch stay random.
"""

import os
import pathlib
import random
import re
import sys
import unittest
import warnings

import pytest
import torch

warnings.simplefilter("ignore")
unittest.skip = lambda reason: lambda test: test
FOLDER = pathlib.Path(os.environ["SWEEP_FOLDER"])
FOLDER.mkdir(exist_ok=True)

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "models"))

from sweep_models import torchvision_models

from executorch.backends.test.harness import Tester
from executorch.backends.test.harness.stages import StageType
from executorch.backends.test.suite.flow import all_flows
from executorch.devtools import BundledProgram
from executorch.devtools.bundled_program.config import MethodTestCase, MethodTestSuite
from executorch.devtools.bundled_program.serialize import serialize_from_bundled_program_to_flatbuffer
from torch.utils import _pytree as pytree

torchvision_models()
from torchvision.models._api import WeightsEnum

WeightsEnum.get_state_dict = lambda *_, **__: None
load_state_dict = torch.nn.Module.load_state_dict
torch.nn.Module.load_state_dict = lambda self, state, *args, **more: load_state_dict(self, state, *args, **more) if state is not None else None
current = {"name": "?", "count": 0}


def tensors(value):
    return [x for x in pytree.tree_leaves(value) if isinstance(x, torch.Tensor)]


def keep(self, stage=None, inputs=None, num_runs=1, atol=1e-3, rtol=1e-3, qtol=0, **_):
    """Instead of run_method_and_compare_outputs: the program with its inputs and the reference's answers."""
    path = FOLDER / f"{current['name']}.{current['count']}.bpte"
    current["count"] += 1
    if path.exists():
        return self
    cases, scale = [], None
    for _ in range(1 if inputs is not None else min(num_runs, 2)):
        given = inputs if inputs is not None else next(self.generate_random_inputs())
        expected, scale = self._calculate_reference_output(self.stages[StageType.EXPORT].artifact, given)
        cases.append(MethodTestCase(inputs=pytree.tree_leaves(given), expected_outputs=[t.detach().clone() for t in tensors(expected)]))
    program = self.stages[StageType.TO_EXECUTORCH].artifact
    path.write_bytes(serialize_from_bundled_program_to_flatbuffer(BundledProgram(program, [MethodTestSuite("forward", cases)])))
    path.with_suffix(".tolerances").write_text(f"{rtol} {atol + (scale or 0) * qtol}\n")
    return self


Tester.run_method_and_compare_outputs = keep
Tester._compare_outputs = staticmethod(lambda *a, **k: None)


@pytest.fixture(autouse=True)
def named(request):
    current.update(name=re.sub("[^A-Za-z0-9_.-]+", ".", f"{pathlib.Path(request.path).stem}.{request.node.name}"), count=0)
    random.seed(0)
    torch.manual_seed(0)
    yield


class Runner:
    """What the tests for all backends are given: the steps of backends/test/suite/runner.py, whatever portable kernels ExecuTorch lacks."""

    def __init__(self, flow):
        self._flow = flow  # the name that tests ask it by

    def lower_and_run_model(self, model, inputs, generate_random_test_inputs=True, dynamic_shapes=None):
        tester = self._flow.tester_factory(model, inputs)
        tester.quantize(self._flow.quantize_stage_factory())
        tester.export(tester._get_default_stage(StageType.EXPORT, dynamic_shapes=dynamic_shapes))
        tester.to_edge_transform_and_lower()
        module = tester.get_artifact().exported_program().graph_module
        if not any("executorch_call_delegate" in str(n.target) for n in module.graph.nodes):
            pytest.skip("nothing is delegated")
        keep(tester.to_executorch(), inputs=None if generate_random_test_inputs else inputs, qtol=1)


FLOWS = [flow for flow in all_flows().values() if flow.backend == "xnnpack" and flow.quantize]  # ../operators/sweep_suite.py has the others


@pytest.fixture(params=FLOWS, ids=str)
def test_runner(request):
    return Runner(request.param)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        with open(FOLDER / "left_out.tsv", "a") as log:
            log.write(f"{item.nodeid.split('/')[-1]}\t{call.excinfo.typename}\t{(str(call.excinfo.value).splitlines() or [''])[0][:200]}\n")

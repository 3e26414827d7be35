"""Exports the samples of PyTorch's operator database (torch.testing's OpInfo) as bundled programs, one per operator and
dtype: python sweep_opinfo.py FOLDER [--part I/N] [--samples N] [--dtypes f32,f16] [--only NAME,...]

The programs are too many to be kept here; sweep_report.py runs them and counts. What the exporter refuses is written to
FOLDER/left_out.tsv with its reason. Files that are there already are not made again.
"""

import argparse
import pathlib
import warnings

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils import _pytree as pytree

from export_operators import (SHORT, BundledProgram, EdgeCompileConfig, MethodTestCase, MethodTestSuite, seed_of,
                              serialize_from_bundled_program_to_flatbuffer, to_edge)

DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.complex64, torch.float64, torch.int8, torch.uint8,
          torch.int32, torch.int16]
MOST_ELEMENTS = 200_000  # of one sample


def plain_copy(tensor):
    return tensor.detach().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)


class Samples(torch.nn.Module):
    """Several calls of one operator; `calls` holds (structure of the arguments, which leaves are tensors' numbers)."""

    def __init__(self, operator, calls):
        super().__init__()
        self.operator, self.calls = operator, calls

    def forward(self, *tensors):
        results, left = [], list(tensors)
        for leaves, structure in self.calls:
            filled = [left.pop(0) if leaf is Ellipsis else leaf for leaf in leaves]
            first, args, kwargs = pytree.tree_unflatten(filled, structure)
            results += [t for t in pytree.tree_leaves(self.operator(first, *args, **kwargs)) if isinstance(t, torch.Tensor)]
        return tuple(results)


def take(op, dtype, most):
    """[(call, its tensors)] of up to `most` samples, spread over all that there are."""
    torch.manual_seed(seed_of(op.name).initial_seed())
    usable = []
    for sample in op.sample_inputs("cpu", dtype, requires_grad=False):
        leaves, structure = pytree.tree_flatten((sample.input, tuple(sample.args), dict(sample.kwargs)))
        tensors = [plain_copy(leaf) for leaf in leaves if isinstance(leaf, torch.Tensor)]
        if any(t.is_sparse or t.numel() > MOST_ELEMENTS for t in tensors) or (not tensors and usable):
            continue
        usable.append((([Ellipsis if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves], structure), tensors))
    step = max(1.0, len(usable) / most)
    return [usable[int(i * step)] for i in range(min(most, len(usable)))]


def program_of(op, chosen):
    module = Samples(op.op, [call for call, _ in chosen])
    inputs = tuple(t for _, tensors in chosen for t in tensors)
    expected = [plain_copy(t) for t in module(*[t.clone() for t in inputs])]
    if not expected:
        raise ValueError("no tensor among the results")
    exported = torch.export.export(module, tuple(t.clone() for t in inputs), strict=False)
    program = to_edge(exported, compile_config=EdgeCompileConfig(_check_ir_validity=False)).to_executorch()
    suite = MethodTestSuite("forward", [MethodTestCase(inputs=inputs, expected_outputs=expected)])
    return serialize_from_bundled_program_to_flatbuffer(BundledProgram(program, [suite]))


def export_samples(op, dtype, most, path, leave_out):
    """One program of all samples, or one for each where together they cannot be exported."""
    try:
        chosen = take(op, dtype, most)
    except Exception as error:
        return leave_out(path.stem, error)
    if not chosen:
        return leave_out(path.stem, ValueError("no samples"))
    try:
        return path.write_bytes(program_of(op, chosen))
    except Exception as error:
        if len(chosen) == 1:
            return leave_out(path.stem, error)
    refused = 0
    for i, sample in enumerate(chosen):
        if refused == 3:  # then all will be
            break
        try:
            path.with_name(f"{path.stem}.{i}.bpte").write_bytes(program_of(op, [sample]))
        except Exception as error:
            refused += 1
            leave_out(f"{path.stem}.{i}", error)


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--dtypes", default="f32,f16,bf16,i64,b8,c64")
    parser.add_argument("--only")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    part, parts = map(int, options.part.split("/"))
    dtypes = [d for d in DTYPES if SHORT[d] in options.dtypes.split(",")]
    with open(options.folder / "left_out.tsv", "a") as log:
        def leave_out(name, error):
            text = (str(error).splitlines() or [""])[0][:200]
            log.write(f"{name}\t{type(error).__name__}\t{text}\n")
            log.flush()

        for number, op in enumerate(op_db):
            if number * parts // len(op_db) != part or (options.only and op.name not in options.only.split(",")):
                continue
            name = (op.name + ("~" + op.variant_test_name if op.variant_test_name else "")).replace(".", "_")
            for dtype in dtypes:
                path = options.folder / f"{name}.{SHORT[dtype]}.bpte"
                if dtype in op.supported_dtypes("cpu") and not path.exists():
                    export_samples(op, dtype, options.samples, path, leave_out)
            print(number, name, flush=True)


if __name__ == "__main__":
    main()

"""The calls of single operators that eager PyTorch makes while it computes the samples of its operator database, each as
a bundled program: python sweep_calls.py FOLDER [--part I/N] [--samples N] [--dtypes f32,f16] [--calls N] [--backward] [--reference]
[--channels-last] [--only NAME,...]

No exporter is asked: a program is one kernel call, written directly. So this is a hundred times quicker than
sweep_opinfo.py, and sees operators before they are decomposed. sweep_report.py runs the programs and counts. Views are
their copies, operators in place their functional forms; operators without an out variant, of random results and of
uninitialised ones are left out. Eager's answer in float64 lies beside each program: eager may round on the way, and whoever
is as near to that answer, element by element, is as right.
"""

import argparse
import pathlib
import warnings
from collections import Counter

import numpy
import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from export_operators import SHORT, seed_of
from written_calls import call_of, dense, write_bundle

DTYPES = {SHORT[d]: d for d in SHORT}
MOST_ELEMENTS = 20_000  # of one tensor
UNSET = ("empty", "new_empty", "resize", "_empty", "rand", "_foobar", "lift", "_reshape_alias")  # what such operators answer is not told


def functional(func):
    """The operator that a program names for a call of `func`, without views and mutation."""
    name, overload = func._schema.name.removeprefix("aten::"), func._overloadname
    if func.namespace != "aten" or torch.Tag.nondeterministic_seeded in func.tags or name.startswith(UNSET):
        return None
    if func._schema.is_mutable:
        packet = getattr(torch.ops.aten, name.removesuffix("_"), None)
        return getattr(packet, overload, None) if name.endswith("_") and packet else None
    if any(a.alias_info for a in func._schema.arguments):
        packet = getattr(torch.ops.aten, name + "_copy", None)
        return getattr(packet, overload, None) if packet else None
    return func


class Recorder(TorchDispatchMode):
    """Keeps calls for later: below the dispatcher's upper keys, as here, views that conjugate are not seen as such."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        op = functional(func)
        if op is not None:
            leaves, structure = pytree.tree_flatten((tuple(args), dict(kwargs or {})))
            tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
            if tensors and all(type(t) is torch.Tensor and t.layout == torch.strided and t.numel() <= MOST_ELEMENTS for t in tensors):
                self.calls.append((op, pytree.tree_unflatten([dense(leaf) if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves], structure)))
        return func(*args, **(kwargs or {}))


WIDER = {torch.float16: torch.float64, torch.bfloat16: torch.float64, torch.float32: torch.float64, torch.complex64: torch.complex128}


def write_exact(path, op, args, kwargs, results):
    """Beside the program: what eager answers, and what it answers when all that it is given has float64's digits."""
    def wide(x):
        return x.to(WIDER[x.dtype]) if isinstance(x, torch.Tensor) and x.dtype in WIDER else WIDER.get(x, x) if isinstance(x, torch.dtype) else x

    if not any(t.dtype in WIDER for t in results):
        return
    try:
        answer = op(*pytree.tree_map(wide, args), **pytree.tree_map(wide, kwargs))
    except Exception:  # another dtype, another operator
        return
    answers = [dense(t) for t in pytree.tree_leaves(answer) if isinstance(t, torch.Tensor)]
    if [t.shape for t in answers] == [t.shape for t in results]:
        named = {f"{kind}_{i}_{SHORT[like.dtype]}": wide(t).contiguous().numpy() for kind, tensors in (("eager", results), ("exact", answers))
                 for i, (t, like) in enumerate(zip(tensors, results)) if like.dtype in SHORT}
        numpy.savez(path.with_suffix(".npz"), **named)


def walk_back(answer, given):
    """Asks for the gradients of what was given."""
    results = [t for t in pytree.tree_leaves(answer) if isinstance(t, torch.Tensor) and t.requires_grad]
    leaves = [t for t in pytree.tree_leaves(given) if isinstance(t, torch.Tensor) and t.requires_grad]
    if results and leaves:
        torch.autograd.grad(results, leaves, [torch.randn_like(t) for t in results], allow_unused=True)


def channels_last(x):
    if isinstance(x, torch.Tensor) and x.dim() in (4, 5):
        return x.contiguous(memory_format=torch.channels_last if x.dim() == 4 else torch.channels_last_3d)
    return x


def signature(args, kwargs):
    leaves, _ = pytree.tree_flatten((args, kwargs))
    return tuple((t.dtype, tuple(t.shape), t.stride()) if isinstance(t, torch.Tensor) else repr(t) for t in leaves)


def dtypes_of(args, kwargs):
    return "-".join(dict.fromkeys(SHORT.get(t.dtype, str(t.dtype)[6:]) for t in pytree.tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)))


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--calls", type=int, default=4, help="of one operator with the same dtypes")
    parser.add_argument("--dtypes", default=",".join(DTYPES))
    parser.add_argument("--backward", action="store_true", help="the calls of autograd, too")
    parser.add_argument("--reference", action="store_true", help="the samples for comparisons with references: more values, dtypes and layouts")
    parser.add_argument("--channels-last", action="store_true", help="of pictures only, given with channels last")
    parser.add_argument("--only")
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    part, parts = map(int, options.part.split("/"))
    seen, counts, left_out = set(), Counter(), Counter()

    def take(op, call):
        args, kwargs = pytree.tree_map(channels_last, call) if options.channels_last else call
        if options.channels_last and not any(isinstance(t, torch.Tensor) and not t.is_contiguous() for t in pytree.tree_leaves((args, kwargs))):
            return
        key = (op, dtypes_of(args, kwargs))
        if counts[key] == options.calls or (op, signature(args, kwargs)) in seen:
            return
        seen.add((op, signature(args, kwargs)))
        path = options.folder / f"{str(op).removeprefix('aten.')}~{key[1]}.{part}.{counts[key]}.bpte"
        try:
            plan, inputs, results = call_of("forward", op, args, kwargs)
            write_bundle(path, [(plan, inputs, results)])
            write_exact(path, op, args, kwargs, results)
        except Exception as error:
            left_out[f"{op}\t{type(error).__name__}\t{(str(error).splitlines() or [''])[0][:150]}"] += 1
            return
        counts[key] += 1

    for number, op in enumerate(op_db):
        if number * parts // len(op_db) != part or (options.only and op.name not in options.only.split(",")):
            continue
        for dtype in (DTYPES[d] for d in options.dtypes.split(",")):
            if dtype not in op.supported_dtypes("cpu") or (options.backward and dtype not in op.supported_backward_dtypes("cpu")):
                continue
            torch.manual_seed(seed_of(op.name).initial_seed())
            try:
                make_samples = op.reference_inputs if options.reference else op.sample_inputs
                samples = list(make_samples("cpu", dtype, requires_grad=options.backward))
            except Exception as error:
                left_out[f"{op.name} samples\t{type(error).__name__}\t{str(error)[:100]}"] += 1
                continue
            step = max(1.0, len(samples) / options.samples)
            for sample in samples[:: int(step)][: options.samples]:
                recorder = Recorder()
                try:
                    with torch.set_grad_enabled(options.backward), recorder:
                        answer = op.op(sample.input, *sample.args, **sample.kwargs)
                        if options.backward:
                            walk_back(answer, (sample.input, sample.args, sample.kwargs))
                except Exception as error:
                    left_out[f"{op.name} {SHORT[dtype]}\t{type(error).__name__}\t{(str(error).splitlines() or [''])[0][:150]}"] += 1
                for call in recorder.calls:
                    take(*call)
        print(number, op.name, sum(counts.values()), flush=True)
    with open(options.folder / "left_out.tsv", "a") as log:
        log.writelines(f"{count}\t{line}\n" for line, count in left_out.items())


if __name__ == "__main__":
    main()

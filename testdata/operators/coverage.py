"""Which of PyTorch's operators have a kernel: python coverage.py [--all]

Reads the rows of lib/ops, and asks the oracle (torch, executorch) for every functional ATen operator: is it core, does
to_edge() decompose it unless told to preserve it, which out variant would a program name. Prints the core ones without
a kernel and why, with --all the others as well; fails where a row's schema is not PyTorch's, or a core operator without
a kernel is not explained below.
"""

import pathlib
import re
import sys
import warnings

import torch
from executorch.exir.operator.convert import to_out_variant
from torch._decomp import core_aten_decompositions

# Core operators that no program can name.
EXPLAINED = {
    "aten::_local_scalar_dense": "a prim of the runtime",
    "aten::sym_is_contiguous": "answered while exporting",
    "aten::sym_numel": "a prim of the runtime",
    "aten::sym_size.int": "a prim of the runtime (sym_size.int)",
    "aten::sym_storage_offset": "answered while exporting",
    "aten::sym_stride.int": "answered while exporting",
}
# Out variants that torch does not name after the functional operator.
NAMED = {"aten::pow.Tensor_Tensor": "aten::pow.Tensor_Tensor_out", "aten::pow.Tensor_Scalar": "aten::pow.Tensor_Scalar_out",
         "aten::pow.Scalar": "aten::pow.Scalar_out"}


def with_macros(text):
    """The text and the rows of its macros whose first argument is a part of the operators' names."""
    for macro, body in re.findall(r"#define (\w+)\(name, .*?\)((?:.*\\\n)*.*\n)", text):
        for name in re.findall(macro + r'\("(\w+)"', text):
            text += body.replace("\\\n", "\n").replace('" name "', name)
    return text


def rows():
    """{name: (schema, has a kernel)}"""
    found = {}
    folder = pathlib.Path(__file__).parents[2] / "lib" / "ops"
    for path in folder.glob("*.cc"):
        text = with_macros(re.sub(r'"\s*\n\s*"', "", path.read_text()))
        for schema in re.findall(r'\{\s*"([a-z_]\w*::(?:[^"\\]|\\.)*)"', text):
            found[schema.split("(")[0]] = (schema.replace('\\"', '"'), path.stem != "declared")
    return found


def out_variant(op):
    name = op.name()
    if name in NAMED:
        return NAMED[name]
    try:
        found = to_out_variant(op)
    except Exception:  # there is none
        return None
    schema = (found[0] if isinstance(found, tuple) else found)._schema
    return schema.name + ("." + schema.overload_name if schema.overload_name else "")


def functional_operators():
    for packet in dir(torch.ops.aten):
        operators = getattr(torch.ops.aten, packet)
        for overload in operators.overloads() if hasattr(operators, "overloads") else []:
            op = getattr(operators, overload)
            try:
                composite = torch._C._dispatch_has_kernel_for_dispatch_key(op.name(), "CompositeImplicitAutograd")
            except RuntimeError:  # of TorchScript only
                continue
            if not op._schema.is_mutable:
                yield op, composite


def plain(schema):
    return re.sub(r"\s|'|\"|\([a-z]!\)|\[\d\]", "", schema).replace("[]", "")


def schemas_differ(table):
    for name, (schema, _) in table.items():
        namespace, _, rest = name.partition("::")
        if namespace == "executorch_prim":  # whose values have any kind
            continue
        packet, _, overload = rest.partition(".")
        try:
            op = getattr(getattr(getattr(torch.ops, namespace), packet), overload or "default")
        except AttributeError:  # not PyTorch's
            continue
        theirs, ours = (s.split("->")[0] for s in (str(op._schema), schema))
        arguments = [a.name for a in op._schema.arguments]
        mine = re.findall(r"(\w+)(?:=[^,]*)?(?=,|\)$)", ours.strip())
        if [a for a in mine if a in arguments] != arguments:
            yield name, theirs, ours


def main():
    warnings.simplefilter("ignore")
    table = rows()
    decomposed = core_aten_decompositions()
    wrong = list(schemas_differ(table))
    for name, theirs, ours in wrong:
        print(f"schema: {name}\n  PyTorch  {theirs}\n  ptetool  {ours}")
    unexplained = 0
    groups = {}
    for op, composite in functional_operators():
        core = torch.Tag.core in op.tags
        out = out_variant(op)
        if out in table and table[out][1]:
            continue
        if any(a.alias_info is not None for a in op._schema.arguments):
            reason = "a view: programs name its copy"
        elif op.name() in EXPLAINED:
            reason = EXPLAINED[op.name()]
        elif out is None:
            reason = "has no out variant"
        elif core:
            reason = "no kernel yet"
            unexplained += 1
        else:
            reason = "decomposed unless preserved" if op in decomposed or composite else "written as it is"
        groups.setdefault((not core, reason), []).append(out or op.name())
    for (other, reason), names in sorted(groups.items()):
        if other and "--all" not in sys.argv:
            continue
        print(f"{'other' if other else 'core'}, {reason} ({len(names)}):\n  {' '.join(sorted(set(names)))}")
    kernels = sum(has for _, has in table.values())
    print(f"{kernels} operators with a kernel, {len(table) - kernels} without; {unexplained} core ones to do")
    return 1 if wrong or unexplained else 0


if __name__ == "__main__":
    sys.exit(main())

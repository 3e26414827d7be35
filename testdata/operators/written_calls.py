"""Programs of single kernel calls, written without an exporter: for operators that it does not write, and for many calls
in little time. Used by sweep_calls.py and export_rare.py."""

import tempfile

import torch
from executorch.exir import schema as S
from executorch.exir._serialize._program import PTEFile, serialize_pte_binary
from executorch.exir.tensor import dim_order_from_stride, memory_format_enum, scalar_type_enum
from torch.utils import _pytree as pytree

from export_operators import BundledProgram, MethodTestCase, MethodTestSuite, serialize_from_bundled_program_to_flatbuffer


def dense(tensor):
    """The tensor with the same elements that a program can hold."""
    tensor = tensor.detach().resolve_conj().resolve_neg()
    last = tensor.dim() in (4, 5) and not tensor.is_contiguous() and tensor.is_contiguous(
        memory_format=torch.channels_last if tensor.dim() == 4 else torch.channels_last_3d)
    return tensor.clone(memory_format=torch.preserve_format if last else torch.contiguous_format)


class Plan:
    """An execution plan of one kernel call."""

    def __init__(self):
        self.values, self.inputs, self.size = [], [], 0

    def add(self, value):
        self.values.append(S.EValue(value))
        return len(self.values) - 1

    def tensor(self, tensor):
        allocation = S.AllocationDetails(memory_id=1, memory_offset_low=self.size, memory_offset_high=0)
        self.size += (tensor.numel() * tensor.element_size() + 15) // 16 * 16 or 16
        return self.add(S.Tensor(scalar_type_enum(tensor.dtype), 0, list(tensor.shape), list(dim_order_from_stride(tensor.stride())), False, 0, 0,
                                 allocation, S.TensorShapeDynamism.STATIC))

    def given(self, tensor, inputs):
        inputs.append(tensor)
        self.inputs.append(self.tensor(tensor))
        return self.inputs[-1]

    def argument(self, kind, value, inputs):
        """The place of a new value for an argument of this kind."""
        if value is None:
            return self.add(S.Null())
        if isinstance(value, torch.Tensor):
            return self.given(value, inputs)
        if kind == "Tensor":  # a number that eager takes for a tensor
            raise ValueError(f"no tensor: {type(value).__name__}")
        if isinstance(value, (list, tuple)):
            if any(v is None or isinstance(v, torch.Tensor) for v in value) or "Tensor" in kind:
                items = [-1 if v is None else self.given(v, inputs) for v in value]
                return self.add(S.OptionalTensorList(items) if "Optional[Tensor]" in kind else S.TensorList(items))
            if "bool" in kind:
                return self.add(S.BoolList([bool(v) for v in value]))
            if "float" in kind or any(isinstance(v, float) for v in value):
                return self.add(S.DoubleList([float(v) for v in value]))
            items = [self.add(S.Int(int(v))) for v in value]
            return self.add(S.IntList(items))
        if isinstance(value, bool):
            return self.add(S.Bool(value))
        if isinstance(value, torch.dtype):
            return self.add(S.Int(int(scalar_type_enum(value))))
        if isinstance(value, torch.memory_format):
            return self.add(S.Int(memory_format_enum(value)))
        if isinstance(value, str):
            return self.add(S.String(value))
        if isinstance(value, float) or "float" in kind:
            return self.add(S.Double(float(value)))
        if isinstance(value, int):
            return self.add(S.Int(value))
        raise ValueError(f"no value of a program: {type(value).__name__}")


def bound_arguments(schema, args, kwargs):
    """(kind, value) of each argument before the outs."""
    for i, argument in enumerate(a for a in schema.arguments if not a.is_out):
        default = argument.default_value if argument.has_default_value() else None
        value = kwargs.get(argument.name, args[i] if not argument.kwarg_only and i < len(args) else default)
        if isinstance(value, int) and not isinstance(value, bool) and "List[int]" in str(argument.type):
            value = [value] * (argument.N or 1)
        yield str(argument.type), value


def out_variant(op):
    def given(schema):
        return [(a.name, str(a.type)) for a in schema.arguments if not a.is_out]

    packet = getattr(torch.ops.aten, op._schema.name.removeprefix("aten::"))
    for overload in packet.overloads():
        schema = getattr(packet, overload)._schema
        if any(a.is_out for a in schema.arguments) and given(schema) == given(op._schema):
            return schema
    raise ValueError("there is no out variant")


def call_of(name, op, args, kwargs):
    """(execution plan, inputs, results) of one call: eager says what the results are."""
    copies = pytree.tree_map(lambda x: x.clone() if isinstance(x, torch.Tensor) else x, (args, kwargs))
    answer = op(*copies[0], **copies[1])
    schema = out_variant(op)
    results = [dense(t) for t in pytree.tree_leaves(answer) if isinstance(t, torch.Tensor)]
    outs = [a for a in schema.arguments if a.is_out]
    plan, inputs = Plan(), []
    call = [plan.argument(kind, value, inputs) for kind, value in bound_arguments(schema, args, kwargs)]
    places = [plan.tensor(t) for t in results]
    if len(outs) == 1 and "List" in str(outs[0].type):
        call += [plan.add(S.TensorList(places))] * 2
    elif len(outs) != len(results):
        raise ValueError("results that are no outs")
    else:
        call += places + [places[0] if len(places) == 1 else plan.add(S.TensorList(places))]
    chain = S.Chain([], [], [S.Instruction(S.KernelCall(0, call))], None)
    execution = S.ExecutionPlan(name, S.ContainerMetadata("", ""), plan.values, plan.inputs, places, [chain],
                                [S.Operator(schema.name, schema.overload_name)], [], [0, plan.size])
    return execution, inputs, results


def write_bundle(path, calls):
    """A bundled program of (execution plan, inputs, results, …), with a test case for each of several results."""
    program = S.Program(0, [plan for plan, *_ in calls], [S.Buffer(b"")], [], [], S.SubsegmentOffsets(0, []))
    suites = [MethodTestSuite(plan.name, [MethodTestCase(inputs=inputs, expected_outputs=each) for each in results]) for plan, inputs, *results in calls]
    with tempfile.NamedTemporaryFile(suffix=".pte") as file:
        file.write(bytes(serialize_pte_binary(PTEFile(program=program))))
        file.flush()
        path.write_bytes(serialize_from_bundled_program_to_flatbuffer(BundledProgram(None, suites, file.name)))

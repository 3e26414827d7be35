"""Programs of many kernel calls, written without an exporter: the core operators that a network comes to, as they are, with planned
memory that is used again. Thirty times quicker than exporting. Used by ../models/random_networks.py."""

import operator

import torch
from executorch.exir import schema as S
from executorch.exir._serialize._program import PTEFile, serialize_pte_binary
from executorch.exir.tensor import scalar_type_enum
from torch._decomp import core_aten_decompositions
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils import _pytree as pytree

from sweep_calls import functional
from written_calls import Plan, bound_arguments, out_variant


class WrittenNetwork(Plan):
    """An execution plan of many kernel calls; memory of values that are not read any more is used again."""

    def __init__(self):
        super().__init__()
        self.buffers, self.places, self.lives, self.calls, self.names = [S.Buffer(b"")], {}, {}, [], []

    def tensor(self, tensor, constant=False):
        place = self.add(S.Tensor(scalar_type_enum(tensor.dtype), 0, list(tensor.shape), list(range(tensor.dim())), False, 0, 0, None, S.TensorShapeDynamism.STATIC))
        self.places[id(tensor)] = place, tensor
        if constant:
            self.values[place].val.data_buffer_idx = len(self.buffers)
            self.buffers.append(S.Buffer(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()))
        else:
            self.lives[place] = [len(self.calls), len(self.calls), (tensor.nbytes + 15) // 16 * 16 or 16]
        return place

    def given(self, tensor, _):
        place = self.places[id(tensor)][0] if id(tensor) in self.places else self.tensor(tensor, True)
        if place in self.lives:
            self.lives[place][1] = len(self.calls)
        return place

    def computed(self, tensors):
        return any(self.places.get(id(t), (None,))[0] in self.lives for t in tensors)

    def call(self, op, args, kwargs, results):
        schema = out_variant(op)
        arguments = [(kind, torch.tensor(x) if kind == "Tensor" and isinstance(x, (int, float)) else x) for kind, x in bound_arguments(schema, args, kwargs)]
        call = [self.argument(kind, x, None) for kind, x in arguments]
        outs = [self.tensor(t) for t in results]
        listed = "List" in str(schema.arguments[-1].type)
        many = self.add(S.TensorList(outs)) if listed or len(outs) > 1 else outs[0]
        call += [many, many] if listed else [*outs, many]
        name = schema.name, schema.overload_name
        self.names += [name] if name not in self.names else []
        self.calls.append(S.Instruction(S.KernelCall(self.names.index(name), call)))

    def finish(self, outs):
        for place in [*self.inputs, *outs]:
            self.lives[place][place in outs] = len(self.calls) if place in outs else -1
        placed = []
        for place, (first, last, size) in sorted(self.lives.items(), key=lambda item: item[1][0]):
            offset = 0
            for start, end in sorted((o, o + s) for o, s, a, b in placed if first <= b and a <= last):
                if start - offset >= size:
                    break
                offset = max(offset, end)
            placed.append((offset, size, first, last))
            self.values[place].val.allocation_info = S.AllocationDetails(memory_id=1, memory_offset_low=offset, memory_offset_high=0)
        operators = [S.Operator(*name) for name in self.names]
        return S.ExecutionPlan("forward", S.ContainerMetadata("", ""), self.values, self.inputs, outs, [S.Chain([], [], self.calls, None)], operators, [],
                               [0, max(o + s for o, s, *_ in placed)])


def written(network, inputs):
    """The program's bytes: core operators in their out variants, views as copies, everything that is constant computed."""
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False):
        traced = make_fx(network, decomposition_table=core_aten_decompositions())(*inputs)
    plan, known, given = WrittenNetwork(), {}, iter(inputs)
    for node in traced.graph.nodes:
        if node.op == "placeholder":
            known[node] = next(given)
            plan.inputs.append(plan.tensor(known[node]))
        elif node.op == "get_attr":
            known[node] = operator.attrgetter(node.target)(traced)
        elif node.op == "output":
            outs = [plan.given(known[each], None) for each in node.args[0]]
        else:
            args, kwargs = pytree.tree_map(lambda x: known[x] if isinstance(x, torch.fx.Node) else x, (node.args, dict(node.kwargs)))
            if node.target is operator.getitem or node.target in (torch.ops.aten.detach.default, torch.ops.aten.alias.default):
                known[node] = args[0][args[1]] if len(args) > 1 else args[0]
                continue
            if node.target._schema.is_mutable:
                raise ValueError(f"{node.target} changes what it is given")
            answer = pytree.tree_map(lambda x: x.contiguous().clone() if isinstance(x, torch.Tensor) else x, node.target(*args, **kwargs))
            known[node] = answer
            if plan.computed(pytree.tree_leaves((args, kwargs))):
                kwargs = {name: x for name, x in kwargs.items() if not isinstance(x, (torch.layout, torch.device, torch.memory_format)) and name != "pin_memory"}
                plan.call(functional(node.target), args, kwargs, pytree.tree_leaves(answer))
    program = S.Program(0, [plan.finish(outs)], plan.buffers, [], [], S.SubsegmentOffsets(0, []))
    return bytes(serialize_pte_binary(PTEFile(program=program)))

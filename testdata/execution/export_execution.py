"""Programs about execution itself: control flow, several methods, mutable buffers, dynamic shapes, constant methods,
outputs that are inputs, constants or state. python export_execution.py [name ...] (see ../operators/export_operators.py).

stateful.pte is called several times in a row by tests/unit/method_test.cc; its results were checked against PyTorch here.
"""

import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "operators"))

import torch
from executorch.devtools import BundledProgram
from executorch.devtools.bundled_program.config import MethodTestCase, MethodTestSuite
from executorch.devtools.bundled_program.serialize import serialize_from_bundled_program_to_flatbuffer
from executorch.exir import EdgeCompileConfig, ExecutorchBackendConfig, to_edge
from executorch.exir.passes import MemoryPlanningPass
from executorch.exir.passes.init_mutable_pass import InitializedMutableBufferPass
from torch._higher_order_ops.map import map as map_
from torch._higher_order_ops.scan import scan

from export_operators import DIM, Input, Row, export_family, make, seed_of

FOLDER = pathlib.Path(__file__).parent
F32 = [torch.float32]


def plain(*shape):
    return Input(list(shape), special=False)


def whole(low, high, *shape):
    return Input(list(shape), dtype=torch.int64, low=low, high=high)


# --- Control flow

def cond(x):
    return torch.cond(x.sum() > 0, lambda t: t * 2, lambda t: t - 1, (x,))


def cond_pair(x, y):
    return torch.cond(x.sum() > y.sum(), lambda a, b: (a + b, a * b), lambda a, b: (a - b, b + 1), (x, y))


def cond_nested(x):
    def inner(t):
        return torch.cond(t.max() > 2, lambda u: u * 10, lambda u: u + 10, (t,))

    return torch.cond(x.sum() > 0, inner, lambda t: -t, (x,)) + 1


def cond_twice(x):
    y = torch.cond(x.sum() > 0, lambda t: t * 2, lambda t: t - 1, (x,))
    return torch.cond(y.min() > -3, lambda t: t + 0.5, lambda t: t * t, (y,))


def cond_flag(flag, x):
    return torch.cond(flag, lambda t: t.sin(), lambda t: t.cos(), (x,))


def cond_size(x):
    return torch.cond(x.shape[0] > 4, lambda t: t * 3, lambda t: t / 4, (x,))


def mapped(x, y):
    return map_(lambda row, other: row * 2 + other, x, y)


def mapped_matrix(x, w):
    return map_(lambda row, weight: torch.softmax(row @ weight, -1), x, w)


def mapped_twice(x, y):
    return map_(lambda row, other: row - other, map_(lambda row, other: row * other, x, y), y)


def mapped_cond(x, y):
    def body(row, other):
        return torch.cond(row.sum() > 0, lambda a, b: a + b, lambda a, b: a - b, (row, other))

    return map_(body, x, y)


def running_sum(x):
    return scan(lambda carry, row: (carry + row, carry * row), torch.zeros(3), x)


def recurrence(state, x, w):
    def step(carry, row):
        carry = torch.tanh(carry @ w + row)
        return carry, carry * 2

    return scan(step, state, x)


def scan_pair(a, b, x):
    def step(carry, row):
        first, second = carry
        return (second.clone(), first + row), first - second

    (first, second), outputs = scan(step, (a, b), x)
    return first, second, outputs


LENGTH = DIM("length", min=2, max=12)

CONTROL = [
    Row("cond", cond, [plain(5)], F32, dynamic=({0: LENGTH},), more=[[plain(n)] for n in (2, 3, 12)]),
    Row("cond_pair", cond_pair, [plain(4), plain(4)], F32, more=[[plain(4), plain(4)], [plain(4), plain(4)]]),
    Row("cond_nested", cond_nested, [plain(4)], F32, more=[[plain(4)]] * 5),
    Row("cond_twice", cond_twice, [plain(4)], F32, more=[[plain(4)]] * 4),
    Row("cond_flag", cond_flag, [Input([1], dtype=torch.bool), plain(4)], F32,
        more=[[Input([1], dtype=torch.bool), plain(4)]] * 3),
    Row("cond_size", cond_size, [plain(5)], F32, dynamic=({0: LENGTH},), more=[[plain(n)] for n in (2, 4, 12)]),
    Row("map", mapped, [plain(5, 3), plain(3)], F32),
    Row("map_one", mapped, [plain(1, 3), plain(3)], F32),
    Row("map_matrix", mapped_matrix, [plain(4, 2, 3), plain(3, 5)], F32),
    Row("map_twice", mapped_twice, [plain(4, 3), plain(3)], F32),
    Row("map_cond", mapped_cond, [plain(6, 3), plain(3)], F32),
    Row("map_dynamic", mapped, [plain(5, 3), plain(3)], F32, dynamic=({0: LENGTH}, {}),
        more=[[plain(2, 3), plain(3)], [plain(4, 3), plain(3)]]),  # the exporter's bound is the example
    Row("scan", running_sum, [plain(5, 3)], F32),
    Row("scan_recurrence", recurrence, [plain(2, 4), plain(6, 2, 4), plain(4, 4)], F32),
    Row("scan_pair", scan_pair, [plain(3), plain(3), plain(5, 3)], F32),
]

# --- Symbols

def sizes(x):
    n, m = x.shape
    return (x.reshape(-1), x.reshape(m, n) + n, x[1:], x.repeat(1, 2), x.sum(0) / n, torch.full([n + m], 1.5) * n,
            x.new_zeros(n * m) + n - m)


def from_values(x, k):
    n = k.item()
    torch._check(n >= 1)
    torch._check(n <= 6)
    return x[:n], torch.zeros(n) + n, x * n, x.sum() / n


def float_value(x, k):
    return x * k.item()


def rounding(x):
    n = x.shape[0]
    return (x + round(n / 2), x - n % 4, x * (n // 3), x * max(n, 5), x * min(n, 5), x + torch.sym_float(n),
            x + torch.sym_ite(n > 5, n, n * 2), x * torch.sym_max(n, 3))


SYMBOLS = [
    Row("sizes", sizes, [plain(5, 4)], F32, dynamic=({0: LENGTH, 1: DIM("width", min=2, max=6)},),
        more=[[plain(2, 2)], [plain(12, 6)], [plain(3, 6)]]),
    Row("from_values", from_values, [plain(6, 2), whole(1, 7)], F32, more=[[plain(6, 2), whole(1, 2)], [plain(6, 2), whole(6, 7)]]),
    Row("float_value", float_value, [plain(6), Input([], dtype=torch.float64, special=False)], F32),
    Row("rounding", rounding, [plain(7, 2)], F32, dynamic=({0: LENGTH},), more=[[plain(2, 2)], [plain(12, 2)], [plain(5, 2)]]),
    Row("two_dynamic", lambda a, b: (a @ b, torch.cat([a, a]), b.transpose(0, 1) * 2), [plain(3, 4), plain(4, 5)], F32,
        dynamic=({0: LENGTH, 1: DIM("inner", min=1, max=6)}, {0: DIM("inner", min=1, max=6), 1: DIM("right", min=1, max=6)}),
        more=[[plain(12, 6), plain(6, 6)], [plain(2, 1), plain(1, 1)]]),
]


# --- Outputs that alias

class Aliases(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("constant", torch.arange(4.0))
        self.weight = torch.nn.Parameter(torch.ones(2, 2))

    def forward(self, x, y):
        z = x + y
        return x, z, z, self.constant, z.view(-1), self.weight, y


class Structure(torch.nn.Module):
    def forward(self, x, pair, named):
        return {"sum": x + pair[0], "rest": [pair[1] * named["a"], named["b"]]}


class Counter(torch.nn.Module):
    """State of several kinds: replaced, added to, written at a position, initialised."""

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(1, dtype=torch.int64))
        self.register_buffer("total", torch.zeros(3))
        self.register_buffer("history", torch.zeros(4, 3))
        self.register_buffer("scale", torch.full([3], 2.0))

    def forward(self, x):
        self.total.add_(x)
        self.history.copy_(torch.cat([self.history[1:], x[None]]))
        self.count.add_(1)
        self.scale.mul_(2)
        return self.count + 0, self.total * 1, self.history + 0, self.scale + 0


class Transposed(torch.nn.Module):
    """Transposed constants that products read, and some that others read as well."""

    def __init__(self):
        super().__init__()
        generator = seed_of("transposed")
        for name, sizes in {"first": (5, 4), "second": (3, 6, 5), "third": (4, 6), "fourth": (2, 6)}.items():
            self.register_buffer(name, torch.randn(*sizes, generator=generator))
        self.linear = torch.nn.Linear(4, 7)
        with torch.no_grad():
            for parameter in self.linear.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator))

    def forward(self, x):
        y = x @ self.first.t()
        z = torch.bmm(y.expand(3, -1, -1), self.second.permute(0, -1, 1))
        kept, added = self.third.transpose(0, 1), self.fourth.t()
        return self.linear(x), z, z[0] @ kept, kept, z[1] @ added, added + 1


class Elided(torch.nn.Module):
    """Views, which the exporter elides as if the memory were contiguous: of channels-last tensors, of a transposed constant."""

    def __init__(self):
        super().__init__()
        self.register_buffer("constant", torch.randn(3, 8, generator=seed_of("viewed constant")))

    def forward(self, x, w):
        y = (x * 2).to(memory_format=torch.channels_last)
        z = (x + 1).to(memory_format=torch.channels_last)
        return y.flatten(2).transpose(1, 2), y.view(2, 3, 2, 2, 5) + 1, z.flatten(2).sum(-1), torch.cat([z.flatten(2), x.flatten(2)]), w.flatten(1) * 2, self.constant.t().view(2, 4, 3) + 1


def bundle(name, programs, cases, constants=None, config=None):
    edge = to_edge(programs, constant_methods=constants, compile_config=EdgeCompileConfig(_check_ir_validity=False))
    program = edge.to_executorch(config or ExecutorchBackendConfig())
    suites = [MethodTestSuite(method, each) for method, each in sorted(cases.items())]
    data = serialize_from_bundled_program_to_flatbuffer(BundledProgram(program, suites))
    (FOLDER / f"{name}.bpte").write_bytes(data)
    print(f"{name}.bpte: {len(data)} bytes")


def case(module, *inputs):
    outputs = module(*inputs)
    flat, _ = torch.utils._pytree.tree_flatten(outputs)
    given, _ = torch.utils._pytree.tree_flatten(inputs)
    return MethodTestCase(inputs=[i for i in given if i is not None], expected_outputs=[o.clone() for o in flat])


def export_interface():
    generator = seed_of("interface")
    x, y = (make(plain(2, 2), torch.float32, generator) for _ in range(2))
    aliases, structure = Aliases(), Structure()
    nested = (x, (y, x + 1), {"a": y * 2, "b": x - 1})
    bundle("interface", {
        "aliases": torch.export.export(aliases, (x, y), strict=False),
        "structure": torch.export.export(structure, nested, strict=False),
    }, {"aliases": [case(aliases, x, y)], "structure": [case(structure, *nested)]},
           constants={"get_number": 7, "get_list": [1, 2, 3], "get_real": 0.5, "get_flag": True, "get_text": "text",
                      "get_tensor": torch.arange(3)})
    # Memory that the caller gives, for inputs and outputs.
    config = ExecutorchBackendConfig(memory_planning_pass=MemoryPlanningPass(alloc_graph_input=False, alloc_graph_output=False))
    bundle("unplanned", {"aliases": torch.export.export(aliases, (x, y), strict=False)}, {"aliases": [case(aliases, x, y)]},
           config=config)


def export_transposed():
    x = make(plain(3, 4), torch.float32, seed_of("transposed input"))
    bundle("transposed", {"forward": torch.export.export(Transposed(), (x,), strict=False)},
           {"forward": [case(Transposed(), x)]})


def export_elided():
    x = make(plain(2, 3, 4, 5), torch.float32, seed_of("elided"))
    w = x.mul(3).to(memory_format=torch.channels_last)
    bundle("elided", {"forward": torch.export.export(Elided(), (x, w), strict=False)}, {"forward": [case(Elided(), x, w)]})


def export_stateful():
    x = torch.tensor([1.0, 2.0, 3.0])
    program = torch.export.export(Counter(), (x,), strict=False)
    config = ExecutorchBackendConfig(passes=[InitializedMutableBufferPass(["scale"])])
    edge = to_edge(program, compile_config=EdgeCompileConfig(_check_ir_validity=False))
    (FOLDER / "stateful.pte").write_bytes(edge.to_executorch(config).buffer)
    counter = Counter()
    for step in (1.0, 2.0, 3.0):
        print([t.tolist() for t in counter(x * step)])


def main():
    warnings.simplefilter("ignore")
    parts = {
        "control": lambda: export_family("control", CONTROL, FOLDER),
        "symbols": lambda: export_family("symbols", SYMBOLS, FOLDER),
        "interface": export_interface,
        "transposed": export_transposed,
        "elided": export_elided,
        "stateful": export_stateful,
    }
    for part in sys.argv[1:] or parts:
        parts[part]()


if __name__ == "__main__":
    main()

"""Makes the other layouts of language models that exporters write, as toys without attention: the next token follows from
the sum of the embeddings of all tokens so far, and of their positions.

    python export_layouts.py      (torch 2.13.0, executorch 1.4.1)

layouts/all_rows.pte       forward(tokens [1, n]) -> [1, n, V]; no cache
layouts/fixed_rows.pte     forward(tokens [1, 16]) -> [1, 16, V]; no cache, exactly 16 tokens
layouts/one_row.pte        forward(tokens [1, n], position [1]) -> [1, 1, V]; a cache
layouts/positions.pte      forward(tokens [1, n], positions [n]) -> [1, n, V]; a cache
layouts/single.pte         forward(tokens [1, 1], position [1]) -> [1, 1, V]; a cache, token by token
layouts/counting.pte       forward(tokens [1, n]) -> [1, 1, V]; a cache, and a count of what is in it
layouts/half.pte           as one_row, float16; layouts/bfloat16.pte the same in bfloat16
layouts/pair.pte           prefill(tokens [1, 8], position [1]) -> [1, 8, V] and decode(tokens [1, 1], position [1]) ->
                           [1, 1, V] over one cache
layouts/apart.pte          the same, exported so that the methods do not share the cache
layouts/expected.npz       tokens [33]: the greedy continuation of PROMPT, the same for all in float32
"""

import pathlib

import numpy
import torch
from executorch.exir import ExecutorchBackendConfig, to_edge
from executorch.exir.passes import MemoryPlanningPass
from torch.export import Dim, export

PROMPT = [1, 17, 20, 3, 9, 12, 12, 7]
STEPS = 24
VOCABULARY = 32
WIDTH = 8
CONTEXT = 48


def tables():
    generator = torch.Generator().manual_seed(3)
    return (torch.randn(VOCABULARY, WIDTH, generator=generator), torch.randn(CONTEXT, WIDTH, generator=generator),
            torch.randn(VOCABULARY, WIDTH, generator=generator))


class Plain(torch.nn.Module):
    """Without a cache: every row from the tokens up to it."""

    def __init__(self):
        super().__init__()
        words, places, out = tables()
        self.words, self.places, self.out = (torch.nn.Parameter(x, False) for x in (words, places, out))

    def forward(self, tokens):
        x = self.words[tokens] + self.places[: tokens.shape[1]]
        return torch.tanh(torch.cumsum(x, 1) * 0.5) @ self.out.T


class Cached(torch.nn.Module):
    """The cache holds what each position added; a row sums what is there up to its position."""

    def __init__(self, rows, dtype=torch.float32):
        super().__init__()
        words, places, out = tables()
        self.words, self.places, self.out = (torch.nn.Parameter(x.to(dtype), False) for x in (words, places, out))
        self.register_buffer("cache", torch.zeros(CONTEXT, WIDTH, dtype=dtype))
        self.rows = rows

    def forward(self, tokens, position):
        where = torch.arange(tokens.shape[1]) + position[0] if position.shape[0] == 1 else position
        self.cache.index_copy_(0, where, self.words[tokens[0]] + self.places[where])
        wanted = where if self.rows == "all" else where[-1:]
        seen = (torch.arange(CONTEXT).unsqueeze(0) <= wanted.unsqueeze(1)).to(self.cache.dtype)
        return (torch.tanh((seen @ self.cache) * 0.5) @ self.out.T).unsqueeze(0)


class Counting(Cached):
    def __init__(self):
        super().__init__("last")
        self.register_buffer("count", torch.zeros(1, dtype=torch.int64))

    def forward(self, tokens):
        logits = super().forward(tokens, self.count.clone())
        self.count.add_(tokens.shape[1])
        return logits


def metadata(cache, dynamic):
    return {"get_max_seq_len": 16, "get_max_context_len": CONTEXT if cache else 16, "get_vocab_size": VOCABULARY,
            "use_kv_cache": cache, "enable_dynamic_shape": dynamic}


def program(methods, facts, share=False):
    edge = to_edge(methods, constant_methods=facts)
    planning = MemoryPlanningPass(share_mutable_buffers=share)
    return edge.to_executorch(ExecutorchBackendConfig(memory_planning_pass=planning)).buffer


def one(module, inputs, shapes, facts):
    return program({"forward": export(module.eval(), inputs, dynamic_shapes=shapes)}, facts)


def main():
    folder = pathlib.Path(__file__).resolve().parent / "layouts"
    folder.mkdir(exist_ok=True)

    def save(name, content):
        (folder / name).write_bytes(content)
        print(name, len(content))

    def tokens(count):
        return torch.ones(1, count, dtype=torch.int64)

    start = torch.zeros(1, dtype=torch.int64)
    n = Dim("n", min=1, max=16)
    many = Dim("n", min=2, max=16)  # position [1] is another program than positions [n]
    save("all_rows.pte", one(Plain(), (tokens(5),), ({1: n},), metadata(False, True)))
    save("fixed_rows.pte", one(Plain(), (tokens(16),), None, metadata(False, False)))
    save("one_row.pte", one(Cached("last"), (tokens(5), start), ({1: n}, None), metadata(True, True)))
    save("positions.pte", one(Cached("all"), (tokens(5), torch.arange(5)), ({1: many}, {0: many}), metadata(True, True)))
    save("single.pte", one(Cached("last"), (tokens(1), start), None, metadata(True, False)))
    save("counting.pte", one(Counting(), (tokens(5),), ({1: n},), metadata(True, True)))
    for name, dtype in (("half", torch.float16), ("bfloat16", torch.bfloat16)):
        save(f"{name}.pte", one(Cached("last", dtype), (tokens(5), start), ({1: n}, None), metadata(True, True)))
    for name, share in (("pair", True), ("apart", False)):
        module = Cached("all").eval()
        methods = {"prefill": export(module, (tokens(8), start)), "decode": export(module, (tokens(1), start))}
        save(f"{name}.pte", program(methods, metadata(True, False), share))
    sequence = list(PROMPT)
    module = Cached("last")
    position, step = 0, PROMPT
    for _ in range(STEPS + 1):
        logits = module(torch.tensor([step]), torch.tensor([position]))
        position += len(step)
        step = [int(logits.reshape(-1).argmax())]
        sequence += step
    plain = Plain()
    check = list(PROMPT)
    while len(check) < 16:
        check.append(int(plain(torch.tensor([check]))[0, -1].argmax()))
    assert check == sequence[:16], (check, sequence)
    print(sequence[len(PROMPT):])
    numpy.savez(folder / "expected.npz", tokens=numpy.array(sequence[len(PROMPT):]))


if __name__ == "__main__":
    main()

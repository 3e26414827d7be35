"""Programs whose operators XNNPACK can take in one piece: networks, shared memory, state, loops, dynamic sizes, and values
that it must not take (NaN, rows of -inf). python export_chains.py (see ../operators/export_operators.py).
"""

import warnings

import torch
from torch import nn
from torch._higher_order_ops.map import map as map_

from export_execution import DIM, bundle, case, plain
from export_operators import make, seed_of

F = nn.functional


def settle(module, name):
    """Weights and statistics that are the same at every export."""
    generator = seed_of(name)
    with torch.no_grad():
        for key, value in sorted(module.state_dict().items()):
            if value.dtype == torch.float32 and key != "memory":
                value.copy_(torch.randn(value.shape, generator=generator) * 0.3)
            if key.endswith("running_var"):
                value.copy_(value.abs() + 0.5)
    return module.eval().requires_grad_(False)


class Images(nn.Module):
    """Convolutions of all kinds, normalised, gated and added, as in networks for phones."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(8)
        self.depth = nn.Conv2d(8, 16, 3, padding=1, groups=8)
        self.depth_norm = nn.BatchNorm2d(16)
        self.grouped = nn.Conv2d(16, 8, (1, 3), padding=(0, 2), dilation=(1, 2), groups=4)
        self.squeeze = nn.Conv2d(8, 4, 1)
        self.expand = nn.Conv2d(4, 8, 1)
        self.up = nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1)
        self.up_norm = nn.BatchNorm2d(4)
        self.classify = nn.Linear(8, 5)

    def forward(self, x):
        x = F.relu6(self.stem_norm(self.stem(x)))
        y = self.grouped(F.hardswish(self.depth_norm(self.depth(x))))
        gate = torch.sigmoid(self.expand(F.relu(self.squeeze(F.adaptive_avg_pool2d(y, 1)))))
        y = y * gate + x
        return self.classify(y.mean([2, 3])), self.up_norm(self.up(y)), F.avg_pool2d(y, 2), y


class Pooled(nn.Module):
    def forward(self, x):
        return F.max_pool2d(F.relu(x), 3, stride=2, padding=1) + 1, F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


class Moves(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Conv2d(6, 6, 1)

    def forward(self, x, y):
        z = self.mix(torch.cat([x, y, x[:, :1], y[:, 1:2]], 1))
        padded = F.pad(z, (1, 2, 0, 1), value=0.5)
        last = z.permute(0, 2, 3, 1)
        return (padded, last * 2, last.permute(0, 3, 1, 2) - 1, z[:, :, 1] + 1, z[0], z.flatten(1) * 3,
                torch.softmax(z, 1), (z + x[:, :, :1, :1].mean([2, 3], keepdim=True)[:, :1]).transpose(2, 3))


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.Linear(8, 24)
        self.out = nn.Linear(8, 8)
        self.norm = nn.LayerNorm(8)

    def forward(self, x, mask):
        q, k, v = (part.unflatten(-1, (2, 4)).transpose(1, 2) for part in self.attention(x).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        y = self.out(y.transpose(1, 2).flatten(2)) + x
        return self.norm(y) + torch.tanh(y), y


class Shared(nn.Module):
    """Several readers of one value, views of it, and results in the place of others."""

    def forward(self, x, y):
        a = (x + y).relu()
        b = a.view(-1) * 2
        c = a.view(2, 1, 12) + b.view(2, 1, 12)
        d = b.clamp(-1, 3)
        return a, b, c.squeeze(1), d, x * 1, (d.view(4, 6) - a).view(3, 8)


class State(nn.Module):
    """A buffer that stretches read and write."""

    def __init__(self):
        super().__init__()
        self.register_buffer("memory", torch.zeros(2, 4))
        self.mix = nn.Linear(4, 4)

    def forward(self, x):
        before = self.memory * 2
        self.memory.copy_(torch.relu(self.mix(x) + self.memory))
        return before + x, self.memory + x, self.mix(self.memory)


class Loop(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(4, 4)

    def forward(self, x, y):
        return map_(lambda row, other: torch.softmax(torch.relu(row * other + other).sub(other * 0.5), -1) + row, x, y) * 2


class Sizes(nn.Module):
    """Sizes that vary: of images, of a batch, of a list."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.linear = nn.Linear(4, 3)

    def forward(self, x):
        y = F.relu(self.norm(self.conv(x)))
        pooled = y.mean([2, 3])
        return torch.softmax(self.linear(pooled), -1), y + x[:, :1], y.flatten(2).transpose(1, 2) * 2


def values(name, *shapes):
    generator = seed_of(name)
    return [make(plain(*shape), torch.float32, generator) for shape in shapes]


def main():
    warnings.simplefilter("ignore")
    (image,) = values("image", (2, 3, 9, 10))
    (pooled,) = values("pooled", (1, 2, 6, 7))
    broken = pooled.clone()
    broken[0, 1, 2, 3] = float("nan")
    left, right = values("moves", (1, 2, 3, 4), (1, 2, 3, 4))
    (tokens,) = values("tokens", (1, 5, 8))
    mask = torch.triu(torch.full((5, 5), float("-inf")), 1)
    closed = mask.clone()
    closed[2] = float("-inf")
    shared = values("shared", (4, 6), (4, 6))
    (state,) = values("state", (2, 4))
    loop = values("loop", (5, 4), (4,))
    modules = {name: settle(module, name) for name, module in {
        "images": Images(), "images_channels_last": Images(), "pooled": Pooled(), "moves": Moves(), "tokens": Tokens(),
        "shared": Shared(), "state": State(), "loop": Loop(), "sizes": Sizes()}.items()}
    last = image.to(memory_format=torch.channels_last)
    inputs = {"images": [[image]], "images_channels_last": [[last]], "pooled": [[pooled], [broken]],
              "moves": [[left, right]], "tokens": [[tokens, mask], [tokens, closed]], "shared": [shared], "state": [[state]],
              "loop": [loop], "sizes": [values("sizes", shape) for shape in ((2, 2, 5, 6), (1, 2, 8, 3), (4, 2, 3, 9))]}
    batch, height, width = DIM("batch", min=1, max=4), DIM("height", min=3, max=8), DIM("width", min=3, max=9)
    programs = {name: torch.export.export(module, tuple(inputs[name][0]), strict=False,
                                          dynamic_shapes=({0: batch, 2: height, 3: width},) if name == "sizes" else None)
                for name, module in modules.items()}
    cases = {name: [case(modules[name], *each) for each in inputs[name]] for name in modules if name != "state"}
    cases["state"] = [case(settle(State(), "state"), state)]
    bundle("chains", programs, cases)


if __name__ == "__main__":
    main()

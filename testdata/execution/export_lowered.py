"""Operators that XNNPACK takes in another form than the program has them: convolutions of lists, transposed ones in
groups, sums and means over any dims, roots, resizing, expansion, sizes that are found from others, gates that exporters
write out. python export_lowered.py (see export_chains.py).
"""

import warnings

import torch
from torch import nn

from export_chains import F, settle, values
from export_execution import DIM, bundle, case


class Lists(nn.Module):
    """Convolutions of lists with channels, as for sound: plain, depthwise, grouped, transposed; normalised and joined."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm1d(8)
        self.depth = nn.Conv1d(8, 8, 5, padding=4, dilation=2, groups=8)
        self.grouped = nn.Conv1d(8, 4, 2, groups=2)
        self.up = nn.ConvTranspose1d(4, 6, 4, stride=2, padding=1, output_padding=1)
        self.up_grouped = nn.ConvTranspose1d(6, 4, 3, groups=2)
        self.last_norm = nn.BatchNorm1d(4)
        self.scale = nn.Parameter(torch.zeros(1, 8, 1))
        self.mix = nn.Linear(8, 8)

    def forward(self, x):
        x = F.relu(self.norm(self.first(x)))
        y = F.hardswish(self.depth(x) * self.scale + x)
        tokens = self.mix(y.transpose(1, 2))
        z = self.grouped(F.pad(tokens.transpose(1, 2), (1, 2), value=0.25))
        joined = torch.cat([y[:, :3], tokens.transpose(1, 2)], 1)
        return self.last_norm(self.up_grouped(self.up(z))), tokens, joined, F.max_pool1d(y, 2), y.mean(-1), z.sum(1)


class Upward(nn.Module):
    """Transposed convolutions in groups, and filters that the program turns before it uses them."""

    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(6, 9, 3, stride=2, padding=1, output_padding=1, groups=3, bias=False)
        self.norm = nn.BatchNorm2d(9)
        self.wide = nn.ConvTranspose2d(9, 9, (2, 3), stride=(1, 2), groups=9)
        self.filter = nn.Parameter(torch.zeros(9, 4, 2, 3))
        self.turned_norm = nn.BatchNorm2d(4)

    def forward(self, x):
        y = F.relu6(self.norm(self.up(x)))
        turned = F.conv2d(y, self.filter.permute(1, 0, 3, 2))
        return self.wide(y), self.turned_norm(turned), F.conv_transpose2d(y, self.filter.transpose(2, 3))


class Sums(nn.Module):
    """Over one dim, several, all; of images in either layout, of lists, of matrices."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Conv2d(3, 4, 1)

    def forward(self, x, y):
        image = self.mix(x)
        return (image.mean(1), image.mean(1, keepdim=True) * 2, image.sum(2), image.sum((0, 3)), image.mean((1, 2, 3)),
                image.mean((2, 3)) + 1, x.mean((0, 2), keepdim=True) + x, y.sum(0) * 2, y.mean(-1, keepdim=True) + y,
                y.sum() * 0.5, y.mean((0, 1), keepdim=True), image.sum((1, 3)) - 1)


class Root(nn.Module):
    """A norm by the root mean square, as in language models, of as many tokens as there are."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(8))
        self.mix = nn.Linear(8, 8)

    def forward(self, x):
        y = x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5) * self.weight
        z = self.mix(y) + x
        return z * torch.rsqrt(z.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight, torch.sqrt(z.abs().sum(0))


class Roots(nn.Module):
    def forward(self, x):
        return torch.rsqrt(x + 0.0) * 2, torch.sqrt(x * 1.0) + 1


class Resized(nn.Module):
    """Larger and smaller, by size and by factor, with the corners in place and without."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        y = self.mix(x)
        grown = F.interpolate(y, scale_factor=2, mode="bilinear")
        corners = F.interpolate(y, size=(9, 13), mode="bilinear", align_corners=True)
        odd = F.interpolate(y, scale_factor=(1.5, 1.7), mode="bilinear")
        row = F.interpolate(y, size=(1, 7), mode="bilinear", align_corners=True)
        return grown + 1, corners * 2, F.interpolate(y, size=(3, 11), mode="bilinear") - 1, odd + 1, row * 3


class Expanded(nn.Module):
    def forward(self, x, y):
        z = (x * 2).expand(3, 4, 5)
        return z + 1, torch.cat([z, y.unsqueeze(0).expand(2, 4, 5) * 1], 0), (y + 1).unsqueeze(1).expand(-1, 3, -1)


class Open(nn.Module):
    """As many rows as there are: views and pieces of them."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(6, 12)

    def forward(self, x):
        y = self.mix(x)
        left, right = y[:, :4], y[:, 4:]
        return left * right[:, :4], y.view(-1, 3, 4) + 1, torch.relu(y).reshape(-1)[2:] * 2, right[1:] - 1


class Gates(nn.Module):
    """Hardswish and hardsigmoid, as exporters take them apart, beside what only looks like them."""

    def forward(self, x, y):
        near = torch.clamp(x + 3, 0, 6)
        return (F.hardswish(x) + y, x * F.hardsigmoid(y), (near * x) / 6, near * 0.5, y * torch.clamp(x + 3, 0, 6) / 6,
                torch.clamp(torch.clamp(y, min=-1), max=0.5), torch.clamp(torch.clamp(y, min=2), max=1))


class Products(nn.Module):
    """What comes of a NaN or an infinity among numbers that are multiplied, with clamps behind and without."""

    def __init__(self):
        super().__init__()
        self.linear, self.one, self.near = nn.Linear(6, 8), nn.Conv2d(4, 8, 1), nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.up, self.pair, self.norm = nn.ConvTranspose2d(4, 6, 2, 2), nn.Conv2d(4, 4, (1, 2), groups=4), nn.BatchNorm2d(4)

    def forward(self, image, rows):
        one = self.one(image)
        return (one, F.relu6(self.near(image)), self.up(image), F.relu(self.norm(self.pair(image))), F.relu(self.linear(rows)), self.linear(rows + 1),
                torch.bmm(one.flatten(2), one.flatten(2).transpose(1, 2)))


def main():
    warnings.simplefilter("ignore")
    rows = values("rows", (5, 8))[0]
    zero, endless = rows.clone(), rows.clone()
    zero[2] = 0
    endless[1, 3] = float("inf")
    special = torch.tensor([0.0, 1.0, 4.0, float("inf"), 1e-40, 1e38, 2.0])
    image, other = values("resized", (2, 3, 6, 7), (2, 3, 6, 7))
    other[0, 1, 2, 3] = float("inf")
    modules = {name: settle(module, name) for name, module in {
        "lists": Lists(), "upward": Upward(), "sums": Sums(), "root": Root(), "roots": Roots(), "resized": Resized(),
        "expanded": Expanded(), "open": Open(), "gates": Gates(), "products": Products()}.items()}
    inputs = {"lists": [values("lists", (2, 3, 11))], "upward": [values("upward", (1, 6, 4, 5))],
              "sums": [values("sums", (2, 3, 4, 5), (3, 6))], "root": [[rows], [zero], [endless], [rows[:2]]],
              "roots": [[special.abs()], [torch.arange(1.0, 8)]], "resized": [[image], [other]],
              "expanded": [values("expanded", (3, 1, 5), (4, 5))],
              "open": [values("open", (3, 6)), values("open_more", (5, 6)), values("open_most", (6, 6))],
              "gates": [values("gates", (2, 9), (2, 9))]}
    inputs["products"] = [values("products", (1, 4, 3, 4), (3, 6)) for _ in range(2)]
    for (image, rows), number in zip(inputs["products"], (float("nan"), float("inf"))):
        image[0, 2, 2, 1] = rows[1, 2] = number
    inputs["gates"][0][0] = inputs["gates"][0][0] * 4
    tokens, count = DIM("tokens", min=1, max=5), DIM("count", min=3, max=6)
    dynamic = {"root": ({0: tokens},), "open": ({0: count},)}
    programs = {name: torch.export.export(module, tuple(inputs[name][0]), strict=False, dynamic_shapes=dynamic.get(name))
                for name, module in modules.items()}
    bundle("lowered", programs, {name: [case(modules[name], *each) for each in inputs[name]] for name in modules})


if __name__ == "__main__":
    main()

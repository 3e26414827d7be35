"""Small networks of kinds that transformers and torchvision do not have: diffusion, graphs, points, recurrence with states, spectra,
recommendation, rendering. name -> (module, [inputs of each case], dynamic shapes); sweep_models.py exports them.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

SIZE = torch.export.Dim("size", min=2, max=64)


class Call(nn.Module):
    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *inputs):
        return self.function(self, *inputs)


# --- diffusion

def time_features(t, width):
    angles = t[:, None].float() * torch.exp(-math.log(10000) * torch.arange(width // 2) / (width // 2))
    return torch.cat([angles.sin(), angles.cos()], -1)


class Residual(nn.Module):
    def __init__(self, ins, outs, time):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(4, ins), nn.GroupNorm(4, outs)
        self.conv1, self.conv2 = nn.Conv2d(ins, outs, 3, padding=1), nn.Conv2d(outs, outs, 3, padding=1)
        self.time, self.skip = nn.Linear(time, 2 * outs), nn.Conv2d(ins, outs, 1)

    def forward(self, x, t):
        scale, shift = self.time(F.silu(t))[:, :, None, None].chunk(2, 1)
        y = self.conv1(F.silu(self.norm1(x)))
        return self.skip(x) + self.conv2(F.silu(self.norm2(y) * (1 + scale) + shift))


class Attend(nn.Module):
    """Over the picture itself, then over words."""

    def __init__(self, width, words):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.own = nn.MultiheadAttention(width, 4, batch_first=True)
        self.cross = nn.MultiheadAttention(width, 4, kdim=words, vdim=words, batch_first=True)
        self.mix = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x, words):
        n, c, h, w = x.shape
        y = x.flatten(2).transpose(1, 2)
        z = self.norm(y)
        y = y + self.own(z, z, z, need_weights=False)[0]
        y = y + self.cross(self.norm(y), words, words, need_weights=False)[0]
        return (y + self.mix(self.norm(y))).transpose(1, 2).reshape(n, c, h, w)


class Encoder(nn.Module):
    def __init__(self, ins, width, words):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(16, 32), nn.SiLU(), nn.Linear(32, 32))
        self.first = nn.Conv2d(ins, width, 3, padding=1)
        self.down1, self.down2 = Residual(width, width, 32), Residual(width, 2 * width, 32)
        self.half1 = nn.Conv2d(width, width, 3, stride=2, padding=1)
        self.attend = Attend(2 * width, words)

    def forward(self, x, t, words, extra=None):
        time = self.time(time_features(t, 16))
        a = self.first(x) + (0 if extra is None else extra)
        b = self.down1(a, time)
        c = self.attend(self.down2(self.half1(b), time), words)
        return time, (a, b, c)


class UNet(nn.Module):
    def __init__(self, ins=4, width=16, words=24):
        super().__init__()
        self.encoder = Encoder(ins, width, words)
        self.middle = Residual(2 * width, 2 * width, 32)
        self.up1, self.up2 = Residual(4 * width, width, 32), Residual(2 * width, width, 32)
        self.wide = nn.Conv2d(width, width, 3, padding=1)
        self.last = nn.Sequential(nn.GroupNorm(4, width), nn.SiLU(), nn.Conv2d(width, ins, 3, padding=1))

    def forward(self, x, t, words, *more):
        time, (a, b, c) = self.encoder(x, t, words)
        if more:
            a, b, c = a + more[0], b + more[1], c + more[2]
        y = self.up1(torch.cat([self.middle(c, time), c], 1), time)
        y = self.wide(F.interpolate(y, scale_factor=2.0, mode="nearest"))
        return self.last(self.up2(torch.cat([y, b], 1), time) + a)


class Controlled(nn.Module):
    """A UNet and the copy of its encoder that steers it through convolutions that begin at zero."""

    def __init__(self):
        super().__init__()
        self.unet, self.copy = UNet(), Encoder(4, 16, 24)
        self.hint = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.SiLU(), nn.Conv2d(8, 16, 3, padding=1))
        self.zeros = nn.ModuleList(nn.Conv2d(n, n, 1) for n in (16, 16, 32))

    def forward(self, x, t, words, hint):
        _, parts = self.copy(x, t, words, self.hint(hint))
        return self.unet(x, t, words, *(zero(part) for zero, part in zip(self.zeros, parts)))


def guided(self, x, t, words):
    """A step of DDIM with guidance."""
    both = self.net(torch.cat([x, x]), torch.cat([t, t]), torch.cat([words, torch.zeros_like(words)]))
    yes, no = both.chunk(2)
    noise = no + 7.5 * (yes - no)
    alpha = torch.cos(t.float() / 1000 * math.pi / 2)[:, None, None, None] ** 2
    clean = ((x - (1 - alpha).sqrt() * noise) / alpha.sqrt()).clamp(-1, 1)
    return alpha.sqrt() * clean + (1 - alpha).sqrt() * noise


# --- graphs: x [nodes, features], edges [2, count]

def convolve(self, x, edges):
    source, target = edges
    degree = torch.zeros(x.shape[0]).index_add(0, target, torch.ones_like(target, dtype=torch.float32)) + 1
    norm = degree.rsqrt()
    for layer in self.layers:
        y = layer(x)
        x = torch.relu(torch.zeros_like(y).index_add(0, target, y[source] * (norm[source] * norm[target])[:, None]) + y / degree[:, None])
    return torch.log_softmax(x, -1)


def attend_edges(self, x, edges):
    source, target = edges
    y = self.project(x).view(x.shape[0], 4, -1)
    score = F.leaky_relu((y * self.left).sum(-1)[source] + (y * self.right).sum(-1)[target], 0.2)
    index = target[:, None].expand_as(score)
    highest = torch.full((x.shape[0], 4), -1e30).scatter_reduce(0, index, score, "amax", include_self=True)
    weight = (score - highest.gather(0, index)).exp()
    total = torch.zeros(x.shape[0], 4).scatter_add(0, index, weight)
    weight = weight / (total.gather(0, index) + 1e-16)
    return torch.zeros_like(y).index_add(0, target, y[source] * weight[:, :, None]).flatten(1)


def sage(self, x, edges):
    source, target = edges
    index = target[:, None].expand(-1, x.shape[1])
    results = [torch.zeros_like(x).scatter_reduce(0, index, x[source], kind, include_self=False) for kind in ("mean", "amax", "amin", "sum")]
    return F.normalize(self.mix(torch.cat([x, *results], -1)), dim=-1)


def edge_convolve(self, points):
    """The nearest neighbours of each point, as DGCNN takes them."""
    distance = torch.cdist(points, points)
    nearest = distance.topk(4, largest=False).indices
    n, count, width = points.shape
    neighbours = points[:, None].expand(-1, count, -1, -1).gather(2, nearest[..., None].expand(-1, -1, -1, width))
    return self.mix(torch.cat([neighbours - points[:, :, None], points[:, :, None].expand_as(neighbours)], -1)).amax(2)


def point_net(self, points):
    turn = self.turn(self.small(points).amax(1)).view(-1, 3, 3) + torch.eye(3)
    return self.head(self.large(points @ turn).amax(1))


# --- recurrence

def with_states(self, x, h, c):
    y, (h, c) = self.net(x, (h, c))
    return y, h, c


def with_lengths(self, x, lengths):
    """What a packed sequence gives: the state after each sequence's own last element."""
    y, _ = self.net(x)
    steps = torch.arange(x.shape[1])
    y = y * (steps[None] < lengths[:, None])[:, :, None]
    last = y.gather(1, (lengths - 1)[:, None, None].expand(-1, 1, y.shape[-1])).squeeze(1)
    return y, last, y.sum(1) / lengths[:, None]


def packed(self, x, lengths):
    y, h = self.net(nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
    return nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])[0], h


def convolutional_lstm(self, frames):
    n, steps, _, height, width = frames.shape
    h = c = torch.zeros(n, 8, height, width)
    for step in range(steps):
        i, f, g, o = self.gates(torch.cat([frames[:, step], h], 1)).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    return h, c


def wave_net(self, x):
    total = 0
    for k, layer in enumerate(self.layers):
        a, b = layer(F.pad(x, (2**k, 0))).chunk(2, 1)
        y = a.tanh() * b.sigmoid()
        total, x = total + y, x + y
    return self.head(F.relu(total))


def diagonal_state_space(self, x):
    """S4D: the kernel of a diagonal system, applied by FFT."""
    length = x.shape[-1]
    dt = self.step.exp()
    decay, turn = -self.decay.exp() * dt[:, None], self.turn * dt[:, None]
    steps = torch.arange(length)
    kernel = (self.mix[..., None] * torch.exp(decay[..., None] * steps) * torch.cos(turn[..., None] * steps)).sum(1)
    y = torch.fft.irfft(torch.fft.rfft(x, n=2 * length) * torch.fft.rfft(kernel, n=2 * length), n=2 * length)[..., :length]
    return F.gelu(y + self.skip[:, None] * x)


def linear_recurrence(self, x):
    """RWKV's mixing in logarithms."""
    k, v, r = self.key(x), self.value(x), torch.sigmoid(self.gate(x))
    num = den = torch.zeros_like(k[:, 0])
    top = torch.full_like(num, -1e30)
    outs = []
    for t in range(x.shape[1]):
        here = torch.maximum(top, self.bonus + k[:, t])
        a, b = torch.exp(top - here), torch.exp(self.bonus + k[:, t] - here)
        outs.append((a * num + b * v[:, t]) / (a * den + b))
        there = torch.maximum(top + self.decay, k[:, t])
        a, b = torch.exp(top + self.decay - there), torch.exp(k[:, t] - there)
        num, den, top = a * num + b * v[:, t], a * den + b, there
    return r * torch.stack(outs, 1)


# --- pictures, spectra, series, tables

def modulated(self, x, style):
    """Each picture has its own filter."""
    n = x.shape[0]
    weight = self.weight[None] * self.style(style)[:, None, :, None, None]
    weight = weight * (weight.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    y = F.conv2d(x.reshape(1, -1, *x.shape[2:]), weight.flatten(0, 1), padding=1, groups=n)
    return F.leaky_relu(y.view(n, -1, *y.shape[2:]) + torch.linspace(-1, 1, 64).view(8, 8), 0.2) * 2**0.5


def transformed(self, x):
    theta = self.where(x.flatten(1)).view(-1, 2, 3) + torch.tensor([[1.0, 0, 0], [0, 1, 0]])
    return F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), padding_mode="border", align_corners=False)


def decode_boxes(self, x):
    """A detector's head: boxes from a grid, the best of them by score."""
    y = self.head(x)
    n, _, height, width = y.shape
    y = y.view(n, 3, 9, height, width).permute(0, 1, 3, 4, 2)
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    grid = torch.stack([columns, rows], -1)
    centre = (y[..., :2].sigmoid() * 2 - 0.5 + grid) * 8
    size = (y[..., 2:4].sigmoid() * 2) ** 2 * self.anchors[:, None, None]
    score = (y[..., 4:5].sigmoid() * y[..., 5:].sigmoid()).flatten(1, 3)
    boxes = torch.cat([centre - size / 2, centre + size / 2], -1).flatten(1, 3)
    best, which = score.amax(-1).topk(10)
    return boxes.gather(1, which[..., None].expand(-1, -1, 4)), best, score.argmax(-1).gather(1, which)


def fourier_operator(self, x):
    y = torch.fft.rfft2(x)
    low = torch.einsum("bihw,oihw->bohw", y[:, :, :4, :4], torch.view_as_complex(self.weight))
    full = torch.zeros(x.shape[0], 6, *y.shape[2:], dtype=y.dtype)
    full[:, :, :4, :4] = low
    return F.gelu(torch.fft.irfft2(full, s=x.shape[2:]) + self.skip(x))


def mel_spectrum(self, x):
    power = torch.stft(x, 64, 16, window=torch.hann_window(64), return_complex=True).abs().square()
    return torch.log(power.transpose(1, 2) @ self.mel.abs() + 1e-6) @ self.cosines


def render(self, origin, direction):
    """Colours along rays."""
    depth = torch.linspace(0.1, 2, 16)
    points = origin[:, None] + direction[:, None] * depth[:, None]
    waves = torch.cat([f(points * 2**k) for k in range(4) for f in (torch.sin, torch.cos)], -1)
    y = self.net(waves)
    alpha = 1 - torch.exp(-F.softplus(y[..., 3]) * (depth[1] - depth[0]))
    light = torch.cumprod(torch.cat([torch.ones_like(alpha[:, :1]), 1 - alpha + 1e-10], 1), 1)[:, :-1] * alpha
    return (light[..., None] * y[..., :3].sigmoid()).sum(1), (light * depth).sum(1)


def quantised_codes(self, x):
    y = self.enc(x).permute(0, 2, 3, 1)
    codes = torch.cdist(y.flatten(0, 2), self.book.weight).argmin(-1)
    z = self.book(codes).view_as(y)
    return self.dec((y + (z - y)).permute(0, 3, 1, 2)), codes


def click_rate(self, dense, bags, offsets):
    parts = torch.stack([self.bottom(dense), *(table(bags[i], offsets[i]) for i, table in enumerate(self.tables))], 1)
    pairs = torch.bmm(parts, parts.transpose(1, 2))
    row, column = torch.tril_indices(parts.shape[1], parts.shape[1], offset=-1)
    return self.top(torch.cat([parts[:, 0], pairs[:, row, column]], -1)).sigmoid()


def decomposed_series(self, x):
    trend = F.avg_pool1d(F.pad(x, (4, 4), mode="replicate"), 9, 1)
    mean, spread = x.mean(-1, keepdim=True), x.std(-1, keepdim=True, unbiased=False)
    return self.season(x - trend) + self.trend((trend - mean) / (spread + 1e-5)) * spread + mean


def routed_experts(self, x):
    weight, chosen = self.router(x).softmax(-1).topk(2)
    weight = weight / weight.sum(-1, keepdim=True)
    hidden = F.silu(torch.einsum("nd,edh->neh", x, self.up))
    every = torch.einsum("neh,ehd->ned", hidden, self.down)
    return (every.gather(1, chosen[..., None].expand(-1, -1, every.shape[-1])) * weight[..., None]).sum(1)


def best_path(self, x):
    """Viterbi over the tags of a CRF."""
    y = self.tags(x)
    score, backs = y[:, 0], []
    for t in range(1, y.shape[1]):
        score, back = (score[:, :, None] + self.moves).max(1)
        score = score + y[:, t]
        backs.append(back)
    best, tag = score.max(-1)
    path = [tag]
    for back in reversed(backs):
        tag = back.gather(1, tag[:, None]).squeeze(1)
        path.append(tag)
    return best, torch.stack(path[::-1], 1)


def capsules(self, x):
    votes = torch.einsum("nid,iodk->niok", x, self.votes)
    logits = torch.zeros(votes.shape[:3])
    for _ in range(3):
        s = (logits.softmax(-1)[..., None] * votes).sum(1)
        norm = s.square().sum(-1, keepdim=True)
        v = norm / (1 + norm) * s / (norm + 1e-9).sqrt()
        logits = logits + (votes * v[:, None]).sum(-1)
    return v


def filtered(self, z):
    """Kalman's filter over measurements [n, t, 2]."""
    state, cover = torch.zeros(z.shape[0], 4, 1), torch.eye(4).expand(z.shape[0], 4, 4)
    for t in range(z.shape[1]):
        state, cover = self.move @ state, self.move @ cover @ self.move.mT + 0.01 * torch.eye(4)
        seen = self.look @ cover @ self.look.mT + 0.1 * torch.eye(2)
        gain = torch.linalg.solve(seen, self.look @ cover).mT
        state = state + gain @ (z[:, t, :, None] - self.look @ state)
        cover = (torch.eye(4) - gain @ self.look) @ cover
    return state.squeeze(-1), cover


def flow(self, x):
    """Coupling layers and their volume, and four steps of Runge and Kutta."""
    total = 0
    for layer in self.layers:
        a, b = x.chunk(2, -1)
        scale, shift = layer(a).chunk(2, -1)
        x, total = torch.cat([b * scale.tanh().exp() + shift, a], -1), total + scale.tanh().sum(-1)
    for _ in range(2):
        k1 = self.field(x)
        k2 = self.field(x + 0.05 * k1)
        k3 = self.field(x + 0.05 * k2)
        x = x + 0.1 / 6 * (k1 + 2 * k2 + 2 * k3 + self.field(x + 0.1 * k3))
    return x, total


def small(*sizes):
    layers = [part for a, b in zip(sizes, sizes[1:]) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def networks(random, integers):
    """random(*shape) and integers(high, *shape) give inputs."""
    def parameter(*shape):
        return nn.Parameter(random(*shape) * 0.5)

    def diffusion(n, side):
        return (random(n, 4, side, side), integers(1000, n), random(n, 5, 24))

    def graph(nodes, edges):
        return (random(nodes, 6), integers(nodes, 2, edges))
    edges = torch.export.Dim("edges", min=2, max=64)
    batch = ({0: SIZE},)
    over = ({0: SIZE}, {1: edges})
    return {
        "unet": (lambda: UNet(), [diffusion(2, 8), diffusion(5, 8)], ({0: SIZE},) * 3),
        "control_net": (lambda: Controlled(), [diffusion(2, 8) + (random(2, 3, 16, 16),), diffusion(3, 8) + (random(3, 3, 16, 16),)], ({0: SIZE},) * 4),
        "guided_step": (lambda: Call(guided, net=UNet()), [diffusion(2, 8)], None),
        "graph_convolution": (lambda: Call(convolve, layers=nn.ModuleList([nn.Linear(6, 8), nn.Linear(8, 4)])), [graph(7, 15), graph(20, 40)], over),
        "graph_attention": (lambda: Call(attend_edges, project=nn.Linear(6, 16), left=parameter(4, 4), right=parameter(4, 4)), [graph(7, 15), graph(20, 40)], over),
        "graph_sage": (lambda: Call(sage, mix=nn.Linear(30, 8)), [graph(7, 15), graph(20, 40)], over),
        "edge_convolution": (lambda: Call(edge_convolve, mix=small(6, 16, 8)), [(random(2, 12, 3),), (random(3, 12, 3),)], batch),
        "point_net": (lambda: Call(point_net, small=small(3, 16, 32), turn=nn.Linear(32, 9), large=small(3, 32, 64), head=small(64, 16, 5)),
                      [(random(2, 20, 3),), (random(4, 31, 3),)], ({0: SIZE, 1: edges},)),
        "lstm_states": (lambda: Call(with_states, net=nn.LSTM(6, 8, 2, batch_first=True, bidirectional=True)), [(random(2, 9, 6), random(4, 2, 8), random(4, 2, 8))], None),
        "lstm_projected": (lambda: Call(with_states, net=nn.LSTM(6, 8, 2, proj_size=4)), [(random(9, 2, 6), random(2, 2, 4), random(2, 2, 8))], None),
        "gru_lengths": (lambda: Call(with_lengths, net=nn.GRU(6, 8, 2, batch_first=True)), [(random(3, 7, 6), torch.tensor([7, 3, 5]))], None),
        "rnn_lengths": (lambda: Call(with_lengths, net=nn.RNN(6, 8, nonlinearity="relu", batch_first=True)), [(random(3, 7, 6), torch.tensor([1, 7, 4]))], None),
        "lstm_packed": (lambda: Call(packed, net=nn.LSTM(6, 8, batch_first=True)), [(random(3, 7, 6), torch.tensor([7, 3, 5]))], None),
        "convolutional_lstm": (lambda: Call(convolutional_lstm, gates=nn.Conv2d(11, 32, 3, padding=1)), [(random(2, 4, 3, 6, 6),), (random(3, 4, 3, 6, 6),)], batch),
        "wave_net": (lambda: Call(wave_net, layers=nn.ModuleList(nn.utils.parametrizations.weight_norm(nn.Conv1d(8, 16, 2, dilation=2**k)) for k in range(4)), head=nn.Conv1d(8, 5, 1)),
                     [(random(2, 8, 32),), (random(2, 8, 47),)], ({2: SIZE},)),
        "diagonal_state_space": (lambda: Call(diagonal_state_space, step=parameter(6), decay=parameter(6, 4), turn=parameter(6, 4), mix=parameter(6, 4), skip=parameter(6)),
                                 [(random(2, 6, 24),), (random(3, 6, 24),)], batch),
        "linear_recurrence": (lambda: Call(linear_recurrence, key=nn.Linear(6, 6), value=nn.Linear(6, 6), gate=nn.Linear(6, 6), bonus=parameter(6), decay=nn.Parameter(-random(6).abs())),
                              [(random(2, 8, 6),), (random(4, 8, 6),)], batch),
        "modulated": (lambda: Call(modulated, weight=parameter(6, 4, 3, 3), style=nn.Linear(5, 4)), [(random(2, 4, 8, 8), random(2, 5)), (random(3, 4, 8, 8), random(3, 5))], ({0: SIZE},) * 2),
        "spatial_transformer": (lambda: Call(transformed, where=nn.Linear(3 * 64, 6)), [(random(2, 3, 8, 8),), (random(3, 3, 8, 8),)], batch),
        "box_decoder": (lambda: Call(decode_boxes, head=nn.Conv2d(8, 27, 1), anchors=nn.Parameter(torch.tensor([[10.0, 13], [16, 30], [33, 23]]))),
                        [(random(2, 8, 6, 5),), (random(3, 8, 6, 5),)], batch),
        "fourier_operator": (lambda: Call(fourier_operator, weight=parameter(6, 4, 4, 4, 2), skip=nn.Conv2d(4, 6, 1)), [(random(2, 4, 12, 10),)], None),
        "mel_spectrum": (lambda: Call(mel_spectrum, mel=parameter(33, 12), cosines=parameter(12, 6)), [(random(2, 400),)], None),
        "render": (lambda: Call(render, net=small(24, 32, 4)), [(random(5, 3), random(5, 3)), (random(9, 3), random(9, 3))], ({0: SIZE},) * 2),
        "quantised_codes": (lambda: Call(quantised_codes, enc=nn.Conv2d(3, 6, 4, 2, 1), book=nn.Embedding(16, 6), dec=nn.ConvTranspose2d(6, 3, 4, 2, 1)),
                            [(random(2, 3, 8, 8),), (random(3, 3, 8, 8),)], batch),
        "click_rate": (lambda: Call(click_rate, bottom=small(5, 16, 8), tables=nn.ModuleList(nn.EmbeddingBag(20, 8, mode=m) for m in ("sum", "mean", "max")), top=small(14, 16, 1)),
                       [(random(4, 5), integers(20, 3, 12), torch.tensor([[0, 3, 5, 5], [0, 1, 2, 11], [0, 4, 8, 10]]))], None),
        "decomposed_series": (lambda: Call(decomposed_series, season=nn.Linear(24, 8), trend=nn.Linear(24, 8)), [(random(2, 3, 24),), (random(5, 3, 24),)], batch),
        "routed_experts": (lambda: Call(routed_experts, router=nn.Linear(8, 4), up=parameter(4, 8, 16), down=parameter(4, 16, 8)), [(random(6, 8),), (random(11, 8),)], batch),
        "best_path": (lambda: Call(best_path, tags=nn.Linear(6, 5), moves=parameter(5, 5)), [(random(2, 7, 6),), (random(3, 7, 6),)], batch),
        "capsules": (lambda: Call(capsules, votes=parameter(10, 4, 6, 8)), [(random(2, 10, 6),), (random(3, 10, 6),)], batch),
        "kalman_filter": (lambda: Call(filtered, move=nn.Parameter(torch.eye(4) + 0.1 * random(4, 4)), look=parameter(2, 4)), [(random(2, 5, 2),), (random(3, 5, 2),)], batch),
        "flow": (lambda: Call(flow, layers=nn.ModuleList(small(4, 16, 8) for _ in range(3)), field=nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 8))),
                 [(random(2, 8),), (random(7, 8),)], batch),
    }

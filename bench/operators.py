"""Our portable kernels beside ExecuTorch's, one operator family after the other, on this machine.

    pip install torch==2.13.0 executorch==1.4.1
    python bench/operators.py [--threads 1,2] [--family NAME ...] [--rounds 5] [--json FILE]

Every row is exported without a delegate, run by ExecuTorch's own runtime (the wheel's, which has the optimised kernels)
and by build/release/ptetool --backend portable, in turns; printed are the medians and our time over theirs. Programs are
kept in --cache (default: below the user's cache folder), so that a second run starts at once.
"""

import argparse
import sys

import peers


def families(torch):
    F = torch.nn.functional
    A = torch.ops.aten

    def x(*shape):
        return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))

    def ints(high, *shape):
        return torch.randint(0, high, shape, generator=torch.Generator().manual_seed(high))

    image, wide = x(1, 32, 56, 56), x(1, 3, 224, 224)
    rows = x(197, 768)
    last = image.to(memory_format=torch.channels_last)
    flat = x(1 << 20)
    return {
        "matmul": {
            "mm": (torch.mm, x(256, 256), x(256, 256)),
            "bmm": (torch.bmm, x(12, 197, 64), x(12, 64, 197)),
            "linear": (lambda a, w, b: A.linear(a, w, b), x(128, 768), x(768, 768), x(768)),
            "linear_vector": (lambda a, w: A.linear(a, w), x(1, 1024), x(4096, 1024)),
            "addmm": (torch.addmm, x(512), x(64, 512), x(512, 512)),
        },
        "convolution": {
            "conv2d_3x3": (lambda a, w: F.conv2d(a, w, padding=1), image, x(32, 32, 3, 3)),
            "conv2d_1x1": (lambda a, w: F.conv2d(a, w), image, x(64, 32, 1, 1)),
            "conv2d_stem": (lambda a, w: F.conv2d(a, w, stride=2, padding=3), wide, x(64, 3, 7, 7)),
            "conv2d_depthwise": (lambda a, w: F.conv2d(a, w, padding=1, groups=32), image, x(32, 1, 3, 3)),
            "conv2d_grouped": (lambda a, w: F.conv2d(a, w, padding=1, groups=4), image, x(32, 8, 3, 3)),
            "conv2d_dilated": (lambda a, w: F.conv2d(a, w, padding=2, dilation=2), image, x(32, 32, 3, 3)),
            "conv_transpose2d": (lambda a, w: F.conv_transpose2d(a, w, stride=2), x(1, 32, 28, 28), x(32, 16, 2, 2)),
            "conv1d": (lambda a, w: F.conv1d(a, w, padding=1), x(1, 64, 400), x(64, 64, 3)),
        },
        "pooling": {
            "max_pool2d": (lambda a: F.max_pool2d(a, 3, 2, 1), image),
            "avg_pool2d": (lambda a: F.avg_pool2d(a, 3, 2, 1), image),
            "adaptive_avg_pool2d": (lambda a: A._adaptive_avg_pool2d(a, [7, 7]), image),
        },
        "softmax": {
            "softmax": (lambda a: torch.softmax(a, -1), x(12, 197, 197)),
            "log_softmax": (lambda a: torch.log_softmax(a, -1), x(64, 4096)),
            "softmax_channels": (lambda a: torch.softmax(a, 1), x(1, 21, 65, 65)),
        },
        "normalisation": {
            "layer_norm": (lambda a, w, b: F.layer_norm(a, [768], w, b), rows, x(768), x(768)),
            "group_norm": (lambda a, w, b: F.group_norm(a, 8, w, b), image, x(32), x(32)),
            "batch_norm": (lambda a, m, v, w, b: F.batch_norm(a, m, v.abs() + 1, w, b), image, x(32), x(32), x(32), x(32)),
        },
        "reduction": {
            "sum": (lambda a: torch.sum(a, -1), rows),
            "sum_outer": (lambda a: torch.sum(a, 0), rows),
            "mean_image": (lambda a: torch.mean(a, [2, 3]), image),
            "amax": (lambda a: torch.amax(a, -1), rows),
            "argmax": (lambda a: torch.argmax(a, -1), rows),
            "var": (lambda a: torch.var(a, -1), rows),
            "cumsum": (lambda a: torch.cumsum(a, -1), rows),
        },
        "interpolation": {
            "bilinear": (lambda a: F.interpolate(a, scale_factor=2.0, mode="bilinear"), image),
            "nearest": (lambda a: F.interpolate(a, scale_factor=2.0, mode="nearest"), image),
        },
        "pointwise": {
            name: (f, flat, x(1 << 20)) for name, f in
            {"add": torch.add, "mul": torch.mul, "div": torch.div, "sub": torch.sub, "maximum": torch.maximum,
             "lt": torch.lt}.items()
        } | {
            name: (f, flat) for name, f in
            {"relu": torch.relu, "exp": torch.exp, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu,
             "sqrt": lambda a: torch.sqrt(torch.abs(a)), "rsqrt": lambda a: torch.rsqrt(torch.abs(a)),
             "log": lambda a: torch.log(torch.abs(a)), "sin": torch.sin, "cos": torch.cos, "erf": torch.erf,
             "clamp": lambda a: torch.clamp(a, -1, 1), "pow2": lambda a: torch.pow(a, 2.0),
             "hardswish": F.hardswish, "add_scalar": lambda a: a + 1.5, "to_half": lambda a: a.to(torch.float16),
             "to_int": lambda a: a.to(torch.int32)}.items()
        } | {
            "where": (torch.where, flat > 0, flat, x(1 << 20)),
            "broadcast_row": (torch.add, x(1024, 1024), x(1024)),
            "broadcast_column": (torch.add, x(1024, 1024), x(1024, 1)),
            "add_half": (torch.add, flat.half(), flat.half()),
        },
        "sorting": {
            "topk": (lambda a: tuple(torch.topk(a, 10)), x(16, 4096)),
            "sort": (lambda a: tuple(torch.sort(a)), x(16, 4096)),
        },
        "indexing": {
            "gather": (lambda a, i: torch.gather(a, 1, i), x(256, 1024), ints(1024, 256, 1024)),
            "scatter": (lambda a, i, s: torch.scatter(a, 1, i, s), x(256, 1024), ints(1024, 256, 512), x(256, 512)),
            "scatter_add": (lambda a, i, s: torch.scatter_add(a, 1, i, s), x(256, 1024), ints(1024, 256, 512), x(256, 512)),
            "index_select": (lambda a, i: torch.index_select(a, 0, i), x(1000, 512), ints(1000, 512)),
            "index": (lambda a, i: a[i], x(1000, 512), ints(1000, 512)),
            "index_put": (lambda a, i, v: torch.index_put(a, [i], v), x(1000, 512), ints(1000, 256), x(256, 512)),
            "embedding": (lambda w, i: F.embedding(i, w), x(10000, 256), ints(10000, 256)),
            "masked_fill": (lambda a, m: torch.masked_fill(a, m, -1.0), rows, rows > 0),
        },
        "copies": {
            "permute": (lambda a: torch.permute(a, [0, 2, 1, 3]).clone(), x(1, 197, 12, 64)),
            "transpose": (lambda a: a.t().contiguous(), x(1024, 768)),
            "cat": (lambda a, b: torch.cat([a, b], 1), x(512, 512), x(512, 512)),
            "slice": (lambda a: a[:, 100:600], x(512, 1024)),
            "expand": (lambda a: a.expand(64, 64, 256).clone(), x(64, 1, 256)),
            "repeat": (lambda a: a.repeat(4, 2), x(128, 256)),
            "pad": (lambda a: F.pad(a, [1, 1, 1, 1]), image),
            "to_channels_last": (lambda a: a.to(memory_format=torch.channels_last), image),
            "from_channels_last": (lambda a: a.contiguous(), last),
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    peers.add_options(parser)
    parser.add_argument("--family", action="append", help="only this family (repeatable)")
    options = parser.parse_args()
    torch = peers.load_torch()
    results = []
    for family, rows in families(torch).items():
        if options.family and family not in options.family:
            continue
        for name, (function, *inputs) in rows.items():
            case = peers.export(options, f"operators/{name}", function, inputs)
            if case is None:
                continue
            for threads in options.threads:
                results.append({"family": family, "name": name, "threads": threads,
                                **peers.measure(options, case, threads, "portable")})
    peers.report(options, results, by="family")
    return 0


if __name__ == "__main__":
    sys.exit(main())

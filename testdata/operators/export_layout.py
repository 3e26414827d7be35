"""Cases for copies between layouts and dtypes: python export_layout.py [family ...] (see export_operators.py)."""

import pathlib
import sys
import warnings

import torch

from export_operators import A, ALL, DIM, FLOATS, NCHW, Input, Row, export_family, plain

LAST, LAST_3D, ROWS, KEEP = torch.channels_last, torch.channels_last_3d, torch.contiguous_format, torch.preserve_format
F32 = FLOATS[:1]


def cast(memory_format):
    return lambda x: tuple(x.to(dtype, memory_format=memory_format) for dtype in ALL if dtype != x.dtype)


def filled(*sizes, **more):
    return lambda x: torch.empty(*sizes, dtype=x.dtype, **more).fill_(3) + x


SMALL = Input([1, 3, 2, 2], special=False)
SMALL_LAST = Input([1, 3, 2, 2], channels_last=True, special=False)

FAMILIES = {
    "layout": [
        Row("cast_to_last", cast(LAST), [SMALL], ALL),
        Row("cast_to_rows", cast(ROWS), [SMALL_LAST], ALL),
        Row("cast_kept_last", cast(KEEP), [SMALL_LAST], ALL),
        Row("clone", lambda x: (x.clone(memory_format=LAST), x.clone(memory_format=ROWS), x.clone()), [[2, 3, 2, 2]], ALL),
        Row("clone_last", lambda x: (x.clone(memory_format=LAST), x.clone(memory_format=ROWS), x.clone()), [NCHW], ALL),
        Row("volume", lambda x: (x.to(memory_format=LAST_3D) + 1, x.clone(memory_format=LAST_3D),
                                 x.to(memory_format=LAST_3D).to(memory_format=ROWS)), [[2, 3, 2, 2, 2]], F32 + [torch.int8]),
        Row("ranks", lambda x, y, z: (x.clone(), y.clone(memory_format=ROWS), z.to(torch.float64)), [[3], [2, 3], []], F32),
        Row("one_channel", lambda x: (x.to(memory_format=LAST), x.to(memory_format=LAST).to(torch.float64),
                                      x.clone(memory_format=ROWS)), [Input([2, 1, 3, 3], channels_last=True)], F32),
        Row("one_pixel", lambda x: (x.to(memory_format=LAST), x.clone()), [Input([2, 3, 1, 1], channels_last=True)], F32),
        Row("nothing", lambda x: (x.to(memory_format=LAST), x.clone(), x.to(torch.float64)), [[0, 3, 2, 2]], F32),
        Row("dynamic", lambda x: (x.to(memory_format=LAST) * 2, x.to(torch.float64, memory_format=LAST)), [plain([2, 3, 2, 2])], F32,
            dynamic=({0: DIM("batch", min=1, max=5)},), more=[[plain([1, 3, 2, 2])], [plain([5, 3, 2, 2])]]),
        Row("empty", filled(2, 3, 2, 2), [[2, 3, 2, 2]], ALL),
        Row("empty_last", filled(2, 3, 2, 2, memory_format=LAST), [NCHW], ALL),
        Row("empty_like", lambda x: (torch.empty_like(x).fill_(2), torch.empty_like(x, dtype=torch.float64).fill_(2),
                                     torch.empty_like(x, memory_format=ROWS).fill_(2)), [NCHW], ALL),
        Row("mixed", lambda x, y: (x + y, x * y.to(memory_format=LAST), torch.cat([x, y.to(memory_format=LAST)], 1)),
            [NCHW, [2, 3, 2, 2]], F32),
        Row("copy_into", lambda x, y: (A.copy(x, y), A.copy(y, x)), [NCHW, [2, 3, 2, 2]], F32 + [torch.int64]),
    ],
}


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder)


if __name__ == "__main__":
    main()

"""Makes picture.png and pictures.npz: what torch makes of the picture for each preset. picture.jpg holds the same pixels,
written with stb_image_write at quality 95. Usage: python make_pictures.py"""

import pathlib
import struct
import zlib

import numpy
import torch

here = pathlib.Path(__file__).parent
height, width = 32, 48
y, x = numpy.mgrid[0:height, 0:width]
pixels = numpy.stack(
    [x * 5, y * 7, 127 + 120 * numpy.sin(x / 5) * numpy.cos(y / 4)], axis=2
).clip(0, 255).astype(numpy.uint8)


def chunk(tag, data):
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))


rows = b"".join(b"\0" + row.tobytes() for row in pixels)
(here / "picture.png").write_bytes(
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(rows, 9))
    + chunk(b"IEND", b"")
)

image = torch.from_numpy(pixels).permute(2, 0, 1).float().unsqueeze(0)


def resize(size):
    return torch.nn.functional.interpolate(image, size=size, mode="bilinear", antialias=True)


mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
deviation = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
# The shorter side 14 * 256 / 224 = 16, then the middle 14.
cut = resize((16, 24))[:, :, 1:15, 5:19] / 255
numpy.savez_compressed(
    here / "pictures.npz",
    imagenet=((cut - mean) / deviation).numpy(),
    unit=(resize((10, 60)) / 255).numpy(),
    signed_last=(resize((40, 20)) / 127.5 - 1).permute(0, 2, 3, 1).numpy(),
    raw=resize((8, 12)).round().to(torch.uint8).numpy(),
)

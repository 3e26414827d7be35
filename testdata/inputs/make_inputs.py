"""Makes the input files of this folder with numpy, as users make them. Usage: python make_inputs.py"""

import json
import pathlib

import numpy

here = pathlib.Path(__file__).parent
x = numpy.array([0.5, -1.0, 2.0], dtype=numpy.float32)
numpy.savez(here / "stored.npz", x=x)
numpy.savez_compressed(here / "deflated.npz", x, numpy.arange(4096, dtype=numpy.int64).reshape(64, 64))
numpy.savez(
    here / "types.npz",
    fortran=numpy.asfortranarray(numpy.arange(6, dtype=numpy.int32).reshape(2, 3)),
    half=numpy.array([1.5, numpy.inf, numpy.nan], dtype=numpy.float16),
    complex=numpy.array([1 + 2j], dtype=numpy.complex64),
    scalar=numpy.float64(2.5),
    empty=numpy.zeros((0, 3), dtype=numpy.uint8),
)
(here / "list.json").write_text(json.dumps(x.tolist()) + "\n")
(here / "object.json").write_text(json.dumps({"x": x.tolist()}, indent=2) + "\n")
x.tofile(here / "x.bin")

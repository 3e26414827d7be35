"""Does ExecuTorch compute the same bits with the files that dedupe writes as with the originals?

    pip install torch==2.13.0 executorch==1.4.1
    python bench/dedupe_executorch.py SET ... [--ptetool FILE] [--min-size 1] [--json FILE]

A SET is programs of one family with their data, separated by spaces: "base.pte@foundation.ptd lora.pte@foundation.ptd,a.ptd".
Each set is deduplicated, and the result inlined again. Every method of the original, of the deduplicated and of the inlined
program runs in ExecuTorch's own runtime and in ptetool, on seeded inputs, in processes of their own. ExecuTorch's Python
runtime takes one data file at most: where a program has several, its data are inlined for the original's run, and named as
such. Exit status 1 where any bit differs or ExecuTorch refuses a file that it took before.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import peers

# What ExecuTorch calls the dtypes of inputs (ScalarType), as far as programs take them.
DTYPES = {0: "uint8", 1: "int8", 2: "int16", 3: "int32", 4: "int64", 5: "float16", 6: "float32", 7: "float64", 11: "bool",
          15: "bfloat16"}


def digest(value):
    import hashlib

    import torch

    if not isinstance(value, torch.Tensor):
        return str(value)
    return hashlib.sha256(value.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()).hexdigest()


def peer(inputs_folder, program, data):
    """Runs every method, keeps the inputs as <method>/<n>.npy, and prints a digest of each output's bytes."""
    import numpy

    import torch
    import executorch.extension.llm.custom_ops.custom_ops  # noqa: F401  registers llama:: operators
    import executorch.kernels.quantized  # noqa: F401
    from executorch.extension.pybindings import portable_lib

    module = portable_lib._load_for_executorch(program, data or None)
    digests = {}
    for method in module.method_names():
        meta = module.method_meta(method)
        inputs = []
        generator = torch.Generator().manual_seed(0)
        for i in range(meta.num_inputs()):
            tensor = meta.input_tensor_meta(i)
            dtype = getattr(torch, DTYPES[tensor.dtype()])
            sizes = list(tensor.sizes())
            if dtype.is_floating_point:
                inputs.append(torch.randn(sizes, generator=generator).to(dtype))
            else:
                inputs.append(torch.zeros(sizes, dtype=dtype))
        kept = pathlib.Path(inputs_folder) / method
        kept.mkdir(parents=True, exist_ok=True)
        for i, value in enumerate(inputs):
            numpy.save(kept / f"{i}.npy", value.view(torch.uint16).numpy() if value.dtype is torch.bfloat16 else value.numpy())
        digests[method] = [digest(output) for output in module.run_method(method, inputs)]
    print("result " + json.dumps(digests))


def executorch(inputs, program, data):
    command = [sys.executable, __file__, "--peer", str(inputs), str(program), *map(str, data)]
    done = subprocess.run(command, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith("result "):
            return json.loads(line[7:])
    return "refused: " + ((done.stderr + done.stdout).strip().splitlines() or ["the process ended"])[-1][:120]


def ours(options, inputs, program, data, methods):
    digests = {}
    for method in methods:
        with tempfile.TemporaryDirectory() as folder:
            command = [options.ptetool, "run", str(program), "--method", method, "--output-dir", folder]
            for path in data:
                command += ["--data", str(path)]
            for path in sorted((inputs / method).glob("*.npy"), key=lambda path: int(path.stem)):
                command += ["--input", str(path)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                return "refused: " + done.stderr.strip().splitlines()[-1][:120]
            digests[method] = {path.name: path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir())}
    return digests


def dedupe(options, models, out, *extra):
    command = [options.ptetool, "dedupe", "-o", str(out), "--min-size", str(options.min_size), *extra]
    command += [",".join([f"{program}@{data[0]}", *map(str, data[1:])]) if data else str(program) for program, data in models]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    manifest = json.loads((out / "manifest.json").read_text())
    return [(out / program["file"], [out / name for name in program["data"]]) for program in manifest["programs"]]


def check(options, models, folder):
    whole = dedupe(options, models, folder / "original", "--inline")
    thin = dedupe(options, models, folder / "thin")
    back = dedupe(options, thin, folder / "back", "--inline")
    rows = []
    for original, inlined, now, again in zip(models, whole, thin, back):
        reference = original if len(original[1]) <= 1 else inlined
        inputs = folder / "inputs" / original[0].stem
        expected = executorch(inputs, *reference)
        row = {"program": str(original[0]), "inlined": reference is inlined, "data": [path.name for path in now[1]]}
        if isinstance(expected, str):
            row["executorch"] = expected
            methods = ["forward"]
        else:
            methods = list(expected)
            thin_source = now if len(now[1]) <= 1 else None
            row["executorch thin"] = executorch(inputs, *thin_source) == expected if thin_source else "several data files"
            row["executorch inlined"] = executorch(inputs, *again) == expected
        mine = ours(options, inputs, *original, methods)
        if isinstance(mine, str):
            row["ptetool"] = mine
        else:
            row["ptetool thin"] = ours(options, inputs, *now, methods) == mine
            row["ptetool inlined"] = ours(options, inputs, *again, methods) == mine
        rows.append(row)
    return rows


def parse(text):
    models = []
    for word in text.split():
        program, _, data = word.partition("@")
        models.append((pathlib.Path(program), [pathlib.Path(d) for d in data.split(",") if d]))
    return models


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--peer":
        return peer(sys.argv[2], sys.argv[3], sys.argv[4] if len(sys.argv) > 4 else None)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--ptetool", default=str(peers.TOP / "build/release/ptetool"))
    parser.add_argument("--min-size", type=int, default=1)
    parser.add_argument("--json")
    options = parser.parse_args()
    rows = []
    for text in options.sets:
        with tempfile.TemporaryDirectory() as folder:
            try:
                rows += check(options, parse(text), pathlib.Path(folder))
            except RuntimeError as error:
                rows.append({"program": text, "dedupe": str(error)})
    for row in rows:
        print("  ".join(f"{key}: {value}" for key, value in row.items()))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1))
    sys.exit(any(value is False for row in rows for key, value in row.items() if key != "inlined"))


if __name__ == "__main__":
    main()

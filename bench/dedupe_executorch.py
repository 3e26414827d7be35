"""Does ExecuTorch compute the same bits with the files that dedupe writes as with the originals?

    pip install torch==2.13.0 executorch==1.4.1
    python bench/dedupe_executorch.py SET ... [--ptetool FILE] [--min-size 1] [--json FILE]

A SET is programs of one family with their data, separated by spaces: "base.pte@foundation.ptd lora.pte@foundation.ptd,a.ptd".
Each set is deduplicated, and the result inlined again. Every method of the original, of the deduplicated and of the inlined
program runs in ExecuTorch's own runtime and in ptetool, on seeded inputs. ExecuTorch's Python runtime takes one data file at
most: where a program has several, its data are inlined for the original's run, and named as such. Exit status 1 where any bit differs or ExecuTorch refuses a file that it took before.
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


def run_in_executorch(portable_lib, inputs_folder, program, data):
    """Runs every method, keeps the inputs as <method>/<n>.npy, and gives a digest of each output's bytes."""
    import numpy

    import torch

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
    return digests


def peer():
    """Programs from standard input, one JSON list a line; an answer for each, as soon as it is there."""
    import executorch.extension.llm.custom_ops.custom_ops  # noqa: F401  registers llama:: operators
    import executorch.kernels.quantized  # noqa: F401
    from executorch.extension.pybindings import portable_lib

    for line in sys.stdin:
        inputs, program, *data = json.loads(line)
        try:
            answer = run_in_executorch(portable_lib, inputs, program, data[0] if data else None)
        except Exception as error:
            answer = "refused: " + (str(error).strip().splitlines() or ["no reason given"])[-1][:120]
        print("result " + json.dumps(answer), flush=True)


def executorch(runs):
    """What ExecuTorch makes of each (inputs, program, data); one that ends the process is refused, the rest goes on."""
    answers = []
    while len(answers) < len(runs):
        lines = [json.dumps([str(inputs), str(program), *map(str, data)]) for inputs, program, data in runs[len(answers):]]
        done = subprocess.run([sys.executable, __file__, "--peer"], input="\n".join(lines), capture_output=True, text=True)
        answers += [json.loads(line[7:]) for line in done.stdout.splitlines() if line.startswith("result ")]
        if len(answers) < len(runs):
            answers.append("refused: " + ((done.stderr + done.stdout).strip().splitlines() or ["the process ended"])[-1][:120])
    return answers


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


def prepare(options, models, folder):
    """One row for each program of a set: the original, or inlined where that has several data files, thin, inlined again."""
    whole = dedupe(options, models, folder / "original", "--inline")
    thin = dedupe(options, models, folder / "thin")
    back = dedupe(options, thin, folder / "back", "--inline")
    rows = []
    for original, inlined, now, again in zip(models, whole, thin, back):
        reference = original if len(original[1]) <= 1 else inlined
        rows.append({"original": original, "reference": reference, "thin": now, "inlined": again,
                     "inputs": folder / "inputs" / original[0].stem})
    return rows


def compare(options, files, answer):
    """`answer`: ExecuTorch's for each of "reference", "thin" and "inlined"."""
    row = {"program": str(files["original"][0]), "inlined": files["reference"] is not files["original"],
           "data": [path.name for path in files["thin"][1]]}
    expected = answer["reference"]
    if isinstance(expected, str):
        row["executorch"] = expected
        methods = ["forward"]
    else:
        methods = list(expected)
        row["executorch thin"] = answer["thin"] == expected if "thin" in answer else "several data files"
        row["executorch inlined"] = answer["inlined"] == expected
    mine = ours(options, files["inputs"], *files["original"], methods)
    if isinstance(mine, str):
        row["ptetool"] = mine
    else:
        row["ptetool thin"] = ours(options, files["inputs"], *files["thin"], methods) == mine
        row["ptetool inlined"] = ours(options, files["inputs"], *files["inlined"], methods) == mine
    return row


def parse(text):
    models = []
    for word in text.split():
        program, _, data = word.partition("@")
        models.append((pathlib.Path(program), [pathlib.Path(d) for d in data.split(",") if d]))
    return models


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--peer":
        return peer()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--ptetool", default=str(peers.TOP / "build/release/ptetool"))
    parser.add_argument("--min-size", type=int, default=1)
    parser.add_argument("--json")
    options = parser.parse_args()
    rows, files = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(options.sets):
            try:
                files += prepare(options, parse(text), pathlib.Path(folder) / str(number))
            except RuntimeError as error:
                rows.append({"program": text, "dedupe": str(error)})
        forms = [(f, form) for f in range(len(files)) for form in ("reference", "thin", "inlined")
                 if len(files[f][form][1]) <= 1]
        answers = executorch([(files[f]["inputs"], *files[f][form]) for f, form in forms])
        by_program = [{} for _ in files]
        for (f, form), answer in zip(forms, answers):
            by_program[f][form] = answer
        rows += [compare(options, each, answer) for each, answer in zip(files, by_program)]
    for row in rows:
        print("  ".join(f"{key}: {value}" for key, value in row.items()))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=1))
    sys.exit(any(value is False for row in rows for key, value in row.items() if key != "inlined"))


if __name__ == "__main__":
    main()

"""What the benchmarks share: exporting a case, timing it in ExecuTorch's runtime and in ptetool, in turns, and a table.

ExecuTorch's side runs in a process of its own (this file, as a program), which waits while ptetool is measured; times are
those of one execution inside each runtime's process, without start and load.
"""

import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time
import warnings

TOP = pathlib.Path(__file__).resolve().parent.parent


def add_options(parser):
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "ptetool" / "bench"
    parser.add_argument("--threads", type=lambda s: [int(n) for n in s.split(",")], default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each runtime; the median counts")
    parser.add_argument("--seconds", type=float, default=0.3, help="about how long one turn measures")
    parser.add_argument("--ptetool", default=str(TOP / "build/release/ptetool"))
    parser.add_argument("--cache", type=pathlib.Path, default=cache, help="where exported programs are kept")
    parser.add_argument("--json", help="write the results to this file")


def load_torch():
    warnings.filterwarnings("ignore")
    import torch

    return torch


def export(options, name, function, inputs, partitioner=None):
    """The folder of the case, with model.pte and the inputs; None where it cannot be exported. Modules come in the mode that
    they are to be exported in."""
    import numpy
    import torch

    folder = options.cache / name
    if not (folder / "model.pte").exists():
        from executorch.exir import EdgeCompileConfig, to_edge_transform_and_lower

        class Module(torch.nn.Module):
            def forward(self, *args):
                return function(*args)

        module = function if isinstance(function, torch.nn.Module) else Module()
        try:
            exported = torch.export.export(module, tuple(inputs), strict=False)
            edge = to_edge_transform_and_lower(
                exported, partitioner=partitioner or [],
                compile_config=EdgeCompileConfig(_check_ir_validity=False, preserve_ops=[torch.ops.aten.linear.default]))
            program = edge.to_executorch().buffer
        except Exception as error:  # noqa: BLE001  whatever the exporter raises
            print(f"{name}: not exported: {str(error).splitlines()[0][:150]}", file=sys.stderr)
            return None
        folder.mkdir(parents=True, exist_ok=True)
        for i, value in enumerate(inputs):
            numpy.save(folder / f"{i}.npy", value.contiguous().numpy())
            (folder / f"{i}.order").write_text("channels_last" if not value.is_contiguous() else "contiguous")
        (folder / "model.pte").write_bytes(program)
    return folder


def inputs_of(folder):
    return sorted(folder.glob("*.npy"), key=lambda path: int(path.stem))


def time_ours(options, folder, threads, backend):
    command = [options.ptetool, "run", str(folder / "model.pte"), "--backend", backend, "--threads", str(threads), "--json",
               "--warmup", "3"]
    for path in inputs_of(folder):
        command += ["--input", str(path)]

    def run(iterations):
        done = subprocess.run(command + ["--iterations", str(iterations)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().splitlines()[0] if done.stderr else "failed")
        return find(json.loads(done.stdout), "timing")

    first = run(3)
    return run(iterations_for(options, first["p50_ms"]))["p50_ms"]


def find(tree, key):
    if isinstance(tree, dict):
        if key in tree:
            return tree[key]
        tree = list(tree.values())
    for item in tree if isinstance(tree, list) else []:
        found = find(item, key)
        if found is not None:
            return found
    return None


def iterations_for(options, milliseconds):
    return max(5, min(2000, int(options.seconds * 1000 / max(milliseconds, 0.001))))


_peers = {}


def time_theirs(options, folder, threads):
    """One turn in the process that runs ExecuTorch with this many threads."""
    if threads not in _peers:
        _peers[threads] = subprocess.Popen([sys.executable, __file__, str(threads)], stdin=subprocess.PIPE,
                                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    peer = _peers[threads]
    peer.stdin.write(f"{options.seconds}\t{folder}\n")
    peer.stdin.flush()
    for line in peer.stdout:
        if line.startswith("time "):
            return float(line.split()[1])
        if line.startswith("error "):
            raise RuntimeError("ExecuTorch: " + line[6:].strip()[:120])
    del _peers[threads]
    raise RuntimeError("ExecuTorch: the process ended")


def measure(options, folder, threads, backend):
    ours, theirs = [], []
    problems = {}
    for _ in range(options.rounds):
        for who, times, run in (("ptetool", ours, lambda: time_ours(options, folder, threads, backend)),
                                ("executorch", theirs, lambda: time_theirs(options, folder, threads))):
            if who in problems:
                continue
            try:
                times.append(run())
            except RuntimeError as error:
                problems[who] = str(error)
    row = {"ptetool_ms": statistics.median(ours) if ours else None,
           "executorch_ms": statistics.median(theirs) if theirs else None, "problems": problems}
    row["ratio"] = row["ptetool_ms"] / row["executorch_ms"] if ours and theirs else None
    return row


def report(options, results, by):
    width = max((len(row["name"]) for row in results), default=4)
    print(f"{by:14} {'name':{width}} threads  ptetool ms  executorch ms  ratio")
    groups = {}
    for row in results:
        ours, theirs, ratio = (f"{row[key]:.3f}" if row[key] is not None else "-"
                               for key in ("ptetool_ms", "executorch_ms", "ratio"))
        print(f"{row[by]:14} {row['name']:{width}} {row['threads']:7}  {ours:>10}  {theirs:>13}  {ratio:>5}"
              + "".join(f"  {who}: {what}" for who, what in row["problems"].items()))
        if row["ratio"] is not None:
            groups.setdefault((row[by], row["threads"]), []).append(row["ratio"])
    print()
    for (group, threads), ratios in groups.items():
        mean = math.exp(sum(math.log(r) for r in ratios) / len(ratios))
        print(f"{group}, {threads} thread{'s' * (threads != 1)}: geometric mean {mean:.3f}, worst {max(ratios):.3f}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1) + "\n")


def median_time(portable_lib, torch, folder, seconds):
    import numpy

    method = portable_lib._load_for_executorch(str(folder / "model.pte"))
    inputs = []
    for path in inputs_of(folder):
        value = torch.from_numpy(numpy.load(path))
        if path.with_suffix(".order").read_text() == "channels_last":
            value = value.to(memory_format=torch.channels_last)
        inputs.append(value)
    for _ in range(3):
        method.forward(inputs)
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 5 or (time.perf_counter() < end and len(times) < 2000):
        start = time.perf_counter()
        method.forward(inputs)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def main():
    """ExecuTorch's side: for each line "seconds, folder" of stdin the median time of one execution in milliseconds."""
    import torch
    from executorch.extension.pybindings import portable_lib

    for module in ("executorch.kernels.quantized", "executorch.extension.llm.custom_ops.custom_ops"):
        try:
            __import__(module)
        except ImportError:
            pass
    portable_lib._unsafe_reset_threadpool(int(sys.argv[1]))
    for line in sys.stdin:
        seconds, folder = line.rstrip("\n").split("\t")
        try:
            print("time", median_time(portable_lib, torch, pathlib.Path(folder), float(seconds)), flush=True)
        except Exception as error:  # noqa: BLE001  whatever the runtime raises
            print("error", (str(error).splitlines() or ["failed"])[0], flush=True)


if __name__ == "__main__":
    main()

"""Start and memory of delegated models beside ExecuTorch's runtime: cold, with a warm packed cache, and a second program
over the same weights in one process.

    pip install torch==2.13.0 executorch==1.4.1 torchvision==0.28.0
    python bench/memory.py [NAME ...] [--variant xnnpack|int8] [--threads 1,2] [--rounds 5] [--json FILE]

Each round starts processes anew; medians are printed. "start" is until the first result is there. ExecuTorch packs with the
first use of a method; of ptetool's start, "first" is the first execution, the rest opens and loads. Memory is what the
process grew by, after the first execution: anonymous (its own) and of files (pages that the system may drop, and that
processes share).
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import models
import peers

MIB = 1 << 20


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def ours(options, folder, threads, extra):
    command = [options.ptetool, "run", str(folder / "model.pte"), "--threads", str(threads), "--json", *extra]
    for path in peers.inputs_of(folder):
        command += ["--input", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    model = json.loads(done.stdout)["models"][0]
    timing, memory = model["timing"], model["memory"]
    return {"start": timing["open_ms"] + timing["load_ms"] + timing["first_ms"], "first": timing["first_ms"],
            "anonymous": memory["anonymous_bytes"] / MIB, "file": memory["file_bytes"] / MIB,
            "peak": memory["peak_loaded_bytes"] / MIB, "packed": (memory["packed_bytes"] or 0) / MIB}


def second(options, folder, threads):
    """What the same program adds when it is loaded once more."""
    model = str(folder / "model.pte")
    done = subprocess.run([options.ptetool, "run", model, model, "--threads", str(threads), "--json"],
                          capture_output=True, text=True, check=True)
    row = json.loads(done.stdout)["together"][1]
    return {"load": row["load_ms"], "added": row["added_bytes"] / MIB, "shared": row["shared_bytes"] / MIB}


def theirs(folder, threads):
    done = subprocess.run([sys.executable, __file__, "--peer", str(threads), str(folder)], capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith("result "):
            return json.loads(line[7:])
    raise RuntimeError("ExecuTorch: " + (done.stderr.strip().splitlines() or ["the process ended"])[-1])


def peer(threads, folder):
    import time

    import numpy
    import torch
    from executorch.extension.pybindings import portable_lib

    def resident():
        fields = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
        return {key: int(fields[key].split()[0]) / 1024 for key in ("RssAnon", "RssFile")}

    portable_lib._unsafe_reset_threadpool(threads)
    inputs = [torch.from_numpy(numpy.load(path)) for path in peers.inputs_of(folder)]
    before = resident()
    begin = time.perf_counter()
    method = portable_lib._load_for_executorch(str(folder / "model.pte"))
    method.forward(inputs)
    start = time.perf_counter() - begin
    after = resident()
    print("result", json.dumps({"start": start * 1000, "anonymous": after["RssAnon"] - before["RssAnon"],
                                "file": after["RssFile"] - before["RssFile"]}), flush=True)


def main():
    if sys.argv[1:2] == ["--peer"]:
        peer(int(sys.argv[2]), pathlib.Path(sys.argv[3]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    peers.add_options(parser)
    parser.add_argument("names", nargs="*", default=["mobilenet_v2", "resnet50"])
    parser.add_argument("--variant", choices=["xnnpack", "int8"], default="xnnpack")
    parser.add_argument("--size", type=int, default=224)
    options = parser.parse_args()

    results = []
    print(f"{'name':20} threads {'':10} {'start ms':>9} {'ratio':>6} {'first ms':>9} {'anonymous':>10} {'of files':>9} {'peak':>7} MiB")
    for name, folder in models.cases(options):
        for threads in options.threads:
            rows = {"executorch": [], "cold": [], "cached": [], "second": []}
            with tempfile.TemporaryDirectory() as cache:
                ours(options, folder, threads, ["--packed-cache", cache])
                for _ in range(options.rounds):
                    rows["executorch"].append(theirs(folder, threads))
                    rows["cold"].append(ours(options, folder, threads, []))
                    rows["cached"].append(ours(options, folder, threads, ["--packed-cache", cache]))
                    rows["second"].append(second(options, folder, threads))
            base = median(rows["executorch"], "start")
            for who in ("executorch", "cold", "cached"):
                each = rows[who]
                line = f"{name:20} {threads:7} {who:10} {median(each, 'start'):9.2f} {median(each, 'start') / base:6.3f}"
                line += f" {median(each, 'first'):9.2f}" if "first" in each[0] else f" {'':9}"
                line += f" {median(each, 'anonymous'):10.1f} {median(each, 'file'):9.1f}"
                print(line + (f" {median(each, 'peak'):7.1f}" if "peak" in each[0] else ""))
            print(f"{name:20} {threads:7} once more  {median(rows['second'], 'load'):9.2f} ms, "
                  f"{median(rows['second'], 'added'):.1f} MiB added, {median(rows['second'], 'shared'):.1f} MiB shared")
            results.append({"name": name, "threads": threads, **rows})
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Language models beside ExecuTorch's runtime: tokens a second, time to the first token, memory.

    pip install torch==2.13.0 executorch==1.4.1
    python bench/llm.py MODEL[@DATA,DATA] ... [--prompt 128] [--new 32] [--threads 1,2] [--rounds 3] [--json FILE]

Every model is measured in a process of its own, in turns with ExecuTorch; the medians count. Several models are then
loaded together, and what each one added to the first is printed. ExecuTorch's Python runtime takes one data file at most
and needs the logits of the last position only; memory is the peak of the process, less what it was before loading.
testdata/llm/export_llm.py shows how such models are exported; their weights make no difference to the times.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
# Peaks of the process in GiB that ExecuTorch publishes for Qwen3-0.6B (1.1 and later): one program, base and LoRA together.
PUBLISHED = [("fp32", 4.4, 5.77), ("8da4w", 1.9, 3.1), ("8da4w, 8-bit embedding", 1.5, 2.1)]
COLUMNS = [("load_ms", "load ms"), ("first_ms", "first token ms"), ("prefill", "prefill tok/s"), ("decode", "decode tok/s"),
           ("peak", "peak MiB")]


def ours(options, models, threads):
    command = [options.ptetool, "run", *models, "--prompt-tokens", str(options.prompt), "--max-new-tokens", str(options.new),
               "--ignore-eos", "--threads", str(threads), "--backend", options.backend, "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().splitlines()[0])
    return json.loads(done.stdout)


def our_row(document):
    model = document["models"][0]
    memory, generation = model["memory"], model["generation"]
    return {"load_ms": model["timing"]["open_ms"] + model["timing"]["load_ms"], "first_ms": generation["first_token_ms"],
            "prefill": generation["prefill_tokens_per_s"], "decode": generation["decode_tokens_per_s"],
            "peak": memory["rss_peak_bytes"] / 2**20}


def their_row(options, model, threads):
    command = [sys.executable, __file__, "--executorch", model, "--prompt", str(options.prompt), "--new", str(options.new),
               "--threads", str(threads)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("ExecuTorch: " + (done.stderr.strip().splitlines() or ["failed"])[-1][:120])
    return json.loads(done.stdout.strip().splitlines()[-1])


def resident(field):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def executorch(options):
    """The other side, in a process of its own: one line of JSON."""
    import warnings

    warnings.filterwarnings("ignore")
    import torch
    from executorch.extension.pybindings import portable_lib

    for module in ("executorch.kernels.quantized", "executorch.extension.llm.custom_ops.custom_ops"):
        __import__(module)
    portable_lib._unsafe_reset_threadpool(options.threads[0])
    before = resident("VmRSS")
    program, _, data = options.executorch.partition("@")
    start = time.perf_counter()
    module = portable_lib._load_for_executorch(program, data) if data else portable_lib._load_for_executorch(program)
    load = time.perf_counter() - start
    # The method itself is loaded by the first execution: counted as load, as ptetool does.
    start = time.perf_counter()
    module.forward([torch.zeros(1, 1, dtype=torch.int64), torch.zeros(1, dtype=torch.int64)])
    load += time.perf_counter() - start
    tokens = (torch.arange(options.prompt, dtype=torch.int64) * 7 % 500).reshape(1, -1)
    start = time.perf_counter()
    logits = module.forward([tokens, torch.tensor([0])])[0]
    prefill = time.perf_counter() - start
    steps = []
    for position in range(options.prompt, options.prompt + options.new - 1):
        start = time.perf_counter()
        token = logits.reshape(-1, logits.shape[-1])[-1].argmax().reshape(1, 1)
        logits = module.forward([token, torch.tensor([position])])[0]
        steps.append(time.perf_counter() - start)
    print(json.dumps({"load_ms": load * 1000, "first_ms": prefill * 1000, "prefill": options.prompt / prefill,
                      "decode": len(steps) / sum(steps) if steps else 0,
                      "peak": (resident("VmHWM") - before) / 2**20}))


def median_row(rows):
    return {key: statistics.median(row[key] for row in rows) for key, _ in COLUMNS}


def measure(options, model, threads):
    runs = {"ptetool": [], "executorch": []}
    problems = {}
    for _ in range(options.rounds):
        for who, run in (("ptetool", lambda: our_row(ours(options, [model], threads))),
                         ("executorch", lambda: their_row(options, model, threads))):
            if who in problems:
                continue
            try:
                runs[who].append(run())
            except RuntimeError as error:
                problems[who] = str(error)
    return {who: median_row(rows) if rows else None for who, rows in runs.items()}, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*")
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--new", type=int, default=32)
    parser.add_argument("--threads", type=lambda s: [int(n) for n in s.split(",")], default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--ptetool", default=str(TOP / "build/release/ptetool"))
    parser.add_argument("--json", type=pathlib.Path, help="write the results to this file")
    parser.add_argument("--executorch", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.executorch:
        return executorch(options)
    results = []
    width = max(len(model) for model in options.models)
    print(f"{'model':{width}} threads  runtime    " + "  ".join(f"{label:>14}" for _, label in COLUMNS))
    for model in options.models:
        for threads in options.threads:
            rows, problems = measure(options, model, threads)
            results.append({"model": model, "threads": threads, **rows, "problems": problems})
            for who, row in rows.items():
                cells = "  ".join(f"{row[key]:14.1f}" if row else f"{'-':>14}" for key, _ in COLUMNS)
                print(f"{model:{width}} {threads:7}  {who:10} {cells}  {problems.get(who, '')}".rstrip(), flush=True)
    if len(options.models) > 1:
        document = ours(options, options.models, max(options.threads))
        print("\ntogether: added MiB, of it anonymous; packed weights shared MiB")
        for row in document["together"]:
            sizes = [row[key] / 2**20 for key in ("added_bytes", "added_anonymous_bytes", "shared_bytes")]
            print(f"{row['file']:{width}} " + "  ".join(f"{size:10.1f}" for size in sizes))
        peak = document["models"][-1]["memory"]["rss_peak_bytes"] / 2**30
        print(f"\npeak of the process: {peak:.2f} GiB; ExecuTorch publishes for Qwen3-0.6B, one program and base with LoRA:")
        for variant, one, both in PUBLISHED:
            print(f"    {variant:24} {one:5.2f} {both:5.2f} GiB")
        results.append({"together": document["together"], "peak_bytes": document["models"][-1]["memory"]["rss_peak_bytes"]})
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

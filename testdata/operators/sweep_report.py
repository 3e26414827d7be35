"""Runs bundled programs and counts: python sweep_report.py PTETOOL FOLDER [more options of 'ptetool run']

Prints each program that does not give what PyTorch gave, nor what is as near to its answer in float64, with what the tool
says about it.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
from collections import Counter

import numpy


def judge(tool, path, options):
    """("agree" | "differ" | "refused" | "crash", why)"""
    try:
        done = subprocess.run([tool, "run", path, "--json", *options], capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired:
        return "crash", "no answer after 600 s"
    if done.returncode == 0:
        return "agree", ""
    if done.returncode < 0:
        return "crash", f"signal {-done.returncode}"
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return "refused", (done.stderr.strip().splitlines() or ["?"])[-1]
    if done.returncode == 1 and as_near(tool, path, options):
        return "agree", ""
    return ("differ", why_not(report)) if done.returncode == 1 else ("refused", done.stderr.strip() or why_not(report))


def why_not(report):
    """What the tool says about each output that differs, or about what it refuses."""
    cases = [case for model in report.get("models", []) for case in model.get("test_cases") or []]
    said = [f"{case['method']} #{case['output']}: {case['difference']}" for case in cases if not case["agrees"]]
    return json.dumps(said or report.get("problems") or report)[:4000]


# Of each dtype, half a step between its numbers: by size, and the least.
HALF_STEPS = {"f16": (2.0**-11, 2.0**-25), "bf16": (2.0**-8, 2.0**-134), "f32": (2.0**-24, 2.0**-150), "c64": (2.0**-24, 2.0**-150)}


def values_of(array, dtype):
    """What .npy holds, with float64's digits."""
    if dtype == "bf16" and array.dtype == numpy.uint16:
        array = (array.astype(numpy.uint32) << 16).view(numpy.float32)
    return array.astype(numpy.complex128 if array.dtype.kind == "c" else numpy.float64)


def as_near(tool, path, options):
    """Whether each element is as near as eager's to the answer of float64 beside the program, or rounds that one."""
    beside = pathlib.Path(path).with_suffix(".npz")
    if not beside.exists():
        return False
    with tempfile.TemporaryDirectory() as folder, numpy.errstate(all="ignore"):
        subprocess.run([tool, "run", path, "--output-dir", folder, *options], capture_output=True, timeout=600)
        known = numpy.load(beside)
        for name in known.files:
            kind, place, dtype = name.split("_")
            if kind == "eager":
                eager, exact = (values_of(known[f"{kind}_{place}_{dtype}"], dtype) for kind in ("eager", "exact"))
                ours = values_of(numpy.load(pathlib.Path(folder) / f"{place}.npy"), dtype)
                relative, least = HALF_STEPS.get(dtype, (0, 0))
                allowed = numpy.fmax(abs(eager - exact), numpy.fmax(abs(exact) * relative * 1.01, least))
                overflown = numpy.isinf(ours) & (abs(exact) > (65519 if dtype == "f16" else 3.39e38)) & (numpy.sign(ours) == numpy.sign(exact))
                same = overflown | (ours == eager) | (ours == exact) | (numpy.isnan(ours) & numpy.isnan(exact))
                if not (same | (abs(ours - exact) <= allowed)).all():
                    return False
    return True


def main():
    tool, folder, *options = sys.argv[1:]
    counts = Counter()
    for path in sorted(pathlib.Path(folder).glob("*.bpte")):
        verdict, why = judge(tool, str(path), options)
        counts[verdict] += 1
        if verdict != "agree":
            print(f"{verdict}\t{path.stem}\t{why}")
    left = pathlib.Path(folder) / "left_out.tsv"
    print(f"{sum(counts.values())} exported: {dict(counts)}; {len(left.read_text().splitlines()) if left.exists() else 0} refused by the exporter")


if __name__ == "__main__":
    main()

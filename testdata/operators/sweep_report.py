"""Runs bundled programs and counts: python sweep_report.py [--any] PTETOOL FOLDER [more options of 'ptetool run']

Prints each program that does not give what PyTorch gave, with the first thing that the tool says about it. With --any the test
cases of a method hold several answers that are right (sweep_calls.py writes such), and one of them is enough.
"""

import json
import pathlib
import subprocess
import sys
from collections import Counter


def judge(tool, path, options, any_case=False):
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
    if any_case and done.returncode == 1 and one_case_agrees(report):
        return "agree", ""
    return ("differ" if done.returncode == 1 else "refused"), json.dumps(report.get("problems") or report.get("cases") or report)[:4000]


def one_case_agrees(report):
    for model in report["models"]:
        cases = {}
        for output in model.get("test_cases") or []:
            key = output["method"], output["case"]
            cases[key] = cases.get(key, True) and output["agrees"]
        if not any(cases.values()):
            return False
    return True


def main():
    any_case = "--any" in sys.argv[1:]
    tool, folder, *options = [argument for argument in sys.argv[1:] if argument != "--any"]
    counts = Counter()
    for path in sorted(pathlib.Path(folder).glob("*.bpte")):
        verdict, why = judge(tool, str(path), options, any_case)
        counts[verdict] += 1
        if verdict != "agree":
            print(f"{verdict}\t{path.stem}\t{why}")
    left = pathlib.Path(folder) / "left_out.tsv"
    print(f"{sum(counts.values())} exported: {dict(counts)}; {len(left.read_text().splitlines()) if left.exists() else 0} refused by the exporter")


if __name__ == "__main__":
    main()

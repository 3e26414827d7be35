"""What dedupe and diff cost for files of gigabytes, beside cp and cmp: wall time, and memory of the process's own.

    cmake --build build/release --target ptetool large_set
    python bench/large_sets.py [FOLDER] [--gigabytes 2.4] [--rounds 3]

Two fused programs with one foundation are deduplicated (aim: 3 times the time of copying them, 200 MiB), and two data files
that differ in one number are compared (aim: 1.5 times the time of cmp, 200 MiB). Medians; the files are in the page cache.
cmp stops at the first byte that differs, so it is given -l, which reads on.
"""

import argparse
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
MIB = 1 << 20


def anonymous(pid):
    """Bytes of the process's own memory, or 0 where it has ended."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def measured(command, rounds, before=lambda: None):
    seconds, most = [], 0
    for _ in range(rounds):
        before()
        start = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
        while process.poll() is None:
            most = max(most, anonymous(process.pid))
            time.sleep(0.01)
        seconds.append(time.perf_counter() - start)
        if process.returncode not in (0, 1):
            raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return statistics.median(seconds), most


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--gigabytes", type=float, default=2.4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ptetool = TOP / "build/release/ptetool"
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        subprocess.run([TOP / "build/release/bench/large_set", folder, str(options.gigabytes)], check=True)
        out = folder / "out"
        fresh = lambda: (shutil.rmtree(out, ignore_errors=True), out.mkdir())
        programs = [folder / "base.pte", folder / "lora.pte"]
        rows = [
            ("cp", measured(["cp", *programs, out], options.rounds, fresh), None),
            ("dedupe -o", measured([ptetool, "dedupe", *programs, "-o", out], options.rounds, fresh), "cp"),
            ("dedupe", measured([ptetool, "dedupe", *programs], options.rounds), "cp"),
            ("cmp -l", measured(["cmp", "-l", folder / "old.ptd", folder / "new.ptd"], options.rounds), None),
            ("diff", measured([ptetool, "diff", folder / "old.ptd", folder / "new.ptd"], options.rounds), "cmp -l"),
            ("diff --json", measured([ptetool, "diff", "--json", programs[0], programs[1]], options.rounds), "cmp -l"),
        ]
        times = {label: seconds for label, (seconds, _), _ in rows}
        for label, (seconds, memory), beside in rows:
            ratio = f"{seconds / times[beside]:5.2f} x {beside}" if beside else ""
            print(f"{label:12} {seconds:7.2f} s  {memory / MIB:7.1f} MiB  {ratio}")


if __name__ == "__main__":
    main()

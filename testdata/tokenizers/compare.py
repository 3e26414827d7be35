"""Compares ptetool with the reference libraries over mixed text of all tokenizers here, or those given.

    python compare.py build/release/tests/ptetool_tokens [--size BYTES] [TOKENIZER …]

For each: the texts whose ids differ, the texts that decode differently, and the times of both.
"""

import argparse
import pathlib
import struct
import subprocess
import time

import texts
from reference import Reference

HERE = pathlib.Path(__file__).parent


def run(program, path, documents):
    data = b"".join(struct.pack("<I", len(d)) + d for d in documents)
    done = subprocess.run([program, str(path)], input=data, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    out, at, answers = done.stdout, 0, []
    while at < len(out):
        (count,) = struct.unpack_from("<I", out, at)
        ids = list(struct.unpack_from(f"<{count}I", out, at + 4))
        at += 4 + 4 * count
        (size,) = struct.unpack_from("<I", out, at)
        answers.append((ids, out[at + 4 : at + 4 + size]))
        at += 4 + size
    return answers, done.stderr.decode().strip().replace("\n", "; ")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("tokenizers", nargs="*", type=pathlib.Path)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--show", type=int, default=2)
    parser.add_argument("--lines", action="store_true", help="the hard lines instead of mixed text")
    arguments = parser.parse_args()
    paths = arguments.tokenizers or sorted(p for p in HERE.iterdir() if p.suffix in (".json", ".model", ".bin"))
    for path in paths:
        documents = texts.lines(2000) if arguments.lines else [d.encode() for d in texts.mixed_text(arguments.size)]
        if path.suffix == ".bin" and not arguments.lines:
            # The reference is quadratic.
            documents = [line for document in documents for line in document.split(b"\n") if len(line) < 400]
        reference = Reference(path)
        start = time.perf_counter()
        expected = [(ids, reference.decode(ids)) for ids in map(reference.encode, documents)]
        seconds = time.perf_counter() - start
        answers, report = run(arguments.program, path, documents)
        encoded = [i for i, (a, e) in enumerate(zip(answers, expected)) if a[0] != e[0]]
        decoded = [i for i, (a, e) in enumerate(zip(answers, expected)) if a[1] != e[1]]
        print(
            f"{path.name}: {sum(map(len, documents))} bytes, {len(documents)} texts, {sum(len(e[0]) for e in expected)} tokens: "
            f"{len(encoded)} encoded and {len(decoded)} decoded differently ({report}; reference {seconds:.2f} s)",
            flush=True,
        )
        for i in encoded[: arguments.show]:
            a, e = answers[i][0], expected[i][0]
            at = next((j for j in range(min(len(a), len(e))) if a[j] != e[j]), min(len(a), len(e)))
            print(f"  text {i}, token {at}: {a[at:at + 8]} for {e[at:at + 8]}; behind {reference.decode(e[max(0, at - 6):at])!r}, {reference.decode(e[at:at + 6])!r}")
        for i in [i for i in decoded if i not in encoded][: arguments.show]:
            print(f"  text {i}: {answers[i][1][:200]!r} for {expected[i][1][:200]!r}")


if __name__ == "__main__":
    main()

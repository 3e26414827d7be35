#!/usr/bin/env python3
"""Opens a tokenizer.json of Qwen's size: how long it takes, and how much memory.

    python bench/tokenizer.py build/release/tests/ptetool_tokens [FILE]

Without FILE one is made: 151,643 tokens by as many merges less the bytes, each of two tokens that were there before, the way
training makes them. Of several runs the fastest counts.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

TOKENS = 151_643
PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_letters():
    """The letters that stand for bytes, in the order of the bytes."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = (byte for byte in range(256) if byte not in plain)
    shifted = {byte: 256 + i for i, byte in enumerate(others)}
    return [chr(shifted.get(byte, byte)) for byte in range(256)]


def make(path, tokens):
    draw = random.Random(1)
    letters = byte_letters()
    # Texts are made of letters and spaces mostly.
    common = [letter for letter in letters if letter.isascii() and letter.isalpha()] + [letters[32]]
    vocabulary = dict.fromkeys(letters)
    merges, pool = [], common * 8
    while len(vocabulary) < tokens:
        first, second = draw.choice(pool), draw.choice(pool)
        joined = first + second
        if len(joined) > 14 or letters[32] in joined[1:] or joined in vocabulary:
            continue
        vocabulary[joined] = None
        merges.append(f"{first} {second}")
        if len(joined) < 8:
            pool.append(joined)
    special = [{"id": tokens + i, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for i, text in enumerate(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])]
    split = {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    document = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
                "normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, level]},
                "post_processor": level, "decoder": level,
                "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                          "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False,
                          "vocab": {text: i for i, text in enumerate(vocabulary)}, "merges": merges}}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1))


def measure(program, path):
    """Seconds to open, of them of the processor, the peak of memory in MiB, and what of it stays."""
    child = subprocess.Popen([program, path], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             text=True)
    said = child.stderr.readline()  # and now it waits for texts
    status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
    child.stdin.close()
    _, code, usage = os.wait4(child.pid, 0)
    if code != 0:
        sys.exit(said)
    size = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in status.splitlines() if line.endswith(" kB")}
    return (float(said.split("opened in ")[1].split()[0]), usage.ru_utime + usage.ru_stime, size["VmHWM"], size["VmRSS"])


def best(program, path, runs=7):
    return [min(values) for values in zip(*(measure(program, path) for _ in range(runs)))]


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        small = pathlib.Path(folder) / "small.json"
        make(small, 261)
        large = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(folder) / "large.json"
        if len(sys.argv) <= 2:
            make(large, TOKENS)
        before = best(program, small)
        seconds, processor, peak, stays = best(program, large)
        print(f"{large.stat().st_size / 1e6:.1f} MB: opened in {seconds:.3f} s ({processor:.3f} s of the processor); memory "
              f"{stays:.0f} MiB, {stays - before[3]:.0f} MiB more than with a small one; at most {peak:.0f} MiB")


if __name__ == "__main__":
    main()

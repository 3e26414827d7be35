"""Language models beside llama.cpp: tokens a second of the same shape with random weights, on the CPU.

    pip install gguf numpy
    python bench/llama_cpp.py MODEL[@DATA] --config CONFIG.json --llama-bench PATH [--type f32|q4_0] [--prompt 128]
                              [--new 32] [--threads 1,2] [--rounds 3] [--json FILE]

MODEL is a Qwen3 program and CONFIG.json its shape, both as testdata/llm/export_llm.py writes them; PATH is the llama-bench
of a build of llama.cpp, beside which llama-quantize lies. Weights are drawn once per shape and type and kept in --cache.
Each round measures one after the other, each in a process of its own; printed are medians, and our figure over llama.cpp's.
"""

import argparse
import json
import pathlib
import statistics
import subprocess

import llm

COLUMNS = ["prefill", "decode"]


def write_model(path, shape, context):
    import gguf
    import numpy

    random = numpy.random.default_rng(0)
    writer = gguf.GGUFWriter(str(path), "qwen3")
    heads, groups, head = shape["n_heads"], shape["n_kv_heads"], shape["head_dim"]
    width, hidden = shape["dim"], shape["hidden_dim"]
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(shape["n_layers"])
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(groups)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(shape["norm_eps"])
    writer.add_rope_freq_base(shape["rope_theta"])
    writer.add_vocab_size(shape["vocab_size"])
    writer.add_tokenizer_model("none")

    def tensor(name, *dims):
        writer.add_tensor(name + ".weight", random.standard_normal(dims, dtype=numpy.float32) * 0.02)

    tensor("token_embd", shape["vocab_size"], width)
    tensor("output_norm", width)
    for layer in range(shape["n_layers"]):
        block = f"blk.{layer}."
        for name, dims in {"attn_norm": [width], "ffn_norm": [width], "attn_q_norm": [head], "attn_k_norm": [head],
                           "attn_q": [heads * head, width], "attn_k": [groups * head, width],
                           "attn_v": [groups * head, width], "attn_output": [width, heads * head],
                           "ffn_gate": [hidden, width], "ffn_up": [hidden, width], "ffn_down": [width, hidden]}.items():
            tensor(block + name, *dims)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def model_of(options):
    shape = json.loads(options.config.read_text())
    key = "_".join(str(shape[name]) for name in ("dim", "hidden_dim", "n_layers", "n_heads", "n_kv_heads", "vocab_size"))
    folder = options.cache / "llama_cpp"
    folder.mkdir(parents=True, exist_ok=True)
    plain = folder / f"{key}_f32.gguf"
    if not plain.exists():
        part = plain.with_suffix(".part")
        write_model(part, shape, 2048)
        part.rename(plain)
    if options.type == "f32":
        return plain
    quantised = folder / f"{key}_{options.type}.gguf"
    if not quantised.exists():
        part = quantised.with_suffix(".part")
        tool = options.llama_bench.parent / "llama-quantize"
        subprocess.run([str(tool), str(plain), str(part), options.type], check=True, capture_output=True)
        part.rename(quantised)
    return quantised


def their_row(options, model, threads):
    command = [str(options.llama_bench), "-m", str(model), "-p", str(options.prompt), "-n", str(options.new), "-t",
               str(threads), "-r", "1", "-o", "json"]
    tests = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {"prefill" if test["n_gen"] == 0 else "decode": test["avg_ts"] for test in tests}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--config", type=pathlib.Path, required=True, help="the shape that the model was exported with")
    parser.add_argument("--llama-bench", type=pathlib.Path, required=True)
    parser.add_argument("--type", choices=["f32", "q4_0"], default="q4_0", help="of llama.cpp's weights")
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--new", type=int, default=32)
    parser.add_argument("--threads", type=lambda s: [int(n) for n in s.split(",")], default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--ptetool", default=str(llm.TOP / "build/release/ptetool"))
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path.home() / ".cache/ptetool/bench")
    parser.add_argument("--json", type=pathlib.Path, help="write the results to this file")
    options = parser.parse_args()
    model = model_of(options)
    results = []
    for threads in options.threads:
        rounds = [(llm.our_row(llm.ours(options, [options.model], threads)), their_row(options, model, threads))
                  for _ in range(options.rounds)]
        for column in COLUMNS:
            ours, theirs = (statistics.median(each[who][column] for each in rounds) for who in (0, 1))
            results.append({"threads": threads, "what": column, "ptetool": ours, "llama.cpp": theirs})
            print(f"{column:8} {threads} threads  ptetool {ours:8.1f} tok/s  llama.cpp {theirs:8.1f} tok/s  {ours / theirs:.2f}",
                  flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()

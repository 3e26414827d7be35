"""Makes the language models of this folder: a toy of Qwen3's shape with random weights, base and LoRA adapters.

    python export_llm.py [--reuse FOLDER] [SET ...]      (torch 2.13.0, executorch 1.4.1, safetensors)

fp32/      base.pte, lora0.pte, lora1.pte over one foundation.ptd, each adapter with a lora<i>.ptd of its own; XNNPACK
q/         lora0.pte likewise, 8da4w (4-bit weights in groups of 32, 8-bit activations), 8-bit embedding
q_fused/   lora0.pte: the same weights as in q/, everything inside
expected/  <set>_<model>.npz: `logits` [33, V] (after the prompt, then after 32 greedy steps) of PyTorch eager, and
           `tokens` [33], the greedy tokens of ExecuTorch's own runtime. The logits of q are ExecuTorch's, too: an
           activation that is rounded to 8 bits the other way in eager moves logits by more than any tolerance

--reuse takes programs that were exported before, from FOLDER/<set>/<model>.pte and FOLDER/<set>_fused/<model>.pte.
ExecuTorch's Python runtime takes one data file at most, so that it runs the program with the same weights inside.
"""

import argparse
import copy
import json
import os
import pathlib
import shutil
import sys
import tempfile

import numpy
import torch
from executorch.examples.models.llama import export_llama_lib
from executorch.examples.models.llama.export_llama_lib import export_llama
from executorch.extension.llm.export.config.llm_config import LlmConfig, LoraConfig, ModelType
from safetensors.torch import save_file

PROMPT = [1, 17, 200, 3, 99, 42, 42, 7]
STEPS = 32
RANK = 4
CONTEXT = 128
CONFIG = dict(dim=64, ffn_dim_multiplier=1, hidden_dim=128, n_heads=4, head_dim=16, n_kv_heads=2, n_layers=2, vocab_size=512,
              norm_eps=1e-6, rope_theta=1e6, use_scaled_rope=False, use_hf_rope=True, attention_qkv_bias=False,
              use_qk_norm=True, qk_norm_before_rope=True)
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
KEPT = {"fp32": ["base", "lora0", "lora1"], "q": ["lora0"]}


def make_weights():
    generator = torch.Generator().manual_seed(7)

    def random(*sizes, deviation=None):
        return torch.empty(*sizes).normal_(0, deviation or sizes[-1] ** -0.5, generator=generator)

    dim, hidden = CONFIG["dim"], CONFIG["hidden_dim"]
    queries, keys = CONFIG["n_heads"] * CONFIG["head_dim"], CONFIG["n_kv_heads"] * CONFIG["head_dim"]
    state = {"tok_embeddings.weight": random(CONFIG["vocab_size"], dim, deviation=0.1), "norm.weight": 1 + random(dim, deviation=0.1)}
    state["output.weight"] = state["tok_embeddings.weight"]
    for layer in range(CONFIG["n_layers"]):
        at = f"layers.{layer}."
        state[at + "attention.wq.weight"] = random(queries, dim)
        state[at + "attention.wk.weight"] = random(keys, dim)
        state[at + "attention.wv.weight"] = random(keys, dim)
        state[at + "attention.wo.weight"] = random(dim, queries)
        state[at + "attention.q_norm_fn.weight"] = 1 + random(CONFIG["head_dim"], deviation=0.1)
        state[at + "attention.k_norm_fn.weight"] = 1 + random(CONFIG["head_dim"], deviation=0.1)
        state[at + "feed_forward.w1.weight"] = random(hidden, dim)
        state[at + "feed_forward.w2.weight"] = random(dim, hidden)
        state[at + "feed_forward.w3.weight"] = random(hidden, dim)
        state[at + "attention_norm.weight"] = 1 + random(dim, deviation=0.1)
        state[at + "ffn_norm.weight"] = 1 + random(dim, deviation=0.1)
    torch.save(state, "checkpoint.pth")
    projections = {"self_attn.q_proj": (queries, dim), "self_attn.k_proj": (keys, dim), "self_attn.v_proj": (keys, dim),
                   "self_attn.o_proj": (dim, queries), "mlp.gate_proj": (hidden, dim), "mlp.up_proj": (hidden, dim),
                   "mlp.down_proj": (dim, hidden)}
    for adapter in range(2):
        tensors = {}
        for layer in range(CONFIG["n_layers"]):
            for name, (out, features) in projections.items():
                base = f"base_model.model.model.layers.{layer}.{name}."
                tensors[base + "lora_A.weight"] = random(RANK, features)
                tensors[base + "lora_B.weight"] = random(out, RANK, deviation=0.05)
        save_file(tensors, f"adapter{adapter}.safetensors")
        pathlib.Path(f"adapter{adapter}.json").write_text(json.dumps(dict(r=RANK, lora_alpha=2 * RANK, target_modules=TARGETS)))
    pathlib.Path("config.json").write_text(json.dumps(CONFIG))


def config(name, model, fused):
    program = f"{name}_fused/{model}.pte" if fused else f"{name}/{model}.pte"
    c = LlmConfig()
    c.base.model_class = ModelType.qwen3_0_6b
    c.base.params = "config.json"
    c.base.checkpoint = "checkpoint.pth"
    c.base.metadata = json.dumps({"get_bos_id": 1, "get_eos_ids": [2]})
    c.model.use_kv_cache = True
    c.model.use_sdpa_with_kv_cache = True
    c.export.max_seq_length = CONTEXT
    c.export.max_context_length = CONTEXT
    c.export.output_name = program
    c.backend.xnnpack.enabled = True
    c.backend.xnnpack.extended_ops = True
    if not fused:
        c.export.foundation_weights_file = f"{name}/foundation.ptd"
    if model != "base":
        adapter = model.removeprefix("lora")
        c.base.lora_config = LoraConfig(adapter_checkpoint=f"adapter{adapter}.safetensors", adapter_config=f"adapter{adapter}.json")
        if not fused:
            c.export.lora_weights_file = f"{name}/{model}.ptd"
    if name == "q":
        c.quantization.qmode = "8da4w"
        c.quantization.group_size = 32
        c.quantization.embedding_quantize = "8,0"
    return c


def eager_logits(c, tokens):
    """The last row of logits after the prompt, and after each of the tokens."""
    c = copy.deepcopy(c)
    load = export_llama_lib._prepare_for_llama_export if c.quantization.qmode else export_llama_lib._load_llama_model
    model = load(c).model.eval()
    rows, position = [], 0
    with torch.no_grad():
        for step in [PROMPT] + [[int(t)] for t in tokens[:-1]]:
            out = model(torch.tensor([step]), {"input_pos": torch.tensor([position])})
            position += len(step)
            rows.append(out.reshape(-1, CONFIG["vocab_size"])[-1].float())
    return torch.stack(rows).numpy()


def executorch_answer(program):
    """Greedy tokens of ExecuTorch's runtime, and the logits: the prompt at once, then one by one."""
    from executorch.extension.llm.custom_ops import custom_ops as _ops  # noqa: F401
    from executorch.extension.pybindings import portable_lib
    from executorch.kernels import quantized as _quantized  # noqa: F401

    module = portable_lib._load_for_executorch(str(program))
    tokens, rows, step, position = [], [], PROMPT, 0
    for _ in range(STEPS + 1):
        logits = module.run_method("forward", (torch.tensor([step]), torch.tensor([position])))[0]
        position += len(step)
        rows.append(logits.reshape(-1, CONFIG["vocab_size"])[-1].clone())
        tokens.append(int(rows[-1].argmax()))
        step = [tokens[-1]]
    return tokens, torch.stack(rows).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--reuse", type=pathlib.Path)
    parser.add_argument("sets", nargs="*", default=list(KEPT))
    options = parser.parse_args()
    folder = pathlib.Path(__file__).resolve().parent
    (folder / "expected").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        make_weights()
        for name in options.sets:
            for model in KEPT[name]:
                separate, fused = config(name, model, False), config(name, model, True)
                if options.reuse:
                    for each in (name, f"{name}_fused"):
                        shutil.copytree(options.reuse / each, each, dirs_exist_ok=True)
                else:
                    pathlib.Path(name).mkdir(exist_ok=True)
                    pathlib.Path(f"{name}_fused").mkdir(exist_ok=True)
                    export_llama(copy.deepcopy(separate))
                    export_llama(copy.deepcopy(fused))
                tokens, theirs = executorch_answer(f"{name}_fused/{model}.pte")
                logits = eager_logits(separate, tokens)
                agree = int((logits.argmax(-1) == numpy.array(tokens)).sum())
                print(name, model, f"{agree} of {len(tokens)} greedy tokens as in eager", tokens)
                logits = theirs if name == "q" else logits
                numpy.savez(folder / "expected" / f"{name}_{model}.npz", logits=logits, tokens=numpy.array(tokens))
            keep = [f"{name}/{model}.pte" for model in KEPT[name]] + [f"{name}/foundation.ptd"]
            keep += [f"{name}/{model}.ptd" for model in KEPT[name] if model != "base"]
            keep += ["q_fused/lora0.pte"] if name == "q" else []
            for file in keep:
                (folder / file).parent.mkdir(exist_ok=True)
                shutil.copyfile(file, folder / file)
    return 0


if __name__ == "__main__":
    sys.exit(main())

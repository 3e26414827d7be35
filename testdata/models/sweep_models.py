"""Exports small random models of transformers, torchvision and networks.py as bundled programs with PyTorch's answers: python
sweep_models.py FOLDER [--dynamic] [--xnnpack] [--half] [NAME ...]

They are too many to be kept here; ../operators/sweep_report.py runs them and counts (with --rtol 1e-4 --atol 1e-4: sums
of many layers). What the exporter refuses is written to FOLDER/left_out.tsv with its reason. Needs transformers and
torchvision.
"""

import argparse
import pathlib
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "operators"))

import torch

from export_operators import (BundledProgram, EdgeCompileConfig, MethodTestCase, MethodTestSuite, seed_of,
                              serialize_from_bundled_program_to_flatbuffer)
from executorch.exir import to_edge_transform_and_lower

import networks

# Whatever of these a configuration has is made small.
SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64, "vocab_size": 99, "d_model": 32,
         "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 64,
         "decoder_ffn_dim": 64, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_inner": 64, "num_layers": 2, "num_heads": 4, "d_ff": 64, "d_kv": 8,
         "num_key_value_heads": 2, "head_dim": 8, "ffn_dim": 64, "embedding_size": 32, "word_embed_proj_dim": 32, "dim": 32, "n_layers": 2,
         "n_heads": 4, "hidden_dim": 64, "image_size": 32, "patch_size": 8, "max_position_embeddings": 64, "rotary_dim": 8, "n_positions": 64,
         "num_experts": 4, "num_local_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32, "shared_expert_intermediate_size": 32,
         "decoder_start_token_id": 0, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
WORDS = ("albert bart bert big_bird biogpt bloom camembert canine codegen cohere convbert ctrl deberta deberta-v2 distilbert electra ernie esm falcon "
         "fnet funnel gemma gemma2 gemma3_text glm gpt2 gpt_bigcode gpt_neo gpt_neox gptj granite granitemoe helium ibert jetmoe layoutlm led "
         "llama longformer lfm2 mamba mamba2 mbart megatron-bert ministral mistral mixtral mobilebert modernbert mpnet mpt mt5 mvp nemotron nystromformer "
         "olmo olmo2 olmoe opt pegasus persimmon phi phi3 plbart prophetnet qwen2 qwen2_moe qwen3 qwen3_moe rembert recurrent_gemma roberta roc_bert "
         "roformer rwkv smollm3 splinter squeezebert stablelm starcoder2 t5 umt5 xglm xlm xlm-roberta xlnet xmod yoso zamba "
         "apertus arcee bamba bert-generation bigbird_pegasus bitnet blenderbot blenderbot-small bros cpmant deepseek_v2 deepseek_v3 diffllama doge dots1 "
         "ernie4_5 ernie4_5_moe eurobert exaone4 falcon_h1 falcon_mamba flaubert flex_olmo fsmt gemma3n_text glm4 glm4_moe gpt_neox_japanese gpt_oss "
         "granitemoehybrid granitemoeshared hunyuan_v1_dense jina_embeddings_v3 lfm2_moe lilt longt5 luke m2m_100 marian markuplm minimax modernbert-decoder mra "
         "nanochat nemotron_h nllb-moe nomic_bert olmo3 openai-gpt pegasus_x phimoe qwen3_next reformer roberta-prelayernorm seed_oss switch_transformers "
         "tapas t5gemma vaultgemma xlm-roberta-xl xlstm zamba2").split()
PICTURES = ("beit bit convnext convnextv2 cvt data2vec-vision deit dinov2 dinov2_with_registers dpt efficientnet focalnet glpn hiera ijepa levit "
            "mobilenet_v1 mobilenet_v2 mobilevit mobilevitv2 poolformer pvt pvt_v2 regnet resnet segformer siglip_vision_model clip_vision_model swiftformer "
            "swin swin2sr swinv2 textnet vit vit_mae vit_msn yolos sam_vision_model detr conditional_detr deformable_detr rt_detr "
            "aimv2_vision_model dab-detr d_fine depth_anything dinov3_convnext dinov3_vit donut-swin hgnet_v2 maskformer-swin mgp-str mlcd_vision_model "
            "pixio pp_lcnet radio rt_detr_v2 sam_hq_vision_model sam2_hiera_det_model superpoint table-transformer timesformer upernet videomae vitdet "
            "vitpose_backbone vivit zoedepth").split()
SERIES = "patchtst patchtsmixer autoformer informer time_series_transformer timesfm".split()
SOUNDS = "wav2vec2 hubert wavlm sew unispeech unispeech-sat data2vec-audio audio-spectrogram-transformer whisper speech_to_text encodec seamless_m4t_v2 wav2vec2-bert clap_audio_model dac mimi moonshine sew-d vits wav2vec2-conformer".split()
TORCHVISION = ("alexnet convnext_tiny densenet121 efficientnet_b0 efficientnet_v2_s googlenet inception_v3 maxvit_t mnasnet0_5 mobilenet_v2 mobilenet_v3_small "
               "regnet_y_400mf regnet_x_400mf resnet18 resnext50_32x4d shufflenet_v2_x0_5 squeezenet1_0 squeezenet1_1 swin_t swin_v2_t vgg11_bn vit_b_32 "
               "wide_resnet50_2 segmentation.fcn_resnet50 segmentation.deeplabv3_mobilenet_v3_large segmentation.lraspp_mobilenet_v3_large "
               "video.r3d_18 video.mc3_18 video.r2plus1d_18 video.s3d optical_flow.raft_small").split()
KEPT = object()  # what a configuration has of itself
MORE = {  # what a configuration needs besides
    "sam_vision_model": {"image_size": 64, "window_size": 4, "num_pos_feats": 16, "output_channels": 32, "global_attn_indexes": [1]},
    "deberta-v2": {"relative_attention": True, "position_biased_input": False}, "deberta": {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "audio-spectrogram-transformer": {"max_length": 64, "num_mel_bins": 32, "patch_size": 16}, "whisper": {"max_source_positions": 50},
    "gptj": {"rotary_dim": 4}, "codegen": {"rotary_dim": 4}, "mamba": {"state_size": 8}, "mamba2": {"state_size": 8, "head_dim": 16, "num_heads": 4, "n_groups": 2, "chunk_size": 8},
    "longformer": {"attention_window": [8, 8]}, "led": {"attention_window": [8, 8]}, "gpt_neo": {"attention_types": [[["global", "local"], 1]]},
    "funnel": {"block_sizes": [1, 1], "d_head": 8, "d_inner": 64}, "xlnet": {"d_inner": 64}, "vit_mae": {"mask_ratio": 0.0},
    "big_bird": {"attention_type": "original_full"}, "detr": {"use_timm_backbone": False}, "swin": {"depths": [1, 1], "num_heads": [2, 4], "embed_dim": 16, "patch_size": 4, "window_size": 4},
    "swinv2": {"depths": [1, 1], "num_heads": [2, 4], "embed_dim": 16, "patch_size": 4, "window_size": 4},
    "swin2sr": {"depths": [1, 1], "num_heads": [2, 2], "embed_dim": 16, "window_size": 4, "patch_size": 1},
    "convnext": {"patch_size": 4, "hidden_sizes": [16, 24, 32, 40], "depths": [1, 1, 2, 1]}, "convnextv2": {"patch_size": 4, "hidden_sizes": [16, 24, 32, 40], "depths": [1, 1, 2, 1]},
    "efficientnet": {"hidden_dim": KEPT, "image_size": 64}, "hiera": {"image_size": KEPT, "patch_size": KEPT, "depths": [1, 1, 2, 1], "embed_dim": 16},
    "levit": {"image_size": 224, "patch_size": 16, "hidden_sizes": [32, 48, 64], "num_attention_heads": [2, 3, 4], "depths": [1, 1, 1]},
    "mobilevit": {"patch_size": 2, "image_size": 64}, "mobilevitv2": {"patch_size": 2, "image_size": 64, "base_attn_unit_dims": [16, 24, 32], "n_attn_blocks": [1, 1, 1]},
    **{name: {"num_queries": 8, "num_denoising": 0, "anchor_image_size": [64, 64], "eval_size": [64, 64], "encoder_hidden_dim": 32, "decoder_in_channels": [32, 32, 32]}
       for name in ("rt_detr", "rt_detr_v2", "d_fine")},
    "vivit": {"num_frames": 4, "tubelet_size": [2, 8, 8]}, "videomae": {"num_frames": 4, "tubelet_size": 2}, "timesformer": {"num_frames": 2},
    "dinov3_vit": {"num_register_tokens": 2}, "vitpose_backbone": {"image_size": [32, 32], "patch_size": [8, 8]}, "mimi": {"num_quantizers": 4, "upsample_groups": 32, "codebook_size": 16},
    "dac": {"encoder_hidden_size": 8, "decoder_hidden_size": 64, "downsampling_ratios": [2, 4], "upsampling_ratios": [4, 2], "n_codebooks": 2, "codebook_size": 16},
    "patchtst": {"num_input_channels": 3, "context_length": 32, "patch_length": 4, "patch_stride": 4, "num_attention_heads": 4, "do_mask_input": False},
    "patchtsmixer": {"num_input_channels": 3}, "timesfm": {"context_length": 64, "patch_length": 16, "horizon_length": 16},
    **{name: {"prediction_length": 8, "context_length": 16, "lags_sequence": [1, 2, 3], "num_time_features": 2}
       for name in ("autoformer", "informer", "time_series_transformer")},
    "xlstm": {"embedding_dim": 32, "num_blocks": 2, "chunkwise_kernel": "chunkwise--native_autograd", "sequence_kernel": "native_sequence__native", "step_kernel": "native"},
    "bamba": {"mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 8, "mamba_n_groups": 1, "attn_layer_indices": [1], "mamba_chunk_size": 8},
    "deepseek_v3": {"n_routed_experts": 4, "num_key_value_heads": 4, "n_group": 2, "topk_group": 1, "kv_lora_rank": 8, "q_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8, "first_k_dense_replace": 1},
    "deepseek_v2": {"n_routed_experts": 4, "num_key_value_heads": 4, "kv_lora_rank": 8, "q_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8, "first_k_dense_replace": 1},
    "dots1": {"n_routed_experts": 4, "first_k_dense_replace": 1}, "glm4_moe": {"n_routed_experts": 4, "first_k_dense_replace": 1},
    "reformer": {"attn_layers": ["local", "lsh"], "axial_pos_embds": False, "attention_head_size": 8, "feed_forward_size": 64, "local_attn_chunk_length": 8, "lsh_attn_chunk_length": 8, "num_buckets": 4},
    "mra": {"max_position_embeddings": 62}, "tapas": {"type_vocab_sizes": [3, 8, 8, 2, 8, 8, 8]}, "gemma3n_text": {"num_kv_shared_layers": 0, "layer_types": ["sliding_attention", "full_attention"],
                                                                                                "vocab_size_per_layer_input": 99, "hidden_size_per_layer_input": 8, "laurel_rank": 8, "activation_sparsity_pattern": [0.0, 0.0]},
}


class First(torch.nn.Module):
    """The first tensor of a model's answer, and those that are as plain."""

    def __init__(self, model, name, more=()):
        super().__init__()
        self.model, self.name, self.more = model, name, more

    def forward(self, *inputs):
        arguments = dict(zip((self.name, *self.more), inputs))
        if self.name == "x":
            result = self.model(*inputs)
        else:
            result = self.model(**arguments, return_dict=True)
        values = list(result.values()) if isinstance(result, dict) else [result] if isinstance(result, torch.Tensor) else list(result)
        return tuple(v for v in values if isinstance(v, torch.Tensor))[:3]


def shaken(model, generator):
    """Weights of all kinds, instead of zeros and ones."""
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if tensor.dtype.is_floating_point and not name.endswith(("inv_freq", "position_ids")):
                inputs = tensor.numel() // max(1, tensor.shape[0]) if tensor.dim() > 1 else 1
                noise = torch.randn(tensor.shape, generator=generator) * min(0.05, 0.5 / inputs**0.5)
                tensor.add_(noise.abs() if name.endswith("running_var") else noise)
    return model.eval()


def torchvision_models(library=[]):
    # torchvision's compiled operators do not load beside the CPU build of torch; the models need only the schemas.
    if not library:
        library.append(torch.library.Library("torchvision", "FRAGMENT"))
        for name in ("nms", "qnms"):
            library[0].define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

    return torchvision.models


def from_transformers(kind, generator):
    torchvision_models()  # transformers imports it
    import transformers

    config = transformers.AutoConfig.for_model(kind)
    known = {k: v for k, v in SMALL.items() if k in config.to_dict() and not isinstance(getattr(config, k), (list, tuple, dict))}
    known = {k: v for k, v in {**known, **MORE.get(kind, {})}.items() if v is not KEPT}
    config = transformers.AutoConfig.for_model(kind, **known)
    config._experts_implementation = "batched_mm"  # "eager" is not exportable, the others are operators of transformers
    if hasattr(config, "use_cache"):
        config.use_cache = False
    return shaken(transformers.AutoModel.from_config(config), generator), config


def model_of(name, generator):
    """(module, [inputs of each case], dynamic shapes)"""
    def random(*shape):
        return torch.randn(shape, generator=generator)

    def words(length):
        return torch.randint(3, 99, (1, length), generator=generator)

    if name in WORDS:
        model, config = from_transformers(name, generator)
        both = bool(getattr(config, "is_encoder_decoder", False))
        more = ("decoder_input_ids",) if both else ()
        lengths = (16, 24, 8)
        length = torch.export.Dim("length", min=2, max=32)
        return (First(model, "input_ids", more), [tuple(words(n) for _ in range(1 + both)) for n in lengths], ({1: length},) * (1 + both))
    if name in PICTURES:
        model, config = from_transformers(name, generator)
        size = getattr(config, "image_size", None)
        size = size if isinstance(size, int) else size[0] if isinstance(size, (list, tuple)) else 64
        frames = [config.num_frames] if hasattr(config, "num_frames") else []
        batch = torch.export.Dim("batch", min=1, max=4)
        return (First(model, "pixel_values"), [(random(n, *frames, getattr(config, "num_channels", 3), size, size),) for n in (2, 1, 3)], ({0: batch},))
    if name in SERIES:
        model, config = from_transformers(name, generator)
        batch = torch.export.Dim("batch", min=1, max=4)
        if name in ("patchtst", "patchtsmixer", "timesfm"):
            channels = [config.num_input_channels] if name != "timesfm" else []
            return First(model, "past_values"), [(random(n, config.context_length, *channels),) for n in (2, 1, 3)], ({0: batch},)
        past = config.context_length + max(config.lags_sequence)
        names = ("past_time_features", "past_observed_mask", "future_values", "future_time_features")
        return (First(model, "past_values", names),
                [(random(n, past), random(n, past, 2), torch.ones(n, past), random(n, 8), random(n, 8, 2)) for n in (2, 1, 3)], ({0: batch},) * 5)
    if name in SOUNDS:
        model, config = from_transformers(name, generator)
        batch = torch.export.Dim("batch", min=1, max=4)
        if name == "audio-spectrogram-transformer":
            return First(model, "input_values"), [(random(n, 64, 32),) for n in (2, 1)], ({0: batch},)
        if name in ("whisper", "speech_to_text", "seamless_m4t_v2", "wav2vec2-bert"):
            shape = (80, 100) if name == "whisper" else (40, getattr(config, "feature_projection_input_dim", getattr(config, "input_feat_per_channel", 80)))
            both = name in ("whisper", "speech_to_text")
            return (First(model, "input_features", ("decoder_input_ids",) if both else ()),
                    [(random(1, *shape),) + ((words(6),) if both else ())], None)
        if name == "vits":
            return First(model, "input_ids"), [(words(12) % 30,)], None
        if name == "clap_audio_model":
            return First(model, "input_features"), [(random(n, 1, config.spec_size, config.num_mel_bins),) for n in (2, 1)], ({0: batch},)
        channel = () if name not in ("encodec", "dac", "mimi") else (1,)
        return First(model, "input_values"), [(random(n, *channel, 1600),) for n in (2, 1)], ({0: batch},)
    own = networks.networks(random, lambda high, *shape: torch.randint(0, high, shape, generator=generator))
    if name in own:
        make, cases, shapes = own[name]
        return First(shaken(make(), generator), "x"), cases, shapes
    place = torchvision_models()
    for part in name.split("."):
        place = getattr(place, part)
    options = {"weights": None}
    if name.startswith("segmentation"):
        options["weights_backbone"] = None
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    model = shaken(place(**options), generator)
    if name.startswith("video"):
        return First(model, "x"), [(random(1, 3, 16 if "s3d" in name else 4, 64 if "s3d" not in name else 224, 64 if "s3d" not in name else 224),)], None
    if name.startswith("optical"):
        return First(model, "x"), [(random(1, 3, 128, 128), random(1, 3, 128, 128))], None
    fixed = name.startswith(("vit", "maxvit"))
    size = 224 if fixed else 128 if name != "inception_v3" else 160
    height, width = torch.export.Dim("h", min=3, max=7), torch.export.Dim("w", min=3, max=7)
    cases = [(random(1, 3, size, size),)] if fixed else [(random(1, 3, size, size),), (random(1, 3, 160, 192),)]
    return First(model, "x"), cases, None if fixed else ({2: 32 * height, 3: 32 * width},)


def export(name, dynamic, partitioner, half):
    generator = seed_of(name)
    torch.manual_seed(generator.initial_seed())
    model, cases, shapes = model_of(name, generator)
    if dynamic and not shapes:
        raise ValueError("has no dynamic form here")
    if half:
        model = model.to(half)
        cases = [tuple(x.to(half) if x.dtype == torch.float32 else x for x in inputs) for inputs in cases]
    cases = cases if dynamic else cases[:1]
    with torch.no_grad():
        tests = [MethodTestCase(inputs=inputs, expected_outputs=[t.detach() for t in model(*inputs)]) for inputs in cases]
        program = torch.export.export(model, cases[0], dynamic_shapes=(shapes,) if dynamic else None, strict=False)
    edge = to_edge_transform_and_lower(program, partitioner=partitioner, compile_config=EdgeCompileConfig(_check_ir_validity=False))
    data = serialize_from_bundled_program_to_flatbuffer(BundledProgram(edge.to_executorch(), [MethodTestSuite("forward", tests)]))
    return data, None if half else noise(model, tests)


def noise(model, tests):
    """How far PyTorch's own answers are from what it gives in double precision: what a difference may be worth."""
    try:
        model = model.double()
        with torch.no_grad():
            answers = [model(*(x.double() if x.dtype == torch.float32 else x for x in test.inputs)) for test in tests]
        return max(float((a.double() - b).abs().nan_to_num().max()) for test, more in zip(tests, answers) for a, b in zip(test.expected_outputs, more) if a.numel())
    except Exception:  # some models have parts of one precision only
        return None


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--dynamic", action="store_true")
    parser.add_argument("--xnnpack", action="store_true")
    parser.add_argument("--half", choices=["float16", "bfloat16"])
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    own = networks.networks(torch.randn, lambda high, *shape: torch.randint(0, high, shape))
    groups = {"networks": list(own), "words": WORDS, "series": SERIES, "pictures": PICTURES, "sounds": SOUNDS, "torchvision": TORCHVISION}
    names = [name for each in options.names or groups for name in groups.get(each, [each])]
    partitioner = []
    if options.xnnpack:
        from executorch.backends.xnnpack.partition.config.generic_node_configs import GeluConfig
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
        takes = GeluConfig.check_constraints
        # Nodes for XNNPACK do not say which GELU they are, and the exporter gives it both.
        GeluConfig.check_constraints = lambda self, node, program: node.kwargs.get("approximate") != "tanh" and takes(self, node, program)
        partitioner = [XnnpackPartitioner()]
    for name in names:
        path = options.folder / f"{name}{'.dynamic' if options.dynamic else ''}{'.xnnpack' if options.xnnpack else ''}{'.' + options.half if options.half else ''}.bpte"
        if path.exists():
            continue
        try:
            data, difference = export(name, options.dynamic, partitioner, options.half and getattr(torch, options.half))
            path.write_bytes(data)
            print(name, len(data), "bytes, PyTorch itself is off by", difference, flush=True)
        except Exception as error:
            text = (str(error).strip().splitlines() or [""])[0][:200]
            print(name, type(error).__name__, text, flush=True)
            with open(options.folder / "left_out.tsv", "a") as log:
                log.write(f"{path.stem}\t{type(error).__name__}\t{text}\n")


if __name__ == "__main__":
    main()

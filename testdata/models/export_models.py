"""Whole models, exported without delegates: python export_models.py [--folder DIR] [name ...]

Small ones become bundled programs beside this script, which the conformance test runs. The others are too large to keep:
with --folder DIR every model is written there as NAME.bpte, to be run with `ptetool run DIR/NAME.bpte`. Weights are random
under a fixed seed, inputs too, the expected outputs are PyTorch's own.

    pip install torch==2.13.0 executorch==1.4.1 transformers torchvision==0.28.0
"""

import argparse
import pathlib
import sys
import warnings

import torch
import torch.nn.functional as F
from executorch.devtools import BundledProgram
from executorch.devtools.bundled_program.config import MethodTestCase, MethodTestSuite
from executorch.devtools.bundled_program.serialize import serialize_from_bundled_program_to_flatbuffer
from executorch.exir import EdgeCompileConfig, to_edge
from torch import nn

# torchvision's compiled operators do not load beside the CPU build of torch; its models need only the schemas.
VISION = torch.library.Library("torchvision", "FRAGMENT")
VISION.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
VISION.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

HERE = pathlib.Path(__file__).parent
SMALL = {}
LARGE = {}


def model(table):
    def register(build):
        table[build.__name__] = build
        return build
    return register


class Call(nn.Module):
    """A module under a function of its inputs, for models that answer with objects."""

    def __init__(self, inner, call):
        super().__init__()
        self.inner = inner
        self.call = call

    def forward(self, *args):
        return self.call(self.inner, *args)


def tokens(count, vocabulary=99, batch=1):
    return torch.randint(0, vocabulary, (batch, count))


# --- Small: committed

@model(SMALL)
def perceptron():
    return nn.Sequential(nn.Linear(12, 24), nn.GELU(), nn.LayerNorm(24), nn.Linear(24, 5), nn.Softmax(-1)), (torch.randn(3, 12),)


@model(SMALL)
def lstm():
    return Call(nn.LSTM(6, 8, num_layers=2, batch_first=True, bidirectional=True), lambda m, x: (m(x)[0], *m(x)[1])), (
        torch.randn(2, 4, 6),)


@model(SMALL)
def gru():
    return Call(nn.GRU(6, 8, num_layers=2), lambda m, x, h: m(x, h)), (torch.randn(5, 2, 6), torch.randn(2, 2, 8))


@model(SMALL)
def rnn():
    return Call(nn.RNN(6, 8, nonlinearity="relu"), lambda m, x: m(x)), (torch.randn(5, 2, 6),)


@model(SMALL)
def multihead_attention():
    return Call(nn.MultiheadAttention(16, 4, batch_first=True), lambda m, q, k: m(q, k, k)), (
        torch.randn(2, 3, 16), torch.randn(2, 5, 16))


@model(SMALL)
def transformer_encoder():
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, norm_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), (torch.randn(2, 6, 16),)


@model(SMALL)
def transformer_decoder():
    layer = nn.TransformerDecoderLayer(16, 2, 24, batch_first=True, activation="gelu")
    return nn.TransformerDecoder(layer, 1), (torch.randn(2, 4, 16), torch.randn(2, 6, 16))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
                                  nn.Conv2d(channels, channels, 3, padding=1, groups=2), nn.BatchNorm2d(channels))

    def forward(self, x):
        return F.relu6(x + self.body(x))


@model(SMALL)
def image_classifier():
    return nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Hardswish(), nn.MaxPool2d(2), Residual(8),
                         nn.Conv2d(8, 12, 1), nn.AvgPool2d(2, ceil_mode=True), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
                         nn.Linear(48, 10), nn.LogSoftmax(1)), (torch.randn(1, 3, 24, 24),)


@model(SMALL)
def autoencoder():
    return nn.Sequential(nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.SiLU(), nn.GroupNorm(2, 4),
                         nn.ConvTranspose2d(4, 4, 4, stride=2, padding=1), nn.LeakyReLU(0.1),
                         nn.Upsample(scale_factor=2, mode="bilinear"), nn.PixelShuffle(2), nn.Sigmoid()), (torch.randn(1, 1, 8, 8),)


class Conformer(nn.Module):
    """A block of torchaudio's conformer: half-step feed-forward, attention, convolution, half-step feed-forward."""

    def __init__(self, size=16, heads=4, kernel=7):
        super().__init__()

        def feed_forward():
            return nn.Sequential(nn.LayerNorm(size), nn.Linear(size, 32), nn.SiLU(), nn.Linear(32, size))

        self.first, self.last = feed_forward(), feed_forward()
        self.attention_norm, self.attention = nn.LayerNorm(size), nn.MultiheadAttention(size, heads, batch_first=True)
        self.convolution_norm = nn.LayerNorm(size)
        self.convolution = nn.Sequential(nn.Conv1d(size, 2 * size, 1), nn.GLU(dim=1),
                                         nn.Conv1d(size, size, kernel, padding=kernel // 2, groups=size),
                                         nn.BatchNorm1d(size), nn.SiLU(), nn.Conv1d(size, size, 1))
        self.norm = nn.LayerNorm(size)

    def forward(self, x):
        x = x + 0.5 * self.first(x)
        y = self.attention_norm(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        x = x + self.convolution(self.convolution_norm(x).transpose(1, 2)).transpose(1, 2)
        return self.norm(x + 0.5 * self.last(x))


@model(SMALL)
def conformer():
    return nn.Sequential(Conformer(), Conformer()), (torch.randn(2, 9, 16),)


class Selective(nn.Module):
    """The recurrence of a state space model, unrolled: what a mamba layer does to a short sequence."""

    def __init__(self, size=12, state=4):
        super().__init__()
        self.inward, self.outward = nn.Linear(size, 2 * size), nn.Linear(size, size)
        self.convolution = nn.Conv1d(size, size, 4, padding=3, groups=size)
        self.parameters_of = nn.Linear(size, 2 * state + 1)
        self.step = nn.Linear(1, size)
        self.log_decay = nn.Parameter(torch.log(torch.arange(1, state + 1.0)).repeat(size, 1))
        self.skip = nn.Parameter(torch.ones(size))
        self.state = state

    def forward(self, x):
        length = x.shape[1]
        x, gate = self.inward(x).chunk(2, -1)
        x = F.silu(self.convolution(x.transpose(1, 2))[..., :length].transpose(1, 2))
        step, b, c = self.parameters_of(x).split([1, self.state, self.state], -1)
        step = F.softplus(self.step(step))
        decay = torch.exp(step[..., None] * -torch.exp(self.log_decay))
        added = step[..., None] * b[:, :, None] * x[..., None]
        h = torch.zeros_like(decay[:, 0])
        outputs = []
        for t in range(length):
            h = decay[:, t] * h + added[:, t]
            outputs.append((h * c[:, t, None]).sum(-1))
        y = torch.stack(outputs, 1) + self.skip * x
        return self.outward(y * F.silu(gate))


@model(SMALL)
def state_space():
    return Selective(), (torch.randn(2, 6, 12),)


# --- Large: written to a folder

def transformers():
    import transformers
    return transformers


@model(LARGE)
def bert():
    t = transformers()
    config = t.BertConfig(vocab_size=99, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
                          max_position_embeddings=40)
    return Call(t.BertModel(config), lambda m, ids, mask: tuple(m(input_ids=ids, attention_mask=mask, return_dict=False))), (
        tokens(12), torch.cat([torch.ones(1, 9, dtype=torch.int64), torch.zeros(1, 3, dtype=torch.int64)], 1))


@model(LARGE)
def distilbert():
    t = transformers()
    config = t.DistilBertConfig(vocab_size=99, dim=32, n_layers=2, n_heads=4, hidden_dim=48, max_position_embeddings=40)
    return Call(t.DistilBertForSequenceClassification(config), lambda m, ids: m(input_ids=ids).logits), (tokens(12),)


@model(LARGE)
def gpt2():
    t = transformers()
    config = t.GPT2Config(vocab_size=99, n_embd=32, n_layer=2, n_head=4, n_positions=40)
    return Call(t.GPT2LMHeadModel(config), lambda m, ids: m(input_ids=ids, use_cache=False).logits), (tokens(12),)


@model(LARGE)
def t5():
    t = transformers()
    config = t.T5Config(vocab_size=99, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4, decoder_start_token_id=0)
    return Call(t.T5ForConditionalGeneration(config),
                lambda m, ids, out: m(input_ids=ids, decoder_input_ids=out, use_cache=False).logits), (tokens(12), tokens(5))


@model(LARGE)
def whisper_encoder():
    t = transformers()
    config = t.WhisperConfig(d_model=32, encoder_layers=2, encoder_attention_heads=4, encoder_ffn_dim=48, num_mel_bins=16,
                             max_source_positions=20, decoder_layers=1, decoder_attention_heads=4, decoder_ffn_dim=48,
                             vocab_size=99, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1)
    return Call(t.WhisperModel(config).encoder, lambda m, x: m(x).last_hidden_state), (torch.randn(1, 16, 40),)


@model(LARGE)
def llama():
    t = transformers()
    config = t.LlamaConfig(vocab_size=99, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
                           num_key_value_heads=2, max_position_embeddings=40)
    return Call(t.LlamaForCausalLM(config), lambda m, ids: m(input_ids=ids, use_cache=False).logits), (tokens(12),)


@model(LARGE)
def qwen3():
    t = transformers()
    config = t.Qwen3Config(vocab_size=99, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
                           num_key_value_heads=2, head_dim=16, max_position_embeddings=40)
    return Call(t.Qwen3ForCausalLM(config), lambda m, ids: m(input_ids=ids, use_cache=False).logits), (tokens(12),)


@model(LARGE)
def gemma3():
    t = transformers()
    config = t.Gemma3TextConfig(vocab_size=99, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
                                num_key_value_heads=2, head_dim=16, max_position_embeddings=40, sliding_window=6)
    return Call(t.Gemma3ForCausalLM(config), lambda m, ids: m(input_ids=ids, use_cache=False).logits), (tokens(12),)


@model(LARGE)
def mamba():
    t = transformers()
    config = t.MambaConfig(vocab_size=99, hidden_size=16, state_size=4, num_hidden_layers=1, conv_kernel=4, time_step_rank=4)
    return Call(t.MambaForCausalLM(config), lambda m, ids: m(input_ids=ids, use_cache=False).logits), (tokens(5),)


@model(LARGE)
def clip_vision():
    t = transformers()
    config = t.CLIPVisionConfig(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=32,
                                patch_size=8)
    return Call(t.CLIPVisionModel(config), lambda m, x: m(pixel_values=x).pooler_output), (torch.randn(1, 3, 32, 32),)


@model(LARGE)
def wav2vec2():
    t = transformers()
    config = t.Wav2Vec2Config(vocab_size=32, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=48,
                              conv_dim=(16, 16), conv_stride=(5, 2), conv_kernel=(10, 3), num_feat_extract_layers=2,
                              num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4)
    return Call(t.Wav2Vec2ForCTC(config), lambda m, x: m(x).logits), (torch.randn(1, 400),)


def torchvision_model(name, size, **more):
    def build():
        import torchvision
        inner = getattr(torchvision.models, name)(weights=None, **more)
        return Call(inner, lambda m, x: m(x)), (torch.randn(1, 3, size, size),)
    LARGE[name] = build


for each in ("mobilenet_v2", "mobilenet_v3_small", "resnet18", "efficientnet_b0", "squeezenet1_1", "shufflenet_v2_x0_5",
             "mnasnet0_5", "densenet121", "googlenet"):
    torchvision_model(each, 64, **({"aux_logits": False, "init_weights": False} if each == "googlenet" else {}))
torchvision_model("convnext_tiny", 32)
torchvision_model("swin_t", 64)
torchvision_model("maxvit_t", 224)


@model(LARGE)
def vit():
    import torchvision
    inner = torchvision.models.VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=4, hidden_dim=32, mlp_dim=64,
                                                 num_classes=10)
    return inner, (torch.randn(1, 3, 32, 32),)


@model(LARGE)
def deeplab():
    import torchvision
    inner = torchvision.models.segmentation.deeplabv3_mobilenet_v3_large(weights=None, weights_backbone=None)
    return Call(inner, lambda m, x: m(x)["out"]), (torch.randn(1, 3, 64, 64),)


@model(LARGE)
def lraspp():
    import torchvision
    inner = torchvision.models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)
    return Call(inner, lambda m, x: m(x)["out"]), (torch.randn(1, 3, 64, 64),)


@model(LARGE)
def video():
    import torchvision
    return torchvision.models.video.r3d_18(weights=None), (torch.randn(1, 3, 4, 24, 24),)


def export(name, build, folder):
    torch.manual_seed(0)
    module, inputs = build()
    module = module.eval()
    for parameter in module.parameters():  # some start at zero, which would hide their use
        if parameter.requires_grad and parameter.numel() and not parameter.abs().sum():
            nn.init.normal_(parameter, std=0.1)
    with torch.no_grad():
        outputs = module(*inputs)
        program = torch.export.export(module, inputs, strict=False)
        edge = to_edge(program, compile_config=EdgeCompileConfig(_check_ir_validity=False))
        executable = edge.to_executorch()
    flat = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    suites = [MethodTestSuite("forward", [MethodTestCase(inputs=list(inputs), expected_outputs=flat)])]
    data = serialize_from_bundled_program_to_flatbuffer(BundledProgram(executable, suites))
    (folder / f"{name}.bpte").write_bytes(data)
    print(f"{name}.bpte: {len(data)} bytes", flush=True)


def main():
    warnings.simplefilter("ignore")
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=pathlib.Path)
    arguments.add_argument("names", nargs="*")
    arguments = arguments.parse_args()
    known = {**SMALL, **LARGE} if arguments.folder else SMALL
    for name in arguments.names or known:
        try:
            export(name, known[name], arguments.folder or HERE)
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {str(error).splitlines()[0][:200]}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

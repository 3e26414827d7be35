"""Trains a small tokenizer of every family and records what the reference libraries make of hard lines.

Writes, beside this file, one tokenizer per family, lines.txt (a text a line, with \\xHH and \\n escapes) and
NAME.expected: for every line the ids with the tokenizer's own special tokens around them, ':', and the first eight hex
digits of the SHA-256 of the text that they decode to without special tokens.

Needs tokenizers, sentencepiece and tiktoken. Nothing here is random, so running it again changes nothing that matters.
"""

import base64
import hashlib
import json
import pathlib
import struct
import sys

import texts
from reference import Reference
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
TRAINING = list(texts.mixed_text(400_000, seed=7))
SIZE = 700

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def special(text, **options):
    return AddedToken(text, special=True, normalized=False, **options)


def byte_level(name, pre_tokenizer, tokens, normalizer=None, post=None, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=SIZE, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(TRAINING, trainer)
    tokenizer.add_special_tokens(tokens)
    if post:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def split(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def around(before, behind):
    def make(tokenizer):
        names = [token for token in (before, behind) if token]
        single = " ".join(([before] if before else []) + ["$A"] + ([behind] if behind else []))
        pair = " ".join(([before] if before else []) + ["$A", "$B:1"])
        return processors.TemplateProcessing(single=single, pair=pair, special_tokens=[(n, tokenizer.token_to_id(n)) for n in names])

    return make


def byte_level_families():
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    yield "gpt2", byte_level("gpt2", pre_tokenizers.ByteLevel(add_prefix_space=False), [special("<|endoftext|>")])
    yield "llama3", byte_level(
        "llama3",
        pre_tokenizers.Sequence([split(LLAMA3), plain]),
        [special(t) for t in ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"]],
        post=lambda t: processors.Sequence([processors.ByteLevel(trim_offsets=False), around("<|begin_of_text|>", None)(t)]),
        ignore_merges=True,
    )
    yield "qwen2", byte_level(
        "qwen2",
        pre_tokenizers.Sequence([split(QWEN2), plain]),
        [special("<|endoftext|>"), special("<|im_start|>"), special("<|im_end|>"), AddedToken("<special>", normalized=True), AddedToken("word", single_word=True, normalized=False)],
        normalizer=normalizers.NFC(),
    )
    yield "o200k", byte_level("o200k", pre_tokenizers.Sequence([split(O200K), plain]), [special("<|endoftext|>")])
    yield "deepseek", byte_level(
        "deepseek",
        pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex("[\r\n]"), "isolated"),
                pre_tokenizers.Split(Regex(r"\s?\p{L}+"), "isolated"),
                pre_tokenizers.Split(Regex(r"\s?\p{P}+"), "isolated"),
                pre_tokenizers.Split(Regex("[一-龥ࠀ-一가-퟿]+"), "isolated"),
                pre_tokenizers.Digits(individual_digits=True),
                plain,
            ]
        ),
        [special("<|endoftext|>", lstrip=True, rstrip=True)],
    )
    roberta = byte_level(
        "roberta",
        pre_tokenizers.ByteLevel(add_prefix_space=True),
        [special("<s>"), special("<pad>"), special("</s>"), special("<unk>"), AddedToken("<mask>", lstrip=True, special=True, normalized=False)],
    )
    roberta.post_processor = processors.RobertaProcessing(("</s>", roberta.token_to_id("</s>")), ("<s>", roberta.token_to_id("<s>")), True, True)
    yield "roberta", roberta


def byte_tokens():
    return [f"<0x{byte:02X}>" for byte in range(256)]


def fallback_bpe(normalizer, pre_tokenizer, decoder, post, added=()):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoder
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE + 256, limit_alphabet=150, show_progress=False, special_tokens=["<unk>", "<s>", "</s>", "<bos>"] + byte_tokens()
    )
    # Merging across whole documents finds nothing but documents; learn from words.
    words = [word for document in TRAINING for word in document.replace(" ", " \n").split("\n")]
    tokenizer.train_from_iterator(words, trainer)
    description = json.loads(tokenizer.to_str())
    description["added_tokens"] = [token for token in description["added_tokens"] if not token["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(description))
    tokenizer.add_tokens(list(added))
    if post:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def metaspace_families():
    fallback = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    yield "llama2", fallback_bpe(
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
        None,
        decoders.Sequence(fallback + [decoders.Strip(" ", 1, 0)]),
        around("<s>", None),
        [AddedToken("<special>", normalized=True), AddedToken("NORM", normalized=False, rstrip=True)],
    )
    yield "gemma", fallback_bpe(
        normalizers.Replace(" ", "▁"),
        pre_tokenizers.Split(" ", "merged_with_previous"),
        decoders.Sequence(fallback),
        around("<bos>", None),
        [special("<start_of_turn>"), AddedToken("\n\n", normalized=False)],
    )
    yield "metaspace_first", fallback_bpe(
        None,
        pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
        decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]),
        around("<s>", None),
    )
    yield "metaspace_always", fallback_bpe(
        normalizers.NFKC(), pre_tokenizers.Metaspace(prepend_scheme="always", split=True), decoders.Metaspace(), None, [special("<special>")]
    )
    clip = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>", continuing_subword_prefix=""))
    clip.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    clip.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(CLIP), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    clip.decoder = decoders.Sequence([decoders.BPEDecoder("</w>"), decoders.Replace("Ġ", " ")])
    clip.train_from_iterator(
        TRAINING,
        trainers.BpeTrainer(
            vocab_size=900, show_progress=False, end_of_word_suffix="</w>", special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
        ),
    )
    yield "clip", clip


def charsmap():
    from sentencepiece import sentencepiece_model_pb2 as model

    proto = model.ModelProto()
    proto.ParseFromString((HERE / "spm_unigram.model").read_bytes())
    return proto.normalizer_spec.precompiled_charsmap


def unigram_families():
    for name, options in [("t5", {}), ("unigram_bytes", {"byte_fallback": True})]:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(True, True), normalizers.Replace(Regex(" {2,}"), "▁")])
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
        trainer = trainers.UnigramTrainer(
            vocab_size=700, show_progress=False, unk_token="<unk>", special_tokens=["<pad>", "</s>", "<unk>"] + (byte_tokens() if options else [])
        )
        tokenizer.train_from_iterator(TRAINING, trainer)
        description = json.loads(tokenizer.to_str())
        description["model"].update(options)
        description["model"]["vocab"] = [[text, round(score, 5)] for text, score in description["model"]["vocab"]]
        description["added_tokens"] = [token for token in description["added_tokens"] if not token["content"].startswith("<0x")]
        description["normalizer"] = {
            "type": "Sequence",
            "normalizers": [{"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap()).decode()}]
            + description["normalizer"]["normalizers"],
        }
        if options:
            description["normalizer"] = {"type": "NFKC"}
            description["decoder"] = {
                "type": "Sequence",
                "decoders": [{"type": "ByteFallback"}, {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True}],
            }
        else:
            description["decoder"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
        tokenizer = Tokenizer.from_str(json.dumps(description))
        tokenizer.post_processor = around(None, "</s>")(tokenizer)
        yield name, tokenizer


def word_families():
    bert = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    bert.normalizer = normalizers.BertNormalizer(lowercase=True)
    bert.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    bert.decoder = decoders.WordPiece()
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    bert.train_from_iterator(TRAINING, trainers.WordPieceTrainer(vocab_size=900, limit_alphabet=400, show_progress=False, special_tokens=names))
    bert.post_processor = around("[CLS]", "[SEP]")(bert)
    yield "bert", bert

    cased = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20))
    cased.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=True, clean_text=True, handle_chinese_chars=False)
    cased.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("merged_with_previous"), pre_tokenizers.Digits(individual_digits=False)]
    )
    cased.decoder = decoders.WordPiece(cleanup=False)
    cased.train_from_iterator(TRAINING, trainers.WordPieceTrainer(vocab_size=900, limit_alphabet=400, show_progress=False, special_tokens=names))
    cased.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    yield "bert_cased", cased

    words = Tokenizer(models.WordLevel(unk_token="<unk>"))
    words.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Strip()])
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.train_from_iterator(TRAINING, trainers.WordLevelTrainer(vocab_size=600, show_progress=False, special_tokens=["<unk>"]))
    yield "words", words

    letters = Tokenizer(models.WordLevel(unk_token="<unk>"))
    letters.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Replace(" ", "|")])
    letters.pre_tokenizer = pre_tokenizers.Split(Regex(r"\p{M}|."), "merged_with_next", invert=False)
    letters.decoder = decoders.CTC(pad_token="<pad>", word_delimiter_token="|", cleanup=True)
    letters.train_from_iterator(TRAINING, trainers.WordLevelTrainer(vocab_size=300, show_progress=False, special_tokens=["<pad>", "<unk>"]))
    yield "letters", letters

    cuts = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=False, continuing_subword_prefix="##"))
    cuts.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.CharDelimiterSplit("|"),
            pre_tokenizers.Split("-", "contiguous"),
            pre_tokenizers.Split(Regex(r"\d+"), "merged_with_next"),
            pre_tokenizers.Punctuation("contiguous"),
            pre_tokenizers.Split(Regex(r"[A-Z]\w*"), "removed", invert=False),
        ]
    )
    cuts.train_from_iterator(
        TRAINING, trainers.BpeTrainer(vocab_size=900, limit_alphabet=200, show_progress=False, special_tokens=["<unk>"], continuing_subword_prefix="##")
    )
    yield "cuts", cuts


def sentencepiece_models():
    import sentencepiece

    corpus = HERE / "corpus.tmp"
    corpus.write_text("\n".join(line for document in TRAINING for line in document.split("\n")).replace("\x00", ""))
    common = dict(input=str(corpus), vocab_size=900, minloglevel=2, hard_vocab_limit=False, max_sentence_length=100000)
    for name, options in {
        "spm_unigram": dict(model_type="unigram", character_coverage=0.98),
        "spm_bpe": dict(model_type="bpe", byte_fallback=True, character_coverage=0.98, normalization_rule_name="identity", remove_extra_whitespaces=False),
        "spm_gemma": dict(
            model_type="bpe",
            byte_fallback=True,
            character_coverage=0.98,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            add_dummy_prefix=False,
            split_digits=True,
            user_defined_symbols=["<start_of_turn>", "\n\n"],
            control_symbols=["<special>"],
        ),
    }.items():
        sentencepiece.SentencePieceTrainer.train(model_prefix=str(HERE / name), **common, **options)
        (HERE / (name + ".vocab")).unlink()
    corpus.unlink()


def tiktoken_model(tokenizer):
    """The merges of a byte-level BPE as ranks."""
    from tokenizers.pre_tokenizers import ByteLevel

    characters = sorted(ByteLevel.alphabet())
    visible = [b for b in range(256) if chr(b) in characters]
    invisible = [b for b in range(256) if b not in visible]
    byte_of = {chr(b): b for b in visible} | {chr(256 + i): b for i, b in enumerate(invisible)}
    tokens = [bytes([b]) for b in range(256)]
    for left, right in json.loads(tokenizer.to_str())["model"]["merges"]:
        token = bytes(byte_of[c] for c in left + right)
        if token not in tokens:
            tokens.append(token)
    return "".join(f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(tokens))


def llama2c_model(executorch):
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_file=str(HERE / "spm_bpe.model"))
    records = []
    for index in range(model.get_piece_size()):
        text = model.id_to_piece(index).replace("▁", " ")
        text = {model.bos_id(): "\n<s>\n", model.eos_id(): "\n</s>\n"}.get(index, text)
        records.append((model.get_score(index), text.encode()))
    longest = max(len(text) for _, text in records)
    header = struct.pack("<iiii", len(records) + 4, model.bos_id(), model.eos_id(), longest) if executorch else struct.pack("<i", longest)
    return header + b"".join(struct.pack("<fi", score, len(text)) + text for score, text in records)


def old_spelling(text):
    """Merges as "a b", and the fields of Metaspace that old files have."""
    description = json.loads(text)
    description["model"]["merges"] = [" ".join(merge) for merge in description["model"]["merges"]]
    return json.dumps(description, ensure_ascii=False, separators=(",", ":"))


def escaped(line):
    return "".join(chr(b) if 0x20 <= b < 0x7F and b != 0x5C else "\\n" if b == 10 else f"\\x{b:02x}" for b in line)


def main():
    names = []
    sentencepiece_models()
    families = [*byte_level_families(), *metaspace_families(), *unigram_families(), *word_families()]
    for name, tokenizer in families:
        text = json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":"))
        if name in ("gpt2", "roberta"):
            text = old_spelling(text)
        (HERE / f"{name}.json").write_text(text)
        names.append(f"{name}.json")
    (HERE / "tiktoken.model").write_text(tiktoken_model(dict(families)["llama3"]))
    (HERE / "llama2c.bin").write_bytes(llama2c_model(False))
    (HERE / "llama2c_executorch.bin").write_bytes(llama2c_model(True))
    names += ["spm_unigram.model", "spm_bpe.model", "spm_gemma.model", "tiktoken.model", "llama2c.bin", "llama2c_executorch.bin"]
    lines = texts.lines()
    (HERE / "lines.txt").write_text("".join(escaped(line) + "\n" for line in lines))
    for name in names:
        reference = Reference(HERE / name)
        out = []
        for line in lines:
            ids = reference.encode(line)
            digest = hashlib.sha256(reference.decode(ids)).hexdigest()[:8]
            out.append(" ".join(map(str, ids)) + ":" + digest + "\n")
        (HERE / (name.split(".")[0] + ".expected")).write_text(f"{name}\n" + "".join(out))
        print(name, sum(line.count(" ") + 1 for line in out), "ids")


if __name__ == "__main__":
    sys.exit(main())

"""One face for the reference libraries: Reference(path).encode(bytes) and .decode(ids) as bytes.

llama2.c has no library to install; its rules are written down here again, naively.
"""

import base64
import pathlib
import re
import struct

# As ExecuTorch reads a tiktoken file.
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3_SPECIAL = [
    "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>",
    "<|step_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
]  # fmt: skip


class HuggingFace:
    def __init__(self, path):
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(path))

    def encode(self, text):
        return self.tokenizer.encode(text.decode("utf-8", errors="replace")).ids

    def decode(self, ids):
        return self.tokenizer.decode(ids).encode()


class Tiktoken:
    def __init__(self, path):
        import tiktoken

        ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in path.read_bytes().splitlines() if line)}
        names = LLAMA3_SPECIAL + [f"<|reserved_special_token_{i}|>" for i in range(2, 2 + 256 - len(LLAMA3_SPECIAL))]
        self.special = {name: len(ranks) + i for i, name in enumerate(names)}
        self.encoding = tiktoken.Encoding(path.stem, pat_str=LLAMA3, mergeable_ranks=ranks, special_tokens=self.special)

    def encode(self, text):
        ids = self.encoding.encode(text.decode("utf-8", errors="replace"), allowed_special="all")
        return [self.special["<|begin_of_text|>"]] + ids

    def decode(self, ids):
        special = set(self.special.values())
        return self.encoding.decode([i for i in ids if i not in special]).encode()


class SentencePiece:
    """Control tokens in the text are tokens, as chat templates need it; each text between them is encoded by itself."""

    def __init__(self, path):
        import sentencepiece

        self.model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        control = [self.model.id_to_piece(i) for i in range(self.model.get_piece_size()) if self.model.is_control(i)]
        self.control = re.compile(b"(" + b"|".join(re.escape(piece.encode()) for piece in control) + b")")

    def encode(self, text):
        ids = [self.model.bos_id()]
        for i, part in enumerate(self.control.split(text)):
            if part:
                ids += [self.model.piece_to_id(part.decode())] if i % 2 else self.model.encode(part)
        return ids

    def decode(self, ids):
        return self.model.decode(ids).encode()


class Llama2c:
    def __init__(self, path):
        data = path.read_bytes()
        self.pieces, self.scores = [], []
        self.bos, self.eos, size, at = 1, 2, 0, 4
        if "executorch" in path.stem:
            size, self.bos, self.eos, _ = struct.unpack_from("<iiii", data)
            at = 16
        while at < len(data):
            score, length = struct.unpack_from("<fi", data, at)
            self.pieces.append(data[at + 8 : at + 8 + length])
            self.scores.append(score)
            at += 8 + length
        while len(self.pieces) < size:
            self.pieces.append(b"<pad>")
        self.ids = {}
        for i, piece in enumerate(self.pieces):
            self.ids.setdefault(piece, i)

    def encode(self, text):
        ids = [self.bos]
        for part in re.split(b"(<s>|</s>)", text):
            if part in (b"<s>", b"</s>"):
                ids.append(self.bos if part == b"<s>" else self.eos)
            elif part:
                ids += self.merge(self.begin(part))
        return ids

    def begin(self, text):
        ids = [self.ids[b" "]] if b" " in self.ids else []
        for character in re.findall(rb"[^\x80-\xbf][\x80-\xbf]{0,3}|[\x80-\xbf]{1,4}", text, re.S):
            ids += [self.ids[character]] if character in self.ids else [byte + 3 for byte in character]
        return ids

    def merge(self, ids):
        while True:
            best = None
            for i in range(len(ids) - 1):
                merged = self.ids.get(self.pieces[ids[i]] + self.pieces[ids[i + 1]])
                if merged is not None and self.scores[merged] > (best[0] if best else -1e10):
                    best = (self.scores[merged], merged, i)
            if best is None:
                return ids
            ids[best[2] : best[2] + 2] = [best[1]]

    def decode(self, ids):
        text, previous = b"", self.bos
        for i in ids:
            piece = self.pieces[i]
            if previous == self.bos and piece.startswith(b" "):
                piece = piece[1:]
            previous = i
            if i in (self.bos, self.eos):
                continue
            byte = re.fullmatch(rb"<0x([0-9A-Fa-f]{2})>", piece)
            text += bytes([int(byte[1], 16)]) if byte else piece
        return text


def Reference(path):
    path = pathlib.Path(path)
    data = path.read_bytes()
    if data[:1] == b"{":
        return HuggingFace(path)
    if path.suffix == ".bin":
        return Llama2c(path)
    return SentencePiece(path) if data[:1] == b"\n" else Tiktoken(path)

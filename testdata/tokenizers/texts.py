"""Text for training and testing tokenizers: written for this purpose, free of anyone's rights.

lines() are hard cases by hand and by dice; mixed_text() is as much running text as one likes. Both are the same on every
run.
"""

import random

SENTENCES = """
The quick brown fox jumps over the lazy dog, doesn't it? It'll be back at 10:45, I'm sure; they've said so.
We're testing how tokenizers deal with ordinary prose: commas, "quotes", (parentheses), and dashes - all of them.
In 2024 the price rose by 12.5% to $1,234,567.89; in 1999 it had been only 42 cents. He'd paid 3/4 of it.
Reading a model's weights takes longer than running it once, unless the weights are shared between programs.
Der Bäcker übt für große Prüfungen, während die Straße überflutet ist; schöne Grüße aus Köln und Zürich!
L'élève a mangé une crème brûlée à Noël, où l'on n'entendait que le bruit de la mer. Ça va très bien, merci.
El niño soñó con un pingüino que volaba sobre la montaña; ¿quién lo creería? ¡Qué maravilla, señor!
Você não está à espera de um milagre; as ações começaram às três horas e o coração bate depressa.
Zażółć gęślą jaźń, powiedział chłopiec, a źrebię pobiegło przez łąkę w stronę rzeki.
Příliš žluťoučký kůň úpěl ďábelské ódy, zatímco dívka četla knihu o hvězdách.
Съешь ещё этих мягких французских булок, да выпей чаю. Модель работает быстро, но память ограничена.
Україна має ґанок, їжу та євро; п'ять яблук лежать на столі біля вікна.
Η γρήγορη αλεπού πηδά πάνω από το τεμπέλικο σκυλί, και ο ήλιος λάμπει στον ουρανό.
השועל החום המהיר קופץ מעל הכלב העצלן, ואז הולך לישון.
الثعلب البني السريع يقفز فوق الكلب الكسول، ثم ينام تحت الشجرة. العدد ١٢٣٤٥ كبير.
तेज़ भूरी लोमड़ी आलसी कुत्ते के ऊपर कूदती है और फिर सो जाती है। संख्या १२३४ है।
দ্রুত বাদামী শিয়াল অলস কুকুরের উপর লাফ দেয়।
สุนัขจิ้งจอกสีน้ำตาลกระโดดข้ามสุนัขขี้เกียจอย่างรวดเร็ว
敏捷的棕色狐狸跳过了懒狗，然后在树下睡着了。数字是一千二百三十四。今天天气很好，我们去公园散步吧！
素早い茶色の狐がのろまな犬を飛び越える。カタカナとひらがな、漢字が混ざった文章です。ＡＢＣ１２３
빠른 갈색 여우가 게으른 개를 뛰어넘는다. 오늘은 날씨가 정말 좋습니다.
Con cáo nâu nhanh nhẹn nhảy qua con chó lười biếng; tiếng Việt có nhiều dấu.
Hızlı kahverengi tilki tembel köpeğin üzerinden atlar; İstanbul'da ışık güzel.
def encode(self, text: str, *, add_special=True) -> list[int]:
    return [self.vocab.get(token, 0) for token in self.split(text)]  # TODO: bytes
for (std::size_t i = 0; i < sizes.size(); ++i) { total += sizes[i] * strides[i]; } // done
SELECT name, COUNT(*) FROM tokens WHERE id >= 128000 GROUP BY name ORDER BY 2 DESC;
<div class="row" id='x1'><a href="https://example.org/?q=a%20b&n=10#top">link</a></div>
{"model": "tiny", "layers": [1, 2, 3], "rope": {"theta": 1e6, "scale": null}, "ok": true}
""".strip("\n").split("\n")

EMOJI = ["😀", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🤷🏿‍♀️", "❤️", "1️⃣", "🧑🏻‍🚀", "☃", "🫠"]
ODDITIES = [
    "e\u0301", "A\u030a", "\u1e9b\u0323", "o\u0302\u0323", "\u0344", "\uac00\u11a8", "\ufb01", "\u2460", "½", "²", "Ⅳ",
    "\u212b", "ﷺ", "\u0130", "ı", "ß", "ẞ", "ς", "ſ", "K", "\u00a0", "\u2003", "\u3000", "\u200b", "\u200d", "\u00ad", "\ufeff",
    "\u2028", "\u2029", "\u0085", "\u180e", "\u1680", "\x00", "\x07", "\x1b[0m", "\x7f", "\u0600", "\ufffd", "\U0010ffff", "\ue000",
    "\U000e0041", "𝒳", "𝟘", "🄰", "Ⓐ", "_", "‿", "－", "▁", "Ġ", "Ċ", "</w>", "##a", "<0x41>", "<unk>", "<s>", "</s>", "<pad>", "[UNK]",
    "[CLS]", "[SEP]", "[MASK]", "<mask>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|eot_id|>",
    "<start_of_turn>", "<bos>", "<|im_start", "|>", "<special>", "word", "NORM", "norm", "'S", "'Ll", "'ſ", "''s", "I'M",
]
SPACES = [" ", "  ", "   ", "\t", "\t\t ", "\n", "\n\n", "\r\n", "\r\n\r\n", " \n", "\n ", "   \n   ", "      ", " \r", "\u00a0 ", "\u3000"]

BY_HAND = [
    "", " ", "  ", "\n", "\r\n", "\t", "a", " a", "a ", "  a  ", "Hello, world!", " Hello", "Hello  world", "hello\nworld",
    "don't DON'T we'LL i'M they'd 'tis", "1 12 123 1234 12345 1,234,567.89 ١٢٣ Ⅳ½²", "a" * 100, "ab" * 60, " " * 100, "\n" * 50,
    "\r\n" * 20, "\t" * 30 + "x", " " * 33 + "x" + " " * 17, "===========", "a.b.c/d_e-f", "CamelCaseHTMLParser2Go",
    "if (a[i] != b) {\n    return x->y;\n}\n\n\n", "#!/bin/sh\nset -eu\n\techo \"$HOME\"\r\n", "caf\u00e9 cafe\u0301", "ÅÅÅ",
    "<|im_start|>user\nHi<|im_end|>\n", "<|begin_of_text|><|eot_id|>", "<s>[INST] x [/INST]</s>", "a<special>b <special> c", "<mask>  x  <mask>",
    "word words sword word. (word) word_", "  <special>  x", "NORM norm Norm", "<|endoftext|><|endoftext|>", "end<|endoftext|>",
    "你好，世界", "こんにちは世界", "안녕하세요", "สวัสดี", "नमस्ते", "שלום", "مرحبا", "👩‍💻🧑🏽‍🤝‍🧑🏿", "🇩🇪🇫🇷", "1️⃣2️⃣",
    "x\u0301\u0302\u0303\u0304", "\u0301x", "\u200dx", "ﬁﬂ ① ㎏ ™", "İstanbul ISTANBUL ıi", "ΣΊΣΥΦΟΣ", "straße STRASSE",
]


def lines(count=260):
    """Hard cases; those that are not UTF-8 are bytes."""
    dice = random.Random(20261125)
    result = [text.encode() for text in BY_HAND]
    while len(result) < count:
        parts = []
        for _ in range(dice.randint(1, 7)):
            kind = dice.random()
            if kind < 0.35:
                sentence = dice.choice(SENTENCES)
                begin = dice.randrange(len(sentence))
                parts.append(sentence[begin : begin + dice.randint(1, 30)])
            elif kind < 0.5:
                parts.append(dice.choice(EMOJI))
            elif kind < 0.75:
                parts.append(dice.choice(ODDITIES))
            elif kind < 0.95:
                parts.append(dice.choice(SPACES))
            else:
                parts.append(str(dice.randrange(10 ** dice.randint(1, 12))))
        line = "".join(parts).encode()
        if dice.random() < 0.12 and line:
            cut = dice.randrange(len(line))
            line = line[:cut] + dice.choice([b"\xff", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\x80", b"\xed\xa0\x80", b"\xc0\xaf"]) + line[cut + dice.randint(0, 1) :]
        result.append(line)
    return result


def mixed_text(size, seed=1):
    """Documents of running text in all languages, code, numbers, emoji and oddities; `size` bytes or a little more."""
    dice = random.Random(seed)
    total = 0
    while total < size:
        words = []
        for _ in range(dice.randint(3, 60)):
            sentence = dice.choice(SENTENCES)
            kind = dice.random()
            if kind < 0.5:
                words.append(sentence)
            elif kind < 0.8:
                pieces = sentence.split(" ")
                dice.shuffle(pieces)
                words.append(" ".join(pieces))
            elif kind < 0.88:
                words.append(dice.choice(EMOJI) * dice.randint(1, 3))
            elif kind < 0.94:
                words.append(dice.choice(ODDITIES))
            elif kind < 0.97:
                words.append(str(dice.randrange(10 ** dice.randint(1, 15))))
            else:
                words.append(sentence.upper() if dice.random() < 0.5 else sentence.title())
            words.append(dice.choice(SPACES) if dice.random() < 0.4 else " ")
        document = "".join(words)
        total += len(document.encode())
        yield document

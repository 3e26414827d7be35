#!/usr/bin/env python3
"""Renders snippets.py and every family here as transformers does, and writes expected.json (needs transformers)."""
import datetime
import json
import pathlib
import sys

from transformers.utils import chat_template_utils

import snippets

FOLDER = pathlib.Path(__file__).parent
NOW = datetime.datetime(2026, 7, 26, 15, 4, 9)


class FixedTime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


chat_template_utils.datetime = FixedTime

SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


def say(*words):
    roles = ["user", "assistant"]
    return [{"role": roles[i % 2], "content": word} for i, word in enumerate(words)]


SYSTEM = [{"role": "system", "content": "Be brief.  "}]
CONVERSATIONS = {
    "one": say("Hello"),
    "system": SYSTEM + say("Hello, Wörld\n"),
    "three": say(" Hi ", " Hello! ", "How are\nyou? 👋"),
    "long": SYSTEM + say("One", "<think>\nhm\n</think>\n\nTwo", "Three", "Four", "Five"),
    "answered": say("Hi", "Hello"),
    "wrong order": [{"role": "assistant", "content": "first"}, {"role": "user", "content": "second"}],
    "two users": say("a") + say("b"),
    "unknown role": [{"role": "critic", "content": "x"}],
    "empty": [],
    "no content": [{"role": "user"}],
}


def render(template, messages, add_generation_prompt, variables):
    try:
        texts, _ = chat_template_utils.render_jinja_template(
            [messages], chat_template=template, add_generation_prompt=add_generation_prompt, **variables)
        return texts[0]
    except RecursionError:
        raise
    except Exception as error:  # what fails there has to fail here
        return {"error": type(error).__name__}


def main():
    messages = CONVERSATIONS["long"]
    cases = []
    sources = [("{{ " + source + " }}") for source in snippets.expressions()] + snippets.STATEMENTS
    for source in sources:
        cases.append([source, render(source, messages, True, {**SPECIAL, **snippets.VARIABLES})])
    families = {}
    for path in sorted(FOLDER.glob("*.jinja")):
        template = path.read_text()
        results = []
        for name, conversation in CONVERSATIONS.items():
            for opened in (False, True):
                results.append([name, opened, render(template, conversation, opened, SPECIAL)])
        families[path.name] = results
    document = {"special": SPECIAL, "variables": snippets.VARIABLES, "conversations": CONVERSATIONS,
                "messages": "long", "now": NOW.strftime("%Y-%m-%d %H:%M:%S"), "snippets": cases, "families": families}
    (FOLDER / "expected.json").write_text(
        "{\n" + ",\n".join(
            f"{json.dumps(key)}: " + (
                "[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in value) + "\n]"
                if key == "snippets" else
                "{\n" + ",\n".join(json.dumps(name) + ": [\n" + ",\n".join(json.dumps(each, ensure_ascii=False)
                                                                         for each in rows) + "\n]"
                                   for name, rows in value.items()) + "\n}"
                if key == "families" else json.dumps(value, ensure_ascii=False))
            for key, value in document.items()) + "\n}\n")
    failed = sum(isinstance(result, dict) for _, result in cases)
    print(f"{len(cases)} snippets ({failed} fail), {len(families)} families", file=sys.stderr)


if __name__ == "__main__":
    main()

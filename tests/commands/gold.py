"""Four sentences with their gold tags and with tags that somebody found, as files."""

import json
from pathlib import Path

GOLD = [
    (["Ida", "singt", "in", "Bern"], ["B-PER", "O", "O", "B-LOC"]),
    (["Es", "regnet"], ["O", "O"]),
    (["Der", "FC", "Basel", "gewinnt"], ["O", "B-ORG", "I-ORG", "O"]),
    (["Basel", "ruht"], ["B-LOC", "O"]),
]
FOUND = [
    ["B-PER", "O", "O", "B-LOC"],
    ["O", "B-PER"],
    ["O", "B-ORG", "O", "O"],
    ["B-LOC", "O"],
]


def conll(name, tags=None, words=None):
    """A CoNLL file of GOLD's words, with other tags or words where these are given."""
    tags = tags or [sentence_tags for _, sentence_tags in GOLD]
    words = words or [sentence_words for sentence_words, _ in GOLD]
    blocks = [
        "".join(f"{word} {tag}\n" for word, tag in zip(*pair, strict=True))
        for pair in zip(words, tags, strict=True)
    ]
    Path(name).write_text("\n".join(blocks), "utf-8")
    return name


def jsonl(name, tags=None, order=None, ids="s{}"):
    """A stream of GOLD's words, with other tags, order or ids where these are given."""
    rows = [
        {"id": ids.format(n), "tokens": words, "tags": mine}
        for n, ((words, own), mine) in enumerate(
            zip(GOLD, tags or [own for _, own in GOLD], strict=True), 1
        )
    ]
    rows = [rows[n] for n in (range(len(rows)) if order is None else order)]
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return name


def three_columns(name):
    """A file as conlleval reads it: words, something, gold, found."""
    text = "\n".join(
        "".join(f"{w} x {g} {p}\n" for w, g, p in zip(words, tags, found, strict=True))
        for (words, tags), found in zip(GOLD, FOUND, strict=True)
    )
    Path(name).write_text(text, "utf-8")
    return name

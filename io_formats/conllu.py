"""CoNLL-U and Universal NER's `.iob2`: numbered words, comments, and tags in a column or in MISC.

Multi-word ranges (`1-2`) and empty nodes (`8.1`) are no words; they, the comments and the other
columns are kept in `meta["conllu"]` and written back.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple, cast

from io_formats import columns
from io_formats.streams import Block, Source, stop_at_last_words
from io_formats.tags import Tags
from xner.errors import FormatError
from xner.sentence import Sentence
from xner.tag_schemes import OUTSIDE, guess_scheme, is_tag

_UNSET, _NOTHING = "_", "-"
_TAG, _MISC_AT = 2, 9
_ASIDE = re.compile(r"\d+[-.]\d+\t")
_WORD = re.compile(r"\d+\t")
_COMMENT = re.compile(r"#\s*(sent_id|text|lang)\s*=\s*(.*\S)\s*")
_MISC = re.compile(r"(?:^|\|)(NER|Entity|NE)=([^|]*)")


def read(
    source: Source, *, token: str = "2", tag: str = "", scheme: str = ""
) -> Iterator[Sentence]:
    """The sentences of a file; columns count from 1.

    Without `tag`, the tags are looked for in all columns, then in MISC as `NER=` or `Entity=`.
    """
    blocks = source.blocks()
    sample = list(islice(blocks, columns.SAMPLE))
    for block in sample:
        if block.text.startswith(b'{"error"'):
            stop_at_last_words(block.text)
    rows = [row for block in sample for row in block.text.decode(errors="replace").split("\n")]
    reader = _Reader(source, [row for row in rows if _WORD.match(row)], token, tag, scheme)
    number = source.manner.first - 1
    for block in chain(sample, blocks):
        if not block.text:
            continue
        number += 1
        if block.text.startswith(b'{"error"'):
            stop_at_last_words(block.text)
        try:
            sentence = reader.sentence(block, number)
        except FormatError as error:
            source.refuse(error, block.line, block.text)
        else:
            yield sentence


class _Parts(NamedTuple):
    """The lines of a block by kind, `lines` being the words' places in the file."""

    comments: list[str]
    words: list[str]
    lines: list[int]
    between: list[tuple[int, str]]


class _Reader:
    """Reads the sentences of one file, whose layout is that of most of its rows."""

    def __init__(self, source: Source, rows: Sequence[str], token: str, tag: str, scheme: str):
        self._source = source
        layout = columns.layout_of(rows, token, tag, "\t")
        values = columns.column(rows, layout, layout.tag) if layout.tag is not None else []
        self._misc = ""
        self._has_tags = bool(tag) or any(map(is_tag, values))
        if not self._has_tags and layout.width > _MISC_AT:
            self._misc = _misc_key(rows)
            values = [_misc_tag(row, self._misc) for row in rows]
            self._has_tags = any(value != OUTSIDE for value in values)
            layout = layout._replace(tag=None)
        elif not self._has_tags:
            layout = layout._replace(tag=_TAG)  # the usual place, be it empty
        self._layout = layout
        known = [value for value in values if is_tag(value)]
        self._tags = Tags(scheme or guess_scheme([known]), source.manner)

    def sentence(self, block: Block, number: int) -> Sentence:
        """The sentence of a block; FormatError with the line of what is wrong."""
        parts = _parts(self._source.decoded(block.text, block.line), block.line)
        fields = self._fields(parts)
        layout = self._layout
        sentence = Sentence(
            id=f"{self._source.stem}:{number}",
            lang=self._source.manner.lang,
            tokens=fields[layout.token],
        )
        kept: dict[str, Any] = {}
        tags = self._taken_tags(fields, kept)
        if set(tags) != {_UNSET}:
            sentence.tags = self._tags(tags, parts.lines)
        others = [c for i, c in enumerate(fields) if i not in (0, layout.token, layout.tag)]
        if parts.between:
            kept["between"] = parts.between
        if kept or len(others) > 2 or any(set(c) - {_NOTHING, _UNSET} for c in others):
            kept["columns"] = others
        _take_in(sentence, parts.comments, kept)
        if kept:
            sentence.meta["conllu"] = kept
        return sentence

    def _taken_tags(self, fields: list[list[str]], kept: dict[str, Any]) -> list[str]:
        """A sentence's tags, removed from MISC if they stand there; all unset if it has none."""
        if self._layout.tag is not None:
            if self._layout.tag != _TAG:
                kept["tag"] = self._layout.tag
            return fields[self._layout.tag]
        kept["misc"] = self._misc
        tags = [_misc_tag(value, self._misc) for value in fields[-1]]
        fields[-1] = [_without_misc(value, self._misc) for value in fields[-1]]
        return tags if self._has_tags or set(tags) != {OUTSIDE} else [_UNSET] * len(tags)

    def _fields(self, parts: _Parts) -> list[list[str]]:
        """The columns of a sentence's words."""
        if not parts.words:
            raise FormatError("no words; expected rows that begin with a number and a tab")
        table: list[list[str]] = []
        for row, line in zip(parts.words, parts.lines, strict=True):
            fields = row.split("\t")
            if len(fields) != self._layout.width or "" in fields:
                raise FormatError(
                    f"expected {self._layout.width} columns separated by a tab, "
                    f"got {len(fields)}: '{row}'",
                    line=line,
                )
            table.append(fields)
        return [list(column) for column in zip(*table, strict=True)]


def _parts(text: str, first: int) -> _Parts:
    parts = _Parts([], [], [], [])
    for line, row in enumerate(text.split("\n"), first):
        if row.startswith("#"):
            parts.comments.append(row)
        elif _WORD.match(row):
            parts.words.append(row)
            parts.lines.append(line)
        elif _ASIDE.match(row):
            parts.between.append((len(parts.words), row))
        else:
            raise FormatError(f"expected a number, a tab and a word, got '{row}'", line=line)
    return parts


def _take_in(sentence: Sentence, comments: Sequence[str], kept: dict[str, Any]) -> None:
    """What comments say of a sentence; those that say something else are kept as they are."""
    for comment in comments:
        key, value = found.groups() if (found := _COMMENT.match(comment)) else ("", "")
        if key == "sent_id":
            sentence.id = value
        elif key == "lang":
            sentence.lang = value
        elif key == "text":
            sentence.meta["text"] = value
        else:
            kept.setdefault("comments", []).append(comment)


def _misc_key(rows: Sequence[str]) -> str:
    """Under which name MISC holds tags, or would hold them."""
    for row in rows:
        for key, value in _MISC.findall(row.rpartition("\t")[2]):
            if is_tag(value):
                return key
    return "NER"


def _misc_tag(row: str, key: str) -> str:
    return dict(_MISC.findall(row.rpartition("\t")[2])).get(key, OUTSIDE)


def _without_misc(value: str, key: str) -> str:
    return "|".join(v for v in value.split("|") if not v.startswith(f"{key}=")) or _UNSET


def writer() -> Callable[[Sentence], str]:
    """Comments with id, language and text; then number, word, tag and the other columns."""
    return _text


def _text(sentence: Sentence) -> str:
    kept = _kept(sentence)
    length = len(sentence.tokens)
    others: list[list[str]] = kept.get("columns") or [[_NOTHING] * length] * 2
    tags = sentence.tags or [_UNSET] * length
    table = [list(map(str, range(1, length + 1))), sentence.tokens, *others]
    if misc := kept.get("misc"):
        table[-1] = [_with_misc(*pair, misc) for pair in zip(others[-1], tags, strict=True)]
    else:
        table.insert(kept.get("tag", _TAG), tags)
    rows = list(map("\t".join, zip(*table, strict=True)))
    for at, row in reversed(kept.get("between", [])):
        rows.insert(at, row)
    for token in sentence.tokens:
        if "\t" in token or "\n" in token or "\r" in token:
            raise FormatError(f"sentence '{sentence.id}': '{token}' holds a tab or a line break")
    header = [f"# sent_id = {sentence.id}", f"# text = {_surface(sentence, kept)}"]
    if sentence.lang:
        header.append(f"# lang = {sentence.lang}")
    return "\n".join([*header, *kept.get("comments", []), *rows]) + "\n\n"


def _surface(sentence: Sentence, kept: dict[str, Any]) -> str:
    """The text as it was written, if it is known and is of these words."""
    text = sentence.meta.get("text")
    if isinstance(text, str) and (kept or "".join(text.split()) == "".join(sentence.tokens)):
        return " ".join(text.split())
    return " ".join(sentence.tokens)


def _kept(sentence: Sentence) -> dict[str, Any]:
    """What was kept of the file, if it still fits the sentence's words."""
    kept = sentence.meta.get("conllu")
    if not isinstance(kept, dict):
        return {}
    kept = cast(dict[str, Any], kept)
    fits = all(len(column) == len(sentence.tokens) for column in kept.get("columns", []))
    return kept if fits else {}


def _with_misc(value: str, tag: str, key: str) -> str:
    if tag in (OUTSIDE, _UNSET):
        return value
    return f"{key}={tag}" if value == _UNSET else f"{value}|{key}={tag}"

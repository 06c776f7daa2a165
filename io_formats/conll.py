"""CoNLL-2002 and -2003: a word a line, its tag in a column, a blank line after each sentence.

WikiAnn's `de:Wort` is read too, and files without tags. Whatever of a file is not in the sentence
itself (its separator, other columns, `-DOCSTART-` rows, odd blank lines) is kept in
`meta["conll"]`, where it differs from the usual, so that `writer` gives back the same bytes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, cast

from io_formats import columns
from io_formats.columns import NAMES, Layout, Paragraph
from io_formats.streams import Source
from io_formats.tags import Tags, scheme_named
from xner.errors import FormatError, OptionError
from xner.sentence import Sentence
from xner.tag_schemes import Scheme, convert_tags

CLOSED = columns.CLOSED.decode()
_SEPARATORS = {"space": " ", "tab": "\t"}
_COMMENT = re.compile(
    r"^#[ \t]+(id|sent_id|lang)(?:[ \t]*=)?[ \t]+([^\t\n]*?)[ \t]*(?:\t|$)", re.MULTILINE
)


def read(
    source: Source, *, token: str = "1", tag: str = "", scheme: str = "", separator: str = ""
) -> Iterator[Sentence]:
    """The sentences of a file; columns count from 1, and tag=0 leaves the tags unread.

    What the options leave open is told from the first sentences.
    """
    sample, paragraphs = columns.sampled(source)
    layout = columns.layout_of(columns.rows_of(sample), token, tag, _separator(separator))
    reader = Reader(source, layout, sample, scheme)
    return reader.sentences(paragraphs)


class Reader:
    """Reads the sentences of one file of a known layout."""

    def __init__(self, source: Source, layout: Layout, sample: Sequence[Paragraph], scheme: str):
        self._source = source
        self._layout = layout
        words = columns.column(columns.rows_of(sample), layout, layout.token)
        self._prefix = prefix = columns.common_prefix(words)
        self._lang = source.manner.lang or prefix[:-1] or None
        self._unusual = _unusual(layout, prefix, source.name)
        self._tags, self._gold = (
            Tags(scheme or columns.scheme_of(sample, layout, index), source.manner)
            for index in (layout.tag, layout.gold)
        )

    def sentences(self, paragraphs: Iterable[Paragraph]) -> Iterator[Sentence]:
        """The sentences, without those that are refused."""
        source = self._source
        for number, paragraph in enumerate(paragraphs, source.manner.first):
            try:
                sentence = self.sentence(paragraph, number)
            except FormatError as error:
                source.refuse(error, paragraph.line, paragraph.rows)
            else:
                yield sentence

    def sentence(self, paragraph: Paragraph, number: int) -> Sentence:
        """The sentence of a paragraph; FormatError with the line of what is wrong."""
        line, raw, before, after = paragraph
        layout = self._layout
        fields = layout.columns(self._source.decoded(raw, line), line)
        tokens = fields[layout.token]
        sentence = Sentence(id=f"{self._source.stem}:{number}", lang=self._lang, tokens=tokens)
        lines = range(line, line + len(tokens))
        if layout.tag is not None:
            sentence.tags = self._tags(fields[layout.tag], lines)
        if layout.gold is not None:
            sentence.meta["gold"] = self._gold(fields[layout.gold], lines)
        if self._prefix:
            sentence.tokens = self._without_prefix(tokens, line)
        kept: dict[str, Any] = {**self._unusual}
        if layout.width > 2:
            read = (layout.token, layout.tag, layout.gold)
            kept["columns"] = [column for i, column in enumerate(fields) if i not in read]
        if before:
            kept["before"] = self._source.decoded(before, line - before.count(b"\n"))
            _take_in(sentence, kept["before"])
        if after != columns.CLOSED:
            kept["after"] = self._source.decoded(after, line + len(tokens))
        if kept:
            sentence.meta["conll"] = kept
        return sentence

    def _without_prefix(self, tokens: Sequence[str], line: int) -> list[str]:
        prefix = self._prefix
        for number, token in enumerate(tokens, line):
            if not token.startswith(prefix) or token == prefix:
                raise FormatError(f"expected a word behind '{prefix}', got '{token}'", line=number)
        return [token[len(prefix) :] for token in tokens]


def _unusual(layout: Layout, prefix: str, name: str) -> dict[str, Any]:
    """What a writer has to know of each sentence of a file to write the same bytes."""
    kept: dict[str, Any] = {}
    if layout.separator == "\t" or Path(name).suffix == ".tsv":
        kept["separator"] = layout.separator
    if layout.token != 0:
        kept["token"] = layout.token
    if layout.tag is not None and layout.tag != layout.width - 1:
        kept["tag"] = layout.tag
    if prefix:
        kept["prefix"] = prefix
    return kept


def _take_in(sentence: Sentence, header: str) -> None:
    """What comments say of a sentence."""
    for key, value in _COMMENT.findall(header):
        if key == "lang":
            sentence.lang = value
        else:
            sentence.id = value


def writer(
    *, scheme: str = "bio", separator: str = "", fallback: str = "space", comments: str = "no"
) -> Callable[[Sentence], str]:
    """The rows of a sentence; tags are written in `scheme`, be the input's what it was.

    The separator is that of the file the first sentence came from, or `fallback`. `comments=yes`
    writes `# id` and `# lang` above each sentence.
    """
    separators = _separator(separator), _separator(fallback)
    return Writer(scheme_named(scheme), *separators, comments == "yes").text


class Writer:
    """Writes one file, whatever files its sentences come from."""

    def __init__(
        self, scheme: Scheme, separator: str, fallback: str, comments: bool, gold: bool = False
    ):
        self._scheme: Scheme = scheme
        self._separator = separator
        self._fallback = fallback
        self._comments = comments
        self._gold = gold
        self._width = 0
        self._owed = ""  # what still closes the sentence before, if another follows

    def text(self, sentence: Sentence) -> str:
        """A sentence; FormatError for words or tags that cannot stand in this file's columns."""
        kept = _kept(sentence)
        if not self._separator:
            self._separator = _text(kept, "separator", self._fallback)
        rows = self._rows(sentence, kept)
        before = _text(kept, "before", "")
        if self._comments and "# id" not in before:
            before += f"# id = {sentence.id}\n" + f"# lang = {sentence.lang}\n" * bool(
                sentence.lang
            )
        after = _text(kept, "after", CLOSED)
        owed, self._owed = self._owed, "" if after.endswith(CLOSED) else CLOSED[len(after) :]
        return owed + before + rows + after

    def _rows(self, sentence: Sentence, kept: Mapping[str, Any]) -> str:
        table = _table(sentence, kept, self._scheme)
        if self._gold:
            table.insert(len(table) - 1, _gold(sentence))
        self._width = self._width or len(table)
        if len(table) != self._width:
            raise FormatError(
                f"sentence '{sentence.id}' has {len(table)} columns where those before have "
                f"{self._width}; a file has its tags, and other columns, everywhere or nowhere"
            )
        separator = self._separator
        rows = "\n".join(map(separator.join, zip(*table, strict=True)))
        length = len(sentence.tokens)
        if (
            rows.count(separator) != length * (len(table) - 1)
            or rows.count("\n") != length - 1
            or "\r" in rows
        ):
            raise FormatError(_unwritable(sentence, table, separator))
        return rows


def _table(sentence: Sentence, kept: Mapping[str, Any], scheme: Scheme) -> list[Sequence[str]]:
    """A sentence's columns in their order; others than words and tags only if they still fit."""
    tokens: Sequence[str] = sentence.tokens
    if prefix := _text(kept, "prefix", ""):
        tokens = [prefix + token for token in tokens]
    others: list[list[str]] = kept.get("columns") or []
    if any(len(column) != len(tokens) for column in others):
        others = []
    table: list[Sequence[str]] = [*others]
    table.insert(kept.get("token", 0) if others else 0, tokens)
    if sentence.tags is not None:
        tags = sentence.tags if scheme == "bio" else convert_tags(sentence.tags, scheme)
        table.insert(kept.get("tag", len(table)) if others else 1, tags)
    return table


def _gold(sentence: Sentence) -> list[str]:
    gold = sentence.meta.get("gold")
    if sentence.tags is None or not isinstance(gold, list):
        raise FormatError(f"sentence '{sentence.id}' lacks predicted or gold tags (`meta.gold`)")
    return cast(list[str], gold)


def _unwritable(sentence: Sentence, table: Sequence[Sequence[str]], separator: str) -> str:
    for field in chain.from_iterable(table):
        if separator in field or "\n" in field or "\r" in field:
            remedy = "; write --to conll,separator=tab" if separator == " " else ""
            return (
                f"sentence '{sentence.id}': '{field}' cannot stand in columns separated by "
                f"{NAMES[separator]}{remedy}"
            )
    return f"sentence '{sentence.id}' cannot be written in columns"


def _kept(sentence: Sentence) -> Mapping[str, Any]:
    kept = sentence.meta.get("conll")
    return cast(Mapping[str, Any], kept) if isinstance(kept, dict) else {}


def _text(kept: Mapping[str, Any], name: str, default: str) -> str:
    value = kept.get(name, default)
    return value if isinstance(value, str) else default


def _separator(name: str) -> str:
    if name and name not in _SEPARATORS:
        raise OptionError(f"separator={name} is unknown; known: {', '.join(_SEPARATORS)}")
    return _SEPARATORS.get(name, "")

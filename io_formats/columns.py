"""Words in columns: sentences between blank lines, and what a file's columns are.

What is true of a whole file (its separator, which column holds the tags, their scheme) is told from
a sample of its first sentences, never from one line.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from io_formats.streams import Source, stop_at_last_words
from xner.errors import FormatError, OptionError
from xner.tag_schemes import Scheme, guess_scheme, is_tag

SAMPLE = 1000
CLOSED = b"\n\n"  # what follows the last row of a sentence: its line feed and a blank line

NAMES = {" ": "a space", "\t": "a tab"}

_HEADER = re.compile(
    rb"(?:-DOCSTART-[^\n]*|#[ \t]+(?:id[ \t]|[\w.:]+[ \t]*=(?![^ \t\n]))[^\n]*)(?:\n|$)"
)
_PREFIX = re.compile(r"[a-z]{2,}(?:-[a-z]+)*:")


class Paragraph(NamedTuple):
    """A sentence's rows as one text, and what stands around them in the file.

    `before` is what lies between the blank line that closes the sentence before and the first row;
    `after`, known of the last sentence only, is what follows the last row.
    """

    line: int
    rows: bytes
    before: bytes = b""
    after: bytes = CLOSED


def paragraphs(source: Source) -> Iterator[Paragraph]:
    """The sentences of a file; `-DOCSTART-` rows and comments stand before the one they precede."""
    before = b""
    held: Paragraph | None = None
    for line, text, gap in source.blocks():
        gap = gap.replace(b" ", b"").replace(b"\t", b"")
        start = 0
        while header := _HEADER.match(text, start):
            start = header.end()
        if start == len(text):
            before += text + gap
            continue
        if text.startswith(b'{"error"'):
            stop_at_last_words(text)
        if held:
            yield held
        line += text.count(b"\n", 0, start)
        held = Paragraph(line, text[start:], before + text[:start], gap[:2])
        before = gap[2:]
    if held:
        yield held._replace(after=held.after + before)


def sampled(source: Source) -> tuple[list[Paragraph], Iterator[Paragraph]]:
    """The first sentences of a file, to judge it by, and all of them, to read."""
    waiting = paragraphs(source)
    sample = list(islice(waiting, SAMPLE))
    return sample, chain(sample, waiting)


def rows_of(sample: Iterable[Paragraph]) -> list[str]:
    """All rows of some sentences."""
    return [row for p in sample for row in p.rows.decode(errors="replace").split("\n")]


class Layout(NamedTuple):
    """What a file's columns are, counted from 0; `tag` and `gold` are None where it has none."""

    separator: str
    width: int
    token: int
    tag: int | None
    gold: int | None = None

    def columns(self, rows: str, line: int) -> list[list[str]]:
        """The columns of one sentence; FormatError with the line of a row that lacks one."""
        if "\r" in rows:
            rows = rows.replace("\r", " ")
        separator, width = self.separator, self.width
        # a line feed between separators becomes a field of its own: all in one split
        fields = rows.replace("\n", f"{separator}\n{separator}").split(separator)
        breaks = len(fields) // (width + 1)
        well_formed = (
            len(fields) % (width + 1) == width
            and fields[width :: width + 1].count("\n") == breaks == rows.count("\n")
            and "" not in fields
        )
        if not well_formed:
            return self._columns_one_by_one(rows, line)
        return [fields[column :: width + 1] for column in range(width)]

    def _columns_one_by_one(self, rows: str, line: int) -> list[list[str]]:
        found: list[list[str]] = []
        for number, row in enumerate(rows.split("\n"), line):
            fields = split_row(row, self.separator)
            if len(fields) != self.width or "" in fields:
                raise FormatError(
                    f"expected {_columns(self.width)} separated by {NAMES[self.separator]}, "
                    f"got {len(fields)}: '{row}'",
                    line=number,
                )
            found.append(fields)
        return [list(column) for column in zip(*found, strict=True)]


def split_row(row: str, separator: str) -> list[str]:
    """The columns of one row; blanks at its end and doubled ones between columns do not count."""
    if separator == "\t":
        return row.rstrip(" \t").split("\t")
    return [field for field in row.strip(" \t").split(" ") if field]


def layout_of(rows: Sequence[str], token: str = "1", tag: str = "", separator: str = "") -> Layout:
    """The layout that most of the rows have, but for what is given; columns are given from 1 on.

    The tags stand in the last column that mostly holds tags. Without any such column they are
    looked for in the last, so that the first of them is reported; a single column has none.

    >>> layout_of(["Bern NNP B-LOC -", "ist VBZ O -"])
    Layout(separator=' ', width=4, token=0, tag=2, gold=None)
    """
    if not separator:
        separator = "\t" if 2 * sum("\t" in row for row in rows) > len(rows) else " "
    split = [split_row(row, separator) for row in rows]
    width = Counter(map(len, split)).most_common(1)[0][0] if split else 1
    place = _index(token, "token", width)
    if place is None:
        raise OptionError("token=0 is no column; columns are counted from 1")
    layout = Layout(separator, width, place, None)
    if tag:
        return layout._replace(tag=_index(tag, "tag", width))
    with_tags = [
        index
        for index in range(width)
        if index != layout.token and _mostly_tags(column(rows, layout, index))
    ]
    if width == 1:
        return layout
    return layout._replace(tag=with_tags[-1] if with_tags else width - 1)


def column(rows: Sequence[str], layout: Layout, index: int) -> list[str]:
    """One column of those rows that have all of them."""
    split = (split_row(row, layout.separator) for row in rows)
    return [fields[index] for fields in split if len(fields) == layout.width]


def scheme_of(sample: Sequence[Paragraph], layout: Layout, tag: int | None) -> Scheme:
    """The scheme that a sample's tags in a column are written in."""
    if tag is None:
        return "bio"
    tags = (column(rows_of([paragraph]), layout, tag) for paragraph in sample)
    return guess_scheme([tag for tag in sentence if is_tag(tag)] for sentence in tags)


def common_prefix(tokens: Sequence[str]) -> str:
    """The language prefix that all of a file's words carry, as WikiAnn's do: `de:`."""
    found = _PREFIX.match(tokens[0]) if tokens else None
    prefix = found.group() if found else ""
    return prefix if all(token.startswith(prefix) for token in tokens) else ""


def _index(text: str, option: str, width: int) -> int | None:
    """A column's index, of its number counted from 1; None for 0."""
    if not text.isdecimal() or int(text) > width:
        raise OptionError(f"{option}={text} is not one of the input's {_columns(width)}")
    return int(text) - 1 if int(text) else None


def _mostly_tags(values: Sequence[str]) -> bool:
    return 2 * sum(map(is_tag, values)) >= len(values)


def _columns(width: int) -> str:
    return "1 column" if width == 1 else f"{width} columns"

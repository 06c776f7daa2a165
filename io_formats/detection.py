"""The format of an input, told from its first bytes."""

import re

from io_formats import columns
from io_formats.columns import Layout
from io_formats.streams import Source
from xner.tag_schemes import is_tag, split_tag

_SAMPLE = 1 << 16
_NUMBERED = re.compile(r"1(?:-\d+)?\t")


def form_of(source: Source) -> str:
    """The name of the format: jsonl, one of columns, or else plain text."""
    head = source.head(_SAMPLE)
    if re.match(rb'\s*(?:\{\s*["}]|\[\s*[\[{"])', head):
        return "jsonl"
    text = head.decode(errors="replace")
    if len(head) >= _SAMPLE:
        text = text[: text.rfind("\n") + 1] or text
    lines = [line for line in text.split("\n") if line.strip()]
    rows = [line for line in lines if not line.startswith(("# ", "-DOCSTART-"))]
    if not rows:
        return "conll" if lines else "text"
    layout = columns.layout_of(rows)
    if layout.width == 1:
        words_alone = len(lines) > len(rows) or _is_word_a_line(text.strip(), rows)
        return "conll" if words_alone else "text"
    if layout.separator == "\t":
        return _tabbed(rows, layout)
    return _tagged(rows, layout) if _is_table(rows, layout) else "text"


def _tabbed(rows: list[str], layout: Layout) -> str:
    if any(_NUMBERED.match(row) for row in rows[:2]):
        return "conllu"
    middle = columns.column(rows, layout, 1)
    if layout.width == 3 and all(value.isdecimal() for value in middle):
        return "conner"
    return _tagged(rows, layout)


def _tagged(rows: list[str], layout: Layout) -> str:
    """conlleval if the last two columns tag the same types, as gold and predicted tags do."""
    if layout.width < 3 or layout.tag != layout.width - 1:
        return "conll"
    before, last = (_types(columns.column(rows, layout, layout.width - n)) for n in (2, 1))
    return "conlleval" if before & last else "conll"


def _types(values: list[str]) -> set[str]:
    return {split_tag(value)[1] for value in set(values) if is_tag(value)} - {""}


def _is_table(rows: list[str], layout: Layout) -> bool:
    """Whether most rows have as many columns, and most of those a tag."""
    assert layout.tag is not None
    tags = columns.column(rows, layout, layout.tag)
    return 2 * len(tags) > len(rows) and 2 * sum(map(is_tag, tags)) >= len(tags)


def _is_word_a_line(text: str, rows: list[str]) -> bool:
    """Whether rows without blanks are words, and not sentences of a script without blanks.

    Words are short, and sentences of them are told apart by blank lines or end in a full stop.
    """
    if any(" " in row.strip() or "\t" in row.strip() for row in rows):
        return False
    short = sum(map(len, rows)) <= 12 * len(rows)
    return short and ("\n\n" in text or any(row in (".", "?", "!", "。") for row in rows))

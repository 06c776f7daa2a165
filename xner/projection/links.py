"""Which words of a sentence were which words of the one it came from, over several translations."""

from collections import defaultdict
from collections.abc import Iterable

from xner.sentence import Link, Sentence


def to_root(sentence: Sentence) -> list[Link] | None:
    """Rows from a sentence's tokens to those of its outermost origin; None if one is missing.

    Translations one after the other are gone through: two rows are joined where they meet in the
    sentence between. What has no row in one of them has none in the end.

    >>> first = Sentence(id="a", tokens=["x", "y"])
    >>> second = Sentence(id="a", tokens=["y'", "x'"], origin=first,
    ...                   alignment=[Link(0, 1, 1, 2), Link(1, 2, 0, 1)])
    >>> third = Sentence(id="a", tokens=["x''"], origin=second, alignment=[Link(0, 1, 1, 2)])
    >>> [tuple(row) for row in to_root(third)]
    [(0, 1, 0, 1)]
    """
    rows = sentence.alignment
    between = sentence.origin
    while between is not None and between.origin is not None:
        if rows is None or between.alignment is None:
            return None
        rows = _joined(rows, between.alignment)
        between = between.origin
    return rows


def reversed_rows(rows: Iterable[Link]) -> list[Link]:
    """The rows seen from the other sentence.

    >>> [tuple(row) for row in reversed_rows([Link(0, 2, 3, 4)])]
    [(3, 4, 0, 2)]
    """
    return [Link(row.origin_start, row.origin_end, row.start, row.end) for row in rows]


def _joined(first: Iterable[Link], second: Iterable[Link]) -> list[Link]:
    """Rows over the sentence between, without repetitions."""
    meeting: dict[int, list[Link]] = defaultdict(list)
    for row in second:
        for place in range(row.start, row.end):
            meeting[place].append(row)
    return sorted(
        {
            Link(row.start, row.end, far.origin_start, far.origin_end)
            for row in first
            for place in range(row.origin_start, row.origin_end)
            for far in meeting[place]
        }
    )

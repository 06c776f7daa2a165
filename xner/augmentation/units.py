"""The smallest parts in which two aligned sentences can be exchanged."""

from collections.abc import Iterable
from typing import NamedTuple

# A stretch of a sentence and one of another, half-open: what a row of `alignment` is.
Row = tuple[int, int, int, int]


class Unit(NamedTuple):
    """Words of a sentence and those of another that say the same, and no link leads elsewhere.

    Of each sentence the stretch from the first to the last of the words, and how many there are:
    other words may stand between them.
    """

    start: int
    end: int
    other_start: int
    other_end: int
    words: int
    other_words: int

    @property
    def whole(self) -> bool:
        """Whether both stretches hold no other words."""
        return (
            self.end - self.start == self.words
            and self.other_end - self.other_start == self.other_words
        )


def units_of(rows: Iterable[Row]) -> list[Unit]:
    """The connected components of the links, by their first word; rows without words say nothing.

    >>> for unit in units_of([(0, 1, 1, 2), (1, 2, 0, 1), (2, 3, 0, 1)]):
    ...     tuple(unit)
    (0, 1, 1, 2, 1, 1)
    (1, 3, 0, 1, 2, 1)
    """
    full = sorted(row for row in rows if row[0] < row[1] and row[2] < row[3])
    own = [place for start, end, _, _ in full for place in range(start, end)]
    other = [place for _, _, start, end in full for place in range(start, end)]
    if len(set(own)) < len(own) or len(set(other)) < len(other):
        return _components(full)
    return [Unit(s, e, start, end, e - s, end - start) for s, e, start, end in full]


def _components(rows: Iterable[Row]) -> list[Unit]:
    """The units of rows of which some share a word, and so belong together."""
    parents: dict[int, int] = {}  # words of the other sentence are ~place, below 0

    def root(word: int) -> int:
        while (parent := parents.setdefault(word, word)) != word:
            parents[word] = word = parents[parent]
        return word

    for start, end, other_start, other_end in rows:
        first = root(start)
        for word in (*range(start + 1, end), *range(~other_end + 1, ~other_start + 1)):
            parents[root(word)] = first
    members: dict[int, tuple[list[int], list[int]]] = {}
    for word in parents:
        own, other = members.setdefault(root(word), ([], []))
        own.append(word) if word >= 0 else other.append(~word)
    return sorted(
        Unit(min(own), max(own) + 1, min(other), max(other) + 1, len(own), len(other))
        for own, other in members.values()
    )

"""Whose brackets are whose: their contents held against translations of the spans by themselves.

EasyProject's way with markers that do not say which span they are (Chen et al., 2023). Each
content is given to another span, so that the sum of all similarities is the greatest.
"""

from collections import Counter
from collections.abc import Sequence

_ORDER = 1e-3  # what like order is worth at most, to decide between equals


def similarity(one: str, other: str) -> float:
    """How many runs of one to three characters two texts share, from 0 to 1 (Dice), case aside.

    >>> similarity("Rome", "rome"), similarity("Rom", "ABC"), round(similarity("Rom", "Rome"), 2)
    (1.0, 0.0, 0.8)
    """
    first, second = _runs(one), _runs(other)
    return 2 * (first & second).total() / max(1, first.total() + second.total())


def matched(contents: Sequence[str], parts: Sequence[str]) -> list[int | None]:
    """For each content the number of the part that it is; None where nothing tells.

    What shares nothing with its part is known only if it is the one that is left over.

    >>> matched(["Roma", "Anna"], ["Anna", "Rome"]), matched(["罗马", "Anna"], ["Anna", "Rome"])
    ([1, 0], [1, 0])
    >>> matched(["罗马", "安娜", "x"], ["Anna", "Rome", "x"])
    [None, None, 2]
    """
    if not contents or not parts:
        return [None] * len(contents)
    from scipy.optimize import linear_sum_assignment

    size = max(len(contents), len(parts))
    scores = [[similarity(content, part) for part in parts] for content in contents]
    worth = [
        [score + _ORDER * (1 - abs(row - column) / size) for column, score in enumerate(line)]
        for row, line in enumerate(scores)
    ]
    rows, columns = linear_sum_assignment(worth, maximize=True)
    chosen: list[int | None] = [None] * len(contents)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        chosen[row] = column
    likely = [column is not None and scores[row][column] > 0 for row, column in enumerate(chosen)]
    last = len(contents) == len(parts) and likely.count(False) == 1
    return [column if known or last else None for column, known in zip(chosen, likely, strict=True)]


def _runs(text: str) -> Counter[str]:
    plain = text.casefold()
    return Counter(
        plain[start : start + length]
        for length in (1, 2, 3)
        for start in range(len(plain) - length + 1)
    )

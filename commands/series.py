"""Files whose names differ in a number alone, read as points of one line over that number."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)")


class Series(NamedTuple):
    """A line: the name its files share, and the number and the place of each in the list."""

    name: str
    points: list[tuple[float, int]]


def series_of(names: Sequence[str]) -> list[Series]:
    """The lines that file names make; a file that is in none is a line of one point.

    Where names differ in several numbers, the first is what the line runs over.

    >>> for series in series_of(["1/tgt.jsonl", "2/tgt.jsonl", "1/trans.jsonl", "2/trans.jsonl"]):
    ...     print(*series)
    */tgt.jsonl [(1.0, 0), (2.0, 1)]
    */trans.jsonl [(1.0, 2), (2.0, 3)]
    """
    every = [_NUMBER.split(name) for name in names]  # numbers stand at odd places
    alike: defaultdict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for parts in every:
        alike[tuple(parts[::2])].append(parts)
    lines: defaultdict[tuple[str, ...], list[tuple[float, int]]] = defaultdict(list)
    for number, parts in enumerate(every):
        if at := _first_difference(alike[tuple(parts[::2])]):
            lines[*parts[:at], "*", *parts[at + 1 :]].append((float(parts[at]), number))
        else:
            lines[str(number),] = [(0.0, number)]
    return [
        Series("".join(name) if len(points) > 1 else names[points[0][1]], sorted(points))
        for name, points in lines.items()
    ]


def _first_difference(rows: Iterable[Sequence[str]]) -> int:
    """The first place at which rows differ; 0, which never is a number's, if they do not."""
    columns = enumerate(zip(*rows, strict=True))
    return next((place for place, column in columns if len(set(column)) > 1), 0)

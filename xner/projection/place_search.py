"""The search for the most probable place of one entity, a step at a time.

A step is a list of jobs: rows for the scorer, and what is done with their scores. So the steps of
many searches are scored together.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import accumulate
from typing import NamedTuple

from xner.projection.marked_places import Markable, Pieces, Place
from xner.translation.scoring import Row, Scored


class Job(NamedTuple):
    """A row to score, and who wants the scores."""

    row: Row
    take: Callable[[Scored], None]


class Search:
    """What is known of the places of an entity; all figures are logarithms of probabilities.

    `scores` are those of whole sentences with both markers. What `openings` and `closings` say is
    that of a sentence up to its opening or closing marker, with that: no score of any place that
    begins so can be higher. `estimates` go on as if there were no marker in the rest.
    """

    def __init__(self, source: Pieces, text: Markable, widest: int):
        self.source = source
        self.text = text
        self.widest = widest
        self.scores: dict[Place, float] = {}
        self.openings: dict[int, float] = {}
        self.closings: dict[Place, float] = {}
        self.estimates: dict[Place, float] = {}
        self._raw: list[float] = []  # of the first so many pieces of the raw sentence
        self._opened: set[int] = set()

    def __len__(self) -> int:
        """How many places there are."""
        return sum(len(self.text.ends(start, self.widest)) for start in range(len(self.text)))

    def raw_jobs(self) -> list[Job]:
        """How probable an opening marker is before each word of the raw sentence."""
        raw = self.text.raw
        asked: list[tuple[int, int]] = []
        for start in range(len(self.text)):
            opened = self.text.opened(start)
            at = _departure(opened, raw)
            asked.append((at, opened[at]))
        return [Job(Row(self.source, raw, tuple(asked)), partial(self._take_raw, asked))]

    def opened_jobs(self, starts: Iterable[int]) -> Iterator[Job]:
        """How probable a closing marker is, wherever it may be, once there is an opening one."""
        for start in starts:
            self._opened.add(start)
            opened = self.text.opened(start)
            ends = self.text.ends(start, self.widest)
            asked: dict[int, tuple[int, int]] = {}
            for end in ends:
                marked = self.text.marked((start, end))
                at = _departure(marked, opened)
                asked[end] = (at, marked[at])
            row = Row(self.source, opened, tuple(asked.values()))
            yield Job(row, partial(self._take_opened, start, asked))

    def marked_jobs(self, places: Iterable[Place]) -> Iterator[Job]:
        """How probable the sentence is with both markers."""
        for place in places:
            row = Row(self.source, self.text.marked(place))
            yield Job(row, partial(self._take_marked, place))

    def likely_starts(self, k: int) -> list[int]:
        """Where an opening marker is most probable."""
        before = {start: value - self._raw_until(start) for start, value in self.openings.items()}
        return sorted(before, key=lambda start: -before[start])[:k]

    def likely_places(self, number: int) -> list[Place]:
        """The best places by estimate."""
        return sorted(self.estimates, key=lambda place: -self.estimates[place])[:number]

    def open_starts(self) -> list[int]:
        """Those with which a place may begin that is better than all known."""
        best = max(self.scores.values())
        return [s for s, value in self.openings.items() if value > best and s not in self._opened]

    def open_places(self) -> list[Place]:
        """Those that may be better than all known."""
        best = max(self.scores.values())
        return [p for p, value in self.closings.items() if value > best and p not in self.scores]

    def _raw_until(self, start: int) -> float:
        return self._raw[_departure(self.text.opened(start), self.text.raw)]

    def _take_raw(self, asked: list[tuple[int, int]], scored: Scored) -> None:
        self._raw = [0.0, *accumulate(scored.pieces)]
        for start, ((at, _), value) in enumerate(zip(asked, scored.answers, strict=True)):
            self.openings[start] = self._raw[at] + value

    def _take_opened(self, start: int, asked: dict[int, tuple[int, int]], scored: Scored) -> None:
        until = [0.0, *accumulate(scored.pieces)]
        for (end, (at, _)), value in zip(asked.items(), scored.answers, strict=True):
            self.closings[start, end] = until[at] + value
            rest = max(0, len(self._raw) - 1 - (len(scored.pieces) - at))
            self.estimates[start, end] = until[at] + value + self._raw[-1] - self._raw[rest]

    def _take_marked(self, place: Place, scored: Scored) -> None:
        self.scores[place] = sum(scored.pieces)


def _departure(one: Pieces, other: Pieces) -> int:
    """The first place where two rows of pieces differ; they do."""
    return next(at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])

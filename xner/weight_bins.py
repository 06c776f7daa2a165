"""Are labels of larger weight better labels? Scores of words in bins of their weight.

After CoLaDa (Ma et al., ACL 2023), 5.3: figure 5 shows the F1 of words over the reliability of
their labels, figure 6 how far clean words are more reliable than noisy ones, type by type. A word
is right if its type is the gold's: `B-PER` and `I-PER` are the same, as they are for the neighbours
that CoLaDa counts.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xner.errors import OptionError
from xner.evaluation import Counts
from xner.tag_schemes import OUTSIDE, label_of

MOST = 1000  # bins

# What a word is, added up: an entity word of the gold, one of the system's, of one type in both.
_GOLD, _FOUND, _SAME = 1, 2, 4


class Binning(NamedTuple):
    """How many bins, and whether they are as wide as each other or hold as many words."""

    number: int
    by_size: bool = False

    @classmethod
    def parse(cls, text: str) -> "Binning":
        """`N` or `N,quantile`; OptionError for anything else.

        >>> Binning.parse("10"), Binning.parse("4,quantile")
        (Binning(number=10, by_size=False), Binning(number=4, by_size=True))
        """
        number, _, kind = text.partition(",")
        known = number.isascii() and number.isdecimal() and len(number) <= len(str(MOST))
        if not known or not 1 <= int(number) <= MOST or text not in (number, f"{number},quantile"):
            raise OptionError(
                f"--by-weight-bin '{text}' is not N or N,quantile with N from 1 to {MOST}"
            )
        return cls(int(number), bool(kind))


@dataclass(frozen=True)
class Bin:
    """The words whose weight is at least `start` and below `end`; the last bin has `end` too.

    Scores are fractions, and None where there is nothing to compute them from.
    """

    start: float
    end: float
    words: int
    same: int  # words that are of the gold's type, or of no entity as in the gold
    counts: Counts  # of entity words

    @property
    def precision(self) -> float | None:
        """The part of the system's entity words that are right."""
        return _part(self.counts.correct, self.counts.found)

    @property
    def recall(self) -> float | None:
        """The part of the gold's entity words that are found."""
        return _part(self.counts.correct, self.counts.gold)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of the two, micro over types; 0 where no entity word is right."""
        return _part(2 * self.counts.correct, self.counts.found + self.counts.gold)

    @property
    def accuracy(self) -> float | None:
        """The part of all words that are right; most words are of no entity."""
        return _part(self.same, self.words)

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON."""
        return {
            "from": self.start,
            "to": self.end,
            "words": self.words,
            "entity_words": self.counts.gold,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "accuracy": self.accuracy,
        }


class Means(NamedTuple):
    """The mean weight of the words that are rightly of a type, and of those that are wrongly."""

    right: float | None
    wrong: float | None
    right_words: int
    wrong_words: int


@dataclass(frozen=True)
class WeightReport:
    """Scores bin by bin, and mean weights by the type that the system gave, `O` last."""

    bins: list[Bin]
    types: dict[str, Means]

    @property
    def spearman(self) -> float | None:
        """How far F1 rises from bin to bin: 1 always, -1 never; None if it cannot be said.

        The rank correlation (Spearman 1904) of the bins that have an F1 with their order.
        """
        from statistics import StatisticsError, correlation

        scores = [own.f1 for own in self.bins if own.f1 is not None]
        ordered = sorted(scores)
        ranks = [bisect_left(ordered, f1) + bisect_right(ordered, f1) for f1 in scores]
        try:
            return correlation(range(len(ranks)), ranks)
        except StatisticsError:  # fewer than two bins, or the same F1 in all
            return None

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON."""
        return {
            "bins": [own.as_dict() for own in self.bins],
            "types": {label: means._asdict() for label, means in self.types.items()},
            "spearman": self.spearman,
        }


class WeightBins:
    """Adds up one system's words. Bins of equal size keep 9 bytes a word until they are known.

    >>> bins = WeightBins(Binning(2))
    >>> bins.add([0.9, 0.5, 0.2], gold=["B-PER", "I-PER", "O"], tags=["B-PER", "O", "B-LOC"])
    >>> [(own.words, own.precision, own.recall) for own in bins.report.bins]
    [(1, 0.0, None), (2, 1.0, 0.5)]
    """

    def __init__(self, binning: Binning):
        self.weighed = False  # whether any sentence had weights
        self._binning = binning
        self._starts = [place / binning.number for place in range(binning.number)]
        self._counts: Counter[tuple[int, int]] = Counter()  # words by bin and by what they are
        self._weights = array("d")  # the words that wait for their bins, and what they are
        self._kinds = bytearray()
        self._words: Counter[tuple[str, bool]] = Counter()  # by type and by being right
        self._sums: defaultdict[tuple[str, bool], float] = defaultdict(float)  # of their weights

    def add(
        self, weights: Sequence[float] | None, gold: Sequence[str], tags: Sequence[str]
    ) -> None:
        """Count the words of a sentence; without weights each weighs 1.

        Raises ValueError for a weight that is not in [0, 1].
        """
        self.weighed = self.weighed or weights is not None
        weights = [1.0] * len(tags) if weights is None else weights
        labels = zip(map(label_of, gold), map(label_of, tags), strict=True)
        for weight, (right, found) in zip(weights, labels, strict=True):
            if not 0 <= weight <= 1:
                raise ValueError(f"weight {weight:g} is not between 0 and 1")
            same = right == found
            kind = _GOLD * (right != OUTSIDE) + _FOUND * (found != OUTSIDE) + _SAME * same
            self._words[found, same] += 1
            self._sums[found, same] += weight
            if self._binning.by_size:
                self._weights.append(weight)
                self._kinds.append(kind)
            else:
                self._counts[bisect_right(self._starts, weight) - 1, kind] += 1

    @property
    def report(self) -> WeightReport:
        """The scores so far."""
        starts, end, counts = self._starts, 1.0, self._counts
        if self._binning.by_size:
            starts, end = _quantiles(self._weights, self._binning.number)
            places = (bisect_right(starts, weight) - 1 for weight in self._weights)
            counts = Counter(zip(places, self._kinds, strict=True))
        edges = [*starts, end]
        bins = [_bin(edges, place, counts) for place in range(len(starts))]
        labels = sorted({label for label, _ in self._words}, key=lambda own: (own == OUTSIDE, own))
        return WeightReport(bins, {label: self._means(label) for label in labels})

    def _means(self, label: str) -> Means:
        right, wrong = (self._words[label, same] for same in (True, False))
        sums = self._sums
        return Means(
            _part(sums[label, True], right), _part(sums[label, False], wrong), right, wrong
        )


def _quantiles(weights: Sequence[float], number: int) -> tuple[list[float], float]:
    """Where bins that hold as many words as each other start, and where the last ends.

    Words of one weight stay together. A weight that alone would fill several bins gets its own.
    """
    ordered = sorted(weights)
    if not ordered:
        return [0.0], 1.0
    starts = Counter(ordered[len(ordered) * place // number] for place in range(number))
    above = [bisect_right(ordered, weight) for weight, times in starts.items() if times > 1]
    return sorted({*starts, *(ordered[at] for at in above if at < len(ordered))}), ordered[-1]


def _bin(edges: Sequence[float], place: int, counts: Counter[tuple[int, int]]) -> Bin:
    def number(of: int) -> int:
        return sum(counts[place, kind] for kind in range(8) if kind & of == of)

    right = Counts(number(_GOLD | _FOUND | _SAME), number(_FOUND), number(_GOLD))
    return Bin(edges[place], edges[place + 1], number(0), number(_SAME), right)


def _part(number: float, of: int) -> float | None:
    return number / of if of else None

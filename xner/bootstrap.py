"""How far a score would move on other sentences of the same kind: bootstrap resampling.

Koehn (2004), "Statistical significance tests for machine translation evaluation", draws test sets
as large as the given one from its sentences, with replacement. Sentences with equal counts are
equal for every score, so a draw is a sample of the multinomial distribution over the few hundred
kinds of sentences there are: exact, and no dearer for a million sentences than for a thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xner.evaluation import Counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVEL = 0.95
_CELLS = 1 << 22  # of one block of draws: 32 MB


@dataclass(frozen=True)
class Interval:
    """The middle of the resampled values, which holds `LEVEL` of them."""

    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """The micro F1 of a system less the baseline's, its interval, and a p-value."""

    difference: float
    interval: Interval
    p: float


def confidence(kinds: Mapping[Counts, int], resamples: int, seed: int) -> Interval:
    """The interval of one system's micro F1; `kinds` says how many sentences have which counts.

    >>> interval = confidence({Counts(1, 1, 1): 50, Counts(0, 1, 1): 50}, resamples=1000, seed=1)
    >>> 0.35 < interval.low < 0.45 < 0.55 < interval.high < 0.65
    True
    """
    return _interval(_f1(_draws(list(kinds), list(kinds.values()), resamples, seed)))


def compared(kinds: Mapping[tuple[Counts, ...], int], resamples: int, seed: int) -> Comparison:
    """A system against a baseline on the same sentences, by paired bootstrap.

    `kinds` says how many sentences have which counts in the system (the first of a key) and in the
    baseline (the last). The interval is Koehn's. The p-value is that of Berg-Kirkpatrick, Burkett &
    Klein (2012), "An empirical investigation of statistical significance in NLP", made two-sided:
    the resampled differences scatter around the observed one; moved to 0 they show what chance
    alone does, and p is the share of them as large as the observed one in either direction. The
    observed difference counts as one resample, so p is never 0.

    >>> right, wrong = Counts(1, 1, 1), Counts(0, 1, 1)
    >>> outcome = compared({(right, wrong): 20, (right, right): 80}, resamples=999, seed=1)
    >>> round(outcome.difference, 3), outcome.p
    (0.2, 0.001)
    """
    import numpy as np

    rows = [(*counts[0], *counts[-1]) for counts in kinds]
    sizes = list(kinds.values())
    observed = _difference(np.asarray([np.asarray(sizes) @ np.asarray(rows)]))
    resampled = _difference(_draws(rows, sizes, resamples, seed))
    as_large = np.abs(resampled - observed) >= np.abs(observed) - 1e-12
    p = (1 + int(as_large.sum())) / (1 + resamples)
    return Comparison(float(observed[0]), _interval(resampled), p)


def _draws(
    rows: Sequence[Sequence[int]], sizes: Sequence[int], resamples: int, seed: int
) -> "NDArray[np.int64]":
    """Summed rows of each drawn test set: (resample, column). Row order does not matter."""
    import numpy as np

    ordered = sorted(zip(rows, sizes, strict=True))
    table = np.asarray([row for row, _ in ordered])
    count = np.asarray([size for _, size in ordered])
    random = np.random.default_rng(seed)
    block = max(1, _CELLS // len(ordered))
    return np.concatenate(
        [
            random.multinomial(count.sum(), count / count.sum(), min(block, resamples - start))
            @ table
            for start in range(0, resamples, block)
        ]
    )


def _difference(counts: "NDArray[np.int64]") -> "NDArray[np.float64]":
    return _f1(counts[:, :3]) - _f1(counts[:, 3:])


def _f1(counts: "NDArray[np.int64]") -> "NDArray[np.float64]":
    """Micro F1 of (resample, correct found gold); 0 where nothing is correct."""
    import numpy as np

    return 2 * counts[:, 0] / np.maximum(counts[:, 1] + counts[:, 2], 1)


def _interval(values: "NDArray[np.float64]") -> Interval:
    import numpy as np

    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))

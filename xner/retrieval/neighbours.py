"""How a word's nearest neighbours vote on its label.

"CoLaDa: A Collaborative Label Denoising Framework for Cross-lingual Named Entity Recognition" (ACL
2023), section 3.1.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from xner.errors import OptionError
from xner.retrieval.flat import Flat
from xner.retrieval.index import Find, named

if TYPE_CHECKING:
    import numpy as np

Vote = Literal["count", "distance"]

_HITS = 1 << 20  # neighbours held at a time, some 50 bytes each
_SAMPLE = 500  # queries that an approximate index is checked on
_NEARLY = 1e-6  # cosines in float32 are this exact


@dataclass(frozen=True)
class Search:
    """How many neighbours are asked, how they are found, and what the vote of each counts."""

    k: Annotated[int, "Neighbours of each word."] = 500
    index: Annotated[
        str,
        "How they are found: flat (exact), hnsw (links=, effort=) or ivf (lists=, probes=); "
        "NAME,key=value.",
    ] = "flat"
    vote: Annotated[Vote, "Whether all votes count alike, or more the nearer."] = "count"
    temperature: Annotated[
        float, "Of --vote distance: a vote is exp((cosine - 1) / temperature)."
    ] = 0.1

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense, or an index that is not known."""
        if self.k < 1:
            raise OptionError(f"--k {self.k} is not at least 1")
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise OptionError(f"--temperature {self.temperature:g} is not above 0 and finite")
        named(self.index)


@dataclass(frozen=True)
class Votes:
    """What the neighbours of each query say.

    `shares`, (queries, labels) float32, are each label's share of the votes: a row sums to 1, or
    is all 0 where there is no neighbour. `k` neighbours were asked: fewer than wanted where the
    bank has no more than that, the word itself left out. `recall` is the share of the true
    neighbours that an approximate index found, of a sample of the queries; None of an exact one.
    """

    shares: "np.ndarray"
    k: int
    recall: float | None


def votes(
    queries: "np.ndarray",
    own: "np.ndarray",
    bank: "np.ndarray",
    labels: "np.ndarray",
    classes: int,
    search: Search,
    *,
    seed: int = 42,
    gpu: bool = False,
) -> Votes:
    """Each label's share of the votes of each query's nearest rows, by cosine.

    `queries` (n, d) and `bank` (rows, d) are float32, contiguous and of unit length; either may lie
    on disk. `own` (n,) is the bank's row that is the query itself, -1 if none: that row has no
    vote, whatever its cosine. `labels` (rows,) are numbers below `classes`. `gpu` asks for a GPU;
    where faiss cannot use one the CPU computes. `seed` is for what an approximate index draws.

    CoLaDa's released code tells the word itself by a cosine of 1, and so, where rounding lets it,
    loses the nearest genuine neighbour too; that is not imitated.
    """
    import numpy as np

    shares = np.zeros((len(queries), classes), np.float32)
    others = len(bank) - bool((own >= 0).any())
    k = min(search.k, others)
    if k < 1 or not len(queries):
        return Votes(shares, max(k, 0), None)
    count = min(search.k + 1, len(bank))  # the word itself is found, too
    index = named(search.index)
    find = index.over(bank, count, seed=seed, gpu=gpu)
    step = max(1, _HITS // count)
    for start in range(0, len(queries), step):
        block = slice(start, start + step)
        tally = _tally(find(queries[block]), own[block], labels, classes, search)
        sums = tally.sum(axis=1, keepdims=True)
        shares[block] = np.divide(tally, sums, out=np.zeros(tally.shape), where=sums > 0)
    recall = None if index.exact else _recall(queries, own, bank, search.k, find, seed)
    return Votes(shares, k, recall)


def _genuine(rows: "np.ndarray", own: "np.ndarray", k: int) -> "np.ndarray":
    """Which of k + 1 hits are neighbours: not the word itself or, if it is not there, the last."""
    itself = rows == own[:, None]
    genuine = (rows >= 0) & ~itself
    genuine[~itself.any(axis=1), k:] = False
    return genuine


def _tally(
    hits: "tuple[np.ndarray, np.ndarray]",
    own: "np.ndarray",
    labels: "np.ndarray",
    classes: int,
    search: Search,
) -> "np.ndarray":
    """What the genuine among the hits, cosines and rows, vote: (queries, labels) float64.

    Votes by distance are too large by a factor of each query, lest all of a query's be 0.
    """
    import numpy as np

    cosines, rows = hits
    genuine = _genuine(rows, own, search.k)
    query = np.repeat(np.arange(len(rows)), genuine.sum(axis=1))  # of each neighbour
    strength = None
    if search.vote == "distance":
        best = np.max(cosines, axis=1, where=genuine, initial=-1)
        near = cosines[genuine].astype(np.float64)
        strength = np.exp((near - best[query]) / search.temperature)
    cells = query * classes + labels[rows[genuine]]
    return np.bincount(cells, strength, minlength=len(rows) * classes).reshape(-1, classes)


def _recall(
    queries: "np.ndarray", own: "np.ndarray", bank: "np.ndarray", k: int, find: Find, seed: int
) -> float:
    """The share of true neighbours that are found, of a sample of the queries.

    A row as near as the farthest true neighbour is as good as that one.
    """
    import numpy as np

    drawn = np.random.default_rng(seed).permutation(len(queries))[:_SAMPLE]
    some, selves = np.ascontiguousarray(queries[drawn]), own[drawn]
    cosines, rows = Flat().over(bank, min(k + 1, len(bank)))(some)
    true = _genuine(rows, selves, k)
    farthest = np.where(true, cosines, np.inf).min(axis=1, keepdims=True)
    cosines, rows = find(some)
    found = _genuine(rows, selves, k) & (cosines >= farthest - _NEARLY)
    return float(found.sum() / true.sum())

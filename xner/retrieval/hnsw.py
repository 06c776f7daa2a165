"""A graph of neighbours, walked towards the query.

Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical
Navigable Small World graphs" (TPAMI 2020).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xner.errors import OptionError
from xner.retrieval.index import Find, Index

if TYPE_CHECKING:
    import numpy as np

_EFFORT = 2  # rows kept in sight for each neighbour asked for
_MOST_LINKS = 512


@dataclass(frozen=True)
class Hnsw(Index):
    """`links` of each row to others, and rows kept in sight on the walk: `effort`.

    Keeps a copy of the bank and the links in memory, always on the CPU. Threads link rows in the
    order they come to them, so that two runs may find slightly different neighbours. Rows that are
    all alike link to each other alone: few of them are found where there are many.
    """

    links: int = 32
    effort: int | None = None

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense."""
        super().__post_init__()
        if not 2 <= self.links <= _MOST_LINKS:  # with a single one faiss falls over
            raise OptionError(f"--index: links {self.links} is not from 2 to {_MOST_LINKS}")

    def over(self, bank: "np.ndarray", count: int, *, seed: int = 42, gpu: bool = False) -> Find:  # noqa: ARG002 - on the CPU only, and always drawn alike
        """As `Index.over`."""
        import faiss

        index = faiss.IndexHNSWFlat(bank.shape[1], self.links, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efSearch = min(self.effort or _EFFORT * count, len(bank))
        index.add(bank)
        return lambda queries: index.search(queries, count)

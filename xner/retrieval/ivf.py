"""The bank in lists around centres; only the lists whose centres are nearest are looked at.

Jégou, Douze and Schmid, "Product Quantization for Nearest Neighbor Search" (TPAMI 2011), section 4,
here with whole vectors.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xner.retrieval.gpu import resources
from xner.retrieval.index import Find, Index

if TYPE_CHECKING:
    import numpy as np

_FEWEST = 39  # rows to learn a centre from, faiss warns of fewer
_SAMPLE = 64  # rows to learn a centre from; time grows with them, recall hardly does
_MARGIN = 16  # rows looked at for each neighbour asked for


@dataclass(frozen=True)
class Ivf(Index):
    """`lists` in all, and lists looked at for each query: `probes`.

    If not given, there are four times the square root of the rows, and of these so many are looked
    at as hold sixteen rows for each neighbour. Keeps a copy of the bank in memory.
    """

    lists: int | None = None
    probes: int | None = None

    def over(self, bank: "np.ndarray", count: int, *, seed: int = 42, gpu: bool = False) -> Find:
        """As `Index.over`."""
        import faiss
        import numpy as np

        rows, size = bank.shape
        usual = max(1, min(round(4 * math.sqrt(rows)), rows // _FEWEST))
        lists = min(self.lists or usual, rows)
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(size), size, lists, faiss.METRIC_INNER_PRODUCT)
        index.cp.seed = seed
        index.cp.spherical = True  # centres have length 1, as the rows do
        index.cp.min_points_per_centroid = 1  # who asks for many lists gets them, without a warning
        sample = np.random.default_rng(seed).permutation(rows)[: _SAMPLE * lists]
        index.train(bank[np.sort(sample)])
        index.add(bank)
        index.nprobe = min(self.probes or math.ceil(_MARGIN * count * lists / rows), lists)
        if card := resources(gpu, count, index.nprobe):
            index = faiss.index_cpu_to_gpu(card, 0, index)
        return lambda queries: index.search(queries, count)

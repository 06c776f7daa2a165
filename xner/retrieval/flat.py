"""Every row of the bank is looked at: exact, and as long as words times words."""

from typing import TYPE_CHECKING, ClassVar

from xner.retrieval.gpu import resources
from xner.retrieval.index import Find, Index

if TYPE_CHECKING:
    import numpy as np

_GPU_BYTES = 4 << 30  # of a bank that is larger the GPU gets a part at a time


class Flat(Index):
    """The nearest rows and no others. The bank is not copied; it may lie on disk."""

    exact: ClassVar[bool] = True

    def over(self, bank: "np.ndarray", count: int, *, seed: int = 42, gpu: bool = False) -> Find:  # noqa: ARG002 - nothing is drawn
        """As `Index.over`."""
        import faiss

        card = resources(gpu, count)
        metric = faiss.METRIC_INNER_PRODUCT
        if card is None:
            return lambda queries: faiss.knn(queries, bank, count, metric)
        return lambda queries: faiss.knn_gpu(
            card, queries, bank, count, metric=metric, vectorsMemoryLimit=_GPU_BYTES
        )

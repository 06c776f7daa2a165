"""Nearest neighbours that are no hubs: CSLS, cross-domain similarity local scaling.

Conneau, Lample et al., "Word Translation Without Parallel Data" (ICLR 2018), section 2.3. Some
vectors are near to everything, and would be everybody's translation. So from the cosine of two
words is taken how near each is to the other language anyhow:

    CSLS(x, y) = 2 cos(x, y) - r_T(x) - r_S(y)

where r_T(x) is the mean cosine of the source word x with its k nearest target words, and r_S(y)
that of the target word y with its k nearest source words. All rows here have length 1.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def nearness(rows: "np.ndarray", others: "np.ndarray", k: int) -> "np.ndarray":
    """The mean cosine of each row with its k nearest among `others`: (rows,), float32.

    This is r_S where target rows are given with the source's as others. The search is exact, and
    takes as many products as there are pairs.
    """
    import faiss

    cosines, _ = faiss.knn(rows, others, min(k, len(others)), faiss.METRIC_INNER_PRODUCT)
    return cosines.mean(axis=1)


class Neighbours:
    """The target words nearest to a source word by CSLS.

    With r_S as one more dimension CSLS is an inner product, so that it is found as quickly as the
    cosine is: (2x, 1)·(y, -r_S(y)) = 2 cos(x, y) - r_S(y), and (x, 0) gives the cosine.
    """

    def __init__(self, targets: "np.ndarray", target_nearness: "np.ndarray", k: int):
        import numpy as np

        self.k = k
        self.targets = np.column_stack([targets, -target_nearness])

    def best(self, sources: "np.ndarray", count: int) -> "tuple[np.ndarray, np.ndarray]":
        """CSLS and number of each source row's `count` best targets, the best first.

        Both are (sources, count), or as many columns as there are targets.
        """
        import faiss
        import numpy as np

        extra = np.ones((len(sources), 1), np.float32)
        scores, numbers = faiss.knn(
            np.hstack([2 * sources, extra]),
            self.targets,
            min(count, len(self.targets)),
            faiss.METRIC_INNER_PRODUCT,
        )
        plain = np.hstack([sources, 0 * extra])
        return scores - nearness(plain, self.targets, self.k)[:, None], numbers

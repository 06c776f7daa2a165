"""From similarities of word pieces to links: argmax, itermax, match (SimAlign), softmax (awesome).

SimAlign: Jalili Sabet, Dufter, Yvon and Schütze (2020); awesome-align: Dou and Neubig (2021). Each
function takes the vectors of the pieces of both sides and gives a table of links.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_ROUNDS = 2
_DISCOUNT = 0.9  # of a pair one side of which is linked already


def argmax(first: "Tensor", second: "Tensor") -> "Tensor":
    """Pieces that are each other's most similar: few links, and those precise."""
    return _mutual(_similarities(first, second))


def itermax(first: "Tensor", second: "Tensor") -> "Tensor":
    """As `argmax`, and then once more among what is left.

    In the second round pairs count for less whose one side has a link, and for nothing whose both
    have: SimAlign's two rounds with a discount of 0.9.
    """
    likeness = _similarities(first, second)
    links = _mutual(likeness)
    for _ in range(1, _ROUNDS):
        rows, columns = links.any(1, keepdim=True), links.any(0, keepdim=True)
        discounted = likeness * (1 - (1 - _DISCOUNT) * (rows | columns).float())
        links = links | _mutual(discounted.masked_fill(rows & columns, 0.0))
    return links


def match(first: "Tensor", second: "Tensor") -> "Tensor":
    """Pairs of pieces, each in one pair at most, such that the sum of similarities is largest."""
    import torch
    from scipy.optimize import linear_sum_assignment

    likeness = _similarities(first, second)
    rows, columns = linear_sum_assignment(likeness.cpu().numpy(), maximize=True)
    links = torch.zeros_like(likeness, dtype=torch.bool)
    links[torch.tensor(rows), torch.tensor(columns)] = True
    return links


def softmax(first: "Tensor", second: "Tensor", threshold: float = 0.001) -> "Tensor":
    """Pairs that both directions give a probability above the threshold; by dot products."""
    products = first @ second.T
    return (products.softmax(1) > threshold) & (products.softmax(0) > threshold)


METHODS: dict[str, Callable[["Tensor", "Tensor"], "Tensor"]] = {
    "argmax": argmax,
    "itermax": itermax,
    "match": match,
    "softmax": softmax,
}


def _similarities(first: "Tensor", second: "Tensor") -> "Tensor":
    """Cosines, moved to between 0 and 1 so that a discount makes all of them less."""
    from torch.nn.functional import normalize

    return (normalize(first, dim=1) @ normalize(second, dim=1).T + 1) / 2


def _mutual(likeness: "Tensor") -> "Tensor":
    """Where the best of a row is the best of its column; nothing is linked that is like nothing."""
    import torch

    across, down = likeness.argmax(1), likeness.argmax(0)
    links = torch.zeros_like(likeness, dtype=torch.bool)
    here = torch.arange(len(likeness), device=likeness.device)
    links[here, across] = down[across] == here
    return links & (likeness > 0)

"""From the votes of a word's neighbours to the weight of its label.

"CoLaDa: A Collaborative Label Denoising Framework for Cross-lingual Named Entity Recognition" (ACL
2023), section 3.1, equations 2 and 3. The paper's code is Weighing(centre="tag",
consistency="relative", scale="largest"); both are offered.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from xner.errors import OptionError
from xner.tag_schemes import Span, label_of

if TYPE_CHECKING:
    import numpy as np

Level = Literal["type", "tag"]


@dataclass(frozen=True)
class Weighing:
    """How the weight of a label follows from what the neighbours say."""

    alpha: Annotated[float, "How sharply weights part around the mean; 0 makes all 0.5."] = 6.0
    agreement: Annotated[
        Level, "Whether a neighbour agrees whose type is the same, or whose very tag is."
    ] = "type"
    centre: Annotated[
        Level | None,
        "Words of one type, or of one tag, that the mean is taken of; if not given, as "
        "--agreement.",
    ] = None
    consistency: Annotated[
        Literal["share", "relative"],
        "Share of the neighbours that agree, or that divided by the largest of the same tag.",
    ] = "share"
    scale: Annotated[
        Literal["none", "largest"], "Whether weights are divided by the largest of the same tag."
    ] = "none"

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense."""
        if not (math.isfinite(self.alpha) and self.alpha >= 0):
            raise OptionError(f"--alpha {self.alpha:g} is not a number from 0 on")


def consistency(
    shares: "np.ndarray", own: "np.ndarray", names: Sequence[str], agreement: Level
) -> "np.ndarray":
    """The share of the votes that a word's own label has: lambda of equation 2, (words,) float64.

    `shares` (words, labels) are the neighbours' votes, `own` (words,) is each word's label, both by
    the place in `names`. O agrees with O alone. 0 for a word that has no neighbours.

    >>> import numpy as np
    >>> shares = np.array([[0.25, 0.5, 0.25]])
    >>> names = ["O", "B-PER", "I-PER"]
    >>> [float(consistency(shares, np.array([1]), names, level)[0]) for level in ("type", "tag")]
    [0.75, 0.5]
    """
    import numpy as np

    groups = _groups(names, agreement)
    agrees = groups[:, None] == groups
    return np.where(agrees[own], shares, 0).sum(axis=1, dtype=np.float64)


def reliability(
    lambdas: "np.ndarray", own: "np.ndarray", names: Sequence[str], weighing: Weighing
) -> "np.ndarray":
    """The weight of each word's label, from 0 to 1: equation 3, (words,) float64.

        w = sigmoid(alpha (lambda - mu))

    mu is the mean lambda of all words of the same type, or tag; a word that is the only one has
    0.5. Where the paper's code divides 0 by 0, since no word of a tag has a neighbour that agrees,
    a relative lambda is 0.
    """
    import numpy as np

    if weighing.consistency == "relative":
        lambdas = _by_largest(lambdas, own)
    group = _groups(names, weighing.centre or weighing.agreement)[own]
    means = np.bincount(group, lambdas) / np.maximum(np.bincount(group), 1)
    half = weighing.alpha * (lambdas - means[group]) / 2
    weights = (1 + np.tanh(half)) / 2  # the sigmoid, without overflow
    return _by_largest(weights, own) if weighing.scale == "largest" else weights


def by_span(weights: "np.ndarray", spans: Iterable[Span]) -> "np.ndarray":
    """The weights of a sentence's words with one for each entity: the mean of its first and last.

    Words outside of all spans keep theirs. So do words of weight 0, whose label nobody knows: they
    are no entity's first or last.

    >>> import numpy as np
    >>> by_span(np.array([0.5, 1.0, 0.25, 0.5, 0.0]), [Span(1, 5, "PER")]).tolist()
    [0.5, 0.75, 0.75, 0.75, 0.0]
    """
    import numpy as np

    even = np.array(weights, np.float64)
    for start, end, _ in spans:
        known = start + np.flatnonzero(weights[start:end])
        if len(known):
            even[known] = (weights[known[0]] + weights[known[-1]]) / 2
    return even


def refined(probs: "np.ndarray", shares: "np.ndarray", share: float) -> "np.ndarray":
    """Distributions into which the neighbours' votes are mixed: (1 - share) p + share votes.

    Both are (words, labels), of the same labels. A word without neighbours keeps its own.
    """
    import numpy as np

    asked = shares.sum(axis=1, keepdims=True) > 0
    return np.where(asked, (1 - share) * probs + share * shares, probs)


def _groups(names: Sequence[str], level: Level) -> "np.ndarray":
    """A number for each label, the same for those of one type, or another for each tag."""
    import numpy as np

    keys = [label_of(name) if level == "type" else name for name in names]
    return np.unique(keys, return_inverse=True)[1]


def _by_largest(values: "np.ndarray", own: "np.ndarray") -> "np.ndarray":
    """Each value divided by the largest of words with the same tag; 0 where that is 0."""
    import numpy as np

    largest = np.zeros(own.max(initial=-1) + 1)
    np.maximum.at(largest, own, values)
    return np.divide(values, largest[own], out=np.zeros(len(own)), where=largest[own] > 0)

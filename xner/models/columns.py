"""From what a tagger says of its own types to the BIO labels of an ensemble."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xner.models.head import log_sums
from xner.models.tagger import Tagger
from xner.tag_schemes import OUTSIDE, split_tag, tag_names


class Columns:
    """Turns a tagger's distributions over its tags into ones over the ensemble's BIO labels."""

    def __init__(self, tagger: Tagger, rename: Callable[[str], str], labels: Sequence[str]):
        number = {label: place for place, label in enumerate(labels)}
        own = [_renamed(label, rename) for label in tag_names(tagger.types, "bio")]
        self._head = tagger.head
        self._to_labels = torch.tensor([number[label] for label in own])
        self._size = len(labels)

    def __call__(
        self, probs: Float[Tensor, "batch word ..."], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, "batch word label"]:
        """Distributions over the labels, which sum to 1 as those over the tags do."""
        bio = self._head.bio(probs, mask)
        out = bio.new_zeros(*mask.shape, self._size)
        return out.index_add(-1, self._to_labels.to(bio.device), bio)

    def logs(
        self, log_probs: Float[Tensor, "batch word ..."], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, "batch word label"]:
        """The same of logarithms, all finite."""
        return log_sums(self._head.log_bio(log_probs, mask), self._to_labels, self._size)


def _renamed(tag: str, rename: Callable[[str], str]) -> str:
    """A tag of another type; O where the new type is O."""
    letter, label = split_tag(tag)
    new = rename(label) if label else OUTSIDE
    return OUTSIDE if new == OUTSIDE else f"{letter}-{new}"

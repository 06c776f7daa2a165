"""From a tagger's own tags to the BIO labels of an ensemble."""

from collections.abc import Callable, Sequence
from math import log

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from xner.models.tagger import Tagger
from xner.tag_schemes import OUTSIDE, split_tag, tag_names

_LEAST = 1e-30  # the probability of a label that a tagger does not know


def renamed_tag(tag: str, rename: Callable[[str], str]) -> str:
    """A tag of another type; O where the new type is O."""
    letter, label = split_tag(tag)
    new = rename(label) if label else OUTSIDE
    return OUTSIDE if new == OUTSIDE else f"{letter}-{new}"


class Columns:
    """Turns a tagger's distributions over its tags into ones over the ensemble's BIO labels."""

    def __init__(self, tagger: Tagger, rename: Callable[[str], str], labels: Sequence[str]):
        own = tag_names(tagger.types, "bio")
        self._to_bio = _column_of([_bio(tag) for tag in tagger.tags], own)
        self._to_labels = _column_of([renamed_tag(tag, rename) for tag in own], labels)
        self._sizes = len(own), len(labels)
        self._parts = tagger.settings.scheme == "iob1"

    def __call__(self, probs: Float[Tensor, "batch word tag"]) -> Float[Tensor, "batch word label"]:
        """Distributions over the labels, which sum to 1 as those over the tags do."""
        bio = _summed(probs, self._to_bio, self._sizes[0])
        if self._parts:
            bio = _parted(bio)
        return _summed(bio, self._to_labels, self._sizes[1])

    def logs(self, log_probs: Float[Tensor, "batch word tag"]) -> Float[Tensor, "batch word label"]:
        """The same of logarithms, without leaving them: small probabilities keep a gradient.

        But for IOB1, whose labels are made of products of sums. A label that no tag counts for is
        as improbable as a number can say.
        """
        if self._parts:
            return self(log_probs.exp()).clamp(min=_LEAST).log()
        label_of = self._to_labels[self._to_bio].to(log_probs.device)
        absent = torch.full_like(log_probs[..., 0], log(_LEAST))
        owned = (log_probs[..., label_of == number] for number in range(self._sizes[1]))
        return torch.stack([o.logsumexp(-1) if o.shape[-1] else absent for o in owned], dim=-1)


def _bio(tag: str) -> str:
    """The BIO label that a tag counts for: S- as B-, E- as I-."""
    letter, label = split_tag(tag)
    return f"{'B' if letter in 'BS' else 'I'}-{label}" if label else OUTSIDE


def _column_of(tags: Sequence[str], labels: Sequence[str]) -> Tensor:
    number = {label: i for i, label in enumerate(labels)}
    return torch.tensor([number[tag] for tag in tags])


def _summed(
    probs: Float[Tensor, "batch word tag"], columns: Tensor, size: int
) -> Float[Tensor, "batch word label"]:
    out = probs.new_zeros(*probs.shape[:-1], size)
    return out.index_add(-1, columns.to(probs.device), probs)


def _parted(probs: Float[Tensor, "batch word label"]) -> Float[Tensor, "batch word label"]:
    """IOB1's I- as BIO: it goes on as far as the word before is of its type, and begins else."""
    begins, inside = probs[..., 1::2], probs[..., 2::2]
    before = pad((begins + inside)[:, :-1], (0, 0, 1, 0))  # 0 before the first word
    out = probs.clone()
    out[..., 1::2] = begins + inside * (1 - before)
    out[..., 2::2] = inside * before
    return out

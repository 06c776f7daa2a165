"""A sentence is nearer to its translation than to those of others."""

from typing import ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from xner.losses.contrastive import Contrastive, Twins
from xner.registry import one_of

Sides = Literal["origin", "both"]
_SIDES: tuple[Sides, ...] = ("origin", "both")


def sentence_vectors(
    words: Float[Tensor, "batch word hidden"], mask: Bool[Tensor, "batch word"]
) -> Float[Tensor, "batch hidden"]:
    """The mean of each sentence's real words."""
    total = (words * mask[..., None]).sum(1)
    return total / mask.sum(1, keepdim=True).clamp(min=1)


def nearest_is_own(
    one: Float[Tensor, "batch hidden"],
    other: Float[Tensor, "batch hidden"],
    keys: Int[Tensor, "batch 2"],
    temperature: float,
) -> Float[Tensor, " batch"]:
    """-log of the share that its own counterpart has among all, for each of `one` (equation 3).

    Likeness is exp(cosine / temperature); others with a key in common are not among all.
    """
    likeness = F.normalize(one, dim=-1) @ F.normalize(other, dim=-1).T / temperature
    own = torch.eye(len(keys), dtype=torch.bool, device=keys.device)
    twice = (keys[:, None] == keys).any(-1) & ~own
    return likeness.masked_fill(twice, -torch.inf).logsumexp(-1) - likeness.diagonal()


class SemanticContrastive(Contrastive):
    """Contrast of whole sentences (MCL-NER equation 3).

    Idea: a sentence and what is made of it in another language, all of it or in part, mean the same
    and lie near each other; those of the other sentences of a batch lie far away.
    Needs: a stream with `origin`, from codeswitch or translate-spans; no tags, and any head.
    `temperature` is 0.1
    if not given, for the paper names none. `sides` is `origin` (each origin looks for its own among
    what was made of all, as in the paper) or `both` (also the other way round; the mean of both).
    Rows with the same origin, by its words or its id, are no negatives of each other. The larger
    the batch, the more there is to tell apart; one pair alone costs nothing.
    Formula: -log exp(cos(H, H') / t) / sum over the batch's H'j of exp(cos(H, H'j) / t), H being
    the mean of a sentence's words behind the fusion layer.
    Related: `relation-contrastive`, on pairs of words; `span-kl`, on predictions for entities.
    """

    needs: ClassVar = {"origin": "'xner codeswitch' or 'xner translate-spans'"}

    def __init__(self, weight: float = 0.1, temperature: float = 0.1, sides: str = "origin"):
        super().__init__("semantic-contrastive", weight, temperature)
        self.sides: Sides = one_of("semantic-contrastive", "sides", sides, _SIDES)

    def forward(self, given: Twins) -> Float[Tensor, ""]:
        """Nats per sentence."""
        assert given.origin is not None
        assert given.keys is not None
        sides = (given.view, given.origin)
        made, origin = (sentence_vectors(side.fused.float(), side.batch.mask) for side in sides)
        with torch.autocast(made.device.type, enabled=False):
            terms = nearest_is_own(origin, made, given.keys, self.temperature)
            if self.sides == "both":
                terms = (terms + nearest_is_own(made, origin, given.keys, self.temperature)) / 2
            return terms.mean()

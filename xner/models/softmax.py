"""An independent decision a word: the head of every Hugging Face token classifier."""

from typing import ClassVar

from jaxtyping import Bool, Float, Int
from torch import Tensor

from xner.models.tag_head import TagHead
from xner.models.viterbi import best_path


class Softmax(TagHead):
    """p(tag | word) = softmax(scores); the scheme's rules enter only when tags are chosen."""

    takes_fractions: ClassVar = True

    def nll(
        self,
        scores: Float[Tensor, "batch word tag"],
        gold: Int[Tensor, "batch word"],
        mask: Bool[Tensor, "batch word"],
        weights: Float[Tensor, "batch word"] | None = None,
    ) -> Float[Tensor, " batch"]:
        """Negative log-likelihood of each sentence's tags, in nats: a sum over its words.

        With `weights` a word counts as many times as its weight says; one of weight 0 not at all.
        """
        log_probs = scores.log_softmax(-1)
        picked = log_probs.gather(-1, gold[..., None])[..., 0]
        if weights is not None:
            picked = picked * weights
        return -picked.masked_fill(~mask, 0.0).sum(-1)

    def decode(
        self,
        scores: Float[Tensor, "batch word tag"],
        mask: Bool[Tensor, "batch word"],
        constrained: bool,
    ) -> Int[Tensor, "batch word"]:
        """The most probable tags, or the most probable well-formed sequence of them."""
        if not constrained:
            return scores.argmax(-1).masked_fill(~mask, 0)
        return best_path(scores.log_softmax(-1), mask, *self.rules)

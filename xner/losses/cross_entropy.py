"""Gold tags: the negative log-likelihood of the labelled sentences."""

from math import inf
from typing import ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from xner.errors import OptionError
from xner.losses.objective import Labelled, Objective, View
from xner.models.grid import NONE
from xner.models.head import Head
from xner.registry import one_of

Reduction = Literal["sentence", "token", "sum", "pair"]
_REDUCTIONS: tuple[Reduction, ...] = ("sentence", "token", "sum", "pair")


class CrossEntropy(Objective):
    """Negative log-likelihood of the gold tags under the head.

    Idea: supervised training on the source language.
    Needs: labelled sentences. `reduction` is `sentence` (nats per sentence, the default, alike for
    all heads), `token` (nats per word, what most token classifiers minimise), `sum` (over the
    batch, what ConNER's released code minimises: with batches of 16 it makes every other loss count
    a sixteenth of its weight, and a token mean makes it count some fifteen times as much), or, of
    token-pair, `pair` (nats per pair of words: MCL-NER equation 7, whose gradient is so small once
    most pairs are known to hold nothing that learning slows down).
    Formula: -log p(y | x); with token-pair that of all pairs of the sentence's words. A word of
    weight w counts w times, also in the number of words, so that one of weight 0 is not there; a
    pair as often as the lighter of its words. A CRF knows weights 0 and 1 and sums over the tags
    that a word of weight 0 may have.
    Counts, of token-pair, how many of the pairs that hold a relation get it: nearly all hold none,
    and the loss is small where a tagger finds nothing.
    Related: `soft-ce`, on a teacher's distributions.
    """

    stream: ClassVar = "labelled"
    counts: ClassVar = "recall"

    def __init__(self, weight: float = 1.0, reduction: str = "sentence"):
        super().__init__(weight)
        self.reduction: Reduction = one_of("ce", "reduction", reduction, _REDUCTIONS)

    def check(self, head: Head) -> None:
        """Words are no pairs."""
        if self.reduction == "pair" and head.of_words:
            raise OptionError("ce: reduction=pair counts pairs of words, as --head token-pair does")

    def forward(self, given: Labelled) -> Float[Tensor, ""]:
        """The loss of a batch, in nats per sentence, per word, per pair of words, or in all."""
        view = given.view
        mask, weights = view.batch.mask, given.weights
        nll = view.tagger.head.nll(view.scores.float(), given.gold, mask, weights)
        if not view.tagger.head.of_words:
            self.judge(relations_found(view, given.gold))
        if self.reduction == "sentence":
            return nll.mean()
        if self.reduction == "sum":
            return nll.sum()
        counted = mask.float() if weights is None else weights * mask
        if self.reduction == "pair":
            counted = torch.minimum(counted[:, :, None], counted[:, None, :])
        whole = counted.sum()
        return nll.sum() / whole.masked_fill(whole == 0, inf)  # 0 where no word counts


def relations_found(view: View, gold: Int[Tensor, "batch word word"]) -> Bool[Tensor, " relation"]:
    """Whether each relation of the gold is the most probable one of its pair of words."""
    held = (gold != NONE) & view.tagger.head.places(view.batch.mask)
    return view.scores.detach()[held].argmax(-1) == gold[held]

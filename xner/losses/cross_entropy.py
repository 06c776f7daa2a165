"""Gold tags: the negative log-likelihood of the labelled sentences."""

from math import inf
from typing import ClassVar, Literal

from jaxtyping import Bool, Float, Int
from torch import Tensor

from xner.errors import OptionError
from xner.losses.objective import Labelled, Objective, View
from xner.models.grid import NONE
from xner.models.head import Head

Reduction = Literal["sentence", "token", "sum"]


class CrossEntropy(Objective):
    """Negative log-likelihood of the gold tags under the head.

    Idea: supervised training on the source language.
    Needs: labelled sentences. `reduction` is `sentence` (nats per sentence, the default, alike for
    softmax and CRF; of token-pair nats per pair of words, and no other), `token` (nats per word,
    what most token classifiers minimise) or `sum` (over the batch, what ConNER's released code
    minimises: with batches of 16 it makes every other loss count a sixteenth of its weight, and a
    token mean makes it count some fifteen times as much).
    Formula: -log p(y | x). A word of weight w counts w times, also in the number of words, so that
    one of weight 0 is not there; a CRF knows weights 0 and 1 and sums over the tags that a word of
    weight 0 may have.
    Counts, of token-pair, how many of the pairs that hold a relation get it: nearly all hold none,
    and the loss is small where a tagger finds nothing.
    Related: `soft-ce`, on a teacher's distributions.
    """

    stream: ClassVar = "labelled"
    counts: ClassVar = "recall"

    def __init__(self, weight: float = 1.0, reduction: str = "sentence"):
        super().__init__(weight)
        if reduction not in ("sentence", "token", "sum"):
            raise OptionError(f"ce: reduction '{reduction}' is none of sentence, token, sum")
        self.reduction = reduction

    def check(self, head: Head) -> None:
        """Sums over words are none over pairs of words, which are a mean already."""
        if self.reduction != "sentence" and not head.of_words:
            raise OptionError(
                f"ce: reduction={self.reduction} counts words, and --head token-pair learns pairs "
                "of words; leave it out for nats per pair"
            )

    def forward(self, given: Labelled) -> Float[Tensor, ""]:
        """The loss of a batch, in nats per sentence, per word, or in all."""
        view = given.view
        mask, weights = view.batch.mask, given.weights
        nll = view.tagger.head.nll(view.scores.float(), given.gold, mask, weights)
        if not view.tagger.head.of_words:
            self.judge(relations_found(view, given.gold))
        if self.reduction == "sentence":
            return nll.mean()
        total = nll.sum()
        if self.reduction == "sum":
            return total
        if weights is None:
            return total / mask.sum()
        counted = (weights * mask).sum()
        return total / counted.masked_fill(counted == 0, inf)  # 0 where no word counts


def relations_found(view: View, gold: Int[Tensor, "batch word word"]) -> Bool[Tensor, " relation"]:
    """Whether each relation of the gold is the most probable one of its pair of words."""
    held = (gold != NONE) & view.tagger.head.places(view.batch.mask)
    return view.scores.detach()[held].argmax(-1) == gold[held]

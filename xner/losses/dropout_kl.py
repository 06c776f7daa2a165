"""Two dropout passes agree."""

from typing import ClassVar

from jaxtyping import Bool, Float
from torch import Tensor

from xner.losses.divergence import divergence
from xner.losses.objective import Labelled, Objective


def dropout_kl(
    log_p: Float[Tensor, "batch word *column tag"],
    log_q: Float[Tensor, "batch word *column tag"],
    mask: Bool[Tensor, "batch word *column"],
) -> Float[Tensor, ""]:
    """Bidirectional KL of two passes, mean over the real words of a batch, or its rows of pairs."""
    words = mask.flatten(2).any(-1) if mask.dim() > 2 else mask
    return divergence(log_p, log_q, "bi")[mask].sum() / words.sum()


class DropoutKL(Objective):
    """Consistency of the labelled sentences under dropout (ConNER section 2.4, after R-Drop).

    Idea: what the tagger says of a word should not hang on which units dropout spares.
    Needs: labelled sentences and an encoder whose dropout is not 0; a second pass over each batch.
    Formula: (1/n) sum over words of [KL(p1 || p2) + KL(p2 || p1)] / 2. In eval mode it is 0. With
    token-pair a word's divergence is the sum over the pairs of its row.
    Related: `span-kl`, whose two passes read a sentence and its translation.
    """

    stream: ClassVar = "labelled"

    def __init__(self, weight: float = 0.5):
        super().__init__(weight)

    def forward(self, given: Labelled) -> Float[Tensor, ""]:
        """Nats per word; with pairs of words, of all in its row."""
        view = given.view
        places = view.tagger.head.places(view.batch.mask)
        return dropout_kl(view.log_probs, view.again.log_probs, places)

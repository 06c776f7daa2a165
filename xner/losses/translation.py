"""Source texts are translated as they were, with markers around phrases and without."""

from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from xner.errors import OptionError
from xner.losses.objective import Objective, Pairs


def piece_nll(
    scores: Float[Tensor, "batch target vocabulary"],
    pieces: Int[Tensor, "batch target"],
    pad: int,
    smoothing: float = 0.0,
) -> Float[Tensor, ""]:
    """Nats per piece of the targets, padding left out.

    With `smoothing` s a piece is to have probability 1 - s, and each of the vocabulary s / V more;
    padding has no part in it, for some models are forbidden to say it.
    """
    wanted = torch.ones(scores.shape[-1], dtype=scores.dtype, device=scores.device)
    wanted[pad] = 0.0
    # -inf, which some models give it, would be no number when it is multiplied by 0
    return F.cross_entropy(
        scores.flatten(0, 1).clamp(min=torch.finfo(scores.dtype).min / 4),
        pieces.flatten(),
        weight=wanted,
        ignore_index=pad,
        label_smoothing=smoothing,
    )


class Translation(Objective):
    """Negative log-likelihood of translations (L_t of CROP section 3.3).

    Idea: a translator that learns to carry markers over must not forget to translate.
    Needs: pairs of a sentence and its origin, without markers. `smoothing` of the labels is 0
    if not given; the paper's code has 0.1.
    Formula: -(1/n) sum over the n pieces of the translations of log p(y_t | y_<t, x).
    Related: `labelled-translation`, the same on pairs with markers.
    """

    stream: ClassVar = "plain"
    needs: ClassVar = {"origin": "'xner translate-spans --make-training-pairs'"}

    def __init__(self, weight: float = 0.5, smoothing: float = 0.0):
        super().__init__(weight)
        if not 0 <= smoothing < 1:
            raise OptionError(f"smoothing {smoothing:g} is not a number from 0 to below 1")
        self.smoothing = smoothing

    def forward(self, given: Pairs) -> Float[Tensor, ""]:
        """Nats per piece."""
        pad = given.translator.pad
        return piece_nll(given.scores.float(), given.batch.target, pad, self.smoothing)


class LabelledTranslation(Translation):
    """Negative log-likelihood of translations with markers (L_lst of CROP section 3.3).

    Idea: phrases that say the same stand between the same markers on both sides, so that a
    translator learns to put markers around what it makes of an entity.
    Needs: pairs with `meta.marked`. `smoothing` as for `translation`.
    Formula: as `translation`; markers are pieces like others.
    Related: `translation`. The paper's joint loss is a L_t + (1 - a) L_lst with a = 0.5.
    """

    stream: ClassVar = "marked"

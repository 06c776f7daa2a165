"""A discriminator against an encoder: what the adversarial losses have in common."""

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from xner.errors import OptionError
from xner.losses.objective import Side, View

Positions = Literal["words", "pieces"]


def nats(
    scores: Float[Tensor, "..."], truth: Bool[Tensor, "..."], flipped: bool = False
) -> Float[Tensor, "..."]:
    """-log p(truth) of each decision, p(yes) being the sigmoid of its score.

    `flipped` makes it -log p(the opposite): small where the discriminator is deceived.
    """
    target = (truth != flipped).to(scores.dtype)
    return binary_cross_entropy_with_logits(scores, target, reduction="none")


def seen(view: View, side: Side, positions: Positions) -> Float[Tensor, "_ _ hidden"]:
    """The vectors that a discriminator is shown, (batch or row, position), as the side wants them.

    Without a graph for `discriminator`; with a reversed gradient for `both` (Ganin and Lempitsky,
    "Unsupervised Domain Adaptation by Backpropagation", ICML 2015).
    """
    if side == "discriminator":
        view = View(view.tagger, view.batch)  # the given one would keep vectors without a graph
    with torch.set_grad_enabled(side != "discriminator" and torch.is_grad_enabled()):
        vectors = view.words if positions == "words" else view.pieces
    return reversed_gradient(vectors) if side == "both" else vectors


def reversed_gradient(vectors: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """The same to the last bit; its gradient goes back with the other sign."""
    return 2 * vectors.detach() - vectors


def whole_number(loss: str, key: str, value: str) -> int:
    """The option's value; OptionError if it is no whole number from 1 up."""
    if value.isdecimal() and int(value) > 0:
        return int(value)
    raise OptionError(f"{loss}: {key} '{value}' is not a whole number from 1 up")

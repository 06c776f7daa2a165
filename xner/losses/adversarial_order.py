"""The encoder hides the order of words."""

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from xner.errors import OptionError
from xner.losses.adversarial import nats, seen, whole_number
from xner.losses.objective import Adversary, Orders, Side
from xner.models.discriminator import Network, OrderDiscriminator
from xner.registry import one_of

_NAME = "adversarial-order"
_NETWORKS: tuple[Network, ...] = ("bilstm", "lstm")


class AdversarialOrder(Adversary):
    """A discriminator tells sentences from shuffled ones (TransAdv section 2.3).

    Idea: languages differ in word order, so the encoder should not lean on it.
    Needs: a stream of sentences in their own order and of others that `xner shuffle` has made.
    `network` is `bilstm` (default) or `lstm`, `hidden` the size of its state, of all directions.
    Formula: -(1/n) sum over sentences of [y log p + (1 - y) log(1 - p)], y = 1 for a sentence in
    its own order; with 1 - y for y where the encoder is trained.
    Related: `adversarial-language`.
    """

    stream: ClassVar = "order"

    def __init__(self, weight: float = 1.0, network: str = "bilstm", hidden: str = "256"):
        super().__init__(weight)
        self.network: Network = one_of(_NAME, "network", network, _NETWORKS)
        self.hidden = whole_number(_NAME, "hidden", hidden)
        if self.network == "bilstm" and self.hidden % 2:
            raise OptionError(f"{_NAME}: two directions cannot share hidden={hidden}; it is odd")

    def attach(self, width: int) -> None:
        """Make the discriminator for vectors of this many features."""
        self.discriminator = OrderDiscriminator(width, self.hidden, self.network)

    def forward(self, given: Orders, side: Side = "discriminator") -> Float[Tensor, ""]:
        """Nats per sentence; 0 where none has words."""
        mask = given.view.batch.mask
        scores = self.discriminator(seen(given.view, side, "words"), mask)
        there = mask.any(1)
        scores, truth = scores[there], given.intact[there]
        if side != "encoder":
            self.judge((scores > 0) == truth)
        return nats(scores, truth, flipped=side == "encoder").sum() / max(len(truth), 1)

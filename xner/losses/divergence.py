"""Divergences between distributions given as log-probabilities, for the consistency losses."""

import math
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

Divergence = Literal["bi", "forward", "backward", "js"]


def kl(
    log_p: Float[Tensor, "*row class"], log_q: Float[Tensor, "*row class"]
) -> Float[Tensor, "*row"]:
    """KL(p || q), in nats, of each row: a sum over its classes, never a mean."""
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def divergence(
    log_p: Float[Tensor, "*row class"], log_q: Float[Tensor, "*row class"], kind: Divergence
) -> Float[Tensor, "*row"]:
    """How far two distributions are apart, in nats.

    `bi` is the mean of both KLs; `forward` is KL(p || q), `backward` KL(q || p); `js` is the
    Jensen-Shannon divergence, at most log 2.
    """
    if kind == "forward":
        return kl(log_p, log_q)
    if kind == "backward":
        return kl(log_q, log_p)
    if kind == "js":
        middle = torch.logaddexp(log_p, log_q) - math.log(2)
        return (kl(log_p, middle) + kl(log_q, middle)) / 2
    return (kl(log_p, log_q) + kl(log_q, log_p)) / 2

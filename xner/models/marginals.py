"""From a grid of relations to a distribution over BIO labels for each word.

What other heads, teachers and filters exchange is a distribution a word. A grid says of each span
how probable an entity it is, q: its type's probability times those of its neighbour relations. Of
all ways F of laying entities side by side, which are what tags can say, let each be as probable as

    p(F) ~ product over the entities of F of q / (1 - q)

Then a word is B-c as far as entities of type c begin with it, I-c as far as they go on through it,
and O as far as none holds it. This is a semi-Markov model (Sarawagi and Cohen, NIPS 2004) whose
sums over all F take a pass forward and one backward.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import pad

from xner.models.grid import FIRST_TYPE, NEIGHBOUR, cells_of
from xner.models.viterbi import FORBIDDEN

_SUREST = 1 - 1e-6  # what no entity is held to be surer of, so that its odds are finite
_LEAST = 1e-30


def bio_marginals(
    probs: Float[Tensor, "batch word word relation"],
    mask: Bool[Tensor, "batch word"],
    types: Sequence[str],
) -> Float[Tensor, "batch word label"]:
    """Each word's distribution over O, and B- and I- of each type in turn; padding is O."""
    place = torch.device("cpu") if probs.device.type == "mps" else probs.device  # without float64
    odds = _log_odds(probs.to(place).double(), mask.to(place), len(types))
    every = odds.logsumexp(-1)  # (batch, first, last)
    before, behind = _sums(every)
    whole = before[:, -1, None, None, None]
    around = before[:, :-1, None] + behind[:, None, 1:]
    spans = (odds + around[..., None] - whole).exp()  # (batch, first, last, type)
    begins, ends = spans.sum(2), spans.sum(1)
    holds = begins.cumsum(1) - pad(ends.cumsum(1), (0, 0, 1, 0))[:, :-1]
    inside = (holds - begins).clamp(min=0.0)
    none = (1 - (begins + inside).sum(-1, keepdim=True)).clamp(min=0.0)
    labels = torch.cat([none, torch.stack([begins, inside], dim=-1).flatten(2)], dim=-1)
    return (labels / labels.sum(-1, keepdim=True)).to(probs.device, probs.dtype)


def _log_odds(
    probs: Float[Tensor, "batch word word relation"], mask: Bool[Tensor, "batch word"], types: int
) -> Float[Tensor, "batch word word type"]:
    """log q / (1 - q) of each span by its first word, its last word and its type."""
    logs = probs.clamp(min=_LEAST).log()
    steps = pad(logs[..., NEIGHBOUR].diagonal(1, 1, 2).cumsum(1), (1, 0))  # up to each word
    inner = steps[:, None, :] - steps[:, :, None]  # (batch, first, last)
    own = logs[..., FIRST_TYPE : FIRST_TYPE + types].transpose(1, 2) + inner[..., None]
    q = own.exp().clamp(max=_SUREST)
    spans = cells_of(mask).triu()
    return (own - torch.log1p(-q)).masked_fill(~spans[..., None], FORBIDDEN)


def _sums(
    every: Float[Tensor, "batch word word"],
) -> tuple[Float[Tensor, "batch gap"], Float[Tensor, "batch gap"]]:
    """log of the sum over all ways to lay what is before each gap between words, and behind."""
    words = every.shape[1]
    before, behind = [every.new_zeros(len(every))], [every.new_zeros(len(every))]
    for place in range(words):
        ending = (torch.stack(before, 1) + every[:, : place + 1, place]).logsumexp(1)
        before.append(torch.logaddexp(before[-1], ending))
    for place in range(words - 1, -1, -1):
        beginning = (every[:, place, place:] + torch.stack(behind[::-1], 1)).logsumexp(1)
        behind.append(torch.logaddexp(behind[-1], beginning))
    return torch.stack(before, 1), torch.stack(behind[::-1], 1)

"""The best path through scores and transitions, for all sentences of a batch at once."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from xner.tag_schemes import Scheme, may_follow

FORBIDDEN = -1e4  # far below any score, and finite: sums of it stay comparable


def constraints(tags: list[str], scheme: Scheme) -> tuple[Tensor, Tensor, Tensor]:
    """0 where a scheme allows a transition, FORBIDDEN where not: (tag tag), start and end (tag)."""

    def score(before: str | None, after: str | None) -> float:
        return 0.0 if may_follow(before, after, scheme) else FORBIDDEN

    between = torch.tensor([[score(a, b) for b in tags] for a in tags])
    start = torch.tensor([score(None, tag) for tag in tags])
    end = torch.tensor([score(tag, None) for tag in tags])
    return between, start, end


def best_path(
    scores: Float[Tensor, "batch word tag"],
    mask: Bool[Tensor, "batch word"],
    between: Float[Tensor, "tag tag"],
    start: Float[Tensor, " tag"],
    end: Float[Tensor, " tag"],
) -> Int[Tensor, "batch word"]:
    """The tags of highest total score; 0 on padding. `between[a, b]` is the score of b after a."""
    batch, words, tags = scores.shape
    if words == 0:
        return torch.zeros(batch, 0, dtype=torch.int64, device=scores.device)
    total = scores[:, 0] + start  # (batch tag)
    stay = torch.arange(tags, device=scores.device).expand(batch, tags)
    back: list[Tensor] = []
    for position in range(1, words):
        best, source = (total[:, :, None] + between).max(dim=1)
        here = mask[:, position, None]
        total = torch.where(here, best + scores[:, position], total)
        back.append(torch.where(here, source, stay))
    tag = (total + end).argmax(dim=1)
    path = [tag]
    for source in reversed(back):
        tag = source.gather(1, tag[:, None])[:, 0]
        path.append(tag)
    return torch.stack(path[::-1], dim=1).masked_fill(~mask, 0)

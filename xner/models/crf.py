"""A linear-chain conditional random field (Lafferty et al., 2001; for NER Lample et al., 2016).

    p(y | x) = exp(s(x, y)) / sum over y' of exp(s(x, y'))
    s(x, y)  = start[y1] + sum of scores[i, yi] + sum of between[y(i-1), yi] + end[yn]

Transitions that the tag scheme forbids carry a fixed penalty, in training as in decoding, so no
probability is spent on them and no ill-formed sequence can win.
"""

from typing import cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from xner.models.viterbi import best_path, constraints
from xner.tag_schemes import Scheme


class Crf(nn.Module):
    """Transition scores learned beside the encoder; they begin at zero."""

    def __init__(self, tags: list[str], scheme: Scheme):
        super().__init__()
        size = len(tags)
        self.between = nn.Parameter(torch.zeros(size, size))
        self.start = nn.Parameter(torch.zeros(size))
        self.end = nn.Parameter(torch.zeros(size))
        names = ("rule_between", "rule_start", "rule_end")
        for name, tensor in zip(names, constraints(tags, scheme), strict=True):
            self.register_buffer(name, tensor, persistent=False)

    def nll(
        self,
        scores: Float[Tensor, "batch word tag"],
        tags: Int[Tensor, "batch word"],
        mask: Bool[Tensor, "batch word"],
    ) -> Float[Tensor, " batch"]:
        """Negative log-likelihood of each sentence's tags, in nats."""
        transitions = self._transitions()
        scores = scores.float()  # sums over a sentence need more than bfloat16
        return self._all_paths(scores, mask, *transitions) - self._one_path(
            scores, tags, mask, *transitions
        )

    def decode(
        self,
        scores: Float[Tensor, "batch word tag"],
        mask: Bool[Tensor, "batch word"],
        constrained: bool,
    ) -> Int[Tensor, "batch word"]:
        """The sequence of highest probability; `constrained` False ignores the scheme's rules."""
        learned = (self.between, self.start, self.end)
        transitions = self._transitions() if constrained else learned
        return best_path(scores.float(), mask, *transitions)

    def _transitions(self) -> tuple[Tensor, Tensor, Tensor]:
        rules = (self.rule_between, self.rule_start, self.rule_end)
        between, start, end = (cast(Tensor, rule) for rule in rules)
        return self.between + between, self.start + start, self.end + end

    @staticmethod
    def _all_paths(
        scores: Tensor, mask: Tensor, between: Tensor, start: Tensor, end: Tensor
    ) -> Float[Tensor, " batch"]:
        """log of the sum over all tag sequences of exp(score): the forward algorithm."""
        total = scores[:, 0] + start
        for position in range(1, scores.shape[1]):
            step = torch.logsumexp(total[:, :, None] + between, dim=1) + scores[:, position]
            total = torch.where(mask[:, position, None], step, total)
        return torch.logsumexp(total + end, dim=-1)

    @staticmethod
    def _one_path(
        scores: Tensor, tags: Tensor, mask: Tensor, between: Tensor, start: Tensor, end: Tensor
    ) -> Float[Tensor, " batch"]:
        emitted = scores.gather(-1, tags[..., None])[..., 0].masked_fill(~mask, 0.0).sum(-1)
        moved = between[tags[:, :-1], tags[:, 1:]].masked_fill(~mask[:, 1:], 0.0).sum(-1)
        last = tags.gather(1, mask.sum(-1, keepdim=True) - 1)[:, 0]
        return emitted + moved + start[tags[:, 0]] + end[last]

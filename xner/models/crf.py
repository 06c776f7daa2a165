"""A linear-chain conditional random field (Lafferty et al., 2001; for NER Lample et al., 2016).

    p(y | x) = exp(s(x, y)) / sum over y' of exp(s(x, y'))
    s(x, y)  = start[y1] + sum of scores[i, yi] + sum of between[y(i-1), yi] + end[yn]

Transitions that the tag scheme forbids carry a fixed penalty, in training as in decoding, so no
probability is spent on them and no ill-formed sequence can win.

Where only some words' tags are known, the likelihood is that of all sequences which agree with them
(Tsuboi et al., COLING 2008), so that an unknown word teaches nothing by itself:

    log p(known | x) = log of the sum over agreeing y of exp(s(x, y)) - log of the sum over all y'
"""

from typing import ClassVar, cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from xner.models.tag_head import TagHead
from xner.models.viterbi import best_path
from xner.tag_schemes import Scheme, open_ended


class Crf(TagHead):
    """Transition scores learned beside the encoder; they begin at zero."""

    takes_fractions: ClassVar = False  # a tag is known or not: what is half a path?

    def __init__(self, tags: list[str], scheme: Scheme):
        super().__init__(tags, scheme)
        size = len(tags)
        self.between = nn.Parameter(torch.zeros(size, size))
        self.start = nn.Parameter(torch.zeros(size))
        self.end = nn.Parameter(torch.zeros(size))
        # what a word's tag may be as well where nobody knows whether its span goes on
        number = {tag: place for place, tag in enumerate(tags)}
        other = [number.get(open_ended(tag, scheme), place) for tag, place in number.items()]
        self.register_buffer("open_ended", torch.tensor(other), persistent=False)

    def nll(
        self,
        scores: Float[Tensor, "batch word tag"],
        gold: Int[Tensor, "batch word"],
        mask: Bool[Tensor, "batch word"],
        weights: Float[Tensor, "batch word"] | None = None,
    ) -> Float[Tensor, " batch"]:
        """Negative log-likelihood of each sentence's tags, in nats.

        With `weights`, which are 0 or 1, it is that of the tags known: of words that weigh 1.
        """
        transitions = self._transitions()
        if scores.dtype != torch.float64:
            scores = scores.float()  # sums over a sentence need more than bfloat16
        total = self._all_paths(scores, mask, *transitions)
        if weights is None:
            return total - self._one_path(scores, gold, mask, *transitions)
        agreeing = self._agreeing(scores, gold, mask, weights)
        return total - self._all_paths(agreeing, mask, *transitions)

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
        between, start, end = self.rules
        return self.between + between, self.start + start, self.end + end

    def _agreeing(
        self,
        scores: Float[Tensor, "batch word tag"],
        tags: Int[Tensor, "batch word"],
        mask: Bool[Tensor, "batch word"],
        weights: Float[Tensor, "batch word"],
    ) -> Float[Tensor, "batch word tag"]:
        """The scores without those that contradict a known tag.

        A tag of BIOES says whether the next word belongs to the span too, which is not known of a
        span that meets an unknown word: such a tag stands for both.
        """
        known = (weights > 0) & mask
        before_unknown = torch.zeros_like(known)
        before_unknown[:, :-1] = known[:, :-1] & mask[:, 1:] & ~known[:, 1:]
        also = torch.where(before_unknown, cast(Tensor, self.open_ended)[tags], tags)
        allowed = torch.zeros_like(scores, dtype=torch.bool)
        allowed.scatter_(-1, tags[..., None], True).scatter_(-1, also[..., None], True)
        return scores.masked_fill(~(allowed | ~known[..., None]), -torch.inf)

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

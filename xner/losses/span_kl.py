"""A sentence and its translation agree on each span."""

import math
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from xner.errors import OptionError
from xner.losses.divergence import Divergence, divergence
from xner.losses.objective import Objective, Parallel, View
from xner.models.head import Head
from xner.models.tag_head import TagHead
from xner.registry import one_of
from xner.tag_schemes import Scheme, label_of, span_letter, tag_names

Spans = Int[Tensor, "span 3"]

# the name of a one-sided divergence is the side it is an expectation over
_KINDS: dict[str, Divergence] = {
    "bi": "bi",
    "origin": "forward",
    "translation": "backward",
    "js": "js",
}


class SpanDistribution:
    """Turns distributions over a word's tags into one over a span's types (ConNER section 2.3.2).

    P(type c) is the probability that the span's words are tagged as exactly one entity c, P(O)
    that all are O, and P(illegal) the rest: B-PER E-LOC, but also S-PER S-PER.
    """

    def __init__(self, tags: list[str], scheme: Scheme):
        self.types = sorted({label_of(tag) for tag in tags} - {"O"})
        number = {tag: i for i, tag in enumerate(tags)}
        # expected[place, class]: the tag a word must have there for the span to be of that class
        self.expected = torch.tensor(
            [
                [*(number[f"{span_letter(place, scheme)}-{c}"] for c in self.types), number["O"]]
                for place in ("alone", "first", "inside", "last")
            ]
        )

    def __call__(
        self, log_probs: Float[Tensor, "batch word tag"], spans: Spans
    ) -> Float[Tensor, "span class"]:
        """log P of each type (sorted), O and illegal; `spans` rows are (batch row, start, end).

        Everything is added in log space and nothing is subtracted from 1: the mass that leaves the
        classes is collected word by word, so that float32 still knows an illegal mass of 1e-13,
        where 1 - sum would say 0.
        """
        row, start, end = spans.unbind(1)
        length = end - start
        offsets = torch.arange(int(length.max()), device=spans.device)
        inside = offsets < length[:, None]
        word = torch.where(inside, start[:, None] + offsets, start[:, None])
        scores = log_probs[row[:, None], word]  # (span, word, tag)
        place = torch.full_like(word, 2)
        place[offsets == length[:, None] - 1] = 3
        place[:, 0] = torch.where(length == 1, 0, 1)
        expected = self.expected.to(spans.device)[place]  # (span, word, class)
        kept = scores.gather(-1, expected)
        other_tag = torch.ones_like(scores, dtype=torch.bool).scatter(-1, expected, False)
        alive = kept[:, 0]
        lost = _log_sum(scores[:, 0], other_tag[:, 0])
        for position in range(1, word.shape[1]):
            here = inside[:, position, None]
            leaves = _log_not(scores[:, position], expected[:, position])
            gone = torch.logaddexp(lost, torch.logsumexp(alive + leaves, dim=-1))
            lost = torch.where(here[:, 0], gone, lost)
            alive = torch.where(here, alive + kept[:, position], alive)
        return torch.cat([alive, lost[:, None]], dim=-1)


def _log_sum(scores: Float[Tensor, "span tag"], chosen: Tensor) -> Float[Tensor, " span"]:
    return torch.logsumexp(scores.masked_fill(~chosen, -torch.inf), dim=-1)


def _log_not(
    scores: Float[Tensor, "span tag"], tag: Int[Tensor, "span class"]
) -> Float[Tensor, "span class"]:
    """log(1 - p(tag)), as the sum of all other tags."""
    others = torch.ones(*tag.shape, scores.shape[-1], dtype=torch.bool, device=scores.device)
    others.scatter_(-1, tag[..., None], False)
    return torch.logsumexp(scores[:, None].masked_fill(~others, -torch.inf), dim=-1)


def _of_tags(view: View) -> Float[Tensor, "batch word tag"]:
    """What is said of each word's tags; instead of IOB1's of BIO labels."""
    head = view.tagger.head
    if view.tagger.settings.scheme == "iob1":
        return head.log_bio(view.log_probs, view.batch.mask)
    return view.log_probs


class SpanKL(Objective):
    """Consistency of a span with its translation (ConNER section 2.3, equations 2 to 4).

    Idea: an entity keeps its type when the sentence is translated.
    Needs: a stream with `origin` and `alignment`, from translate-spans; its tags mark where the
    spans are and their types are never looked at. `divergence` is `bi` (default), `origin`
    (KL(origin || translation)), `translation` (KL(translation || origin)) or `js`. `floor` is the
    least probability of a class, which bounds what one disagreement can cost. With `weights=use` a
    pair counts as much as the stream's `weights` say of the span's words in the translation, on
    the mean; with `ignore` (the default, as in ConNER) all count alike.
    Formula: (1/M) sum over the batch's M pairs of w_m [KL(P || P') + KL(P' || P)] / 2, w_m = 1 but
    with `weights=use`; both sides are trained, neither is held fixed.
    Related: `dropout-kl`.
    """

    stream: ClassVar = "parallel"
    needs: ClassVar = {"origin": "xner translate-spans", "alignment": "xner translate-spans"}

    def __init__(
        self,
        weight: float = 0.5,
        divergence: str = "bi",
        floor: float = 1e-20,
        weights: str = "ignore",
    ):
        super().__init__(weight)
        if divergence not in _KINDS:
            raise OptionError(f"span-kl: divergence '{divergence}' is none of {', '.join(_KINDS)}")
        if not 0 < floor < 1:
            raise OptionError(f"span-kl: floor {floor} is not between 0 and 1")
        self.kind: Divergence = _KINDS[divergence]
        self.floor = math.log(floor)
        self.weights = one_of("span-kl", "weights", weights, ("use", "ignore"))

    def check(self, head: Head) -> None:
        """The types of a span are made of the tags of its words, of which none may be missing."""
        if not isinstance(head, TagHead):
            raise OptionError(
                "loss 'span-kl' compares tags of words, which --head token-pair has not; take "
                "--head softmax or crf, or loss 'relation-contrastive'"
            )
        types = {label_of(tag) for tag in head.tags} - {"O"}
        absent = set(tag_names(types, head.scheme)) - set(head.tags)
        if head.scheme != "iob1" and absent:
            raise OptionError(
                f"loss 'span-kl' asks for {', '.join(sorted(absent))}, which the tagger's labels "
                "do not have; --encoder makes a head with all of them"
            )

    @property
    def wanted(self) -> dict[str, str]:
        """As `needs`, and weights where they are to be used."""
        return self.needs | ({"weights": "xner knn-weight"} if self.weights == "use" else {})

    def forward(self, given: Parallel) -> Float[Tensor, ""]:
        """Nats per pair of spans; 0 where a batch has none."""
        tagger = given.view.tagger
        if len(given.links) == 0:
            # keeps the graph whole: with several processes every one must send gradients
            return 0.0 * (given.view.scores.sum() + given.origin.scores.sum())
        tags, scheme = tagger.tags, tagger.settings.scheme
        if scheme == "iob1":  # which says how an entity begins by what is before it
            tags, scheme = tag_names(tagger.types, "bio"), "bio"
        distribution = SpanDistribution(tags, scheme)
        translated = distribution(_of_tags(given.view), given.links[:, [0, 1, 2]])
        original = distribution(_of_tags(given.origin), given.links[:, [0, 3, 4]])
        floored = (original.clamp(min=self.floor), translated.clamp(min=self.floor))
        each = divergence(*floored, self.kind)
        if self.weights == "use" and given.weights is not None:
            each = given.weights * each
        return each.mean()

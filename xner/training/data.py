"""Tokenized training data: labelled sentences, and sentences paired with their origins."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from xner.errors import OptionError, XnerError
from xner.losses.objective import Labelled, Parallel, View
from xner.models.batch import Batch
from xner.models.tagger import Tagger
from xner.sentence import Sentence, linked_spans
from xner.training.task import Corpus


class LabelledCorpus(Corpus):
    """Sentences with tags, tokenized once; `weights` is None where none of them has any."""

    def __init__(self, tagger: Tagger, sentences: Sequence[Sentence]):
        for sentence in sentences:
            if sentence.tags is None:
                raise XnerError(f"sentence '{sentence.id}' of --source has no tags")
        self.encoded = tagger.tokenize(sentences)
        self.gold = tagger.head.gold(sentences, self.encoded.kept)
        self.weights = word_weights(sentences, tagger.head.takes_fractions)

    def costs(self) -> tuple[list[int], list[int]]:
        """Row length and rows of each sentence."""
        return self.encoded.costs()

    def batch(self, index: Sequence[int]) -> tuple[Batch, Tensor, Tensor | None]:
        """A padded batch, what the head is to say of it, and its words' weights (batch word)."""
        batch = self.encoded.batch(index)
        word = self.encoded.places(batch)
        gold = self.gold.batch(batch, word)
        return batch, gold, None if self.weights is None else self.weights[word]

    def view(self, model: Tagger, *batch: Any) -> Labelled:
        """What the losses on labelled sentences are given."""
        return labelled_view(model, *batch)

    def tensors(self) -> list[Tensor]:
        """Pieces, tags and weights."""
        weights = [] if self.weights is None else [self.weights]
        return [self.encoded.pieces, *self.gold.tensors(), *weights]


class ParallelCorpus(Corpus):
    """Sentences and their origins, tokenized once, with the spans both sides share.

    Only sentences with at least one linked span are kept: the others say nothing to any loss.
    `links` rows are (start, end, origin start, origin end); `link_start` cuts them by sentence.
    `weights` has the mean weight of each link's words, and is None where no sentence has weights.
    """

    def __init__(self, tagger: Tagger, sentences: Sequence[Sentence]):
        linked = [(sentence, links) for sentence in sentences if (links := linked_spans(sentence))]
        self.encoded = tagger.tokenize([sentence for sentence, _ in linked])
        self.origin = tagger.tokenize([s.origin for s, _ in linked if s.origin is not None])
        rows = [link for _, links in linked for link in links]
        links = torch.tensor(rows, dtype=torch.int64).reshape(-1, 4)
        counts = torch.tensor([len(links) for _, links in linked], dtype=torch.int64)
        # a span that was cut on one side is lost on both
        row = torch.repeat_interleave(counts)
        whole = (links[:, 1] <= self.encoded.kept[row]) & (links[:, 3] <= self.origin.kept[row])
        self.links = links[whole]
        weights = _link_weights([sentence for sentence, _ in linked], links, row)
        self.weights = None if weights is None else weights[whole]
        left = torch.bincount(row[whole], minlength=len(linked))
        self.link_start = torch.nn.functional.pad(torch.cumsum(left, 0), (1, 0))

    def __len__(self) -> int:
        return len(self.encoded)

    def costs(self) -> tuple[list[int], list[int]]:
        """Row length and rows of each pair: those of its larger side."""
        own, other = self.encoded.costs(), self.origin.costs()
        longest, rows = (
            [max(a, b) for a, b in zip(x, y, strict=True)] for x, y in zip(own, other, strict=True)
        )
        return longest, rows

    def batch(self, index: Sequence[int]) -> tuple[Batch, Batch, Tensor, Tensor | None]:
        """Both padded batches, their links (span 5: batch row, span, origin span), and weights."""
        ranges = [slice(self.link_start[i], self.link_start[i + 1]) for i in index]
        own = [self.links[chosen] for chosen in ranges]
        row = torch.repeat_interleave(torch.tensor([len(links) for links in own]))
        links = torch.cat([row[:, None], torch.cat(own)], dim=1)
        known = self.weights
        weights = None if known is None else torch.cat([known[chosen] for chosen in ranges])
        return self.encoded.batch(index), self.origin.batch(index), links, weights

    def view(self, model: Tagger, *batch: Any) -> Parallel:
        """What the losses on paired sentences are given."""
        return parallel_view(model, *batch)

    def tensors(self) -> list[Tensor]:
        """Pieces of both sides, links and weights."""
        weights = [] if self.weights is None else [self.weights]
        return [self.encoded.pieces, self.origin.pieces, self.links, *weights]


def labelled_view(
    tagger: Tagger, batch: Batch, gold: Tensor, weights: Tensor | None = None
) -> Labelled:
    """What the losses on labelled sentences are given."""
    device = tagger.device
    known = None if weights is None else weights.to(device)
    return Labelled(View(tagger, batch.to(device)), gold.to(device), known)


def parallel_view(
    tagger: Tagger, batch: Batch, origin: Batch, links: Tensor, weights: Tensor | None = None
) -> Parallel:
    """What the losses on paired sentences are given."""
    device = tagger.device
    views = (View(tagger, batch.to(device)), View(tagger, origin.to(device)))
    return Parallel(*views, links.to(device), None if weights is None else weights.to(device))


def word_weights(sentences: Sequence[Sentence], fractions: bool) -> Tensor | None:
    """How far each word's tag can be relied on; sentences that do not say so count in full."""
    if all(sentence.weights is None for sentence in sentences):
        return None
    weights: list[float] = []
    for sentence in sentences:
        own = sentence.weights or [1.0] * len(sentence.tokens)
        for weight in own:
            if not 0 <= weight <= 1:
                raise XnerError(f"sentence '{sentence.id}': weight {weight:g} is not in [0, 1]")
            if not fractions and weight not in (0, 1):
                raise OptionError(
                    f"--head crf takes word weights 0 and 1 only, and sentence '{sentence.id}' has "
                    f"{weight:g}; 'xner fuse --weights sure' writes such, --head softmax takes all"
                )
        weights += own
    return torch.tensor(weights, dtype=torch.float32)


def _link_weights(sentences: Sequence[Sentence], links: Tensor, row: Tensor) -> Tensor | None:
    """The mean weight of the words of each link; `row` says whose sentence's it is."""
    weights = word_weights(sentences, True)
    if weights is None:
        return None
    begins = torch.tensor([0, *accumulate(len(sentence.tokens) for sentence in sentences)])[row]
    before = torch.nn.functional.pad(weights.double().cumsum(0), (1, 0))
    start, end = links[:, 0] + begins, links[:, 1] + begins
    return ((before[end] - before[start]) / (end - start)).float()

"""Tokenized sentences with a distribution over BIO labels, or a tag, for each word."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from xner.errors import XnerError
from xner.losses.objective import Soft, View
from xner.models.head import Gold
from xner.models.tag_head import TagGold
from xner.models.tagger import Tagger
from xner.sentence import Sentence
from xner.tag_schemes import OUTSIDE, is_tag, label_of, tag_names
from xner.training.data import word_weights
from xner.training.task import Corpus

_EXACT = 1e-2  # how near to 1 a row has to sum; it is brought to 1 from there


class SoftCorpus(Corpus):
    """Sentences with `probs` and `tags`, tokenized once.

    `fields` says which of the two are learned from; the other is None and never looked at. So are
    `weights` where no sentence has any. Columns are the tagger's types as BIO labels. A sentence's
    own labels are found among them by name, in whatever order; those it does not have are
    impossible in it.

    Raises XnerError for labels and tags that are none of those, and rows that are no distributions.
    """

    def __init__(
        self, tagger: Tagger, sentences: Sequence[Sentence], fields: Collection[str] = ("probs",)
    ):
        self.encoded = tagger.tokenize(sentences)
        self.labels = tag_names(tagger.types, "bio")
        column = {label: number for number, label in enumerate(self.labels)}
        self.probs: Float[Tensor, "word label"] | None = None
        if "probs" in fields:
            self.probs = torch.cat([_rows(sentence, column) for sentence in sentences])
        self.tags: Gold | None = None
        if "tags" in fields:
            ids = torch.cat([_columns(s, s.tags or [], "tag", column) for s in sentences])
            of_words = tagger.head.of_words
            self.tags = TagGold(ids) if of_words else tagger.head.gold(sentences, self.encoded.kept)
        self.weights = word_weights(sentences, True)

    def costs(self) -> tuple[list[int], list[int]]:
        """Row length and rows of each sentence."""
        return self.encoded.costs()

    def batch(self, index: Sequence[int]) -> tuple[Any, ...]:
        """A padded batch, its distributions (batch word label), its tags and words' weights."""
        batch = self.encoded.batch(index)
        word = self.encoded.places(batch)
        probs, weights = (None if own is None else own[word] for own in (self.probs, self.weights))
        return batch, probs, self.tags and self.tags.batch(batch, word), weights

    def view(self, model: Tagger, *batch: Any) -> Soft:
        """What the losses on the stream are given."""
        view = View(model, batch[0].to(model.device))
        said = [None if own is None else own.to(model.device) for own in batch[1:]]
        return Soft(view, self.labels, *said)

    def tensors(self) -> list[Tensor]:
        """Pieces, distributions, tags and weights."""
        tags = [] if self.tags is None else self.tags.tensors()
        said = (self.probs, *tags, self.weights)
        return [self.encoded.pieces, *(own for own in said if own is not None)]


def types_of_labels(sentences: Sequence[Sentence]) -> set[str]:
    """The entity types that distributions are over; XnerError for a label that is no BIO tag."""
    types: set[str] = set()
    for sentence in sentences:
        for label in sentence.labels or []:
            if not is_tag(label) or label[0] not in "BIO":
                raise XnerError(
                    f"sentence '{sentence.id}': '{label}' among its labels is no BIO tag"
                )
            types.add(label_of(label))
    return types - {OUTSIDE}


def _rows(sentence: Sentence, column: Mapping[str, int]) -> Float[Tensor, "word label"]:
    """The distributions of a sentence over all labels, each summing to 1."""
    labels = sentence.labels or []
    own = torch.tensor(sentence.probs, dtype=torch.float32)
    if own.shape != (len(sentence.tokens), len(labels)):
        raise XnerError(f"sentence '{sentence.id}': its probs are not tokens by labels")
    whole = own.sum(1, keepdim=True)
    good = ((whole - 1).abs() <= _EXACT)[:, 0] & (own >= 0).all(1)
    if not good.all():
        number = int((~good).nonzero()[0]) + 1
        raise XnerError(f"sentence '{sentence.id}': row {number} of probs is no distribution")
    columns = _columns(sentence, labels, "label", column)
    return own.new_zeros(len(own), len(column)).index_add_(1, columns, own / whole)


def _columns(
    sentence: Sentence, names: Sequence[str], kind: str, column: Mapping[str, int]
) -> Int[Tensor, " name"]:
    """The numbers of labels or tags; XnerError for one that there is none of."""
    if unknown := [name for name in names if name not in column]:
        known = ", ".join(column)
        raise XnerError(f"sentence '{sentence.id}': {kind} '{unknown[0]}' is none of {known}")
    return torch.tensor([column[name] for name in names], dtype=torch.int64)

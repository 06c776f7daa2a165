"""Tokenized sentences with a distribution over BIO labels for each word."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from xner.errors import XnerError
from xner.losses.objective import Soft, View
from xner.models.batch import Batch
from xner.models.tagger import Tagger
from xner.sentence import Sentence
from xner.tag_schemes import OUTSIDE, is_tag, label_of, tag_names
from xner.training.data import word_weights
from xner.training.task import Corpus

_EXACT = 1e-2  # how near to 1 a row has to sum; it is brought to 1 from there


class SoftCorpus(Corpus):
    """Sentences with `probs`, tokenized once; `weights` is None where none of them has any.

    Columns are the tagger's types as BIO labels. A sentence's own labels are found among them by
    name, in whatever order; those it does not have are impossible in it.

    Raises XnerError for labels that are none of those and rows that are no distributions.
    """

    def __init__(self, tagger: Tagger, sentences: Sequence[Sentence]):
        self.encoded = tagger.tokenize(sentences)
        self.labels = tag_names(tagger.types, "bio")
        column = {label: number for number, label in enumerate(self.labels)}
        rows = [_rows(sentence, column) for sentence in sentences]
        self.probs: Float[Tensor, "word label"] = torch.cat(rows)
        self.weights = word_weights(sentences, True)

    def costs(self) -> tuple[list[int], list[int]]:
        """Row length and rows of each sentence."""
        return self.encoded.costs()

    def batch(self, index: Sequence[int]) -> tuple[Batch, Tensor, Tensor | None]:
        """A padded batch, its distributions (batch word label) and its words' weights."""
        batch = self.encoded.batch(index)
        word = self.encoded.places(batch)
        return batch, self.probs[word], None if self.weights is None else self.weights[word]

    def view(self, model: Tagger, *batch: Any) -> Soft:
        """What the losses on distributions are given."""
        own, probs, weights = batch
        known = None if weights is None else weights.to(model.device)
        view = View(model, own.to(model.device))
        return Soft(view, self.labels, probs.to(model.device), known)

    def tensors(self) -> list[Tensor]:
        """Pieces, distributions and weights."""
        weights = [] if self.weights is None else [self.weights]
        return [self.encoded.pieces, self.probs, *weights]


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


def _rows(sentence: Sentence, column: dict[str, int]) -> Float[Tensor, "word label"]:
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
    if unknown := [label for label in labels if label not in column]:
        known = ", ".join(column)
        raise XnerError(f"sentence '{sentence.id}': label '{unknown[0]}' is none of {known}")
    columns = torch.tensor([column[label] for label in labels])
    return own.new_zeros(len(own), len(column)).index_add_(1, columns, own / whole)

"""What a tagger, its losses and its readers ask of a head."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from math import log
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from xner.models.batch import Batch
from xner.models.grid import Reading
from xner.sentence import Sentence
from xner.tag_schemes import Scheme

LEAST = 1e-30  # the probability of what a tagger does not know


class Gold(ABC):
    """What labelled sentences say, as the numbers that a head's `nll` compares with."""

    @abstractmethod
    def batch(self, batch: Batch, word: Int[Tensor, "batch word"]) -> Int[Tensor, "batch word ..."]:
        """That of a batch; `word` says which of all words each of the batch's is."""

    @abstractmethod
    def tensors(self) -> list[Tensor]:
        """All of it: what a run knows its data again by."""


class Head(nn.Module, ABC):
    """Turns a vector a word into scores, and these into entities.

    What is decided is a place: a word with its tag or, where `of_words` is False, a pair of words
    with its relation. `probs` are always distributions over what a place can hold.
    """

    takes_fractions: ClassVar[bool]  # whether a word's weight may be any number from 0 to 1
    of_words: ClassVar[bool]

    @classmethod
    @abstractmethod
    def make(
        cls, network: Any, tags: list[str], scheme: Scheme, options: Mapping[str, str]
    ) -> "Head":
        """A fresh head on a token classifier of transformers, whose tags these are.

        Raises OptionError for options it does not have.
        """

    def fuse(
        self,
        words: Float[Tensor, "batch word hidden"],
        mask: Bool[Tensor, "batch word"],  # noqa: ARG002
    ) -> Float[Tensor, "batch word fused"]:
        """Words in the context of their sentence: what scores are made of."""
        return words

    @abstractmethod
    def score(self, fused: Float[Tensor, "batch word fused"]) -> Float[Tensor, "batch word ..."]:
        """Scores (logits; a CRF's emissions) of all that a place can hold."""

    def forward(
        self, words: Float[Tensor, "batch word hidden"], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, "batch word ..."]:
        """Scores from the encoder's words."""
        return self.score(self.fuse(words, mask))

    @abstractmethod
    def places(self, mask: Bool[Tensor, "batch word"]) -> Bool[Tensor, "batch word ..."]:
        """Which places are in the sentences, their padding left out."""

    @abstractmethod
    def gold(self, sentences: Sequence[Sentence], kept: Int[Tensor, " sentence"]) -> Gold:
        """What the tags of sentences say, of which the first `kept` words are read."""

    @abstractmethod
    def nll(
        self,
        scores: Float[Tensor, "batch word ..."],
        gold: Int[Tensor, "batch word ..."],
        mask: Bool[Tensor, "batch word"],
        weights: Float[Tensor, "batch word"] | None = None,
    ) -> Float[Tensor, " batch"]:
        """Negative log-likelihood of each sentence, in nats; words count by their weights."""

    @abstractmethod
    def read(
        self,
        scores: Float[Tensor, "batch word ..."],
        mask: Bool[Tensor, "batch word"],
        constrained: bool,
    ) -> list[Reading]:
        """The entities of each sentence.

        Those of a head of words are as sure as the labels of their words, and say 1 themselves.
        """

    @abstractmethod
    def bio(
        self, probs: Float[Tensor, "batch word ..."], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, "batch word label"]:
        """Each word's distribution over O, and B- and I- of each type in turn."""

    def log_bio(
        self, log_probs: Float[Tensor, "batch word ..."], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, "batch word label"]:
        """The same of logarithms, all finite."""
        return self.bio(log_probs.exp(), mask).clamp(min=LEAST).log()


def log_sums(
    logs: Float[Tensor, "batch word tag"], number: Int[Tensor, " tag"], size: int
) -> Float[Tensor, "batch word label"]:
    """log of the sum of what each of `size` labels is made of; `number` says which each is for.

    It never leaves logarithms: small probabilities keep a gradient. A label of which there is
    nothing is as improbable as a number can say.
    """
    number = number.to(logs.device)
    absent = torch.full_like(logs[..., 0], log(LEAST))
    owned = (logs[..., number == label] for label in range(size))
    return torch.stack([own.logsumexp(-1) if own.shape[-1] else absent for own in owned], dim=-1)

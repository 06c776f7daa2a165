"""What a loss is given and what it returns."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from xner.models.batch import Batch
from xner.models.head import Head
from xner.models.tagger import Tagger
from xner.models.translator import PairBatch, Translator


class View:
    """One pass of the tagger over one batch, computed when somebody asks and then kept."""

    def __init__(self, tagger: Tagger, batch: Batch):
        self.tagger = tagger
        self.batch = batch

    @cached_property
    def pieces(self) -> Float[Tensor, "row piece hidden"]:
        """A vector a piece, special ones and padding included."""
        return self.tagger.hidden(self.batch)

    @cached_property
    def words(self) -> Float[Tensor, "batch word hidden"]:
        """A vector a word."""
        return self.tagger.pooled(self.pieces, self.batch)

    @cached_property
    def fused(self) -> Float[Tensor, "batch word fused"]:
        """The words behind the head's fusion layer, or as they are where it has none."""
        return self.tagger.head.fuse(self.words, self.batch.mask)

    @cached_property
    def scores(self) -> Float[Tensor, "batch word ..."]:
        """Scores of every tag of a word, or of every relation of two words."""
        return self.tagger.score(self.fused)

    @cached_property
    def log_probs(self) -> Float[Tensor, "batch word ..."]:
        """log p(tag | word) from the scores alone; of a CRF its emissions, as ConNER has it."""
        return self.scores.float().log_softmax(-1)

    @cached_property
    def again(self) -> "View":
        """A second pass over the same batch, with dropout of its own."""
        return View(self.tagger, self.batch)


@dataclass(frozen=True)
class Labelled:
    """Sentences of `--source`, and how far each word can be relied on (None: all).

    `gold` is what the head of the view's tagger makes of their tags.
    """

    view: View
    gold: Int[Tensor, "batch word ..."]
    weights: Float[Tensor, "batch word"] | None = None


@dataclass(frozen=True)
class Parallel:
    """Sentences of the stream and their origins, row by row, and the spans that are the same.

    A row of `links` is (row of the batch, start, end, origin start, origin end), half-open words;
    `weights` is how far the translation's words there can be relied on (None: all).
    """

    view: View
    origin: View
    links: Int[Tensor, "span 5"]
    weights: Float[Tensor, " span"] | None = None


@dataclass(frozen=True)
class Languages:
    """Sentences of the stream, and which of their words are of a source language.

    `source` is 1 for a word of a source language, 0 for one of another, and -1 for one that says
    nothing: the same in both languages, or padding. `entity` is 1 for a word in an entity, 0 for
    one outside, and -1 where nobody has said.
    """

    view: View
    source: Int[Tensor, "batch word"]
    entity: Int[Tensor, "batch word"]


@dataclass(frozen=True)
class Orders:
    """Sentences of the stream, and whether each is in its own order (False: shuffled)."""

    view: View
    intact: Bool[Tensor, " batch"]


@dataclass(frozen=True)
class Soft:
    """Sentences of the stream with a teacher's distributions, with tags, or with both.

    `labels`, which are BIO tags, names the columns of `probs` and what `tags` are numbers of; rows
    of `mask`ed words sum to 1. Of the two there is what the losses of a run name in `needs`. To a
    student that scores pairs of words `tags` are their relations; where its teachers score pairs
    too, `relations` are their distributions over these, instead of `probs`.
    """

    view: View
    labels: list[str]
    probs: Float[Tensor, "batch word label"] | None = None
    tags: Int[Tensor, "batch word ..."] | None = None
    weights: Float[Tensor, "batch word"] | None = None
    relations: Float[Tensor, "batch word word relation"] | None = None


class Pairs:
    """Sentences of the stream and the origins that they translate, without markers or with."""

    def __init__(self, translator: Translator, batch: PairBatch):
        self.translator = translator
        self.batch = batch

    @cached_property
    def scores(self) -> Float[Tensor, "batch target vocabulary"]:
        """Scores of every piece of the vocabulary, from the source and the pieces before."""
        return self.translator(self.batch)


class Objective(nn.Module):
    """A term of the training objective.

    `stream` says what `forward` is given; `needs` names the fields that the stream's sentences must
    have, each with the command that makes it.
    """

    stream: ClassVar[
        Literal["labelled", "parallel", "language", "order", "twins", "soft", "plain", "marked"]
    ]
    needs: ClassVar[dict[str, str]] = {}
    implied: bool = False  # on without having been asked for
    counts: ClassVar[str] = "accuracy"  # what the share of right decisions is, where it counts them

    def __init__(self, weight: float):
        super().__init__()
        self.weight = weight
        self.right = 0
        self.decided = 0

    def check(self, head: Head) -> None:
        """Raises OptionError for a head that the loss, as it is, can make nothing of."""

    @property
    def wanted(self) -> dict[str, str]:
        """What it `needs`, and what its options ask for beside."""
        return self.needs

    def judge(self, right: Bool[Tensor, "..."]) -> None:
        """Count which decisions are the true ones."""
        self.right += int(right.sum())
        self.decided += right.numel()

    def verdict(self) -> tuple[int, int]:
        """Right decisions, and all of them, since the last time this was asked."""
        said = self.right, self.decided
        self.right = self.decided = 0
        return said


Side = Literal["discriminator", "encoder", "both"]


class Adversary(Objective):
    """A discriminator, and an encoder that is trained to confuse it.

    `forward` says what is trained by its value:

    - `discriminator`: the discriminator's loss; no gradient reaches the encoder;
    - `encoder`: the loss under flipped labels, for the encoder to make small. The gradient passes
      through the discriminator, whose own share nobody uses;
    - `both`: the discriminator's loss, whose gradient is reversed between encoder and it.
    """

    discriminator: nn.Module

    @abstractmethod
    def attach(self, width: int) -> None:
        """Make the discriminator for vectors of this many features."""

    @abstractmethod
    def forward(self, given: Any, side: Side = "discriminator") -> Float[Tensor, ""]:
        """Nats per decision."""

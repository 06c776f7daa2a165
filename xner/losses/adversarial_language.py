"""The encoder hides the language of words."""

from typing import ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import pad

from xner.losses.adversarial import Positions, nats, seen, whole_number
from xner.losses.objective import Adversary, Languages, Side
from xner.models.batch import Batch
from xner.models.discriminator import LanguageDiscriminator
from xner.registry import one_of

Words = Literal["all", "entity", "context"]
Reduction = Literal["mean", "sum", "languages"]

_NAME = "adversarial-language"
_WORDS: tuple[Words, ...] = ("all", "entity", "context")
_POSITIONS: tuple[Positions, ...] = ("words", "pieces")
_REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "languages")


def chosen(
    source: Int[Tensor, "..."], entity: Int[Tensor, "..."], words: Words
) -> Int[Tensor, "..."]:
    """The languages of all words, of those in entities, or of those outside; -1 for the others."""
    if words == "all":
        return source
    return torch.where(entity == int(words == "entity"), source, -1)


def of_pieces(
    source: Int[Tensor, "batch word"],
    batch: Batch,
    specials: Bool[Tensor, "row piece"] | None = None,
) -> Int[Tensor, "row piece"]:
    """The language of each piece: that of its word, -1 where it has none.

    `specials` get the language of most of their sentence's decided words, if there is one.
    A piece of two rows counts in the one that its word is read from.
    """
    # -1, which is no word and no sentence, finds the one that is put behind the last
    languages = pad(source.flatten(), (0, 1), value=-1)[batch.word_of]
    if specials is None:
        return languages
    sentence = batch.word_of.amax(1).div(max(source.shape[1], 1), rounding_mode="floor")
    surplus = (source == 1).sum(1) - (source == 0).sum(1)
    most = torch.where(surplus == 0, -1, (surplus > 0).long())
    most = pad(most, (0, 1), value=-1)[sentence]  # (row)
    return torch.where(specials, most[:, None], languages)


def special_pieces(batch: Batch, prefix: int, suffix: int) -> Bool[Tensor, "row piece"]:
    """Which pieces are the tokenizer's own: so many at each end of a row."""
    length = batch.attended.sum(1, keepdim=True)
    column = torch.arange(batch.attended.shape[1], device=length.device)
    return ((column < prefix) | (column >= length - suffix)) & batch.attended


def reduced(
    terms: Float[Tensor, " word"], truth: Bool[Tensor, " word"], sentences: int, how: Reduction
) -> Float[Tensor, ""]:
    """The value of a batch of so many sentences; 0 where nothing is decided.

    `mean` over the decided words; `sum` over a sentence's words, mean over the sentences;
    `languages`: the mean over words of the source plus the mean over the others.
    """
    if how == "mean":
        return terms.sum() / max(len(terms), 1)
    if how == "sum":
        return terms.sum() / max(sentences, 1)
    sides = (terms[truth], terms[~truth])
    return torch.stack([own.sum() / max(len(own), 1) for own in sides]).sum()


class AdversarialLanguage(Adversary):
    """A discriminator tells words of the source language from others (TransAdv section 2.3).

    Idea: what the encoder says of a word should not give away its language, so that a tagger
    trained on one language serves the other.
    Needs: a stream of sentences in both, with `lang` or, where they are mixed, `langs`; words
    that are the same in both are not shown. `words=entity` and `words=context` show only those
    in entities or outside, and need `tags`. `positions=pieces` shows word pieces and special ones
    instead of words, as AdvPicker does. `reduction` is `mean` (nats per word, the default), `sum`
    (per sentence, the paper's formula) or `languages` (the means of both languages added up,
    AdvPicker's code). `hidden` is the discriminator's width.
    Formula: -(1/n) sum over words of [y log p + (1 - y) log(1 - p)], y = 1 for the source
    language; with 1 - y for y where the encoder is trained.
    Related: `adversarial-order`.
    """

    stream: ClassVar = "language"

    def __init__(
        self,
        weight: float = 1.0,
        words: str = "all",
        positions: str = "words",
        reduction: str = "mean",
        hidden: str = "500",
    ):
        super().__init__(weight)
        self.words: Words = one_of(_NAME, "words", words, _WORDS)
        self.positions: Positions = one_of(_NAME, "positions", positions, _POSITIONS)
        self.reduction: Reduction = one_of(_NAME, "reduction", reduction, _REDUCTIONS)
        self.hidden = whole_number(_NAME, "hidden", hidden)

    def attach(self, width: int) -> None:
        """Make the discriminator for vectors of this many features."""
        self.discriminator = LanguageDiscriminator(width, self.hidden)

    def forward(self, given: Languages, side: Side = "discriminator") -> Float[Tensor, ""]:
        """Nats per word, per sentence, or per word of each language, as `reduction` says."""
        source = chosen(given.source, given.entity, self.words)
        if self.positions == "pieces":
            source = self._of_pieces(source, given)
        decided = source >= 0
        scores = self.discriminator(seen(given.view, side, self.positions)[decided])
        truth = source[decided] == 1
        if side != "encoder":
            self.judge((scores > 0) == truth)
        terms = nats(scores, truth, flipped=side == "encoder")
        return reduced(terms, truth, len(given.source), self.reduction)

    def _of_pieces(
        self, source: Int[Tensor, "batch word"], given: Languages
    ) -> Int[Tensor, "row piece"]:
        batch, tokenizer = given.view.batch, given.view.tagger.tokenize
        if self.words != "all":  # special ones are neither in an entity nor outside
            return of_pieces(source, batch)
        ends = (len(tokenizer.prefix), len(tokenizer.suffix))
        return of_pieces(source, batch, special_pieces(batch, *ends))

"""Tokenized sentences of the stream for discriminators: words by language, sentences by order."""

from collections.abc import Iterable, Sequence, Set
from typing import Any, ClassVar

import torch
from jaxtyping import Int
from torch import Tensor

from xner.errors import XnerError
from xner.losses.adversarial_language import Words, chosen
from xner.losses.objective import Languages, Orders, View
from xner.models.batch import Batch
from xner.models.tagger import Tagger
from xner.sentence import Sentence
from xner.tag_schemes import OUTSIDE
from xner.training.task import Corpus
from xner.translation.language_codes import primary

_MEANT: dict[Words, str] = {
    "all": "word",
    "entity": "word in an entity",
    "context": "word outside of entities",
}


class LanguageCorpus(Corpus):
    """Sentences with words of a known language, tokenized once.

    A word is of the language that `langs` names for it, null being none; in a sentence without
    `langs` all are of its `lang`. Scripts and regions make no difference. Left out are shuffled
    sentences, which are the other discriminator's, and those in which no word among `words` has a
    language; `left_out` counts them by reason.

    Raises XnerError where fields are missing, or all words are of the source or none is.
    """

    by_length: ClassVar = False

    def __init__(
        self,
        tagger: Tagger,
        sentences: Sequence[Sentence],
        source_languages: Set[str],
        words: Words = "all",
    ):
        _check_fields(sentences, source_languages, words)
        languages = {primary(language) for language in source_languages}
        ordered = [sentence for sentence in sentences if not sentence.shuffled]
        rows = [(s, _sources(s, languages), _entities(s)) for s in ordered]
        kept = [row for row in rows if (chosen(*row[1:], words) >= 0).any()]
        self.source = _joined(source for _, source, _ in kept)
        self.entity = _joined(entity for _, _, entity in kept)
        _check_sides(chosen(self.source, self.entity, words), source_languages, _MEANT[words])
        self.encoded = tagger.tokenize([sentence for sentence, _, _ in kept])
        self.left_out = {
            "shuffled": len(sentences) - len(ordered),
            f"no {_MEANT[words]} that is of one language": len(ordered) - len(kept),
        }

    def costs(self) -> tuple[list[int], list[int]]:
        """Row length and rows of each sentence."""
        return self.encoded.costs()

    def batch(self, index: Sequence[int]) -> tuple[Batch, Tensor, Tensor]:
        """A padded batch, and of its words whether they are the source's and in entities."""
        batch = self.encoded.batch(index)
        word = self.encoded.places(batch)
        source, entity = (
            torch.where(batch.mask, of[word], -1) for of in (self.source, self.entity)
        )
        return batch, source, entity

    def view(self, model: Tagger, *batch: Any) -> Languages:
        """What losses on the languages of words are given."""
        padded, *values = (part.to(model.device) for part in batch)
        return Languages(View(model, padded), *values)

    def tensors(self) -> list[Tensor]:
        """Pieces, languages and entities."""
        return [self.encoded.pieces, self.source, self.entity]


class OrderCorpus(Corpus):
    """Sentences in their own order and shuffled ones, tokenized once.

    Sentences of one word have no order and are left out; `left_out` counts them.

    Raises XnerError where all that are left are shuffled or none is.
    """

    by_length: ClassVar = False

    def __init__(self, tagger: Tagger, sentences: Sequence[Sentence]):
        kept = [sentence for sentence in sentences if len(sentence.tokens) > 1]
        self.intact = torch.tensor([not sentence.shuffled for sentence in kept], dtype=torch.bool)
        if self.intact.all():
            raise XnerError(
                "adversarial-order: no sentence of the stream is shuffled; 'xner shuffle' makes "
                "such of the others, and both belong into the stream"
            )
        if not self.intact.any():
            raise XnerError(
                "adversarial-order: every sentence of the stream is shuffled; put those that they "
                "were made from into the stream too"
            )
        self.encoded = tagger.tokenize(kept)
        self.left_out = {"one word": len(sentences) - len(kept)}

    def costs(self) -> tuple[list[int], list[int]]:
        """Row length and rows of each sentence."""
        return self.encoded.costs()

    def batch(self, index: Sequence[int]) -> tuple[Batch, Tensor]:
        """A padded batch, and whether its sentences are in their own order."""
        batch = self.encoded.batch(index)
        return batch, self.intact[batch.index]

    def view(self, model: Tagger, *batch: Any) -> Orders:
        """What losses on the order of words are given."""
        padded, intact = (part.to(model.device) for part in batch)
        return Orders(View(model, padded), intact)

    def tensors(self) -> list[Tensor]:
        """Pieces and orders."""
        return [self.encoded.pieces, self.intact]


def _sources(sentence: Sentence, languages: Set[str]) -> Int[Tensor, " word"]:
    """1 for a word of these languages, 0 for one of another, -1 for one of none."""
    langs = sentence.langs or [sentence.lang] * len(sentence.tokens)
    values = [-1 if lang is None else int(primary(lang) in languages) for lang in langs]
    return torch.tensor(values, dtype=torch.int64)


def _entities(sentence: Sentence) -> Int[Tensor, " word"]:
    """1 for a word in an entity, 0 for one outside, -1 where there are no tags."""
    if sentence.tags is None:
        return torch.full((len(sentence.tokens),), -1)
    return torch.tensor([int(tag != OUTSIDE) for tag in sentence.tags], dtype=torch.int64)


def _joined(rows: Iterable[Int[Tensor, " _"]]) -> Int[Tensor, " word"]:
    return torch.cat([torch.zeros(0, dtype=torch.int64), *rows])


def _check_fields(sentences: Sequence[Sentence], sources: Set[str], words: Words) -> None:
    if not sources:
        raise XnerError(
            "adversarial-language: no sentence of --source says its language; "
            "'xner convert --lang' writes it"
        )
    if not any(s.lang is not None or s.langs is not None for s in sentences):
        raise XnerError(
            "adversarial-language: no sentence of the stream says its language; "
            "'xner convert --lang' writes it"
        )
    if words != "all" and not any(s.tags is not None for s in sentences):
        raise XnerError(
            f"adversarial-language: words={words} needs 'tags', which no sentence of the stream "
            "has; 'xner weak-tag' makes them"
        )


def _check_sides(source: Int[Tensor, " word"], languages: Set[str], meant: str) -> None:
    named = ", ".join(sorted(languages))
    if not (source == 0).any():
        raise XnerError(
            f"adversarial-language: no {meant} of the stream is in another language than "
            f"--source's ({named}); put its translations into the stream too, which "
            "'xner translate-spans --mode word' makes"
        )
    if not (source == 1).any():
        raise XnerError(
            f"adversarial-language: no {meant} of the stream is in the language of --source "
            f"({named}); put its sentences into the stream too"
        )

"""Entities and the stretches between them, each translated as one text."""

from collections.abc import Iterator

from xner.sentence import Sentence
from xner.translation.units import Unit, Units


class Phrase(Units):
    """A unit for each entity, and one for each unbroken stretch of words outside."""

    noun = "phrases"

    def refusal(self, sentence: Sentence) -> str | None:
        """Without tags nobody knows where a phrase ends."""
        if sentence.tags is not None:
            return None
        return "it has no tags to cut it by; run xner weak-tag first, or give --mode word"

    def units(self, sentence: Sentence) -> list[Unit]:
        """Entities and what is between them, in order."""
        cut: list[Unit] = []
        end = 0
        for span in sentence.spans:
            cut += self.context(end, span.start)
            cut.append(Unit(*span))
            end = span.end
        return [*cut, *self.context(end, len(sentence.tokens))]

    def context(self, start: int, end: int) -> Iterator[Unit]:
        """The words outside of entities from one place to another, as one unit."""
        if start < end:
            yield Unit(start, end, None)


class WordPhrase(Phrase):
    """A unit for each entity, and one for each word outside."""

    noun = "words and phrases"

    def context(self, start: int, end: int) -> Iterator[Unit]:
        """The words, each a unit."""
        for place in range(start, end):
            yield Unit(place, place + 1, None)

"""A sentence and the one that lends it words."""

from collections.abc import Iterable
from typing import Literal

from xner.augmentation.segments import segments
from xner.augmentation.units import Row, Unit, units_of
from xner.sentence import Sentence
from xner.tag_schemes import OUTSIDE, Span

Into = Literal["origin", "translation"]


class Pair:
    """The `base`, whose words are replaced, and the `other` sentence, whose words replace them.

    `units` and `entities` are in the order of the base. `segment_at` has the entity, or the stretch
    of context, that each word of the base is in; a sentence that is not tagged is one context.
    `other_segment_at` is the same of the other sentence, or None if either is not tagged.
    `langs` and `other_langs` have the words' languages, None where a unit is alike in both.
    """

    def __init__(self, record: Sentence, into: Into):
        assert record.origin is not None
        self.base, self.other = record, record.origin
        rows: Iterable[Row] = record.alignment or []
        if into == "origin":
            self.base, self.other = self.other, self.base
            rows = [(start, end, s, e) for s, e, start, end in rows]
        self.units = units_of(rows)
        parts = segments(self.base.tags or [OUTSIDE] * len(self.base.tokens))
        self.entities = [part for part in parts if part.label != OUTSIDE]
        self.segment_at = _by_word(parts)
        both = self.base.tags and self.other.tags
        self.other_segment_at = _by_word(segments(self.other.tags or [])) if both else None
        self.langs, self.other_langs = _langs(self.base), _langs(self.other)
        for unit in self.units:
            start, end, other_start, other_end, *_ = unit
            if self.alike(start, end, other_start, other_end) and unit.whole:
                nothing = [None] * unit.words
                self.langs[start:end] = self.other_langs[other_start:other_end] = nothing

    def alike(self, start: int, end: int, other_start: int, other_end: int) -> bool:
        """Whether a stretch of the base is, letter by letter, one of the other sentence."""
        return self.base.tokens[start:end] == self.other.tokens[other_start:other_end]

    def crosses(self, unit: Unit) -> bool:
        """Whether a unit has words in several segments of the base."""
        return self.segment_at[unit.start] is not self.segment_at[unit.end - 1]

    def agrees(self, unit: Unit) -> bool:
        """Whether the other sentence has a unit of one segment in entities of its type, or in none.

        A sentence that is not tagged agrees.
        """
        if self.other_segment_at is None:
            return True
        label = self.segment_at[unit.start].label
        there = self.other_segment_at[unit.other_start : unit.other_end]
        return all(segment.label == label for segment in there)


def _by_word(parts: Iterable[Span]) -> list[Span]:
    return [part for part in parts for _ in range(part.start, part.end)]


def _langs(sentence: Sentence) -> list[str | None]:
    return list(sentence.langs or [sentence.lang] * len(sentence.tokens))

"""What of a sentence can be swapped: entities, units outside them, phrases or single units."""

import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from xner.augmentation.pair import Pair
from xner.augmentation.units import Unit
from xner.tag_schemes import OUTSIDE, Span

Swap = Literal["entities", "context", "phrases", "words"]

# Why something stays as it is.
UNALIGNED = "not aligned as a whole"
ACROSS = "aligned across an edge"
BROKEN = "in pieces"
OTHERWISE = "labelled otherwise"
ALIKE = "alike in both"


class Stretch(NamedTuple):
    """Words of the base, those of the other sentence that replace them, and the units of both."""

    start: int
    end: int
    other_start: int
    other_end: int
    units: Sequence[Unit]


def candidates(
    pair: Pair, swap: Swap, max_phrase: int, chance: random.Random
) -> Iterator[Stretch | str]:
    """What can be swapped, part by part in the order of the base; of a part that cannot, why.

    entities   whole entities of the base
    context    the units outside entities
    phrases    units in a row inside one segment; up to `max_phrase`, as many as are drawn
    words      the units

    Stretches never overlap or cross the edge of an entity, and labels of the two sentences, where
    both are tagged, agree on them.
    """
    if swap == "entities":
        yield from (_entity(pair, entity) for entity in pair.entities)
    elif swap == "phrases":
        yield from _phrases(pair, max_phrase, chance)
    else:
        for unit in pair.units:
            if swap == "words" or pair.segment_at[unit.start].label == OUTSIDE:
                yield _flaw(pair, unit) or _stretch(pair, unit.start, unit.end, [unit])


def _entity(pair: Pair, entity: Span) -> Stretch | str:
    """The entity, if its words and no others stand for the words of one entity of its type."""
    first, behind = (
        bisect_left(pair.units, place, key=lambda unit: unit.start)
        for place in (entity.start, entity.end)
    )
    units = [unit for unit in pair.units[first:behind] if unit.end <= entity.end]
    if sum(unit.words for unit in units) < entity.end - entity.start:
        return UNALIGNED
    stretch = _stretch(pair, entity.start, entity.end, units)
    if isinstance(stretch, str):
        return stretch
    _, _, start, end, _ = stretch
    if sum(unit.other_words for unit in units) < end - start:
        return BROKEN
    if pair.other_segment_at and pair.other_segment_at[start] != (start, end, entity.label):
        return OTHERWISE
    return stretch


def _phrases(pair: Pair, max_phrase: int, chance: random.Random) -> Iterator[Stretch | str]:
    """Units that can be swapped, cut into phrases from left to right."""
    units: list[Unit] = []
    for unit in pair.units:
        if flaw := _flaw(pair, unit):
            yield flaw
        else:
            units.append(unit)
    place = 0
    while place < len(units):
        drawn = units[place : place + chance.randint(1, max_phrase)]
        phrase = drawn[: _length(pair, drawn)]
        yield _stretch(pair, phrase[0].start, phrase[-1].end, phrase)
        place += len(phrase)


def _length(pair: Pair, units: Sequence[Unit]) -> int:
    """How many of these units, from the first on, are one stretch of both; as many as can be."""
    length = 1
    _, _, low, high, _, words = units[0]
    for number, (before, unit) in enumerate(pairwise(units), 2):
        apart = pair.segment_at[before.start] is not pair.segment_at[unit.start]
        if apart or before.end < unit.start:
            break
        low, high = min(low, unit.other_start), max(high, unit.other_end)
        words += unit.other_words
        if high - low == words:
            length = number
    return length


def _flaw(pair: Pair, unit: Unit) -> str:
    """Why a unit can be swapped neither alone nor with others; nothing if it can."""
    if pair.crosses(unit):
        return ACROSS
    if not unit.whole:
        return BROKEN
    return "" if pair.agrees(unit) else OTHERWISE


def _stretch(pair: Pair, start: int, end: int, units: Sequence[Unit]) -> Stretch | str:
    """What replaces a stretch of the base, unless that would change nothing."""
    other_start, other_end = units[0].other_start, units[0].other_end
    for unit in units[1:]:
        other_start, other_end = min(other_start, unit.other_start), max(other_end, unit.other_end)
    if pair.alike(start, end, other_start, other_end):
        return ALIKE
    return Stretch(start, end, other_start, other_end, units)

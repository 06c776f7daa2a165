"""Sentences of two languages: one whose entities, context, phrases or words are its translation's.

Swapped entities are those of "TransAdv: A Translation-based Adversarial Learning Framework for
Zero-Resource Cross-Lingual Named Entity Recognition" (Findings of EMNLP 2022), section 2.2; random
phrases those of "MCL-NER: Cross-Lingual Named Entity Recognition via Multi-View Contrastive
Learning" (AAAI 2024), which does not say how many.
"""

import random
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from xner.augmentation.pair import Into, Pair
from xner.augmentation.swappable import Stretch, Swap, candidates
from xner.errors import OptionError
from xner.sentence import Link, Sentence, strip
from xner.tag_schemes import Span, tags_of

UNDRAWN = "not drawn"


@dataclass(frozen=True)
class Mixing:
    """What is swapped, in which of the two sentences, and how much of it."""

    swap: Annotated[
        Swap,
        "Whole entities, the words outside them, random phrases that cross no entity's edge, or "
        "any words.",
    ] = "entities"
    into: Annotated[
        Into, "The sentence that keeps its other words and its order; the other one lends."
    ] = "origin"
    ratio: Annotated[
        float | None,
        "Share of them that is swapped, 0 to 1; if not given, 1 of entities and context, 0.5 of "
        "phrases and words.",
    ] = None
    max_phrase: Annotated[int, "Longest phrase, in aligned units: words, where these are."] = 3

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense."""
        if self.ratio is not None and not 0 <= self.ratio <= 1:  # nor is nan
            raise OptionError(f"--ratio {self.ratio:g} is not between 0 and 1")
        if self.max_phrase < 1:
            raise OptionError(f"--max-phrase {self.max_phrase} is not at least 1")

    @property
    def share(self) -> float:
        """The ratio that holds."""
        if self.ratio is None:
            return 1.0 if self.swap in ("entities", "context") else 0.5
        return self.ratio


class Mixed(NamedTuple):
    """The mixed sentence, how many parts were swapped, and for each that was not, why."""

    sentence: Sentence
    swapped: int
    left: list[str]


def refusal(record: Sentence, mixing: Mixing) -> str | None:
    """What a record lacks to be mixed, and which command makes it; None if it lacks nothing."""
    origin = record.origin
    if origin is None:
        return "it has no origin to be mixed with; run xner translate-spans"
    if record.alignment is None:
        return "it has no alignment with its origin; run xner translate-spans --mode word"
    if not record.lang or not origin.lang:
        return "'lang' is missing, in it or in its origin; run xner translate-spans"
    if record.lang == origin.lang:
        return f"it and its origin have one language, '{record.lang}'; run xner translate-spans"
    base = origin if mixing.into == "origin" else record
    if base.tags is None and mixing.swap in ("entities", "context"):
        whose = "its origin has" if base is origin else "it has"
        return f"{whose} no tags to tell its {mixing.swap} by; run xner weak-tag"
    return None


def codeswitch(record: Sentence, chance: random.Random, mixing: Mixing) -> Mixed:
    """Put words of a translation into its origin, or the other way round.

    The base keeps its id, its tags and what it has in `meta`, but for what was said of its words.
    It becomes the `origin`; `alignment` has a row for each word that stayed and each unit that was
    swapped. `langs` has the language of each word, None where its unit is alike in both languages.

    The record must be one that `refusal` finds nothing wrong with.

    >>> origin = Sentence(id="a", lang="en", tokens=["In", "West", "Germany"],
    ...                   tags=["O", "B-LOC", "I-LOC"])
    >>> record = Sentence(id="a", lang="de", tokens=["Westdeutschland"], tags=["B-LOC"],
    ...                   origin=origin, alignment=[Link(0, 1, 1, 3)])
    >>> mixed = codeswitch(record, random.Random(1), Mixing()).sentence
    >>> mixed.tokens, mixed.tags, mixed.langs
    (['In', 'Westdeutschland'], ['O', 'B-LOC'], ['en', 'de'])
    """
    pair = Pair(record, mixing.into)
    chosen: list[Stretch] = []
    left: list[str] = []
    for found in candidates(pair, mixing.swap, mixing.max_phrase, chance):
        if isinstance(found, str):
            left.append(found)
        elif chance.random() < mixing.share:
            chosen.append(found)
        else:
            left.append(UNDRAWN)
    return Mixed(_mixed(pair, chosen), len(chosen), left)


def _mixed(pair: Pair, chosen: list[Stretch]) -> Sentence:
    """The base with the chosen stretches replaced."""
    base, other = pair.base, pair.other
    tokens: list[str] = []
    langs: list[str | None] = []
    rows: list[Link] = []
    moved = list(range(len(base.tokens) + 1))  # where each word that is kept stands now
    place = 0
    for stretch in [*chosen, None]:
        end = stretch.start if stretch else len(base.tokens)
        shift = len(tokens) - place
        moved[place : end + 1] = range(place + shift, end + shift + 1)
        rows += [Link(old + shift, old + shift + 1, old, old + 1) for old in range(place, end)]
        tokens += base.tokens[place:end]
        langs += pair.langs[place:end]
        if stretch:
            rows += _rows(stretch, len(tokens))
            tokens += other.tokens[stretch.other_start : stretch.other_end]
            langs += pair.other_langs[stretch.other_start : stretch.other_end]
            place = stretch.end
    mixed = Sentence(
        id=base.id,
        lang=base.lang,
        tokens=tokens,
        langs=langs,
        shuffled=base.shuffled,
        origin=base,
        alignment=rows,
        meta=base.meta,
        extra=base.extra,
    )
    strip(mixed, origins=False)
    if base.tags is not None:
        places = [Span(moved[start], moved[end], label) for start, end, label in pair.entities]
        mixed.tags = tags_of(places, len(tokens))
    return mixed


def _rows(stretch: Stretch, place: int) -> list[Link]:
    """The links of lent words, which stand at `place` now, to those they replaced.

    One for each unit; one for all if a unit is broken.
    """
    shift = place - stretch.other_start
    parts = stretch.units if all(unit.whole for unit in stretch.units) else [stretch]
    links = [Link(p.other_start + shift, p.other_end + shift, p.start, p.end) for p in parts]
    return sorted(links)

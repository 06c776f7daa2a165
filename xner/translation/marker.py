"""CROP's way: a sentence is sent once, markers around its spans, and the spans come back in it."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar, NamedTuple

from xner.sentence import Sentence
from xner.tokenization import detokenize
from xner.translation import bracket_matching, carrying
from xner.translation.marker_parsing import PARSERS, Extent
from xner.translation.marker_styles import STYLES, Boundary, Style
from xner.translation.mode import Dropped, Mode, Talk


class Marker(Mode):
    """One text a sentence, its spans marked; strict or lenient about what comes back.

    A span whose markers do not come back as they should leaves no tag and no alignment, but its
    text stays, for nobody knows where it is; it stands in `meta` with the reason. Of several
    translations the first in which all spans survive becomes the sentence, or else the first;
    `meta` keeps the others.
    """

    heeds: ClassVar = frozenset({"marker_style", "parse", "nbest", "no_spans", "max_length_ratio"})
    several: ClassVar[bool] = True

    def refusal(self, sentence: Sentence) -> str | None:
        """Without tags nobody knows the spans."""
        if sentence.tags is not None:
            return None
        return "it has no tags to carry over; run xner weak-tag first, or give --mode plain"

    def talk(self, sentence: Sentence) -> Talk:
        """Ask for the marked sentence, and for the spans where markers do not tell whose they are.

        A text without a letter is its own translation, whatever is marked in it.
        """
        if not sentence.spans and self.options.no_spans == "drop":
            return Dropped("no spans")
        plain = detokenize(sentence.tokens, sentence.lang)
        style = STYLES[self.options.marker_style](plain, len(sentence.spans))
        text = style.written(sentence.tokens, sentence.spans, sentence.lang)
        surfaces = carrying.surfaces_of(sentence)
        asked = surfaces if style.anonymous and len(surfaces) > 1 else []
        worth_sending = any(map(str.isalpha, plain))
        answers = yield [*([text] if worth_sending else []), *asked]
        parts = [self._lines(answers[surface])[0] for surface in asked]
        readings = [
            reading
            for line in self._lines(answers.get(text, text))
            if (reading := self._read(line, sentence, surfaces, style, parts))
        ]
        if not readings:
            carrying.count(
                self.tally, surfaces, {}, dict.fromkeys(range(len(surfaces)), "empty translation")
            )
            return Dropped("empty translation")
        return self._outcome(readings, surfaces)

    def _lines(self, answer: str) -> list[str]:
        """The translations of a text, best first."""
        return answer.split("\n") if self.options.nbest > 1 else [answer]

    def _read(
        self,
        translation: str,
        sentence: Sentence,
        surfaces: Sequence[str],
        style: Style,
        parts: Sequence[str],
    ) -> "_Reading | None":
        """One translation as a sentence; None if it holds no word."""
        spans = sentence.spans
        boundaries = list(style.boundaries(translation))
        unclear: dict[int, str] = {}
        if style.anonymous:
            boundaries, unclear = self._named(translation, boundaries, parts, len(spans))
        found, lost = PARSERS[self.options.parse](boundaries, len(spans))
        lost |= {slot: unclear[slot] for slot in lost.keys() & unclear.keys()}
        extents: list[Extent] = []
        survivors: dict[int, str] = {}
        for extent in found:
            text = _inside(translation, boundaries, extent)
            flaw = self._flaw(surfaces[extent.slot], text)
            if flaw:
                lost[extent.slot] = flaw
            else:
                extents.append(extent)
                survivors.setdefault(extent.slot, text)
        lost = {slot: reason for slot, reason in lost.items() if slot not in survivors}
        pieces = _pieces(translation, boundaries, extents)
        made = carrying.assembled(sentence, pieces, self.target)
        if made is None:
            return None
        mended = {boundaries[p].slot for e in extents for p in e[:2] if not boundaries[p].exact}
        return _Reading(made, carrying.losses(spans, lost), survivors, lost, len(mended))

    def _named(
        self, translation: str, boundaries: Sequence[Boundary], parts: Sequence[str], count: int
    ) -> tuple[list[Boundary], dict[int, str]]:
        """Brackets with the number of the span that each pair is, and why others have none."""
        pairs = _pairs(boundaries)
        even = len(pairs) == count and len(boundaries) == 2 * count
        if not even and self.options.parse == "strict":
            reason = "brackets uneven" if boundaries else "marker lost"
            return list(boundaries), dict.fromkeys(range(count), reason)
        if len(pairs) == count == 1:
            slots: list[int | None] = [0]
        else:
            contents = [_inside(translation, boundaries, Extent(*pair, 0)) for pair in pairs]
            slots = bracket_matching.matched(contents, parts)
        named = list(boundaries)
        for pair, slot in zip(pairs, slots, strict=True):
            for place in pair:
                named[place] = named[place]._replace(slot=slot)
        return named, dict.fromkeys(range(count), "brackets ambiguous" if even else "marker lost")

    def _flaw(self, surface: str, part: str) -> str | None:
        return carrying.flaw(surface, part, self.target, self.options.max_length_ratio)

    def _outcome(self, readings: Sequence["_Reading"], surfaces: Sequence[str]) -> Sentence:
        """The reading that carries all spans, or the best; the others in its `meta`."""
        whole = (place for place, reading in enumerate(readings) if not reading.lost)
        place = next(whole, 0)
        top = readings[place]
        self.tally.later += place > 0
        self.tally.repaired += top.repaired
        carrying.count(self.tally, surfaces, top.survivors, top.lost)
        made = top.sentence
        made.meta = {"spans_lost": top.losses} if top.losses else {}
        others = [*readings[:place], *readings[place + 1 :]]
        if others:
            made.meta["nbest"] = [reading.as_meta() for reading in others]
        return made


class _Reading(NamedTuple):
    """One translation, read: the survivors with their texts in order, the lost with reasons."""

    sentence: Sentence
    losses: list[list[int | str]]
    survivors: dict[int, str]
    lost: dict[int, str]
    repaired: int

    def as_meta(self) -> dict[str, object]:
        """What `meta` keeps of it."""
        return {
            "tokens": self.sentence.tokens,
            "tags": self.sentence.tags,
            "alignment": [list(row) for row in self.sentence.alignment or []],
            "spans_lost": self.losses,
        }


def _pairs(boundaries: Sequence[Boundary]) -> list[tuple[int, int]]:
    """Where brackets that open are followed by one that closes."""
    sides = [boundary.opens for boundary in boundaries]
    return [(n, n + 1) for n in range(len(sides) - 1) if sides[n] and not sides[n + 1]]


def _inside(translation: str, boundaries: Sequence[Boundary], extent: Extent) -> str:
    """The text of an extent, without what else was found in it."""
    between = boundaries[extent.opens : extent.closes + 1]
    return " ".join(translation[a.end : b.start].strip() for a, b in pairwise(between)).strip()


def _pieces(
    translation: str, boundaries: Sequence[Boundary], extents: Sequence[Extent]
) -> list[carrying.Piece]:
    """The translation cut at all boundaries, without these; an extent is one piece."""
    by_opener: Mapping[int, Extent] = {extent.opens: extent for extent in extents}
    pieces: list[carrying.Piece] = []
    position = place = 0
    while place < len(boundaries):
        pieces.append((translation[position : boundaries[place].start], None))
        extent = by_opener.get(place)
        if extent:
            pieces.append((_inside(translation, boundaries, extent), extent.slot))
            place = extent.closes
        position = boundaries[place].end
        place += 1
    return [*pieces, (translation[position:], None)]

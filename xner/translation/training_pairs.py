"""Pairs that teach a translator to carry markers: aligned phrases of bitext, marked on both sides.

CROP (Yang et al., 2022, section 3.3) marks 0 to 10 phrases that translate each other and trains on
marked and plain pairs with equal weight. A phrase is what phrase-based translation calls one
(Koehn, Och and Marcu, 2003): a stretch of each side, with a word link inside and none that leads
out of it; words without a link may stand inside, and up to five of them at each edge.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated, NamedTuple

from xner.errors import OptionError
from xner.sentence import Link, Sentence
from xner.translation.marker_styles import slot_marker, unused_slot_stem
from xner.translation.markers import surrounded

_EDGE = 5  # words without a link: with more, sparse links make a million phrases of a sentence


@dataclass(frozen=True)
class PairOptions:
    """What is marked, and in how many pairs; one draw a pair, from the seed and the pair's id."""

    max_slots: Annotated[int, "Training pairs: phrases marked in a pair, at most."] = 10
    max_phrase: Annotated[int, "Training pairs: words of a phrase at most, on either side."] = 16
    marked_share: Annotated[
        str, "Training pairs: share that is marked; both writes each pair plain and marked."
    ] = "both"
    whole_sentence: Annotated[
        bool, "Training pairs: the whole sentence may be drawn as a phrase too."
    ] = False
    seed: Annotated[int, "Of what is drawn: training pairs, --choose sample, --case corpus."] = 42

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense."""
        for name in ("max_slots", "max_phrase"):
            if getattr(self, name) < 1:
                raise OptionError(
                    f"--{name.replace('_', '-')} {getattr(self, name)} makes no sense"
                )
        if self.marked_share != "both" and not 0 <= self._share() <= 1:
            raise OptionError(
                f"--marked-share '{self.marked_share}' is neither from 0 to 1 nor 'both'"
            )

    def objectives(self, random: Random) -> list[bool]:
        """The forms of one pair to write: False for plain, True for marked."""
        return [False, True] if self.marked_share == "both" else [random.random() < self._share()]

    def _share(self) -> float:
        try:
            return float(self.marked_share)
        except ValueError:
            return -1.0


class Phrase(NamedTuple):
    """`source[start:end]` and `target[target_start:target_end]` translate each other."""

    start: int
    end: int
    target_start: int
    target_end: int


def training_pairs(
    pair: Sentence, links: Iterable[tuple[int, int]], options: PairOptions
) -> list[Sentence] | None:
    """A bitext record as plain and marked records; None if its words could be taken for markers.

    The source is `pair.origin`, the target `pair`; `links` are a word of the source and one of the
    target. `meta` says of each record whether it is `marked`, and of how many `slots`: a marked
    one may have none. Slots are numbered as the source has them. Tags are left out.
    """
    source = pair.origin
    if source is None:
        raise ValueError(f"'{pair.id}' has no origin")
    if unused_slot_stem(" ".join([*source.tokens, *pair.tokens])) != "SLOT":
        return None
    random = Random(f"{options.seed}:{pair.id}")
    made: list[Sentence] = []
    links = sorted(set(links))
    for marked in options.objectives(random):
        chosen: list[Phrase] = []
        if marked:
            found = phrases(links, len(source.tokens), len(pair.tokens), options.max_phrase)
            whole = Phrase(0, len(source.tokens), 0, len(pair.tokens))
            if options.whole_sentence and whole not in found:
                found.append(whole)
            chosen = drawn(found, random.randint(0, options.max_slots), random)
        made.append(_written(pair, source, links, chosen))
        made[-1].meta |= {"marked": marked, "slots": len(chosen)}
        if marked and options.marked_share == "both":
            made[-1].id += "/marked"
    return made


def phrases(
    links: Sequence[tuple[int, int]], source_length: int, target_length: int, longest: int
) -> list[Phrase]:
    """All pairs of stretches, none longer than `longest`, that hold a link and cut none.

    >>> [tuple(phrase) for phrase in phrases([(0, 1), (1, 0)], 2, 2, 16)]
    [(0, 1, 1, 2), (0, 2, 0, 2), (1, 2, 0, 1)]
    """
    of_source: list[list[int]] = [[] for _ in range(source_length)]
    of_target: list[list[int]] = [[] for _ in range(target_length)]
    for i, j in links:
        of_source[i].append(j)
        of_target[j].append(i)
    found: list[Phrase] = []
    for start in range(source_length):
        if not any(of_source[start : start + _EDGE + 1]):
            continue
        reached: list[int] = []
        for end in range(start + 1, min(start + longest, source_length) + 1):
            reached += of_source[end - 1]
            if not any(of_source[max(start, end - _EDGE - 1) : end]):
                continue
            low, high = min(reached), max(reached)
            if high - low >= longest:
                break
            back = [i for j in range(low, high + 1) for i in of_target[j]]
            if start <= min(back) and max(back) < end:
                borders = _widened(low, high + 1, of_target, longest)
                found += [Phrase(start, end, *border) for border in borders]
    return found


def drawn(found: Sequence[Phrase], most: int, random: Random) -> list[Phrase]:
    """Up to `most` phrases of which no two overlap on either side, in the source's order."""
    chosen: list[Phrase] = []
    for phrase in random.sample(found, len(found)):
        if len(chosen) == most:
            break
        if not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
    return sorted(chosen)


def _widened(
    start: int, end: int, of_target: Sequence[Sequence[int]], longest: int
) -> Iterator[tuple[int, int]]:
    """The stretch, and all that words without a link make it when they are added at its edges."""
    first, last = start, end
    while first > max(0, start - _EDGE) and not of_target[first - 1]:
        first -= 1
    while last < min(len(of_target), end + _EDGE) and not of_target[last]:
        last += 1
    for low in range(max(first, end - longest), start + 1):
        for high in range(end, min(last, low + longest) + 1):
            yield low, high


def _overlap(one: Phrase, other: Phrase) -> bool:
    on_source = one.start < other.end and other.start < one.end
    return on_source or (
        one.target_start < other.target_end and other.target_start < one.target_end
    )


def _written(
    pair: Sentence, source: Sentence, links: Iterable[tuple[int, int]], chosen: Sequence[Phrase]
) -> Sentence:
    """The pair with markers around the phrases, and its links where the words then are."""
    here = [(phrase.target_start, phrase.target_end) for phrase in chosen]
    there = [(phrase.start, phrase.end) for phrase in chosen]
    rows: list[Link] = []
    for i, j in links:
        to, of = j + _markers_before(j, here), i + _markers_before(i, there)
        rows.append(Link(to, to + 1, of, of + 1))
    return Sentence(
        id=pair.id,
        lang=pair.lang,
        tokens=surrounded(pair.tokens, here, slot_marker, slot_marker),
        origin=Sentence(
            id=source.id,
            lang=source.lang,
            tokens=surrounded(source.tokens, there, slot_marker, slot_marker),
            extra=dict(source.extra),
        ),
        alignment=sorted(rows),
        meta=dict(pair.meta),
        extra=dict(pair.extra),
    )


def _markers_before(position: int, stretches: Iterable[tuple[int, int]]) -> int:
    return sum((start <= position) + (end <= position) for start, end in stretches)

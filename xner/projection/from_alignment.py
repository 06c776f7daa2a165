"""Entities carried along word links."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xner.errors import OptionError
from xner.projection.edges import is_punctuation, trimmed
from xner.projection.projector import Candidate, Projector, Transfer
from xner.sentence import Link
from xner.tag_schemes import Span


class _Links(NamedTuple):
    """Single links: the tokens of the target that each token of the source has, and back."""

    forth: dict[int, set[int]]
    back: dict[int, set[int]]


class Aligned(Projector):
    """The target's words linked to an entity's words, in unbroken runs.

    Up to `max_gap` words between two runs are taken in (two: `de la`) if they are linked to
    nothing; never words of something else, so that two entities that changed places stay two. Each
    run is a candidate, and so is what remains of it without the words that another entity claims
    too. Punctuation at the edges is left out where the entity has none there.

    A run's score is the harmonic mean of two shares: of the entity's words, those with a link into
    it; of the links into it, those from the entity.

    `contiguous` refuses an entity whose links lead to more than one run, `complete` one with a
    word that has no link: the filters of Ebing and Glavaš, "The devil is in the word alignment
    details" (2025). Without them an entity may get one run of several, and words that are linked
    to it lie outside (`doubtful`).
    """

    needs_links = True

    def __init__(self, max_gap: int = 2, contiguous: bool = False, complete: bool = False):
        if max_gap < 0:
            raise OptionError(f"--match align: max-gap '{max_gap}' is not 0 or more")
        self.max_gap = max_gap
        self.contiguous = contiguous
        self.complete = complete

    def candidates(self, transfers: Sequence[Transfer]) -> Iterator[list[list[Candidate]]]:
        """The runs of each entity; ValueError for a transfer without links."""
        for transfer in transfers:
            if transfer.links is None:
                raise ValueError("no links to project along")
            spans = transfer.source.spans
            links = _single(transfer.links)
            owners: dict[int, set[int]] = defaultdict(set)  # target token -> entities linked to it
            for number, span in enumerate(spans):
                for place in _linked(links, span):
                    owners[place].add(number)
            shared = {place for place, numbers in owners.items() if len(numbers) > 1}
            yield [self._places(transfer, span, links, shared) for span in spans]

    def doubtful(self, transfer: Transfer, places: Sequence[Candidate | None]) -> set[int]:
        """The words linked to an entity that has a place, but not there; punctuation is none."""
        links = _single(transfer.links or [])
        taken = {word for place in places if place for word in range(*place[:2])}
        linked = {
            word
            for span, place in zip(transfer.source.spans, places, strict=True)
            if place
            for word in _linked(links, span)
            if not is_punctuation(transfer.target.tokens[word])
        }
        self.counts["words linked to an entity outside its place"] += len(linked - taken)
        return linked - taken

    def _places(
        self, transfer: Transfer, span: Span, links: _Links, shared: set[int]
    ) -> list[Candidate]:
        linked = _linked(links, span)
        if self.complete and not all(links.forth.get(word) for word in range(*span[:2])):
            return []
        runs = self._runs(linked, links)
        if self.contiguous and len(runs) > 1:
            return []
        rest = self._runs(linked - shared, links) if linked & shared else []
        if len(rest) < 2 or not self.contiguous:
            runs += rest
        entity, tokens = transfer.source.tokens[span.start : span.end], transfer.target.tokens
        stretches = sorted({trimmed(*run, tokens, entity) for run in runs})
        places = [Candidate(*run, _score(*run, span, links)) for run in stretches]
        return [place for place in places if place.score > 0]

    def _runs(self, places: set[int], links: _Links) -> list[tuple[int, int]]:
        """Places in unbroken runs, small gaps over words without links filled."""
        runs: list[tuple[int, int]] = []
        for place in sorted(places):
            end = runs[-1][1] if runs else place - self.max_gap - 1
            free = all(not links.back.get(word) for word in range(end, place))
            if runs and place - end <= self.max_gap and free:
                runs[-1] = (runs[-1][0], place + 1)
            else:
                runs.append((place, place + 1))
        return runs


def _single(rows: Sequence[Link]) -> _Links:
    links = _Links(defaultdict(set), defaultdict(set))
    for row in rows:
        for word in range(row.start, row.end):
            for place in range(row.origin_start, row.origin_end):
                links.forth[word].add(place)
                links.back[place].add(word)
    return links


def _linked(links: _Links, span: Span) -> set[int]:
    return {place for word in range(*span[:2]) for place in links.forth.get(word, ())}


def _score(start: int, end: int, span: Span, links: _Links) -> float:
    inside = set(range(start, end))
    own = range(span.start, span.end)
    covered = sum(bool(links.forth.get(word, set()) & inside) for word in own) / len(own)
    sources = [word for place in inside for word in links.back.get(place, ())]
    precision = sum(word in own for word in sources) / max(1, len(sources))
    return 2 * covered * precision / (covered + precision) if covered else 0.0

"""Projection of a window of records: each hypothesis in turn, until all entities have a place."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from xner.projection import records
from xner.projection.assignment import chosen
from xner.projection.projector import Candidate, Projector, Transfer
from xner.projection.records import Attempt, Onto
from xner.sentence import Link, Sentence

if TYPE_CHECKING:
    from xner.alignment.aligner import Aligner

NOT_FOUND = "entity not found"
LOST = "span lost in translation"

# The tags that a second tagger gives the sentence with this id, if it sees so many entities.
Fallback = Callable[[Sentence, int], Sequence[str] | None]
Places = list[Candidate | None]


class Rejected(NamedTuple):
    """A sentence whose entities could not all be projected, and why."""

    reason: str


@dataclass
class Tally:
    """What became of the entities, and how; those in none of the figures were not found."""

    entities: int = 0
    found: int = 0
    lost: int = 0  # before this projection
    untried: int = 0  # beside lost ones, where all are wanted
    unwanted: int = 0  # in sentences that are dropped before
    scores: float = 0.0  # sum over those found
    partial: int = 0  # sentences with some entities only
    fallback: int = 0  # sentences tagged by the second tagger
    hypotheses: Counter[int] = field(default_factory=Counter[int])  # sentences by the one taken


class Carrier:
    """Writes entities where a projector finds them.

    With `partial`, sentences of which an entity has no place are written with the others; without,
    they are rejected. Candidates under `min_score` are no candidates. `match` is what the
    projector is called in the result. `aligner` makes the links, else the records' own are taken.
    """

    def __init__(
        self,
        projector: Projector,
        match: str,
        onto: Onto,
        *,
        partial: bool = False,
        min_score: float = 0.0,
        aligner: "Aligner | None" = None,
        fallback: Fallback | None = None,
    ):
        self.projector = projector
        self.match = match
        self.onto: Onto = onto
        self.partial = partial
        self.min_score = min_score
        self.aligner = aligner
        self.fallback = fallback
        self.tally = Tally()

    def refusal(self, record: Sentence) -> str | None:
        """What the record lacks and which command makes it; None if it lacks nothing."""
        linked = self.projector.needs_links and self.aligner is None
        return records.refusal(record, self.onto, linked=linked)

    def target(self, record: Sentence) -> Sentence:
        """The sentence that gets the entities."""
        return record.root if self.onto == "origin" else record

    def pass_over(self, record: Sentence) -> None:
        """Count the entities of a record that is not to be projected."""
        first = records.attempts(record, self.onto)[0]
        number = len(first.transfer.source.spans) + first.lost
        self.tally.entities += number
        self.tally.unwanted += number

    def carried(self, window: Sequence[Sentence]) -> list[Sentence | Rejected]:
        """What becomes of each record; none of them may be one that is refused."""
        tried = self._linked([self._attempts(record) for record in window])
        places: list[list[Places]] = [[] for _ in window]
        waiting = [number for number, own in enumerate(tried) if own]
        while waiting:
            turn = [tried[number][len(places[number])] for number in waiting]
            for number, attempt, found in zip(waiting, turn, self._placed(turn), strict=True):
                places[number].append(found)
                if _is_whole(attempt, found):
                    tried[number] = tried[number][: len(places[number])]
            waiting = [n for n in waiting if len(places[n]) < len(tried[n])]
        rows = zip(window, tried, places, strict=True)
        return [self._outcome(*row) for row in rows]

    def _attempts(self, record: Sentence) -> list[Attempt]:
        """What is worth trying: nothing that has lost entities, where all are wanted."""
        found = records.attempts(record, self.onto)
        return [attempt for attempt in found if self.partial or not attempt.lost]

    def _placed(self, turn: Sequence[Attempt]) -> list[Places]:
        """The places of each attempt's entities."""
        transfers = [attempt.transfer for attempt in turn]
        proposed = self.projector.candidates(transfers)
        return [self._chosen(*pair) for pair in zip(transfers, proposed, strict=True)]

    def _linked(self, tried: list[list[Attempt]]) -> list[list[Attempt]]:
        """With the aligner's links, if there is one: all at once, for some aligners learn."""
        if self.aligner is None or not self.projector.needs_links:
            return tried
        pairs = [(a.transfer.source.tokens, a.transfer.target.tokens) for own in tried for a in own]
        found = self.aligner.align(pairs)
        return [[_with_links(attempt, next(found)) for attempt in own] for own in tried]

    def _chosen(self, transfer: Transfer, proposed: list[list[Candidate]]) -> Places:
        good = [[place for place in own if place.score >= self.min_score] for own in proposed]
        scale = len(transfer.target.tokens) / max(1, len(transfer.source.tokens))
        middles = [scale * (start + end) / 2 for start, end, _ in transfer.source.spans]
        return chosen(good, middles)

    def _outcome(
        self, record: Sentence, tried: Sequence[Attempt], places: Sequence[Places]
    ) -> Sentence | Rejected:
        """The first whole attempt; else a second tagger's view; else what there is, if wanted."""
        every = records.attempts(record, self.onto)
        if not tried:
            self._count(every[0], [])
            self.tally.untried += len(every[0].transfer.source.spans)
            return self._from_another(every[0]) or Rejected(LOST)
        pairs = list(zip(tried, places, strict=True))
        best, found = max(pairs, key=lambda pair: (_is_whole(*pair), _number(pair[1])))
        self._count(best, found)
        if not _is_whole(best, found):
            other = self._from_another(every[0])
            if other is not None:
                return other
            if not self.partial:
                return Rejected(NOT_FOUND)
            self.tally.partial += 1
        self.tally.hypotheses[best.hypothesis] += 1
        doubtful = self.projector.doubtful(best.transfer, found)
        return records.result(record, best, found, self.match, doubtful)

    def _from_another(self, attempt: Attempt) -> Sentence | None:
        """CROP's second round: a tagger that sees as many entities in the target is believed."""
        if self.fallback is None:
            return None
        count = len(attempt.transfer.source.spans) + attempt.lost
        tags = self.fallback(attempt.transfer.target, count)
        if tags is None:
            return None
        self.tally.fallback += 1
        return records.with_tags_of_another(attempt, tags)

    def _count(self, attempt: Attempt, places: Places) -> None:
        found = [place for place in places if place is not None]
        self.tally.entities += len(attempt.transfer.source.spans) + attempt.lost
        self.tally.found += len(found)
        self.tally.lost += attempt.lost
        self.tally.scores += sum(place.score for place in found)


def _with_links(attempt: Attempt, found: Sequence[tuple[int, int]]) -> Attempt:
    links = [Link(i, i + 1, j, j + 1) for i, j in found]
    return replace(attempt, transfer=replace(attempt.transfer, links=links))


def _is_whole(attempt: Attempt, places: Places) -> bool:
    return not attempt.lost and None not in places


def _number(places: Places) -> int:
    return sum(place is not None for place in places)

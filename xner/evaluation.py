"""Entity precision, recall and F1: seqeval's entities, per type, micro and macro; a signature.

seqeval takes whole corpora, and its report goes through their entities again for every average.
Here seqeval's own functions find the entities of a sentence and only counts are kept, so that a
corpus of any length is scored in one pass. The totals are seqeval's (tests hold them to it) in both
of its modes:

lenient   its default, as conlleval: an I- that follows nothing or another type begins an entity
strict    IOB2 to the letter: what does not begin with B- is no entity
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from xner import __version__
from xner.tag_schemes import OUTSIDE, split_tag

Mode = Literal["lenient", "strict"]
Tags = tuple[str, ...]
Entities = set[tuple[str, int, int]]  # type, start, end as seqeval counts them


class Counts(NamedTuple):
    """How many entities are right, how many the system found, and how many the gold holds."""

    correct: int
    found: int
    gold: int


@dataclass(frozen=True)
class Score:
    """Fractions; one that has nothing to be computed from is 0, as in seqeval.

    >>> score = Score.of(Counts(correct=371, found=539, gold=459))
    >>> f"{score.precision:.2%} {score.recall:.2%} {score.f1:.2%} of {score.support}"
    '68.83% 80.83% 74.35% of 459'
    """

    precision: float
    recall: float
    f1: float
    support: int

    @classmethod
    def of(cls, counts: Counts) -> "Score":
        """The score that these counts give."""
        precision = counts.correct / counts.found if counts.found else 0.0
        recall = counts.correct / counts.gold if counts.gold else 0.0
        f1 = 2 * precision * recall / (precision + recall) if counts.correct else 0.0
        return cls(precision, recall, f1, counts.gold)


@dataclass(frozen=True)
class Report:
    """The scores of one system; `counts` by type holds every type of the gold or the system."""

    counts: Mapping[str, Counts]

    @property
    def total(self) -> Counts:
        """The counts of all types together."""
        return Counts(
            *(sum(column) for column in zip((0, 0, 0), *self.counts.values(), strict=True))
        )

    @property
    def types(self) -> dict[str, Score]:
        """The score of each type, in the order of their names."""
        return {label: Score.of(counts) for label, counts in self.counts.items()}

    @property
    def micro(self) -> Score:
        """Every entity counts the same."""
        return Score.of(self.total)

    @property
    def macro(self) -> Score:
        """Every type counts the same, also one that only the system knows: its F1 is 0."""
        scores = list(self.types.values()) or [Score(0.0, 0.0, 0.0, 0)]
        return Score(
            precision=sum(score.precision for score in scores) / len(scores),
            recall=sum(score.recall for score in scores) / len(scores),
            f1=sum(score.f1 for score in scores) / len(scores),
            support=self.total.gold,
        )

    def as_dict(self) -> dict[str, Any]:
        """`micro`, `macro` and `types` as the JSON that scripts rely on."""
        types = {label: asdict(score) for label, score in self.types.items()}
        return {"micro": asdict(self.micro), "macro": asdict(self.macro), "types": types}


class Scorer:
    """Adds up one system's counts, sentence by sentence.

    >>> scorer = Scorer()
    >>> scorer.add(gold=["B-PER", "I-PER", "O"], tags=["B-PER", "I-PER", "B-LOC"])
    Counts(correct=1, found=2, gold=1)
    >>> scorer.report.micro
    Score(precision=0.5, recall=1.0, f1=0.6666666666666666, support=1)
    """

    def __init__(self, mode: Mode = "lenient"):
        # a corpus has few different runs of tags between two O's, and O ends whatever came before
        self._run = lru_cache(1 << 16)(_lenient() if mode == "lenient" else _strict())
        self._correct: Counter[str] = Counter()
        self._found: Counter[str] = Counter()
        self._gold: Counter[str] = Counter()

    def add(self, gold: Sequence[str], tags: Sequence[str]) -> Counts:
        """Count one sentence and give back its counts.

        Raises ValueError for a tag that is none, and where the two differ in length.
        """
        if len(gold) != len(tags):
            raise ValueError(f"{len(gold)} gold tags but {len(tags)} tags")
        right = self._entities(gold)
        found = right if tags == gold else self._entities(tags)
        correct = right if tags == gold else right & found
        self._gold.update(label for label, _, _ in right)
        self._found.update(label for label, _, _ in found)
        self._correct.update(label for label, _, _ in correct)
        return Counts(len(correct), len(found), len(right))

    def number(self, tags: Sequence[str]) -> int:
        """How many entities a sentence has."""
        return len(self._entities(tags))

    @property
    def report(self) -> Report:
        """The scores so far."""
        labels = sorted(self._gold | self._found)
        return Report(
            {
                label: Counts(self._correct[label], self._found[label], self._gold[label])
                for label in labels
            }
        )

    def _entities(self, tags: Sequence[str]) -> Entities:
        entities: Entities = set()
        start = -1
        for position, tag in enumerate((*tags, OUTSIDE)):
            if tag != OUTSIDE:
                start = position if start < 0 else start
            elif start >= 0:
                for label, first, last in self._run(tuple(tags[start:position])):
                    entities.add((label, start + first, start + last))
                start = -1
        return entities


@dataclass(frozen=True)
class Yield:
    """How much of the gold a projection kept, so that scores on the rest can be judged.

    >>> kept = Yield(sentences=10, kept=2, entities=20, kept_entities=5, correct=4)
    >>> kept.share, kept.recall
    (0.2, 0.2)
    """

    sentences: int  # of the gold
    kept: int  # those that the system has
    entities: int  # of the gold
    kept_entities: int  # those in sentences that the system has
    correct: int

    @property
    def share(self) -> float:
        """The part of the sentences that is kept."""
        return self.kept / self.sentences if self.sentences else 0.0

    @property
    def recall(self) -> float:
        """Recall over all of the gold: what was not kept was not found."""
        return self.correct / self.entities if self.entities else 0.0


class Tally:
    """Several systems on the same gold, in one pass.

    A system need not have every sentence: its scores are those of the sentences it has, and
    `yield_of` says how many these are.
    """

    def __init__(self, systems: int, mode: Mode = "lenient"):
        self.fingerprint = Fingerprint()
        self.scorers = [Scorer(mode) for _ in range(systems)]
        self.entities = 0
        self._kinds: Counter[tuple[Counts | None, ...]] = Counter()

    def add(
        self, tokens: Sequence[str], gold: Sequence[str], systems: Sequence[Sequence[str] | None]
    ) -> None:
        """Count one sentence, with the tags that each system gave it; None: it lacks it."""
        self.fingerprint.add(tokens, gold)
        counts = [
            None if tags is None else scorer.add(gold, tags)
            for scorer, tags in zip(self.scorers, systems, strict=True)
        ]
        known = next((own.gold for own in counts if own is not None), None)
        self.entities += self.scorers[0].number(gold) if known is None else known
        self._kinds[tuple(counts)] += 1

    @property
    def kinds(self) -> Counter[tuple[Counts, ...]]:
        """How many sentences have which counts, of those that every system has."""
        kinds: Counter[tuple[Counts, ...]] = Counter()
        for counts, number in self._kinds.items():
            there = tuple(own for own in counts if own is not None)
            if len(there) == len(counts):
                kinds[there] = number
        return kinds

    def kinds_of(self, system: int) -> Counter[Counts]:
        """How many sentences have which counts in one system: what a bootstrap draws from."""
        kinds: Counter[Counts] = Counter()
        for counts, number in self._kinds.items():
            own = counts[system]
            if own is not None:
                kinds[own] += number
        return kinds

    def yield_of(self, system: int) -> Yield:
        """How much of the gold one system has."""
        total = self.scorers[system].report.total
        kept = self.kinds_of(system).total()
        return Yield(self.fingerprint.sentences, kept, self.entities, total.gold, total.correct)


class Fingerprint:
    """What a score was measured against and how, so that the number can be quoted.

    In the spirit of sacreBLEU's signatures: two scores compare if their signatures are the same.
    Of the gold only words and tags count, not ids or file names. `what` is what it is called: text
    without tags is no gold.

    >>> gold = Fingerprint()
    >>> gold.add(["Anna", "lacht"], ["B-PER", "O"])
    >>> gold.signature("lenient").split("|")[:4]
    ['level:entity', 'scheme:IOB2', 'mode:lenient', 'repair:conlleval']
    """

    def __init__(self, what: Literal["gold", "text"] = "gold") -> None:
        self.sentences = 0
        self._what = what
        self._hash = hashlib.sha256()

    def add(self, tokens: Sequence[str], tags: Sequence[str]) -> None:
        """Take one sentence in."""
        self.sentences += 1
        text = "\t".join(tokens) + "\n" + "\t".join(tags) + "\n\n"
        self._hash.update(text.encode("utf-8", "surrogatepass"))

    def signature(self, mode: Mode, **settings: object) -> str:
        """Settings, gold and versions in one line; `settings` adds what else changed the score."""
        from importlib.metadata import version

        parts = {
            "level": "entity",
            "scheme": "IOB2",
            "mode": mode,
            "repair": "conlleval" if mode == "lenient" else "none",
            **{name: value for name, value in settings.items() if value},
            "sentences": self.sentences,
            self._what: self._hash.hexdigest()[:12],
            "seqeval": version("seqeval"),
            "xner": __version__,
        }
        return "|".join(f"{name}:{value}" for name, value in parts.items())


def _lenient() -> Callable[[Tags], Entities]:
    from seqeval.metrics.sequence_labeling import get_entities

    return lambda tags: set(get_entities(_checked(tags)))


def _strict() -> Callable[[Tags], Entities]:
    from seqeval.scheme import IOB2, Tokens

    return lambda tags: {(e.tag, e.start, e.end) for e in Tokens(_checked(tags), IOB2).entities}


def _checked(tags: Tags) -> list[str]:
    """The tags, sure to be some: seqeval would warn of others and go on."""
    for tag in tags:
        split_tag(tag)
    return list(tags)

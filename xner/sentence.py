"""Span and Sentence: the one record that every command reads and writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from xner.errors import XnerError
from xner.tag_schemes import Span, spans_of


class Link(NamedTuple):
    """`tokens[start:end]` says the same as `origin.tokens[origin_start:origin_end]`."""

    start: int
    end: int
    origin_start: int
    origin_end: int


@dataclass(slots=True, kw_only=True)
class Sentence:
    """One sentence and all that is known about it; self-contained, so streams can be cut anywhere.

    `tags` is None where nobody has annotated the sentence and all `O` where somebody has and
    found nothing. `extra` keeps the top-level fields this version does not know.

    >>> sentence = Sentence(id="a:1", tokens=["Anna", "in", "Bern"], tags=["B-PER", "O", "B-LOC"])
    >>> [tuple(span) for span in sentence.spans]
    [(0, 1, 'PER'), (2, 3, 'LOC')]
    """

    id: str
    tokens: list[str]
    lang: str | None = None
    tags: list[str] | None = None
    labels: list[str] | None = None
    probs: list[list[float]] | None = None
    weights: list[float] | None = None
    langs: list[str | None] | None = None
    shuffled: bool = False
    origin: Sentence | None = None
    alignment: list[Link] | None = None
    meta: dict[str, Any] = field(default_factory=dict[str, Any])
    extra: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def spans(self) -> list[Span]:
        """The entities, read from `tags`; none where the sentence is not annotated."""
        return spans_of(self.tags or [])

    @property
    def root(self) -> Sentence:
        """The outermost origin: the sentence this one was first made from."""
        sentence = self
        while sentence.origin is not None:
            sentence = sentence.origin
        return sentence


# What readers and commands keep in `meta` of an annotation.
_ANNOTATION = ("entities", "gold", "knn", "nbest", "projection", "spans_lost")


def strip(sentence: Sentence, *, origins: bool = True) -> None:
    """Take the annotation off a sentence, and off its origins: tags, distributions, weights.

    With them goes what `meta` keeps of them: other columns' tags, hypotheses, projections.

    >>> gold = Sentence(id="a", tokens=["Bern"], tags=["B-LOC"])
    >>> strip(gold)
    >>> gold.tags is None
    True
    """
    at: Sentence | None = sentence
    while at is not None:
        at.tags = at.labels = at.probs = at.weights = None
        at.meta = {name: value for name, value in at.meta.items() if name not in _ANNOTATION}
        at = at.origin if origins else None


def nested_spans(sentence: Sentence) -> list[Span]:
    """The entities, those too that `tags` cannot hold; as `meta["entities"]` has them, if it does.

    That is a list of {"start", "end", "type"}, half-open words. Tags are one way of laying such
    entities side by side. Where they are not, somebody has changed them since, and they alone say
    what the entities are. Raises XnerError for a list that cannot be read, or leaves the sentence.

    >>> nested = [{"start": 0, "end": 3, "type": "ORG"}, {"start": 2, "end": 3, "type": "LOC"}]
    >>> bank = Sentence(id="a", tokens=["Bank", "of", "Bern"], tags=["B-ORG", "I-ORG", "I-ORG"],
    ...                 meta={"entities": nested})
    >>> [tuple(span) for span in nested_spans(bank)]
    [(0, 3, 'ORG'), (2, 3, 'LOC')]
    >>> bank.tags = ["O", "O", "O"]
    >>> nested_spans(bank)
    []
    """
    flat = sentence.spans
    if "entities" not in sentence.meta:
        return flat
    every = [_entity(row, sentence) for row in _rows(sentence)]
    beside = all(any(s.start < e.end and e.start < s.end for s in flat) for e in every)
    return every if beside and set(flat) <= set(every) else flat


def _rows(sentence: Sentence) -> list[Any]:
    rows: Any = sentence.meta["entities"]
    if not isinstance(rows, list):
        raise XnerError(f"sentence '{sentence.id}': meta.entities is no list of entities")
    return cast(list[Any], rows)


def _entity(row: Any, sentence: Sentence) -> Span:
    try:
        start, end, label = row["start"], row["end"], row["type"]
        numbers = isinstance(start, int) and isinstance(end, int) and isinstance(label, str)
        good = numbers and 0 <= start < end <= len(sentence.tokens)
    except (KeyError, TypeError):
        start, end, label, good = 0, 0, "", False
    if not good:
        raise XnerError(
            f"sentence '{sentence.id}': {row!r} in meta.entities is not start, end and type of "
            f"words among its {len(sentence.tokens)}"
        )
    return Span(start, end, label)


def linked_spans(sentence: Sentence) -> list[Link]:
    """Pairs of spans of a sentence and its origin that say the same and hold one entity.

    Without tags every row of `alignment` is such a pair. With tags a pair is an entity whose
    aligned words are one unbroken stretch of the origin, so that word-by-word alignments
    (one row a word) and span alignments (one row an entity) are read alike. Entities that
    were lost in translation have no row and give no pair.

    >>> origin = Sentence(id="a", tokens=["Westdeutschland", "gewann"])
    >>> moved = Sentence(id="a", tokens=["West", "Germany", "won"], origin=origin,
    ...                  tags=["B-LOC", "I-LOC", "O"], alignment=[Link(0, 2, 0, 1)])
    >>> [tuple(link) for link in linked_spans(moved)]
    [(0, 2, 0, 1)]
    """
    if sentence.origin is None or not sentence.alignment:
        return []
    if sentence.tags is None:
        return list(sentence.alignment)
    pairs: list[Link] = []
    for start, end, _ in sentence.spans:
        rows = [row for row in sentence.alignment if start <= row.start and row.end <= end]
        if sum(row.end - row.start for row in rows) < end - start:
            continue
        low = min(row.origin_start for row in rows)
        high = max(row.origin_end for row in rows)
        inside = {position for row in rows for position in range(row.origin_start, row.origin_end)}
        if len(inside) == high - low:
            pairs.append(Link(start, end, low, high))
    return pairs

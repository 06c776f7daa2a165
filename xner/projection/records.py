"""Records taken apart into transfers, and the results put together as records."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from xner.projection.links import reversed_rows, to_root
from xner.projection.projector import Candidate, Transfer
from xner.sentence import Link, Sentence
from xner.tag_schemes import OUTSIDE, Span, TagReader, spans_of, tags_of

Onto = Literal["origin", "translation"]


@dataclass(frozen=True)
class Attempt:
    """A transfer, and how many entities had been lost before it: those it cannot carry over.

    `hypothesis` is 0 for the translation, and counts on through those in `meta["nbest"]`.
    """

    transfer: Transfer
    lost: int = 0
    hypothesis: int = 0


def refusal(record: Sentence, onto: Onto, *, linked: bool) -> str | None:
    """What the record lacks and which command makes it; None if it lacks nothing.

    With `linked` it must have word links all the way.
    """
    if record.origin is None:
        return "it has no origin to project to or from: xner translate-spans makes translations"
    if onto == "origin" and record.tags is None:
        return "it has no tags to project; run xner weak-tag or xner translate-spans --mode marker"
    if onto == "translation" and record.origin.tags is None:
        return "its origin has no tags to project; run xner weak-tag before xner translate-spans"
    try:
        found = attempts(record, onto)
    except ValueError as error:
        return str(error)
    if linked and any(attempt.transfer.links is None for attempt in found):
        return "it has no alignment to project along; give --aligner, or --match fuzzy"
    return None


def attempts(record: Sentence, onto: Onto) -> list[Attempt]:
    """What can be tried for a record, best first: its translation and the further hypotheses.

    Raises ValueError for an `nbest` that is not what xner translate-spans writes.
    """
    if onto == "translation":
        assert record.origin is not None
        links = None if record.alignment is None else reversed_rows(record.alignment)
        return [Attempt(Transfer(record.origin, record, links))]
    earlier = sum(_number_lost(sentence) for sentence in _origins(record))
    made = [Attempt(Transfer(record, record.root, to_root(record)), earlier + _number_lost(record))]
    for number, other in enumerate(_hypotheses(record), 1):
        transfer = Transfer(other, record.root, to_root(other))
        made.append(Attempt(transfer, earlier + _number_lost(other), number))
    return made


def _origins(record: Sentence) -> Iterator[Sentence]:
    """The translations between a record and its outermost origin."""
    sentence = record.origin
    while sentence is not None and sentence.origin is not None:
        yield sentence
        sentence = sentence.origin


def _number_lost(sentence: Sentence) -> int:
    lost: Any = sentence.meta.get("spans_lost")
    return len(lost) if isinstance(lost, list) else 0


def _hypotheses(record: Sentence) -> Iterator[Sentence]:
    rows: Any = record.meta.get("nbest", [])
    for row in rows if isinstance(rows, list) else [rows]:
        try:
            tokens, tags = list(map(str, row["tokens"])), list(map(str, row["tags"]))
            alignment = [Link(*map(int, link)) for link in row.get("alignment", [])]
            lost = list(row.get("spans_lost", []))
        except (TypeError, KeyError, AttributeError, ValueError):
            raise ValueError(_BAD_NBEST) from None
        if not all(map(str.strip, tokens)) or not _are_well_formed(tags, len(tokens)):
            raise ValueError(_BAD_NBEST)
        if not all(_is_inside(link, tokens, record.origin) for link in alignment):
            raise ValueError(_BAD_NBEST)
        yield replace(
            record, tokens=tokens, tags=tags, alignment=alignment, meta={"spans_lost": lost}
        )


def _are_well_formed(tags: Sequence[str], length: int) -> bool:
    return len(tags) == length and TagReader("bio").flaw(tags) is None


def _is_inside(link: Link, tokens: Sequence[str], origin: Sentence | None) -> bool:
    """Whether a row leads from words that there are to words that there are."""
    length = len(origin.tokens) if origin else 0
    here = 0 <= link.start < link.end <= len(tokens)
    return here and 0 <= link.origin_start < link.origin_end <= length


_BAD_NBEST = (
    "its meta.nbest is not a list of hypotheses, each with tokens, as many BIO tags, and an "
    "alignment inside the sentences; xner translate-spans --nbest makes it"
)


def result(
    record: Sentence,
    attempt: Attempt,
    places: Sequence[Candidate | None],
    match: str,
    doubtful: Collection[int] = (),
) -> Sentence:
    """The target with the entities that have a place.

    Where one has none, or was lost before, it may stand anywhere: every word outside the entities
    has weight 0, for nobody knows what it is. Else the `doubtful` words have.
    """
    spans = attempt.transfer.source.spans
    written = sorted(
        (Span(place.start, place.end, span.label), place.score, span)
        for place, span in zip(places, spans, strict=True)
        if place is not None
    )
    words = attempt.transfer.source.tokens
    missing = [
        [label, " ".join(words[start:end])]
        for place, (start, end, label) in zip(places, spans, strict=True)
        if place is None
    ]
    facts: dict[str, Any] = {"match": match, "scores": [round(score, 4) for _, score, _ in written]}
    if attempt.hypothesis:
        facts["hypothesis"] = attempt.hypothesis
    if missing:
        facts["unmatched"] = missing
    if attempt.lost:
        facts["lost"] = attempt.lost
    target = attempt.transfer.target
    made = _annotated(target, tags_of([span for span, *_ in written], len(target.tokens)), facts)
    unknown = range(len(target.tokens)) if missing or attempt.lost else doubtful
    if unknown:
        assert made.tags is not None
        made.weights = [
            0.0 if tag == OUTSIDE and word in unknown else 1.0 for word, tag in enumerate(made.tags)
        ]
    if target is record and record.alignment is None:
        made.alignment = [Link(*there[:2], *here[:2]) for there, _, here in written]
    return made


def with_tags_of_another(attempt: Attempt, tags: Sequence[str]) -> Sentence:
    """The target as a second tagger sees it."""
    found = len(spans_of(tags))
    return _annotated(
        attempt.transfer.target, list(tags), {"match": "fallback", "scores": [1] * found}
    )


def _annotated(target: Sentence, tags: list[str], facts: dict[str, Any]) -> Sentence:
    """A copy with these tags and without what was said of earlier ones."""
    meta = {**target.meta, "projection": facts}
    return replace(target, tags=tags, labels=None, probs=None, weights=None, meta=meta)

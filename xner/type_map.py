"""Entity types under other names: "PER=PERSON,MISC=O" read, and applied to tags."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from xner.errors import OptionError, XnerError
from xner.sentence import Sentence, nested_spans
from xner.tag_schemes import OUTSIDE, split_tag, tags_of


def parse_map(texts: Iterable[str]) -> dict[str, str]:
    """The new name of each type; `O` as a new name removes the type's entities.

    Raises OptionError for a text that is not OLD=NEW, and for a type that is given two names.

    >>> parse_map(["PER=PERSON,MISC=O", "LOCATION=LOC"])
    {'PER': 'PERSON', 'MISC': 'O', 'LOCATION': 'LOC'}
    """
    names: dict[str, str] = {}
    for part in ",".join(texts).split(","):
        if not part.strip():
            continue
        old, equals, new = (piece.strip() for piece in part.partition("="))
        if not (old and equals and new):
            raise OptionError(f"--map '{part}' is not OLD=NEW, as in PER=PERSON or MISC=O")
        if names.setdefault(old, new) != new:
            raise OptionError(f"--map gives '{old}' two names: '{names[old]}' and '{new}'")
    return names


def mapped(tags: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Tags with their types renamed; types that `names` lacks stay.

    >>> mapped(["B-PER", "I-PER", "O", "B-MISC", "B-LOC"], {"PER": "PERSON", "MISC": "O"})
    ['B-PERSON', 'I-PERSON', 'O', 'O', 'B-LOC']
    """
    renamed: list[str] = []
    for tag in tags:
        letter, label = split_tag(tag)
        new = names.get(label, label)
        renamed.append(f"{letter}-{new}" if label and new != OUTSIDE else OUTSIDE)
    return renamed


def types_of(sentence: Sentence) -> list[str]:
    """The type of each entity that `renamed` renames on top, nested ones too."""
    try:
        entities = nested_spans(sentence)
    except XnerError:  # no list of entities
        entities = sentence.spans
    return [entity.label for entity in entities]


def renamed(sentence: Sentence, names: Mapping[str, str]) -> Sentence:
    """A sentence, and those it was made from, with types renamed in tags and in soft labels.

    Nested entities in `meta` are renamed too, and get the room in tags of those that are gone.
    Columns of `probs` that get one name are added up.

    >>> renamed(Sentence(id="a", tokens=["Bern"], tags=["B-LOC"]), {"LOC": "GPE"}).tags
    ['B-GPE']
    """
    changed = replace(sentence)
    if sentence.tags is not None:
        changed.tags = mapped(sentence.tags, names)
    if sentence.labels is not None:
        labels = mapped(sentence.labels, names)
        changed.labels = list(dict.fromkeys(labels))
        if sentence.probs is not None and len(changed.labels) < len(labels):
            changed.probs = [_summed(row, labels, changed.labels) for row in sentence.probs]
    if isinstance(sentence.meta.get("entities"), list):
        changed.meta = {**sentence.meta, "entities": _entities(sentence.meta["entities"], names)}
        with suppress(XnerError):  # no list of entities
            changed.tags = _laid_anew(sentence, names)
    if sentence.origin is not None:
        changed.origin = renamed(sentence.origin, names)
    return changed


def _laid_anew(sentence: Sentence, names: Mapping[str, str]) -> list[str] | None:
    """Tags, renamed, and of entities that they did not hold those that overlap none of them now.

    Of these the longer goes first, then the earlier. Tags that left room for an entity would say
    that somebody has taken it out.
    """
    if sentence.tags is None:
        return None
    flat = sentence.spans
    others = sorted(set(nested_spans(sentence)) - set(flat), key=lambda s: (s.start - s.end, s))
    kept = [span for span in flat if names.get(span.label) != OUTSIDE]
    for span in others:
        beside = all(span.end <= other.start or other.end <= span.start for other in kept)
        if beside and names.get(span.label) != OUTSIDE:
            kept.append(span)
    new = [span._replace(label=names.get(span.label, span.label)) for span in kept]
    return tags_of(new, len(sentence.tokens))


def _entities(rows: list[Any], names: Mapping[str, str]) -> list[Any]:
    """Nested entities; what is none is left for those to refuse who read them."""
    kept: list[Any] = []
    for row in rows:
        old: Any = cast(dict[Any, Any], row).get("type") if isinstance(row, dict) else None
        new = names.get(old, old) if isinstance(old, str) else None
        if new != OUTSIDE:
            kept.append({**row, "type": new} if new else row)
    return kept


def _summed(row: Sequence[float], labels: Sequence[str], kept: Sequence[str]) -> list[float]:
    sums = dict.fromkeys(kept, 0.0)
    for label, probability in zip(labels, row, strict=True):
        sums[label] += probability
    return list(sums.values())

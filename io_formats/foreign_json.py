"""Records of other tools as ours: Hugging Face datasets, and what annotation tools export.

A dataset has `tokens` and `ner_tags`, as names or numbers. Annotation tools have `text` and spans
of characters, half-open: doccano `"label": [[0, 4, "PER"]]`, spaCy `"entities": [[0, 4, "PER"]]`,
Prodigy `"spans": [{"start": 0, "end": 4, "label": "PER"}]`, Label Studio `"label": [{"start": 0,
"end": 4, "labels": ["PER"]}]` or the same under `annotations`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

from xner.errors import FormatError
from xner.tag_schemes import Span, tags_of

_SPAN_FIELDS = ("spans", "entities", "labels", "label")
_STARTS = ("start", "start_offset", "begin")
_ENDS = ("end", "end_offset")
_TYPES = ("label", "labels", "type", "entity", "tag")

Record = dict[str, Any]
Offsets = list[tuple[int, int]]


def ours(record: Record, names: Sequence[str], lang: str | None) -> Record:
    """The same record in our fields; all that has no place among them stays under its name.

    `names` are those of integer tags. Raises FormatError where there are neither words nor text,
    and for spans that cannot be tags of words.
    """
    record = dict(record)
    if "annotations" in record and isinstance(record.get("data"), dict):
        record = _from_label_studio(record)
    text, tokens = record.get("text"), record.get("tokens")
    if isinstance(text, str) and (not _are_words(tokens) or _has_spans(record)):
        return _annotated(record, lang)
    if tokens is None:
        raise FormatError("expected an object with 'tokens', or with 'text' and spans")
    tags = record.pop("ner_tags", None) or record.get("tags")
    if tags is not None:
        record["tags"] = _named(tags, names)
    return record


def _are_words(tokens: Any) -> bool:
    return isinstance(tokens, list) and {str}.issuperset(map(type, cast(list[Any], tokens)))


def _has_spans(record: Record) -> bool:
    """Whether the labels are spans of characters, and not tags."""
    tagged = record.get("tags") or record.get("ner_tags")
    return not tagged and any(_are_spans(record.get(field)) for field in _SPAN_FIELDS)


def _are_spans(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict | list) for item in cast(list[Any], value)
    )


def _named(tags: Any, names: Sequence[str]) -> Any:
    """Tags by their names, where they are numbers."""
    if type(tags) is not list:
        return tags
    numbers = cast(list[Any], tags)
    if set(map(type, numbers)) != {int}:
        return numbers
    if not names:
        raise FormatError(
            "tags are numbers; name them in their order, as in --from 'jsonl,names=O;B-PER;I-PER'"
        )
    for number in numbers:
        if not 0 <= number < len(names):
            raise FormatError(f"tag {number} has no name; names= has {len(names)}, from 0 on")
    return [names[number] for number in numbers]


def _annotated(record: Record, lang: str | None) -> Record:
    """Words and tags instead of a text and its spans; the text is kept in `meta`."""
    text: str = record.pop("text")
    tokens, offsets = _words(text, record.pop("tokens", None), lang)
    field = next((f for f in _SPAN_FIELDS if isinstance(record.get(f), list)), None)
    if field is not None:
        spans = [_span(item, text, offsets) for item in record.pop(field)]
        try:
            record["tags"] = tags_of(spans, len(tokens))
        except ValueError:
            raise FormatError(f"spans overlap: {_overlap(spans, tokens)}") from None
    record["tokens"] = tokens
    meta: Any = record.get("meta") or {}
    if not isinstance(meta, dict):
        raise FormatError(f"'meta' has to be an object, got {meta!r}")
    record["meta"] = {**meta, "text": text}
    return record


def _words(text: str, given: Any, lang: str | None) -> tuple[list[str], Offsets]:
    """The words of a text and where they stand: those the record gives, else a tokenizer's."""
    if given and _are_words(given):
        return given, list(_found(given, text))
    if given:
        try:
            words = [cast(Mapping[str, Any], word) for word in given]
            offsets = [(_first(word, _STARTS), _first(word, _ENDS)) for word in words]
            return [text[start:end] for start, end in offsets], offsets
        except (KeyError, TypeError):
            raise FormatError(
                "'tokens' has to be a list of words, or of objects with 'start' and 'end'"
            ) from None
    from xner.tokenization import tokenize

    tokens = tokenize(text, lang)
    return tokens, list(_found(tokens, text))


def _found(tokens: Sequence[str], text: str) -> Iterator[tuple[int, int]]:
    end = 0
    for token in tokens:
        start = text.find(token, end)
        if start < 0:
            raise FormatError(f"'text' is not that of the words: no '{token}' after column {end}")
        end = start + len(token)
        yield start, end


def _span(item: Any, text: str, offsets: Offsets) -> Span:
    """A span of characters as one of words; blanks at its edges do not count."""
    try:
        first, last, label = _parts(item)
        surface = text[first:last]
        first += len(surface) - len(surface.lstrip())
        last -= len(surface) - len(surface.rstrip())
    except (TypeError, ValueError, KeyError):
        message = f"expected a span as [start, end, label], or with these as fields, got {item}"
        raise FormatError(message) from None
    start = next((i for i, (begin, _) in enumerate(offsets) if begin == first), None)
    end = next((i for i, (_, finish) in enumerate(offsets) if finish == last), None)
    if start is None or end is None or start > end:
        raise FormatError(
            f"span [{first}, {last}) {label} '{text[first:last]}' begins or ends inside a word "
            "or outside the text"
        )
    return Span(start, end + 1, label)


def _parts(item: Any) -> tuple[int, int, str]:
    if isinstance(item, dict):
        fields = cast(Record, item)
        label = _first(fields, _TYPES)
        start, end = _first(fields, _STARTS), _first(fields, _ENDS)
    else:
        start, end, label = item
    if isinstance(label, list):
        (label,) = cast(list[Any], label)
    if type(start) is not int or type(end) is not int or type(label) is not str or not label:
        raise TypeError
    return start, end, label


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    for name in names:
        if name in fields:
            return fields[name]
    raise KeyError(names[0])


def _overlap(spans: Sequence[Span], tokens: Sequence[str]) -> str:
    ordered = sorted(spans)
    for before, after in pairwise(ordered):
        if after.start < before.end:
            texts = [" ".join(tokens[s.start : s.end]) for s in (before, after)]
            return f"{before.label} '{texts[0]}' and {after.label} '{texts[1]}'"
    return "one leaves the text"


def _from_label_studio(record: Record) -> Record:
    """A task with its first annotation, as one text with spans."""
    data, annotations = record.pop("data"), record.pop("annotations")
    record["text"] = data.get("text")
    try:
        results: list[Record] = (annotations[0].get("result") or []) if annotations else []
        record["spans"] = [row["value"] for row in results if "labels" in (row["value"] or {})]
    except (AttributeError, KeyError, TypeError):
        raise FormatError(
            "'annotations' has to be a list whose first has a 'result', a list of objects with "
            "'value'"
        ) from None
    return record

"""JSON Lines: one record a line, the form in which sentences travel between commands.

Fields this version does not know are carried through. Records as Hugging Face datasets and
annotation tools export them are read too; see `foreign_json`.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import chain, starmap
from typing import Any, cast

import orjson

from io_formats import foreign_json
from io_formats.streams import Source, stop_at_last_words
from io_formats.tags import Tags
from xner.errors import FormatError
from xner.sentence import Link, Sentence

_FIELDS = tuple(field.name for field in fields(Sentence) if field.name != "extra")
_KNOWN = frozenset(_FIELDS)
_PER_TOKEN = ("tags", "langs", "weights", "probs")
_KINDS = {
    "lang": (str, "a text"),
    "shuffled": (bool, "true or false"),
    "meta": (dict, "an object"),
}
_ITEMS = {
    "langs": ({str, type(None)}, "languages and nulls"),
    "weights": ({float, int}, "numbers"),
}


def read(source: Source, *, names: str = "", scheme: str = "bio") -> Iterator[Sentence]:
    """A sentence for every line that is not blank.

    `names` are those of integer tags, as in names=O;B-PER;I-PER; `scheme` is that of the tags.
    """
    from_object = _Reader(source, names, scheme).sentence
    examine = source.manner.examine
    number = source.manner.first - 1
    for position, line in enumerate(source.lines(), 1):
        try:
            sentence = from_object(orjson.loads(line), number + 1)
            if examine:
                examine(sentence, source.name, position)
        except orjson.JSONDecodeError as error:
            if not line.strip():
                continue
            number += 1
            source.refuse(_broken(source, error, line), position, line)
        except FormatError as error:
            number += 1
            source.refuse(error, position, line)
        else:
            number += 1
            yield sentence


def writer() -> Callable[[Sentence], bytes]:
    """A line for every sentence; fields that say nothing are left out."""
    dumps, newline = orjson.dumps, orjson.OPT_APPEND_NEWLINE
    return lambda sentence: dumps(to_object(sentence), None, newline)


def to_object(sentence: Sentence) -> dict[str, Any]:
    """The record of a sentence, as `json` would have it.

    >>> to_object(Sentence(id="a:1", tokens=["Bern"], tags=["B-LOC"]))
    {'id': 'a:1', 'tokens': ['Bern'], 'tags': ['B-LOC']}
    """
    record: dict[str, Any] = {}
    for name in _FIELDS:
        value = getattr(sentence, name)
        if value is not None and value is not False:
            record[name] = value
    if sentence.origin is not None:
        record["origin"] = to_object(sentence.origin)
    if sentence.alignment is not None:
        record["alignment"] = list(map(list, sentence.alignment))
    if not sentence.meta:
        del record["meta"]
    if sentence.extra:
        record.update(sentence.extra)
    return record


class _Reader:
    """Makes sentences of objects, checking what can be checked at no great cost."""

    def __init__(self, source: Source, names: str, scheme: str):
        self._source = source
        self._names = names.split(";") if names else []
        self._tags = Tags(scheme, source.manner)
        self._lang = source.manner.lang

    def sentence(self, record: Any, number: int) -> Sentence:
        """The sentence of a record; FormatError says which field is wrong, and how."""
        if type(record) is not dict:
            raise FormatError(f"expected an object with 'tokens', got {_short(record)}")
        record = self._in_our_fields(cast(dict[str, Any], record))
        if type(record.get("id")) is not str or not record["id"]:
            record["id"] = str(record.get("id", "")) or f"{self._source.stem}:{number}"
        if self._lang:
            record.setdefault("lang", self._lang)
        _check(record)
        if "tags" in record:
            record["tags"] = self._tags(record["tags"])
        if "origin" in record or "alignment" in record:
            self._link(record, number)
        return Sentence(**record)

    def _in_our_fields(self, record: dict[str, Any]) -> dict[str, Any]:
        if not _is_ours(record):
            record = foreign_json.ours(record, self._names, self._lang)
        if not record.keys() <= _KNOWN:
            known = {key: value for key, value in record.items() if key in _KNOWN}
            known["extra"] = {key: value for key, value in record.items() if key not in _KNOWN}
            record = known
        if None in record.values():
            record = {key: value for key, value in record.items() if value is not None}
        return record

    def _link(self, record: dict[str, Any], number: int) -> None:
        """Read the sentence this one was made from, and the rows that link the two."""
        try:
            origin = self.sentence(record["origin"], number) if "origin" in record else None
        except FormatError as error:
            raise FormatError(f"origin: {error.message}") from None
        record["origin"] = origin
        if "alignment" in record:
            if origin is None:
                raise FormatError("'alignment' without 'origin', the sentence it leads to")
            record["alignment"] = _links(record["alignment"], record["tokens"], origin.tokens)


def _is_ours(record: dict[str, Any]) -> bool:
    """Whether there are words, and no tags that are numbers, spans or under another name."""
    return (
        type(_first(record.get("tokens"))) is str
        and type(_first(record.get("tags", ""))) is not int
        and "ner_tags" not in record
        and "text" not in record
    )


def _first(values: Any) -> Any:
    return _list(values)[0] if type(values) is list and values else None


def _check(record: dict[str, Any]) -> None:
    """FormatError unless every list has one item for each token and every token is a word."""
    tokens = record["tokens"]
    if not _is_words(tokens):
        raise FormatError(f"'tokens' has to be a list of words, none empty, got {_short(tokens)}")
    for name in _PER_TOKEN:
        if name in record:
            _check_list(name, record[name], len(tokens))
    if "tags" in record and not _is_words(record["tags"]):
        raise FormatError(f"'tags' has to be a list of tags, got {_short(record['tags'])}")
    if "probs" in record:
        _check_probs(record["probs"], record.get("labels"))
    _check_kinds(record)


def _check_kinds(record: dict[str, Any]) -> None:
    for name, (kind, said) in _KINDS.items():
        if name in record and type(record[name]) is not kind:
            raise FormatError(f"'{name}' has to be {said}, got {_short(record[name])}")
    for name, (kinds, said) in _ITEMS.items():
        if name in record and not kinds.issuperset(map(type, record[name])):
            raise FormatError(f"'{name}' has to be a list of {said}, got {_short(record[name])}")


def _links(rows: Any, tokens: list[str], origin: list[str]) -> list[Link]:
    """Alignment rows; FormatError for one that is not of four numbers within the sentences."""
    if type(rows) is not list:
        raise FormatError(f"'alignment' has to be a list of rows, got {_short(rows)}")
    try:
        links = list(starmap(Link, _list(rows)))
    except TypeError:
        links = None
    if links is None or not {int}.issuperset(map(type, chain.from_iterable(links))):
        raise FormatError(f"'alignment' has to be rows of four whole numbers, got {_short(rows)}")
    for start, end, origin_start, origin_end in links:
        within = 0 <= start <= end <= len(tokens)
        if not (within and 0 <= origin_start <= origin_end <= len(origin)):
            row = [start, end, origin_start, origin_end]
            raise FormatError(f"alignment row {row} leaves the sentence or its origin")
    return links


def _is_words(values: Any) -> bool:
    return type(values) is list and "" not in values and set(map(type, _list(values))) == {str}


def _list(value: Any) -> list[Any]:
    return value


def _check_list(name: str, values: Any, length: int) -> None:
    if type(values) is not list:
        raise FormatError(f"'{name}' has to be a list, got {_short(values)}")
    if len(_list(values)) != length:
        raise FormatError(f"{len(_list(values))} {name} for {length} tokens; expected as many")


def _check_probs(rows: list[Any], labels: Any) -> None:
    if not _is_words(labels):
        raise FormatError("'probs' without 'labels', the names of its columns")
    if len(set(labels)) < len(labels):
        raise FormatError(f"'labels' names a column twice: {_short(labels)}")
    if set(map(type, rows)) != {list}:
        raise FormatError("'probs' has to be a list of rows of numbers")
    if not {float, int}.issuperset(map(type, chain.from_iterable(rows))):
        raise FormatError(f"'probs' has to be rows of numbers, got {_short(rows)}")
    wrong = set(map(len, rows)) - {len(labels)}
    if wrong:
        raise FormatError(f"a row of 'probs' has {wrong.pop()} numbers for {len(labels)} labels")


def _short(value: Any) -> str:
    """A value for a message, cut to a readable length."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."


def _broken(source: Source, error: orjson.JSONDecodeError, line: bytes) -> FormatError:
    stop_at_last_words(line)
    if not source.ends_in_line_feed:
        return FormatError(
            "the last record is torn; the command before was probably killed in mid-record"
        )
    try:
        source.decoded(line, 1)
    except FormatError as invalid:
        return FormatError(invalid.message)
    if line.lstrip().startswith(b"["):
        return FormatError("a JSON list; expected one record a line, as `jq -c '.[]'` makes it")
    return FormatError(
        f"broken JSON at column {error.pos + 1}: {error.msg}; expected one record a line"
    )

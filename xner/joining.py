"""The same sentences in several streams, brought side by side by `id`.

Where the input has no ids, readers make them of the file's name and a number, so that `pred.conll`
holds `pred:1` for what `gold.conll` calls `gold:1`. Such a stream is joined by position if its
first sentence is the gold's first: of streams that were made of several files in another order, it
is not. Either way the words must be the same; the first place where they differ is an error.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from xner.errors import XnerError
from xner.sentence import Sentence


class MissingError(XnerError):
    """A stream lacks sentences of the gold."""


class Source(NamedTuple):
    """A stream of sentences, and what to call it in messages."""

    name: str
    sentences: Iterable[Sentence]


_Row = Sequence[Sentence | None]
_Waiting = dict[str, list[Sentence | None]]


def joined(gold: Source, *others: Source) -> Iterator[list[Sentence]]:
    """Each sentence of `gold` with its counterpart in every other stream, once all are there.

    All streams are read once, in step. Nothing is kept where they have the same order; in another
    order a sentence waits for its counterparts.

    Raises XnerError for an empty stream, a sentence that some stream lacks or holds twice, and
    words that differ.
    """
    sources = (gold, *others)
    waiting: _Waiting = {}
    by_position: list[bool] = []
    opening: _Row = []
    some = False
    for row in zip_longest(*(source.sentences for source in sources)):
        if not opening:
            opening, by_position = row, _needing_position(sources, row)
        keys = _keys(sources, row, by_position)
        for whole in _completed(sources, waiting, keys, row):
            for source, sentence in zip(others, whole[1:], strict=True):
                check_words(source, sentence, gold, whole[0])
            yield whole
            some = True
    if not by_position:
        raise XnerError("no sentences", source=gold.name)
    if not some:
        _check_openings(sources, waiting, opening)
    _check_nothing_waits(sources, waiting)


def _needing_position(sources: Sequence[Source], first: _Row) -> list[bool]:
    """Which streams ids cannot join to the gold, judged by the first sentence of each.

    They were made from different files' names, and for the same words. A shuffled stream keeps the
    name: `gold:17` is looked up by its id.
    """
    for source, sentence in zip(sources, first, strict=True):
        if sentence is None:
            raise XnerError("no sentences", source=source.name)
    gold, *_ = there = [sentence for sentence in first if sentence is not None]
    return [_of_another_file(s, gold) and s.tokens == gold.tokens for s in there]


def _of_another_file(leader: Sentence, gold: Sentence) -> bool:
    """One of two ids was made for a first sentence (`pred:1`), and from another file's name."""
    (name, _, number), (of_gold, _, first) = (s.id.rpartition(":") for s in (leader, gold))
    return name != of_gold and "1" in (number, first)


def _keys(sources: Sequence[Source], row: _Row, by_position: Sequence[bool]) -> list[str]:
    """What each sentence of a row is joined by: its own id, or that of the gold beside it."""
    gold = row[0]
    keys: list[str] = []
    for column, sentence in enumerate(row):
        if by_position[column]:
            if (sentence is None) != (gold is None):
                raise _uneven(sources[0], gold, sources[column], sentence)
            sentence = gold
        keys.append("" if sentence is None else sentence.id)
    return keys


def _uneven(
    gold: Source, of_gold: Sentence | None, other: Source, of_other: Sentence | None
) -> XnerError:
    """One of two streams that are joined by position is at its end, the other is not."""
    if of_gold is not None:
        message = f"ends before sentence '{of_gold.id}' of {gold.name}"
        return MissingError(message, source=other.name)
    assert of_other is not None
    return XnerError(
        f"goes on with sentence '{of_other.id}' where {gold.name} ends", source=other.name
    )


def _completed(
    sources: Sequence[Source], waiting: _Waiting, keys: Sequence[str], row: _Row
) -> Iterator[list[Sentence]]:
    """Put each sentence of a row beside its counterparts; those whose last has now come."""
    there = [sentence for sentence in row if sentence is not None]
    if not waiting and len(there) == keys.count(keys[0]) == len(keys):
        yield there  # in step: the same as below, faster
        return
    for column, (key, sentence) in enumerate(zip(keys, row, strict=True)):
        if sentence is None:
            continue
        places = waiting.setdefault(key, [None] * len(sources))
        if places[column] is not None:
            raise XnerError(f"id '{key}' occurs twice", source=sources[column].name)
        places[column] = sentence
        whole = [place for place in places if place is not None]
        if len(whole) == len(sources):
            del waiting[key]
            yield whole


def check_words(source: Source, sentence: Sentence, gold: Source, of_gold: Sentence) -> None:
    """XnerError naming the first place where two sentences that should be the same differ."""
    if sentence.tokens == of_gold.tokens:
        return
    pairs = enumerate(zip_longest(sentence.tokens, of_gold.tokens), 1)
    number, (ours, theirs) = next((n, pair) for n, pair in pairs if pair[0] != pair[1])
    message = (
        f"sentence '{sentence.id}', token {number}: {_said(ours)} against {_said(theirs)} "
        f"in {gold.name}"
    )
    if sentence.root.tokens == of_gold.tokens:
        message += "; it is a translation of that sentence"
    raise XnerError(message, source=source.name)


def _said(token: str | None) -> str:
    return "the sentence's end" if token is None else f"'{token}'"


def _check_openings(sources: Sequence[Source], waiting: _Waiting, opening: _Row) -> None:
    """A stream of another file of which no id is the gold's: its first sentence has other words."""
    gold = opening[0]
    for column, sentence in enumerate(opening):
        if gold is None or sentence is None or not _of_another_file(sentence, gold):
            continue
        pairs = [(places[0], places[column]) for places in waiting.values()]
        if all(None in pair for pair in pairs):
            check_words(sources[column], sentence, sources[0], gold)


def _check_nothing_waits(sources: Sequence[Source], waiting: _Waiting) -> None:
    for key, places in waiting.items():
        column = places.index(None)
        kind = MissingError if column else XnerError
        if column:
            message = f"has no sentence '{key}' of {sources[0].name}"
        else:
            column = next(n for n, place in enumerate(places) if place is not None)
            message = f"sentence '{key}' has no counterpart in {sources[0].name}"
        if len(waiting) > 1:
            message += f" ({len(waiting):,} ids are in one of the two only)"
        raise kind(message, source=sources[column].name)

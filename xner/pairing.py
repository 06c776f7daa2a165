"""Sentences of one stream with their counterparts in others, which need not have them all.

Joined as in `joining.py`: by `id`, and where readers made the ids from other files' names, by the
number in them, which is the sentence's position in its file. The words have to be the same.
"""

from collections.abc import Iterator
from itertools import chain

from xner.errors import XnerError
from xner.joining import Source, check_words
from xner.sentence import Sentence

_Key = str | int  # an id, or the position of a sentence in its file


class Pairing:
    """Iterate once: each sentence of `first`, in its order, and what each other stream has of it.

    All are read in step, and nothing is kept where they hold the same sentences in the same order.
    Other orders are waited for; to learn that a stream lacks a sentence, all of it is read.

    `surplus` counts, stream by stream, the sentences that `first` lacks, once iteration has ended.
    Raises XnerError for an id that occurs twice, and for words that differ.
    """

    def __init__(self, first: Source, *others: Source):
        self.first = first
        self.others = others
        self.surplus = [0] * len(others)

    def __iter__(self) -> Iterator[list[Sentence | None]]:
        sentences, stem = _opened(self.first)
        seen: set[_Key] = set()
        waiting = [_Waiting(source, stem, seen) for source in self.others]
        for position, sentence in enumerate(sentences, 1):
            by_id, by_number = sentence.id, stem.number_of(sentence.id, position)
            if by_id in seen:
                raise XnerError(f"id '{by_id}' occurs twice", source=self.first.name)
            row: list[Sentence | None] = [sentence]
            for own in waiting:
                key: _Key = by_number if own.by_number else by_id
                found = own.counterpart(key)
                if found is not None:
                    check_words(own.source, found, self.first, sentence)
                row.append(found)
            seen.update((by_id, by_number))
            yield row
        self.surplus = [own.rest() for own in waiting]


class _Stem:
    """What the ids of a stream begin with that a reader made; their numbers are positions."""

    def __init__(self, leader: Sentence | None):
        self.text, _, self.number = ("" if leader is None else leader.id).rpartition(":")

    def number_of(self, id: str, position: int) -> int:
        """The number in an id of this stem, else the sentence's position in the stream."""
        text, _, number = id.rpartition(":")
        return int(number) if text == self.text and number.isdecimal() else position


class _Waiting:
    """One stream that is read as far as somebody has asked for its sentences."""

    def __init__(self, source: Source, stem: _Stem, seen: set[_Key]):
        self.source = source
        self._rest, own = _opened(source)
        self._stem = own
        # one of the two was made for a first sentence, and from another file's name
        self.by_number = own.text != stem.text and "1" in (own.number, stem.number)
        self._seen = seen
        self._kept: dict[_Key, Sentence] = {}
        self._position = 0

    def counterpart(self, key: _Key) -> Sentence | None:
        """The sentence with this key, which is handed out once."""
        if key in self._kept:
            return self._kept.pop(key)
        for found, sentence in self._next():
            if found == key:
                return sentence
            self._kept[found] = sentence
        return None

    def rest(self) -> int:
        """How many sentences nobody has asked for."""
        for found, sentence in self._next():
            self._kept[found] = sentence
        return len(self._kept)

    def _next(self) -> Iterator[tuple[_Key, Sentence]]:
        for sentence in self._rest:
            self._position += 1
            key: _Key = sentence.id
            if self.by_number:
                key = self._stem.number_of(sentence.id, self._position)
            if key in self._kept or key in self._seen:
                raise XnerError(f"id '{sentence.id}' occurs twice", source=self.source.name)
            yield key, sentence


def _opened(source: Source) -> tuple[Iterator[Sentence], _Stem]:
    sentences = iter(source.sentences)
    leader = next(sentences, None)
    return chain([] if leader is None else [leader], sentences), _Stem(leader)

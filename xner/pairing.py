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

    All are read in step, and of sentences in the same order no more than the ids are kept, for an
    id must not occur twice. Other orders are waited for; to learn that a stream lacks a sentence,
    all of it is read.

    `surplus` counts, stream by stream, the sentences that `first` lacks, once iteration has ended.
    Raises XnerError for an id that occurs twice, for words that differ, and for a stream that was
    joined by number and turns out to have ids of the other's.
    """

    def __init__(self, first: Source, *others: Source):
        self.first = first
        self.others = others
        self.surplus = [0] * len(others)

    def __iter__(self) -> Iterator[list[Sentence | None]]:
        sentences, stem = _opened(self.first)
        seen: set[_Key] = set()
        waiting = [_Waiting(source, self.first, stem, seen) for source in self.others]
        for position, sentence in enumerate(sentences, 1):
            if sentence.id in seen:
                raise XnerError(f"id '{sentence.id}' occurs twice", source=self.first.name)
            number = stem.number_of(sentence.id, position)
            yield [sentence, *(own.counterpart(sentence, number) for own in waiting)]
            seen.update((sentence.id, number))
        self.surplus = [own.rest() for own in waiting]


class _Stem:
    """What the ids of a stream begin with that a reader made; their numbers are positions."""

    def __init__(self, leader: Sentence | None):
        self.text, _, self.number = ("" if leader is None else leader.id).rpartition(":")

    def begins(self, id: str) -> bool:
        """Whether an id is of this stem."""
        return id.rpartition(":")[0] == self.text

    def number_of(self, id: str, position: int) -> int:
        """The number in an id of this stem, else the sentence's position in the stream."""
        number = id.rpartition(":")[2]
        return int(number) if self.begins(id) and number.isdecimal() else position


class _Waiting:
    """One stream that is read as far as somebody has asked for its sentences.

    Two streams may begin with ids of different files and yet have ids in common, as those of two
    files together and of the second alone. So what joins them is decided by the first sentence that
    is found: under its id, or under its number with the same words.
    """

    def __init__(self, source: Source, first: Source, stem: _Stem, seen: set[_Key]):
        self._source = source
        self._first = first
        self._rest, own = _opened(source)
        self._stem, self._first_stem = own, stem
        # one of the two was made for a first sentence, and from another file's name
        numbered = own.text != stem.text and "1" in (own.number, stem.number)
        self._by_number: bool | None = None if numbered else False  # None: not known yet
        self._refused: tuple[Sentence, Sentence] | None = None  # of one number, but other words
        self._seen = seen
        self._kept: dict[str, Sentence] = {}
        self._ids: dict[int, str] = {}  # of those kept, by their number
        self._position = 0

    def counterpart(self, sentence: Sentence, number: int) -> Sentence | None:
        """The same sentence here, which is handed out once."""
        if self._by_number and self._stem.begins(sentence.id):
            raise self._mixed(sentence.id, self._first, self._source)
        for key in chain((sentence.id, self._ids.get(number, "")), self._read()):
            if key in self._kept and self._is(key, sentence, number):
                self._ids.pop(number, None)
                self._refused = None
                found = self._kept.pop(key)
                check_words(self._source, found, self._first, sentence)
                return found
        return None

    def rest(self) -> int:
        """How many sentences nobody has asked for.

        Raises XnerError if no sentence was found, and one with the right number has other words.
        """
        for _ in self._read():
            pass
        if self._refused:
            ours, theirs = self._refused
            check_words(self._source, ours, self._first, theirs)
        return len(self._kept)

    def _is(self, id: str, sentence: Sentence, number: int) -> bool:
        """Whether this kept sentence is the one; the first time also decides what joins."""
        if id == sentence.id and not self._by_number:
            self._by_number = False
            return True
        if self._by_number is False or self._ids.get(number) != id:
            return False
        if self._by_number is None:
            self._by_number = self._kept[id].tokens == sentence.tokens
            if not self._by_number:
                self._refused = self._kept[id], sentence
        return self._by_number

    def _read(self) -> Iterator[str]:
        """Keep one sentence after another; their ids."""
        for sentence in self._rest:
            self._position += 1
            key, number = sentence.id, self._stem.number_of(sentence.id, self._position)
            if self._by_number and self._first_stem.begins(key):
                raise self._mixed(key, self._source, self._first)
            twice = key in self._kept or key in self._seen
            if self._by_number:
                twice = twice or number in self._ids or number in self._seen
            if twice:
                raise XnerError(f"id '{key}' occurs twice", source=self._source.name)
            self._kept[key] = sentence
            if self._by_number is not False:
                self._ids.setdefault(number, key)
            yield key

    def _mixed(self, id: str, source: Source, other: Source) -> XnerError:
        return XnerError(
            f"id '{id}' is of a file that ids of {other.name} are of too, but the first sentences, "
            "which are the same, are not; give the sentences ids of their own",
            source=source.name,
        )


def _opened(source: Source) -> tuple[Iterator[Sentence], _Stem]:
    sentences = iter(source.sentences)
    leader = next(sentences, None)
    return chain([] if leader is None else [leader], sentences), _Stem(leader)

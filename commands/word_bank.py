"""The labelled words of a stream and of other corpora, kept on disk: a sentence's words once.

Rows are words. Sentences with the same tokens share theirs, lest a word's copies vouch for it.
"""

import hashlib
from array import array
from typing import TYPE_CHECKING, Literal

import orjson

from commands.scratch import Scratch
from xner.chance import chance
from xner.errors import XnerError
from xner.sentence import Sentence
from xner.tag_schemes import OUTSIDE, is_tag, label_of, tag_names

if TYPE_CHECKING:
    import numpy as np

LabelSource = Literal["auto", "probs", "tags"]
_EXACT = 1e-2  # how near to 1 a row of probs has to sum
_MAKES = {"probs": "'xner weak-tag --probs' makes them", "tags": "'xner weak-tag' makes them"}


class WordBank:
    """Words with their labels: the stream's, which ask, and then those that are only asked.

    `labels` is the number of each row's label. Of the stream's words `rows` says which row each
    is, and `own` the number of its label, which need not be the row's: the same sentence may have
    been labelled twice. The first `asked` rows are the stream's. Numbers become names at the end.
    With `whole` all columns of probs are among them, also those that are no word's label. What is
    too much for memory goes to `scratch`.

    A word whose tag is taken, but weighs 0, has no label that anybody knows of: such are the words
    that a partial projection could not reach. `unknown` says which of the stream's words, and
    `mute` which rows; they neither vote nor count in a mean.
    """

    def __init__(self, scratch: Scratch, source: LabelSource, seed: int, whole: bool = False):
        self.scratch = scratch
        self.stream, self.distinct = scratch.sentences("stream"), scratch.sentences("distinct")
        self.rows, self.own, self.labels = array("q"), array("i"), array("i")
        self.unknown, self.mute = array("b"), array("b")
        self.asked = 0
        self.not_of_tag = 0  # of the stream's words, those whose label is of another type
        self.unmarked = 0  # of them, those whose label is known and their tag is not
        self._source: LabelSource = source
        self._whole = whole
        self._seed = seed
        self._first: dict[bytes, int] = {}  # of a sentence's tokens -> the row of its first word
        self._numbers: dict[str, int] = {}
        self._keys = array("d")  # by which rows are drawn

    def check(self, sentence: Sentence) -> None:
        """Raises XnerError for a sentence whose words have no labels that can be compared."""
        self._named(sentence)

    def ask(self, sentence: Sentence) -> None:
        """Take in a sentence of the stream, which has been checked."""
        labels, unknown = self._named(sentence), self._unknown(sentence)
        numbers = self._numbered(sentence, labels)
        first = self._first_row(sentence, numbers, unknown)
        self.rows.extend(range(first, first + len(numbers)))
        self.own.extend(numbers)
        self.unknown.extend(unknown)
        if sentence.tags and sentence.weights:
            self.unmarked += sentence.weights.count(0) - sum(unknown)
        pairs = zip(labels, sentence.tags or labels, strict=True)
        self.not_of_tag += sum(label_of(label) != label_of(tag) for label, tag in pairs)
        self.asked = len(self.labels)
        self.stream.add(sentence)

    def add(self, sentence: Sentence) -> None:
        """Take in a sentence that is only asked, and has been checked, behind all that ask."""
        numbers = self._numbered(sentence, self._named(sentence))
        self._first_row(sentence, numbers, self._unknown(sentence))

    def close(self) -> "tuple[list[str], np.ndarray, np.ndarray]":
        """All labels by name; each row's among them, and that of each of the stream's words."""
        import numpy as np

        self.stream.close()
        self.distinct.close()
        names = tag_names({label_of(name) for name in self._numbers} - {OUTSIDE}, "bio")
        place = np.array([names.index(name) for name in self._numbers], np.int64)
        return names, place[np.asarray(self.labels)], place[np.asarray(self.own)]

    def voters(self, most: int | None) -> "np.ndarray":
        """The rows that vote, in order; of more than `most` so many, drawn by seed.

        Any word is as likely to be drawn, wherever it stands.
        """
        import numpy as np

        voters = np.flatnonzero(np.asarray(self.mute) == 0)
        if most is None or most >= len(voters):
            return voters
        order = np.argsort(np.asarray(self._keys)[voters], kind="stable")
        return np.sort(voters[order[:most]])

    def _unknown(self, sentence: Sentence) -> list[bool]:
        if sentence.weights is None or source_of(sentence, self._source) == "probs":
            return [False] * len(sentence.tokens)
        return [weight == 0 for weight in sentence.weights]

    def _first_row(self, sentence: Sentence, numbers: list[int], unknown: list[bool]) -> int:
        key = hashlib.blake2b(orjson.dumps(sentence.tokens), digest_size=16).digest()
        if key not in self._first:
            self._first[key] = len(self.labels)
            self.labels.extend(numbers)
            self.mute.extend(unknown)
            choose = chance(self._seed, key.hex(), "bank")
            self._keys.extend(choose.random() for _ in numbers)
            self.distinct.add(Sentence(id=sentence.id, tokens=sentence.tokens))
        first = self._first[key]
        for row, (number, silent) in enumerate(zip(numbers, unknown, strict=True), first):
            if self.mute[row] and not silent:  # the first copy that knows a word's label speaks
                self.labels[row], self.mute[row] = number, 0
        return first

    def _named(self, sentence: Sentence) -> list[str]:
        labels = word_labels(sentence, self._source)
        for name in {*labels, *self._columns(sentence)} - self._numbers.keys():
            if not is_tag(name) or name[0] not in "BIO":
                raise XnerError(f"'{name}' among its labels is no BIO tag")
        return labels

    def _numbered(self, sentence: Sentence, labels: list[str]) -> list[int]:
        for name in sorted({*labels, *self._columns(sentence)} - self._numbers.keys()):
            self._numbers[name] = len(self._numbers)
        return [self._numbers[name] for name in labels]

    def _columns(self, sentence: Sentence) -> list[str]:
        """The names of probs, where these are looked at."""
        looked_at = self._whole or source_of(sentence, self._source) == "probs"
        return sentence.labels or [] if looked_at else []


def source_of(sentence: Sentence, source: LabelSource) -> LabelSource:
    """Where its labels are: auto is probs if there are, else tags. XnerError if there are none."""
    if source == "auto":
        if sentence.probs is None and sentence.tags is None:
            raise XnerError(f"it has neither probs nor tags; {_MAKES['probs']}")
        source = "tags" if sentence.probs is None else "probs"
    if getattr(sentence, source) is None:
        raise XnerError(f"it has no {source}; {_MAKES[source]}")
    return source


def word_labels(sentence: Sentence, source: LabelSource) -> list[str]:
    """The label each word has: its most probable one, or its tag.

    Raises XnerError if there is none, and for probs that are no distribution.
    """
    if source_of(sentence, source) == "tags":
        return sentence.tags or []
    names, rows = sentence.labels or [], sentence.probs or []
    for number, row in enumerate(rows, 1):
        if abs(sum(row) - 1) > _EXACT or min(row) < 0:
            raise XnerError(f"row {number} of probs is no distribution")
    return [names[max(range(len(row)), key=row.__getitem__)] for row in rows]

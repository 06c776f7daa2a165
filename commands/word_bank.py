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
_MAKES = {"probs": "'xner weak-tag --probs' makes them", "tags": "'xner weak-tag' makes them"}


class WordBank:
    """Words with their labels: the stream's, which ask, and then those that are only asked.

    `labels` is the number of each row's label. Of the stream's words `rows` says which row each
    is, and `own` the number of its label, which need not be the row's: the same sentence may have
    been labelled twice. The first `asked` rows are the stream's. Numbers become names at the end.
    What is too much for memory goes to `scratch`.
    """

    def __init__(self, scratch: Scratch, source: LabelSource, seed: int):
        self.scratch = scratch
        self.stream, self.distinct = scratch.sentences("stream"), scratch.sentences("distinct")
        self.rows, self.own, self.labels = array("q"), array("i"), array("i")
        self.asked = 0
        self._source: LabelSource = source
        self._seed = seed
        self._first: dict[bytes, int] = {}  # of a sentence's tokens -> the row of its first word
        self._numbers: dict[str, int] = {}
        self._keys = array("d")  # by which rows are drawn

    def ask(self, sentence: Sentence) -> None:
        """Take in a sentence of the stream; XnerError for one whose words have no labels."""
        numbers = self._numbered(sentence)
        first = self._first_row(sentence, numbers)
        self.rows.extend(range(first, first + len(numbers)))
        self.own.extend(numbers)
        self.asked = len(self.labels)
        self.stream.add(sentence)

    def add(self, sentence: Sentence) -> None:
        """Take in a sentence that is only asked, behind all that ask; XnerError as above."""
        self._first_row(sentence, self._numbered(sentence))

    def close(self) -> "tuple[list[str], np.ndarray, np.ndarray]":
        """All labels by name; each row's among them, and that of each of the stream's words."""
        import numpy as np

        self.stream.close()
        self.distinct.close()
        names = tag_names({label_of(name) for name in self._numbers} - {OUTSIDE}, "bio")
        place = np.array([names.index(name) for name in self._numbers], np.int64)
        return names, place[np.asarray(self.labels)], place[np.asarray(self.own)]

    def drawn(self, size: int) -> "np.ndarray":
        """So many rows, in order, drawn by seed: any word is as likely, wherever it stands."""
        import numpy as np

        return np.sort(np.argsort(np.asarray(self._keys), kind="stable")[:size])

    def _first_row(self, sentence: Sentence, numbers: list[int]) -> int:
        key = hashlib.blake2b(orjson.dumps(sentence.tokens), digest_size=16).digest()
        if key not in self._first:
            self._first[key] = len(self.labels)
            self.labels.extend(numbers)
            choose = chance(self._seed, key.hex(), "bank")
            self._keys.extend(choose.random() for _ in numbers)
            self.distinct.add(Sentence(id=sentence.id, tokens=sentence.tokens))
        return self._first[key]

    def _numbered(self, sentence: Sentence) -> list[int]:
        labels = word_labels(sentence, self._source)
        fresh = sorted({*labels, *(sentence.labels or [])} - self._numbers.keys())
        for name in fresh:
            if not is_tag(name) or name[0] not in "BIO":
                raise XnerError(f"'{name}' among its labels is no BIO tag")
        for name in fresh:
            self._numbers[name] = len(self._numbers)
        return [self._numbers[name] for name in labels]


def word_labels(sentence: Sentence, source: LabelSource) -> list[str]:
    """The label each word has: its most probable one, or its tag; auto is the first there is.

    Raises XnerError if there is none.
    """
    if source == "auto":
        if sentence.probs is None and sentence.tags is None:
            raise XnerError(f"it has neither probs nor tags; {_MAKES['probs']}")
        source = "tags" if sentence.probs is None else "probs"
    if getattr(sentence, source) is None:
        raise XnerError(f"it has no {source}; {_MAKES[source]}")
    if source == "tags":
        return sentence.tags or []
    names = sentence.labels or []
    return [names[max(range(len(row)), key=row.__getitem__)] for row in sentence.probs or []]

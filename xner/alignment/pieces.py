"""Words -> rows of pieces that an encoder can read, however many words there are."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from xner.word_pieces import BLANK_PIECES


class Row(NamedTuple):
    """What the encoder reads at once, and which pieces of a sentence are taken from it.

    `own` are places in the row and `start` is the place of the first of them in the sentence.
    """

    sentence: int
    ids: list[int]
    own: range
    start: int


class Cutter:
    """A tokenizer that cuts words one by one, so that all pieces are known to be some word's."""

    def __init__(self, tokenizer: Any, limit: int):
        self.tokenizer = tokenizer
        whole, inner = (
            tokenizer("a", add_special_tokens=special, verbose=False)["input_ids"]
            for special in (True, False)
        )
        start = next(i for i in range(len(whole)) if whole[i : i + len(inner)] == inner)
        self.before, self.after = whole[:start], whole[start + len(inner) :]
        self.room = limit - len(self.before) - len(self.after)
        self._known: dict[str, list[int]] = {}

    def words(self, sentence: Sequence[str]) -> tuple[list[int], list[int]]:
        """The numbers of all pieces, and the word of each; -1 for pieces that say nothing.

        A word that the tokenizer makes nothing of is one unknown piece.
        """
        self._learn(sentence)
        ids: list[int] = []
        owner: list[int] = []
        for number, word in enumerate(sentence):
            pieces = self._known[word]
            ids += pieces
            blank = len(pieces) > 1 and self._is_blank(pieces[0])
            owner += [-1 if blank else number] + [number] * (len(pieces) - 1)
        return ids, owner

    def rows(self, sentence: int, ids: list[int]) -> Iterator[Row]:
        """A sentence as one row, or as several that overlap by a half.

        A piece is taken from the row in which it is farther from an edge.
        """
        starts = [0]
        while starts[-1] + self.room < len(ids):
            starts.append(min(starts[-1] + max(1, self.room // 2), len(ids) - self.room))
        borders = [0, *((a + self.room + b) // 2 for a, b in pairwise(starts)), len(ids)]
        for at, (low, high) in zip(starts, pairwise(borders), strict=True):
            shift = len(self.before) - at
            inner = ids[at : at + self.room]
            yield Row(
                sentence,
                [*self.before, *inner, *self.after],
                range(low + shift, high + shift),
                low,
            )

    def _learn(self, words: Sequence[str]) -> None:
        new = [word for word in dict.fromkeys(words) if word not in self._known]
        if not new:
            return
        if len(self._known) > 1_000_000:  # a stream has no end
            self._known.clear()
            new = list(dict.fromkeys(words))
        found = self.tokenizer(new, add_special_tokens=False, verbose=False)["input_ids"]
        unknown = self.tokenizer.unk_token_id or 0
        for word, pieces in zip(new, found, strict=True):
            # of a word longer than a row as many pieces as the row holds
            self._known[word] = list(pieces[: self.room]) or [unknown]

    def _is_blank(self, piece: int) -> bool:
        return self.tokenizer.convert_ids_to_tokens(piece) in BLANK_PIECES

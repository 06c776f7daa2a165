"""What engines share that read word pieces: batches by length, and long texts in parts."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xner.errors import EngineError
from xner.translation.engine import Batch, Engine

_LENGTHS = (2, 32)  # at most twice the source's pieces and 32 more: a translation, not a loop
_STEP = 8  # pieces; texts of about one length share what is allowed them, and a call of an engine


class Part(NamedTuple):
    """A text, or a stretch of one that is too long: number of the text, place, pieces, itself.

    `pieces` are those of the line as `prepared` for the model, `line` is without that.
    """

    text: int
    place: int
    pieces: list[int]
    line: str = ""


class Parted(Engine):
    """An engine whose model reads pieces, and only so many at once.

    A text longer than the model allows is translated in parts, cut where a sentence or at least a
    word ends. A batch that memory does not hold is halved, and only that batch.
    """

    @abstractmethod
    def pieces(self, text: str) -> list[int]:
        """The text as the model reads it."""

    @property
    @abstractmethod
    def limit(self) -> int:
        """The pieces that the model can read at once."""

    @abstractmethod
    def made(self, batch: Sequence[Part]) -> list[list[str]]:
        """Translations of each part, the best first; MemoryError where there is no room."""

    def prepared(self, text: str) -> str:
        """The text as the model wants to see it."""
        return text

    def freed(self) -> None:
        """Give back what a batch that was too large has left in memory."""

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """Longest texts first, so that memory gives out at the start if at all."""
        parts = [part for number, text in enumerate(texts) for part in self._parts(number, text)]
        waiting: dict[int, dict[int, list[str]]] = {}
        missing = [0] * len(texts)
        for part in parts:
            missing[part.text] += 1
        for batch in batched(parts, self.budget):
            for part, translations in zip(batch, self._made(batch), strict=True):
                waiting.setdefault(part.text, {})[part.place] = translations
                missing[part.text] -= 1
            done = [number for number in waiting if not missing[number]]
            yield [(n, joined([made for _, made in sorted(waiting.pop(n).items())])) for n in done]

    @property
    def budget(self) -> int:
        """The pieces of a batch, padding included."""
        return self.settings.batch_tokens

    def most(self, part: Part) -> int:
        """The pieces that the translation of a part may have; without an end it is cut there.

        It is the part's own, so that no translation depends on its neighbours' length.
        """
        factor, constant = _LENGTHS
        length = -(-len(part.pieces) // _STEP) * _STEP
        return min(self.limit - 1, factor * length + constant)

    def _parts(self, number: int, text: str) -> list[Part]:
        rows: list[tuple[list[int], str]] = []
        waiting = [text]
        while waiting:
            line = waiting.pop()
            pieces = self.pieces(self.prepared(line))
            middle = _best_cut(line)
            if len(pieces) <= self.limit or not 0 < middle < len(line):
                rows.append((pieces, line))
                continue
            self.counts["cuts in texts too long for the model"] += 1
            halves = line[:middle].strip(), line[middle:].strip()
            waiting += [half for half in reversed(halves) if half]
        return [Part(number, place, *row) for place, row in enumerate(rows)]

    def _made(self, batch: Sequence[Part]) -> list[list[str]]:
        """The translations of a batch; where memory gives out, of its halves."""
        try:
            return self.made(batch)
        except MemoryError as error:
            if len(batch) == 1:
                raise EngineError(f"engine '{self.name}' has no memory for one text") from error
        self.freed()
        self.counts["batches halved"] += 1
        middle = len(batch) // 2
        return self._made(batch[:middle]) + self._made(batch[middle:])


def batched(parts: Sequence[Part], budget: int) -> Iterator[list[Part]]:
    """The parts from the longest on, in batches of at most `budget` pieces, padding included."""
    batch: list[Part] = []
    for part in sorted(parts, key=lambda part: -len(part.pieces)):
        if batch and len(batch[0].pieces) * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(part)
    if batch:
        yield batch


def joined(parts: Sequence[Sequence[str]]) -> str:
    """One text of the translations of its parts: the best of all, the second best, line by line.

    A part with fewer translations than another repeats its last; empty lines are left out, and
    what is the same as a better one.

    >>> joined([["a", "b"], ["x", "y"]])
    'a x\\nb y'
    """
    ranks = max(len(part) for part in parts)
    rows = [[part[min(rank, len(part) - 1)] for part in parts] for rank in range(ranks)]
    lines = [" ".join(one.replace("\n", " ") for one in row if one).strip() for row in rows]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def _best_cut(text: str) -> int:
    """Where to cut a text in two: near the middle, after a sentence rather than after a word."""
    middle = len(text) // 2
    ends = [place for place, char in enumerate(text) if char == " " and 0 < place < len(text) - 1]

    def cost(place: int) -> float:
        return abs(place - middle) - len(text) / 4 * (text[place - 1] in ".!?;:")

    return min(ends, key=cost, default=middle)

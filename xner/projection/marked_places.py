"""A sentence with one pair of markers, anywhere in it, as a translation model reads it."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from xner.tokenization import detokenize

Pieces = tuple[int, ...]
Place = tuple[int, int]  # half-open, in tokens


class Markable:
    """The text of a sentence and its pieces, with no marker, with an opening one, with both.

    Markers stand where words begin and end, with blanks between them and letters.
    """

    def __init__(
        self,
        tokens: Sequence[str],
        lang: str | None,
        markers: tuple[str, str],
        pieces: Callable[[str], Pieces],
    ):
        self.text = detokenize(tokens, lang)
        self._extents = list(_extents(self.text, tokens))
        self._markers = markers
        self._pieces = pieces
        self._kept: dict[Place, Pieces] = {}

    def __len__(self) -> int:
        return len(self._extents)

    @cached_property
    def raw(self) -> Pieces:
        """The pieces of the text as it is."""
        return self._pieces(self.text)

    def opened(self, start: int) -> Pieces:
        """The pieces with an opening marker before a token."""
        return self._pieces(self._before(start) + self.text[self._extents[start][0] :])

    def marked(self, place: Place) -> Pieces:
        """The pieces with both markers."""
        if place not in self._kept:
            self._kept[place] = self._pieces(self.written(place))
        return self._kept[place]

    def written(self, place: Place) -> str:
        """The text with both markers.

        >>> sentence = Markable(["in", "Bern", "."], "en", ("[", "]"), lambda text: (len(text),))
        >>> sentence.written((1, 2))
        'in [ Bern ].'
        """
        start, end = place
        begin, stop = self._extents[start][0], self._extents[end - 1][1]
        rest = self.text[stop:]
        blank = " " if rest and rest[0].isalnum() else ""
        return f"{self._before(start)}{self.text[begin:stop]} {self._markers[1]}{blank}{rest}"

    def places(self, widest: int) -> Iterator[Place]:
        """All stretches of at most so many tokens."""
        for start in range(len(self)):
            yield from ((start, end) for end in self.ends(start, widest))

    def ends(self, start: int, widest: int) -> range:
        """Where a stretch that begins at a token can end."""
        return range(start + 1, min(start + widest, len(self)) + 1)

    def _before(self, start: int) -> str:
        left = self.text[: self._extents[start][0]]
        blank = " " if left and left[-1].isalnum() else ""
        return f"{left}{blank}{self._markers[0]} "


def _extents(text: str, tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each token begins and ends in the text, which has more or fewer blanks than they."""
    at = 0
    for token in tokens:
        left = "".join(token.split())
        while at < len(text) and left and text[at].isspace():
            at += 1
        begin = at
        while left and at < len(text):
            if not text[at].isspace():
                left = left[1:]
            at += 1
        yield begin, at

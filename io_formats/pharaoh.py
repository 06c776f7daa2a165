"""Word alignments as aligners write them: `0-0 1-2 2-1`, a line for each pair of sentences.

Words are counted from 0. A line holds no words: it is read beside two files that do, and written
of sentences that have an `origin`.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from io_formats.streams import Source, stop_at_last_words
from xner.errors import FormatError, OptionError
from xner.sentence import Link, Sentence

_LINK = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


def read(source: Source) -> Iterator[Sentence]:
    """There is nothing to read: OptionError that says what to do."""
    raise OptionError(
        f"'{source.name}' is to hold links and no words; read the translations, and give "
        "xner convert their --origin and these as --alignments"
    )


def links_of(line: str) -> list[tuple[int, int]]:
    """The links of a line; FormatError for anything else.

    >>> links_of("0-0 1-2")
    [(0, 0), (1, 2)]
    """
    found: list[tuple[int, int]] = []
    for field in line.split():
        link = _LINK.fullmatch(field)
        if link is None:
            raise FormatError(f"expected links such as '0-0 1-2', got '{field}'")
        found.append((int(link[1]), int(link[2])))
    return found


def rows_of(links: Iterable[tuple[int, int]], length: int, origin_length: int) -> list[Link]:
    """Rows of an alignment, a word each, of links (word of the origin, word of the sentence).

    Raises FormatError for a link to a word that is not there.
    """
    rows: set[Link] = set()
    for i, j in links:
        if i >= origin_length or j >= length:
            raise FormatError(
                f"link {i}-{j} leads out of the sentences: the origin has {origin_length} words, "
                f"its translation {length}"
            )
        rows.add(Link(j, j + 1, i, i + 1))
    return sorted(rows)


class Lines:
    """The lines of a file of links, read in step with the origins."""

    def __init__(self, source: Source, backwards: bool):
        self.name = source.name
        self.number = 0
        self._source = source
        self._lines = source.lines()
        self._backwards = backwards

    def until(self, number: int) -> bytes:
        """A line behind those read; FormatError where the file ends before."""
        line = b""
        while self.number < number:
            found = next(self._lines, None)
            if found is None:
                raise FormatError(
                    f"ends after {self.number:,} lines, before the sentences do", source=self.name
                )
            self.number += 1
            line = found
        stop_at_last_words(line)
        return line

    def check_end(self) -> None:
        """FormatError if there are more links."""
        for line in self._lines:
            self.number += 1
            if line.strip():
                raise FormatError(
                    "more lines than there are sentences", source=self.name, line=self.number
                )

    def links(self, line: bytes) -> list[tuple[int, int]]:
        """The links in the line read last, as (word of the origin, word of the translation)."""
        try:
            links = links_of(self._source.decoded(line, self.number))
        except FormatError as error:
            error.source, error.line = self.name, self.number
            raise
        return [(j, i) for i, j in links] if self._backwards else links


def writer() -> Callable[[Sentence], str]:
    """The links of a sentence, its origin's words first."""
    return _line


def _line(sentence: Sentence) -> str:
    if sentence.alignment is None:
        raise FormatError(f"sentence '{sentence.id}' has no alignment to write")
    pairs = {
        (i, j)
        for start, end, origin_start, origin_end in sentence.alignment
        for i in range(origin_start, origin_end)
        for j in range(start, end)
    }
    return " ".join(f"{i}-{j}" for i, j in sorted(pairs)) + "\n"

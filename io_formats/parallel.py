"""Files that say the same line by line: each sentence beside the one it was translated from.

What counts is the place in the file. Blank lines of a text have one, and so have records that
cannot be read: nothing behind them is shifted. Where both files begin with a `-DOCSTART-` row all
such rows have one too, for a translator sees no difference between them and sentences.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import io_formats
from io_formats.pharaoh import Lines, rows_of
from io_formats.streams import Manner, Source
from xner.errors import FormatError, OptionError
from xner.sentence import Sentence

_DOCUMENT = "-DOCSTART-"
_REVERSED = ",reversed"


class Origin(NamedTuple):
    """A sentence, its links (its word, the translation's), and the file and line they are from.

    `problem` is what kept the links from being read.
    """

    sentence: Sentence
    links: list[tuple[int, int]] | None = None
    source: str | None = None
    line: int | None = None
    problem: FormatError | None = None


def documents_before(sentence: Sentence) -> int:
    """How many `-DOCSTART-` rows stand between a sentence and the one before it."""
    kept: Any = sentence.meta.get("conll")
    before: Any = cast(dict[str, Any], kept).get("before") if isinstance(kept, dict) else None
    return before.count(_DOCUMENT) if isinstance(before, str) else 0


class Origins:
    """The sentences of a file by their place, asked for in rising order.

    `links` is a file of word alignments with a line for each place of the origins; its name may
    end in `,reversed` if the translation's words stand first in a link. Where there are links,
    texts are cut into words at blanks, as whoever made the links has cut them.
    """

    def __init__(self, path: str, form: str | None, links: str | None, manner: Manner):
        self.unread = 0  # sentences that nobody has asked for
        self._side = _Side(path, form, replace(manner, tokenized=links is not None))
        self._by_document = False  # whether -DOCSTART- rows have a place
        self._lines: Lines | None = None
        self._lines_by_document = False
        if links:
            name = links.removesuffix(_REVERSED)
            self._lines = Lines(Source(name, Manner()), backwards=name != links)
            self._lines_by_document = self.has_documents and self._is_line_for_row(name)

    @property
    def has_documents(self) -> bool:
        """Whether the file begins with a `-DOCSTART-` row."""
        return self._side.at_first_document

    def count_documents(self) -> None:
        """Give `-DOCSTART-` rows a place; to be said before anything is asked for."""
        self._by_document = True

    def at(self, place: int) -> Origin | None:
        """The sentence at a place, or None; FormatError where the file ends before."""
        side = self._side
        while (sentence := side.next) and side.place(self._by_document) < place:
            self._taken(sentence)
            self.unread += 1
        if sentence is None and side.place(self._by_document) < place:
            raise FormatError("ends before its translations do", source=side.path)
        if sentence is None or side.place(self._by_document) > place:
            return None
        return self._taken(sentence)

    def finish(self, last: int) -> None:
        """Read what is left up to `last`, the last place of the translations.

        Raises FormatError where there is more.
        """
        side = self._side
        while sentence := side.next:
            if side.place(self._by_document) > last:
                raise FormatError(
                    f"goes on with sentence '{sentence.id}' where its translations end",
                    source=side.path,
                )
            self._taken(sentence)
            self.unread += 1
        if self._lines:
            self._lines.check_end()

    def _taken(self, sentence: Sentence) -> Origin:
        """The sentence that is next, and the one behind it is."""
        line = self._side.place(self._lines_by_document)
        self._side.advance()
        if self._lines is None:
            return Origin(sentence)
        name, text = self._lines.name, self._lines.until(line)
        try:
            return Origin(sentence, self._lines.links(text), name, line)
        except FormatError as error:
            return Origin(sentence, None, name, line, error)

    def _is_line_for_row(self, name: str) -> bool:
        """Whether the lines are as many as sentences and `-DOCSTART-` rows; FormatError if neither.

        Both files are read twice for it.
        """
        path = self._side.path
        for one in (path, name):
            if not Path(one).is_file():
                raise OptionError(
                    f"'{one}' has to be a file, for it is read twice: '{path}' has -DOCSTART- rows"
                )
        lines = sum(1 for _ in Source(name, Manner()).lines())
        whole = self._side.again()
        if lines not in (whole.place(False), whole.place(True)):
            rows = whole.place(True) - whole.place(False)
            raise FormatError(
                f"has {lines:,} lines, and '{path}' {whole.place(False):,} sentences and {rows:,} "
                "-DOCSTART- rows",
                source=name,
            )
        return lines == whole.place(True)


class _Side:
    """A file of sentences: the `next` one, if there is one, and its place."""

    def __init__(self, path: str, form: str | None, manner: Manner):
        self.path = path
        self.next: Sentence | None = None
        self._form = form
        self._manner = manner
        self._without = 0  # places so far that have no sentence
        self._number = 0
        self._documents = 0
        given = manner.problem

        def problem(error: FormatError) -> None:
            error.source = error.source or path
            given(error)
            self._skip()

        own = replace(manner, blank=self._skip, problem=problem)
        self._rest = io_formats.read(path, form=form, **vars(own))
        self.advance()
        self.at_first_document = self._documents > 0

    def advance(self) -> None:
        """Go on to the next sentence, or to the end."""
        self.next = next(self._rest, None)
        if self.next:
            self._number += 1
            self._documents += documents_before(self.next)

    def place(self, by_document: bool) -> int:
        """The place of the next sentence, at the end the last place of the file; from 1 on."""
        return self._number + self._without + self._documents * by_document

    def again(self) -> "_Side":
        """The file read to its end."""
        whole = _Side(self.path, self._form, replace(self._manner, problem=_ignore))
        while whole.next:
            whole.advance()
        return whole

    def _skip(self) -> None:
        self._without += 1


def linked(sentence: Sentence, origin: Origin) -> None:
    """Give a sentence its origin; FormatError for links that are none, or do not fit the two."""
    if origin.problem:
        raise origin.problem
    sentence.origin = origin.sentence
    if origin.links is None:
        return
    try:
        length, origin_length = len(sentence.tokens), len(origin.sentence.tokens)
        sentence.alignment = rows_of(origin.links, length, origin_length)
    except FormatError as error:
        error.source, error.line = origin.source, origin.line
        raise


def _ignore(_: FormatError) -> None:
    """It has been, or will be, reported by whoever reads the file in earnest."""

"""ConNER's paired files: word, span number and BIOES tag, the same numbers in a file's translation.

`--from conner,origin=unlabel.txt trans.txt` gives the sentences of trans.txt, each with the one it
was translated from as `origin` and a row of `alignment` for each span number that both have.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import NamedTuple

from io_formats import columns
from io_formats.columns import Layout, Paragraph
from io_formats.streams import Source
from io_formats.tags import Tags
from xner.errors import FormatError
from xner.sentence import Link, Sentence

_LAYOUT = Layout("\t", 3, 0, 2)
_NO_SPAN = "0"


class Run(NamedTuple):
    """The words `start:end` of a span; `scattered` if others of its number stand elsewhere."""

    start: int
    end: int
    scattered: bool = False


Runs = dict[str, Run]


def read(source: Source, *, origin: str = "", origin_lang: str = "") -> Iterator[Sentence]:
    """The sentences of a file, linked to those of `origin` if it is given.

    Raises FormatError where the two files do not have as many sentences.
    """
    side = _Side(source)
    if origin:
        other = _Side(source.beside(origin), origin_lang)
        yield from _linked_sentences(side, other)
        return
    for number, paragraph in enumerate(columns.paragraphs(source), source.manner.first):
        try:
            sentence, _ = side.sentence(paragraph, number)
        except FormatError as error:
            source.refuse(error, paragraph.line, paragraph.rows)
        else:
            yield sentence


class _Side:
    """One of the two files."""

    def __init__(self, source: Source, lang: str = ""):
        self.source = source
        self._lang = lang or source.manner.lang
        self._tags = Tags("bioes", source.manner)

    def sentence(self, paragraph: Paragraph, number: int) -> tuple[Sentence, Runs]:
        """The sentence of a paragraph, and the run of words of each span number.

        Where words of one number are apart, the number stands for the first run of them.
        """
        line = paragraph.line
        tokens, numbers, tags = _LAYOUT.columns(self.source.decoded(paragraph.rows, line), line)
        lines = range(line, line + len(tokens))
        for at, text in zip(lines, numbers, strict=True):
            if not text.isdecimal():
                raise FormatError(
                    f"'{text}' is not the number of a span; expected 0 or more", line=at
                )
        sentence = Sentence(
            id=f"{self.source.stem}:{number}",
            lang=self._lang,
            tokens=tokens,
            tags=self._tags(tags, lines),
        )
        return sentence, _runs(numbers)


def _linked_sentences(side: _Side, other: _Side) -> Iterator[Sentence]:
    source = side.source
    unlinked = scattered = 0
    pairs = zip_longest(columns.paragraphs(source), columns.paragraphs(other.source))
    for number, (ours, theirs) in enumerate(pairs, source.manner.first):
        if ours is None or theirs is None:
            shorter, longer = (side, other) if ours is None else (other, side)
            raise FormatError(
                f"has only {number - source.manner.first:,} sentences and "
                f"'{longer.source.name}' has more; the two have to be parallel",
                source=shorter.source.name,
            )
        try:
            sentence, runs = side.sentence(ours, number)
        except FormatError as error:
            source.refuse(error, ours.line, ours.rows)
            continue
        try:
            sentence.origin, origin_runs = other.sentence(theirs, number)
        except FormatError as error:
            other.source.refuse(error, theirs.line, theirs.rows)
            continue
        linked = runs.keys() & origin_runs.keys()
        unlinked += len(runs.keys() ^ origin_runs.keys())
        scattered += sum(runs[n].scattered or origin_runs[n].scattered for n in linked)
        rows = [Link(*runs[n][:2], *origin_runs[n][:2]) for n in linked]
        sentence.alignment = sorted(rows)
        yield sentence
    if unlinked or scattered:
        source.manner.note(
            f"'{source.name}': {unlinked:,} spans stand on one side only and are not linked; "
            f"of {scattered:,} whose words are apart only the first run is"
        )


def _runs(numbers: Sequence[str]) -> Runs:
    runs: Runs = {}
    start = 0
    for number, group in groupby(numbers):
        end = start + len(list(group))
        if number in runs:
            runs[number] = runs[number]._replace(scattered=True)
        elif number != _NO_SPAN:
            runs[number] = Run(start, end)
        start = end
    return runs

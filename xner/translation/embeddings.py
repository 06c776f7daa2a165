"""Word vectors in the text format of word2vec and fastText: a word and its numbers a line."""

import codecs
import gzip
import math
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xner.errors import FormatError, XnerError

if TYPE_CHECKING:
    import numpy as np

_GZIP = b"\x1f\x8b"
_NO_LENGTH = 1e-30  # what is shorter has no direction in float32; what is longer than 1/this, none


class Vectors(NamedTuple):
    """Words, in the file's order, and a row of length 1 for each.

    `left_out` counts the lines that give no word: repeated, blank, not UTF-8, or nothing but zeros.
    """

    words: list[str]
    rows: "np.ndarray"  # float32, (words, dimensions)
    left_out: int


def read_vectors(path: Path, limit: int = 0) -> Vectors:
    """The first `limit` words of a file, gzipped or not; all of them if that is 0.

    A first line of two numbers says how many words and dimensions there are; only the second
    counts, as files are often cut short. Of a word that stands there twice the first is kept.
    Only ASCII blanks divide: a no-break space belongs to its word. Raises FormatError with file
    and line, and XnerError for a file that cannot be read.
    """
    import numpy as np

    places: dict[str, int] = {}
    values = array("f")  # four bytes a number from the start: a list of floats has 32
    left_out = 0
    for word, numbers in _entries(path):
        if word is None or word in places:
            left_out += 1
            continue
        places[word] = len(places)
        values.extend(numbers)
        if len(places) == limit:
            break
    if not places:
        raise FormatError(f"'{path}' has no word vectors; expected a word and its numbers a line")
    rows = np.frombuffer(values, np.float32).reshape(len(places), -1)
    rows /= np.sqrt(np.einsum("nd,nd->n", rows, rows))[:, None]
    return Vectors(list(places), rows, left_out)


def _entries(path: Path) -> Iterator[tuple[str | None, list[float]]]:
    """The word and the numbers of each line; None where they make no word."""
    dimensions = 0
    for place, line in enumerate(_lines(path), 1):
        fields = line.split()
        if place == 1 and len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
            dimensions = int(fields[1])
        elif fields:
            dimensions = dimensions or len(fields) - 1
            try:
                yield _entry(fields, dimensions)
            except ValueError as error:
                expected = f"expected a word and {dimensions or 'its'} numbers, got {error}"
                raise FormatError(expected, source=str(path), line=place) from None


def _entry(fields: list[bytes], dimensions: int) -> tuple[str | None, list[float]]:
    """What a line says; ValueError tells what is wrong with it."""
    word, *rest = fields
    if not rest or len(rest) != dimensions:
        raise ValueError(f"{len(rest)}")
    try:
        numbers = [float(number) for number in rest]
    except ValueError as error:
        raise ValueError(str(error).rpartition(": b")[2]) from None
    length = math.hypot(*numbers)
    if not length < 1 / _NO_LENGTH:  # nor is nan
        raise ValueError(f"a vector of length {length:g}")
    try:
        text = word.decode().strip()
    except UnicodeDecodeError:  # fastText cuts long words between two bytes of a letter
        text = ""
    return (text if text and length > _NO_LENGTH else None), numbers


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as lines:
            first = next(iter(lines), b"")
            yield first.removeprefix(codecs.BOM_UTF8)
            yield from lines
    except (OSError, EOFError, zlib.error) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise XnerError(f"cannot read the word vectors '{path}': {reason}") from None

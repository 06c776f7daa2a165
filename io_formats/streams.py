"""Bytes in and out: `-` or a path, compressed or not, and the place of whatever is wrong.

Readers see UTF-8 whose lines end in a single line feed: compression is told from the magic bytes
(on standard input too), a byte order mark is dropped, CRLF becomes LF, other encodings are recoded.
"""

import codecs
import errno
import io
import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, cast

from io_formats import compression
from io_formats.thorough import Examiner
from xner.errors import FormatError, OptionError, UpstreamError, XnerError

STDIN = "stdin"
CHUNK = 1 << 18

# a failed command's last words, in whatever format it was writing
_LAST_WORDS = re.compile(rb'\{"error": ?\{"command": ?.*\}\}')
_GAP = re.compile(rb"\n(?:[ \t]*\n)+")
_LEADING_GAP = re.compile(rb"(?:[ \t]*\n)+")


def _raise(error: FormatError) -> None:
    raise error


def _ignore(*_: Any) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Manner:
    """How sentences are read, and whom a reader tells what it meets.

    `problem` is given every record that cannot be read and may raise; if it returns, reading goes
    on with the next record. `repaired` is given the number of ill-formed tags that were mended;
    with `strict` they are a problem instead, without `mend` they stay as they are. `note` is given
    what a user may want to know; `blank` is called at each blank line where lines are sentences.
    `first` is the number of the first record, for ids. With `tokenized` text is cut at blanks.
    With `examine` a record is held to all that a record promises, else to what is cheap to check.
    """

    lang: str | None = None
    strict: bool = False
    mend: bool = True
    examine: Examiner | None = None
    encoding: str = "utf-8"
    problem: Callable[[FormatError], None] = _raise
    repaired: Callable[[int], None] = _ignore
    note: Callable[[str], None] = _ignore
    blank: Callable[[], None] = _ignore
    first: int = 1
    tokenized: bool = False


class Block(NamedTuple):
    """Lines up to a blank one, where they begin, and the blank lines that follow."""

    line: int
    text: bytes
    gap: bytes


class Source:
    """One input: its bytes, what messages and ids call it, and the manner it is read in."""

    def __init__(self, path: str, manner: Manner):
        self.name = STDIN if path == "-" else path
        self.stem = stem_of(path)
        self.manner = manner
        self.ends_in_line_feed = True
        self.chunks = _unified(compression.unpacked(_raw(path)), manner.encoding)

    def beside(self, path: str) -> "Source":
        """Another input read in the same manner."""
        return Source(path, replace(self.manner, note=_ignore))

    def head(self, size: int = 1) -> bytes:
        """The first bytes, at least `size` of them if there are; they stay to be read.

        Fewer do where they already begin a JSON object: a slow pipe is not waited for.
        """
        start = b""
        for chunk in self.chunks:
            start += chunk
            if len(start) >= size or re.match(rb'\s*\{\s*"', start):
                break
        self.chunks = chain([start], self.chunks)
        return start

    def lines(self) -> Iterator[bytes]:
        """Lines without their line feed; the last is torn where `ends_in_line_feed` is False."""
        rest = b""
        for chunk in self.chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
        if rest:
            self.ends_in_line_feed = False
            yield rest

    def blocks(self) -> Iterator[Block]:
        """Runs of lines between blank lines. Blank lines at the start are a block without text."""
        line, rest = 1, b""
        chunks = iter(self.chunks)
        for chunk in chunks:
            rest += chunk
            if rest.strip():
                break
        if opening := _LEADING_GAP.match(rest):
            yield Block(1, b"", opening.group())
            line += opening.group().count(b"\n")
            rest = rest[opening.end() :]
        for chunk in chain([b""], chunks):
            rest += chunk
            done = 0
            for gap in _GAP.finditer(rest):
                if gap.end() == len(rest):
                    break  # more blank lines may follow
                text = rest[done : gap.start()]
                yield Block(line, text, gap.group())
                line += text.count(b"\n") + gap.group().count(b"\n")
                done = gap.end()
            rest = rest[done:]
        text = rest.rstrip(b" \t\n")
        if rest:
            yield Block(line, text, rest[len(text) :])

    def decoded(self, text: bytes, line: int) -> str:
        """Text; FormatError with the line of the first byte that is not UTF-8."""
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            start = text.rfind(b"\n", 0, error.start) + 1
            message = (
                f"invalid UTF-8: byte 0x{text[error.start]:02x} at column {error.start - start + 1}"
                "; if the file is in another encoding, name it, as in --encoding latin-1"
            )
            raise FormatError(message, line=line + text.count(b"\n", 0, error.start)) from None

    def refuse(self, error: FormatError, line: int, raw: bytes) -> None:
        """Hand on a record that cannot be read; UpstreamError if it is a command's last words."""
        stop_at_last_words(raw)
        error.source = self.name
        error.line = error.line or line
        error.raw = raw.decode(errors="replace")
        self.manner.problem(error)


def stop_at_last_words(raw: bytes) -> None:
    """UpstreamError if `raw` holds the line by which a failed command says so in the stream."""
    for found in _LAST_WORDS.findall(raw):
        try:
            culprit = json.loads(found)["error"]
            raise UpstreamError(culprit["command"], culprit["message"])
        except (ValueError, KeyError):
            continue


def stem_of(path: str) -> str:
    """What ids begin with: the file's name without its suffixes of format and compression.

    >>> stem_of("data/de.train.conll.gz"), stem_of("-")
    ('de.train', 'stdin')
    """
    if path == "-":
        return STDIN
    file = Path(path)
    if file.suffix in compression.SUFFIXES:
        file = file.with_suffix("")
    return file.stem or file.name


def check(path: str) -> None:
    """XnerError if a file cannot be read, before anything has been done with others."""
    try:
        if path != "-" and stat.S_ISDIR(os.stat(path).st_mode):
            raise IsADirectoryError(errno.EISDIR, "is a directory")
    except OSError as error:
        raise _unreadable(path, error) from error


def _raw(path: str) -> Iterator[bytes]:
    """The bytes as they come; what a pipe has is not held back to wait for more."""
    try:
        with _opened(path) as file:
            while chunk := file.read1(CHUNK):
                yield chunk
    except OSError as error:
        raise _unreadable(path, error) from error


def _opened(path: str) -> AbstractContextManager[io.BufferedReader]:
    if path != "-":
        return open(path, "rb")
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise OSError(errno.EBADF, "standard input is closed")
    return nullcontext(cast(io.BufferedReader, sys.stdin.buffer))


def _unreadable(path: str, error: OSError) -> XnerError:
    name = STDIN if path == "-" else f"'{path}'"
    return XnerError(f"cannot read {name}: {(error.strerror or str(error)).lower()}")


def _unified(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """UTF-8 without a byte order mark, lines ending in LF."""
    try:
        "".encode(encoding)
    except LookupError:
        raise OptionError(f"unknown encoding '{encoding}'; try utf-8 or latin-1") from None
    if not codecs.lookup(encoding).name.startswith("utf-8"):
        chunks = _recoded(chunks, encoding)
    return _with_line_feeds(_without_mark(chunks))


def _without_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    chunks = iter(chunks)
    start = b""
    for chunk in chunks:
        start += chunk
        if len(start) >= len(codecs.BOM_UTF8):
            break
    yield start.removeprefix(codecs.BOM_UTF8)
    yield from chunks


def _with_line_feeds(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for chunk in chunks:
        chunk = held + chunk
        held = b"\r" if chunk.endswith(b"\r") else b""
        yield chunk.removesuffix(b"\r").replace(b"\r\n", b"\n")
    yield held


def _recoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """What cannot be decoded stays as it is, so that it is reported with its line."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", "surrogateescape")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")
    except UnicodeError as error:
        raise FormatError(f"not valid {encoding}: {error}") from error

"""Where a command's data go: standard output, or a file that appears only when it is whole."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISFIFO, S_ISREG
from typing import IO, ClassVar

import orjson

import io_formats
from commands.options import Writing
from xner.errors import UpstreamError, XnerError
from xner.sentence import Sentence


class OutputClosedError(Exception):
    """The reader of our standard output has gone (`| head`): end quietly."""


class Output:
    """Standard output, or a file written beside its place and put there at the end.

    What is at the place and is no regular file (`/dev/null`, a named pipe) is written to directly.
    A file may be the input too: it is whole, old or new, at any time.
    """

    settled: ClassVar[bool] = False  # the next command knows that this one failed, or there is none

    def __init__(self, writing: Writing):
        self.path = None if writing.output == "-" else Path(os.path.realpath(writing.output))
        if self.path is None and sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
            raise XnerError("cannot write: standard output is closed")
        self.form = writing.to_format or _form_for(self.path)
        self._name = f"'{writing.output}'" if self.path else "to standard output"
        self._partial: Path | None = None
        if self.path and (self.path.is_file() or not self.path.exists()):
            self._partial = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        self._text_of: Callable[[Sentence], str | bytes] | None = None
        self._file: IO[bytes] = self._opened()
        self._is_watched = self.path is None and sys.stdout.isatty()

    @property
    def has_tags_alone(self) -> bool:
        """Whether the format writes entities, but has no place for one within another."""
        return self.form.partition(",")[0] in ("conll", "conllu")

    def write(self, sentence: Sentence) -> None:
        """Write one sentence in the output's format; FormatError if it cannot stand there."""
        if self._text_of is None:
            self._text_of = _writer(self.form)
        text = self._text_of(sentence)
        self.send(text if isinstance(text, bytes) else text.encode())

    def send(self, data: bytes) -> None:
        """Write bytes; OutputClosedError if nobody reads them any more."""
        try:
            self._file.write(data)
            if self._is_watched:
                self._file.flush()
        except OSError as error:
            raise self._lost(error) from error

    def finish(self) -> None:
        """Make what was written appear."""
        try:
            if self.path is None:
                self._file.flush()
                return
            self._file.close()
            if self._partial:
                if self.path.exists():
                    shutil.copymode(self.path, self._partial)
                os.replace(self._partial, self.path)
        except OSError as error:
            raise self._lost(error) from error

    def fail(self, command: str, error: BaseException) -> None:
        """Leave no half-written file; tell the next command of the pipe who failed, and why."""
        Output.settled = True
        self.discard()
        if self.path or isinstance(error, OutputClosedError) or sys.stdout.isatty():
            return
        culprit = {"command": command, "message": _reason(error)}
        if isinstance(error, UpstreamError):
            culprit = {"command": error.command, "message": error.reason}
        with suppress(OSError, XnerError, OutputClosedError):
            self.send(orjson.dumps({"error": culprit}) + b"\n")
            self.finish()

    def discard(self) -> None:
        """Leave no half-written file."""
        if self._partial:
            self._partial.unlink(missing_ok=True)

    def is_input(self, path: str) -> bool:
        """Whether standard output leads to this very file, which would destroy it."""
        if self.path:
            return False
        try:
            ours = os.fstat(sys.stdout.fileno())
            theirs = os.fstat(sys.stdin.fileno()) if path == "-" else os.stat(path)
        except (OSError, AttributeError):  # a standard stream is closed, and None
            return False
        return S_ISREG(ours.st_mode) and os.path.samestat(ours, theirs)

    def _opened(self) -> IO[bytes]:
        if self.path is None:
            return sys.stdout.buffer
        try:
            return io_formats.create(self._partial or self.path, self.path)
        except OSError as error:
            raise self._lost(error) from error

    def _lost(self, error: OSError) -> Exception:
        """What an error of the system means."""
        if self.path is None:
            mute_stdout()
        if isinstance(error, BrokenPipeError):
            return OutputClosedError()
        return XnerError(f"cannot write {self._name}: {(error.strerror or str(error)).lower()}")


def tell_next(command: str) -> None:
    """Tell the next command of the pipe that this one failed before it had any output.

    An unknown option, say: an empty stream would look like one of no sentences.
    """
    if Output.settled or not sys.stdout or not S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode):
        return
    culprit = {"command": command, "message": "it could not start, and said why"}
    with suppress(OSError):
        sys.stdout.buffer.write(orjson.dumps({"error": culprit}) + b"\n")
        sys.stdout.flush()


def mute_stdout() -> None:
    """Lead standard output nowhere, for the interpreter flushes it once more when it ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def written(command: str, writing: Writing) -> Iterator[Output]:
    """An output that is finished at the end, or says in the stream that the command failed."""
    output = Output(writing)
    try:
        yield output
        output.finish()
    except BaseException as error:
        output.fail(command, error)
        raise


def deliver(path: str, text: str) -> None:
    """Write a command's result: to standard output (`-`), or to a file that appears when whole."""
    output = Output(Writing(output=path, to_format="text"))
    try:
        output.send(text.encode())
        output.finish()
    except BaseException:
        output.discard()
        raise


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, SystemExit):
        return "terminated"
    return str(error) or type(error).__name__


def _writer(form: str) -> Callable[[Sentence], str | bytes]:
    if form == "pretty":
        from commands.pretty import coloured

        return coloured
    return io_formats.writer(form)


def _form_for(path: Path | None) -> str:
    if path is None:
        return "pretty" if sys.stdout.isatty() else "jsonl"
    if path.exists() and not path.is_file():
        return "jsonl"
    return io_formats.form_of_suffix(path)

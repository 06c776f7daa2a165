"""What stands between a command and the shell: streams in and out, counts, errors, manners.

    with plumbing.stream("shuffle", reading, writing, manners) as stream:
        for sentence in stream:
            stream.write(shuffled(sentence))

reads whatever format comes, writes whatever is asked for, and ends with one line on standard error
whose figures add up. A failure is said in the stream too, so that the next command stops.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

import orjson

import io_formats
from commands.options import Manners, OnError, Reading, Writing
from xner.errors import FormatError, OptionError, XnerError
from xner.sentence import Sentence


class OutputClosedError(Exception):
    """The reader of our standard output has gone (`| head`): end quietly."""


class Talk:
    """Messages on standard error: prose for people, JSON lines with `--log-json`."""

    def __init__(self, command: str, manners: Manners):
        self.command = command
        self.manners = manners

    def info(self, message: str, **fields: Any) -> None:
        """Say what a user may want to know; silent with `--quiet`."""
        if not self.manners.quiet:
            self._say("info", message, fields)

    def detail(self, message: str, **fields: Any) -> None:
        """Say what only `--verbose` asks for."""
        if self.manners.verbose:
            self._say("detail", message, fields)

    def warn(self, message: str, **fields: Any) -> None:
        """Say what is probably wrong; silent with `--quiet`."""
        if not self.manners.quiet:
            self._say("warning", message, fields)

    def error(self, message: str) -> None:
        """Say why the command ends."""
        self._say("error", message, {})

    def _say(self, level: str, message: str, fields: dict[str, Any]) -> None:
        if self.manners.log_json:
            line = {"level": level, "command": self.command, "message": message, **fields}
            text = orjson.dumps(line).decode()
        else:
            text = f"xner {self.command}: {'warning: ' * (level == 'warning')}{message}"
        print(text, file=sys.stderr, flush=True)


class Stream:
    """The sentences of one command: iterate to read, `write`, `drop` with a reason, `count`."""

    def __init__(self, reading: Reading, talk: Talk, output: "Output | None"):
        self.reading = reading
        self.talk = talk
        self.output = output
        self.read = 0
        self.written = 0
        self.dropped: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self._rejects: IO[bytes] | None = None
        self._shard = _shard(reading.shard)

    def __iter__(self) -> Iterator[Sentence]:
        index, count = self._shard
        for number, sentence in enumerate(self._sentences()):
            if number % count == index:
                self.read += 1
                yield sentence

    def write(self, sentence: Sentence) -> None:
        """Pass a sentence on."""
        assert self.output is not None
        self.output.write(sentence)
        self.written += 1

    def drop(self, sentence: Sentence, reason: str) -> None:
        """Leave a sentence out, counted by reason and kept in `--rejects`."""
        self.dropped[reason] += 1
        record = io_formats.jsonl.to_object(sentence)
        self._reject({"reason": reason, "record": record})

    def count(self, what: str, number: int = 1) -> None:
        """Add to a figure of the closing summary."""
        if number:
            self.counts[what] += number

    def close(self) -> None:
        """Say the closing summary."""
        if self._rejects is not None:
            self._rejects.close()
        text = f"{self.read:,} in, {self.written:,} out"
        if self.dropped:
            reasons = ", ".join(f"{why} {n:,}" for why, n in self.dropped.most_common())
            text += f", {self.dropped.total():,} dropped ({reasons})"
        if self.counts:
            text += "; " + ", ".join(f"{what} {n:,}" for what, n in self.counts.items())
        self.talk.info(
            text,
            read=self.read,
            written=self.written,
            dropped=dict(self.dropped),
            counts=dict(self.counts),
        )

    def _sentences(self) -> Iterator[Sentence]:
        reading = self.reading
        for path in reading.inputs or ["-"]:
            if path == "-" and sys.stdin.isatty():
                raise OptionError("nothing to read; name a file or pipe sentences in")
            yield from io_formats.read(
                path,
                form=reading.from_format,
                lang=reading.lang,
                strict=reading.strict,
                encoding=reading.encoding,
                problem=self._problem,
                repaired=lambda number: self.count("tags repaired", number),
            )

    def _problem(self, error: FormatError) -> None:
        """A record that cannot be read: stop, or count and keep it."""
        if self.reading.on_error is OnError.fail:
            raise error
        self.read += 1
        self.dropped["unreadable"] += 1
        self.talk.warn(str(error))
        self._reject({"reason": str(error), "raw": error.raw})

    def _reject(self, row: dict[str, Any]) -> None:
        if self.reading.rejects is None:
            return
        if self._rejects is None:
            self._rejects = self.reading.rejects.open("wb")
        self._rejects.write(orjson.dumps(row) + b"\n")


class Output:
    """Standard output, or a file that appears under its name only when it is whole."""

    def __init__(self, writing: Writing):
        self.path = None if writing.output == "-" else Path(writing.output)
        self.form = writing.to_format or _form_for(self.path)
        self.partial = self.path and self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        self._format: Callable[[Sentence], str | bytes] | None = None
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        if self.partial:
            try:
                self._file = io_formats.create(self.partial, self.path or self.partial)
            except OSError as error:
                raise XnerError(f"cannot write '{self.path}': {error.strerror}") from error
        else:
            self._file = sys.stdout.buffer
        return self

    def write(self, sentence: Sentence) -> None:
        """Write one sentence in the output's format."""
        if self._format is None:
            self._format = _writer(self.form)
        text = self._format(sentence)
        self.send(text if isinstance(text, bytes) else text.encode())

    def send(self, data: bytes) -> None:
        """Write bytes; OutputClosedError if nobody reads them any more."""
        assert self._file is not None
        try:
            self._file.write(data)
        except BrokenPipeError as error:
            raise OutputClosedError from error
        except OSError as error:
            raise XnerError(f"cannot write '{self.path or 'stdout'}': {error.strerror}") from error

    def finish(self) -> None:
        """Make what was written appear."""
        assert self._file is not None
        try:
            if self.partial and self.path:
                self._file.close()
                os.replace(self.partial, self.path)
            else:
                self._file.flush()
        except BrokenPipeError as error:
            raise OutputClosedError from error
        except OSError as error:
            raise XnerError(f"cannot write '{self.path or 'stdout'}': {error.strerror}") from error

    def fail(self, command: str, message: str) -> None:
        """Leave no half-written file; tell the next command of the pipe that this one failed."""
        if self.partial:
            self.partial.unlink(missing_ok=True)
        elif self.form.split(",")[0] == "jsonl":
            line = orjson.dumps({"error": {"command": command, "message": message}})
            sys.stdout.buffer.write(line + b"\n")
            sys.stdout.buffer.flush()


def deliver(path: str, text: str) -> None:
    """Write a command's result: to standard output (`-`), or to a file that appears when whole."""
    output = Output(Writing(output=path, to_format="text"))
    try:
        output.__enter__().send(text.encode())
        output.finish()
    except XnerError as error:
        output.fail("", str(error))
        raise


@contextmanager
def stream(
    command: str, reading: Reading, writing: Writing | None, manners: Manners
) -> Iterator[Stream]:
    """A command's sentences in and out; `writing` is None for a command that ends the stream."""
    talk = Talk(command, manners)
    if writing is None:
        sentences = Stream(reading, talk, None)
        yield sentences
        sentences.close()
        return
    with_signals()
    output = Output(writing)
    try:
        with_output = output.__enter__()
        sentences = Stream(reading, talk, with_output)
        yield sentences
        output.finish()
        sentences.close()
    except OutputClosedError:
        raise
    except BaseException as error:
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        try:
            output.fail(command, reason or type(error).__name__)
        except OSError:
            pass  # nobody reads our stdout; the error itself still reaches stderr
        raise


def with_signals() -> None:
    """Let SIGTERM end a command the way an exception does, so that it cleans up and says so."""

    def stop(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)


def _writer(form: str) -> Callable[[Sentence], str | bytes]:
    if form == "pretty":
        from commands.pretty import coloured

        return coloured
    return io_formats.writer(form)


def _form_for(path: Path | None) -> str:
    if path is not None:
        return io_formats.form_of_suffix(path)
    return "pretty" if sys.stdout.isatty() else "jsonl"


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 0, 1
    index, slash, count = text.partition("/")
    if not (slash and index.isdigit() and count.isdigit() and 1 <= int(index) <= int(count)):
        raise OptionError(f"--shard '{text}' is not I/N with 1 <= I <= N")
    return int(index) - 1, int(count)

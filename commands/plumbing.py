"""What stands between a command and the shell: streams in and out, counts, errors, manners.

    with plumbing.stream("shuffle", reading, writing, manners) as stream:
        for sentence in stream:
            stream.write(shuffled(sentence))

reads whatever format comes, writes whatever is asked for, and ends with one line on standard error
whose figures add up. A failure is said in the stream too, so that the next command stops.
"""

import os
import signal
import stat
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import io_formats
from commands import progress
from commands.options import Manners, OnError, Reading, Writing
from commands.output import Output, OutputClosedError, deliver, written
from commands.rejects import Rejects
from commands.talk import Talk
from io_formats import jsonl
from io_formats.thorough import Examiner
from xner.errors import FormatError, OptionError, XnerError
from xner.sentence import Sentence
from xner.type_map import types_of

__all__ = ["Output", "OutputClosedError", "Stream", "Talk", "deliver", "stream", "with_signals"]


class Stream:
    """The sentences of one command: iterate to read, `write`, `drop` with a reason, `count`."""

    def __init__(
        self,
        reading: Reading,
        talk: Talk,
        output: Output | None,
        *,
        thorough: bool = False,
        tokenized: bool = False,
    ):
        self.reading = reading
        self.talk = talk
        self.output = output
        self.examine = Examiner() if thorough else None
        self.tokenized = tokenized
        self.read = 0
        self.written = 0
        self.dropped: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self._rejects: Rejects | None = None
        self._shard = _shard(reading.shard)
        self._position = 0  # of records, those that cannot be read included
        self._blanks = 0
        self._numbers: Counter[str] = Counter()  # records so far of each file name, for ids
        self._stem = ""

    def __iter__(self) -> Iterator[Sentence]:
        for sentence in self._sentences():
            if self._is_ours():
                self.read += 1
                yield sentence

    @property
    def place(self) -> int:
        """Where in the input the last sentence stood.

        Records that cannot be read have a place too, and so have blank lines of a text.
        """
        return self.read + self._blanks

    def write(self, sentence: Sentence) -> None:
        """Pass a sentence on; one that the output's format cannot hold is a bad record."""
        assert self.output is not None
        try:
            self.output.write(sentence)
        except FormatError as error:
            if self.reading.on_error is OnError.fail:
                raise
            self.talk.warn(str(error))
            self.drop(sentence, "unwritable")
        else:
            self.written += 1
            if self.output.has_tags_alone:
                self.leave_out_nested(sentence)

    def leave_out_nested(self, sentence: Sentence) -> None:
        """Count what tags cannot hold of a sentence, where tags are all that goes on."""
        if "entities" in sentence.meta:
            hidden = len(types_of(sentence)) - len(sentence.spans)
            self.count("nested entities left out", hidden)

    def drop(self, sentence: Sentence, reason: str) -> None:
        """Leave a sentence out, counted by reason and kept in `--rejects`."""
        self.dropped[reason] += 1
        self._reject({"reason": reason, "record": jsonl.to_object(sentence)})

    def refuse(self, sentence: Sentence, problem: str) -> None:
        """A sentence that cannot be processed: XnerError, or with `--on-error skip` a drop."""
        if self.reading.on_error is OnError.fail:
            raise XnerError(f"sentence '{sentence.id}': {problem}")
        self.drop(sentence, problem)

    def count(self, what: str, number: int = 1) -> None:
        """Add to a figure of the closing summary."""
        if number:
            self.counts[what] += number

    def summary(self) -> str:
        """How many sentences came in and what became of them."""
        text = f"{self.read:,} in"
        if self.output:
            text += f", {self.written:,} out"
        if self.dropped:
            reasons = ", ".join(f"{why} {n:,}" for why, n in self.dropped.most_common())
            text += f", {self.dropped.total():,} dropped ({reasons})"
        if self.counts:
            text += "; " + ", ".join(f"{what} {n:,}" for what, n in self.counts.items())
        return text

    def close(self) -> None:
        """Say the closing summary."""
        figures = {"read": self.read, "written": self.written}
        self.talk.info(
            self.summary(), **figures, dropped=dict(self.dropped), counts=dict(self.counts)
        )

    def settle(self) -> None:
        """See to it that the rejects are written before the output appears."""
        if self._rejects is not None:
            self._rejects.close()

    def _is_ours(self) -> bool:
        """Whether the next record is of this shard."""
        index, count = self._shard
        self._position += 1
        return (self._position - 1) % count == index

    def _sentences(self) -> Iterator[Sentence]:
        reading = self.reading
        paths = reading.inputs or ["-"]
        self.check(paths)
        if reading.rejects:
            if self.output and self.output.is_input(str(reading.rejects)):
                raise OptionError(f"--rejects '{reading.rejects}' is standard output too")
            self._rejects = Rejects(reading.rejects)
        for path in paths:
            self._stem = io_formats.stem_of(path)
            sentences = io_formats.read(
                path,
                form=reading.from_format,
                lang=reading.lang,
                strict=reading.strict,
                examine=self.examine,
                tokenized=self.tokenized,
                encoding=reading.encoding,
                problem=self._problem,
                repaired=lambda number: self.count("tags repaired", number),
                note=self.talk.warn,
                blank=self._blank,
                first=self._numbers[self._stem] + 1,
            )
            for sentence in sentences:
                self._numbers[self._stem] += 1
                yield sentence

    def check(self, paths: list[str]) -> None:
        """Find out what is wrong with the files before anything is done with the first."""
        for path in paths:
            if path == "-" and sys.stdin and sys.stdin.isatty():
                raise OptionError("nothing to read; name a file or pipe sentences in")
            io_formats.check(path)
            if self.output and self.output.is_input(path):
                raise XnerError(
                    f"'{path}' is standard output too and would be lost; write it with "
                    "-o, which puts the new file in place when it is whole"
                )

    def _blank(self) -> None:
        self._blanks += 1

    def _problem(self, error: FormatError) -> None:
        """A record that cannot be read: stop, or count and keep it; not one of another shard."""
        self._numbers[self._stem] += 1
        if not self._is_ours():
            return
        if self.reading.on_error is OnError.fail:
            raise error
        self.read += 1
        self.dropped["unreadable"] += 1
        self.talk.warn(str(error))
        self._reject({"reason": str(error), "raw": error.raw})

    def _reject(self, row: dict[str, Any]) -> None:
        if self._rejects is not None:
            self._rejects.write(row)


@contextmanager
def stream(
    command: str,
    reading: Reading,
    writing: Writing | None,
    manners: Manners,
    *,
    thorough: bool = False,
    tokenized: bool = False,
) -> Iterator[Stream]:
    """A command's sentences in and out; `writing` is None for a command that ends the stream.

    With `thorough`, records are held to all that a record promises, at some cost; with `tokenized`
    texts are cut into words at blanks alone.
    """
    with_signals()
    Output.settled = writing is None
    with ExitStack() as stack:
        output = stack.enter_context(written(command, writing)) if writing else None
        talk = Talk(command, manners)
        sentences = Stream(reading, talk, output, thorough=thorough, tokenized=tokenized)
        if _shows_progress(manners, output):
            stack.enter_context(progress.shown(lambda: f"{command}: {sentences.summary()}"))
        yield sentences
        sentences.settle()
    sentences.close()


def with_signals() -> None:
    """Let a signal end a command the way an exception does, so that it cleans up and says so."""

    def stop(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, stop)


def _shows_progress(manners: Manners, output: Output | None) -> bool:
    """Only on a terminal that shows nothing else: of a pipe, the last command alone does."""
    if manners.quiet or manners.log_json or not (sys.stderr and sys.stderr.isatty()):
        return False
    return output is None or output.path is not None or _is_file(sys.stdout.fileno())


def _is_file(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 0, 1
    index, slash, count = text.partition("/")
    if not (slash and index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise OptionError(f"--shard '{text}' is not I/N with 1 <= I <= N")
    return int(index) - 1, int(count)

"""Any program that reads a line and writes a line, run through the shell."""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from threading import Thread
from typing import IO

from xner.errors import EngineError, OptionError
from xner.translation.engine import Batch, Engine, MisalignedError, Settings

_CHUNK = 1 << 16


class Command(Engine):
    """`command:'PROGRAM …'`: given a text a line, it must print a translation a line.

    One process is started for all texts of a call and sees the end of its input after the last, so
    that programs may hold back their output as long as they like.
    """

    separator = "\n"  # what ends a text, on the way in and out

    def __init__(self, argument: str, source: str, target: str, settings: Settings):
        super().__init__(argument, source, target, settings)
        if not argument.strip():
            raise OptionError("--engine command: needs a program, as in command:'sed s/a/b/'")
        self.name = f"command:{argument}"
        self.identity = self.name

    @property
    def shell_line(self) -> str:
        """What the shell runs."""
        return self.argument

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """The lines as they arrive."""
        with tempfile.TemporaryFile() as complaints:
            child = subprocess.Popen(
                self.shell_line,
                shell=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
            )
            assert child.stdin is not None
            assert child.stdout is not None
            Thread(target=_feed, args=(child.stdin, texts, self.separator), daemon=True).start()
            received = 0
            try:
                for lines in _split(child.stdout, self.separator.encode()):
                    batch = list(enumerate(self._decoded(lines), received))
                    received += len(batch)
                    if received > len(texts):
                        raise MisalignedError(
                            f"engine '{self.name}' printed more lines than it read"
                        )
                    yield batch
                code = child.wait()
            finally:
                child.kill()
                child.wait()
                child.stdout.close()
            self._check(code, received, len(texts), complaints)

    def _decoded(self, lines: Sequence[bytes]) -> list[str]:
        try:
            return [line.decode().strip() for line in lines]
        except UnicodeDecodeError:
            raise EngineError(f"engine '{self.name}' printed something that is not UTF-8") from None

    def _check(self, code: int, received: int, sent: int, complaints: IO[bytes]) -> None:
        if code == 0 and received == sent:
            return
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip().splitlines()[-3:]
        end = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        message = f"engine '{self.name}' {end} after {received:,} of {sent:,} texts"
        if code == 0:
            raise MisalignedError(f"{message}; it must print one line for each it reads")
        raise EngineError(f"{message}: {' / '.join(said)}" if said else message)


def _feed(stdin: IO[bytes], texts: Sequence[str], separator: str) -> None:
    """Write all texts and close; a child that stops reading is found out by what it prints."""
    try:
        with stdin:
            for text in texts:
                stdin.write((text + separator).encode())
    except OSError:
        pass


def _split(stdout: IO[bytes], separator: bytes) -> Iterator[list[bytes]]:
    """The texts that each arriving stretch of bytes completes; the last may lack its end."""
    rest = b""
    while chunk := stdout.read1(_CHUNK):  # type: ignore[attr-defined]
        *texts, rest = (rest + chunk).split(separator)
        if texts:
            yield texts
    if rest:
        yield [rest]

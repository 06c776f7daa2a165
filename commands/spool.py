"""Standard input kept flowing while a command is busy: into a temporary file, and read from there.

A command that waits for a GPU must not stop reading: the command before it in the pipe, which has
the GPU, could not write on, would never end and never give the GPU back.
"""

import json
import os
import tempfile
from contextlib import suppress
from threading import Condition, Thread

_CHUNK = 1 << 18
_started = False


def start() -> None:
    """Put a spool between standard input and whoever reads it from now on; at most once.

    Descriptor 0 changes its meaning under a reader that may have begun, which takes no notice.
    """
    global _started
    if _started:
        return
    _started = True
    source = os.dup(0)
    reading, writing = os.pipe()
    os.dup2(reading, 0)
    os.close(reading)
    spool = _Spool(source, writing)
    Thread(target=spool.fill, daemon=True).start()
    Thread(target=spool.drain, daemon=True).start()


class _Spool:
    """The file between two threads: one fills it from `source`, one drains it into `sink`."""

    def __init__(self, source: int, sink: int):
        self.source = source
        self.sink = sink
        self.file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - lives as long as we do
        self.size = 0
        self.full = False
        self.last_words = b""
        self.change = Condition()

    def fill(self) -> None:
        """Copy until the input ends; what goes wrong is told in-band, as a failed command does."""
        try:
            while chunk := os.read(self.source, _CHUNK):
                _write(self.file.fileno(), chunk)
                with self.change:
                    self.size += len(chunk)
                    self.change.notify()
        except OSError as error:
            self.last_words = (
                b"\n"
                + json.dumps(
                    {"error": {"command": "spool", "message": f"cannot keep the input: {error}"}}
                ).encode()
            )
        with self.change:
            self.full = True
            self.change.notify()

    def drain(self) -> None:
        """Hand on what there is, and wait for more."""
        place = 0
        with suppress(OSError):  # nobody reads any longer
            while True:
                with self.change:
                    while not (self.full or self.size > place):
                        self.change.wait()
                chunk = os.pread(self.file.fileno(), _CHUNK, place)
                if not chunk:
                    break
                place += len(chunk)
                _write(self.sink, chunk)
            _write(self.sink, self.last_words)
        os.close(self.sink)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]

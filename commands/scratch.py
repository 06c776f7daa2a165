"""Temporary files: sentences to be read again, arrays that are too large for memory."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import orjson

import io_formats
from io_formats import jsonl
from xner.errors import XnerError
from xner.sentence import Sentence

if TYPE_CHECKING:
    import numpy as np


class Scratch(ExitStack):
    """A folder in TMPDIR, removed in the end with all that is in it."""

    def __init__(self):
        super().__init__()
        self._folder = Path(self.enter_context(TemporaryDirectory(prefix="xner-")))

    def sentences(self, name: str) -> "Sentences":
        """A file for sentences."""
        file = Sentences(self._folder / name)
        self.callback(file.abandon)
        return file

    def rows(self, name: str) -> "Rows":
        """A file for rows of numbers."""
        file = Rows(self._folder / name)
        self.callback(file.abandon)
        return file


class _Growing:
    """A file that grows, and is read when it is closed; XnerError where there is no room."""

    def __init__(self, path: Path):
        self._path = path
        self._file = path.open("wb")

    def close(self) -> None:
        """Append no more."""
        try:
            self._file.close()
        except OSError as error:
            raise self._full(error) from error

    def abandon(self) -> None:
        """Close whatever has become of it."""
        with suppress(OSError):
            self._file.close()

    def _append(self, data: "bytes | memoryview") -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise self._full(error) from error

    def _full(self, error: OSError) -> XnerError:
        reason = (error.strerror or str(error)).lower()
        return XnerError(
            f"cannot keep the words in '{self._path.parent}': {reason}; TMPDIR names another folder"
        )


class Sentences(_Growing):
    """Sentences that can be read more than once."""

    def add(self, sentence: Sentence) -> None:
        """Append a sentence."""
        self._append(orjson.dumps(jsonl.to_object(sentence), None, orjson.OPT_APPEND_NEWLINE))

    def __iter__(self) -> Iterator[Sentence]:
        return io_formats.read(str(self._path), form="jsonl")


class Rows(_Growing):
    """Rows of float32."""

    def add(self, rows: "np.ndarray") -> None:
        """Append rows, contiguous float32."""
        self._append(rows.data)

    def mapped(self, width: int) -> "np.ndarray":
        """All rows, (rows, width), which stay on disk and are there as long as the folder is."""
        import numpy as np

        self.close()
        if not self._path.stat().st_size:
            return np.empty((0, width), np.float32)
        return np.memmap(self._path, np.float32, "r").reshape(-1, width)

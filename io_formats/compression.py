"""gzip, xz and zstd, packed by suffix and unpacked by the first bytes, whatever the name."""

import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from xner.errors import FormatError

SUFFIXES = (".gz", ".xz", ".zst")
_PART = 1 << 16
_BUFFER = 1 << 18


def create(partial: Path, final: Path) -> IO[bytes]:
    """A new file at `partial`, compressed as the suffix of `final` asks for."""
    if final.suffix == ".gz":
        return io.BufferedWriter(_Gzip(partial), _BUFFER)
    if final.suffix == ".xz":
        return io.BufferedWriter(cast(Any, lzma.open(partial, "wb")), _BUFFER)
    if final.suffix == ".zst":
        import zstandard

        compressor = zstandard.ZstdCompressor(write_checksum=True).stream_writer(partial.open("wb"))
        return io.BufferedWriter(cast(Any, compressor), _BUFFER)
    return partial.open("wb", _BUFFER)


class _Gzip(io.RawIOBase):
    """Unlike `gzip.open`, no name and no time inside: the same sentences give the same bytes."""

    def __init__(self, path: Path):
        self._file = path.open("wb")
        self._machine = zlib.compressobj(6, wbits=31)

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._file.write(self._machine.compress(data))
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.write(self._machine.flush())
            self._file.close()
        super().close()


def unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes themselves, or what they hold if they begin as a compressed file does."""
    start = b""
    for chunk in chunks:
        start += chunk
        if len(start) >= 6:
            break
    chunks = chain([start], chunks)
    packing = _packing(start)
    yield from chunks if packing is None else _members(chunks, packing)


class _Packing(NamedTuple):
    """How compressed bytes are unpacked, and what is raised where they are broken."""

    machine: Callable[[], Any]
    error: type[Exception]


def _packing(start: bytes) -> _Packing | None:
    if start.startswith(b"\x1f\x8b"):
        return _Packing(lambda: zlib.decompressobj(wbits=31), zlib.error)
    if start.startswith(b"\xfd7zXZ\0"):
        return _Packing(lzma.LZMADecompressor, lzma.LZMAError)
    if start.startswith(b"\x28\xb5\x2f\xfd"):
        import zstandard

        return _Packing(zstandard.ZstdDecompressor().decompressobj, zstandard.ZstdError)
    if start.startswith(b"BZh"):
        raise FormatError("packed by bzip2, which is not read; bzcat FILE | xner … unpacks it")
    return None


def _members(chunks: Iterator[bytes], packing: _Packing) -> Iterator[bytes]:
    """Compressed files may follow each other, as `cat a.gz b.gz` makes them."""
    machine = packing.machine()
    try:
        for part in _parts(chunks):
            while part:
                if machine.eof:
                    machine = packing.machine()
                yield machine.decompress(part)
                part = machine.unused_data.lstrip(b"\0") if machine.eof else b""
    except packing.error as error:
        raise FormatError(f"broken compressed data: {error}") from error
    if not machine.eof:
        raise FormatError("compressed data end too early; was the file copied whole?")


def _parts(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Small pieces, so that what is unpacked from one of them fits memory."""
    for chunk in chunks:
        for start in range(0, len(chunk), _PART):
            yield chunk[start : start + _PART]

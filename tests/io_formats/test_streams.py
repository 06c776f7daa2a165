"""Bytes in and out: compression by content, marks, line ends, encodings, places."""

import gzip
import lzma
from pathlib import Path

import pytest
import zstandard

import io_formats
from io_formats.streams import CHUNK, Manner, Source, stem_of
from xner.errors import FormatError, OptionError, XnerError

TEXT = "".join(f"{'ort' * 400}{n} B-LOC\nruht O\n\n" for n in range(300)).encode()
PACKERS = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
    "none": bytes,
    "two members": lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:]),
}


@pytest.mark.parametrize("packer", PACKERS)
def test_compression_is_told_from_the_bytes_whatever_the_name(tmp_path, packer):
    file = tmp_path / "a.conll"
    file.write_bytes(PACKERS[packer](TEXT))
    assert len(TEXT) > CHUNK
    assert sum(1 for _ in io_formats.read(str(file))) == 300


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst", ""])
def test_what_is_created_is_compressed_as_its_name_says(tmp_path, suffix):
    final = tmp_path / f"a.conll{suffix}"
    partial = tmp_path / "partial"
    with io_formats.create(partial, final) as file:
        file.write(TEXT)
    unpack = {".gz": gzip.decompress, ".xz": lzma.decompress, "": bytes}
    data = partial.read_bytes()
    if suffix == ".zst":
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    else:
        data = unpack[suffix](data)
    assert data == TEXT
    assert io_formats.form_of_suffix(final) == "conll"


def test_the_same_sentences_give_the_same_gzip(tmp_path):
    for name in "ab":
        with io_formats.create(tmp_path / name, Path("x.gz")) as file:
            file.write(TEXT)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("packer", "damage"),
    [
        ("gz", lambda data: data[: len(data) // 2]),
        ("xz", lambda data: data[: len(data) // 2]),
        ("zst", lambda data: data[: len(data) // 2]),
        ("gz", lambda data: data[:99] + b"xxx" + data[102:]),
        ("xz", lambda data: data[:99] + b"xxx" + data[102:]),
    ],
)
def test_broken_compression_is_said_without_a_traceback(tmp_path, packer, damage):
    file = tmp_path / "a.conll"
    file.write_bytes(damage(PACKERS[packer](TEXT)))
    with pytest.raises(FormatError, match="compressed data"):
        list(io_formats.read(str(file)))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_line_ends_and_marks_may_fall_between_chunks(size):
    data = "\ufeffä\r\nb\r\r\n\r\nc\r".encode()
    source = Source("-", Manner())
    chunks = (data[n : n + size] for n in range(0, len(data), size))
    from io_formats.streams import _unified

    source.chunks = _unified(chunks, "utf-8")
    assert list(source.lines()) == ["ä".encode(), b"b\r", b"", b"c\r"]


def test_blocks_do_not_depend_on_chunks():
    data = b"\n\na\nb\n\n\nc\n \n\nd"
    for size in range(1, len(data) + 1):
        source = Source("-", Manner())
        source.chunks = iter([data[n : n + size] for n in range(0, len(data), size)])
        assert [(b.line, b.text, b.gap) for b in source.blocks()] == [
            (1, b"", b"\n\n"),
            (3, b"a\nb", b"\n\n\n"),
            (7, b"c", b"\n \n\n"),
            (10, b"d", b""),
        ]


def test_stems_are_names_without_suffixes():
    paths = ["-", "a/de.train.conll.gz", "x.jsonl", "unlabelled", ".hidden"]
    assert list(map(stem_of, paths)) == ["stdin", "de.train", "x", "unlabelled", ".hidden"]


def test_an_empty_input_is_noted(tmp_path):
    (tmp_path / "a.conll").write_text("\n\n")
    notes: list[str] = []
    assert not list(io_formats.read(str(tmp_path / "a.conll"), note=notes.append))
    assert notes == [f"'{tmp_path}/a.conll' is empty"]


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(XnerError, match=r"cannot read '/no/such': no such file or directory"):
        list(io_formats.read("/no/such"))
    with pytest.raises(XnerError, match="is a directory"):
        list(io_formats.read(str(tmp_path)))
    with pytest.raises(OptionError, match="unknown encoding 'klingon'; try utf-8 or latin-1"):
        list(io_formats.read("/dev/null", encoding="klingon"))


def test_other_encodings(tmp_path):
    file = tmp_path / "a.conll"
    for encoding in ("utf-16", "cp1252", "utf-8-sig", "gb18030"):
        file.write_bytes("für O\r\n".encode(encoding))
        (sentence,) = io_formats.read(str(file), encoding=encoding)
        assert sentence.tokens == ["für"]
    file.write_bytes(b"\xff\xfea\x00\x00")
    with pytest.raises(FormatError, match="not valid utf-16: "):
        list(io_formats.read(str(file), encoding="utf-16"))
    with pytest.raises(OptionError, match="unknown encoding 'zlib'"):
        list(io_formats.read(str(file), encoding="zlib"))


def test_bytes_that_an_encoding_lacks_are_named_with_their_line(tmp_path):
    file = tmp_path / "a.conll"
    file.write_bytes(b"a O\n\nb\xff O\n")
    with pytest.raises(FormatError, match=r"a.conll:3: invalid UTF-8: byte"):
        list(io_formats.read(str(file), encoding="ascii"))

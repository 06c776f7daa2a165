"""Plain text: one sentence a line."""

import pytest

import io_formats
from xner.errors import FormatError, UpstreamError
from xner.sentence import Sentence


@pytest.fixture
def read(tmp_path):
    def of(text, **manner):
        file = tmp_path / "in.txt"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(io_formats.read(str(file), form="text", **manner))

    return of


def test_a_sentence_a_line_blank_ones_aside(read):
    sentences = read("\nIda ruht, ja.\n \t\nBern", lang="de")
    assert [(s.id, s.lang, s.tokens, s.tags) for s in sentences] == [
        ("in:1", "de", ["Ida", "ruht", ",", "ja", "."], None),
        ("in:2", "de", ["Bern"], None),
    ]


def test_words_are_written_with_a_space_between():
    sentence = Sentence(id="a", tokens=["Ida", "ruht", "."])
    assert io_formats.writer("text")(sentence) == "Ida ruht .\n"


def test_what_is_wrong_is_named_with_its_line(read):
    with pytest.raises(FormatError, match=r"in.txt:2: invalid UTF-8: byte 0xfc at column 2"):
        read("ja\nfür\n".encode("latin-1"))
    assert read("für\n".encode("latin-1"), encoding="latin-1")[0].tokens == ["für"]
    with pytest.raises(UpstreamError, match="stopped: weak-tag failed: no"):
        read('ja\n{"error":{"command":"weak-tag","message":"no"}}\n')

"""Files of word vectors, with all that stands in real ones."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from xner.errors import FormatError, XnerError
from xner.translation.embeddings import read_vectors

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str | bytes) -> Path:
        path = tmp_path / "v.vec"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def test_words_in_order_and_rows_of_length_one(write: Write) -> None:
    words, rows, left_out = read_vectors(write("3 2\ndie 3 4\nStadt 0 -2 \nein\t1e-3 0\n"))
    assert (words, left_out) == (["die", "Stadt", "ein"], 0)
    assert rows.dtype == np.float32
    assert rows == pytest.approx(np.array([[0.6, 0.8], [0, -1], [1, 0]]))


@pytest.mark.parametrize(
    "content",
    [
        "die 3 4\nein 1 0\n",
        "die 3 4\nein 1 0",
        "\ufeffdie 3 4\r\nein 1 0\r\n",
        "\ufeff2 2\ndie 3 4\n\nein 1 0\n\n",
        "999999999999 2\ndie 3 4\nein 1 0\n",  # cut short, or lying
        gzip.compress(b"2 2\ndie 3 4\nein 1 0\n"),
    ],
    ids=["no header", "no end", "BOM and CRLF", "blank lines", "cut", "gzip"],
)
def test_files_as_they_come(write: Write, content: str | bytes) -> None:
    words, rows, left_out = read_vectors(write(content))
    assert (words, rows.shape, left_out) == (["die", "ein"], (2, 2), 0)


def test_numbers_may_be_words(write: Write) -> None:
    words, rows, _ = read_vectors(write("1 2\n2 1 0\n3 0 1\n"))
    assert (words, rows.shape) == (["2", "3"], (2, 2))


def test_no_break_and_other_spaces_belong_to_their_word(write: Write) -> None:
    words, _, _ = read_vectors(write("10\u00a0000 1 0\na\u2009b 0 1\nc\u0085d 1 1\n"))
    assert words == ["10\u00a0000", "a\u2009b", "c\u0085d"]


def test_what_makes_no_word_is_left_out_and_counted(write: Write) -> None:
    content = "a 1 0\nb 0 1\na 0 1\n\u00a0 1 1\nnull 0 0\nc 1 1\n".encode() + b"Stra\xc3 1 0\n"
    words, rows, left_out = read_vectors(write(content))
    assert (words, left_out) == (["a", "b", "c"], 4)
    assert rows[0].tolist() == [1, 0]  # the first of the two


def test_the_limit_is_of_words(write: Write) -> None:
    path = write("9 1\na 1\na 2\nb 1\nc 1\nd one\n")
    assert read_vectors(path, 3).words == ["a", "b", "c"]  # and what is behind them is not read
    with pytest.raises(FormatError):
        read_vectors(path)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("2 3\na 1 2 3\nb 1 2\n", 3, "expected a word and 3 numbers, got 2"),
        ("a 1 2 3\nb 1 2 3 4\n", 2, "expected a word and 3 numbers, got 4"),
        ("a 1 2\n 1 2\n", 2, "expected a word and 2 numbers, got 1"),
        ("a 1 x,y\n", 1, "expected a word and 2 numbers, got 'x,y'"),
        ("a 1 nan\n", 1, "expected a word and 2 numbers, got a vector of length nan"),
        ("a 1 1e39\n", 1, "got a vector of length 1e[+]39"),
        ("word\n", 1, "expected a word and its numbers, got 0"),
        ("5 2\nword 1\n", 2, "expected a word and 2 numbers, got 1"),
    ],
)
def test_a_bad_line_is_told(write: Write, content: str, line: int, message: str) -> None:
    path = write(content)
    with pytest.raises(FormatError, match=message) as caught:
        read_vectors(path)
    assert (caught.value.source, caught.value.line) == (str(path), line)


@pytest.mark.parametrize("content", ["", "\n\n", "0 300\n", "a 0 0\n"])
def test_a_file_without_words_is_told(write: Write, content: str) -> None:
    with pytest.raises(FormatError, match="has no word vectors"):
        read_vectors(write(content))


def test_a_file_that_cannot_be_read_is_told(write: Write, tmp_path: Path) -> None:
    with pytest.raises(XnerError, match=r"cannot read .*none.vec': no such file"):
        read_vectors(tmp_path / "none.vec")
    with pytest.raises(XnerError, match=r"cannot read .*: is a directory"):
        read_vectors(tmp_path)
    whole = gzip.compress(b"".join(b"%d 1 2\n" % number for number in range(1000)))
    for broken in (whole[:-20], whole[:1000] + b"\xff" * 50 + whole[1050:]):
        with pytest.raises(XnerError, match=r"cannot read .*v\.vec'"):
            read_vectors(write(broken))

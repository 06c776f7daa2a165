"""conlleval's columns: gold and predicted tags beside each other."""

import pytest

import io_formats
from xner.errors import FormatError

TEXT = "Ida NNP B-PER I-PER\nruht VBZ O O\n\nBern NNP B-LOC I-PER\nja UH O O\n\n"


@pytest.fixture
def read(tmp_path):
    def of(text, form=None, **manner):
        file = tmp_path / "in.txt"
        file.write_text(text)
        return list(io_formats.read(str(file), form=form, **manner))

    return of


def test_each_column_has_its_own_scheme(read):
    counted: list[int] = []
    first, second = read(TEXT, repaired=counted.append)
    assert (first.tags, first.meta["gold"]) == (["B-PER", "O"], ["B-PER", "O"])
    assert (second.tags, second.meta["gold"]) == (["B-PER", "O"], ["B-LOC", "O"])
    assert not counted


def test_it_is_written_for_conlleval_again(read):
    write = io_formats.writer("conlleval")
    text = "".join(map(write, read(TEXT)))
    assert text == "Ida NNP B-PER B-PER\nruht VBZ O O\n\nBern NNP B-LOC B-PER\nja UH O O\n\n"


def test_two_columns_are_too_few(read):
    with pytest.raises(FormatError, match="expected words, gold tags and predicted tags, got 2"):
        read("Ida B-PER\n", "conlleval")

"""ConNER's paired files: a translation, what it was made from, and the spans they share."""

import pytest

import io_formats
from xner.errors import FormatError

ORIGIN = "-DOCSTART-\t0\tO\n\nIda\t1\tS-PER\nruht\t0\tO\n\nin\t0\tO\nWestbern\t1\tS-LOC\n\n"
TRANSLATION = (
    "-DOCSTART-S-LOC0\t0\tO\n\nIda\t1\tS-PER\nrests\t0\tO\n\n"
    "in\t0\tO\nWest\t1\tB-LOC\nBern\t1\tE-LOC\n\n"
)


@pytest.fixture
def read(tmp_path):
    def of(translation, origin=ORIGIN, **manner):
        (tmp_path / "trans.txt").write_text(translation)
        (tmp_path / "unlabel.txt").write_text(origin)
        form = f"conner,origin={tmp_path / 'unlabel.txt'}"
        return list(io_formats.read(str(tmp_path / "trans.txt"), form=form, **manner))

    return of


def test_the_translation_is_on_top_and_linked_to_its_origin(read):
    first, second = read(TRANSLATION, lang="en")
    assert (first.id, first.lang) == ("trans:1", "en")
    assert second.tokens == ["in", "West", "Bern"]
    assert second.tags == ["O", "B-LOC", "I-LOC"]
    assert second.origin is not None
    assert (second.origin.id, second.origin.tokens) == ("unlabel:2", ["in", "Westbern"])
    assert [tuple(row) for row in second.alignment or []] == [(1, 3, 1, 2)]


def test_spans_of_one_side_are_not_linked_and_said(read):
    notes: list[str] = []
    sentences = read(
        "Ida\t1\tS-PER\nx\t2\tS-LOC\n\nWest\t1\tB-LOC\nin\t0\tO\nBern\t1\tE-LOC\n\n",
        note=notes.append,
    )
    assert [[tuple(row) for row in s.alignment or []] for s in sentences] == [
        [(0, 1, 0, 1)],
        [(0, 1, 1, 2)],
    ]
    assert notes[0].endswith(
        "1 spans stand on one side only and are not linked; of 1 whose words are apart only the "
        "first run is"
    )


def test_ill_formed_tags_of_either_side_are_counted(read):
    counted: list[int] = []
    origin = ORIGIN.replace("S-PER", "I-PER")
    read(TRANSLATION.replace("E-LOC", "S-LOC"), origin, repaired=counted.append)
    assert counted == [1, 1]


def test_files_of_different_length_are_refused(read):
    with pytest.raises(FormatError) as caught:
        read(TRANSLATION + "more\t0\tO\n")
    assert "unlabel.txt: has only 2 sentences and " in str(caught.value)
    assert str(caught.value).endswith("trans.txt' has more; the two have to be parallel")


def test_what_is_wrong_is_named_in_the_file_it_is_in(read):
    with pytest.raises(FormatError, match=r"trans.txt:4: 'x' is not the number of a span"):
        read(TRANSLATION.replace("rests\t0", "rests\tx"))
    with pytest.raises(FormatError, match=r"unlabel.txt:4: expected 3 columns .* got 2: 'ruht\tO'"):
        read(TRANSLATION, ORIGIN.replace("ruht\t0\t", "ruht\t"))


def test_one_file_alone_has_words_and_tags(tmp_path):
    (tmp_path / "a.txt").write_text(ORIGIN)
    sentences = list(io_formats.read(str(tmp_path / "a.txt")))
    assert [s.tags for s in sentences] == [["B-PER", "O"], ["O", "B-LOC"]]
    assert sentences[0].origin is None

"""Lines of links, and sentences beside their origins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import io_formats
from io_formats.parallel import Origins, linked
from io_formats.pharaoh import links_of, rows_of
from io_formats.streams import Manner
from xner.errors import FormatError, OptionError
from xner.sentence import Link, Sentence

LINKS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), max_size=12)


@given(LINKS)
def test_written_links_are_read_again(links):
    line = " ".join(f"{i}-{j}" for i, j in links)
    assert links_of(line) == links
    origin = Sentence(id="o", tokens=list("abcdefg"))
    sentence = Sentence(id="t", tokens=list("ABCDE"), origin=origin)
    sentence.alignment = rows_of(links, 5, 7)
    again = links_of(io_formats.writer("pharaoh")(sentence).strip())
    assert again == sorted(set(links))


def test_rows_of_several_words_are_written_as_all_their_pairs():
    origin = Sentence(id="o", tokens=["a", "b"])
    sentence = Sentence(id="t", tokens=["A", "B", "C"], origin=origin, alignment=[Link(1, 3, 0, 2)])
    assert io_formats.writer("pharaoh")(sentence) == "0-1 0-2 1-1 1-2\n"
    sentence.alignment = None
    with pytest.raises(FormatError, match="'t' has no alignment"):
        io_formats.writer("pharaoh")(sentence)


@pytest.mark.parametrize(
    "line", ["0", "0-", "a-b", "0-1-2", "0:1", "0-0:0.9", "-1-0", "0p1", "٣-0"]
)
def test_what_is_no_link(line):
    with pytest.raises(FormatError, match="expected links such as '0-0 1-2', got "):
        links_of(f"0-0 {line}")


def test_links_that_lead_out_name_both_lengths():
    assert rows_of([(1, 2), (1, 2), (0, 0)], 3, 2) == [Link(0, 1, 0, 1), Link(2, 3, 1, 2)]
    for link in ((2, 0), (0, 3)):
        with pytest.raises(FormatError, match="the origin has 2 words, its translation 3"):
            rows_of([link], 3, 2)


def test_a_file_of_links_holds_no_sentences(tmp_path):
    (tmp_path / "a.talp").write_text("0-0\n")
    with pytest.raises(OptionError, match="as --alignments"):
        list(io_formats.read(str(tmp_path / "a.talp"), form="pharaoh"))


@pytest.fixture
def origins(tmp_path):
    def of(text, links=None, suffix="conll", **manner):
        (tmp_path / f"origin.{suffix}").write_text(text)
        name = None
        if links is not None:
            (tmp_path / "links").write_text(links)
            name = str(tmp_path / "links")
        return Origins(str(tmp_path / f"origin.{suffix}"), None, name, Manner(**manner))

    return of


ROWS = "-DOCSTART- O\n\nBern O\n\nist O\nalt O\n\n-DOCSTART- O\n\nGraz O\n\n"


def places(found, numbers):
    return {number: " ".join(at.sentence.tokens) for number in numbers if (at := found.at(number))}


def test_places_with_and_without_rows_of_documents(origins):
    assert places(origins(ROWS), range(1, 4)) == {1: "Bern", 2: "ist alt", 3: "Graz"}
    found = origins(ROWS)
    assert found.has_documents
    found.count_documents()
    assert places(found, range(1, 6)) == {2: "Bern", 3: "ist alt", 5: "Graz"}


@pytest.mark.parametrize("by_row", [True, False])
def test_lines_of_links_for_rows_of_documents_or_not(origins, by_row):
    lines = ["0-0", "0-1", "1-0 0-2", "0-0", "0-3"] if by_row else ["0-1", "1-0 0-2", "0-3"]
    found = origins(ROWS, "\n".join(lines) + "\n")
    taken = [found.at(number) for number in (1, 2, 3)]
    assert [one and one.links for one in taken] == [[(0, 1)], [(1, 0), (0, 2)], [(0, 3)]]
    found.finish(3)


def test_another_number_of_lines_fits_neither(origins):
    with pytest.raises(FormatError, match=r"has 4 lines, and .* 3 sentences and 2 -DOCSTART- rows"):
        origins(ROWS, "0-0\n" * 4)


def test_blank_lines_and_unreadable_records_have_places(origins):
    found = origins("In Bern.\n\nIn Graz.\n", suffix="txt")
    assert places(found, (1, 2, 3)) == {1: "In Bern .", 3: "In Graz ."}
    problems = []
    found = origins("Bern O\n\nist\n\nGraz O\n", problem=problems.append)
    assert places(found, (1, 2, 3)) == {1: "Bern", 3: "Graz"}
    assert len(problems) == 1


def test_sentences_nobody_asks_for_are_counted_and_their_lines_read(origins):
    found = origins("a\nb\nc\nd\n", "0-0\n0-1\n0-2\n0-3\n", suffix="txt")
    assert (found.at(3) or 0).links == [(0, 2)]
    found.finish(4)
    assert found.unread == 3


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ("0-0\n", "links: ends after 1 lines, before the sentences do"),
        ("0-0\nx\n", "links:2: expected links"),
        ("0-0\n\n0-0\n", "links:3: more lines than there are sentences"),
    ],
)
def test_files_of_links_that_do_not_fit(origins, links, said):
    found = origins("a\nb\n", links, suffix="txt")
    with pytest.raises(FormatError, match=said):
        [linked(Sentence(id="t", tokens=["A"]), found.at(n)) for n in (1, 2)] + [found.finish(2)]


def test_trailing_blank_lines_are_no_links(origins):
    found = origins("a\nb\n", "0-0\n\n\n", suffix="txt")
    assert [(found.at(n) or 0).links for n in (1, 2)] == [[(0, 0)], []]
    found.finish(2)


def test_both_files_end_together(origins):
    with pytest.raises(FormatError, match="ends before its translations do"):
        origins("a\n", suffix="txt").at(2)
    with pytest.raises(FormatError, match="goes on with sentence 'origin:2'"):
        origins("a\nb\n", suffix="txt").finish(1)
    origins("a\n\n\n", suffix="txt").finish(1)
    assert origins("a\n\n", suffix="txt").at(2) is None


def test_text_beside_links_is_cut_at_blanks(origins):
    found = origins("it's (old).\n", "1-0\n", suffix="txt").at(1)
    assert found.sentence.tokens == ["it's", "(old)."]
    sentence = Sentence(id="t", tokens=["alt"])
    linked(sentence, found)
    assert sentence.alignment == [Link(0, 1, 1, 2)]


def test_text_that_is_tokenized_already(tmp_path):
    (tmp_path / "a.txt").write_text("it's (old) .\n")
    [sentence] = io_formats.read(str(tmp_path / "a.txt"), form="text,tokenized=yes")
    assert sentence.tokens == ["it's", "(old)", "."]
    with pytest.raises(OptionError, match="tokenized=maybe"):
        list(io_formats.read(str(tmp_path / "a.txt"), form="text,tokenized=maybe"))

"""CoNLL-U and .iob2: comments, ranges, empty nodes, tags in a column or in MISC."""

import pytest

import io_formats
from xner.errors import FormatError

IOB2 = """\
# newdoc id = d1
# sent_id = d1-s1
# text = Im Berner Zoo
1-2\tIm\t_\t-\t-
1\tIn\tO\t-\tme
2\tdem\tO\t-\tme
3\tBerner\tB-ORG\t-\tme
4\tZoo\tI-ORG\t-\tme
4.1\tist\t_\t-\t-

# sent_id = d1-s2
# text = Ida
1\tIda\tB-PER\t-\t-

"""
MISC = """\
# sent_id = s1
# text = In Bern.
1\tIn\tin\tADP\t_\t_\t2\tcase\t_\t_
2\tBern\tBern\tPROPN\t_\t_\t0\troot\t_\tSpaceAfter=No|NER=S-LOC
3\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_

"""


@pytest.fixture
def read(tmp_path):
    def of(text, form=None, **manner):
        file = tmp_path / "in.iob2"
        file.write_text(text)
        return list(io_formats.read(str(file), form=form, **manner))

    return of


def written(sentences) -> str:
    return "".join(map(io_formats.writer("conllu"), sentences))


def test_words_are_what_has_a_whole_number(read):
    first, second = read(IOB2)
    assert (first.id, first.tokens) == ("d1-s1", ["In", "dem", "Berner", "Zoo"])
    assert first.tags == ["O", "O", "B-ORG", "I-ORG"]
    assert first.meta["text"] == "Im Berner Zoo"
    assert (second.id, second.tags) == ("d1-s2", ["B-PER"])


def test_everything_else_is_written_back(read):
    sentences = read(IOB2)
    assert set(written(sentences).splitlines()) == set(IOB2.splitlines())
    assert read(written(sentences)) == sentences


def test_tags_in_misc(read):
    (sentence,) = read(MISC)
    assert sentence.tags == ["O", "B-LOC", "O"]
    assert written([sentence]) == MISC.replace("NER=S-LOC", "NER=B-LOC")
    (other,) = read(MISC.replace("NER=S-LOC", "Entity=B-LOC"))
    assert other.tags == ["O", "B-LOC", "O"]


def test_a_treebank_without_entities_is_not_annotated(read):
    (sentence,) = read(MISC.replace("SpaceAfter=No|NER=S-LOC", "SpaceAfter=No"))
    assert sentence.tags is None
    sentence.tags = ["O", "B-LOC", "O"]
    assert written([sentence]) == MISC.replace("NER=S-LOC", "NER=B-LOC")
    sentence.tokens, sentence.tags = ["A", "B"], None
    assert "# text = A B\n1\tA\t_\t-\t-\n" in written([sentence])


def test_a_column_by_number_and_sentences_without_tags(read):
    text = "1\tIda\tx\tB-PER\ty\n\n1\tBern\tx\tB-LOC\ty\n"
    assert [s.tags for s in read(text, "conllu,tag=4")] == [["B-PER"], ["B-LOC"]]
    assert [s.tags for s in read("1\tIda\t_\t-\t-\n", "conllu")] == [None]


def test_sentences_of_other_formats_get_numbers_and_comments(read, tmp_path):
    file = tmp_path / "a.conll"
    file.write_text("Ida B-PER\nruht O\n")
    text = written(io_formats.read(str(file), lang="de"))
    assert text == (
        "# sent_id = a:1\n# text = Ida ruht\n# lang = de\n1\tIda\tB-PER\t-\t-\n2\truht\tO\t-\t-\n\n"
    )
    (sentence,) = read(text)
    assert (sentence.id, sentence.lang, sentence.tags) == ("a:1", "de", ["B-PER", "O"])


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("1\tIda\tB-PER\n2\truht\n", 2, "expected 3 columns separated by a tab, got 2: '2\truht'"),
        ("# sent_id = a\nIda\n1\tb\tO\n", 2, "expected a number, a tab and a word, got 'Ida'"),
        (
            "1\tIda\tB-PER\n1-2\tx\t_\n2\tx\tX\n",
            3,
            "unknown tag 'X'; expected O or a letter of BIES, a dash and a type",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(read, text, line, message):
    with pytest.raises(FormatError) as caught:
        read(text, "conllu")
    assert (caught.value.line, caught.value.message) == (line, message)

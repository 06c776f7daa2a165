"""CoNLL columns: every oddity that bit someone, and the same bytes out as in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import io_formats
from xner.errors import FormatError, OptionError
from xner.sentence import Sentence
from xner.tag_schemes import convert_tags

# no white space but the no-break space, which belongs to its word
letters = st.characters(codec="utf-8", exclude_categories=["Zs", "Zl", "Zp", "Cc"]) | st.just(
    "\xa0"
)
words = st.text(letters, min_size=1, max_size=6).filter(lambda w: not w.startswith(("#", "-", "{")))
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


@pytest.fixture
def read(tmp_path):
    """The sentences of some text, as those of a file `in.conll`."""

    def of(text: str | bytes, form: str | None = "conll", name: str = "in.conll", **manner):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(io_formats.read(str(file), form=form, **manner))

    return of


def written(sentences, form="conll") -> str:
    write = io_formats.writer(form)
    return "".join(map(write, sentences))


def problem_of(read, text, *arguments, **manner) -> FormatError:
    with pytest.raises(FormatError) as caught:
        read(text, *arguments, **manner)
    return caught.value


@given(
    st.lists(st.lists(st.tuples(words, st.sampled_from(TAGS)), min_size=1, max_size=6), min_size=1),
    st.sampled_from(["space", "tab"]),
    st.sampled_from(["\n\n", "\n", ""]),
)
def test_read_gives_back_what_was_written(tmp_path_factory, rows, separator, end):
    sentences = []
    for number, row in enumerate(rows, 1):
        tokens, tags = map(list, zip(*row, strict=True))
        sentences.append(Sentence(id=f"a:{number}", tokens=tokens, tags=convert_tags(tags, "bio")))
    text = written(sentences, f"conll,separator={separator}").removesuffix("\n\n") + end
    file = tmp_path_factory.mktemp("conll") / "a.conll"
    file.write_bytes(text.encode())
    back = list(io_formats.read(str(file), form=f"conll,scheme=bio,separator={separator}"))
    assert [(s.id, s.tokens, s.tags) for s in back] == [(s.id, s.tokens, s.tags) for s in sentences]
    assert written(back) == text


@pytest.mark.parametrize(
    "text",
    [
        "Ida B-PER\nruht O\n\nIn O\nBern B-LOC\n\n",
        "Ida\tB-PER\nruht\tO\n\nIn\tO\nBern\tB-LOC\n\n",
        "-DOCSTART- O\n\nIda B-PER\n\n-DOCSTART- O\n\nBern B-LOC\n\n",
        "-DOCSTART- O\nIda B-PER\n\nBern B-LOC\n",
        "Ida B-PER\n\n-DOCSTART- O\n\n",
        "\n\nIda B-PER\n\n\n\nBern B-LOC\n\n\n",
        "Ida B-PER\n\nBern B-LOC",
        "# id = x\n# lang = de\nIda B-PER\n\nBern B-LOC\n",
        "de:Ida\tB-PER\nde:ruht\tO\n\nde:In\tO\nde:Bern\tB-LOC\n\n",
        "Ida\nruht\n\nIn\nBern\n\n",
        "Ida NNP B-NP B-PER\nruht VBZ B-VP O\n\nBern NNP B-NP B-LOC\n\n",
        "Bern NNP B-LOC -\nruht VBZ O x\n\n",
        "a\xa0b\u2028c B-PER\n\n",
    ],
)
def test_the_same_bytes_come_out_through_jsonl(read, tmp_path, text):
    lines = b"".join(map(io_formats.writer("jsonl"), read(text)))
    (tmp_path / "x.jsonl").write_bytes(lines)
    assert written(io_formats.read(str(tmp_path / "x.jsonl"))) == text


def test_a_usual_file_leaves_nothing_in_meta(read):
    assert all(not sentence.meta for sentence in read("Ida B-PER\n\nBern B-LOC\n\n"))


def test_shuffled_sentences_are_still_a_file(read):
    sentences = read("-DOCSTART- O\n\nIda B-PER\n\nBern B-LOC")
    text = written(reversed(sentences))
    assert text == "Bern B-LOC\n\n-DOCSTART- O\n\nIda B-PER\n\n"
    assert [s.tokens for s in read(text)] == [["Bern"], ["Ida"]]


def test_the_first_sentence_decides_the_separator_of_the_file(read):
    mixed = read("Ida\tB-PER\n\n") + read("Bern B-LOC\n\n")
    assert written(mixed) == "Ida\tB-PER\n\nBern\tB-LOC\n\n"


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n\n\n", "\n \t\n"])
def test_the_last_sentence_is_read_however_the_file_ends(read, end):
    assert [s.tokens for s in read("Ida B-PER\n\nBern B-LOC" + end)] == [["Ida"], ["Bern"]]


def test_marks_line_ends_blanks_and_doubled_spaces_are_no_errors(read):
    text = b"\xef\xbb\xbfIda B-PER \r\nruht  O\r\n \t\r\n\r\nBern B-LOC\t\r\n"
    assert [(s.id, s.tokens, s.tags) for s in read(text)] == [
        ("in:1", ["Ida", "ruht"], ["B-PER", "O"]),
        ("in:2", ["Bern"], ["B-LOC"]),
    ]


def test_a_no_break_space_does_not_end_a_word(read):
    (sentence,) = read("10\xa0000 O\nEuro O\n")
    assert sentence.tokens == ["10\xa0000", "Euro"]


def test_a_word_may_hold_blanks_where_tabs_separate(read):
    (sentence,) = read("New York\tB-LOC\nruht\tO\n")
    assert sentence.tokens == ["New York", "ruht"]
    with pytest.raises(
        FormatError, match="'New York' cannot stand in columns separated by a space"
    ):
        written([sentence], "conll,separator=space")


def test_ten_thousand_tokens_are_one_sentence(read):
    (sentence,) = read("x O\n" * 10_000)
    assert len(sentence.tokens) == 10_000


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("a I-PER\nb I-PER\nc B-PER\n\nd I-LOC\n\n", "iob1"),
        ("a B-PER\nb E-PER\nc S-LOC\n\n", "bioes"),
        ("a B-PER\nb L-PER\nc U-LOC\n\n", "bioes"),
        ("a B-PER\nb M-PER\nc E-PER\nd S-LOC\n\n", "bioes"),
    ],
)
def test_other_schemes_are_told_and_become_bio(read, text, scheme):
    counted: list[int] = []
    sentences = read(text, strict=True, repaired=counted.append)
    bio = {tag[0] for sentence in sentences for tag in sentence.tags or []}
    assert bio <= set("BIO")
    assert [s.label for sentence in sentences for s in sentence.spans].count("LOC") == 1
    assert not counted
    again = read(written(sentences, f"conll,scheme={scheme}"), strict=True)
    assert [s.tags for s in again] == [s.tags for s in sentences]


def test_bioes_and_iob1_are_written_if_asked_for(read):
    (sentence,) = read("a B-PER\nb I-PER\nc B-PER\nd B-LOC\n\n")
    assert written([sentence], "conll,scheme=bioes").split()[1::2] == [
        "B-PER",
        "E-PER",
        "S-PER",
        "S-LOC",
    ]
    assert written([sentence], "conll,scheme=iob1").split()[1::2] == [
        "I-PER",
        "I-PER",
        "B-PER",
        "I-LOC",
    ]


def test_an_inside_that_follows_nothing_is_mended_and_counted_or_refused(read):
    text = "x O\n\nIda B-PER\nMoser I-LOC\n\n"
    counted: list[int] = []
    assert read(text, repaired=counted.append)[1].tags == ["B-PER", "B-LOC"]
    assert counted == [1]
    error = problem_of(read, text, strict=True)
    assert (error.line, error.message) == (4, "ill-formed BIO tags: 'I-LOC' after 'B-PER'")


def test_columns_are_told_or_given(read):
    text = "Bern\tB-LOC\thigh\nruht\tO\t-\n"
    assert read(text)[0].tags == ["B-LOC", "O"]
    (swapped,) = read("B-LOC Bern\nO ruht\n", "conll,token=2,tag=1")
    assert (swapped.tokens, swapped.tags) == (["Bern", "ruht"], ["B-LOC", "O"])
    assert written([swapped]) == "Bern B-LOC\nruht O\n"
    assert read("Bern B-LOC\n", "conll,tag=0")[0].tags is None
    with pytest.raises(OptionError, match="tag=4 is not one of the input's 3 columns"):
        read(text, "conll,tag=4")
    with pytest.raises(OptionError, match="token=0 is no column; columns are counted from 1"):
        read("a b B-X\n", form="conll,token=0")


def test_prefixes_of_wikiann_are_the_language(read):
    (sentence,) = read("als:Bärn\tB-LOC\nals:.\tO\n", None)
    assert (sentence.lang, sentence.tokens) == ("als", ["Bärn", "."])
    assert read("als:Bärn\tB-LOC\nals:.\tO\n", None, lang="gsw")[0].lang == "gsw"


def test_comments_name_sentences(read):
    text = "# id = s1\n# lang = de\n# O\nIda B-PER\n\n# id s2\tdomain=train\nBern B-LOC\n\n"
    first, second = read(text)
    assert (first.id, first.lang, first.tokens) == ("s1", "de", ["#", "Ida"])
    assert second.id == "s2"
    assert written([first], "conll,comments=yes") == "# id = s1\n# lang = de\n# O\nIda B-PER\n\n"
    other = Sentence(id="x", lang="nl", tokens=["a"], tags=["O"])
    assert written([other], "conll,comments=yes") == "# id = x\n# lang = nl\na O\n\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a O\nb O\n\nc\nd O\n", 4, "expected 2 columns separated by a space, got 1: 'c'"),
        ("a O\nb O x\nd O\n", 2, "expected 2 columns separated by a space, got 3: 'b O x'"),
        ("a\tO\nb\tO\n\nc O\n", 4, "expected 2 columns separated by a tab, got 1: 'c O'"),
        ("a\tO\n\tO\nb\tO\n", 2, "expected 2 columns separated by a tab, got 2: '\tO'"),
        (
            "a O\nb B-LOC\n\n# id = 1\nc B_LOC\n",
            5,
            "unknown tag 'B_LOC'; expected O or a letter of BIES, a dash and a type",
        ),
        (
            "a O\nb O\n\nc O\nd é O\n".encode("latin-1"),
            5,
            "invalid UTF-8: byte 0xe9 at column 3; if the file is in another encoding, name it, "
            "as in --encoding latin-1",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(read, text, line, message):
    error = problem_of(read, text)
    assert (error.line, error.message) == (line, message)


def test_a_problem_that_is_not_raised_leaves_the_other_sentences(read):
    problems: list[FormatError] = []
    sentences = read("a O\n\nb\nc O\n\nd O\n", problem=problems.append)
    assert [s.id for s in sentences] == ["in:1", "in:3"]
    assert [error.raw for error in problems] == ["b\nc O"]


def test_latin_1_by_name(read):
    assert read("Zürich B-LOC\n".encode("latin-1"), encoding="latin-1")[0].tokens == ["Zürich"]


def test_files_with_and_without_tags_do_not_mix():
    tagged = Sentence(id="a", tokens=["x"], tags=["O"])
    with pytest.raises(FormatError, match="sentence 'b' has 1 columns where those before have 2"):
        written([tagged, Sentence(id="b", tokens=["x"])])


def test_columns_that_no_longer_fit_are_left_out(read):
    (sentence,) = read("Ida NNP B-NP B-PER\nruht VBZ B-VP O\n\n")
    sentence.tokens, sentence.tags = ["Ida"], ["B-PER"]
    assert written([sentence]) == "Ida B-PER\n\n"


def test_options_that_no_format_has(read):
    with pytest.raises(
        OptionError, match="format 'conll' has no option 'colour'; known: token, tag"
    ):
        read("a O\n", "conll,colour=2")
    with pytest.raises(OptionError, match="unknown tag scheme 'bilou'; known: bio, bioes, iob1"):
        io_formats.writer("conll,scheme=bilou")
    with pytest.raises(OptionError, match="unknown format 'xml'; known: jsonl, conll"):
        io_formats.writer("xml")


def test_tsv_is_written_with_tabs_unless_the_input_was_otherwise(read):
    from pathlib import Path

    form = io_formats.form_of_suffix(Path("x.tsv.gz"))
    assert written([Sentence(id="a", tokens=["x"], tags=["O"])], form) == "x\tO\n\n"
    assert written(read("x O\n\n", None, "in.tsv"), form) == "x O\n\n"

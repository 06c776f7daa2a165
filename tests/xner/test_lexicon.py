"""Bilingual word lists: reading, direction, longest match, casing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.errors import FormatError, OptionError, XnerError
from xner.lexicon import Lexicon, read_lexicon

PAIRS = "house\tHaus\nthe\tdie\nthe\tder\nNew York\tNeuyork\npolish\tpolieren\nPolish\tpolnisch\n"


def lexicon_file(folder: Path, name: str, text: str = PAIRS) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_the_longest_entry_wins() -> None:
    lexicon = Lexicon([("New", "neu"), ("New York", "Neuyork"), ("New York City", "NYC")])
    words = ["in", "New", "York", "now"]
    assert lexicon.find(words, 0) is None
    assert lexicon.find(words, 1) == (2, "Neuyork")
    assert lexicon.find(["New", "Yorker"], 0) == (1, "neu")


@pytest.mark.parametrize(
    ("word", "translation"),
    [("House", "Haus"), ("HOUSE", "HAUS"), ("the", "die"), ("The", "Die"), ("I", "ich")],
)
def test_case_is_kept(word: str, translation: str) -> None:
    lexicon = Lexicon([("house", "Haus"), ("the", "die"), ("the", "der"), ("I", "ich")])
    assert lexicon.find([word], 0) == (1, translation)


def test_an_entry_in_the_same_case_goes_first() -> None:
    lexicon = Lexicon([("polish", "polieren"), ("Polish", "polnisch")])
    assert lexicon.find(["Polish"], 0) == (1, "polnisch")
    assert lexicon.find(["polish"], 0) == (1, "polieren")
    assert lexicon.find(["POLISH"], 0) == (1, "POLIEREN")


def test_all_translations_in_the_order_of_the_list() -> None:
    pairs = [("the", "el"), ("the", "las"), ("the", "el"), ("New York", "Nueva York")]
    lexicon = Lexicon([*pairs, ("polish", "pulir"), ("Polish", "polaco"), ("polish", "polaco")])
    assert lexicon.translations("the") == ["el", "las"]
    assert lexicon.translations("THE") == ["EL", "LAS"]
    assert lexicon.translations("new york") == ["Nueva York"]
    assert lexicon.translations("New") == []
    assert lexicon.translations("polish") == ["pulir", "polaco"]
    assert lexicon.translations("Polish") == ["polaco", "Pulir", "Polaco"]
    assert lexicon.find_all(["the", "NEW", "YORK"], 1) == (2, ["NUEVA YORK"])


@pytest.mark.parametrize(
    "name", ["lexicon.en-de.tsv", "en-de.tsv", "muse-en-de.txt", "x_en_de.tsv"]
)
def test_the_direction_is_in_the_name(tmp_path: Path, name: str) -> None:
    path = lexicon_file(tmp_path, name)
    assert read_lexicon(path, "en", "de-AT").find(["house"], 0) == (1, "Haus")
    assert read_lexicon(path, "de", "en").find(["Haus"], 0) == (1, "house")


def test_the_direction_can_be_said(tmp_path: Path) -> None:
    path = lexicon_file(tmp_path, "words.tsv")
    assert read_lexicon(path, "de", "en", "en-de").find(["Haus"], 0) == (1, "house")
    with pytest.raises(OptionError, match="direction=de-en"):
        read_lexicon(path, "de", "en")
    with pytest.raises(OptionError, match="'fr-de' does not say"):
        read_lexicon(path, "de", "en", "fr-de")


def test_blanks_divide_where_no_tab_does(tmp_path: Path) -> None:
    path = lexicon_file(tmp_path, "en-de.txt", "\ufeffhouse Haus\r\n\r\ncat Katze\r\n")
    assert read_lexicon(path, "en", "de").pairs == [("house", "Haus"), ("cat", "Katze")]


@pytest.mark.parametrize("line", ["house", "house\t", "\tHaus", "the big house"])
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, line: str) -> None:
    path = lexicon_file(tmp_path, "en-de.tsv", f"cat\tKatze\n{line}\n")
    with pytest.raises(FormatError, match=r"en-de.tsv:2: expected a word, a tab"):
        read_lexicon(path, "en", "de")


@pytest.mark.parametrize(("content", "what"), [(b"", "is empty"), (b"\xff\tx\n", "not UTF-8")])
def test_a_useless_file_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "en-de.tsv").write_bytes(content)
    with pytest.raises(FormatError, match=what):
        read_lexicon(tmp_path / "en-de.tsv", "en", "de")


def test_a_missing_file_is_no_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(XnerError, match=r"cannot read.*no such file") as caught:
        read_lexicon(tmp_path / "none.tsv", "en", "de")
    assert not isinstance(caught.value, OptionError)


WORD = st.text(st.characters(categories=["L"]), min_size=1)


@given(st.lists(st.tuples(WORD, WORD), min_size=1))
def test_turning_round_twice_changes_nothing(pairs: list[tuple[str, str]]) -> None:
    lexicon = Lexicon(pairs)
    assert lexicon.inverted().inverted().pairs == pairs
    for source, _ in pairs:
        found = lexicon.find([source], 0)
        assert found is not None
        assert found[1] in [target for word, target in pairs if word == source]
        assert lexicon.translations(source)[0] == found[1]


def test_affixes_come_after_words_but_for_affixes():
    lexicon = Lexicon([("to", "-ar"), ("to", "a"), ("to", "-"), ("-ly", "-mente"), ("-ly", "de")])
    assert lexicon.translations("to") == ["a", "-", "-ar"]
    assert lexicon.translations("-ly") == ["-mente", "de"]

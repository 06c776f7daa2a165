"""Word by word: one word for one, tags in place, and languages where they can be told."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xner.translation.fakes import through
from tests.xner.translation.word_lists import english, through_list
from xner.errors import OptionError
from xner.sentence import Sentence
from xner.tag_schemes import Span, tags_of
from xner.translation.mode import Dropped, Options, Tally
from xner.translation.translator import translated
from xner.translation.word import Word

UN = english("U.N. official Rolf Ekeus heads for Baghdad .", "B-ORG O B-PER I-PER O O B-LOC O")
UN_LIST = "U.N.=VN; official=funcionario; heads=cabezas; for=para; baghdad=bagdad; Rolf=Rudolfo"


def word(target: str = "es", **options: Any) -> Word:
    return Word(target, Options(**options), Tally())


def test_the_example_of_transadv(tmp_path: Path) -> None:
    way = word()
    [made] = through_list(way, [UN], UN_LIST, tmp_path)
    assert made.tokens == ["VN", "funcionario", "Rolf", "Ekeus", "cabezas", "para", "Bagdad", "."]
    assert made.tags == UN.tags
    assert [tuple(row) for row in made.alignment or []] == [(n, n + 1, n, n + 1) for n in range(8)]
    assert made.langs == ["es", "es", None, None, "es", "es", "es", None]
    assert (made.id, made.lang, made.origin) == (UN.id, "es", UN)
    assert way.tally.units == {
        **{"all": 8, "translated": 5, "copied by type": 2, "without letters": 1},
        "of several words": 0,
    }


WORDS = st.lists(
    st.sampled_from(["ab", "Ab", "AB", "cd", "Cd", "ef", ".", "12", "x-y"]), min_size=1, max_size=9
)
LIST = "ab=ba; cd=cd; cd=dc; X-Y=yx"


@given(WORDS, st.sets(st.integers(0, 8)), st.sampled_from(["first", "sample"]))
def test_one_word_for_one_and_tags_in_place(tokens: list[str], cuts: set[int], choose: Any) -> None:
    edges = sorted({0, len(tokens), *(cut for cut in cuts if cut < len(tokens))})
    spans = [Span(a, b, "LOC") for a, b in pairwise(edges) if a % 3]
    given = Sentence(id="s", tokens=tokens, tags=tags_of(spans, len(tokens)))
    with TemporaryDirectory() as folder:
        [made] = through_list(word(choose=choose), [given], LIST, Path(folder))
    assert len(made.tokens) == len(tokens)
    assert made.tags == given.tags
    assert [row[0::2] for row in made.alignment or []] == [(n, n) for n in range(len(tokens))]
    for old, new, lang in zip(tokens, made.tokens, made.langs or [], strict=True):
        assert lang == (None if new == old else "es")
        assert new.lower() in {"ab": "ba", "cd": "cd dc", "x-y": "yx"}.get(old.lower(), old).split()
        assert new.isupper() == old.isupper()


def test_several_words_for_one(tmp_path: Path) -> None:
    way = word(copy_types="none")
    given = english("Anna flew to Timbuktu today", "B-PER O O B-LOC O")
    pairs = "flew=fue en avión; Anna=Ana María; to=en pos de; to=a; timbuktu=tombuctú la lejana"
    [made] = through_list(way, [given], pairs, tmp_path)
    assert " ".join(made.tokens) == "Ana María fue en avión a Tombuctú la lejana today"
    assert made.tags == ["B-PER", "I-PER", "O", "O", "O", "O", "B-LOC", "I-LOC", "I-LOC", "O"]
    assert [tuple(row) for row in made.alignment or []] == [
        *((0, 2, 0, 1), (2, 5, 1, 2), (5, 6, 2, 3), (6, 9, 3, 4), (9, 10, 4, 5)),
    ]
    assert made.langs == ["es"] * 9 + [None]
    assert way.tally.units["of several words"] == 3


def test_the_translation_of_a_shuffled_sentence_is_shuffled(tmp_path: Path) -> None:
    given = english("flew Anna", "O B-PER")
    given.shuffled = True
    [made] = through_list(word(), [given], "flew=voló", tmp_path)
    assert (made.tokens, made.shuffled) == (["voló", "Anna"], True)


def test_a_token_with_a_blank_in_it_stays_one_where_it_is_its_own_translation(
    tmp_path: Path,
) -> None:
    given = Sentence(id="a", lang="en", tokens=["in", "New York"])
    [made] = through_list(word(), [given], "in=en; New York=New York", tmp_path)
    assert (made.tokens, made.langs) == (["en", "New York"], ["es", None])


def test_chinese_is_cut_into_characters(tmp_path: Path) -> None:
    given = english("in Beijing .", "O B-LOC O")
    [made] = through_list(word("zh"), [given], "in=在; Beijing=京 城; Beijing=北京", tmp_path)
    assert made.tokens == ["在", "北", "京", "."]
    assert made.tags == ["O", "B-LOC", "I-LOC", "O"]
    assert made.langs == ["zh", "zh", "zh", None]
    assert (made.alignment or [])[1] == (1, 3, 1, 2)


@pytest.mark.parametrize(
    ("types", "copied"),
    [("PER", ["Anna"]), ("none", []), (" PER, ORG ", ["Anna", "Post"]), ("LOC", [])],
)
def test_types_that_are_copied(types: str, copied: list[str]) -> None:
    given = english("x Anna Post", "O B-PER B-ORG")
    translator, engine = through(str.swapcase)
    way = word(copy_types=types)
    [made] = translated([given], way, translator)
    assert [text for text in given.tokens if text not in engine.sent] == copied
    assert isinstance(made, Sentence)
    same = [lang is None for lang in made.langs or []]
    assert same == [token in copied for token in given.tokens]
    assert way.tally.units["copied by type"] == len(copied)


def test_a_word_that_is_the_same_is_known_and_one_that_is_not_there_is_not(tmp_path: Path) -> None:
    way = word()
    given = english("Hotel Ritz opens")
    [made] = through_list(way, [given], "hotel=hotel; opens=abre", tmp_path)
    assert made.tokens == ["Hotel", "Ritz", "abre"]
    assert made.langs == [None, None, "es"]
    assert made.tags is None
    assert (way.tally.units["identical"], way.tally.units["translated"]) == (1, 1)


def test_translations_of_a_trained_engine() -> None:
    answers = {"dog": "perro.", "U.N.": "N.U.", "ship": "", "the": "&quot;la&quot;"}
    translator, engine = through(answers.__getitem__)
    [made] = translated([english("the U.N. dog - ship")], word(), translator)
    assert isinstance(made, Sentence)
    assert made.tokens == ['"', "la", '"', "N.U.", "perro", "-", "ship"]
    assert engine.sent == ["the", "U.N.", "dog", "ship"]


def test_the_full_stop_of_a_word_list_is_its_own(tmp_path: Path) -> None:
    [made] = through_list(word(), [english("mister company")], "mister=Sr.", tmp_path)
    assert made.tokens == ["Sr.", "company"]


def test_sentences_without_entities_can_be_dropped() -> None:
    translator, _ = through(str)
    way = word(no_spans="drop")
    outcomes = translated([english("a", "O"), english("a")], way, translator)
    assert outcomes[0] == Dropped("no spans")
    assert isinstance(outcomes[1], Sentence)


# --- which translation


MANY = "the=el;the=la;the=los;the=las;the=a los;old=viejo;old=vieja;old=antiguo"


def drawn(
    folder: Path, sentences: list[Sentence], seed: int = 0, **options: Any
) -> list[list[str]]:
    way = word(choose="sample", **options)
    way.seed = seed
    return [made.tokens for made in through_list(way, sentences, MANY, folder)]


def test_draws_are_of_seed_and_record(tmp_path: Path) -> None:
    sentences = [english("the old " * 10, id=f"s:{n}") for n in range(9)]
    made = drawn(tmp_path, sentences)
    assert drawn(tmp_path, sentences[::-1])[::-1] == made
    assert len({tuple(tokens) for tokens in made}) == 9
    assert drawn(tmp_path, sentences, seed=1) != made
    assert {token for tokens in made for token in tokens} == {
        *("el", "la", "los", "las", "viejo", "vieja", "antiguo")
    }
    assert {t for tokens in drawn(tmp_path, sentences, candidates=1) for t in tokens} == {
        *("el", "viejo")
    }


def test_all_are_as_likely(tmp_path: Path) -> None:
    [tokens] = drawn(tmp_path, [english("the " * 4000, id="s")])
    assert all(abs(tokens.count(one) - 1000) < 150 for one in ("el", "la", "los", "las"))


def test_a_chooser_sees_the_sentence_and_what_there_is(tmp_path: Path) -> None:
    class Last:
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def prepare(self, sentences: Any) -> None:
            self.seen += [one.id for one in sentences]

        def choose(self, sentence: Sentence, offers: Any) -> list[list[str]]:
            self.seen += [sentence.id, *offers]
            return [offer.candidates[-1] for offer in offers]

    way = word(choose="context", chooser="some model")
    way.chooser = last = Last()
    given = english("The new old .", id="s")
    way.prepare([given])
    [made] = through_list(way, [given], MANY, tmp_path)
    assert made.tokens == ["Las", "new", "antiguo", "."]
    assert last.seen == [
        *("s", "s"),
        (0, 1, [["El"], ["La"], ["Los"], ["Las"]]),
        (2, 3, [["viejo"], ["vieja"], ["antiguo"]]),
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"choose": "context"}, "--choose context wants --chooser"),
        ({"chooser": "m"}, "--chooser is for --choose context"),
        ({"case": "corpus"}, "--case corpus wants --case-from"),
        ({"case_from": ("x",)}, "--case-from is for --case corpus"),
        ({"candidates": 0}, "--candidates 0 is not at least 1"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        Options(**options)

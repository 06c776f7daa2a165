"""Carrying spans through engines with markers around them."""

import re
from collections import Counter

import pytest

from tests.xner.translation.marked import carried, said, tagged, whole
from xner.sentence import Sentence
from xner.tag_schemes import Span, tags_of
from xner.tokenization import detokenize, tokenize
from xner.translation.marker import Marker
from xner.translation.marker_styles import STYLES
from xner.translation.mode import Dropped, Options, Tally

A_B = tagged("A , B", "ORG O LOC")


@pytest.mark.parametrize(
    ("translation", "strict", "lost", "lenient"),
    [
        ("S1 B S1 , S0 A S0", [("B", "LOC"), ("A", "ORG")], [], [("B", "LOC"), ("A", "ORG")]),
        (
            "S0 A S1 , S0 B S1",
            [],
            [[0, 1, "markers crossed"], [2, 3, "markers crossed"]],
            [("A", "ORG"), ("B", "ORG")],
        ),
        ("A , S1 B S1", [("B", "LOC")], [[0, 1, "marker lost"]], [("B", "LOC")]),
        ("S0 S0 A , S1 B S1", [("B", "LOC")], [[0, 1, "empty span translation"]], [("B", "LOC")]),
    ],
)
def test_worked_cases(
    translation: str, strict: list[object], lost: list[object], lenient: list[object]
) -> None:
    translation = re.sub(r"S(\d)", r"__SLOT\1__", translation)
    outcome = whole(A_B, lambda _: translation)
    assert said(outcome) == strict
    assert outcome.meta.get("spans_lost", []) == lost
    assert said(whole(A_B, lambda _: translation, parse="lenient")) == lenient
    # whatever is lost, its text stays, and no marker does
    assert sorted(outcome.tokens) == [",", "A", "B"]


def test_a_slot_read_twice_leads_to_one_span() -> None:
    crossed = "__SLOT0__ A __SLOT1__ , __SLOT0__ B __SLOT1__"
    outcome, tally, _ = carried(A_B, lambda _: crossed, parse="lenient")
    assert isinstance(outcome, Sentence)
    assert [tuple(row) for row in outcome.alignment or []] == [(0, 1, 0, 1), (2, 3, 0, 1)]
    assert outcome.meta["spans_lost"] == [[2, 3, "marker unpaired"]]
    assert (tally.spans, tally.survived, tally.lost.total()) == (2, 1, 1)


def test_the_record_is_as_the_contract_says() -> None:
    sentence = tagged("Anna lebt in Bern .", "PER O O LOC O", "de")
    answers = {
        "__SLOT0__ Anna __SLOT0__ lebt in __SLOT1__ Bern __SLOT1__.": (
            "In __SLOT1__ Berne __slot1__ lives __SLOT0__ Anna __SLOT0__."
        )
    }
    outcome, tally, sent = carried(sentence, answers.__getitem__)
    assert isinstance(outcome, Sentence)
    assert sent == list(answers)
    assert outcome.tokens == ["In", "Berne", "lives", "Anna", "."]
    assert outcome.tags == ["O", "B-LOC", "O", "B-PER", "O"]
    assert [tuple(row) for row in outcome.alignment or []] == [(1, 2, 3, 4), (3, 4, 0, 1)]
    assert outcome.origin is sentence
    assert (outcome.lang, outcome.meta) == ("en", {})
    assert (tally.survived, tally.crossed, tally.copied, tally.repaired) == (2, 2, 1, 1)
    assert tally.ratios == pytest.approx(1 + 5 / 4)


# --- scripts


@pytest.mark.parametrize(
    ("target", "translation", "tokens", "entities"),
    [
        (
            "zh",
            "__SLOT0__安娜__SLOT0__住在__SLOT1__北京__SLOT1__。",
            ["安", "娜", "住", "在", "北", "京", "。"],
            [("安 娜", "PER"), ("北 京", "LOC")],
        ),
        (
            "ja",
            "__SLOT0__ アンナ __SLOT0__は＿＿ＳＬＯＴ１＿＿ベルリン__ SLOT1 __に住む。",
            list("アンナはベルリンに住む。"),
            [("ア ン ナ", "PER"), ("ベ ル リ ン", "LOC")],
        ),
        (
            "ar",
            "تعيش __SLOT0__ آنا __SLOT0__ في __SLOT1__ برلين __SLOT١__.",
            ["تعيش", "آنا", "في", "برلين", "."],
            [("آنا", "PER"), ("برلين", "LOC")],
        ),
    ],
)
def test_into_other_scripts(
    target: str, translation: str, tokens: list[str], entities: list[tuple[str, str]]
) -> None:
    sentence = tagged("Anna lives in Berlin .", "PER O O LOC O", "en")
    outcome = whole(sentence, lambda _: translation, target)
    assert outcome.tokens == tokens
    assert said(outcome) == entities


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("lang", "text"),
    [("zh", "安娜住在北京。"), ("ja", "アンナはベルリンに住む。"), ("ar", "تعيش آنا في برلين.")],
)
def test_other_scripts_there_and_back(style: str, lang: str, text: str) -> None:
    tokens = tokenize(text, lang)
    spans = [Span(0, 2, "PER"), Span(3, len(tokens) - 1, "LOC")]
    sentence = Sentence(id="s", lang=lang, tokens=tokens, tags=tags_of(spans, len(tokens)))
    outcome = whole(sentence, lambda text: text, lang, marker_style=style)
    assert (outcome.tokens, outcome.tags) == (sentence.tokens, sentence.tags)


# --- several translations
THREE = "\n".join(
    ["A , __SLOT1__ B __SLOT1__", "__SLOT0__ A __SLOT0__ ; __SLOT1__ B __SLOT1__", "", "B ! A"]
)


def test_the_first_translation_with_all_spans_is_taken() -> None:
    outcome, tally, _ = carried(A_B, lambda _: THREE, nbest=4)
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["A", ";", "B"]
    assert outcome.meta == {
        "nbest": [
            {
                "tokens": ["A", ",", "B"],
                "tags": ["O", "O", "B-LOC"],
                "alignment": [[2, 3, 2, 3]],
                "spans_lost": [[0, 1, "marker lost"]],
            },
            {
                "tokens": ["B", "!", "A"],
                "tags": ["O", "O", "O"],
                "alignment": [],
                "spans_lost": [[0, 1, "marker lost"], [2, 3, "marker lost"]],
            },
        ]
    }
    assert (tally.later, tally.spans, tally.survived) == (1, 2, 2)


def test_where_none_has_all_spans_the_best_is_taken() -> None:
    lines = THREE.splitlines()
    outcome, tally, _ = carried(A_B, lambda _: "\n".join([lines[3], lines[0]]), nbest=2)
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["B", "!", "A"]
    assert [other["tokens"] for other in outcome.meta["nbest"]] == [["A", ",", "B"]]
    assert (tally.later, tally.survived) == (0, 0)


def test_sentences_without_spans_have_several_translations_too() -> None:
    outcome = whole(tagged("a b", "O O"), lambda _: "c d\ne", nbest=2)
    assert (outcome.tokens, outcome.tags, outcome.alignment) == (["c", "d"], ["O", "O"], [])
    assert outcome.meta["nbest"] == [
        {"tokens": ["e"], "tags": ["O"], "alignment": [], "spans_lost": []}
    ]


def test_a_break_is_a_blank_where_one_translation_is_asked_for() -> None:
    outcome = whole(tagged("a b", "O O"), lambda _: "c\nd")
    assert outcome.tokens == ["c", "d"]
    assert outcome.meta == {}


# --- edges


@pytest.mark.parametrize("choice", ["translate", "drop"])
def test_sentences_without_spans(choice: str) -> None:
    outcome, _, sent = carried(tagged("nobody left", "O O"), str.upper, no_spans=choice)
    if choice == "drop":
        assert (outcome, sent) == (Dropped("no spans"), [])
    else:
        assert isinstance(outcome, Sentence)
        assert (outcome.tokens, outcome.tags) == (["NOBODY", "LEFT"], ["O", "O"])
        assert outcome.alignment == []


def test_an_empty_translation_drops_the_sentence_with_its_spans() -> None:
    for translation in ("", "__SLOT0__ __SLOT0__"):
        outcome, tally, _ = carried(tagged("Anna left", "PER O"), lambda _, t=translation: t)
        assert outcome == Dropped("empty translation")
        assert (tally.spans, tally.survived, tally.lost) == (1, 0, {"empty translation": 1})


@pytest.mark.parametrize("style", STYLES)
def test_text_without_letters_is_not_sent(style: str) -> None:
    sentence = tagged("1996 - 97", "MISC O MISC")
    outcome, _, sent = carried(sentence, str.upper, marker_style=style)
    assert sent == []
    assert isinstance(outcome, Sentence)
    assert (outcome.tokens, outcome.tags) == (sentence.tokens, sentence.tags)


def test_implausible_lengths_are_lost_and_can_be_allowed() -> None:
    sentence = tagged("Anna left", "PER O")
    long = f"__SLOT0__ {'no ' * 40} __SLOT0__ left"
    outcome, tally, _ = carried(sentence, lambda _: long)
    assert isinstance(outcome, Sentence)
    assert tally.lost == {"implausible span length": 1}
    assert len(outcome.tokens) == 41
    assert said(whole(sentence, lambda _: long, max_length_ratio=100.0))


def test_neighbours_stay_two_and_text_stays_beside_them() -> None:
    sentence = tagged("Anna Beth ran", "PER PER O")
    glued = "the__SLOT0__Anna__SLOT0____SLOT1__Beth__SLOT1__'s."
    outcome = whole(sentence, lambda _: glued)
    assert outcome.tokens == ["the", "Anna", "Beth", "'s", "."]
    assert outcome.tags == ["O", "B-PER", "B-PER", "O", "O"]


def test_text_that_looks_like_a_marker_is_kept() -> None:
    sentence = tagged("Anna put slot_0 in __SLOT0__", "PER O O O O")
    outcome, tally, sent = carried(sentence, lambda text: text)
    assert isinstance(outcome, Sentence)
    assert sent == ["__SLOTX0__ Anna __SLOTX0__ put slot_0 in __SLOT0__"]
    assert outcome.tokens == tokenize(detokenize(sentence.tokens, "xx"), "en")
    assert said(outcome) == [("Anna", "PER")]
    assert tally.lost == Counter()


def test_sentences_without_tags_are_refused() -> None:
    mode = Marker("en", Options(), Tally())
    refusal = mode.refusal(Sentence(id="s", lang="xx", tokens=["a"]))
    assert refusal is not None
    assert "xner weak-tag" in refusal
    assert mode.refusal(Sentence(id="s", lang="xx", tokens=["a"], tags=["O"])) is None

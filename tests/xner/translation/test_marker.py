"""Carrying spans through engines with markers around them."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.xner.translation.fakes import through
from xner.sentence import Sentence
from xner.tag_schemes import Span, tags_of
from xner.tokenization import detokenize, tokenize
from xner.translation.marker import Marker
from xner.translation.marker_styles import STYLES
from xner.translation.mode import Dropped, Options, Tally
from xner.translation.translator import translated

Answer = Callable[[str], str]


def carried(
    sentence: Sentence, answer: Answer, target: str = "en", **options: Any
) -> tuple[Sentence | Dropped, Tally, list[str]]:
    tally = Tally()
    translator, engine = through(answer)
    [outcome] = translated([sentence], Marker(target, Options(**options), tally), translator)
    return outcome, tally, engine.sent


def whole(sentence: Sentence, answer: Answer, target: str = "en", **options: Any) -> Sentence:
    outcome, _, _ = carried(sentence, answer, target, **options)
    assert isinstance(outcome, Sentence)
    return outcome


def tagged(text: str, labels: str, lang: str = "xx") -> Sentence:
    tokens = text.split()
    tags = ["O" if label == "O" else f"B-{label}" for label in labels.split()]
    return Sentence(id="s", lang=lang, tokens=tokens, tags=tags)


def said(outcome: Sentence) -> list[tuple[str, str]]:
    """The entities as texts with types."""
    return [(" ".join(outcome.tokens[a:b]), label) for a, b, label in outcome.spans]


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


NAME = re.compile(r"[A-Z][a-z]+")


def translation_of(text: str) -> str:
    """What the engines below make of a name: recognizable, and not the name."""
    return NAME.sub(lambda name: f"T{name[0].lower()}", text)


def reversing(text: str) -> str:
    """From behind, but for a text that is one name."""
    turn = {"[": "]", "]": "["}
    words = [
        f"</{word[1:]}" if word.startswith("<") and word[1] != "/" else word.replace("</", "<")
        for word in translation_of(text).split(" ")
    ]
    words = [turn.get(word, word) for word in words]
    return " ".join(reversed(words)) if any(map(str.islower, text.split(" "))) else " ".join(words)


def mangling(text: str) -> str:
    text = translation_of(text)
    return (
        text.replace("SLOT", "slot").replace("__", " _ _ ").replace("[", "［").replace("</", "< /")
    )


ENGINES = [translation_of, reversing, mangling]


@st.composite
def names_among_words(draw: st.DrawFn) -> tuple[list[str], list[Span]]:
    """Lower-case words and, among them, different capitalized names: their spans."""
    tokens: list[str] = []
    spans: list[Span] = []
    word = st.text("abcdefghij", min_size=2, max_size=5)
    for number in range(draw(st.integers(1, 12))):
        tokens += draw(st.lists(word, min_size=1, max_size=2))
        name = f"K{'lmnopqrstuvw'[number]}{draw(word)}"
        spans.append(Span(len(tokens), len(tokens) + 1, draw(st.sampled_from("ABC"))))
        tokens.append(name)
    tokens += draw(st.lists(word, max_size=2))
    return tokens, spans


@pytest.mark.parametrize("answer", ENGINES)
@pytest.mark.parametrize("style", STYLES)
@settings(max_examples=30, deadline=None)  # the first to match brackets imports scipy
@given(drawn=names_among_words())
def test_spans_survive_engines_that_keep_pairs(
    answer: Answer, style: str, drawn: tuple[list[str], list[Span]]
) -> None:
    tokens, spans = drawn
    sentence = Sentence(id="s", lang="xx", tokens=tokens, tags=tags_of(spans, len(tokens)))
    outcome, tally, _ = carried(sentence, answer, marker_style=style)
    assert isinstance(outcome, Sentence)
    assert outcome.meta == {}
    assert (tally.spans, tally.survived, tally.lost) == (len(spans), len(spans), Counter())
    assert tally.repaired == (len(spans) if answer is mangling else 0)
    assert Counter(outcome.tokens) == Counter(map(translation_of, tokens))
    for start, end, origin_start, origin_end in outcome.alignment or []:
        [surface] = tokens[origin_start:origin_end]
        assert outcome.tokens[start:end] == [translation_of(surface)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("parse", ["strict", "lenient"])
@settings(deadline=None)
@given(data=st.data())
def test_whatever_comes_back_adds_up(style: str, parse: str, data: st.DataObject) -> None:
    """Markers dropped, doubled and moved: the words stay, spans are carried or accounted for."""
    tokens, spans = data.draw(names_among_words())
    sentence = Sentence(id="s", lang="xx", tokens=tokens, tags=tags_of(spans, len(tokens)))

    def answer(text: str) -> str:
        words = text.split(" ")
        keep = data.draw(st.lists(st.integers(0, 9), min_size=len(words), max_size=len(words)))
        marker = re.compile(r"__.*__|[\[\]]|<.*>")
        made = [
            [word] * {0: 0, 1: 2}.get(fate, 1) if marker.fullmatch(word) else [word]
            for word, fate in zip(words, keep, strict=True)
        ]
        moved = data.draw(st.permutations(made)) if keep and keep[0] > 5 else made
        return " ".join(word for some in moved for word in some)

    outcome, tally, _ = carried(sentence, answer, marker_style=style, parse=parse)
    assert isinstance(outcome, Sentence)
    assert Counter(outcome.tokens) == Counter(tokens)
    assert tally.spans == len(spans) == tally.survived + tally.lost.total()
    rows = outcome.alignment or []
    lost = {(start, end) for start, end, _ in outcome.meta.get("spans_lost", [])}
    assert {(row.origin_start, row.origin_end) for row in rows} | lost == {s[:2] for s in spans}
    assert [span[:2] for span in outcome.spans] == [row[:2] for row in rows]
    types = {span[:2]: span.label for span in spans}
    assert [span.label for span in outcome.spans] == [
        types[row.origin_start, row.origin_end] for row in rows
    ]
    if parse == "strict":
        assert not lost & {(row.origin_start, row.origin_end) for row in rows}


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


# --- brackets


def test_one_pair_of_brackets_asks_for_nothing_more() -> None:
    outcome, _, sent = carried(
        tagged("Anna left", "PER O"),
        lambda text: text.replace("Anna", "Ann"),
        marker_style="brackets",
    )
    assert sent == ["[ Anna ] left"]
    assert isinstance(outcome, Sentence)
    assert said(outcome) == [("Ann", "PER")]


def test_brackets_find_their_spans_by_what_is_in_them() -> None:
    answers = {
        "[ Rom ] und [ Anna ] und [ Bern ]": "[Bern], [Anna] and [Rome]",
        "Rom": "Rome.",
        "Anna": "Ann",
        "Bern": "Berne",
    }
    sentence = tagged("Rom und Anna und Bern", "LOC O PER O LOC")
    outcome, tally, sent = carried(sentence, answers.__getitem__, marker_style="brackets")
    assert isinstance(outcome, Sentence)
    assert set(sent) == set(answers)
    assert [tuple(row) for row in outcome.alignment or []] == [
        (0, 1, 4, 5),
        (2, 3, 2, 3),
        (4, 5, 0, 1),
    ]
    assert tally.crossed == 3


ROME, ANNA = ("Rome", "LOC"), ("Anna", "PER")


@pytest.mark.parametrize(
    ("translation", "reason", "lenient"),
    [
        ("[ Rome ] and Anna", "brackets uneven", [ROME]),
        ("[ Anna ] and [ Rome ] [ Bern ]", "brackets uneven", [ANNA, ROME]),
        ("[ Rome and [ Anna ] ]", "brackets uneven", [ANNA]),
        ("Rome and Anna", "marker lost", []),
        ("[ 罗马 ] and [ 安娜 ]", "brackets ambiguous", []),
    ],
)
def test_brackets_that_nobody_can_tell_are_lost(
    translation: str, reason: str, lenient: list[tuple[str, str]]
) -> None:
    sentence = tagged("Rome and Anna", "LOC O PER")

    def answer(text: str) -> str:
        return translation if "[" in text else text

    outcome, tally, _ = carried(sentence, answer, marker_style="brackets")
    assert isinstance(outcome, Sentence)
    assert outcome.tags == ["O"] * len(outcome.tokens)
    assert not {"[", "]"} & set(outcome.tokens)
    assert tally.lost == {reason: 2}
    assert said(whole(sentence, answer, marker_style="brackets", parse="lenient")) == lenient


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


@pytest.mark.parametrize("style", STYLES)
@settings(deadline=None)
@given(tokens=st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=8), data=st.data())
def test_any_characters_go_through(style: str, tokens: list[str], data: st.DataObject) -> None:
    labels = data.draw(
        st.lists(st.sampled_from("OOPL"), min_size=len(tokens), max_size=len(tokens))
    )
    tags = ["O" if label == "O" else f"B-{label}" for label in labels]
    sentence = Sentence(id="s", lang="xx", tokens=tokens, tags=tags)
    outcome, tally, _ = carried(
        sentence, lambda text: text, marker_style=style, max_length_ratio=1e9
    )
    visible = [span for span in sentence.spans if tokenize(tokens[span.start], "en")]
    if isinstance(outcome, Dropped):
        assert not any(tokenize(token, "en") for token in tokens)
        return
    assert all(outcome.tokens)
    assert tally.spans == len(sentence.spans)
    assert tally.survived == len(outcome.alignment or [])
    if style != "brackets":
        assert tally.survived == len(visible)

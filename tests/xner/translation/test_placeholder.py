"""Carrying spans through engines that behave in every way that engines do."""

import random
import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.xner.translation.fakes import through, translation_of
from xner.sentence import Sentence
from xner.tag_schemes import Span, tags_of
from xner.tokenization import tokenize
from xner.translation.mode import Dropped, Options, Tally
from xner.translation.placeholder import Placeholder
from xner.translation.translator import translated

TYPES = ["PER", "LOC", "ORG", "MISC"]


def identity(text: str) -> str:
    return translation_of(text)


def reversing(text: str) -> str:
    return " ".join(reversed(translation_of(text).split(" ")))


def lowering(text: str) -> str:
    return translation_of(text).replace("SPAN", "span ")


def dropping(text: str) -> str:
    return re.sub(r"SPAN1\b", "", translation_of(text))


def duplicating(text: str) -> str:
    return re.sub(r"\bSPAN0\b", "SPAN0 SPAN0", translation_of(text))


ENGINES = [identity, reversing, lowering, dropping, duplicating]


@st.composite
def names_among_words(draw: st.DrawFn) -> tuple[list[str], list[tuple[int, int, str]]]:
    """Lower-case words and, among them, capitalized names of one or two words: their spans."""
    tokens: list[str] = []
    spans: list[tuple[int, int, str]] = []
    word = st.text("abcdefghij", min_size=1, max_size=5)
    for _ in range(draw(st.integers(1, 14))):
        tokens += draw(st.lists(word, max_size=2))
        name = draw(st.lists(word.map(str.capitalize), min_size=1, max_size=2))
        spans.append((len(tokens), len(tokens) + len(name), draw(st.sampled_from(TYPES))))
        tokens += name
    tokens += draw(st.lists(word, max_size=2))
    return tokens, spans


def carried(
    sentence: Sentence, answer: Callable[[str], str], **options: object
) -> tuple[Sentence | Dropped, Tally, list[str]]:
    tally = Tally()
    translator, engine = through(answer)
    mode = Placeholder("en", Options(**options), tally)  # type: ignore[arg-type]
    [outcome] = translated([sentence], mode, translator)
    return outcome, tally, engine.sent


@pytest.mark.parametrize("answer", ENGINES)
@pytest.mark.parametrize("context", ["isolated", "sentence"])
@settings(max_examples=40)
@given(drawn=names_among_words())
def test_alignments_lead_to_the_spans_translation(
    answer: Callable[[str], str],
    context: str,
    drawn: tuple[list[str], list[tuple[int, int, str]]],
) -> None:
    tokens, spans = drawn
    tags = tags_of([Span(*span) for span in spans], len(tokens))
    sentence = Sentence(id="s", lang="xx", tokens=tokens, tags=tags)
    outcome, tally, sent = carried(sentence, answer, span_context=context)
    assert not any(label in text for text in sent for label in TYPES)
    if isinstance(outcome, Dropped):
        assert answer in (dropping, duplicating)
        return
    assert outcome.alignment is not None
    assert outcome.origin is sentence
    for start, end, origin_start, origin_end in outcome.alignment:
        surface = " ".join(sentence.tokens[origin_start:origin_end])
        expected = reversing(surface) if answer is reversing else translation_of(surface)
        if not (context == "sentence" and answer is reversing):
            assert outcome.tokens[start:end] == tokenize(expected, "en")
        else:
            assert sorted(outcome.tokens[start:end]) == sorted(tokenize(expected, "en"))
    carried_labels = Counter(span.label for span in outcome.spans)
    origins = {row[2:] for row in outcome.alignment}
    kept = [span for span in sentence.spans if (span.start, span.end) in origins]
    assert carried_labels == Counter(span.label for span in kept)
    assert [(span.start, span.end) for span in outcome.spans] == [
        row[:2] for row in outcome.alignment
    ]
    assert tally.spans == len(sentence.spans)
    assert tally.survived == len(kept)
    assert tally.lost.total() == tally.spans - tally.survived
    assert len(outcome.meta.get("spans_lost", [])) == tally.lost.total()


def test_words_around_spans_stay_where_they_are() -> None:
    sentence = tagged("Anna saw (Bern) today.", "PER O O LOC O O O")
    outcome, tally, sent = carried(sentence, identity)
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["Tanna", "saw", "(", "Tbern", ")", "today", "."]
    assert sent == ["SPAN0 saw (SPAN1) today.", "Anna", "Bern"]
    assert outcome.tags == ["B-PER", "O", "O", "B-LOC", "O", "O", "O"]
    assert outcome.lang == "en"
    assert tally.lost == Counter()


def tagged(text: str, labels: str) -> Sentence:
    tokens = tokenize(text, "en")
    tags = ["O" if label == "O" else f"B-{label}" for label in labels.split()]
    assert len(tokens) == len(tags)
    return Sentence(id="s", lang="xx", tokens=tokens, tags=tags)


def test_a_span_glued_to_a_word_is_cut_off() -> None:
    sentence = tagged("a Bern trip", "O LOC O")
    outcome, _, _ = carried(sentence, lambda text: text.replace("SPAN0 trip", "SPAN0-based trip"))
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["a", "Bern", "-based", "trip"]
    assert [tuple(row) for row in outcome.alignment or []] == [(1, 2, 1, 2)]


def test_adjacent_spans_stay_two() -> None:
    sentence = Sentence(
        id="s", lang="xx", tokens=["Anna", "Beth", "x"], tags=["B-PER", "B-PER", "O"]
    )
    outcome, _, _ = carried(sentence, identity)
    assert isinstance(outcome, Sentence)
    assert outcome.tags == ["B-PER", "B-PER", "O"]


def test_a_lost_span_leaves_no_text_and_no_tag() -> None:
    sentence = tagged("Anna met Beth in Cork", "PER O PER O LOC")
    outcome, tally, _ = carried(sentence, dropping)
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["Tanna", "met", "in", "Tcork"]
    assert outcome.tags == ["B-PER", "O", "O", "B-LOC"]
    assert outcome.meta == {"spans_lost": [[2, 3, "placeholder lost"]]}
    assert tally.lost == {"placeholder lost": 1}


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("", "empty span translation"),
        ("\u200b", "empty span translation"),
        ("no " * 40, "implausible span length"),
    ],
)
def test_useless_span_translations_are_rejected(part: str, reason: str) -> None:
    sentence = tagged("Anna met Beth", "PER O PER")
    outcome, tally, _ = carried(sentence, lambda text: part if text == "Beth" else text)
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["Anna", "met"]
    assert tally.lost == {reason: 1}


def test_the_length_ratio_can_be_set() -> None:
    sentence = tagged("Anna met Beth", "PER O PER")
    answer = {"Beth": "Bet", "Anna": "Annabellaa"}
    _, tally, _ = carried(sentence, lambda text: answer.get(text, text), max_length_ratio=2.0)
    assert tally.lost == {"implausible span length": 1}


def test_hyphens_and_entities_survive() -> None:
    sentence = tagged("well-known Anna left", "O PER O")
    outcome, _, _ = carried(
        sentence, lambda text: text.replace("left", "left&#39;s &amp; \u200bco")
    )
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["well-known", "Anna", "left", "'s", "&", "co"]


def test_a_full_stop_added_to_a_name_goes() -> None:
    sentence = tagged("x Bern , U.S.A. !", "O LOC O LOC O")
    outcome, _, _ = carried(
        sentence, lambda text: text if "SPAN" in text else f"{text.rstrip('.')}."
    )
    assert isinstance(outcome, Sentence)
    assert [outcome.tokens[row.start : row.end] for row in outcome.alignment or []] == [
        ["Bern"],
        ["U.S.A", "."],
    ] or [outcome.tokens[row.start] for row in outcome.alignment or []] == ["Bern", "U.S.A."]


def test_crossing_copying_and_lengths_are_counted() -> None:
    sentence = tagged("Anna met Beth and Cora", "PER O PER O PER")
    answer = "SPAN2 met SPAN0 and SPAN1"
    _, tally, _ = carried(sentence, lambda text: answer if "SPAN" in text else text + text[:4])
    assert (tally.survived, tally.crossed, tally.copied) == (3, 3, 0)
    assert tally.ratios == pytest.approx(6.0)
    _, tally, _ = carried(sentence, lambda text: text)
    assert (tally.crossed, tally.copied) == (0, 3)


def test_context_is_taken_from_the_bracketed_sentence() -> None:
    sentence = tagged("Rom lies in Romania", "LOC O O LOC")
    dictionary = {
        "SPAN0 lies in SPAN1": "in SPAN1 lies SPAN0",
        "[Rom] lies in Romania": "in Romania lies [Rome]",
        "Rom lies in [Romania]": "in Rumania lies Rome",  # the brackets are lost
        "Romania": "Rumania",
    }
    outcome, tally, sent = carried(sentence, dictionary.__getitem__, span_context="sentence")
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["in", "Rumania", "lies", "Rome"]
    assert sent == list(dictionary)
    assert tally.out_of_context == 1


def test_names_alone_are_not_sent_as_a_sentence() -> None:
    outcome, _, sent = carried(tagged("Bern , 1996 .", "LOC O O O"), identity)
    assert isinstance(outcome, Sentence)
    assert sent == ["Bern"]
    assert outcome.tokens == ["Tbern", ",", "1996", "."]


def test_text_that_looks_like_a_placeholder_is_kept() -> None:
    outcome, tally, sent = carried(tagged("Anna used SPAN0 today", "PER O O O"), identity)
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["Tanna", "used", "SPAN0", "today"]
    assert sent[0] == "SPANX0 used SPAN0 today"
    assert tally.lost == Counter()


@pytest.mark.parametrize("choice", ["translate", "drop"])
def test_sentences_without_spans(choice: str) -> None:
    sentence = tagged("nobody left", "O O")
    outcome, _, sent = carried(sentence, str.upper, no_spans=choice)
    if choice == "drop":
        assert outcome == Dropped("no spans")
        assert sent == []
    else:
        assert isinstance(outcome, Sentence)
        assert (outcome.tokens, outcome.tags) == (["NOBODY", "LEFT"], ["O", "O"])
        assert outcome.alignment == []


def test_an_empty_translation_drops_the_sentence_with_its_spans() -> None:
    outcome, tally, _ = carried(tagged("Anna left", "PER O"), lambda _: "")
    assert outcome == Dropped("empty translation")
    assert (tally.spans, tally.survived, tally.lost) == (1, 0, {"empty translation": 1})


def test_sentences_without_tags_are_refused() -> None:
    mode = Placeholder("en", Options(), Tally())
    refusal = mode.refusal(Sentence(id="s", lang="xx", tokens=["a"]))
    assert refusal is not None
    assert "xner weak-tag" in refusal
    assert mode.refusal(Sentence(id="s", lang="xx", tokens=["a"], tags=["O"])) is None


def test_many_sentences_share_rounds_and_keep_their_order() -> None:
    shuffled = list(range(40))
    random.Random(5).shuffle(shuffled)
    many = [tagged(f"Anna saw n{number} in Bern", "PER O O O LOC") for number in shuffled]
    translator, engine = through(identity)
    outcomes = translated(many, Placeholder("en", Options(), Tally()), translator)
    assert [outcome.tokens[2] for outcome in outcomes if isinstance(outcome, Sentence)] == [
        f"n{number}" for number in shuffled
    ]
    assert engine.sent.count("Anna") == 1
    assert len(engine.sent) == 42


def test_chinese_comes_without_blanks() -> None:
    sentence = Sentence(
        id="s", lang="zh", tokens=["他", "在", "北", "京"], tags=["O", "O", "B-LOC", "I-LOC"]
    )
    dictionary = {"他在 SPAN0": "He is in SPAN0.", "北京": "Beijing"}
    outcome, _, _ = carried(sentence, dictionary.__getitem__)
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["He", "is", "in", "Beijing", "."]


@given(tokens=st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=8), data=st.data())
def test_any_characters_go_through(tokens: list[str], data: st.DataObject) -> None:
    labels = data.draw(
        st.lists(st.sampled_from("OOPL"), min_size=len(tokens), max_size=len(tokens))
    )
    tags = ["O" if label == "O" else f"B-{label}" for label in labels]
    sentence = Sentence(id="s", lang="xx", tokens=tokens, tags=tags)
    outcome, tally, _ = carried(sentence, lambda text: text, max_length_ratio=100.0)
    visible = [span for span in sentence.spans if tokenize(tokens[span.start], "en")]
    if isinstance(outcome, Dropped):
        assert not any(tokenize(token, "en") for token in tokens)
        return
    assert all(outcome.tokens)
    assert tally.survived == len(outcome.alignment or []) == len(visible)


@pytest.mark.parametrize(
    ("answer", "tokens", "survived"),
    [
        ("SPAN0SPAN1 builds theSPAN2", ["Tanna", "Tbern", "builds", "the", "Tcora"], 3),
        ("SPAN0.SPANNE1 builds SPAN  2", ["Tanna", ".", "builds", "Tcora"], 2),
    ],
)
def test_no_placeholder_becomes_a_word(answer: str, tokens: list[str], survived: int) -> None:
    sentence = tagged("Anna of Bern builds Cora", "PER O LOC O ORG")
    outcome, tally, _ = carried(sentence, lambda t: answer if "SPAN" in t else identity(t))
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == tokens
    assert (tally.spans, tally.survived) == (3, survived)

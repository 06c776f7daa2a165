"""Markers and engines that keep them, mangle them, or do anything at all to them."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.xner.translation.fakes import translation_of
from tests.xner.translation.marked import Answer, carried
from xner.sentence import Sentence
from xner.tag_schemes import Span, tags_of
from xner.tokenization import tokenize
from xner.translation.marker_styles import STYLES
from xner.translation.mode import Dropped


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

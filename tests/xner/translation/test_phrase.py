"""Phrase by phrase, and entities by phrase with words between."""

from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.xner.translation.fakes import through
from tests.xner.translation.word_lists import english, through_list
from xner.sentence import Sentence
from xner.tag_schemes import Span, tags_of
from xner.translation.mode import Options, Tally
from xner.translation.phrase import Phrase, WordPhrase
from xner.translation.translator import translated

GIVEN = english(
    "The New York Times met Anna Roe in New York his bar",
    "O B-ORG I-ORG I-ORG O B-PER I-PER O B-LOC I-LOC O O",
)
LIST = "the=el; met=vio a; in=en; New York=Nueva York; times=tiempos; bar=bar"


def way(kind: Any = Phrase, **options: Any) -> Any:
    return kind("es", Options(**options), Tally())


def test_phrases_are_sent_as_texts() -> None:
    translator, engine = through(lambda text: f"{text.upper()}.")
    made = translated([GIVEN], way(), translator)[0]
    assert engine.sent == ["The", "New York Times", "met", "in", "New York", "his bar"]
    assert isinstance(made, Sentence)
    assert made.tokens == [
        *("THE", "NEW", "YORK", "TIMES", "MET", "Anna", "Roe", "IN", "NEW", "YORK", "HIS", "BAR"),
    ]
    assert made.tags == GIVEN.tags
    assert made.langs == ["es"] * 5 + [None] * 2 + ["es"] * 5
    assert [tuple(row) for row in made.alignment or []] == [
        *((0, 1, 0, 1), (1, 4, 1, 4), (4, 5, 4, 5), (5, 7, 5, 7), (7, 8, 7, 8)),
        *((8, 10, 8, 10), (10, 12, 10, 12)),
    ]


def test_entities_by_phrase_and_the_rest_by_word() -> None:
    translator, engine = through(str.upper)
    made = translated([GIVEN], way(WordPhrase, copy_types="ORG"), translator)[0]
    assert engine.sent == ["The", "met", "Anna Roe", "in", "New York", "his", "bar"]
    assert isinstance(made, Sentence)
    assert len(made.alignment or []) == 8
    assert made.langs == ["es", None, None, None, *["es"] * 8]


def test_a_list_knows_a_phrase_if_it_knows_a_word_of_it(tmp_path: Path) -> None:
    mode = way(copy_types="none")
    [made] = through_list(mode, [GIVEN], LIST, tmp_path)
    assert " ".join(made.tokens) == "El Nueva York Tiempos vio a Anna Roe en Nueva York his bar"
    assert made.tags == [*(GIVEN.tags or [])[:4], "O", *(GIVEN.tags or [])[4:]]
    # what is the same is so as a whole
    assert made.langs == [*["es"] * 6, None, None, *["es"] * 3, None, None]
    assert mode.tally.units == {
        **{"all": 7, "translated": 5, "identical": 1},
        "of several words": 3,
    }


def test_a_phrase_that_grows_takes_its_tag_along() -> None:
    translator, _ = through({"New York": "la ciudad de Nueva York", "in": "en"}.__getitem__)
    made = translated([english("in New York", "O B-LOC I-LOC")], way(), translator)[0]
    assert isinstance(made, Sentence)
    assert made.tags == ["O", "B-LOC", *["I-LOC"] * 4]
    assert [tuple(row) for row in made.alignment or []] == [(0, 1, 0, 1), (1, 6, 1, 3)]


def test_untagged_sentences_have_no_phrases() -> None:
    for kind in (Phrase, WordPhrase):
        assert "xner weak-tag" in (way(kind).refusal(english("a b")) or "")
        assert way(kind).refusal(GIVEN) is None


@given(st.integers(1, 8), st.sets(st.integers(0, 8)), st.integers(1, 3))
def test_units_are_the_sentence_and_keep_its_entities(
    length: int, cuts: set[int], factor: int
) -> None:
    edges = sorted({0, length, *(cut for cut in cuts if cut < length)})
    pairs = pairwise(edges)
    spans = [Span(a, b, "LOC" if a % 2 else "PER") for a, b in pairs if a % 3]
    tokens = [f"w{n}" for n in range(length)]
    given = Sentence(id="s", tokens=tokens, tags=tags_of(spans, length))
    for kind in (Phrase, WordPhrase):
        translator, _ = through(lambda text: " ".join([text] * factor))
        made = translated([given], way(kind, copy_types="none"), translator)[0]
        assert isinstance(made, Sentence)
        rows = made.alignment or []
        assert [place for row in rows for place in range(*row[2:])] == list(range(length))
        assert [place for row in rows for place in range(*row[:2])] == list(range(length * factor))
        assert [span.label for span in made.spans] == [span.label for span in spans]
        for span, old in zip(made.spans, spans, strict=True):
            assert (span.start, span.end) == (old.start * factor, old.end * factor)

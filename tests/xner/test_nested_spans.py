"""Entities within entities: what `meta` says of them, and when that counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import tiny
from xner.errors import XnerError
from xner.sentence import nested_spans, strip
from xner.tag_schemes import Span, tags_of

WORDS = "Die Anna Berg Schule in Bern"
SCHOOL, PERSON, TOWN = Span(1, 4, "ORG"), Span(1, 3, "PER"), Span(5, 6, "LOC")


def told(tags: str, *entities: Span, **fields: object):
    rows = [{"start": s, "end": e, "type": label, "score": 0.5} for s, e, label in entities]
    return tiny.sentence(WORDS, tags, meta={"entities": rows, "page": 3}, **fields)


def test_all_entities_count_where_tags_are_a_choice_of_them():
    every = [SCHOOL, PERSON, TOWN]
    for tags in ("O B-ORG I-ORG I-ORG O B-LOC", "O B-PER I-PER O O B-LOC"):
        assert nested_spans(told(tags, *every)) == every


@pytest.mark.parametrize(
    "tags",
    [
        "O O O O O O",  # dropped
        "O B-ORG I-ORG I-ORG O O",  # one of them dropped, which no other touches
        "O B-LOC I-LOC I-LOC O B-LOC",  # of another type
        "O B-ORG I-ORG I-ORG B-LOC I-LOC",  # of other words
    ],
)
def test_tags_that_somebody_has_changed_since_speak_for_themselves(tags):
    sentence = told(tags, SCHOOL, PERSON, TOWN)
    assert nested_spans(sentence) == sentence.spans


@given(st.sets(st.tuples(st.integers(0, 4), st.integers(1, 3), st.sampled_from("AB"))))
def test_any_choice_that_leaves_no_room_is_a_choice(drawn):
    entities = [Span(start, min(start + size, 6), label) for start, size, label in sorted(drawn)]
    kept: list[Span] = []
    for entity in entities:
        if all(entity.end <= other.start or other.end <= entity.start for other in kept):
            kept.append(entity)
    tags = " ".join(tags_of(kept, 6))
    assert nested_spans(told(tags, *entities)) == entities


def test_without_them_tags_are_all_there_is():
    assert nested_spans(tiny.sentence(WORDS, "O O O O O B-LOC")) == [TOWN]
    assert nested_spans(tiny.sentence(WORDS)) == []


@pytest.mark.parametrize(
    "rows",
    [
        "ORG",
        [[1, 4, "ORG"]],
        [{"start": 1, "end": 4}],
        [{"start": 1, "end": 7, "type": "ORG"}],
        [{"start": 4, "end": 4, "type": "ORG"}],
        [{"start": "1", "end": 4, "type": "ORG"}],
        [{"start": 1, "end": 4, "type": None}],
    ],
)
def test_what_cannot_be_read_is_said_with_the_sentence(rows):
    sentence = tiny.sentence(WORDS, "O O O O O B-LOC", id="a:7", meta={"entities": rows})
    with pytest.raises(XnerError, match=r"^sentence 'a:7': .*meta.entities"):
        nested_spans(sentence)


def test_they_go_with_the_annotation():
    sentence = told("O B-ORG I-ORG I-ORG O B-LOC", SCHOOL, PERSON, TOWN)
    strip(sentence)
    assert sentence.meta == {"page": 3}

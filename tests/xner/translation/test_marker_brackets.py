"""Brackets around spans, which are told apart by what is in them."""

import pytest

from tests.xner.translation.marked import carried, said, tagged, whole
from xner.sentence import Sentence


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

"""Placeholders and brackets: found again whatever an engine did to them, or said to be lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.tag_schemes import Span
from xner.translation.markers import (
    Mark,
    between_brackets,
    bracketed,
    find_placeholders,
    masked,
    unused_stem,
)


def texts_of(text: str, marks: list[Mark]) -> list[tuple[str, int | None]]:
    return [(text[start:end], span) for start, end, span in marks]


@pytest.mark.parametrize(
    "mangled",
    [
        "span0",
        "Span0",
        "SPAN 0",
        "SPAN  0",
        "span \u00a0 0",
        "Span 0",
        "span-0",
        "SPAN_0",
        "SPAN０",
        "ＳＰＡＮ０",
        "SPAN٠",
    ],
)
def test_mangled_placeholders_are_mended(mangled: str) -> None:
    text = f"He met {mangled}, and SPAN1."
    found = find_placeholders(text, "SPAN", 2)
    assert texts_of(text, found.marks) == [(mangled, 0), ("SPAN1", 1)]
    assert (found.lost, found.repaired) == ({}, 1)


def test_placeholders_glued_to_words_and_to_each_other_are_found() -> None:
    text = "SPAN0SPAN1 theSPAN10 SPANNESPAN2"
    found = find_placeholders(text, "SPAN", 11)
    assert texts_of(text, found.marks) == [
        ("SPAN0", 0),
        ("SPAN1", 1),
        ("SPAN10", 10),
        ("SPANNE", None),
        ("SPAN2", 2),
    ]


@pytest.mark.parametrize(
    ("text", "rest"),
    [("a SPANNE1 b", "a  b"), ("theSPANs", "the"), ("SPANSPAN", ""), ("在SPAN和", "在和")],
)
def test_whatever_has_the_stem_is_cut(text: str, rest: str) -> None:
    found = find_placeholders(text, "SPAN", 2)
    for start, end, span in reversed(found.marks):
        assert span is None
        text = text[:start] + text[end:]
    assert text == rest


def test_one_is_not_ten() -> None:
    text = "SPAN10 SPAN1 SPAN11"
    found = find_placeholders(text, "SPAN", 12)
    assert texts_of(text, found.marks) == [("SPAN10", 10), ("SPAN1", 1), ("SPAN11", 11)]
    assert set(found.lost) == set(range(12)) - {1, 10, 11}


def test_a_missing_and_a_double_one_are_lost_alone() -> None:
    text = "SPAN0 and SPAN2 and SPAN2"
    found = find_placeholders(text, "SPAN", 3)
    assert found.lost == {1: "placeholder lost", 2: "placeholder duplicated"}
    assert [mark.span for mark in found.marks] == [0, None, None]


@pytest.mark.parametrize("text", ["SPAN7 x", "SPAN x", "SPAN00 x", "SPAN99999999999 x", "SPAN 2x"])
def test_what_stands_for_no_span_is_debris(text: str) -> None:
    found = find_placeholders(text, "SPAN", 1)
    assert [mark.span for mark in found.marks] == [None]


@pytest.mark.parametrize(
    "text", ["a life span of 3", "the wingspan 0", "Spanish 0", "spans", "SPANISH"]
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert find_placeholders(text, "SPAN", 1).marks == []


def test_the_exact_spelling_goes_before_a_mangled_one() -> None:
    found = find_placeholders("SPAN0 had a span 0 m wide", "SPAN", 1)
    assert (found.lost, found.repaired) == ({}, 0)
    assert found.marks == [Mark(0, 5, 0)]


def test_placeholders_touch_other_scripts() -> None:
    text = "在SPAN0和SPAN1。"
    assert texts_of(text, find_placeholders(text, "SPAN", 2).marks) == [("SPAN0", 0), ("SPAN1", 1)]


@pytest.mark.parametrize(
    "text", ["SPAN0", "the span 12", "ＳＰＡＮ３", "SPAN SPANX0", "A SPAN", "LIFESPANS"]
)
def test_a_stem_that_the_text_has_is_not_used(text: str) -> None:
    stem = unused_stem(text)
    assert stem != "SPAN"
    assert find_placeholders(text, stem, 100).marks == []


@given(st.permutations(range(15)))
def test_placeholders_in_any_order_are_told_apart(order: list[int]) -> None:
    text = " x ".join(f"SPAN{number}" for number in order)
    found = find_placeholders(text, "SPAN", 15)
    assert [mark.span for mark in found.marks] == order
    assert found.lost == {}


def test_masking_and_bracketing_go_by_position() -> None:
    tokens = ["Rom", "in", "Romania", "and", "Rom"]
    assert masked(tokens, [Span(0, 1, "LOC"), Span(2, 5, "LOC")], "SPAN") == [
        "SPAN0",
        "in",
        "SPAN1",
    ]
    assert bracketed(tokens, Span(4, 5, "LOC")) == ["Rom", "in", "Romania", "and", "[Rom]"]
    assert bracketed(tokens, Span(2, 5, "LOC")) == ["Rom", "in", "[Romania", "and", "Rom]"]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("a [b c] d", "b c"),
        ("a ［b］", "b"),
        ("[ b ]", "b"),
        ("a [] d", None),
        ("a [ ] d", None),
        ("a b", None),
        ("a [b", None),
        ("a b]", None),
        ("a ]b[", None),
        ("[a] [b]", None),
    ],
)
def test_brackets_count_if_there_is_one_pair(text: str, inside: str | None) -> None:
    assert between_brackets(text) == inside

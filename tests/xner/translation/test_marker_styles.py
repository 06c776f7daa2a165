"""Markers around spans: written so that nothing is taken for one, found whatever an engine did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.tag_schemes import Span
from xner.tokenization import detokenize
from xner.translation.marker_styles import STYLES, Style, slot_marker
from xner.translation.markers import surrounded

ANNA = ["Anna", "Roe", "'s", "dog", "(", "Bern", ")", "slept", "."]
SPANS = [Span(0, 2, "PER"), Span(5, 6, "LOC")]


def found(style: Style, translation: str) -> list[tuple[str, int | None, bool | None, bool]]:
    return [(translation[start:end], *rest) for start, end, *rest in style.boundaries(translation)]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("slot", "__SLOT0__ Anna Roe __SLOT0__'s dog (__SLOT1__ Bern __SLOT1__) slept."),
        ("brackets", "[ Anna Roe ]'s dog ([ Bern ]) slept."),
        ("xml", "<a> Anna Roe </a>'s dog (<b> Bern </b>) slept."),
    ],
)
def test_blanks_keep_markers_off_the_words(name: str, text: str) -> None:
    style = STYLES[name](detokenize(ANNA, "en"), 2)
    assert style.written(ANNA, SPANS, "en") == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("slot", "他在 __SLOT0__ 北京 __SLOT0__。"),
        ("brackets", "他在 [ 北京 ]。"),
        ("xml", "他在 <a> 北京 </a>。"),
    ],
)
def test_scripts_without_blanks_get_them_around_markers(name: str, text: str) -> None:
    tokens = ["他", "在", "北", "京", "。"]
    assert STYLES[name]("他在北京。", 1).written(tokens, [Span(2, 4, "LOC")], "zh") == text


@given(
    tokens=st.lists(
        st.text("abcXY0_[]<>()\"'.,北京ا", min_size=1, max_size=4), min_size=1, max_size=8
    ),
    lang=st.sampled_from(["en", "fr", "zh", "ar"]),
)
def test_slots_are_written_as_training_pairs_are_read(tokens: list[str], lang: str) -> None:
    style = STYLES["slot"](detokenize(tokens, lang), 1)
    words = surrounded(tokens, [(0, len(tokens))], style.opening, style.closing)
    assert (
        style.written(tokens, [Span(0, len(tokens), "X")], lang).split()
        == detokenize(words, lang).split()
    )


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("count", [1, 30])
def test_what_comes_back_as_it_went_is_exact(name: str, count: int) -> None:
    tokens = [f"w{n}" for n in range(count)]
    style = STYLES[name](" ".join(tokens), count)
    text = style.written(tokens, [Span(n, n + 1, "X") for n in range(count)], "en")
    seen = list(style.boundaries(text))
    assert len(seen) == 2 * count
    assert all(boundary.exact for boundary in seen)
    if not style.anonymous:
        assert [boundary.slot for boundary in seen] == [n for n in range(count) for _ in "oc"]


@pytest.mark.parametrize(
    "mangled",
    [
        "__slot0__",
        "__Slot0__",
        "__ SLOT0 __",
        "_ _ SLOT0 _ _",
        "__SLOT 0__",
        "__SLOT_0__",
        "_SLOT0_",
        "SLOT0",
        "SLOT0__",
        "slot0",
        "＿＿ＳＬＯＴ０＿＿",
        "__SLOT０__",
        "__SLOT٠__",
    ],
)
def test_mangled_slots_are_mended(mangled: str) -> None:
    style = STYLES["slot"]("Anna left", 2)
    assert found(style, f"x {mangled} Anna __SLOT0__, y") == [
        (mangled, 0, None, False),
        ("__SLOT0__", 0, None, True),
    ]


@pytest.mark.parametrize(
    ("mangled", "opens"),
    [("<A>", True), ("< a >", True), ("</ a>", False), ("< / A >", False), ("＜／ａ＞", False)],
)
def test_mangled_tags_are_mended(mangled: str, opens: bool) -> None:
    style = STYLES["xml"]("Anna left", 2)
    assert found(style, f"x {mangled} y <b>") == [
        (mangled, 0, opens, False),
        ("<b>", 1, True, True),
    ]


def test_brackets_of_the_far_east_are_brackets() -> None:
    style = STYLES["brackets"]("Anna left", 1)
    assert found(style, "【安娜］ 走了") == [("【", None, True, False), ("］", None, False, False)]


@pytest.mark.parametrize(
    ("name", "translation"),
    [
        ("slot", "a __SLOT7__ b"),
        ("slot", "a __SLOT__ b"),
        ("slot", "a __SLOTNE1__ b"),
        ("slot", "a __HUECO0__ b"),
        ("slot", "a __ b"),
        ("slot", "a _ _ b"),
        ("slot", "a __SLOT00__ b"),
        ("slot", "a __SLOT99999999999__ b"),
        ("xml", "a <c> b"),
        ("xml", "a <Una> b"),
        ("xml", "a </ b"),
        ("xml", "a > b"),
    ],
)
def test_rests_of_markers_are_debris(name: str, translation: str) -> None:
    style = STYLES[name]("Anna left", 2)
    seen = list(style.boundaries(translation))
    assert seen
    assert all(boundary.slot is None for boundary in seen)
    for boundary in reversed(seen):
        translation = translation[: boundary.start] + translation[boundary.end :]
    assert translation.split() == ["a", "b"]


@pytest.mark.parametrize("text", ["the slot 0", "a timeslot0 b", "slots", "Slot 1 m wide"])
def test_ordinary_words_are_no_slots(text: str) -> None:
    assert list(STYLES["slot"]("Anna left", 2).boundaries(text)) == []


def test_slots_next_to_each_other_are_told_apart() -> None:
    style = STYLES["slot"]("Anna left", 11)
    seen = found(style, "__SLOT1____SLOT10__ __SLOT1__")
    assert [row[0] for row in seen] == ["__SLOT1__", "__SLOT10__", "__SLOT1__"]
    assert all(exact for *_, exact in seen)


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize(
    "text",
    [
        "__SLOT0__ x",
        "slot 3 and slot_4",
        "ＳＬＯＴ",
        "<a> bold </a>",
        "< a > and <xb>",
        "if a < b > c",
        "a [sic] {b}",
        "[[x]] {{y}}",
        "【x】",
        "&lt;a&gt; &#91;",
    ],
)
def test_what_the_author_wrote_is_no_marker(name: str, text: str) -> None:
    import html

    style = STYLES[name](text, 3)
    assert list(style.boundaries(text)) == []
    assert list(style.boundaries(html.unescape(text))) == []
    marked = style.written(text.split(), [Span(0, 1, "X")], "en")
    assert len(list(style.boundaries(marked))) == 2


@given(text=st.text("SLOTslot0_[]{}<>abx/ ", max_size=20))
@pytest.mark.parametrize("name", STYLES)
def test_no_text_holds_its_own_markers(name: str, text: str) -> None:
    assert list(STYLES[name](text, 3).boundaries(text)) == []


def test_a_marker_is_that_of_the_paper() -> None:
    assert slot_marker(0) == "__SLOT0__"


def test_underscores_of_the_author_beside_a_marker_do_not_cost_it():
    slots = STYLES["slot"]("see _ _SLOT1_ Bern _ x", 1)
    marker = slots.opening(0)
    found = list(slots.boundaries(f"see _ _SLOT1_ _ {marker} Bern {marker} _ x"))
    assert [boundary[2:] for boundary in found if boundary.slot is not None] == [
        (0, None, True),
        (0, None, True),
    ]

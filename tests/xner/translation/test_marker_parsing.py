"""What stands between markers: the worked cases, and any order of markers at all."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.translation.marker_parsing import PARSERS, Parsed
from xner.translation.marker_styles import Boundary


def boundaries_of(text: str) -> list[Boundary]:
    """S0 and S1 are slots; a0, z0 the ends of a tag; X is debris."""
    made = []
    for match in re.finditer(r"\b([Saz])(\d)\b|\bX\b", text):
        opens = {"a": True, "z": False}.get(match[1])
        slot = int(match[2]) if match[2] else None
        made.append(Boundary(match.start(), match.end(), slot, opens, True))
    return made


def parsed(parser: str, text: str, count: int = 2) -> tuple[list[tuple[str, int]], dict[int, str]]:
    boundaries = boundaries_of(text)
    found: Parsed = PARSERS[parser](boundaries, count)
    stretches = [
        (text[boundaries[opens].end : boundaries[closes].start].strip(), slot)
        for opens, closes, slot in found.extents
    ]
    return stretches, found.lost


@pytest.mark.parametrize(
    ("text", "strict", "lost", "lenient"),
    [
        ("S1 B S1 , S0 A S0", [("B", 1), ("A", 0)], {}, [("B", 1), ("A", 0)]),
        (
            "S0 A S1 , S0 B S1",
            [],
            {0: "markers crossed", 1: "markers crossed"},
            [("A", 0), ("B", 0)],
        ),
        ("A , S1 B S1", [("B", 1)], {0: "marker lost"}, [("B", 1)]),
        ("S0 A , S1 B S1", [("B", 1)], {0: "marker unpaired"}, [("A ,", 0)]),
        ("S0 A S0 S1 B S1 S0", [("B", 1)], {0: "marker duplicated"}, [("A", 0), ("B", 1)]),
        (
            "S0 A S1 B S1 C S0",
            [],
            {0: "markers nested", 1: "markers nested"},
            [("A", 0), ("C", 1)],
        ),
        ("S0 A S1 B S0", [], {0: "markers crossed", 1: "marker unpaired"}, [("A", 0)]),
        ("S0 A X B S0 , S1 C S1", [("A X B", 0), ("C", 1)], {}, [("A X B", 0), ("C", 1)]),
        ("a1 B z1 a0 A z0", [("B", 1), ("A", 0)], {}, [("B", 1), ("A", 0)]),
        ("z0 A a0 , a1 B z1", [("B", 1)], {0: "marker unpaired"}, [("A", 0), ("B", 1)]),
        ("a0 A a0 , a1 B z1", [("B", 1)], {0: "marker unpaired"}, [("A", 0), ("B", 1)]),
        ("", [], {0: "marker lost", 1: "marker lost"}, []),
    ],
)
def test_worked_cases(
    text: str, strict: list[object], lost: dict[int, str], lenient: list[object]
) -> None:
    assert parsed("strict", text) == (strict, lost)
    assert parsed("lenient", text)[0] == lenient


@pytest.mark.parametrize("parser", PARSERS)
@given(slots=st.lists(st.sampled_from([None, 0, 1, 2, 3]), max_size=12))
def test_extents_never_overlap_and_all_spans_are_accounted_for(
    parser: str, slots: list[int | None]
) -> None:
    boundaries = [Boundary(n, n + 1, slot, None, True) for n, slot in enumerate(slots)]
    extents, lost = PARSERS[parser](boundaries, 4)
    for one, other in pairwise(extents):
        assert one.opens < one.closes < other.opens < other.closes
    assert {extent.slot for extent in extents} | lost.keys() == set(range(4))
    assert not {extent.slot for extent in extents} & lost.keys()


@given(slots=st.lists(st.sampled_from([None, 0, 1, 2, 3]), max_size=12))
def test_strict_is_what_its_definition_says(slots: list[int | None]) -> None:
    """A span survives if its markers are two and none of another's is between or around."""
    boundaries = [Boundary(n, n + 1, slot, None, True) for n, slot in enumerate(slots)]
    survivors = set()
    for slot in range(4):
        places = [n for n, other in enumerate(slots) if other == slot]
        if len(places) == 2 and set(slots[places[0] + 1 : places[1]]) <= {None}:
            survivors.add(slot)
    for inner in list(survivors):
        for outer in range(4):
            around = [n for n, other in enumerate(slots) if other == outer]
            if outer != inner and len(around) == 2 and around[0] < slots.index(inner) < around[1]:
                survivors.discard(inner)
    assert {extent.slot for extent in PARSERS["strict"](boundaries, 4).extents} == survivors

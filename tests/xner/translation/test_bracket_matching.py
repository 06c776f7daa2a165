"""Brackets that do not say whose they are get the likeliest owners, all at once."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xner.translation.bracket_matching import matched, similarity


@given(st.text(max_size=8), st.text(max_size=8))
def test_similarity_is_a_share_and_knows_no_side(one: str, other: str) -> None:
    assert 0 <= similarity(one, other) <= 1
    assert similarity(one, other) == similarity(other, one)
    assert similarity(one, one) == bool(one)


def test_similarity_by_hand() -> None:
    # r o m ro om rom against r o m e ro om me rom ome: six of 6 + 9
    assert similarity("Rom", "Rome") == pytest.approx(12 / 15)


@pytest.mark.parametrize(
    ("contents", "parts", "owners"),
    [
        (["Berlin", "Anna"], ["Anna", "Berlin"], [1, 0]),
        (["Anna", "Anna"], ["Anna", "Anna"], [0, 1]),
        (["San Anna", "Anna"], ["Anna", "San Anna"], [1, 0]),
        # both are most like "Anna Roe"; only one can be
        (["Anna", "Roe Anna"], ["Anna Roe", "xx"], [1, 0]),
        (["罗马", "Anna"], ["Anna", "Rome"], [1, 0]),
        (["罗马", "安娜"], ["Anna", "Rome"], [None, None]),
        (["Anna"], ["Rome", "Anna"], [1]),
        (["x", "Rome", "y"], ["Rome"], [None, 0, None]),
        ([], ["Rome"], []),
        (["Rome"], [], [None]),
    ],
)
def test_owners(contents: list[str], parts: list[str], owners: list[int | None]) -> None:
    assert matched(contents, parts) == owners


@settings(deadline=None)  # the first of them imports scipy
@given(st.data(), st.integers(1, 4))
def test_no_other_owners_are_likelier(data: st.DataObject, count: int) -> None:
    names = st.lists(st.text("abcd", min_size=1, max_size=5), min_size=count, max_size=count)
    contents, parts = data.draw(names), data.draw(names)
    owners = matched(contents, parts)
    known = [owner for owner in owners if owner is not None]
    assert len(known) == len(set(known))

    def worth(order: tuple[int, ...]) -> float:
        return sum(similarity(contents[n], parts[owner]) for n, owner in enumerate(order))

    got = sum(similarity(contents[n], parts[o]) for n, o in enumerate(owners) if o is not None)
    best = max(worth(order) for order in permutations(range(count)))
    assert got == pytest.approx(best, abs=1e-3 * count)

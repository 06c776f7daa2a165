"""Links of both directions made one set, on tables small enough to work out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.alignment.symmetrize import METHODS, symmetrized

LINKS = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14)

# f: forward, b: backward, #: both
#     0 1 2 3 4
#  0  # f . . .
#  1  . . b . .
#  2  . . # f .
#  3  . . . . f
#  4  b . . . .
FORWARD = {(0, 0), (0, 1), (2, 2), (2, 3), (3, 4)}
BACKWARD = {(0, 0), (1, 2), (2, 2), (4, 0)}
BOTH = [(0, 0), (2, 2)]
# beside (0,0): (0,1), column 1 is free; beside (2,2): (1,2), row 1 is free, and (2,3), column 3 is;
# diagonal to (2,3): (3,4)
GROWN = [(0, 0), (0, 1), (1, 2), (2, 2), (2, 3), (3, 4)]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("intersection", BOTH),
        ("union", sorted(FORWARD | BACKWARD)),
        ("grow-diag", GROWN),
        ("grow-diag-final", [*GROWN, (4, 0)]),  # row 4 has no link yet
        ("grow-diag-final-and", GROWN),  # column 0 has one
    ],
)
def test_worked_by_hand(method, expected):
    assert symmetrized(FORWARD, BACKWARD, method) == expected


def test_what_stands_alone_comes_in_at_the_end_only():
    forward, backward = {(0, 0), (3, 3)}, {(0, 0), (5, 5), (3, 5)}
    assert symmetrized(forward, backward, "grow-diag") == [(0, 0)]
    # (3, 3) first, of the forward direction; then (3, 5) has a row with a link, (5, 5) has none
    assert symmetrized(forward, backward, "grow-diag-final-and") == [(0, 0), (3, 3), (5, 5)]
    # here (3, 5) comes before (5, 5), for column 5 is free; then row 5 is
    every = [(0, 0), (3, 3), (3, 5), (5, 5)]
    assert symmetrized(forward, backward, "grow-diag-final") == every


def test_growth_goes_on_from_what_has_grown():
    diagonal = {(n, n) for n in range(5)}
    assert symmetrized(diagonal, {(2, 2)}, "grow-diag") == sorted(diagonal)
    assert symmetrized(diagonal, set(), "grow-diag") == []


@given(LINKS, LINKS)
def test_from_precise_to_complete(forward, backward):
    found = {method: set(symmetrized(forward, backward, method)) for method in METHODS}
    assert found["intersection"] <= found["grow-diag"] <= found["grow-diag-final-and"]
    assert found["grow-diag"] <= found["grow-diag-final"] <= found["union"]
    # nothing more can grow, and nothing that has two free words is left
    rows, columns = ({link[side] for link in found["grow-diag"]} for side in (0, 1))
    for i, j in found["union"] - found["grow-diag"]:
        beside = {(i + a, j + b) for a in (-1, 0, 1) for b in (-1, 0, 1)} & found["grow-diag"]
        assert not beside or (i in rows and j in columns)
    rows, columns = ({link[side] for link in found["grow-diag-final-and"]} for side in (0, 1))
    assert all(i in rows or j in columns for i, j in found["union"])

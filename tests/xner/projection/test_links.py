"""Rows of alignment over several translations."""

from hypothesis import given
from hypothesis import strategies as st

from xner.projection.links import reversed_rows, to_root
from xner.sentence import Link, Sentence


def chain(*alignments: list[Link] | None) -> Sentence:
    """The last of a row of translations, the alignments from the first on."""
    sentence = Sentence(id="a", tokens=list("abcdef"))
    for rows in alignments:
        sentence = Sentence(id="a", tokens=list("abcdef"), origin=sentence, alignment=rows)
    return sentence


def test_spans_and_words_are_joined_where_they_meet():
    words = [Link(0, 1, 3, 4), Link(1, 2, 4, 5), Link(2, 3, 0, 1)]
    assert to_root(chain(words, [Link(4, 6, 0, 2)])) == [Link(4, 6, 3, 4), Link(4, 6, 4, 5)]
    assert to_root(chain([Link(0, 2, 5, 6)], [Link(3, 4, 1, 3)])) == [Link(3, 4, 5, 6)]
    assert to_root(chain(words, [Link(0, 1, 5, 6)])) == []


def test_a_missing_alignment_is_not_an_empty_one():
    assert to_root(chain(None)) is None
    assert to_root(chain(None, [])) is None
    assert to_root(chain([], None)) is None
    assert to_root(chain([])) == []
    assert to_root(chain([], [])) == []


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 2), st.integers(0, 3), st.integers(1, 2)),
    max_size=6,
).map(lambda rows: [Link(s, s + n, o, o + m) for s, n, o, m in rows])


def pairs(rows: list[Link]) -> set[tuple[int, int]]:
    return {(i, j) for s, e, o, f in rows for i in range(s, e) for j in range(o, f)}


@given(ROWS, ROWS, ROWS)
def test_words_reach_the_root_through_rows(
    first: list[Link], second: list[Link], third: list[Link]
):
    made = to_root(chain(third, second, first))
    assert made is not None
    inside = _through(_through(first, second), third)
    assert pairs(made) == pairs(inside)


def _through(near: list[Link], far: list[Link]) -> list[Link]:
    """Brute force: two rows that overlap in the middle."""
    return [
        Link(a.start, a.end, b.origin_start, b.origin_end)
        for a in near
        for b in far
        if a.origin_start < b.end and b.start < a.origin_end
    ]


@given(ROWS)
def test_twice_reversed_is_the_same(rows: list[Link]):
    assert reversed_rows(reversed_rows(rows)) == rows

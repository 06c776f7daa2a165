"""Segments of a sentence, and the units of two against merging by brute force."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from xner.augmentation.segments import segments
from xner.augmentation.units import units_of
from xner.tag_schemes import OUTSIDE, spans_of


@st.composite
def spans(draw, length=6):
    start = draw(st.integers(0, length))
    return start, draw(st.integers(start, length))


ROWS = st.lists(st.tuples(spans(), spans()).map(lambda pair: (*pair[0], *pair[1])), max_size=6)


def merged(rows):
    """The places of each unit: as long as two share a place, they are one."""
    groups = [(set(range(a, b)), set(range(c, d))) for a, b, c, d in rows if a < b and c < d]
    while True:
        for number, (own, other) in enumerate(groups):
            rest = groups[number + 1 :]
            meets = next((g for g in rest if g[0] & own or g[1] & other), None)
            if meets:
                groups.remove(meets)
                own |= meets[0]
                other |= meets[1]
                break
        else:
            return groups


@given(ROWS)
def test_units_are_rows_merged_as_long_as_they_share_a_word(rows):
    expected = sorted(
        (min(own), max(own) + 1, min(other), max(other) + 1, len(own), len(other))
        for own, other in merged(rows)
    )
    units = units_of(rows)
    assert units == expected
    assert [unit.whole for unit in units] == [
        b - a == words and d - c == others for a, b, c, d, words, others in expected
    ]


@given(st.lists(st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]), min_size=1))
def test_segments_are_the_entities_and_all_between_them(tags):
    parts = segments(tags)
    assert [place for part in parts for place in range(part.start, part.end)] == [*range(len(tags))]
    assert [part for part in parts if part.label != OUTSIDE] == spans_of(tags)
    contexts = [part for part in parts if part.label == OUTSIDE]
    assert all(a.end < b.start for a, b in pairwise(contexts))

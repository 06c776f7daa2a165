"""All entities of a sentence get their places together."""

from itertools import pairwise, product
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from xner.projection.assignment import chosen
from xner.projection.projector import Candidate

PLACES = st.builds(
    lambda start, length, score: Candidate(start, start + length, score),
    st.integers(0, 9),
    st.integers(1, 4),
    st.sampled_from([0.25, 0.5, 0.75, 1.0]),
)
ENTITIES = st.lists(st.lists(PLACES, max_size=4), max_size=5)


def overlap_free(choice: list[Candidate | None]) -> bool:
    taken = sorted(place for place in choice if place is not None)
    return all(a.end <= b.start for a, b in pairwise(taken))


def value(choice: list[Candidate | None], expected: list[float]) -> tuple[int, float, float]:
    taken = [(place, e) for place, e in zip(choice, expected, strict=True) if place is not None]
    away = sum(((place.start + place.end) / 2 - e) ** 2 for place, e in taken)
    return len(taken), sum(place.score for place, _ in taken), -round(away * 1000)


@given(ENTITIES, st.lists(st.integers(0, 12), min_size=5, max_size=5))
@settings(max_examples=300, deadline=None)
def test_no_choice_is_better(entities: list[list[Candidate]], middles: list[int]):
    expected = [float(middle) for middle in middles[: len(entities)]]
    choice = chosen(entities, expected)
    assert overlap_free(choice)
    assert all(place is None or place in own for place, own in zip(choice, entities, strict=True))
    every = product(*[[*own, None] for own in entities])
    best = max(value(list(other), expected) for other in every if overlap_free(list(other)))
    assert value(choice, expected) == best


def test_more_entities_go_before_higher_scores():
    wide, left, right = Candidate(0, 2, 1.0), Candidate(0, 1, 0.1), Candidate(1, 2, 0.1)
    assert chosen([[wide, left], [right]]) == [left, right]


def test_equal_names_keep_their_order():
    places = [Candidate(8, 9, 1.0), Candidate(2, 3, 1.0)]
    assert chosen([places, places]) == [Candidate(2, 3, 1.0), Candidate(8, 9, 1.0)]
    # also where both are expected on the same side
    assert chosen([places, places], [0.0, 1.0]) == [Candidate(2, 3, 1.0), Candidate(8, 9, 1.0)]


def test_one_of_two_equal_places_is_the_nearer():
    places = [Candidate(0, 1, 1.0), Candidate(9, 10, 1.0)]
    assert chosen([places], [7.0]) == [Candidate(9, 10, 1.0)]
    assert chosen([places], [2.0]) == [Candidate(0, 1, 1.0)]


def test_nothing_to_choose_from():
    assert chosen([]) == []
    assert chosen([[], [Candidate(0, 1, 0.5)]]) == [None, Candidate(0, 1, 0.5)]


def test_many_entities_are_quickly_placed():
    entities = [[Candidate(s, s + 2, 1.0) for s in range(n % 7, 120, 8)] for n in range(40)]
    begun = process_time()
    choice = chosen(entities)
    assert overlap_free(choice)
    assert sum(place is not None for place in choice) >= 36
    assert process_time() - begun < 5

"""Which place each entity gets: decided for all entities of a sentence at once."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from xner.projection.projector import Candidate

_MOST_PLACES = 16  # of one entity, the best
_MOST_STATES = 2048  # partial choices kept at one place of the sentence, the best


class _Place(NamedTuple):
    """A candidate, whose it is, and what it is worth; whole numbers, so that sums are exact."""

    start: int
    end: int
    entity: int
    rank: int
    worth: tuple[int, int]


class _Choice(NamedTuple):
    """Places taken so far: how many, their worth, and the last with those before it."""

    value: tuple[int, int, int]  # places, sum of scores, nearness
    last: "tuple[_Place, _Choice] | None"


def chosen(
    candidates: Sequence[Sequence[Candidate]], expected: Sequence[float] | None = None
) -> list[Candidate | None]:
    """One of each entity's candidates, or None, such that no two overlap.

    As many entities as possible get a place; then the sum of the scores is as large as possible;
    then the places are as near as possible, by squared distance, to where the middle of each
    entity is `expected` in tokens; then as far left as may be. Without `expected` entities are so
    in their order, evenly spread. Squares keep two entities of the same words in order.

    Exact unless an entity has more than 16 candidates, or more than 2,048 choices stay open at one
    word, as for twelve entities that may each stand anywhere; then the best of them are followed.
    After the interval scheduling of Kleinberg and Tardos (2005, 6.1), each state knowing which
    entities have had their place.

    >>> places = [[Candidate(0, 1, 1), Candidate(4, 5, 1)], [Candidate(0, 1, 1)]]
    >>> [tuple(place) for place in chosen(places) if place]
    [(4, 5, 1), (0, 1, 1)]
    """
    places = _places(candidates, expected or _spread(candidates))
    best = _best(places)
    taken: list[Candidate | None] = [None] * len(candidates)
    while best.last is not None:
        place, best = best.last
        taken[place.entity] = candidates[place.entity][place.rank]
    return taken


def _spread(candidates: Sequence[Sequence[Candidate]]) -> list[float]:
    length = max((place.end for group in candidates for place in group), default=0)
    return [length * (number + 0.5) / len(candidates) for number in range(len(candidates))]


def _places(
    candidates: Sequence[Sequence[Candidate]], expected: Sequence[float]
) -> dict[int, list[_Place]]:
    """The best candidates of each entity, by the token they begin at."""
    by_start: dict[int, list[_Place]] = {}
    for entity, group in enumerate(candidates):
        ranked = sorted(range(len(group)), key=lambda rank: -group[rank].score)
        for rank in ranked[:_MOST_PLACES]:
            start, end, score = group[rank]
            away = (start + end) / 2 - expected[entity]
            worth = (round(score * 1e9), -round(away * away * 1000))
            by_start.setdefault(start, []).append(_Place(start, end, entity, rank, worth))
    return by_start


def _best(by_start: dict[int, list[_Place]]) -> _Choice:
    """Left to right: the best choice for each set of entities whose places are not all behind."""
    bounds = {*by_start, *(place.end for places in by_start.values() for place in places)}
    last_start = {p.entity: start for start in sorted(by_start) for p in by_start[start]}
    states: dict[int, dict[int, _Choice]] = {bound: {} for bound in bounds}
    nothing = _Choice((0, 0, 0), None)
    here: dict[int, _Choice] = {0: nothing}
    for bound in sorted(bounds):
        open_ones = sum(1 << entity for entity, start in last_start.items() if start >= bound)
        reached = [*here.items(), *states[bound].items()]
        here = {}
        _merge(here, ((mask & open_ones, choice) for mask, choice in reached))
        if len(here) > _MOST_STATES:
            ranked = sorted(here.items(), key=lambda item: item[1].value, reverse=True)
            here = dict(ranked[:_MOST_STATES])
        for place in by_start.get(bound, ()):
            bit = 1 << place.entity
            free = ((m | bit, _with(c, place)) for m, c in here.items() if not m & bit)
            _merge(states[place.end], free)
    return max(here.values(), key=lambda choice: choice.value, default=nothing)


def _merge(states: dict[int, _Choice], more: Iterable[tuple[int, _Choice]]) -> None:
    """Keep the better choice of each mask, the earlier one of equals."""
    for mask, choice in more:
        known = states.get(mask)
        if known is None or choice.value > known.value:
            states[mask] = choice


def _with(choice: _Choice, place: _Place) -> _Choice:
    count, score, near = choice.value
    worth, nearness = place.worth
    return _Choice((count + 1, score + worth, near + nearness), (place, choice))

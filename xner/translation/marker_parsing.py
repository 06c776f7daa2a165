"""Which stretches of a translation stand between the markers of a span, and of which.

`strict` believes markers that are one pair with nothing else's between them. `lenient` is what
CROP's released code does: the first marker opens, whichever comes next closes, and the span is the
opener's; crossed pairs then give a span another's text.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from xner.translation.marker_styles import Boundary


class Extent(NamedTuple):
    """What stands between two boundaries, given by their places in a list, is span `slot`'s."""

    opens: int
    closes: int
    slot: int


class Parsed(NamedTuple):
    """The extents in order, none within another; which spans have none, and why."""

    extents: list[Extent]
    lost: dict[int, str]


def strict(boundaries: Sequence[Boundary], count: int) -> Parsed:
    """One extent at most for each of the spans 0 to `count` - 1."""
    places = _places(boundaries)
    lost: dict[int, str] = {}
    pairs: list[Extent] = []
    for slot in range(count):
        problem = _no_pair([boundaries[place] for place in places[slot]])
        if problem:
            lost[slot] = problem
        else:
            pairs.append(Extent(places[slot][0], places[slot][1], slot))
    kept: list[Extent] = []
    for pair in pairs:
        problem = _entangled(pair, pairs, boundaries)
        if problem:
            lost[pair.slot] = problem
        else:
            kept.append(pair)
    return Parsed(sorted(kept), lost)


def lenient(boundaries: Sequence[Boundary], count: int) -> Parsed:
    """A span may have several extents, and one that is meant for another."""
    places = _places(boundaries)
    numbered = sorted(place for own in places.values() for place in own)
    extents: list[Extent] = []
    for first, second in zip(numbered[::2], numbered[1::2], strict=False):
        slot = boundaries[first].slot
        assert slot is not None  # it would not be among the numbered
        extents.append(Extent(first, second, slot))
    lost = {slot: "marker unpaired" if places[slot] else "marker lost" for slot in range(count)}
    return Parsed(
        extents, {n: why for n, why in lost.items() if n not in {e.slot for e in extents}}
    )


PARSERS: dict[str, Callable[[Sequence[Boundary], int], Parsed]] = {
    "strict": strict,
    "lenient": lenient,
}


def _places(boundaries: Sequence[Boundary]) -> dict[int, list[int]]:
    """Where the boundaries of each span are in the list."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, boundary in enumerate(boundaries):
        if boundary.slot is not None:
            places[boundary.slot].append(place)
    return places


def _no_pair(marks: Sequence[Boundary]) -> str | None:
    """Why the markers of one span are not a pair."""
    if not marks:
        return "marker lost"
    if len(marks) > 2:
        return "marker duplicated"
    first_opens, last_closes = marks[0].opens is not False, not marks[-1].opens
    return None if len(marks) == 2 and first_opens and last_closes else "marker unpaired"


def _entangled(pair: Extent, pairs: Sequence[Extent], boundaries: Sequence[Boundary]) -> str | None:
    """What is wrong with where a pair stands, if another span's markers stand in or around it."""
    inside = Counter(boundary.slot for boundary in boundaries[pair.opens + 1 : pair.closes])
    del inside[None]
    if any(number != 2 for number in inside.values()):
        return "markers crossed"
    around = any(other.opens < pair.opens and pair.closes < other.closes for other in pairs)
    return "markers nested" if inside or around else None

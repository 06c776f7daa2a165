"""Links of both directions made one set: the heuristics of Koehn, Och and Marcu (2003).

An aligner that goes by direction gives every word of one side at most one partner; what both
directions have is nearly always right, what only one has often is.
"""

from collections.abc import Callable, Iterable

from xner.alignment.aligner import WordLink

Links = set[WordLink]

_BESIDE = [(-1, 0), (0, -1), (1, 0), (0, 1)]
_DIAGONAL = [(-1, -1), (-1, 1), (1, -1), (1, 1)]


def intersection(forward: Links, backward: Links) -> Links:
    """What both directions have: precise."""
    return forward & backward


def union(forward: Links, backward: Links) -> Links:
    """What any direction has: complete."""
    return forward | backward


def grow_diag(forward: Links, backward: Links) -> Links:
    """The intersection, grown by links of the union beside or diagonal to one that is there.

    A link is taken only if one of its words has none yet; again and again, until nothing changes.
    """
    links, every = forward & backward, sorted(forward | backward)
    rows, columns = _words(links)
    before = -1
    while before < len(links):
        before = len(links)
        for i, j in every:
            if (i, j) not in links:
                continue
            for down, right in _BESIDE + _DIAGONAL:
                near = (i + down, j + right)
                free = near[0] not in rows or near[1] not in columns
                if free and (near in forward or near in backward):
                    links.add(near)
                    rows.add(near[0])
                    columns.add(near[1])
    return links


def grow_diag_final(forward: Links, backward: Links) -> Links:
    """As `grow_diag`, then links of one direction of which a word has none yet."""
    return _finished(grow_diag(forward, backward), forward, backward, any)


def grow_diag_final_and(forward: Links, backward: Links) -> Links:
    """As `grow_diag`, then links of one direction of which neither word has any yet."""
    return _finished(grow_diag(forward, backward), forward, backward, all)


METHODS: dict[str, Callable[[Links, Links], Links]] = {
    "grow-diag-final-and": grow_diag_final_and,
    "grow-diag-final": grow_diag_final,
    "grow-diag": grow_diag,
    "intersection": intersection,
    "union": union,
}


def symmetrized(
    forward: Iterable[WordLink], backward: Iterable[WordLink], method: str
) -> list[WordLink]:
    """One sorted list of the links of both directions, each (i, j) whatever the direction.

    >>> symmetrized([(0, 0), (1, 0)], [(0, 0), (2, 2)], "grow-diag-final-and")
    [(0, 0), (1, 0), (2, 2)]
    """
    return sorted(METHODS[method](set(forward), set(backward)))


def _finished(
    links: Links, forward: Links, backward: Links, free: Callable[[Iterable[bool]], bool]
) -> Links:
    rows, columns = _words(links)
    for direction in (forward, backward):
        for i, j in sorted(direction):
            if free((i not in rows, j not in columns)):
                links.add((i, j))
                rows.add(i)
                columns.add(j)
    return links


def _words(links: Links) -> tuple[set[int], set[int]]:
    return {i for i, _ in links}, {j for _, j in links}

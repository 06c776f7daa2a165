"""From vectors of pieces to links, against loops written from the papers."""

from itertools import permutations

import pytest
import torch

from xner.alignment.matching import METHODS, softmax


def vectors(*sizes: int, seed: int = 1) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(size, 6, generator=generator) for size in sizes]


def likeness(first: torch.Tensor, second: torch.Tensor) -> list[list[float]]:
    return [
        [(float(a @ b / a.norm() / b.norm()) + 1) / 2 for b in second.double()]
        for a in first.double()
    ]


def links(table: torch.Tensor) -> set[tuple[int, int]]:
    return {(i, j) for i, j in table.nonzero().tolist()}


def mutual(table: list[list[float]]) -> set[tuple[int, int]]:
    rows, columns = range(len(table)), range(len(table[0]))
    return {
        (i, j)
        for i in rows
        for j in columns
        if table[i][j] == max(table[i]) and table[i][j] == max(row[j] for row in table) > 0
    }


@pytest.mark.parametrize("seed", range(20))
def test_argmax_links_those_that_are_each_others_best(seed):
    first, second = vectors(7, 9, seed=seed)
    assert links(METHODS["argmax"](first, second)) == mutual(likeness(first, second))


@pytest.mark.parametrize("seed", range(20))
def test_itermax_does_so_again_with_discounts(seed):
    first, second = vectors(9, 7, seed=seed)
    table = likeness(first, second)
    once = mutual(table)
    rows, columns = ({link[side] for link in once} for side in (0, 1))
    discount = {0: 1.0, 1: 0.9, 2: 0.0}
    again = [
        [value * discount[(i in rows) + (j in columns)] for j, value in enumerate(row)]
        for i, row in enumerate(table)
    ]
    found = links(METHODS["itermax"](first, second))
    assert found == once | mutual(again)
    assert found > once or len(once) == 7


@pytest.mark.parametrize("sizes", [(5, 5), (4, 6), (6, 3)])
def test_match_has_the_largest_sum(sizes):
    first, second = vectors(*sizes)
    table = likeness(first, second)
    found = links(METHODS["match"](first, second))
    assert len(found) == min(sizes)
    if len(table) > len(table[0]):
        table = [list(column) for column in zip(*table, strict=True)]
        found = {(j, i) for i, j in found}
    best = max(
        sum(table[i][j] for i, j in enumerate(chosen))
        for chosen in permutations(range(len(table[0])), len(table))
    )
    assert sum(table[i][j] for i, j in found) == pytest.approx(best)


def test_softmax_wants_both_directions():
    first = torch.tensor([[4.0, 0.0], [0.0, 4.0], [0.0, 0.1]])
    second = torch.tensor([[4.0, 0.0], [0.0, 4.0]])
    assert links(softmax(first, second)) == {(0, 0), (1, 1)}
    # the third prefers nothing, but column 1 would rather have the second
    forward = (first @ second.T).softmax(1)
    assert forward[2, 1] > 0.5
    assert links(softmax(first, second, threshold=0.6)) == {(0, 0), (1, 1)}
    assert links(softmax(first, second, threshold=0.0)) == {
        (i, j) for i in range(3) for j in (0, 1)
    }


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sizes", [(1, 1), (1, 5), (5, 1)])
def test_single_words(method, sizes):
    found = links(METHODS[method](*vectors(*sizes)))
    assert all(i < sizes[0] and j < sizes[1] for i, j in found)
    assert method == "softmax" or found

"""The grid of relations: worked numbers, and its reading against brute force."""

import itertools
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import one_hot

from xner.models.grid import FIRST_TYPE, MANY, Entity, Reading, cells_of, entities_of, flat, grid_of
from xner.tag_schemes import Span

TYPES = ["PER", "LOC", "ORG"]  # relations 2, 3 and 4


def rows(text: str) -> torch.Tensor:
    """A grid from digits, `/` between its rows."""
    return torch.tensor([[int(cell) for cell in row.split()] for row in text.split("/")])


def read(grid: torch.Tensor, types: list[str] = TYPES) -> Reading:
    """What a grid says that is sure of itself."""
    probs = one_hot(grid, FIRST_TYPE + len(types)).float()[None]
    return entities_of(probs, torch.ones(1, len(grid), dtype=torch.bool), types)[0]


def spans(reading: Reading) -> list[tuple[int, int, str]]:
    return [tuple(entity.span) for entity in reading.entities]


WORKED = [
    # Rolf Ekeus in Baghdad .
    ([(0, 2, "PER"), (3, 4, "LOC")], "0 1 0 0 0/2 0 0 0 0/0 0 0 0 0/0 0 0 3 0/0 0 0 0 0"),
    # one within another
    ([(0, 4, "ORG"), (3, 4, "LOC")], "0 1 0 0/0 0 1 0/0 0 0 1/4 0 0 3"),
    # with the same last word
    ([(0, 3, "ORG"), (1, 3, "LOC")], "0 1 0/0 0 1/4 3 0"),
]


@pytest.mark.parametrize(("entities", "grid"), WORKED)
def test_worked_grids(entities, grid):
    made = grid_of([Span(*entity) for entity in entities], len(rows(grid)), TYPES)
    assert made.tolist() == rows(grid).tolist()
    reading = read(made)
    assert spans(reading) == sorted(entities)
    assert (reading.gapped, reading.broken) == (0, 0)
    assert all(entity.score == 1.0 for entity in reading.entities)


def test_a_type_at_first_and_last_word_is_no_entity():
    upper = rows("0 2 0 0 0/0 0 0 0 0/0 0 0 0 0/0 0 0 3 0/0 0 0 0 0")
    assert spans(read(upper)) == [(3, 4, "LOC")]


def test_paths_that_leave_words_out_are_counted_and_no_entities():
    reading = read(rows("0 1 1 0/0 0 0 1/0 0 0 1/2 0 0 0"))  # 0-1-3 and 0-2-3
    assert reading == Reading([], gapped=2, broken=0)


def test_an_entity_stays_one_where_other_paths_lead_there_too():
    reading = read(rows("0 1 1/0 0 1/4 0 0"))  # 0-1-2 and 0-2
    assert reading == Reading([Entity(0, 3, "ORG", 1.0)], gapped=1, broken=0)


def test_types_without_a_path_are_counted():
    reading = read(rows("0 1 0 0/0 0 0 0/2 0 0 1/4 0 0 0"))
    assert reading == Reading([], gapped=0, broken=2)


def test_neighbours_alone_are_no_entity():
    assert read(rows("0 1 0/0 0 1/0 0 0")) == Reading([])


def test_the_score_is_the_mean_over_the_relations_of_an_entity():
    probs = torch.full((1, 3, 3, 5), 0.05)
    probs[..., 0] = 0.8
    for row, column, relation, sure in ((0, 1, 1, 0.6), (1, 2, 1, 0.9), (2, 0, 4, 0.75)):
        probs[0, row, column] = (1 - sure) / 4
        probs[0, row, column, relation] = sure
    (entity,) = entities_of(probs, torch.ones(1, 3, dtype=torch.bool), TYPES)[0].entities
    assert entity.span == Span(0, 3, "ORG")
    assert entity.score == pytest.approx(0.75)  # (0.6 + 0.9 + 0.75) / 3


def test_paths_are_counted_up_to_a_bound():
    every = torch.ones(60, 60, dtype=torch.int64).triu(1)  # 2^58 paths from end to end
    every[59, 0] = 2
    assert read(every) == Reading([Entity(0, 60, "PER", 1.0)], gapped=MANY - 1, broken=0)


def brute_force(grid: torch.Tensor) -> Reading:
    """All subsets of the words between, for every type below the diagonal or on it."""
    out = Reading([])
    for first, last in itertools.combinations_with_replacement(range(len(grid)), 2):
        relation = int(grid[last, first])
        if relation < FIRST_TYPE:
            continue
        found = 0
        between = range(first + 1, last)
        subsets = (itertools.combinations(between, size) for size in range(len(between) + 1))
        for chosen in itertools.chain.from_iterable(subsets):
            path = [first, *chosen, last] if last > first else [first]
            if all(grid[a, b] == 1 for a, b in itertools.pairwise(path)):
                found += 1
                if len(path) == last - first + 1:
                    label = TYPES[relation - FIRST_TYPE]
                    out.entities.append(Entity(first, last + 1, label, 1.0))
                else:
                    out.gapped += 1
        out.broken += found == 0
    out.entities.sort()
    return out


def test_reading_equals_brute_force_on_random_grids():
    chance = random.Random(7)
    grids = []
    for _ in range(3000):
        words = chance.randint(1, 7)
        none, neighbour = chance.choice([(6, 2), (2, 6), (1, 1), (20, 1)])
        odds = [none, neighbour, 1, 1, 1]
        grids.append(torch.tensor([chance.choices(range(5), odds, k=words) for _ in range(words)]))
    # together, so that the padding of the shorter ones is tested too
    seen = Reading([])
    for start in range(0, len(grids), 100):
        batch = grids[start : start + 100]
        probs = torch.rand(len(batch), 7, 7, 5)  # of padding: anything
        mask = torch.zeros(len(batch), 7, dtype=torch.bool)
        for row, grid in enumerate(batch):
            probs[row, : len(grid), : len(grid)] = one_hot(grid, 5).float()
            mask[row, : len(grid)] = True
        for grid, reading in zip(batch, entities_of(probs, mask, TYPES), strict=True):
            assert reading == brute_force(grid)
            seen.entities += reading.entities
            seen.gapped += reading.gapped
            seen.broken += reading.broken
    assert len({(e.end - e.start, e.label) for e in seen.entities}) > 15
    assert min(seen.gapped, seen.broken) > 1000


@st.composite
def nested(draw):
    words = draw(st.integers(1, 9))
    ends = st.tuples(st.integers(0, words - 1), st.integers(1, words)).filter(lambda e: e[0] < e[1])
    extents = draw(st.sets(ends, max_size=6))
    return words, sorted((*extent, draw(st.sampled_from(TYPES))) for extent in extents)


@given(nested())
def test_every_set_of_spans_is_read_again(case):
    words, entities = case
    reading = read(grid_of([Span(*entity) for entity in entities], words, TYPES))
    assert spans(reading) == entities
    assert (reading.gapped, reading.broken) == (0, 0)


@given(nested(), st.randoms(use_true_random=False))
def test_flat_entities_do_not_overlap_and_no_surer_one_is_missing(case, chance):
    words, entities = case
    scored = [Entity(*entity, chance.choice([0.5, 0.7, 0.9])) for entity in entities]
    kept = flat(scored)
    assert kept == sorted(set(kept))
    covered = [word for entity in kept for word in range(entity.start, entity.end)]
    assert len(covered) == len(set(covered)) <= words
    for entity in set(scored) - set(kept):
        rivals = [k for k in kept if k.start < entity.end and entity.start < k.end]
        assert any(rival.score >= entity.score for rival in rivals)


def test_overlaps_go_by_score_then_length_then_position():
    long, short = Entity(0, 3, "ORG", 0.8), Entity(2, 3, "LOC", 0.9)
    assert flat([long, short]) == [short]
    assert flat([long, short._replace(score=0.8)]) == [long]
    assert flat([Entity(1, 3, "PER", 0.5), Entity(0, 2, "PER", 0.5)]) == [Entity(0, 2, "PER", 0.5)]
    # what overlaps only with one that has lost may stay
    chain = [Entity(0, 2, "PER", 0.9), Entity(1, 4, "PER", 0.8), Entity(3, 5, "PER", 0.7)]
    assert flat(chain) == [chain[0], chain[2]]


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        (Span(2, 5, "PER"), "leaves the sentence"),
        (Span(2, 2, "PER"), "leaves the sentence"),
        (Span(0, 1, "MISC"), "unknown type 'MISC'"),
        (Span(1, 3, "LOC"), "has two types"),
    ],
)
def test_spans_that_no_grid_holds_are_refused(span, reason):
    with pytest.raises(ValueError, match=reason):
        grid_of([Span(1, 3, "ORG"), span], 4, TYPES)


def test_cells_are_those_of_two_real_words():
    mask = torch.tensor([[True, True, False]])
    assert cells_of(mask)[0].long().tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]

"""Votes of neighbours against brute force, and what must hold wherever a word stands."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.xner.retrieval.vectors import Array, anywhere, clustered, on_circle
from xner.errors import OptionError
from xner.retrieval.neighbours import Search, votes

CLASSES = 9


def all_of(bank: Array, labels: Array, search: Search, classes: int = CLASSES) -> Array:
    """The votes on every row of the bank by the others."""
    return votes(bank, np.arange(len(bank)), bank, labels, classes, search).shares


def by_the_formula(
    cosines: Array, own: Array, labels: Array, k: int, temperature: float | None
) -> Array:
    """Sorted in float64, the own row struck out, each neighbour's vote added to its label's."""
    shares = np.zeros((len(cosines), CLASSES))
    for row, (near, self) in enumerate(zip(cosines, own, strict=True)):
        neighbours = [other for other in np.argsort(-near) if other != self][:k]
        for other in neighbours:
            shares[row, labels[other]] += (
                1.0 if temperature is None else np.exp((near[other] - 1) / temperature)
            )
    return shares / shares.sum(axis=1, keepdims=True)


def clear(cosines: Array, own: Array, k: int) -> Array:
    """The queries whose last neighbour is nearer than the next row by more than rounding."""
    others = cosines.copy()
    mine = own >= 0
    others[mine, own[mine]] = -np.inf
    ranked = -np.sort(-others, axis=1)
    return ranked[:, k - 1] - ranked[:, k] > 1e-6


@pytest.mark.parametrize("k", [1, 7, 500])
def test_votes_are_those_of_brute_force_on_5000_vectors(k: int) -> None:
    # 500 neighbours of 5,000 queries are more than are held at a time
    bank = anywhere(5000, 24)
    own = np.where(np.arange(5000) % 10, np.arange(5000), -1)  # every tenth has a vote on itself
    labels = np.random.default_rng(1).integers(CLASSES, size=5000)
    count = votes(bank, own, bank, labels, CLASSES, Search(k=k))
    distance = votes(bank, own, bank, labels, CLASSES, Search(k=k, vote="distance"))
    assert count.k == distance.k == k
    assert count.recall is None
    checked = np.arange(0, 5000, 11)
    cosines = bank[checked].astype(np.float64) @ bank.T
    sure = clear(cosines, own[checked], k)
    assert sure.mean() > 0.98
    checked, cosines = checked[sure], cosines[sure]
    by_count = by_the_formula(cosines, own[checked], labels, k, None)
    assert np.array_equal(count.shares[checked], by_count.astype(np.float32))
    by_distance = by_the_formula(cosines, own[checked], labels, k, 0.1)
    assert distance.shares[checked] == pytest.approx(by_distance, abs=1e-5)


@settings(deadline=None, max_examples=40)
@given(
    rows=st.integers(1, 40),
    k=st.integers(1, 50),
    vote=st.sampled_from(["count", "distance"]),
    seed=st.integers(0, 999),
)
def test_order_of_the_bank_changes_nothing_and_shares_sum_to_1(
    rows: int, k: int, vote, seed: int
) -> None:
    search = Search(k=k, vote=vote)
    bank = anywhere(rows, 8, seed)
    random = np.random.default_rng(seed)
    labels, order = random.integers(CLASSES, size=rows), random.permutation(rows)
    first = votes(bank, np.arange(rows), bank, labels, CLASSES, search)
    moved = votes(bank, np.argsort(order), bank[order], labels[order], CLASSES, search)
    assert first.shares == pytest.approx(moved.shares, abs=1e-5)
    assert first.k == moved.k == min(k, rows - 1)
    assert first.shares.sum(axis=1) == pytest.approx(np.full(rows, float(rows > 1)), abs=1e-5)
    assert first.shares.dtype == np.float32


def test_a_word_has_no_vote_on_itself_whatever_its_cosine():
    bank = on_circle(0, 10, 20)
    labels = np.array([0, 1, 2])
    assert all_of(bank, labels, Search(k=1)).argmax(axis=1).tolist() in ([1, 0, 1], [1, 2, 1])
    assert all_of(bank, labels, Search(k=2), 3).tolist() == [
        [0, 0.5, 0.5],
        [0.5, 0, 0.5],
        [0.5, 0.5, 0],
    ]
    shorter = votes(0.5 * bank, np.arange(3), bank, labels, 3, Search(k=2))
    assert shorter.shares.diagonal().tolist() == [0, 0, 0]


def test_a_query_that_is_not_in_the_bank_hears_all_of_it():
    bank, labels = on_circle(0, 10, 80), np.array([0, 1, 2])
    stranger = on_circle(1)
    nearest = votes(stranger, np.array([-1]), bank, labels, 3, Search(k=1))
    assert nearest.shares.tolist() == [[1, 0, 0]]
    found = votes(stranger, np.array([-1]), bank, labels, 3, Search(k=500))
    assert found.k == 3
    assert found.shares[0] == pytest.approx([1 / 3] * 3)


def test_more_neighbours_than_there_are():
    bank, labels = on_circle(0, 10, 80), np.array([0, 1, 1])
    found = votes(bank, np.arange(3), bank, labels, 2, Search(k=3))
    assert found.k == 2
    assert found.shares.tolist() == [[0, 1], [0.5, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize("index", ["flat", "hnsw", "ivf"])
def test_nobody_votes_where_nobody_is(index: str) -> None:
    alone, nothing = on_circle(0), on_circle()
    search, label = Search(index=index), np.array([0])
    for queries, own, bank, labels in (
        (alone, [0], alone, label),
        (alone, [-1], nothing, label[:0]),
        (nothing, [], alone, label),
        (nothing, [], nothing, label[:0]),
    ):
        found = votes(queries, np.array(own, int), bank, labels, 2, search)
        assert found.shares.tolist() == [[0, 0]] * len(queries)
        assert found.recall is None
    assert votes(alone, np.array([0]), alone, label, 2, search).k == 0


@pytest.mark.parametrize("vote", ["count", "distance"])
@pytest.mark.parametrize("index", ["flat", "hnsw", "ivf"])
def test_vectors_that_are_all_alike(index: str, vote) -> None:
    # more duplicates than neighbours: the word itself need not be among those found
    bank, labels = np.repeat(on_circle(30), 300, axis=0), np.zeros(300, int)
    shares = all_of(bank, labels, Search(k=20, index=index, vote=vote), 2)
    assert shares == pytest.approx(np.array([[1.0, 0.0]] * 300))


def test_nearer_neighbours_count_more_and_none_too_little_to_count():
    bank, labels = on_circle(0, 10, 80), np.array([2, 0, 1])

    def first(temperature: float) -> list[float]:
        search = Search(k=2, vote="distance", temperature=temperature)
        return votes(bank[:1], np.array([0]), bank, labels, 3, search).shares[0].tolist()

    near, far = np.exp((np.cos(np.radians([10, 80])) - 1) / 0.5)
    assert first(0.5) == pytest.approx([near / (near + far), far / (near + far), 0], abs=1e-6)
    assert first(1e6) == pytest.approx([0.5, 0.5, 0], abs=1e-6)
    assert first(1e-6) == [1, 0, 0]  # both votes are 0 in any floating point number


def test_a_bank_on_disk_is_read_where_it_lies(tmp_path: Path) -> None:
    bank = anywhere(300, 16)
    labels = np.random.default_rng(1).integers(CLASSES, size=300)
    bank.tofile(tmp_path / "bank")
    mapped = np.memmap(tmp_path / "bank", np.float32, "r", shape=bank.shape)
    for index in ("flat", "ivf"):
        search = Search(k=10, index=index)
        assert np.array_equal(all_of(mapped, labels, search), all_of(bank, labels, search))


@pytest.mark.parametrize(
    "index", ["hnsw", "ivf", "ivf,lists=50,probes=3", "hnsw,links=8,effort=60"]
)
def test_what_is_said_of_an_approximate_index_is_true(index: str) -> None:
    # each row has a label of its own, so that the votes say which rows were found
    bank, k = clustered(4000, 32, 40), 50
    queries, own = bank[::10], np.arange(0, 4000, 10)
    found = votes(queries, own, bank, np.arange(4000), 4000, Search(k=k, index=index))
    cosines = queries.astype(np.float64) @ bank.T
    cosines[np.arange(400), own] = -np.inf
    true = np.argsort(-cosines, axis=1)[:, :k]
    recall = (np.take_along_axis(found.shares, true, axis=1) > 0).mean()
    assert found.recall == pytest.approx(recall, abs=1e-3)
    assert 0.9 < recall < 1.0001
    assert found.shares.sum(axis=1) == pytest.approx(1)
    assert not found.shares[np.arange(400), own].any()


def test_too_little_looking_is_told_and_missing_neighbours_do_not_vote():
    # one list of forty holds some 25 rows: fewer than are asked for
    bank = clustered(1000, 32, 10)
    search = Search(k=100, index="ivf,lists=40,probes=1")
    labels = np.ones(1000, int)
    labels[-1] = 2  # what is not there might be taken for the last
    found = votes(bank, np.arange(1000), bank, labels, 3, search)
    assert found.recall is not None
    assert found.recall < 0.5
    assert found.k == 100
    asked = found.shares.any(axis=1)
    assert asked.mean() > 0.9
    assert found.shares[asked].sum(axis=1) == pytest.approx(1)
    assert (found.shares[:, 2] > 0).mean() < 0.2


def test_lists_are_the_same_from_run_to_run():
    bank = anywhere(2000, 16)
    labels = np.random.default_rng(1).integers(CLASSES, size=2000)
    search = Search(k=20, index="ivf,lists=40,probes=4")
    again = [votes(bank, np.arange(2000), bank, labels, CLASSES, search, seed=s) for s in (1, 1, 2)]
    assert np.array_equal(again[0].shares, again[1].shares)
    assert again[0].recall == again[1].recall
    assert not np.array_equal(again[0].shares, again[2].shares)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"k": 0}, "--k 0 is not at least 1"),
        ({"temperature": 0.0}, "--temperature 0 is not above 0"),
        ({"temperature": float("nan")}, "--temperature nan is not above 0"),
        ({"index": "flit"}, "unknown index 'flit'; known: flat, hnsw, ivf"),
        ({"index": "flat,probes=3"}, "'flat' has no option 'probes'; it has: none"),
        ({"index": "ivf,probe=3"}, "'ivf' has no option 'probe'; it has: lists, probes"),
        ({"index": "ivf,probes=few"}, "ivf: probes 'few' is not a whole number"),
        ({"index": "ivf,lists=0"}, "lists 0 is not at least 1"),
        ({"index": "hnsw,effort=0"}, "effort 0 is not at least 1"),
        ({"index": "hnsw,links=1"}, "links 1 is not from 2 to 512"),
        ({"index": "collections:Counter"}, "'collections:Counter' is no xner.retrieval.index"),
    ],
)
def test_options_that_make_no_sense(wrong, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        Search(**wrong)

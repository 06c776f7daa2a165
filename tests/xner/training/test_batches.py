"""Batches: every sentence once, within a budget, mixed or by length."""

import random

import pytest

from xner.training.batches import bucketed, share


def test_batches_without_regard_to_length_mix_what_lengths_tell_apart():
    lengths = [20] * 300 + [30] * 300

    def one_sided(by_length: bool) -> int:
        batches = bucketed((lengths, [1] * 600), 8, 8192, random.Random(1), by_length)
        assert sorted(i for batch in batches for i in batch) == list(range(600))
        return sum(len({i < 300 for i in batch}) == 1 for batch in batches)

    assert one_sided(True) > 60
    assert one_sided(False) < 5


def test_batches_hold_every_sentence_once_within_the_budget():
    chance = random.Random(1)
    lengths = [chance.randint(3, 80) for _ in range(500)] + [900]
    rows = [1] * 500 + [4]
    batches = bucketed((lengths, rows), 16, 400, random.Random(2))
    assert sorted(i for batch in batches for i in batch) == list(range(501))
    for batch in batches:
        cost = sum(rows[i] for i in batch) * max(lengths[i] for i in batch)
        assert len(batch) <= 16
        assert cost <= 400 or len(batch) == 1
    assert batches == bucketed((lengths, rows), 16, 400, random.Random(2))
    assert batches != bucketed((lengths, rows), 16, 400, random.Random(3))


@pytest.mark.parametrize(("batches", "processes"), [(1, 4), (3, 8), (7, 2), (8, 4), (5, 1)])
def test_all_processes_get_equally_many_and_together_all(batches, processes):
    made = [[number] for number in range(batches)]
    shares = [share(made, place, processes) for place in range(processes)]
    assert {len(own) for own in shares} == {-(-batches // processes)}
    assert sorted(map(tuple, made)) == sorted({tuple(b) for own in shares for b in own})

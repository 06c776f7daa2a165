import random

import numpy as np
import pytest

from xner.bootstrap import compared, confidence
from xner.evaluation import Counts

RIGHT, WRONG, MISSED, SURPLUS = Counts(1, 1, 1), Counts(0, 1, 1), Counts(0, 0, 1), Counts(0, 1, 0)


def f1(rows):
    correct, found, gold = np.sum(rows, axis=0)
    return 2 * correct / (found + gold)


def test_the_interval_is_that_of_drawing_sentences_one_by_one():
    """The shortcut over kinds of sentences against the textbook's loop."""
    kinds = {RIGHT: 60, WRONG: 20, MISSED: 30, SURPLUS: 10}
    rows = np.array([kind for kind, number in kinds.items() for _ in range(number)])
    draw = random.Random(3)
    values = [f1(rows[[draw.randrange(len(rows)) for _ in rows]]) for _ in range(4000)]
    low, high = np.quantile(values, [0.025, 0.975])
    found = confidence(kinds, resamples=20_000, seed=1)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.01)


def test_the_seed_decides_and_the_order_of_the_sentences_does_not():
    kinds = {RIGHT: 60, WRONG: 20, MISSED: 30}
    backwards = dict(reversed(kinds.items()))
    assert confidence(kinds, 100, seed=1) == confidence(backwards, 100, seed=1)
    assert confidence(kinds, 100, seed=1) != confidence(kinds, 100, seed=2)


def test_a_system_against_itself_does_not_differ():
    found = compared({(RIGHT, RIGHT): 50, (MISSED, MISSED): 20}, resamples=200, seed=0)
    assert (found.difference, found.interval.low, found.interval.high, found.p) == (0, 0, 0, 1)


def test_a_difference_that_one_sentence_makes_may_be_chance():
    kinds = {(RIGHT, RIGHT): 50, (RIGHT, WRONG): 3, (WRONG, RIGHT): 2}
    found = compared(kinds, resamples=2000, seed=0)
    assert found.difference == pytest.approx(1 / 55)
    assert found.p > 0.3
    assert found.interval.low < 0 < found.interval.high


def test_the_sign_says_which_is_better_and_p_does_not_depend_on_it():
    better = compared({(RIGHT, RIGHT): 50, (RIGHT, WRONG): 30}, resamples=999, seed=0)
    worse = compared({(RIGHT, RIGHT): 50, (WRONG, RIGHT): 30}, resamples=999, seed=0)
    assert better.difference == -worse.difference == pytest.approx(30 / 80)
    assert better.p == worse.p == 1 / 1000


def test_p_is_that_of_the_textbooks_loop():
    kinds = {(RIGHT, RIGHT): 40, (RIGHT, WRONG): 12, (WRONG, RIGHT): 5, (SURPLUS, MISSED): 4}
    ours = np.array([pair[0] for pair, number in kinds.items() for _ in range(number)])
    theirs = np.array([pair[1] for pair, number in kinds.items() for _ in range(number)])
    observed, random = f1(ours) - f1(theirs), np.random.default_rng(5)
    draws = random.integers(0, len(ours), (4000, len(ours)))
    moved = np.array([f1(ours[draw]) - f1(theirs[draw]) for draw in draws]) - observed
    expected = np.mean(np.abs(moved) >= abs(observed))
    assert compared(kinds, resamples=20_000, seed=1).p == pytest.approx(expected, abs=0.02)


def test_blocks_change_nothing(monkeypatch):
    kinds = {RIGHT: 60, WRONG: 20, MISSED: 30}
    whole = confidence(kinds, 100, seed=1)
    monkeypatch.setattr("xner.bootstrap._CELLS", 21)
    assert confidence(kinds, 100, seed=1) == whole

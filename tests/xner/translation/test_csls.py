"""CSLS against the formula as the paper writes it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xner.translation.csls import Neighbours, nearness


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def with_hubs(seed: int, sources: int, targets: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Random rows that all lean one way; some targets lean there more than any."""
    random = np.random.default_rng(seed)
    way = random.standard_normal(size)
    x = random.standard_normal((sources, size)) + 0.7 * way
    y = random.standard_normal((targets, size)) + 0.7 * way
    y[: targets // 10] += 2 * way
    return unit(x), unit(y)


def by_the_formula(x: np.ndarray, y: np.ndarray, k: int) -> np.ndarray:
    """CSLS(x, y) = 2 cos(x, y) - r_T(x) - r_S(y), a pair at a time."""
    cosines = [[float(np.dot(a, b)) for b in y] for a in x]
    near_x = [np.mean(sorted(row)[-k:]) for row in cosines]
    near_y = [np.mean(sorted(column)[-k:]) for column in zip(*cosines, strict=True)]
    return np.array(
        [
            [2 * cosine - near_x[i] - near_y[j] for j, cosine in enumerate(row)]
            for i, row in enumerate(cosines)
        ]
    )


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 999),
    sources=st.integers(1, 40),
    targets=st.integers(1, 60),
    k=st.integers(1, 12),
    count=st.integers(1, 7),
)
def test_scores_and_order_are_the_formulas(
    seed: int, sources: int, targets: int, k: int, count: int
) -> None:
    x, y = with_hubs(seed, sources, targets, 8)
    scores, numbers = Neighbours(y, nearness(y, x, k), k).best(x, count)
    expected = by_the_formula(x, y, k)
    assert scores.shape == numbers.shape == (sources, min(count, targets))
    best = -np.sort(-expected, axis=1)[:, : scores.shape[1]]
    assert scores == pytest.approx(best, abs=1e-5)
    assert np.take_along_axis(expected, numbers, axis=1) == pytest.approx(best, abs=1e-5)
    assert all(len(set(row)) == len(row) for row in numbers.tolist())


def on_circle(*degrees: int) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_a_hub_is_nearest_by_cosine_and_not_by_csls() -> None:
    x, y = on_circle(0, 20, 40, 60), on_circle(-40, 30, 110)
    assert (x @ y.T).argmax(axis=1).tolist() == [1, 1, 1, 1]  # 30 degrees is near to all four
    scores, numbers = Neighbours(y, nearness(y, x, 2), 2).best(x, 1)
    assert numbers.ravel().tolist() == [0, 1, 1, 2]
    assert scores.ravel().tolist() == pytest.approx([0.0830, 0.2424, 0.3214, 0.0388], abs=1e-4)

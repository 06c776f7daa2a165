"""Vectors to look for neighbours among."""

import numpy as np

Array = np.ndarray


def unit(rows: Array) -> Array:
    """Rows of length 1, as a bank has them."""
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def on_circle(*degrees: float) -> Array:
    angles = np.radians(degrees)
    return unit(np.column_stack([np.cos(angles), np.sin(angles)]))


def anywhere(rows: int, size: int, seed: int = 0) -> Array:
    """Rows in all directions: no two cosines alike, and no structure for an index to find."""
    return unit(np.random.default_rng(seed).standard_normal((rows, size)))


def clustered(rows: int, size: int, clusters: int, seed: int = 0) -> Array:
    """Rows around centres, as vectors of words are around their meanings."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((clusters, size))
    noise = 0.7 * random.standard_normal((rows, size))
    return unit(centres[random.integers(clusters, size=rows)] + noise)

"""Batches of sentences of like length, drawn by seed alone: every process sees the same."""

import random
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice

# sentences sorted together: large enough for even lengths, small enough to stay random
_POOL = 64


def bucketed(
    costs: tuple[Sequence[int], Sequence[int]],
    size: int,
    tokens: int,
    chance: random.Random,
    by_length: bool = True,
) -> list[list[int]]:
    """Every sentence once, in batches of at most `size` sentences and `tokens` padded pieces.

    `costs` gives for each sentence its row length and number of rows. A sentence that is larger
    than `tokens` alone gets a batch of its own. Batches are of like length, but for chance alone
    if `by_length` is not wanted.
    """
    lengths, rows = costs
    order = list(range(len(lengths)))
    chance.shuffle(order)
    batches: list[list[int]] = []
    together = size * _POOL if by_length else size
    for start in range(0, len(order), together):
        pool = sorted(order[start : start + together], key=lengths.__getitem__)
        batch: list[int] = []
        used = 0
        for sentence in pool:  # ascending, so the newest is the longest
            needed = (used + rows[sentence]) * lengths[sentence]
            if batch and (len(batch) == size or needed > tokens):
                batches.append(batch)
                batch, used = [], 0
            batch.append(sentence)
            used += rows[sentence]
        if batch:
            batches.append(batch)
    chance.shuffle(batches)
    return batches


def share(batches: Sequence[list[int]], place: int, processes: int) -> list[list[int]]:
    """What one of several processes does of an epoch; all get equally many, some again if need be.

    A process with fewer would be done while the others wait for its gradients.
    """
    more = islice(cycle(batches), -len(batches) % processes)
    return [*batches, *more][place::processes]


def endless(
    costs: tuple[Sequence[int], Sequence[int]],
    size: int,
    tokens: int,
    seed: str,
    by_length: bool = True,
) -> Iterator[list[int]]:
    """Batches for ever, every sentence once a round, each round in a new order."""
    for rounds in count():
        yield from bucketed(costs, size, tokens, random.Random(f"{seed}-{rounds}"), by_length)

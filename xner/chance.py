"""Random choices that depend on a seed and a record alone: not on its place, shards or workers."""

import random


def chance(seed: int, id: str, purpose: str = "") -> random.Random:
    """A generator for one record; another `purpose` of the same record is independent of it.

    >>> chance(1, "a:1").random() == chance(1, "a:1").random() != chance(2, "a:1").random()
    True
    """
    return random.Random(f"{seed}\0{id}\0{purpose}")

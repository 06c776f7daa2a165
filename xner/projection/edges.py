"""Punctuation at the edges of a stretch of words: an entity's only if the entity has some there."""

import unicodedata
from collections.abc import Sequence


def trimmed(start: int, end: int, tokens: Sequence[str], entity: Sequence[str]) -> tuple[int, int]:
    """The stretch without punctuation at an edge where the entity has none.

    >>> trimmed(0, 3, ["「", "東京", "。"], ["Tokyo"])
    (1, 2)
    >>> trimmed(0, 2, ["Yahoo", "!"], ["Yahoo", "!"])
    (0, 2)
    """
    if not is_punctuation(entity[0]):
        while start < end and is_punctuation(tokens[start]):
            start += 1
    if not is_punctuation(entity[-1]):
        while start < end and is_punctuation(tokens[end - 1]):
            end -= 1
    return start, end


def is_punctuation(token: str) -> bool:
    """Whether a token is nothing but punctuation, in any script.

    >>> is_punctuation("。"), is_punctuation("»,"), is_punctuation("U.S.")
    (True, True, False)
    """
    return all(unicodedata.category(char)[0] == "P" for char in token)

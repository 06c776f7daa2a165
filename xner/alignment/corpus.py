"""Pairs of sentences in a file, for aligners that learn.

A pair a line: two sentences with blanks between their words and a tab between the two, or a record
with its `origin`, as the other commands write it. The file may be compressed with gzip.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, cast

from xner.alignment.aligner import Pair
from xner.errors import FormatError, XnerError


def pairs_of(path: str) -> Iterator[Pair]:
    """The pairs of a file, those without words on a side left out; FormatError for other lines."""
    opened = gzip.open if path.endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                first, second = _pair(line, path, number)
                if first and second:
                    yield first, second
    except (OSError, EOFError, UnicodeError) as error:
        raise XnerError(f"cannot read '{path}': {error}") from error


def turned(pairs: Iterator[Pair], like: Sequence[Pair]) -> list[Pair]:
    """The pairs with their sides as those of `like` have them, which is told from the words.

    >>> turned([(["das", "Haus"], ["the", "house"])], [(["the"], ["das"])])
    [(['the', 'house'], ['das', 'Haus'])]
    """
    known = [_vocabulary(pair[side] for pair in like) for side in (0, 1)]
    found = list(pairs)
    straight = sum(_shared(pair[side], known[side]) for pair in found for side in (0, 1))
    crossed = sum(_shared(pair[side], known[1 - side]) for pair in found for side in (0, 1))
    return [(second, first) for first, second in found] if crossed > straight else found


def _pair(line: str, path: str, number: int) -> Pair:
    if line.startswith("{"):
        try:
            record = json.loads(line)
            return _tokens(record["origin"]), _tokens(record)
        except (ValueError, KeyError, TypeError):
            expected = "expected a record with 'tokens' and 'origin'"
            raise FormatError(expected, source=path, line=number) from None
    sides = line.split("\t")
    if len(sides) != 2:
        expected = f"expected two sentences with a tab between them, got {len(sides)}"
        raise FormatError(expected, source=path, line=number)
    return sides[0].split(), sides[1].split()


def _tokens(record: Any) -> list[str]:
    tokens = record["tokens"]
    if not isinstance(tokens, list):
        raise TypeError
    return [str(token) for token in cast(list[Any], tokens)]


def _vocabulary(sentences: Iterator[Sequence[str]]) -> Counter[str]:
    return Counter(word.lower() for words in sentences for word in words)


def _shared(words: Sequence[str], known: Counter[str]) -> int:
    return sum(word.lower() in known for word in words)

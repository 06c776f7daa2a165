"""What a record promises beyond its shape, for those who want to know before they use it."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from xner.errors import FormatError
from xner.sentence import Sentence
from xner.tag_schemes import is_tag

_TOLERANCE = 1e-3


class Examiner:
    """Examines the records of one stream, of whatever files."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[str, int]] = {}

    def __call__(self, sentence: Sentence, source: str, line: int) -> None:
        """FormatError naming all that is wrong with a record."""
        flaws = list(_flaws(sentence))
        before = self._places.setdefault(sentence.id, (source, line))
        if before != (source, line):
            where = f"line {before[1]}" if before[0] == source else f"{before[0]}:{before[1]}"
            flaws.insert(0, f"id '{sentence.id}' stands in {where} already")
        if flaws:
            raise FormatError("; ".join(flaws))


def _flaws(sentence: Sentence) -> Iterator[str]:
    if not isinstance(cast(Any, sentence.lang), str | None):
        yield f"'lang' has to be a string, not {sentence.lang}"
    if not isinstance(cast(Any, sentence.shuffled), bool):
        yield f"'shuffled' has to be true or false, not {sentence.shuffled}"
    if not all(isinstance(cast(Any, lang), str | None) for lang in sentence.langs or []):
        yield "'langs' has to hold strings or null"
    for link in sentence.alignment or []:
        if set(map(type, link)) != {int}:
            yield f"alignment row {list(link)} is not of whole numbers"
        elif link.start == link.end or link.origin_start == link.origin_end:
            yield f"alignment row {list(link)} is empty on one side"
    yield from _flaws_of_numbers(sentence)
    if sentence.origin is not None:
        yield from (f"origin: {flaw}" for flaw in _flaws(sentence.origin))


def _flaws_of_numbers(sentence: Sentence) -> Iterator[str]:
    for position, weight in enumerate(sentence.weights or [], 1):
        if not _is_fraction(weight):
            yield f"weight {weight} of token {position} is not between 0 and 1"
    for label in sentence.labels or []:
        if not isinstance(cast(Any, label), str) or not is_tag(label):
            yield f"'{label}' in 'labels' is no tag"
    for position, row in enumerate(sentence.probs or [], 1):
        if problem := _problem(row):
            yield f"probs of token {position} {problem}"


def _problem(row: Sequence[float]) -> str:
    if not all(map(_is_fraction, row)):
        return "are not all between 0 and 1"
    if abs(sum(row) - 1) > _TOLERANCE:
        return f"sum to {sum(row):.4f} instead of 1"
    return ""


def _is_fraction(value: Any) -> bool:
    return type(value) in (float, int) and 0 <= value <= 1

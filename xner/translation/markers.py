"""Marks that a span leaves in a text that is to be translated, and finding them afterwards.

A placeholder (`SPAN0`) stands in a span's stead and says nothing of its type. Engines mangle some:
they change the case, put blanks before the number, write its digits in another width, or glue it
to a word. The stem in its own case stands nowhere in the source, so that it is never a word.
Marks in pairs, around a span, have a file of their own: `marker_styles.py`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from xner.tag_schemes import Span

_STEM = "SPAN"
# Latin letters, digits and marks in Han width, each for its plain twin: same length, same places.
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


class Mark(NamedTuple):
    """A placeholder in a translation: where it stands, and for which span; None is for none."""

    start: int
    end: int
    span: int | None


class Found(NamedTuple):
    """The placeholders of a translation in order; which spans are lost and why; what was mended."""

    marks: list[Mark]
    lost: dict[int, str]
    repaired: int


def narrowed(text: str) -> str:
    """The text with letters, digits and marks of Han width made plain: all keep their places.

    >>> narrowed("ＳＰＡＮ０")
    'SPAN0'
    """
    return text.translate(_PLAIN)


def unused_stem(text: str) -> str:
    """What placeholders begin with, so that nothing in the text can be taken for one.

    >>> unused_stem("Span 5 of the bridge"), unused_stem("LIFESPAN"), unused_stem("a bridge")
    ('SPANX', 'SPANX', 'SPAN')
    """
    stem = _STEM
    plain = narrowed(text)
    while stem in plain or _pattern(stem).search(plain):
        stem += "X"
    return stem


def masked(tokens: Sequence[str], spans: Sequence[Span], stem: str) -> list[str]:
    """The tokens with one placeholder for each span.

    >>> masked(["Anna", "Roe", "left", "Bern"], [Span(0, 2, "PER"), Span(3, 4, "LOC")], "SPAN")
    ['SPAN0', 'left', 'SPAN1']
    """
    made: list[str] = []
    position = 0
    for number, span in enumerate(spans):
        made += [*tokens[position : span.start], f"{stem}{number}"]
        position = span.end
    return [*made, *tokens[position:]]


def find_placeholders(text: str, stem: str, count: int) -> Found:
    """The placeholders 0 to `count` - 1 in a translation, mangled ones too.

    A span whose placeholder is missing or there twice is lost. What remains of it, numbers that
    were never given out, and any other text with the stem are marks of no span, to be cut out.

    >>> find_placeholders("Span 1 saw SPAN10 and SPAN7.", "SPAN", 2)
    Found(marks=[Mark(start=0, end=6, span=1), Mark(start=11, end=17, span=None), \
Mark(start=22, end=27, span=None)], lost={0: 'placeholder lost'}, repaired=1)
    """
    exact: dict[int, list[Mark]] = defaultdict(list)
    mangled: dict[int, list[Mark]] = defaultdict(list)
    debris: list[Mark] = []
    for match in _pattern(stem).finditer(narrowed(text)):
        start, end = match.span()
        number = _number(match[1], count)
        if number is None:
            debris.append(Mark(start, end, None))
        else:
            group = exact if text[start:end] == f"{stem}{number}" else mangled
            group[number].append(Mark(start, end, number))
    marks: list[Mark] = []
    lost: dict[int, str] = {}
    for number in range(count):
        seen = exact[number] or mangled[number]
        if len(seen) != 1:
            lost[number] = "placeholder duplicated" if seen else "placeholder lost"
        marks += seen if len(seen) == 1 else [mark._replace(span=None) for mark in seen]
    repaired = sum(number not in lost and not exact[number] for number in range(count))
    return Found(sorted(marks + debris), lost, repaired)


def surrounded(
    tokens: Sequence[str],
    stretches: Iterable[tuple[int, int]],
    opening: Callable[[int], str],
    closing: Callable[[int], str],
) -> list[str]:
    """The tokens with two more around each stretch, made from the number that it has in the list.

    Stretches do not overlap, and may come in any order.

    >>> surrounded(["a", "b", "c"], [(1, 3), (0, 1)], "<{}".format, "{}>".format)
    ['<1', 'a', '1>', '<0', 'b', 'c', '0>']
    """
    made: list[str] = []
    position = 0
    for (start, end), number in sorted((pair, number) for number, pair in enumerate(stretches)):
        made += [*tokens[position:start], opening(number), *tokens[start:end], closing(number)]
        position = end
    return [*made, *tokens[position:]]


def bracketed(tokens: Sequence[str], span: Span) -> list[str]:
    """The tokens with the span in square brackets: at its place, not wherever its words stand.

    >>> bracketed(["Rome", "in", "Romania"], Span(0, 1, "LOC"))
    ['[Rome]', 'in', 'Romania']
    """
    inside = list(tokens[span.start : span.end])
    inside[0] = f"[{inside[0]}"
    inside[-1] += "]"
    return [*tokens[: span.start], *inside, *tokens[span.end :]]


def between_brackets(text: str) -> str | None:
    """What stands in the one pair of square brackets of a text; None if there is not one pair.

    >>> between_brackets("in [ New York ] today"), between_brackets("a [b] [c]")
    ('New York', None)
    """
    plain = narrowed(text)
    start, end = plain.find("["), plain.find("]")
    if plain.count("[") != 1 or plain.count("]") != 1 or end < start:
        return None
    return text[start + 1 : end].strip() or None


def _pattern(stem: str) -> re.Pattern[str]:
    """The stem with a number, in another case only where a word begins; or the stem's debris."""
    numbered = rf"(?:{stem}|(?<![A-Za-z0-9])(?i:{stem}))(?:\s*|[_-])(\d+)"
    # a number behind strange letters, or none; but not a word like SPANISH
    debris = rf"{stem}(?:[A-Za-z]{{0,3}}?(?:\d+|(?={stem}))|s?(?![A-Za-z]))"
    return re.compile(rf"{numbered}|{debris}")


def _number(digits: str | None, count: int) -> int | None:
    if not digits or (int(digits[0]) == 0 and len(digits) > 1) or len(digits) > 9:
        return None
    number = int(digits)
    return number if number < count else None

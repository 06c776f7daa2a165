"""What is written around spans that are to be translated with their sentence, and finding it again.

Three styles: CROP's slots, the same `__SLOT0__` before and after span 0; EasyProject's tags, `<a>`
and `</a>` around it; brackets, which do not say whose they are. Nothing in the source can be taken
for a marker, and blanks keep markers off the words. Engines mangle them all the same: what can
only be a marker in another spelling is found as one, and what may be a rest of one as debris.
"""

import html
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, NamedTuple

from xner.tag_schemes import Span
from xner.tokenization import detokenize
from xner.translation.markers import narrowed, surrounded, unused_stem


class Boundary(NamedTuple):
    """A marker in a translation: where it stands, whose it is, and which end of the span.

    `slot` is None for debris and brackets, `opens` where markers of both ends look alike. `exact`
    is False for a marker that had to be mended.
    """

    start: int
    end: int
    slot: int | None
    opens: bool | None
    exact: bool


class Style(ABC):
    """Markers for the spans of one text, found in translations of it."""

    anonymous: ClassVar[bool] = False  # markers do not say which span is theirs

    def __init__(self, text: str, count: int):
        self.text = text
        self.count = count

    @abstractmethod
    def opening(self, slot: int) -> str:
        """What stands before the span of that number."""

    @abstractmethod
    def closing(self, slot: int) -> str:
        """What stands behind it."""

    @abstractmethod
    def boundaries(self, translation: str) -> Iterator[Boundary]:
        """Markers and debris in order; a marker of no span is debris."""

    def written(self, tokens: Sequence[str], spans: Sequence[Span], lang: str | None) -> str:
        """The text of a sentence with markers, as a person would write it around them."""
        stem = unused_stem(detokenize(tokens, lang))
        stretches = [(start, end) for start, end, _ in spans]
        # stand-ins that are no punctuation to the rules for blanks, and no letter
        words = surrounded(tokens, stretches, f"__{stem}0{{}}__".format, f"__{stem}1{{}}__".format)
        sides: tuple[Callable[[int], str], ...] = (self.opening, self.closing)
        text = detokenize(words, lang)
        return re.sub(rf"__{stem}([01])(\d+)__", lambda m: sides[int(m[1])](int(m[2])), text)

    def _boundary(
        self, text: str, match: re.Match[str], slot: int | None, opens: bool | None
    ) -> Boundary:
        """What was found, which is debris if no span has that number."""
        start, end = match.span()
        if slot is None or slot >= self.count:
            return Boundary(start, end, None, None, False)
        side = self.closing if opens is False else self.opening
        return Boundary(start, end, slot, opens, text[start:end] == side(slot))


class Slots(Style):
    """`__SLOT0__ Anna Roe __SLOT0__`: CROP's, whose models know these as single words.

    >>> slots = Slots("Anna left", 1)
    >>> [boundary[2:] for boundary in slots.boundaries("_ _ slot0 _ _ Anna__SLOT0__ __SLOT7__")]
    [(0, None, False), (0, None, True), (None, None, False)]
    """

    def __init__(self, text: str, count: int):
        super().__init__(text, count)
        self.stem = unused_slot_stem(text)
        own = "_" in narrowed(text)  # then an underscore may be the author's
        before = r"(?:_\s?){0,2}" if own else r"(?:_\s?)*"
        debris = (
            rf"{before}{self.stem}(?:[A-Za-z]{{0,3}}?(?:\d+|(?={self.stem}))|s?(?![A-Za-z]))"
            r"(?:\s?_){0,2}"
        )
        if not own:
            debris += r"|__[^\W_]{1,12}__|_(?:\s?_)*"
        self._pattern = re.compile(f"{_numbered(self.stem)}|{debris}")

    def opening(self, slot: int) -> str:
        """The marker, the same on both sides."""
        return slot_marker(slot, self.stem)

    closing = opening

    def boundaries(self, translation: str) -> Iterator[Boundary]:
        """In another case, with blanks inside, with underscores lost, in another width."""
        for match in self._pattern.finditer(narrowed(translation)):
            digits, said = match[1], match[0]
            if digits and self.stem not in said and "_" not in said and re.search(r"\s", said):
                continue  # `slot 5` is a word and a number
            number = int(digits) if digits and _is_number(digits) else None
            yield self._boundary(translation, match, number, None)


class Tags(Style):
    """`<a> Anna Roe </a>`, `<b>` and so on, as EasyProject has them."""

    def __init__(self, text: str, count: int):
        super().__init__(text, count)
        plain = _may_become(text)
        self.prefix = ""
        while re.search(self._tag(), plain):
            self.prefix += "x"
        # without angles of the author's own, all are a tag's
        debris = "" if {"<", ">"} & set(plain) else r"|</?\w{1,12}/?>|</?|/?>"
        self._pattern = re.compile(self._tag() + debris)

    def _tag(self) -> str:
        return rf"<\s{{0,2}}(/?)\s{{0,2}}(?i:{self.prefix}([a-z]{{1,3}}))\s{{0,2}}>"

    def opening(self, slot: int) -> str:
        """An opening tag."""
        return f"<{self.prefix}{_letters(slot)}>"

    def closing(self, slot: int) -> str:
        """A closing tag."""
        return f"</{self.prefix}{_letters(slot)}>"

    def boundaries(self, translation: str) -> Iterator[Boundary]:
        """In another case, with blanks inside, in another width."""
        for match in self._pattern.finditer(narrowed(translation)):
            number = _number(match[2].lower()) if match[2] else None
            yield self._boundary(translation, match, number, not match[1])


class Brackets(Style):
    """`[ Anna Roe ]`, all alike; braces where the text has brackets, doubled where it has both."""

    anonymous = True
    _FAR_EASTERN = str.maketrans("【〔】〕", "[[]]")

    def __init__(self, text: str, count: int):
        super().__init__(text, count)
        plain = _may_become(text).translate(self._FAR_EASTERN)
        size, kinds = 1, ("[]", "{}")
        while not (free := [k for k in kinds if not any(side * size in plain for side in k)]):
            size += 1
        self.sides = [side * size for side in free[0]]
        self._pattern = re.compile("|".join(map(re.escape, self.sides)))

    def opening(self, slot: int) -> str:  # noqa: ARG002
        """An opening bracket."""
        return self.sides[0]

    def closing(self, slot: int) -> str:  # noqa: ARG002
        """A closing bracket."""
        return self.sides[1]

    def boundaries(self, translation: str) -> Iterator[Boundary]:
        """In another width."""
        plain = narrowed(translation).translate(self._FAR_EASTERN)
        for match in self._pattern.finditer(plain):
            start, end = match.span()
            exact = translation[start:end] in self.sides
            yield Boundary(start, end, None, match[0] == self.sides[0], exact)


STYLES: dict[str, type[Style]] = {"slot": Slots, "brackets": Brackets, "xml": Tags}


def slot_marker(slot: int, stem: str = "SLOT") -> str:
    """CROP's boundary symbol.

    >>> slot_marker(3)
    '__SLOT3__'
    """
    return f"__{stem}{slot}__"


def unused_slot_stem(text: str) -> str:
    """`SLOT`, or something longer if the text could be taken to hold a marker.

    >>> unused_slot_stem("insert coin"), unused_slot_stem("slot 3 of __SLOTX2__")
    ('SLOT', 'SLOTXX')
    """
    stem, plain = "SLOT", narrowed(text)
    while stem in plain or re.search(_numbered(stem), plain):
        stem += "X"
    return stem


def _may_become(text: str) -> str:
    """A text as it would come back from an engine that changes nothing: HTML is undone."""
    return narrowed(html.unescape(text))


def _numbered(stem: str) -> str:
    """A slot's marker in any spelling; in another case only where a word begins."""
    word = rf"(?:{stem}|(?<![A-Za-z0-9])(?i:{stem}))"
    return rf"(?:_\s?){{0,2}}{word}\s{{0,2}}[_-]?\s{{0,2}}(\d+)(?:\s?_){{0,2}}"


def _is_number(digits: str) -> bool:
    return len(digits) < 10 and (len(digits) == 1 or int(digits[0]) != 0)


def _letters(number: int) -> str:
    """A number as spreadsheets name their columns: a, b, …, z, aa, ab, …"""
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("a") + 1
    return number - 1

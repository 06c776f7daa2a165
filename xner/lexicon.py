"""A bilingual word list: read it, turn it round, look up the longest entry at a place."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from xner.errors import FormatError, OptionError, XnerError

Split = Callable[[str], list[str]]


class Lexicon:
    """Words and phrases of one language with their translations, the first listed being the best.

    `split` cuts entries into words in the same way as the texts are cut that are looked up.

    >>> lexicon = Lexicon([("New York", "Nueva York"), ("old", "viejo"), ("old", "antiguo")])
    >>> lexicon.find(["the", "new", "york", "Times"], 1)
    (2, 'Nueva York')
    >>> lexicon.find(["OLD"], 0), lexicon.find(["young"], 0)
    ((1, 'VIEJO'), None)
    >>> lexicon.translations("Old"), lexicon.translations("young")
    (['Viejo', 'Antiguo'], [])
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], split: Split = str.split):
        self.pairs = list(pairs)
        self.split = split
        self._entries: dict[str, list[tuple[str, str]]] = {}  # by the source in lower case
        self._longest: dict[str, int] = {}  # first word, lower case -> words of its longest entry
        for source, target in self.pairs:
            words = split(source)
            text = " ".join(words)
            self._entries.setdefault(text.lower(), []).append((text, target))
            first = words[0].lower()
            self._longest[first] = max(self._longest.get(first, 0), len(words))

    def inverted(self) -> "Lexicon":
        """The same list for the other direction."""
        return Lexicon(((target, source) for source, target in self.pairs), self.split)

    def translations(self, text: str) -> list[str]:
        """All translations of a word or phrase, in the order of the list and none twice.

        Those of an entry in the very case of the text go before those in another (`Polish`,
        `polish`), which are cased like it.
        """
        return self._translations(" ".join(self.split(text)))

    def find(self, words: Sequence[str], start: int) -> tuple[int, str] | None:
        """How many words the longest entry at `start` spans, and its first translation."""
        found = self.find_all(words, start)
        return found and (found[0], found[1][0])

    def find_all(self, words: Sequence[str], start: int) -> tuple[int, list[str]] | None:
        """How many words the longest entry at `start` spans, and its translations."""
        longest = self._longest.get(words[start].lower(), 0)
        for length in range(min(longest, len(words) - start), 0, -1):
            found = self._translations(" ".join(words[start : start + length]))
            if found:
                return length, found
        return None

    def _translations(self, text: str) -> list[str]:
        entries = self._entries.get(text.lower(), [])
        same = [target for source, target in entries if source == text]
        other = [cased_like(text, target) for source, target in entries if source != text]
        # of words that are not affixes themselves, affixes come last ("to": "a" before "-ar")
        found = dict.fromkeys([*same, *other])
        return sorted(found, key=lambda target: _is_affix(target) and not _is_affix(text))


def _is_affix(text: str) -> bool:
    return len(text) > 1 and (text[0] == "-" or text[-1] == "-")


def cased_like(model: str, text: str) -> str:
    """The text in the case of the model where that is plain: ALL UPPER, First Upper.

    Nothing is made lower: German nouns stay as they are.

    >>> cased_like("OLD", "viejo"), cased_like("Old", "viejo"), cased_like("house", "Haus")
    ('VIEJO', 'Viejo', 'Haus')
    """
    if model.isupper() and len(model) > 1:
        return text.upper()
    if model[:1].isupper():
        return text[:1].upper() + text[1:]
    return text


def read_lexicon(
    path: Path, source: str, target: str, direction: str | None = None, split: Split = str.split
) -> Lexicon:
    """The lexicon in a file of one pair a line, turned round if it is written the other way.

    Pairs are divided by a tab, or by a blank where neither side has one. The direction stands in
    the name (`lexicon.en-de.tsv`) or in `direction` ("en-de"). Raises XnerError for a file that
    cannot be read, FormatError for one that holds anything but pairs, OptionError for one of
    another direction.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise XnerError(f"cannot read the lexicon '{path}': {reason}") from None
    except UnicodeDecodeError:
        raise FormatError(f"the lexicon '{path}' is not UTF-8; convert it with iconv") from None
    pairs = [_pair(line, path, n) for n, line in enumerate(lines, 1) if line.strip()]
    if not pairs:
        raise FormatError(f"the lexicon '{path}' is empty; expected word, tab, translation a line")
    forward = _is_forward(path, source, target, direction)
    return Lexicon(pairs if forward else [(b, a) for a, b in pairs], split)


def _is_forward(path: Path, source: str, target: str, direction: str | None) -> bool:
    wanted = (source.lower().split("-")[0], target.lower().split("-")[0])
    said = direction or path.name
    named = set(pairwise(re.split(r"[^a-z]+", said.lower())))
    if wanted in named:
        return True
    if wanted[::-1] in named:
        return False
    raise OptionError(
        f"'{said}' does not say that the lexicon is for {'-'.join(wanted)}; name the file so "
        f"(lexicon.{'-'.join(wanted)}.tsv), or write lexicon:{path},direction={'-'.join(wanted)}"
    )


def _pair(line: str, path: Path, number: int) -> tuple[str, str]:
    fields = [field.strip() for field in line.split("\t")] if "\t" in line else line.split()
    if len(fields) < 2 or not (fields[0] and fields[1]) or ("\t" not in line and len(fields) > 2):
        problem = f"expected a word, a tab and its translation, got '{line}'"
        raise FormatError(problem, source=str(path), line=number)
    return fields[0], fields[1]

"""How alike two stretches of words are: case, accents, hyphens, endings, clitics, misspellings.

same words                                             1.00
but for case and width (NFKC, case folded), hyphens     .98
but for accents                                         .95
but for clitics, or for where words are divided         .93
else word by word, or by the n-grams of both        up to .93
as many words, but two of them are not alike        up to .51, as these two
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from xner.tokenization import UNSPACED

CASED, ACCENTED, DIVIDED = 0.98, 0.95, 0.93
_ALIKE = 0.55  # what two words are at least that stand for each other in a name of several

_DASHES = re.compile(r"[\s\-\u2010-\u2015\u2212\u30fb\u00b7\u05be]+")
# Latin, Greek and Cyrillic accents; Hebrew and Arabic points. Vowel signs of other scripts stay.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670]")
# What Arabic and Hebrew write together with the next word: and, in, to, like, the.
_ARABIC_CLITICS = re.compile("^[وف]?(?:لل|[بكل]?ال|[بكل])?(?=[\u0620-\u064a]{3})")
_ARABIC_ARTICLE = re.compile("^ال(?=[\u0620-\u064a]{3})")
_HEBREW_CLITICS = re.compile("^ו?[בלכמשה]?ה?(?=[א-ת]{3})")
# l'Italie, dell'Italia; İstanbul'da, Anna's
_ELIDED = re.compile(r"^\w{1,5}['’](?=\w{3})")
_SUFFIXED = re.compile(r"(?<=\w{3})['’]\w{1,5}$")
_CLITICS = (_ARABIC_CLITICS, _ARABIC_ARTICLE, _HEBREW_CLITICS, _ELIDED, _SUFFIXED)
_BETWEEN_UNSPACED = re.compile(f"(?<={UNSPACED.pattern}) (?={UNSPACED.pattern})")


def likeness(entity: Sequence[str], words: Sequence[str]) -> float:
    """From 0 to 1, which is the same words; symmetric.

    >>> likeness(["New-York"], ["New", "York"]), likeness(["Zürich"], ["Zurich"])
    (0.98, 0.95)
    >>> round(likeness(["Deutschland"], ["Deutschlands"]), 2), likeness(["مصر"], ["ومصر"])
    (0.89, 0.93)
    """
    if list(entity) == list(words):
        return 1.0
    one, other = plain(entity), plain(words)
    if one == other:
        return CASED
    one, other = unaccented(one), unaccented(other)
    if one == other:
        return ACCENTED
    if one.replace(" ", "") == other.replace(" ", ""):
        return DIVIDED
    pairs = _pairs(one, other)
    least = min((_of_words(*pair) for pair in pairs), default=1.0)
    if least < _ALIKE and len(pairs) > 1:  # East Germany is not West Germany
        return DIVIDED * least
    return DIVIDED * max(_by_words(pairs), ngram_likeness(one, other))


@lru_cache(maxsize=1 << 16)
def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _BETWEEN_UNSPACED.sub("", _DASHES.sub(" ", folded).strip() or folded)


def plain(words: Sequence[str]) -> str:
    """The text of the words without case, width and hyphens.

    >>> plain(["Ｎｅｗ-York"]), plain(["哥", "德", "堡"])
    ('new york', '哥德堡')
    """
    return _plain(" ".join(words))


@lru_cache(maxsize=1 << 16)
def unaccented(text: str) -> str:
    """The text without accents, and without the points of Hebrew and Arabic.

    >>> unaccented("málaga"), unaccented("がく"), unaccented("दिल्ली")
    ('malaga', 'がく', 'दिल्ली')
    """
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare)


def ngram_likeness(one: str, other: str) -> float:
    """Dice's coefficient of the n-grams of two texts.

    >>> ngram_likeness("berlin", "berlin"), ngram_likeness("berlin", "paris")
    (1.0, 0.0)
    """
    grams, others = ngrams(one), ngrams(other)
    shared = sum(min(number, others[gram]) for gram, number in grams.items())
    return 2 * shared / max(1, grams.total() + others.total())


@lru_cache(maxsize=1 << 14)
def ngrams(text: str) -> Counter[str]:
    """Two and three neighbouring characters, the text's ends being characters too.

    A character of a script without blanks says as much as a syllable: there one and two.

    >>> sorted(ngrams("ab")), sorted(ngrams("東京"))
    (['<a', '<ab', 'ab', 'ab>', 'b>'], ['<東', '京', '京>', '東', '東京'])
    """
    if UNSPACED.search(text):
        grams = Counter(text)
        sizes = (2,)
    else:
        grams = Counter[str]()
        sizes = (2, 3)
    padded = f"<{text}>"
    for size in sizes:
        grams.update(padded[place : place + size] for place in range(len(padded) - size + 1))
    return grams


def _pairs(one: str, other: str) -> list[tuple[str, str]]:
    """Each word of a text with that at its place in the other; none where their numbers differ."""
    words, others = one.split(), other.split()
    return list(zip(words, others, strict=True)) if len(words) == len(others) else []


def _by_words(pairs: Sequence[tuple[str, str]]) -> float:
    """The mean over pairs of words, weighted by their length; 0 without any."""
    weights = [len(a) + len(b) for a, b in pairs]
    total = sum(weight * _of_words(*pair) for weight, pair in zip(weights, pairs, strict=True))
    return total / max(1, sum(weights))


@lru_cache(maxsize=1 << 14)
def _of_words(one: str, other: str) -> float:
    """Of two words: the same but for a clitic, an ending, something in front, or by n-grams."""
    if one == other or not _stems(one).isdisjoint(_stems(other)):
        return 1.0
    return max(_inflected(one, other), ngram_likeness(one, other))


def _stems(word: str) -> set[str]:
    """The word, and what remains of it without the clitics of its script."""
    return {word, *(pattern.sub("", word) for pattern in _CLITICS)}


def _inflected(one: str, other: str) -> float:
    """What two forms of one word share of their length; 0 if they differ by too much.

    They begin alike and end differently (`Moskva`, `Moskve`; `Rom`, `Roms`), or one is the other's
    end (`l'Italie`). What is not shared may be a quarter of what is, and one character anyhow.
    """
    short, long = sorted((one, other), key=len)
    if len(short) < 3:
        return 0.0
    shared = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), None)
    head = len(short) if shared is None else shared
    rest = len(long) - head
    begins_alike = (head >= 4 or head == len(short)) and rest <= max(1, head // 4)
    ends_alike = long.endswith(short) and len(long) - len(short) <= max(1, len(short) // 4)
    if begins_alike:
        return 2 * head / (len(short) + len(long))
    return 2 * len(short) / (len(short) + len(long)) if ends_alike else 0.0

"""Text to words and back, for any language, losing no character but white space.

Moses' rules do the work. They do not know all letters of the world, take `O'Brien` apart and lose
a few odd strings; so they are shown a *shadow* of the text, in which a plain letter stands for
whatever must stay inside its word, and the words are then cut from the text itself. English
comes out as CoNLL and the Penn treebank have it (`do n't`, `Anna 's`). Scripts that are written
without blanks are split by character, as WikiAnn has them; Korean at blanks and punctuation.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

# Han, Kana, Bopomofo, Yi; Thai, Lao, Myanmar, Khmer: without their digits and punctuation.
UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u3040-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uf900-\ufaff\uff66-\uff9f"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf"
    "\u1000-\u103f\u1050-\u108f\u109a-\u109d\ua9e0-\ua9ef\uaa60-\uaa7f\u1780-\u17d3\u17d7\u17dc]"
)
# Punctuation as wide as a Han character, which has no blanks around it.
_WIDE_MARK = re.compile("[\u3001-\u3004\u3008-\u3020\u3030\uff01-\uff0f\uff1a-\uff20]")
_ZERO_WIDTH = frozenset("\u180e\u200b\u200e\u200f\u2060\ufeff") | {
    chr(code) for code in [*range(0x202A, 0x202F), *range(0x2061, 0x206A)]
}
_JOINERS = "\u200c\u200d\u00ad"  # zero-width too, but part of the word they stand in
_WORD = re.compile(r"\w+|\S")

_LETTER = r"[^\W\d_]"
_EVERYWHERE = [
    (re.compile(r"(?<=\d)[:/](?=\d)"), "0"),  # 10:30, 1/2, 1996/97
    (re.compile(r"(?<=[A-Z])&(?=[A-Z])"), "X"),  # S&P
    (re.compile(r"\b([A-Z]{1,3})\$"), r"\1X "),  # US$ 5
    (re.compile(r"(?<!\S)\+(?=\d)"), "0"),  # +48
]
# Addresses stay whole, but for the punctuation behind them.
_ADDRESS = re.compile(r"https?://\S*[\w/]|www\.\S*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.\w+")
_INNER_APOSTROPHE = (re.compile(rf"(?<={_LETTER})'(?={_LETTER})"), "x")
_BY_LANGUAGE = {
    "en": [
        (re.compile(rf"(?i)(?<={_LETTER})n'(?=t\b)"), " nx"),
        (re.compile(rf"(?i)(?<={_LETTER})'(?={_LETTER})(?!(?:s|m|d|re|ve|ll)\b)"), "x"),
    ],
    "fr": [(re.compile(r"(?i)\b(aujourd)'(?=hui\b)"), r"\1x")],  # else as Moses has it: l' eau
    "it": [],
    "nl": [_INNER_APOSTROPHE, (re.compile(r"(?i)(?<!\S)'(?=[stnkm]\b)"), "x")],  # 's avonds
    "he": [_INNER_APOSTROPHE, (re.compile('(?<=[א-ת])"(?=[א-ת])'), "x")],
}


def tokenize(text: str, lang: str | None) -> list[str]:
    """The words of a text; put together they are the text without white space.

    Zero-width characters count as white space, but for joiners inside a word.

    >>> tokenize("Anna O'Brien didn't sell SPAN0's (old) boat.", "en")
    ['Anna', "O'Brien", 'did', "n't", 'sell', 'SPAN0', "'s", '(', 'old', ')', 'boat', '.']
    >>> tokenize("他住在Berlin。", "zh")
    ['他', '住', '在', 'Berlin', '。']
    """
    return tokenize_pieces([text], lang)[0]


def tokenize_pieces(pieces: Sequence[str], lang: str | None) -> list[list[str]]:
    """The words of each piece of a text: cut as in the whole, and where one piece meets the next.

    >>> tokenize_pieces(["the ", "Rhine", "-based firm of ", "J.", " Roe"], "en")
    [['the'], ['Rhine'], ['-based', 'firm', 'of'], ['J.'], ['Roe']]
    """
    parts = [_shadow(piece) for piece in pieces]
    seen = [character for part, _ in parts for character in part]
    borders = [0, *accumulate(len(part) for part, _ in parts)]
    shadow = "".join(text for _, text in parts)
    ends = sorted({*_word_ends(shadow, _language(lang), len(seen)), *borders})
    return [
        list(_words(seen, start, [end for end in ends if start < end <= stop]))
        for start, stop in pairwise(borders)
    ]


def detokenize(tokens: Sequence[str], lang: str | None) -> str:
    """The text that a person would write for these words, or at worst one with blanks too many.

    >>> detokenize(["Anna", "did", "n't", "sell", "(", "it", ")", "."], "en")
    "Anna didn't sell (it)."
    """
    lang = _language(lang)
    glued = " ".join(tokens)
    if UNSPACED.search(glued) or _WIDE_MARK.search(glued):
        glued = "".join(
            before if _touch(before, after) else before + " "
            for before, after in pairwise([*tokens, " "])
        )
    # Moses' rules for Czech fail on some input; those of the others are all the rest it knows
    spoken = lang if lang in ("en", "fr", "it", "ga", "fi", "ko") else "other"
    text: str = _moses("MosesDetokenizer", spoken).detokenize(glued.split(), unescape=False)
    if lang == "en":
        text = re.sub(rf"(?i)(?<={_LETTER}) (?=n['’]t\b|’(?:s|m|d|re|ve|ll)\b)", "", text)
    kept = "".join(text.split()) == "".join(glued.split())
    return text if kept else glued.strip()


def _language(tag: str | None) -> str:
    return (tag or "en").split("-")[0].lower()


def _shadow(text: str) -> tuple[Sequence[str], str]:
    """The visible characters, each with its marks, and a text with a plain one in place of each."""
    if text.isascii() and text.isprintable():
        return text.replace(" ", ""), text
    seen: list[str] = []
    shadow: list[str] = [" "]
    for char in text:
        plain = _stand_in(char)
        if plain == "" and shadow[-1] != " ":
            seen[-1] += char
        elif plain == "" and char in _JOINERS:
            continue
        else:
            shadow.append(plain or "x")
            seen += char if plain != " " else ""
    return seen, "".join(shadow[1:])


@cache
def _stand_in(char: str) -> str:
    """A blank for what is not visible, nothing for a mark, a plain letter for a foreign one."""
    category = unicodedata.category(char)
    if char.isspace() or category == "Cc" or char in _ZERO_WIDTH:
        return " "
    if category[0] == "M" or char in _JOINERS:
        return ""
    if char.isalnum() and char not in _moses("MosesTokenizer", "en").IsAlnum:
        return "x"
    if char == "’":
        return "'"
    return "x" if UNSPACED.match(char) else char


def _word_ends(shadow: str, lang: str, length: int) -> Iterator[int]:
    """Where words end, counted in the `length` visible characters of the shadow."""
    shadow = _ADDRESS.sub(lambda found: "x" * len(found[0]), shadow)
    for pattern, stand_in in [*_EVERYWHERE, *_BY_LANGUAGE.get(lang, [_INNER_APOSTROPHE])]:
        shadow = pattern.sub(stand_in, shadow)
    # what Moses takes for letters of Chinese, Japanese and Korean includes their punctuation
    spoken = "other" if lang in ("zh", "ja", "ko") else lang
    words: list[str] = _moses("MosesTokenizer", spoken).tokenize(shadow, escape=False)
    if sum(map(len, words)) != length:  # the text has a string that Moses uses as its own mark
        words = _WORD.findall(shadow)
    return accumulate(map(len, words))


def _words(seen: Sequence[str], start: int, ends: Iterable[int]) -> Iterator[str]:
    """The characters between one end and the next; those of unspaced scripts each alone."""
    for end in ends:
        run = ""
        for character in seen[start:end]:
            alone = UNSPACED.match(character)
            if alone and run:
                yield run
            run = "" if alone else run + character
            if alone:
                yield character
        if run:
            yield run
        start = end


def _touch(before: str, after: str) -> bool:
    """Whether nothing stands between two words, the writing being what it is."""
    if _WIDE_MARK.match(before[-1]) or _WIDE_MARK.match(after):
        return True
    return bool(_is_unspaced(before) and UNSPACED.match(after))


def _is_unspaced(word: str) -> bool:
    """Whether a word ends in a character of an unspaced script, its marks left aside."""
    bare = word.rstrip("".join({char for char in word if not _stand_in(char)}))
    return bool(bare and UNSPACED.match(bare[-1]))


@cache
def _moses(kind: str, lang: str) -> Any:
    import sacremoses

    return getattr(sacremoses, kind)(lang)

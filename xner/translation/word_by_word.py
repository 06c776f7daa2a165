"""Word-by-word translation from a lexicon: quick, rough, and needing nothing but a file."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from xner.errors import OptionError
from xner.lexicon import read_lexicon
from xner.registry import split_options
from xner.tokenization import UNSPACED
from xner.translation.engine import Batch, Engine, Settings

# A character of a script without blanks; a word with its inner marks; or one of anything else.
WORDS = re.compile(
    rf"{UNSPACED.pattern}|(?:(?!{UNSPACED.pattern})\w)+(?:[-'’.](?:(?!{UNSPACED.pattern})\w)+)*|\S"
)
_BATCH = 256


class WordList(Protocol):
    """What knows the translations of words: a lexicon, or something that finds them."""

    def translations(self, text: str) -> list[str]:
        """Those of a word, the best first and none twice."""
        ...

    def find_all(self, words: Sequence[str], start: int) -> tuple[int, list[str]] | None:
        """How many words the longest entry at a place spans, and its translations."""
        ...


class ByWord(Engine):
    """An engine that looks words up.

    Of several translations of a text the first is made of the first translations of its words, the
    second of the second ones, and so on; a word that has fewer repeats its last.
    """

    several = True
    word_list = True
    lexicon: WordList

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """What stands between the words stays as it is; so do words that the lexicon lacks.

        Where texts are words, one that it lacks is answered with nothing; so is a phrase of such.
        """
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            yield [(start + offset, self._answer(text)) for offset, text in enumerate(batch)]

    def _answer(self, text: str) -> str:
        """The translations, a line each, as many as are wanted at most."""
        if self.settings.words and _is_word(text):
            lines = self._of_word(text)
        else:
            stretches = list(self._stretches(text))
            known = any(stretch.known for stretch in stretches) or not self.settings.words
            lines = [_joined(stretches, rank) for rank in range(self.settings.nbest)]
            lines = lines if known else []
        return "\n".join([*dict.fromkeys(lines)][: self.settings.nbest])

    def _of_word(self, word: str) -> list[str]:
        """Translations of a word; those that are one word themselves go first."""
        found = self.lexicon.translations(word)
        self.counts["words"] += 1
        self.counts["words not in the lexicon"] += not found
        return sorted(found, key=lambda translation: " " in translation)

    def _stretches(self, text: str) -> Iterator["_Stretch"]:
        """The text from left to right, always by the longest entry."""
        places = list(WORDS.finditer(text))
        words = [place[0] for place in places]
        end = position = 0
        while position < len(words):
            is_word = words[position][0].isalnum()
            found = self.lexicon.find_all(words, position) if is_word else None
            length, translations = found or (1, [words[position]])
            self.counts["words"] += length * is_word
            self.counts["words not in the lexicon"] += is_word and not found
            if position == 0 and words[0][0].isupper():
                translations = [made[0].upper() + made[1:] for made in translations]
            yield _Stretch(text[end : places[position].start()], translations, found is not None)
            end = places[position + length - 1].end()
            position += length


class WordByWord(ByWord):
    """`lexicon:FILE`, or `lexicon:FILE,direction=en-de` where the file's name does not say it."""

    def __init__(self, argument: str, source: str, target: str, settings: Settings):
        super().__init__(argument, source, target, settings)
        path, options = split_options(argument)
        direction = options.pop("direction", None)
        if not path or options:
            raise OptionError(f"--engine lexicon:{argument}: expected lexicon:FILE,direction=en-de")
        self.lexicon = read_lexicon(Path(path), source, target, direction, WORDS.findall)
        self.name = f"lexicon:{path}"
        content = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
        self.identity = f"lexicon {content} {direction or ''}"


class _Stretch(NamedTuple):
    """What stands before an entry in the text, and its translations."""

    gap: str
    translations: list[str]
    known: bool


def _joined(stretches: Sequence[_Stretch], rank: int) -> str:
    """The text of the translations of a rank, 0 being the best."""
    made = ""
    for gap, translations, _ in stretches:
        translation = translations[min(rank, len(translations) - 1)]
        made += (gap or _gap(made, translation)) + translation
    return made


def _is_word(text: str) -> bool:
    """Whether a text is one word, not several with blanks or in a script that has none."""
    return " " not in text and (len(text) == 1 or not UNSPACED.search(text))


def _gap(before: str, after: str) -> str:
    """A blank where words meet that were written without one and are no longer."""
    meet = before[-1:].isalnum() and after[:1].isalnum()
    return " " if meet and not (UNSPACED.match(before[-1]) and UNSPACED.match(after)) else ""

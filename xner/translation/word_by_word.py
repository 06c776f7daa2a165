"""Word-by-word translation from a lexicon: quick, rough, and needing nothing but a file."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from xner.errors import OptionError
from xner.lexicon import read_lexicon
from xner.registry import split_options
from xner.tokenization import UNSPACED
from xner.translation.engine import Batch, Engine, Settings

# A character of a script without blanks; a word with its inner marks; or one of anything else.
_WORDS = re.compile(
    rf"{UNSPACED.pattern}|(?:(?!{UNSPACED.pattern})\w)+(?:[-'’.](?:(?!{UNSPACED.pattern})\w)+)*|\S"
)
_BATCH = 256


class WordByWord(Engine):
    """`lexicon:FILE`, or `lexicon:FILE,direction=en-de` where the file's name does not say it."""

    def __init__(self, argument: str, source: str, target: str, settings: Settings):
        super().__init__(argument, source, target, settings)
        path, options = split_options(argument)
        direction = options.pop("direction", None)
        if not path or options:
            raise OptionError(f"--engine lexicon:{argument}: expected lexicon:FILE,direction=en-de")
        self.lexicon = read_lexicon(Path(path), source, target, direction, _WORDS.findall)
        self.name = f"lexicon:{path}"
        content = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
        self.identity = f"lexicon {content} {direction or ''}"

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """What stands between the words stays as it is; so do words that the lexicon lacks."""
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            yield [(start + offset, self._translated(text)) for offset, text in enumerate(batch)]

    def _translated(self, text: str) -> str:
        places = list(_WORDS.finditer(text))
        words = [place[0] for place in places]
        made = ""
        end = position = 0
        while position < len(words):
            is_word = words[position][0].isalnum()
            found = self.lexicon.find(words, position) if is_word else None
            length, translation = found or (1, words[position])
            self.counts["words"] += length * is_word
            self.counts["words not in the lexicon"] += is_word and not found
            if position == 0 and words[0][0].isupper():
                translation = translation[0].upper() + translation[1:]
            gap = text[end : places[position].start()]
            made += (gap or _gap(made, translation)) + translation
            end = places[position + length - 1].end()
            position += length
        return made


def _gap(before: str, after: str) -> str:
    """A blank where words meet that were written without one and are no longer."""
    meet = before[-1:].isalnum() and after[:1].isalnum()
    return " " if meet and not (UNSPACED.match(before[-1]) and UNSPACED.match(after)) else ""

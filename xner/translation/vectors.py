"""Word-by-word translation by aligned word vectors, such as MUSE and fastText give away."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from xner.errors import OptionError
from xner.registry import split_options
from xner.translation.engine import Batch, Settings
from xner.translation.word_by_word import WORDS, ByWord
from xner.translation.word_space import WordSpace

_KEYS = {"target", "limit", "k", "least"}


class Vectors(ByWord):
    """`vectors:SOURCE.vec,target=TARGET.vec`: files of vectors in one space; behind it may stand

    - `limit=`, how many words of each file are read, 100,000 if not said; 0 for all;
    - `k=`, how many neighbours tell a hub, 10 if not said;
    - `least=`, the CSLS (from -4 to 4) that a translation must have; any will do if not said.

    The values are those of MUSE (Conneau, Lample et al., ICLR 2018), as UniTrans has them (Wu et
    al., IJCAI 2020).
    """

    def __init__(self, argument: str, source: str, target: str, settings: Settings):
        super().__init__(argument, source, target, settings)
        path, options = split_options(argument)
        if not path or not options.get("target") or not options.keys() <= _KEYS:
            raise OptionError(
                f"--engine vectors:{argument}: expected vectors:SOURCE.vec,target=TARGET.vec; "
                "limit=, k= and least= may follow"
            )
        self.lexicon = self.space = WordSpace(
            Path(path),
            Path(options["target"]),
            limit=_whole("limit", options.get("limit", "100000"), 0),
            k=_whole("k", options.get("k", "10"), 1),
            least=_number("least", options.get("least", "-inf")),
            count=settings.nbest,
        )
        self.name = f"vectors:{path}"
        self.identity = f"vectors {self.space.identity}"

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """As for any word list; all words are looked up together before."""
        self.space.prepare(word for text in texts for word in (text, *WORDS.findall(text)))
        self.counts["vectors left out"] = self.space.loaded.left_out
        yield from super().batches(texts)


def _whole(key: str, text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise OptionError(
            f"--engine vectors: {key} is '{text}', not a whole number from {least} up"
        )
    return int(text)


def _number(key: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise OptionError(f"--engine vectors: {key} is '{text}', not a number like 0.1")
    return number

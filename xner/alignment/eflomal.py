"""Links learned from the sentences themselves: eflomal (Östling and Tiedemann, 2016).

A Bayesian model of which word stands for which, of where words move to and of how many they
become. It knows no language, and learns from a few ten thousand pairs what encoders bring along;
with few pairs of its own, `corpus` gives it more to learn from.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xner.alignment.aligner import Aligner, AlignerSettings, Pair, WordLink, parsed
from xner.alignment.corpus import pairs_of, turned
from xner.alignment.symmetrize import METHODS, symmetrized
from xner.errors import EngineError, OptionError
from xner.registry import one_of

_BLANK = re.compile(r"\s+")
_MOST_WORDS = 1000  # of a sentence; eflomal reads no more than 1,024


class Eflomal(Aligner):
    """`eflomal`, with the options

    - `symmetrize=`, how the links of both directions become one set (`symmetrize.py`);
    - `corpus=FILE`, more pairs to learn from (`corpus.py`);
    - `iterations=`, a factor of eflomal's own number of them.

    Words count in lower case. Chance has a part in the links, a small one.
    """

    whole = True

    def __init__(self, argument: str, settings: AlignerSettings):
        super().__init__(argument, settings)
        head, options = parsed("eflomal", argument, ["symmetrize", "corpus", "iterations"])
        if head:
            raise OptionError(f"--aligner eflomal: '{head}' is not of the form key=value")
        method = options.get("symmetrize", "grow-diag-final-and")
        self.method = one_of("--aligner eflomal", "symmetrize", method, list(METHODS))
        self.iterations = _factor(options.get("iterations", "1"))
        self.corpus = options.get("corpus")
        if self.corpus and not Path(self.corpus).is_file():
            raise OptionError(f"--aligner eflomal: there is no file '{self.corpus}' to learn from")
        _package()

    def align(self, pairs: Sequence[Pair]) -> Iterator[list[WordLink]]:
        """Learns from all pairs, and from the corpus; links those of no more than 1,000 words."""
        fitting = [pair for pair in pairs if _fits(pair)]
        self.counts["pairs too long to align"] += len(pairs) - len(fitting)
        more: list[Pair] = []
        if self.corpus and fitting:
            more = [pair for pair in turned(pairs_of(self.corpus), fitting) if _fits(pair)]
            self.counts["pairs learned from beside"] += len(more)
        found = iter(self._linked([*fitting, *more]) if fitting else ())
        for pair in pairs:
            yield next(found) if _fits(pair) else []

    def _linked(self, pairs: Sequence[Pair]) -> Iterator[list[WordLink]]:
        with TemporaryDirectory() as folder:
            files = Path(folder, "forward"), Path(folder, "backward")
            try:
                _package().Aligner(rel_iterations=self.iterations).align(
                    [_line(first) for first, _ in pairs],
                    [_line(second) for _, second in pairs],
                    links_filename_fwd=str(files[0]),
                    links_filename_rev=str(files[1]),
                )
                forward, backward = (file.read_text("utf-8").split("\n") for file in files)
            except (OSError, RuntimeError, ValueError, SystemError) as error:
                raise EngineError(
                    f"eflomal failed: {str(error) or type(error).__name__}"
                ) from error
        if min(len(forward), len(backward)) < len(pairs):
            raise EngineError(f"eflomal failed: it gave no links for some of {len(pairs):,} pairs")
        for number in range(len(pairs)):
            ways = _links(forward[number]), _links(backward[number])
            yield symmetrized(*ways, self.method)


def _package() -> Any:
    try:
        import eflomal
    except ImportError:
        raise EngineError(
            "--aligner eflomal needs the package eflomal: pip install 'xner[eflomal]'"
        ) from None
    return eflomal


def _factor(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1000:
        raise OptionError(f"--aligner eflomal: iterations '{text}' is not a number above 0")
    return number


def _fits(pair: Pair) -> bool:
    return max(map(len, pair)) <= _MOST_WORDS


def _line(words: Sequence[str]) -> str:
    """Words between blanks, none inside."""
    return " ".join(_BLANK.sub("_", word) for word in words)


def _links(line: str) -> list[WordLink]:
    pairs = (link.split("-") for link in line.split())
    return [(int(i), int(j)) for i, j in pairs]

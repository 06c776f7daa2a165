"""Two vocabularies in one space of vectors, as a word list: translations are near by CSLS."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xner.errors import FormatError, XnerError
from xner.lexicon import cased_like
from xner.tokenization import UNSPACED
from xner.translation.cache import default_path
from xner.translation.csls import Neighbours, nearness
from xner.translation.embeddings import read_vectors

if TYPE_CHECKING:
    import numpy as np

_AT_ONCE = 4096  # words whose neighbours are looked for: as many as faiss takes at once
_LONGEST = 8  # words, or characters of a script without blanks, that an entry may have


class WordSpace:
    """What the lines of two files say of each other; nothing is read before it is asked for.

    `limit` words of each file, 0 for all; `k` neighbours tell a hub; a word has `count`
    translations at most, with a CSLS of `least` at least. A word that the source file has in lower
    case only is looked up so, and its translations cased as it is itself. `identity` tells files
    and choices from others. Raises XnerError for files that cannot be read.
    """

    def __init__(self, source: Path, target: Path, *, limit: int, k: int, least: float, count: int):
        self.paths = source, target
        self.limit, self.k, self.least, self.count = limit, k, least, count
        self._geometry = f"{_digest(source)} {_digest(target)} limit={limit} k={k}"
        self.identity = f"{self._geometry} least={least:g} count={count}"
        self._known: dict[int, list[str]] = {}  # translations, by the place of the source word

    def translations(self, text: str) -> list[str]:
        """Those of a word, the best first and none twice; none of one that the file has not."""
        place = self._place(text)
        if place is None:
            return []
        self._look_up([place])
        found = self._known[place]
        if text in self.loaded.places:
            return found
        return list(dict.fromkeys(cased_like(text, one) for one in found))

    def find_all(self, words: Sequence[str], start: int) -> tuple[int, list[str]] | None:
        """How many words the longest entry at a place spans, and its translations."""
        for length in range(min(_LONGEST, len(words) - start), 0, -1):
            part = words[start : start + length]
            found = self.translations(("" if all(map(UNSPACED.match, part)) else " ").join(part))
            if found:
                return length, found
        return None

    def prepare(self, words: Iterable[str]) -> None:
        """Look up many words together, which takes a fifth of the time."""
        places = map(self._place, words)
        self._look_up([place for place in places if place is not None])

    def _place(self, word: str) -> int | None:
        """Where a word's row is: its very form's, or that of its lower case."""
        places = self.loaded.places
        return places.get(word, places.get(word.lower()))

    def _look_up(self, places: Iterable[int]) -> None:
        unknown = [place for place in dict.fromkeys(places) if place not in self._known]
        for start in range(0, len(unknown), _AT_ONCE):
            some = unknown[start : start + _AT_ONCE]
            found = self.loaded.neighbours.best(self.loaded.rows[some], self.count)
            for place, scores, numbers in zip(some, *found, strict=True):
                near = numbers[scores >= self.least]
                self._known[place] = [self.loaded.targets[number] for number in near]

    @cached_property
    def loaded(self) -> "_Loaded":
        """Both files, and how near each target word is to the other language."""
        sources, targets = (read_vectors(path, self.limit) for path in self.paths)
        if sources.rows.shape[1] != targets.rows.shape[1]:
            raise FormatError(
                f"the vectors of '{self.paths[0]}' have {sources.rows.shape[1]} dimensions, those "
                f"of '{self.paths[1]}' {targets.rows.shape[1]}; they must lie in one space"
            )
        near = _kept(self._geometry, lambda: nearness(targets.rows, sources.rows, self.k))
        places: dict[str, int] = {}
        for place, word in enumerate(sources.words):
            places.setdefault(" ".join(word.split()), place)  # texts come with plain blanks
        return _Loaded(
            places,
            sources.rows,
            targets.words,
            Neighbours(targets.rows, near, self.k),
            sources.left_out + targets.left_out,
        )


class _Loaded(NamedTuple):
    """Where each source word has its row, and the neighbours among the targets."""

    places: dict[str, int]
    rows: "np.ndarray"  # float32, (source words, dimensions)
    targets: list[str]
    neighbours: Neighbours
    left_out: int  # lines that give no word


def _kept(geometry: str, make: Callable[[], "np.ndarray"]) -> "np.ndarray":
    """What `make` makes, which takes minutes, or what it made of the same files before."""
    import numpy as np

    name = hashlib.sha256(geometry.encode()).hexdigest()[:16]
    path = default_path().parent / f"nearness-{name}.npy"
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # not there, or not whole
        made = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".part-") as folder:
            np.save(Path(folder) / path.name, made)
            os.replace(Path(folder) / path.name, path)
    except OSError:  # a full or read-only disk costs the minutes again, and nothing else
        pass
    return made


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise XnerError(f"cannot read the word vectors '{path}': {reason}") from None

"""What a stream holds: sentences, tokens, entities of each type."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from xner.sentence import Sentence


class Census:
    """Counts sentences as they pass."""

    def __init__(self) -> None:
        self.sentences = self.tokens = self.untagged = 0
        self._tags: Counter[str] = Counter()

    def add(self, sentence: Sentence) -> None:
        """Count one sentence, as it is on top: origins do not count."""
        self.sentences += 1
        self.tokens += len(sentence.tokens)
        if sentence.tags is None:
            self.untagged += 1
        else:
            self._tags.update(sentence.tags)

    @property
    def types(self) -> dict[str, int]:
        """The number of entities of each type, in alphabetical order."""
        begun = {tag[2:]: n for tag, n in self._tags.items() if tag.startswith("B-")}
        return dict(sorted(begun.items()))

    def as_dict(self) -> dict[str, Any]:
        """The figures, for JSON."""
        figures: dict[str, Any] = {"sentences": self.sentences, "tokens": self.tokens}
        if self.untagged:
            figures["untagged"] = self.untagged
        figures["entities"] = sum(self.types.values())
        figures["types"] = self.types
        return figures

    def as_table(self) -> str:
        """The figures in two columns, for a terminal."""
        rows = list(_rows(self.as_dict()))
        left = max(len(name) for name, _ in rows)
        right = max(len(f"{number:,}") for _, number in rows)
        return "".join(f"{name:<{left}}  {number:>{right},}\n" for name, number in rows)


def _rows(figures: dict[str, Any], indent: str = "") -> Iterator[tuple[str, int]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _rows(value, "  ")
        else:
            yield indent + name, value

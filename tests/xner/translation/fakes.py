"""Engines that do one simple thing to their texts, honestly or not."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from xner.translation.cache import Cache
from xner.translation.engine import Batch, Engine, Settings
from xner.translation.translator import Translator


class Fake(Engine):
    """Says what `answer` makes of a text; keeps what it was sent."""

    def __init__(self, answer: Callable[[str], Any]):
        super().__init__("", "xx", "en", Settings())
        self.name = self.identity = "fake"
        self.answer = answer
        self.sent: list[str] = []

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """One by one."""
        for number, text in enumerate(texts):
            self.sent.append(text)
            yield [(number, self.answer(text))]


def through(answer: Callable[[str], Any]) -> tuple[Translator, Fake]:
    """A translator with a fake engine and a memory of its own."""
    engine = Fake(answer)
    return Translator(engine, Cache(None, "fake")), engine


NAME = re.compile(r"[A-Z][a-z]+")


def translation_of(text: str) -> str:
    """What a fake engine makes of the names in a text: recognizable, and not the names."""
    return NAME.sub(lambda name: f"T{name[0].lower()}", text)

"""Sentences carried through fake engines with markers around their spans."""

from collections.abc import Callable
from typing import Any

from tests.xner.translation.fakes import through
from xner.sentence import Sentence
from xner.translation.marker import Marker
from xner.translation.mode import Dropped, Options, Tally
from xner.translation.translator import translated

Answer = Callable[[str], str]


def carried(
    sentence: Sentence, answer: Answer, target: str = "en", **options: Any
) -> tuple[Sentence | Dropped, Tally, list[str]]:
    """What became of it, the figures, and what the engine was sent."""
    tally = Tally()
    translator, engine = through(answer)
    [outcome] = translated([sentence], Marker(target, Options(**options), tally), translator)
    return outcome, tally, engine.sent


def whole(sentence: Sentence, answer: Answer, target: str = "en", **options: Any) -> Sentence:
    outcome, _, _ = carried(sentence, answer, target, **options)
    assert isinstance(outcome, Sentence)
    return outcome


def tagged(text: str, labels: str, lang: str = "xx") -> Sentence:
    tokens = text.split()
    tags = ["O" if label == "O" else f"B-{label}" for label in labels.split()]
    return Sentence(id="s", lang=lang, tokens=tokens, tags=tags)


def said(outcome: Sentence) -> list[tuple[str, str]]:
    """The entities as texts with types."""
    return [(" ".join(outcome.tokens[a:b]), label) for a, b, label in outcome.spans]

"""What a mode is: a conversation about one sentence with whoever translates."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from xner.sentence import Sentence


class Dropped(NamedTuple):
    """A sentence that could not be translated, and why."""

    reason: str


@dataclass(frozen=True)
class Options:
    """What users may choose about a mode; each mode heeds what concerns it."""

    span_context: Literal["isolated", "sentence"] = "isolated"
    no_spans: Literal["translate", "drop"] = "translate"
    max_length_ratio: float = 12.0


@dataclass
class Tally:
    """What became of the spans."""

    spans: int = 0
    survived: int = 0
    crossed: int = 0  # survivors that stand on another side of some other survivor than before
    copied: int = 0  # survivors whose translation is their surface
    ratios: float = 0.0  # sum over survivors of translated by original length, in characters
    repaired: int = 0
    out_of_context: int = 0  # translated alone, the brackets not having come back
    lost: Counter[str] = field(default_factory=Counter[str])


# Yields texts, is sent their translations (and those of other sentences), returns the outcome.
Talk = Generator[list[str], Mapping[str, str], Sentence | Dropped]


class Mode(ABC):
    """A way to translate sentences into a language; `tally` is filled on the way."""

    def __init__(self, target: str, options: Options, tally: Tally):
        self.target = target
        self.options = options
        self.tally = tally

    def refusal(self, sentence: Sentence) -> str | None:  # noqa: ARG002
        """What the sentence lacks for this mode and how to get it; None if it lacks nothing."""
        return None

    @abstractmethod
    def talk(self, sentence: Sentence) -> Talk:
        """Ask for translations until the sentence is done; knows nothing of engines."""

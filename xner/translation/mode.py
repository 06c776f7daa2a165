"""What a mode is: a conversation about one sentence with whoever translates."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, NamedTuple

from xner.errors import OptionError
from xner.sentence import Sentence


class Dropped(NamedTuple):
    """A sentence that could not be translated, and why."""

    reason: str


@dataclass(frozen=True)
class Options:
    """What users may choose about a mode; each mode heeds what concerns it."""

    span_context: Annotated[
        Literal["isolated", "sentence"],
        "placeholder: translate a span alone, or bracketed in its sentence.",
    ] = "isolated"
    no_spans: Annotated[Literal["translate", "drop"], "Sentences without entities."] = "translate"
    max_length_ratio: Annotated[
        float, "Reject spans that grow or shrink more, in characters; at least 1."
    ] = 12.0
    marker_style: Annotated[
        Literal["slot", "brackets", "xml"],
        "marker: what stands around a span, __SLOT0__ twice, [ and ], or <a> and </a>.",
    ] = "slot"
    parse: Annotated[
        Literal["strict", "lenient"],
        "marker: reject spans whose markers are not one clean pair, or take any two for a pair.",
    ] = "strict"
    nbest: Annotated[
        int, "marker: translations to ask for; the first in which all spans survive is taken."
    ] = 1

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense."""
        if not self.max_length_ratio >= 1:  # nor is nan
            raise OptionError(
                f"--max-length-ratio '{self.max_length_ratio:g}' is not at least 1; give 12"
            )
        if self.nbest < 1:
            raise OptionError(f"--nbest {self.nbest} is not at least 1")


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
    later: int = 0  # sentences that are not the engine's best translation, for their spans' sake
    lost: Counter[str] = field(default_factory=Counter[str])


# Yields texts, is sent their translations (and those of other sentences), returns the outcome.
Talk = Generator[list[str], Mapping[str, str], Sentence | Dropped]


class Mode(ABC):
    """A way to translate sentences into a language; `tally` is filled on the way.

    A mode with `several` can do with n translations of a text, one a line and the best first.
    """

    several: ClassVar[bool] = False

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

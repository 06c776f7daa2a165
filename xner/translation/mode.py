"""What a mode is: a conversation about one sentence with whoever translates."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Generator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, NamedTuple

from xner.errors import OptionError
from xner.sentence import Sentence


class Dropped(NamedTuple):
    """A sentence that could not be translated, and why."""

    reason: str


@dataclass(frozen=True)
class Options:
    """What users may choose about a mode; flags that a mode does not heed are refused."""

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
    copy_types: Annotated[
        str, "word, phrase: entity types that stay as they are, with commas between; or none."
    ] = "PER"
    choose: Annotated[
        Literal["first", "sample", "context"],
        "word, phrase: which of several translations is taken; context asks --chooser.",
    ] = "first"
    candidates: Annotated[
        int, "word, phrase: translations to ask for, where not the first is taken."
    ] = 5
    chooser: Annotated[
        str | None, "word, phrase: a pretrained multilingual encoder, for --choose context."
    ] = None
    case: Annotated[
        Literal["pattern", "corpus", "keep"],
        "word, phrase: case of the source word, of --case-from, or as the engine has it.",
    ] = "pattern"
    case_from: Annotated[
        tuple[str, ...], "word, phrase: text whose words show how they are cased; repeatable."
    ] = ()

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense, and options that lack another."""
        if not self.max_length_ratio >= 1:  # nor is nan
            raise OptionError(
                f"--max-length-ratio '{self.max_length_ratio:g}' is not at least 1; give 12"
            )
        if self.nbest < 1:
            raise OptionError(f"--nbest {self.nbest} is not at least 1")
        if self.candidates < 1:
            raise OptionError(f"--candidates {self.candidates} is not at least 1")
        _both("--choose context", self.choose == "context", "--chooser", self.chooser)
        _both("--case corpus", self.case == "corpus", "--case-from", self.case_from)


def _both(choice: str, chosen: bool, flag: str, value: object) -> None:
    """Raises OptionError where only one of two options is given that make sense together."""
    if chosen and not value:
        raise OptionError(f"{choice} wants {flag}")
    if value and not chosen:
        raise OptionError(f"{flag} is for {choice}; give that too")


@dataclass
class Tally:
    """What became of the spans, or of the units of modes that translate in units."""

    spans: int = 0
    survived: int = 0
    crossed: int = 0  # survivors that stand on another side of some other survivor than before
    copied: int = 0  # survivors whose translation is their surface
    ratios: float = 0.0  # sum over survivors of translated by original length, in characters
    repaired: int = 0
    out_of_context: int = 0  # translated alone, the brackets not having come back
    later: int = 0  # sentences that are not the engine's best translation, for their spans' sake
    lost: Counter[str] = field(default_factory=Counter[str])
    units: Counter[str] = field(default_factory=Counter[str])


# Yields texts, is sent their translations (and those of other sentences), returns the outcome.
Talk = Generator[list[str], Mapping[str, str], Sentence | Dropped]


class Mode(ABC):
    """A way to translate sentences into a language; `tally` is filled on the way.

    `heeds` names the fields of Options that say something to it. A mode with `several` can do with
    n translations of a text, one a line and the best first. One whose texts are `words` wants to
    hear nothing of a word that a word list does not have.
    """

    heeds: ClassVar[Set[str]] = frozenset()
    several: ClassVar[bool] = False
    words: ClassVar[bool] = False

    def __init__(self, target: str, options: Options, tally: Tally):
        self.target = target
        self.options = options
        self.tally = tally

    @property
    def wanted(self) -> int:
        """How many translations of a text to ask for."""
        return self.options.nbest

    def refusal(self, sentence: Sentence) -> str | None:  # noqa: ARG002
        """What the sentence lacks for this mode and how to get it; None if it lacks nothing."""
        return None

    def prepare(self, sentences: Sequence[Sentence]) -> None:  # noqa: B027 - most need none
        """Hear of the sentences that are to come next."""

    @abstractmethod
    def talk(self, sentence: Sentence) -> Talk:
        """Ask for translations until the sentence is done; knows nothing of engines."""

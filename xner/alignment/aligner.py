"""What an aligner is: pairs of sentences in, links between their words out."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from xner.errors import OptionError
from xner.registry import split_options

# The words of a sentence, and those of one that says the same.
Pair = tuple[Sequence[str], Sequence[str]]
# Token i of the first of a pair with token j of the second.
WordLink = tuple[int, int]


@dataclass(frozen=True)
class AlignerSettings:
    """What every aligner may heed."""

    device: str = "auto"
    batch_tokens: int = 4096
    offline: bool = False
    gpu_lock: bool = True
    while_waiting: Callable[[], None] | None = None  # for the GPU, as in xner.device.turn


class Aligner(ABC):
    """Links words; `counts` are figures for the closing summary.

    `argument` is what stands behind the name in `--aligner name:argument`. Building an aligner
    finds out whether it can work, and loads nothing heavy. An aligner that wants the `whole` of a
    corpus at once learns from it.
    """

    whole: ClassVar[bool] = False

    def __init__(self, argument: str, settings: AlignerSettings):
        self.argument = argument
        self.settings = settings
        self.counts: Counter[str] = Counter()

    @abstractmethod
    def align(self, pairs: Sequence[Pair]) -> Iterator[list[WordLink]]:
        """The links of each pair, in order; sorted, and none twice."""

    def close(self) -> None:  # noqa: B027 - some hold nothing
        """Give back what the aligner holds."""


def parsed(name: str, argument: str, known: Sequence[str]) -> tuple[str, dict[str, str]]:
    """What stands before the options of an aligner, and these.

    Raises OptionError for an option that it does not know.
    """
    head, options = split_options(argument)
    for key in options:
        if key not in known:
            raise OptionError(
                f"--aligner '{name}' has no option '{key}'; it has: {', '.join(known)}"
            )
    return head, options

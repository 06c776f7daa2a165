"""What every translation engine promises: one text for each text, in order, or an EngineError."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from xner import registry
from xner.errors import EngineError, OptionError
from xner.translation import ENGINES

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f]+")

Batch = list[tuple[int, str]]


@dataclass(frozen=True)
class Settings:
    """How engines that are models compute; the others take no notice."""

    device: str = "auto"
    batch_tokens: int = 4096
    beams: int | None = None  # the model's own number
    nbest: int = 1  # translations of each text, the best first, each a line
    words: bool = False  # texts are words; of one it does not know a word list says nothing ("")
    offline: bool = False
    gpu_lock: bool = True
    while_waiting: Callable[[], None] | None = None  # for the GPU, as in xner.device.turn


class MisalignedError(EngineError):
    """An engine gave more or fewer texts than it got: none of this call's can be trusted."""


class Engine(ABC):
    """Translates texts from one language into another.

    `argument` is what stands behind the name in `--engine name:argument`. Building an engine finds
    out whether it can work, and loads nothing heavy. `identity` changes whenever translations may:
    translations are kept under it from run to run. `counts` are figures for the closing summary.
    An engine that can give `several` translations of a text heeds `settings.nbest`; a `word_list`
    heeds `settings.words`.
    """

    several: ClassVar[bool] = False
    word_list: ClassVar[bool] = False
    name: str
    identity: str

    def __init__(self, argument: str, source: str, target: str, settings: Settings):
        self.argument = argument
        self.source = source
        self.target = target
        self.settings = settings
        self.counts: Counter[str] = Counter()

    @abstractmethod
    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """Translations with the numbers of their texts, in any order, as soon as they are done.

        Every text is one line with something in it; so is a translation, unless several are
        wanted: then it has a line for each.
        """

    def finished(self, texts: Sequence[str]) -> Iterator[Batch]:
        """As `batches`, for any texts, and with the promise kept or an EngineError raised.

        Line breaks become blanks. A blank text is its own translation and is not sent.
        """
        lines = [_BREAKS.sub(" ", text).strip() for text in texts]
        sent = [number for number, line in enumerate(lines) if line]
        waiting = set(sent)
        yield [(number, "") for number, line in enumerate(lines) if not line]
        for batch in self.batches([lines[number] for number in sent]) if sent else ():
            numbered = [(sent[number], text) for number, text in batch]
            for number, text in numbered:
                if number not in waiting or not isinstance(text, str):
                    raise MisalignedError(f"engine '{self.name}' gave a text twice, or no text")
                waiting.remove(number)
            yield numbered
        if waiting:
            given = f"{len(sent) - len(waiting):,} of {len(sent):,} texts"
            raise MisalignedError(f"engine '{self.name}' gave back {given}")

    def translate(self, texts: Sequence[str]) -> list[str]:
        """The translations, one for each text and in the same order."""
        done = dict(pair for batch in self.finished(texts) for pair in batch)
        return [done[number] for number in range(len(texts))]

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Give back what the engine holds."""


def build(spec: str, source: str, target: str, settings: Settings | None = None) -> Engine:
    """The engine that `--engine` names; EngineError says what is missing and how to get it.

    Raises OptionError where several translations are wanted of an engine that has only one.
    """
    settings = settings or Settings()
    name, _, argument = spec.partition(":")
    if name not in ENGINES:  # module:attribute of a plug-in, or a mistake that `load` explains
        name, argument = spec, ""
    factory = registry.load(name, ENGINES, "engine")
    if settings.nbest > 1 and not getattr(factory, "several", False):
        able = [one for one in ENGINES if registry.load(one, ENGINES, "engine").several]
        raise OptionError(
            f"engine '{name}' gives one translation of a text, not {settings.nbest}; "
            f"those that can give several: {', '.join(able)}"
        )
    return factory(argument, source, target, settings)

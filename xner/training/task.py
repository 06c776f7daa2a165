"""What the loop knows of a task: what is trained, on which examples, and what it is judged by."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from torch import Tensor, nn

from xner.losses.objective import Objective
from xner.sentence import Sentence
from xner.training.options import ModelOptions


class Measure(NamedTuple):
    """A figure that chooses checkpoints; `better(a, b)` is whether a is better than b."""

    name: str
    better: Callable[[float, float], bool]


F1 = Measure("f1", operator.gt)
LOSS = Measure("loss", operator.lt)


@dataclass(frozen=True)
class Data:
    """What a run learns from (`--source`, the stream and teachers), and what judges it.

    Teachers, `DIR[=WEIGHT]`, are those that are asked during the run.
    """

    source: Sequence[Sentence] = ()
    stream: Sequence[Sentence] = ()
    dev: Sequence[Sentence] = ()
    teachers: Sequence[str] = ()


class Corpus(ABC):
    """Examples of one kind, tokenized once.

    Batches are of like length unless `by_length` is False: where lengths differ between what a
    discriminator is to tell apart, such batches would be of one side.
    """

    by_length: ClassVar[bool] = True

    @abstractmethod
    def costs(self) -> tuple[list[int], list[int]]:
        """Row length and rows of each example: what batches are filled by."""

    @abstractmethod
    def batch(self, index: Sequence[int]) -> tuple[Any, ...]:
        """These examples, padded."""

    @abstractmethod
    def view(self, model: Any, *batch: Any) -> Any:
        """What losses are given of a batch."""

    @abstractmethod
    def tensors(self) -> list[Tensor]:
        """All of it: what a run knows its data again by."""


class Task(ABC):
    """A model, the losses it is trained with, and their examples by the name of the kind.

    The first kind is gone through once an epoch; the others begin again where they end.
    """

    always: ClassVar[tuple[str, ...]]  # losses that are on unless their weight is 0
    kinds: ClassVar[tuple[str, ...]]  # of examples: what the `stream` of a loss can be
    measure: ClassVar[Measure]

    def __init__(
        self, model: nn.Module, objectives: dict[str, Objective], corpora: dict[str, Corpus]
    ):
        self.model = model
        self.objectives = objectives
        self.corpora = corpora
        self.notes: list[str] = []  # what is to be said before it begins

    @classmethod
    @abstractmethod
    def build(
        cls,
        model: ModelOptions,
        objectives: dict[str, Objective],
        data: Data,
        seed: int,
        offline: bool,
    ) -> "Task":
        """The task of a run, its model loaded and its examples tokenized."""

    @property
    def encoder(self) -> nn.Module:
        """The part of the model that adversaries work on."""
        return self.model

    @property
    def head_rate(self) -> float | None:
        """The peak rate that what is not the encoder learns at, if it has one of its own."""
        return None

    @property
    @abstractmethod
    def judged(self) -> bool:
        """Whether there is anything to measure the model on."""

    @abstractmethod
    def score(self) -> float:
        """The measure of the model as it is."""

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What must be the same for a checkpoint to be one of this task's."""

    @abstractmethod
    def save(self, folder: Path, training: dict[str, Any]) -> None:
        """Write the model folder; `training` goes into its xner.json."""

"""How far a run is, and what it came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xner.training.objectives import Objectives

_PARTS = 10  # of a run, of which mean accuracies are kept


@dataclass
class Progress:
    """How far a run is; what a checkpoint remembers beside tensors."""

    step: int = 0
    best_step: int | None = None
    best_score: float | None = None
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict[str, float])
    # of each loss that counts them and each part of the run: right decisions, and all
    verdicts: dict[str, list[list[int]]] = field(default_factory=dict[str, list[list[int]]])

    def add(
        self, values: Mapping[str, float], verdicts: Mapping[str, tuple[int, int]], steps: int
    ) -> None:
        """One step more, of so many in all."""
        part = self.step * _PARTS // steps
        self.step += 1
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        for name, (right, decided) in verdicts.items():
            parts = self.verdicts.setdefault(name, [[0, 0] for _ in range(_PARTS)])
            parts[part][0] += right
            parts[part][1] += decided

    def accuracy(self, name: str) -> list[float]:
        """How often a loss's decisions were right in each tenth of the run so far."""
        return [right / decided for right, decided in self.verdicts[name] if decided]

    def latest_accuracies(self) -> dict[str, float]:
        """How often each was right in the tenth of the run that has begun."""
        own = ((name, self.accuracy(name)) for name in self.verdicts)
        return {name: accuracies[-1] for name, accuracies in own if accuracies}


@dataclass(frozen=True)
class Result:
    """What a run came to. `losses` holds the mean value of each loss over all steps.

    Of a loss that counts its decisions it also holds how often they were right in each tenth of the
    run, by the name that the loss gives that; of an adversary, its mean under flipped labels.
    """

    steps: int
    seconds: float
    best_step: int | None
    best_score: float | None
    losses: dict[str, dict[str, Any]]


def contributions(
    progress: Progress, module: Objectives, summed: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """What became of each loss; those of `summed` have a share in the sum that was minimised."""
    means = {name: total / max(progress.step, 1) for name, total in progress.sums.items()}
    weighted = module.weighted(means, summed)
    whole = sum(map(abs, weighted.values())) or 1.0
    rows: dict[str, dict[str, Any]] = {}
    for name in filter(means.__contains__, module.by_name):
        rows[name] = row = {"weight": module.weights[name], "mean": means[name]}
        if name in weighted:
            row |= {"weighted": weighted[name], "share": abs(weighted[name]) / whole}
        if name in progress.verdicts:
            row |= {module.by_name[name].counts: [round(s, 4) for s in progress.accuracy(name)]}
        if f"{name} flipped" in means:
            row |= {"flipped": means[f"{name} flipped"]}
    return rows

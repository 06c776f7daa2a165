"""The losses of a run, from their specifications to one weighted sum."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from torch import Tensor, nn

from xner.errors import OptionError
from xner.losses import LOSSES
from xner.losses.objective import Adversary, Objective, Side
from xner.registry import arguments, load, split_options
from xner.training.task import Task


def build_objectives(specs: Sequence[str], always: Sequence[str] = ("ce",)) -> dict[str, Objective]:
    """`NAME[=WEIGHT][,key=value]` -> objective; those of `always` too. Weight 0 is off.

    Raises OptionError for an unknown name, a weight that is no number, or a key it does not have.
    """
    named = [_parsed(spec) for spec in specs]
    asked = [name for name, _ in named]
    implied = [name for name in always if name not in asked]
    objectives: dict[str, Objective] = {}
    for name, options in [*((name, {}) for name in implied), *named]:
        if name in objectives:
            raise OptionError(f"--loss {name} is given twice")
        objectives[name] = _built(name, options)
        objectives[name].implied = name in implied
    used = {name: objective for name, objective in objectives.items() if objective.weight}
    if not used:
        raise OptionError("every --loss has weight 0: there is nothing to learn from")
    return used


def _parsed(spec: str) -> tuple[str, dict[str, str]]:
    head, options = split_options(spec)
    name, equals, weight = head.partition("=")
    if "weight" in options:
        raise OptionError(f"--loss {spec}: a weight stands behind the name, as in {name}=0.5")
    return name, {**options, "weight": weight} if equals else options


def _built(name: str, options: Mapping[str, str]) -> Objective:
    kind = load(name, LOSSES, "loss")
    values = arguments(f"loss '{name}'", kind, options, unsaid={"weight"})
    weight = values.get("weight", 1.0)
    if not (isfinite(weight) and weight >= 0):
        raise OptionError(f"loss '{name}': weight {weight:g} is not a number from 0 on")
    return kind(**values)


class Objectives(nn.Module):
    """All losses over one model as one module, so that data-parallel training wraps one call."""

    def __init__(self, task: Task):
        super().__init__()
        self.model = task.model
        self.corpora = task.corpora
        self.by_name = dict(task.objectives)
        self.losses = nn.ModuleList(task.objectives.values())  # so that their parameters are ours
        self.weights = {name: objective.weight for name, objective in task.objectives.items()}

    def forward(
        self, batches: dict[str, tuple[Any, ...]], wanted: Sequence[str], side: Side | None = None
    ) -> dict[str, Tensor]:
        """The unweighted values of the wanted losses on batches, which go by their kind.

        `side` is what adversaries are to train.
        """
        given = {
            kind: self.corpora[kind].view(self.model, *batch) for kind, batch in batches.items()
        }
        values: dict[str, Tensor] = {}
        for name in wanted:
            loss = self.by_name[name]
            more = {"side": side} if isinstance(loss, Adversary) else {}
            values[name] = loss(given[str(loss.stream)], **more)
        return values

    def weighted(self, values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
        """The values of these losses times their weights: what each contributes to their sum."""
        return {name: self.weights[name] * values[name] for name in names if name in values}

    def verdicts(self) -> dict[str, tuple[int, int]]:
        """Right decisions and all, of the losses that count them, since this was last asked."""
        return {name: loss.verdict() for name, loss in self.by_name.items() if loss.decided}

"""The losses of a run, from their specifications to one weighted sum."""

import inspect
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from torch import Tensor, nn

from xner.errors import OptionError
from xner.losses import LOSSES
from xner.losses.objective import Objective
from xner.models.tagger import Tagger
from xner.registry import load, split_options
from xner.training.data import labelled_view, parallel_view


def build_objectives(specs: Sequence[str]) -> dict[str, Objective]:
    """`NAME[=WEIGHT][,key=value]` -> objective; `ce` is added unless it is named. Weight 0 is off.

    Raises OptionError for an unknown name, a weight that is no number, or a key it does not have.
    """
    named = [_parsed(spec) for spec in specs]
    if "ce" not in (name for name, _ in named):
        named.insert(0, ("ce", {}))
    objectives: dict[str, Objective] = {}
    for name, options in named:
        if name in objectives:
            raise OptionError(f"--loss {name} is given twice")
        objectives[name] = _built(name, options)
    used = {name: objective for name, objective in objectives.items() if objective.weight}
    if not used:
        raise OptionError("every --loss has weight 0: there is nothing to learn from")
    return used


def _parsed(spec: str) -> tuple[str, dict[str, str]]:
    head, options = split_options(spec)
    name, equals, weight = head.partition("=")
    return name, {**options, "weight": weight} if equals else options


def _built(name: str, options: Mapping[str, str]) -> Objective:
    kind = load(name, LOSSES, "loss")
    known = inspect.signature(kind).parameters
    for key in options:
        if key not in known:
            raise OptionError(f"loss '{name}' has no option '{key}'; it has {', '.join(known)}")
    values: dict[str, Any] = {}
    for key, text in options.items():
        number = isinstance(known[key].default, float)
        try:
            values[key] = float(text) if number else text
        except ValueError:
            raise OptionError(f"loss '{name}': {key} '{text}' is not a number") from None
    weight = values.get("weight", 1.0)
    if not (isfinite(weight) and weight >= 0):
        raise OptionError(f"loss '{name}': weight {weight:g} is not a number from 0 on")
    return kind(**values)


class Objectives(nn.Module):
    """All losses over one tagger as one module, so that data-parallel training wraps one call."""

    def __init__(self, tagger: Tagger, objectives: Mapping[str, Objective]):
        super().__init__()
        self.tagger = tagger
        self.names = list(objectives)
        self.losses = nn.ModuleList(objectives.values())
        self.weights = {name: objective.weight for name, objective in objectives.items()}

    def forward(
        self, labelled: tuple[Any, ...], parallel: tuple[Any, ...] | None
    ) -> dict[str, Tensor]:
        """The unweighted value of each loss on one step's batches."""
        given: dict[str, Any] = {"labelled": labelled_view(self.tagger, *labelled)}
        if parallel is not None:
            given["parallel"] = parallel_view(self.tagger, *parallel)
        losses = zip(self.names, self.losses, strict=True)
        return {name: loss(given[str(loss.stream)]) for name, loss in losses}

    def weighted(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Each value times its weight: what the loss contributes to the sum that is minimised."""
        return {name: self.weights[name] * value for name, value in values.items()}

"""The parts of a step, each with losses, parameters and an optimizer of its own.

Most runs have one part: the losses are added up and move the whole model. With adversaries there
are three (TransAdv section 2.3, after AdvPicker), each on batches of its own:

- `learn`: the other losses move the model, at `learning_rate`, or what is not the encoder at
  `head_rate`;
- `discriminate`: the adversaries' move the discriminators alone, at `discriminator_rate`;
- `confuse`: the same under flipped labels move the encoder alone, at `generator_rate`.

With `adversary` set to `reverse` there is one part again, in which a gradient is reversed on its
way from the discriminators into the encoder (Ganin and Lempitsky, 2015).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from xner.losses.objective import Adversary, Objective, Side
from xner.training.objectives import Objectives
from xner.training.options import TrainingOptions

Group = dict[str, Any]


@dataclass
class Phase:
    """One part: which losses on which kinds of examples, and what moves by them."""

    name: str
    losses: list[str]
    kinds: list[str]
    side: Side | None
    optimizer: Any
    scheduler: Any

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What moves."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    def report_name(self, loss: str) -> str:
        """What a loss is called in reports: flipped labels make another loss of it."""
        return f"{loss} flipped" if self.side == "encoder" else loss


def phases(
    module: Objectives, encoder: nn.Module, options: TrainingOptions, steps: int, warmup: int
) -> list[Phase]:
    """The parts of each step of a run of so many steps, in order."""
    losses = module.by_name
    adversaries = {name: loss for name, loss in losses.items() if isinstance(loss, Adversary)}
    others = {name: loss for name, loss in losses.items() if name not in adversaries}
    discriminators = [p for loss in adversaries.values() for p in loss.parameters()]
    learned = _learned(module.model, encoder, options)
    against = _group(discriminators, options.discriminator_rate)
    confused = _group(encoder.parameters(), options.generator_rate)

    def phase(name: str, own: Mapping[str, Objective], side: Side | None, *groups: Group) -> Phase:
        optimizer = torch.optim.AdamW(
            groups,
            betas=(0.9, options.beta2),
            eps=1e-8,
            weight_decay=options.weight_decay,
            fused=True,  # on a processor a seventh of the time
        )
        kinds = dict.fromkeys(str(loss.stream) for loss in own.values())
        scheduler = _scheduler(optimizer, options.schedule, warmup, steps)
        return Phase(name, list(own), list(kinds), side, optimizer, scheduler)

    if not adversaries:
        return [phase("learn", others, None, *learned)]
    if options.adversary == "reverse":
        return [phase("learn", losses, "both", *learned, against)]
    return [
        *([phase("learn", others, None, *learned)] if others else []),
        phase("discriminate", adversaries, "discriminator", against),
        phase("confuse", adversaries, "encoder", confused),
    ]


def _learned(model: nn.Module, encoder: nn.Module, options: TrainingOptions) -> list[Group]:
    """The whole model, or its encoder and the rest where that is to learn at another rate."""
    rate, head_rate = options.learning_rate, options.head_rate
    if head_rate in (None, rate):
        return [_group(model.parameters(), rate)]
    pretrained = set(encoder.parameters())
    rest = [p for p in model.parameters() if p not in pretrained]
    return [_group(encoder.parameters(), rate), _group(rest, head_rate)]


def _group(parameters: Iterable[nn.Parameter], rate: float | None) -> Group:
    return {"params": [p for p in parameters if p.requires_grad], "lr": rate}


def _scheduler(optimizer: torch.optim.Optimizer, schedule: str, warmup: int, steps: int) -> Any:
    from transformers import get_scheduler

    return get_scheduler(schedule.replace("-", "_"), optimizer, warmup, steps)

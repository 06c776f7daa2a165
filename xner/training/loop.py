"""The only training loop: every task, every loss, one process or many."""

import hashlib
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from itertools import chain, count, islice
from math import ceil, isfinite
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from xner.device import has_bf16
from xner.errors import OptionError, XnerError
from xner.training.batches import bucketed, endless, share
from xner.training.checkpoint import (
    load_checkpoint,
    random_state,
    save_checkpoint,
    whole_checkpoint,
)
from xner.training.objectives import Objectives
from xner.training.options import TrainingOptions
from xner.training.phases import Phase, phases
from xner.training.progress import Progress, Result, contributions
from xner.training.task import Task

Report = Callable[[dict[str, Any]], None]
# Padded batches of one part of a step, one after the other, each by the kind of its examples.
Batches = list[dict[str, tuple[Any, ...]]]


class Run:
    """One run of a task; `fit` does it and leaves the chosen weights in the task's model."""

    def __init__(
        self,
        task: Task,
        options: TrainingOptions,
        device: torch.device,
        facts: Mapping[str, Any] | None = None,
    ):
        """`facts` are what else must be the same for a checkpoint to be one of this run's."""
        from accelerate import Accelerator
        from accelerate.utils import DistributedDataParallelKwargs

        automatic = options.precision == "auto" and has_bf16(device)
        use_bf16 = options.precision == "bf16" or automatic
        self.accelerator = Accelerator(
            mixed_precision="bf16" if use_bf16 else "no",
            cpu=device.type == "cpu",
            # a head's own parameters get no gradient where only consistency losses are on
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
        self.options = options
        self.facts = dict(facts or {})
        self.task = task
        self.kind, *self.others = task.corpora
        self.costs = {kind: corpus.costs() for kind, corpus in task.corpora.items()}
        self.module = Objectives(task)
        batches = sum(len(self._epoch(number)) for number in range(options.epochs))
        whole = ceil(batches / options.accumulate)
        self.per_epoch = ceil(whole / options.epochs)
        self.steps = options.steps or whole
        if options.learning_rate is None:
            raise OptionError("--learning-rate is missing")
        warmup = self._warmup()
        self.phases = phases(self.module, task.encoder, options, self.steps, warmup)
        if self.accelerator.process_index:  # each process has dropout of its own
            torch.manual_seed(options.seed + self.accelerator.process_index)
        self.summed = self.phases[0].losses  # those that are added up to one sum
        self.wrapped = self.accelerator.prepare(self.module)
        for phase in self.phases:
            phase.optimizer = self.accelerator.prepare(phase.optimizer)

    @property
    def main(self) -> bool:
        """Whether this is the process that evaluates, writes and talks."""
        return self.accelerator.is_main_process

    def fit(self, report: Report, checkpoints: Path, resume: bool = False) -> Result:
        """Train; keep the weights that the task's measure likes best, else the last ones."""
        progress, best = self._begin(checkpoints, resume, report)
        began = time.monotonic() - progress.seconds
        options = self.options
        self.wrapped.train()
        for drawn in self._steps_from(progress.step):
            values: dict[str, float] = {}
            for phase, batches in zip(self.phases, drawn, strict=True):
                values |= self._moved(phase, batches)
            progress.add(values, self.module.verdicts(), self.steps)
            progress.seconds = time.monotonic() - began
            last = progress.step == self.steps
            event = {"event": "step", "step": progress.step, "steps": self.steps, "losses": values}
            shares = self.module.weighted(values, self.summed)
            report({**event, "weighted": shares, "accuracies": progress.latest_accuracies()})
            due = last or progress.step % (options.evaluate_every or self.per_epoch) == 0
            if self.task.judged and due:
                best = self._judged(progress, best, report)
            if not last and progress.step % (options.checkpoint_every or self.per_epoch) == 0:
                self._checkpoint(checkpoints, progress, best)
        if best is not None:
            self.module.load_state_dict(best)
        return Result(
            steps=progress.step,
            seconds=time.monotonic() - began,
            best_step=progress.best_step,
            best_score=progress.best_score,
            losses=contributions(progress, self.module, self.summed),
        )

    def _begin(
        self, checkpoints: Path, resume: bool, report: Report
    ) -> tuple[Progress, dict[str, Tensor] | None]:
        """How far the run is, and the best weights so far."""
        progress, best = Progress(), None
        if resume:
            found = whole_checkpoint(checkpoints)
            if found:
                progress, best = self._resumed(found)
            report({"event": "resumed", "step": progress.step})
        if self._warmup() >= self.steps:
            text = f"the rate rises for {self._warmup():,} steps, and the run has {self.steps:,}"
            report({"event": "note", "step": progress.step, "text": text})
        return progress, best

    def _moved(self, phase: Phase, batches: Batches) -> dict[str, float]:
        """One update by a part of the step; the mean value of each of its losses."""
        values: dict[str, float] = defaultdict(float)
        for place, by_kind in enumerate(batches):
            last = place == len(batches) - 1
            gather = nullcontext() if last else self.accelerator.no_sync(self.wrapped)
            with gather:
                with self.accelerator.autocast():
                    losses = self.wrapped(by_kind, phase.losses, phase.side)
                    weighted = self.module.weighted(losses, phase.losses)
                    total = torch.stack(list(weighted.values())).sum()
                self.accelerator.backward(total / len(batches))
            for name, value in losses.items():
                number = value.detach().item()
                if not isfinite(number):
                    raise XnerError(
                        f"loss '{name}' has become {number}; lower --learning-rate or its weight"
                    )
                values[phase.report_name(name)] += number / len(batches)
        if self.options.clip:
            self.accelerator.clip_grad_norm_(phase.parameters, self.options.clip)
        phase.optimizer.step()
        phase.scheduler.step()
        self.module.zero_grad()  # also of what the part has not moved
        return dict(values)

    def _judged(
        self, progress: Progress, best: dict[str, Tensor] | None, report: Report
    ) -> dict[str, Tensor] | None:
        """The best weights after an evaluation; every process comes to the same."""
        model, measure = self.task.model, self.task.measure
        model.eval()
        score = self.task.score()
        self.wrapped.train()
        report({"event": "dev", "step": progress.step, measure.name: score})
        if progress.best_score is not None and not measure.better(score, progress.best_score):
            return best
        progress.best_score, progress.best_step = score, progress.step
        return {name: t.detach().cpu().clone() for name, t in self.module.state_dict().items()}

    def _epoch(self, number: int) -> list[list[int]]:
        """This process's batches of one epoch."""
        options, accelerator = self.options, self.accelerator
        chance = random.Random(f"{options.seed}-{self.kind}-{number}")
        costs = self.costs[self.kind]
        batches = bucketed(costs, options.batch_size, options.batch_tokens, chance)
        return share(batches, accelerator.process_index, accelerator.num_processes)

    def _endless(self, kind: str) -> Iterator[list[int]]:
        """This process's batches of a kind that goes round for ever."""
        options, accelerator = self.options, self.accelerator
        size = options.stream_batch_size or options.batch_size
        seed = f"{options.seed}-{kind}"
        by_length = self.task.corpora[kind].by_length
        every = endless(self.costs[kind], size, options.batch_tokens, seed, by_length)
        return islice(every, accelerator.process_index, None, accelerator.num_processes)

    def _steps_from(self, done: int) -> Iterator[list[Batches]]:
        """The batches of every step still to do, part by part; steps done are drawn and passed."""
        corpora = self.task.corpora
        drawn: dict[str, Iterator[list[int]]] = {kind: self._endless(kind) for kind in self.others}
        drawn[self.kind] = chain.from_iterable(self._epoch(number) for number in count())
        parts = self.options.accumulate
        for number in range(self.steps):
            chosen = [
                [{kind: next(drawn[kind]) for kind in phase.kinds} for _ in range(parts)]
                for phase in self.phases
            ]
            if number >= done:
                yield [
                    [{kind: corpora[kind].batch(own) for kind, own in row.items()} for row in rows]
                    for rows in chosen
                ]

    def _warmup(self) -> int:
        """The steps in which the rate rises."""
        options = self.options
        if options.warmup_steps is not None:
            return options.warmup_steps
        return int(options.warmup * self.steps)

    def fingerprint(self) -> str:
        """Of all that must be the same for a run to go on."""
        facts = {
            **asdict(self.options),
            **self.task.facts(),
            "losses": self.module.weights,
            "processes": self.accelerator.num_processes,
            "parameters": [
                (name, list(p.shape), p.requires_grad) for name, p in self.module.named_parameters()
            ],
            **self.facts,
        }
        del facts["checkpoint_every"], facts["evaluate_every"]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        for tensor in chain.from_iterable(c.tensors() for c in self.task.corpora.values()):
            digest.update(tensor.numpy().tobytes())
        return digest.hexdigest()

    def _checkpoint(self, folder: Path, progress: Progress, best: dict[str, Tensor] | None) -> None:
        from accelerate.utils import gather_object

        chances = gather_object([random_state()])
        if self.main:
            state = {
                "fingerprint": self.fingerprint(),
                "progress": asdict(progress),
                "schedulers": {phase.name: phase.scheduler.state_dict() for phase in self.phases},
            }
            save_checkpoint(
                folder, self.module.state_dict(), best, self._optimizers, chances, state
            )
        self.accelerator.wait_for_everyone()

    def _resumed(self, folder: Path) -> tuple[Progress, dict[str, Tensor] | None]:
        fingerprint = self.fingerprint()
        state, best = load_checkpoint(
            folder, self.module, self._optimizers, fingerprint, self.accelerator.process_index
        )
        for phase in self.phases:
            phase.scheduler.load_state_dict(state["schedulers"][phase.name])
            # a scheduler sets the rate only after the next step
            rates = phase.scheduler.get_last_lr()
            for group, rate in zip(phase.optimizer.param_groups, rates, strict=True):
                group["lr"] = rate
        return Progress(**state["progress"]), best

    @property
    def _optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {phase.name: phase.optimizer for phase in self.phases}

"""The only training loop: every task, every loss, one process or many."""

import hashlib
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from itertools import chain, count, islice
from math import ceil, isfinite
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from xner.device import has_bf16
from xner.errors import OptionError, XnerError
from xner.training.batches import bucketed, endless
from xner.training.checkpoint import load_checkpoint, save_checkpoint, whole_checkpoint
from xner.training.objectives import Objectives
from xner.training.options import TrainingOptions
from xner.training.task import Task

Report = Callable[[dict[str, Any]], None]


@dataclass
class Progress:
    """How far a run is; what a checkpoint remembers beside tensors."""

    step: int = 0
    best_step: int | None = None
    best_score: float | None = None
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Result:
    """What a run came to. `losses` holds the mean value of each loss over all steps."""

    steps: int
    seconds: float
    best_step: int | None
    best_score: float | None
    losses: dict[str, dict[str, float]]


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
        self.optimizer = torch.optim.AdamW(
            [p for p in self.module.parameters() if p.requires_grad],
            lr=options.learning_rate,
            betas=(0.9, options.beta2),
            eps=1e-8,
            weight_decay=options.weight_decay,
        )
        self.scheduler = self._scheduler()
        self.wrapped, self.optimizer = self.accelerator.prepare(self.module, self.optimizer)

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
        for batches in self._steps_from(progress.step):
            values = self._step(batches)
            progress.step += 1
            for name, value in values.items():
                progress.sums[name] = progress.sums.get(name, 0.0) + value
            progress.seconds = time.monotonic() - began
            last = progress.step == self.steps
            event = {"event": "step", "step": progress.step, "steps": self.steps}
            report({**event, "losses": values, "weighted": self.module.weighted(values)})
            due = last or progress.step % (options.evaluate_every or self.per_epoch) == 0
            if self.task.judged and due:
                best = self._judged(progress, best, report)
            if not last and progress.step % (options.checkpoint_every or self.per_epoch) == 0:
                self._checkpoint(checkpoints, progress, best)
        if best is not None:
            self.task.model.load_state_dict(best)
        return Result(
            steps=progress.step,
            seconds=time.monotonic() - began,
            best_step=progress.best_step,
            best_score=progress.best_score,
            losses=self._contributions(progress),
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

    def _step(self, batches: list[dict[str, tuple[Any, ...]]]) -> dict[str, float]:
        """One update from the batches of one step; the mean value of each loss."""
        values: dict[str, float] = defaultdict(float)
        for place, by_kind in enumerate(batches):
            last = place == len(batches) - 1
            gather = nullcontext() if last else self.accelerator.no_sync(self.wrapped)
            with gather, self.accelerator.autocast():
                losses = self.wrapped(by_kind)
                total = torch.stack(list(self.module.weighted(losses).values())).sum()
                self.accelerator.backward(total / len(batches))
            for name, value in losses.items():
                number = value.detach().item()
                if not isfinite(number):
                    raise XnerError(
                        f"loss '{name}' has become {number}; lower --learning-rate or its weight"
                    )
                values[name] += number / len(batches)
        self.accelerator.clip_grad_norm_(self.module.parameters(), self.options.clip)
        self.optimizer.step()
        self.scheduler.step()
        self.optimizer.zero_grad()
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
        return {name: t.detach().cpu().clone() for name, t in model.state_dict().items()}

    def _contributions(self, progress: Progress) -> dict[str, dict[str, float]]:
        means = {name: total / max(progress.step, 1) for name, total in progress.sums.items()}
        weighted = self.module.weighted(means)
        whole = sum(map(abs, weighted.values())) or 1.0
        return {
            name: {
                "weight": self.module.weights[name],
                "mean": mean,
                "weighted": weighted[name],
                "share": abs(weighted[name]) / whole,
            }
            for name, mean in means.items()
        }

    def _epoch(self, number: int) -> list[list[int]]:
        """This process's batches of one epoch; all processes get equally many."""
        options, accelerator = self.options, self.accelerator
        chance = random.Random(f"{options.seed}-{self.kind}-{number}")
        costs = self.costs[self.kind]
        batches = bucketed(costs, options.batch_size, options.batch_tokens, chance)
        processes = accelerator.num_processes
        batches += batches[: -len(batches) % processes]
        return batches[accelerator.process_index :: processes]

    def _endless(self, kind: str) -> Iterator[list[int]]:
        """This process's batches of a kind that goes round for ever."""
        options, accelerator = self.options, self.accelerator
        size = options.stream_batch_size or options.batch_size
        seed = f"{options.seed}-{kind}"
        every = endless(self.costs[kind], size, options.batch_tokens, seed)
        return islice(every, accelerator.process_index, None, accelerator.num_processes)

    def _steps_from(self, done: int) -> Iterator[list[dict[str, tuple[Any, ...]]]]:
        """The batches of every step that is still to do; steps done are drawn and passed over."""
        epochs = chain.from_iterable(self._epoch(number) for number in count())
        drawn = zip(epochs, *map(self._endless, self.others), strict=False)
        corpora = self.task.corpora
        for number in range(self.steps):
            chosen = list(islice(drawn, self.options.accumulate))
            if number >= done:
                yield [
                    {kind: corpora[kind].batch(own) for kind, own in zip(corpora, row, strict=True)}
                    for row in chosen
                ]

    def _scheduler(self) -> Any:
        from transformers import get_scheduler

        name = self.options.schedule.replace("-", "_")
        return get_scheduler(name, self.optimizer, self._warmup(), self.steps)

    def _warmup(self) -> int:
        """The steps in which the rate rises."""
        options = self.options
        if options.warmup_steps is not None:
            return options.warmup_steps
        return int(options.warmup * self.steps)

    def _fingerprint(self) -> str:
        """Of all that must be the same for a run to go on."""
        facts = {
            **asdict(self.options),
            **self.task.facts(),
            "losses": self.module.weights,
            "processes": self.accelerator.num_processes,
            "parameters": [
                (name, list(p.shape), p.requires_grad)
                for name, p in self.task.model.named_parameters()
            ],
            **self.facts,
        }
        del facts["checkpoint_every"], facts["evaluate_every"]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        for tensor in chain.from_iterable(c.tensors() for c in self.task.corpora.values()):
            digest.update(tensor.numpy().tobytes())
        return digest.hexdigest()

    def _checkpoint(self, folder: Path, progress: Progress, best: dict[str, Tensor] | None) -> None:
        if self.main:
            state = {
                "fingerprint": self._fingerprint(),
                "progress": asdict(progress),
                "scheduler": self.scheduler.state_dict(),
            }
            save_checkpoint(folder, self.module.state_dict(), best, self.optimizer, state)
        self.accelerator.wait_for_everyone()

    def _resumed(self, folder: Path) -> tuple[Progress, dict[str, Tensor] | None]:
        fingerprint = self._fingerprint()
        state, best = load_checkpoint(folder, self.module, self.optimizer, fingerprint)
        self.scheduler.load_state_dict(state["scheduler"])
        # a scheduler sets the rate only after the next step
        for group, rate in zip(
            self.optimizer.param_groups, self.scheduler.get_last_lr(), strict=True
        ):
            group["lr"] = rate
        return Progress(**state["progress"]), best

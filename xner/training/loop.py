"""The only training loop: every loss, every head, one process or many."""

import hashlib
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from itertools import chain, count, islice, repeat
from math import ceil, isfinite
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from xner.device import has_bf16
from xner.errors import XnerError
from xner.losses.objective import Objective
from xner.models.tagger import Tagger
from xner.sentence import Sentence
from xner.training.batches import bucketed, endless
from xner.training.checkpoint import load_checkpoint, save_checkpoint, whole_checkpoint
from xner.training.data import LabelledCorpus, ParallelCorpus
from xner.training.objectives import Objectives
from xner.training.options import TrainingOptions

Score = Callable[[Tagger], float]
Report = Callable[[dict[str, Any]], None]


@dataclass
class Progress:
    """How far a run is; what a checkpoint remembers beside tensors."""

    step: int = 0
    best_step: int | None = None
    best_f1: float | None = None
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Result:
    """What a run came to. `losses` holds the mean value of each loss over all steps."""

    steps: int
    seconds: float
    best_step: int | None
    best_f1: float | None
    losses: dict[str, dict[str, float]]


class Run:
    """One training run of a tagger; `fit` does it and leaves the chosen weights in the tagger."""

    def __init__(
        self,
        tagger: Tagger,
        objectives: dict[str, Objective],
        source: Sequence[Sentence],
        stream: Sequence[Sentence],
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
        self.tagger = tagger
        self.labelled = LabelledCorpus(tagger, source)
        self.costs = self.labelled.encoded.costs()
        wants_pairs = any(o.stream == "parallel" for o in objectives.values())
        self.parallel = ParallelCorpus(tagger, stream) if wants_pairs else None
        if self.parallel is not None and len(self.parallel.links) == 0:
            raise XnerError(
                f"none of the {len(stream)} sentences of the stream shares a span with its origin; "
                "make such a stream with 'xner weak-tag … | xner translate-spans'"
            )
        self.module = Objectives(tagger, objectives)
        batches = sum(len(self._epoch(number)) for number in range(options.epochs))
        whole = ceil(batches / options.accumulate)
        self.per_epoch = ceil(whole / options.epochs)
        self.steps = options.steps or whole
        rate = 2e-5 if options.learning_rate is None else options.learning_rate
        trained = [p for p in self.module.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            trained, lr=rate, eps=1e-8, weight_decay=options.weight_decay
        )
        self.scheduler = self._scheduler()
        self.wrapped, self.optimizer = self.accelerator.prepare(self.module, self.optimizer)

    @property
    def main(self) -> bool:
        """Whether this is the process that evaluates, writes and talks."""
        return self.accelerator.is_main_process

    def fit(
        self, score: Score | None, report: Report, checkpoints: Path, resume: bool = False
    ) -> Result:
        """Train; keep the weights that `score` (F1 on dev) likes best, else the last ones."""
        progress, best = Progress(), None
        if resume:
            found = whole_checkpoint(checkpoints)
            if found:
                progress, best = self._resumed(found)
            report({"event": "resumed", "step": progress.step})
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
            if score and (last or progress.step % (options.evaluate_every or self.per_epoch) == 0):
                best = self._judged(score, progress, best, report)
            if not last and progress.step % (options.checkpoint_every or self.per_epoch) == 0:
                self._checkpoint(checkpoints, progress, best)
        if best is not None:
            self.tagger.load_state_dict(best)
        return Result(
            steps=progress.step,
            seconds=time.monotonic() - began,
            best_step=progress.best_step,
            best_f1=progress.best_f1,
            losses=self._contributions(progress),
        )

    def _step(self, batches: list[tuple[Any, Any]]) -> dict[str, float]:
        """One update from the batches of one step; the mean value of each loss."""
        values: dict[str, float] = defaultdict(float)
        for place, (labelled, parallel) in enumerate(batches):
            last = place == len(batches) - 1
            gather = nullcontext() if last else self.accelerator.no_sync(self.wrapped)
            with gather, self.accelerator.autocast():
                losses = self.wrapped(labelled, parallel)
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
        self, score: Score, progress: Progress, best: dict[str, Tensor] | None, report: Report
    ) -> dict[str, Tensor] | None:
        """The best weights after an evaluation; every process comes to the same."""
        self.tagger.eval()
        f1 = score(self.tagger)
        self.wrapped.train()
        report({"event": "dev", "step": progress.step, "f1": f1})
        if progress.best_f1 is not None and f1 <= progress.best_f1:
            return best
        progress.best_f1, progress.best_step = f1, progress.step
        return {name: t.detach().cpu().clone() for name, t in self.tagger.state_dict().items()}

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
        chance = random.Random(f"{options.seed}-labelled-{number}")
        batches = bucketed(self.costs, options.batch_size, options.batch_tokens, chance)
        processes = accelerator.num_processes
        batches += batches[: -len(batches) % processes]
        return batches[accelerator.process_index :: processes]

    def _steps_from(self, done: int) -> Iterator[list[tuple[Any, Any]]]:
        """The batches of every step that is still to do; steps done are drawn and passed over."""
        size = self.options.accumulate
        epochs = (self._epoch(number) for number in count())
        labelled, pairs = chain.from_iterable(epochs), self._pairs()
        for number in range(self.steps):
            chosen = list(zip(islice(labelled, size), islice(pairs, size), strict=True))
            if number >= done:
                yield [(self.labelled.batch(own), self._pair_batch(pair)) for own, pair in chosen]

    def _pair_batch(self, index: list[int] | None) -> Any:
        return None if index is None or self.parallel is None else self.parallel.batch(index)

    def _pairs(self) -> Iterator[list[int] | None]:
        if self.parallel is None:
            return repeat(None)
        options, accelerator = self.options, self.accelerator
        size = options.stream_batch_size or options.batch_size
        seed = f"{options.seed}-parallel"
        every = endless(self.parallel.costs(), size, options.batch_tokens, seed)
        return islice(every, accelerator.process_index, None, accelerator.num_processes)

    def _scheduler(self) -> Any:
        from transformers import get_scheduler

        warmup = int(self.options.warmup * self.steps)
        return get_scheduler(self.options.schedule, self.optimizer, warmup, self.steps)

    def _fingerprint(self) -> str:
        """Of all that must be the same for a run to go on."""
        facts = {
            **asdict(self.options),
            "tagger": asdict(self.tagger.settings),
            "tags": self.tagger.tags,
            "processes": self.accelerator.num_processes,
            "parameters": [
                (name, list(p.shape), p.requires_grad) for name, p in self.tagger.named_parameters()
            ],
            **self.facts,
        }
        del facts["checkpoint_every"], facts["evaluate_every"]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        corpora = [self.labelled.encoded.pieces, self.labelled.tags]
        if self.parallel:
            corpora += [self.parallel.encoded.pieces, self.parallel.links]
        for tensor in corpora:
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

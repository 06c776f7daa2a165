"""From options and sentences to a model folder: what `xner train` does, whatever the task."""

import hashlib
import json
from collections.abc import Sequence, Set
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from xner import device as devices
from xner import registry
from xner.errors import OptionError, XnerError
from xner.losses.objective import Objective
from xner.models.saving import CARD
from xner.sentence import Sentence
from xner.training import TASKS
from xner.training.checkpoint import remove_checkpoints, whole_checkpoint
from xner.training.loop import Report, Result, Run
from xner.training.objectives import build_objectives
from xner.training.options import FOREIGN, RATES, ModelOptions, TrainingOptions
from xner.training.task import Data, Task


@dataclass(frozen=True)
class Recipe:
    """One training run. `facts` (such as checksums of the data) go into the model folder."""

    model: ModelOptions
    options: TrainingOptions
    output: Path
    task: str = "tagging"
    device: str = "auto"
    gpu_lock: bool = True
    offline: bool = False
    resume: bool = False
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    teachers: tuple[str, ...] = ()  # those that are asked during the run

    @property
    def kind(self) -> type[Task]:
        """The task; OptionError for one that is not known."""
        return registry.load(self.task, TASKS, "task")

    def objectives(self) -> dict[str, Objective]:
        """The losses by name; OptionError for one that is not known or not of this task."""
        built = build_objectives(self.options.loss, self.kind.always)
        for name, objective in built.items():
            if objective.stream not in self.kind.kinds:
                raise OptionError(f"loss '{name}' is none of --task {self.task}")
        return built

    def run(
        self,
        objectives: dict[str, Objective],
        source: Sequence[Sentence],
        dev: Sequence[Sentence],
        stream: Sequence[Sentence],
        report: Report,
    ) -> dict[str, Any]:
        """Train, write the folder, and give back the line of results."""
        check_fields(objectives, stream, {"probs"} if self.teachers else set())
        torch.manual_seed(self.options.seed)
        device = devices.pick(self.device)
        with ExitStack() as stack:
            stack.enter_context(devices.turn(device, self.gpu_lock))
            data = Data(source, stream, dev, self.teachers)
            seed = self.options.seed
            task = self.kind.build(self.model, objectives, data, seed, self.offline)
            options = self._options(task)
            for note in task.notes:
                report({"event": "note", "step": 0, "text": note})
            run = Run(task, options, device, {"model": asdict(self.model)})
            fingerprint = run.fingerprint()
            if self.resume and (finished := self._finished(fingerprint)):
                report({"event": "note", "step": 0, "text": f"'{self.output}' is finished already"})
                return finished
            checkpoints = self.output / "checkpoint"
            result = run.fit(report, checkpoints, self.resume)
            results = self._results(result, task)
            if run.main:
                task.save(self.output, self._card(options, results, fingerprint))
                remove_checkpoints(checkpoints)
        return results

    def _options(self, task: Task) -> TrainingOptions:
        """With the rates that are meant where none are given."""
        rates = RATES[self.task]
        begun = "" if self.model.init else self.model.encoder
        rate = self.options.learning_rate or rates.get(begun, rates[""])
        head_rate = self.options.head_rate or task.head_rate
        return replace(self.options, learning_rate=rate, head_rate=head_rate)

    def _finished(self, fingerprint: str) -> dict[str, Any] | None:
        """The results of this very run if it is done; XnerError for those of another run."""
        path = self.output / CARD
        if not path.is_file() or whole_checkpoint(self.output / "checkpoint"):
            return None
        known = json.loads(path.read_text("utf-8")).get("training", {})
        if known.get("fingerprint") != fingerprint:
            raise XnerError(
                f"'{self.output}' holds the model of a run with other options or data; leave "
                "--resume out to replace it"
            )
        return known["results"]

    def _results(self, result: Result, task: Task) -> dict[str, Any]:
        dev = {task.measure.name: result.best_score, "step": result.best_step}
        return {
            "model": str(self.output),
            "dev": dev if task.judged else None,
            "selected_on": self.facts.get("dev") if task.judged else "last step",
            "steps": result.steps,
            "seconds": round(result.seconds, 2),
            "losses": result.losses,
        }

    def _card(
        self, options: TrainingOptions, results: dict[str, Any], fingerprint: str
    ) -> dict[str, Any]:
        model = asdict(self.model)
        return {
            "model": {k: value for k, value in model.items() if k not in FOREIGN[self.task]},
            "options": asdict(options),
            **self.facts,
            "fingerprint": fingerprint,
            "results": results,
        }


def check_fields(
    objectives: dict[str, Objective], stream: Sequence[Sentence], known: Set[str]
) -> None:
    """Refuse a stream that lacks what a loss needs, naming the command that makes it.

    What is `known` need not be in the stream.
    """
    for name, objective in objectives.items():
        wanted = {own: maker for own, maker in objective.wanted.items() if own not in known}
        for fieldname, maker in wanted.items():
            if all(getattr(sentence, fieldname) is None for sentence in stream):
                lack = f"none of its {len(stream):,} sentences has; {maker} makes it"
                raise XnerError(
                    f"loss '{name}' needs '{fieldname}' in the stream, which "
                    + (lack if stream else "holds no sentence")
                )


def checksum(path: str) -> str | None:
    """The first 12 hexadecimal digits of a file's SHA-256.

    None of standard input (`-`) and of pipes (`<(…)`): what is read of them twice is lost.
    """
    if not Path(path).is_file():
        return None
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]

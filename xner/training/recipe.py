"""From options and sentences to a model folder: what `xner train` does."""

import hashlib
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from xner import device as devices
from xner.errors import XnerError
from xner.evaluation import Scorer
from xner.losses.objective import Objective
from xner.models.mini import write_mini
from xner.models.tagger import Tagger, TaggerSettings
from xner.models.tagging import Ensemble, Member, TaggingSettings
from xner.sentence import Sentence
from xner.tag_schemes import label_of
from xner.training.checkpoint import remove_checkpoints
from xner.training.loop import Report, Result, Run
from xner.training.objectives import build_objectives
from xner.training.options import ModelOptions, TrainingOptions

MINI = "mini"
MINI_LEARNING_RATE = 1e-3  # weights that begin at random need larger steps than pretrained ones


@dataclass(frozen=True)
class Recipe:
    """One training run. `facts` (such as checksums of the data) go into the model folder."""

    model: ModelOptions
    options: TrainingOptions
    output: Path
    device: str = "auto"
    gpu_lock: bool = True
    offline: bool = False
    resume: bool = False
    facts: dict[str, Any] = field(default_factory=dict[str, Any])

    def objectives(self) -> dict[str, Objective]:
        """The losses by name; OptionError for one that is not known."""
        return build_objectives(self.options.loss)

    def run(
        self,
        objectives: dict[str, Objective],
        source: Sequence[Sentence],
        dev: Sequence[Sentence],
        stream: Sequence[Sentence],
        report: Report,
    ) -> dict[str, Any]:
        """Train, write the folder, and give back the line of results."""
        check_fields(objectives, stream)
        torch.manual_seed(self.options.seed)
        device = devices.pick(self.device)
        with ExitStack() as stack:
            stack.enter_context(devices.turn(device, self.gpu_lock))
            tagger = self._tagger(source, stream)
            facts = {"encoder": self.model.encoder, "on_long": self.model.on_long}
            facts["dev"] = str([(sentence.tokens, sentence.tags) for sentence in dev])
            run = Run(tagger, objectives, source, stream, self._options(), device, facts)
            checkpoints = self.output / "checkpoint"
            result = run.fit(_scorer(dev), report, checkpoints, self.resume)
            results = self._results(result, bool(dev))
            if run.main:
                run.tagger.save(self.output, training=self._card(source, results))
                remove_checkpoints(checkpoints)
        return results

    def _tagger(self, source: Sequence[Sentence], stream: Sequence[Sentence]) -> Tagger:
        model = self.model
        settings = TaggerSettings(model.head, model.pooling, model.scheme, model.max_pieces)
        types = sorted({label_of(tag) for s in source for tag in s.tags or []} - {"O"})
        if not types:
            raise XnerError("no entity in --source: there is nothing to learn")
        with tempfile.TemporaryDirectory() as scratch:
            encoder = model.encoder
            if encoder == MINI:
                encoder = scratch
                # the target language's own text, not its translation: so that runs that differ
                # only in their stream's translations start from the same encoder
                write_mini(Path(scratch), [*source, *(s.root for s in stream)], self.options.seed)
            tagger = Tagger.build(encoder, types, settings, self.offline)
        tagger.tokenize.on_long = model.on_long
        tagger.freeze(model.freeze_layers, model.freeze_embeddings)
        return tagger

    def _options(self) -> TrainingOptions:
        if self.options.learning_rate is not None or self.model.encoder != MINI:
            return self.options
        return replace(self.options, learning_rate=MINI_LEARNING_RATE)

    def _results(self, result: Result, judged: bool) -> dict[str, Any]:
        return {
            "model": str(self.output),
            "dev": {"f1": result.best_f1, "step": result.best_step} if judged else None,
            "selected_on": self.facts.get("dev") if judged else "last step",
            "steps": result.steps,
            "seconds": round(result.seconds, 2),
            "losses": result.losses,
        }

    def _card(self, source: Sequence[Sentence], results: dict[str, Any]) -> dict[str, Any]:
        return {
            "model": asdict(self.model),
            "options": asdict(self._options()),
            "languages": sorted({s.lang for s in source if s.lang}),
            **self.facts,
            "results": results,
        }


def check_fields(objectives: dict[str, Objective], stream: Sequence[Sentence]) -> None:
    """Refuse a stream that lacks what a loss needs, naming the command that makes it."""
    for name, objective in objectives.items():
        for fieldname, maker in objective.needs.items():
            if not any(getattr(sentence, fieldname) is not None for sentence in stream):
                raise XnerError(
                    f"loss '{name}' needs '{fieldname}' in the stream, which none of its "
                    f"{len(stream):,} sentences has; {maker} makes it"
                )


def checksum(path: str) -> str | None:
    """The first 12 hexadecimal digits of a file's SHA-256; None of standard input (`-`)."""
    if path == "-":
        return None
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _scorer(dev: Sequence[Sentence]) -> Any:
    if not dev:
        return None

    def score(tagger: Tagger) -> float:
        scorer = Scorer()
        settings = TaggingSettings(on_long=tagger.tokenize.on_long)
        ensemble = Ensemble([Member(tagger)], settings)
        for gold, tagged in zip(dev, ensemble.tag(dev), strict=True):
            scorer.add(gold.tags or [], tagged.tags or [])
        return scorer.report.micro.f1

    return score

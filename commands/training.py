"""What the commands that train have in common: where the model goes, labelled files, reports."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands import plumbing
from commands.option_groups import given
from commands.options import Device, Manners, Reading
from commands.talk import Talk
from xner.errors import OptionError, XnerError
from xner.models import HEADS
from xner.registry import load, split_options
from xner.sentence import Sentence
from xner.training.options import ModelOptions, TrainingOptions

if TYPE_CHECKING:
    from xner.training.recipe import Recipe


@dataclass(frozen=True)
class Running:
    """Where a model goes, and where it is computed."""

    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="The model folder.")
    ] = None
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last checkpoint in DIR, if any.")
    ] = False
    device: Annotated[Device, "Where to compute."] = Device.auto
    gpu_lock: Annotated[
        bool, typer.Option(help="Wait while another xner command of the pipe uses the GPU.")
    ] = True
    offline: Annotated[bool, typer.Option("--offline", help="Never ask a model hub.")] = False

    @property
    def first(self) -> bool:
        """Whether this is the process that talks, of several (torchrun, accelerate launch)."""
        return os.environ.get("RANK", "0") == "0"

    @property
    def lock(self) -> bool:
        """Whether to wait for the GPU.

        The others would wait for a lock that the first keeps until they are all done.
        """
        return self.gpu_lock and self.first

    def talk(self, command: str, manners: Manners) -> Talk:
        """What the process has to say: nothing unless it is the first."""
        return Talk(command, manners if self.first else replace(manners, quiet=True))

    def check(self, *models: str | None) -> None:
        """OptionError if there is no model folder, or it is one of the models that are read.

        Raises XnerError if it is a file.
        """
        if self.output is None:
            raise OptionError("--output DIR is missing: where the model goes")
        for model in filter(None, models):
            if Path(model).resolve() == self.output.resolve():
                raise OptionError(f"--output '{self.output}' would overwrite a model that is read")
        if self.output.exists() and not self.output.is_dir():
            raise XnerError(f"cannot write the model: '{self.output}' is a file, not a folder")

    def recipe(
        self, model: ModelOptions, options: TrainingOptions, task: str, facts: dict[str, Any]
    ) -> "Recipe":
        """The run; torch is needed from here on."""
        from xner.training.recipe import Recipe

        assert self.output is not None
        return Recipe(
            model,
            options,
            self.output,
            task,
            device=self.device,
            gpu_lock=self.lock,
            offline=self.offline,
            resume=self.resume,
            facts=facts,
        )


def file_facts(**files: list[str] | None) -> dict[str, Any]:
    """What a model folder says of the files it was made from: their names and checksums."""
    from xner.training.recipe import checksum

    return {
        name: [{"file": path, "sha256": checksum(path)} for path in paths or []]
        for name, paths in files.items()
    }


def check_init(context: typer.Context) -> None:
    """Raises OptionError for options of a fresh tagger beside `--init`."""
    fresh = {"encoder", "head", "scheme", "pooling"} & given(context, rival="init")
    if context.params["init"] is not None and fresh:
        raise OptionError(f"--init goes on with a tagger as it is; leave out --{min(fresh)}")


def check_scheme(context: typer.Context, head: str) -> None:
    """Raises OptionError for a scheme that is asked of a head without tags."""
    if "scheme" in given(context, rival="head") & given(context, rival="preset"):
        name, _ = split_options(head)
        if not load(name, HEADS, "head").of_words:
            raise OptionError(f"--scheme is for tags, and --head {name} has none; leave it out")


def labelled_sentences(
    paths: list[str] | None, reading: Reading, talk: Talk, lang: str | None = None
) -> list[Sentence]:
    """The sentences of files in any format; XnerError for one without tags."""
    sentences = whole_files(paths, reading, talk, lang)
    for sentence in sentences:
        if sentence.tags is None:
            raise XnerError(f"sentence '{sentence.id}' has no tags; labelled sentences must have")
    return sentences


def whole_files(
    paths: list[str] | None, reading: Reading, talk: Talk, lang: str | None = None
) -> list[Sentence]:
    """All sentences of files: only the stream may lose records."""
    files = Reading(inputs=paths, lang=lang, encoding=reading.encoding, strict=reading.strict)
    return list(plumbing.Stream(files, talk, None)) if paths else []


class Reporter:
    """Tells how training goes: a line at each evaluation, and ten times in between."""

    def __init__(self, talk: Talk):
        self.talk = talk

    def __call__(self, event: dict[str, Any]) -> None:
        """Say an event of the training loop, if it is worth a line."""
        kind, step = event["event"], event["step"]
        if kind == "dev":
            said = f"F1 {event['f1']:.2%}" if "f1" in event else f"loss {event['loss']:.4g}"
            self.talk.info(f"step {step:,}: dev {said}", **event)
        elif kind == "note":
            self.talk.info(event["text"], **event)
        elif kind == "resumed":
            text = f"going on from step {step:,}" if step else "no checkpoint; starting anew"
            self.talk.info(text, **event)
        elif step % max(1, event["steps"] // 10) == 0:
            self.talk.info(f"step {step:,} of {event['steps']:,}: {_losses(event)}", **event)


def _losses(event: Mapping[str, Any]) -> str:
    """Each loss with its share of the sum, if there is one, and its discriminator's accuracy."""
    weighted, accuracies = event["weighted"], event["accuracies"]
    whole = sum(map(abs, weighted.values())) or 1.0
    parts: list[str] = []
    for name, value in event["losses"].items():
        part = f"{name} {value:.4g}"
        if name in weighted and len(weighted) > 1:
            part += f" ({abs(weighted[name]) / whole:.1%} of the sum)"
        if name in accuracies:
            part += f" (right {accuracies[name]:.1%})"
        parts.append(part)
    return ", ".join(parts)

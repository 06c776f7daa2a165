"""Train a tagger, which labelled sentences teach, or a translator, which pairs teach."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer

from commands import plumbing
from commands.option_groups import given as given_options
from commands.options import Device, Manners, Reading
from commands.talk import Talk
from xner.errors import OptionError, XnerError
from xner.sentence import Sentence
from xner.training.options import (
    DEFAULTS,
    FOREIGN,
    MINI,
    ModelOptions,
    TaskName,
    TrainingOptions,
    with_preset,
    with_values,
)


def command(
    context: typer.Context,
    reading: Reading,
    manners: Manners,
    model: ModelOptions,
    options: TrainingOptions,
    task: Annotated[TaskName, "What is learned."] = "tagging",
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Labelled sentences, the only supervision; repeats."),
    ] = None,
    source_lang: Annotated[
        str | None,
        typer.Option(metavar="TAG", help="Language of --source sentences that do not name theirs."),
    ] = None,
    dev: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Labelled sentences of the source language (with --task translation pairs) that "
            "choose the checkpoint; without them the last one is kept.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="The model folder.")
    ] = None,
    preset: Annotated[
        Literal["conner", "conner-code", "transadv", "crop", "crop-code"] | None,
        typer.Option(help="Values of a paper, or of its released code; flags win."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last checkpoint in DIR, if any.")
    ] = False,
    device: Annotated[Device, "Where to compute."] = Device.auto,
    gpu_lock: Annotated[
        bool, typer.Option(help="Wait while another xner command of the pipe uses the GPU.")
    ] = True,
    offline: Annotated[bool, typer.Option("--offline", help="Never ask a model hub.")] = False,
) -> None:
    """Train a tagger on labelled sentences, with consistency or adversarial losses on a stream.

    Ends the stream and buffers it. --source is the only supervision: tags in the stream say where
    spans are and are never learned. The stream is read only if a loss needs it or INPUT is named.
    With --task translation the stream is all there is: pairs of a sentence and its origin, plain
    and with markers, that teach a translator. Writes a model folder and one JSON line of results.
    """
    _check(context, task, source, output)
    assert output is not None
    model, options = _chosen(context, task, preset, model, options)
    # of several processes (torchrun, accelerate launch) the first one talks
    first = os.environ.get("RANK", "0") == "0"
    manners = manners if first else replace(manners, quiet=True)
    talk = Talk("train", manners)
    if model.encoder == MINI:
        talk.info("encoder 'mini' is made from the given text, for trying things out only")

    tagged = task == "tagging"
    taught = ("source", source) if tagged else ("stream", reading.inputs)
    labelled = _sentences(source or [], tagged, reading, talk, source_lang) if tagged else []
    judges = _sentences(dev or [], tagged, reading, talk)

    from xner.training.recipe import Recipe, checksum  # torch is needed from here on

    facts = {
        name: [{"file": path, "sha256": checksum(path)} for path in paths or []]
        for name, paths in (taught, ("dev", dev))
    }
    # the others would wait for a lock that the first keeps until they are all done
    lock = gpu_lock and first
    recipe = Recipe(model, options, output, task, device, lock, offline, resume, facts)
    objectives = recipe.objectives()
    wanted = any(loss.stream != "labelled" for loss in objectives.values())
    stream = _stream(reading, manners) if wanted or reading.inputs else []
    results = recipe.run(objectives, labelled, judges, stream, Reporter(talk))
    if first:
        print(orjson.dumps(results).decode())


def _check(
    context: typer.Context, task: TaskName, source: list[str] | None, output: Path | None
) -> None:
    """Raises OptionError for what is missing, and for what says nothing to the task."""
    if task == "tagging" and not source:
        raise OptionError("--source FILE is missing: the labelled sentences to learn from")
    foreign = {*FOREIGN[task], *(() if task == "tagging" else ("source", "source_lang"))}
    for name in sorted(foreign & given_options(context, rival="task")):
        other = "tagging" if task == "translation" else "translation"
        raise OptionError(f"--{name.replace('_', '-')} is for --task {other}, not {task}")
    fresh = {"encoder", "head", "scheme", "pooling"} & given_options(context, rival="init")
    if context.params["init"] is not None and fresh:
        flag = sorted(fresh)[0]
        raise OptionError(f"--init goes on with a tagger as it is; leave out --{flag}")
    if output is None:
        raise OptionError("--output DIR is missing: where the model goes")
    if output.exists() and not output.is_dir():
        raise XnerError(f"cannot write the model: '{output}' is a file, not a folder")


def _chosen(
    context: typer.Context,
    task: TaskName,
    preset: str | None,
    model: ModelOptions,
    options: TrainingOptions,
) -> tuple[ModelOptions, TrainingOptions]:
    """The options with what the task and the preset say of those that are not given."""
    given = given_options(context)
    values = DEFAULTS[task]
    model, options = with_values(model, values, given), with_values(options, values, given)
    if preset:
        given = given_options(context, rival="preset")
        model = with_preset(model, preset, given, task)
        options = with_preset(options, preset, given, task)
    return model, options


def _sentences(
    paths: list[str], tagged: bool, reading: Reading, talk: Talk, lang: str | None = None
) -> list[Sentence]:
    """Sentences of files in any format; where they are to be tagged none may be without tags."""
    # what --source and --dev hold must be whole: only the stream may lose records
    files = Reading(inputs=paths, lang=lang, encoding=reading.encoding, strict=reading.strict)
    sentences = list(plumbing.Stream(files, talk, None)) if paths else []
    for sentence in sentences:
        if tagged and sentence.tags is None:
            raise XnerError(f"sentence '{sentence.id}' has no tags; labelled sentences must have")
    return sentences


def _stream(reading: Reading, manners: Manners) -> list[Sentence]:
    with plumbing.stream("train", reading, None, manners) as stream:
        return list(stream)


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


def _losses(event: dict[str, Any]) -> str:
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

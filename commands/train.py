"""Train a tagger, which labelled sentences teach, or a translator, which pairs teach."""

from typing import Annotated, Literal

import orjson
import typer

from commands import plumbing
from commands.option_groups import given as given_options
from commands.options import Manners, Reading
from commands.training import (
    Reporter,
    Running,
    check_init,
    check_scheme,
    file_facts,
    labelled_sentences,
    whole_files,
)
from xner.errors import OptionError
from xner.registry import with_values
from xner.sentence import Sentence
from xner.training.options import (
    DEFAULTS,
    FOREIGN,
    MINI,
    ModelOptions,
    TaskName,
    TrainingOptions,
)
from xner.training.presets import with_preset


def command(
    context: typer.Context,
    reading: Reading,
    manners: Manners,
    model: ModelOptions,
    options: TrainingOptions,
    running: Running,
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
    preset: Annotated[
        Literal[
            "conner",
            "conner-code",
            "transadv",
            "crop",
            "crop-code",
            "colada",
            "colada-code",
            "mcl-ner",
        ]
        | None,
        typer.Option(help="Values of a paper, or of its released code; flags win."),
    ] = None,
) -> None:
    """Train a tagger on labelled sentences, with losses of other kinds on a stream.

    Ends the stream and buffers it. --source is the only supervision: tags in the stream say where
    spans are and are never learned. The stream is read only if a loss needs it or INPUT is named.
    With --task translation the stream is all there is: pairs of a sentence and its origin, plain
    and with markers, that teach a translator. Writes a model folder and one JSON line of results.
    """
    _check(context, task, source)
    running.check(model.init, model.discriminators)
    model, options = _chosen(context, task, preset, model, options)
    check_scheme(context, model.head)
    talk = running.talk("train", manners)
    if model.encoder == MINI and model.init is None:
        talk.info("encoder 'mini' is made from the given text, for trying things out only")

    tagged = task == "tagging"
    read = labelled_sentences if tagged else whole_files
    labelled = read(source, reading, talk, source_lang) if tagged else []
    judges = read(dev, reading, talk)

    taught = {"source": source} if tagged else {}
    facts = file_facts(**taught, stream=reading.inputs, dev=dev)
    recipe = running.recipe(model, options, task, facts)
    objectives = recipe.objectives()
    wanted = any(loss.stream != "labelled" for loss in objectives.values())
    stream = _stream(reading, talk.manners) if wanted or reading.inputs else []
    results = recipe.run(objectives, labelled, judges, stream, Reporter(talk))
    if running.first:
        print(orjson.dumps(results).decode())


def _check(context: typer.Context, task: TaskName, source: list[str] | None) -> None:
    """Raises OptionError for what is missing, and for what says nothing to the task."""
    if task == "tagging" and not source:
        raise OptionError("--source FILE is missing: the labelled sentences to learn from")
    foreign = {*FOREIGN[task], *(() if task == "tagging" else ("source", "source_lang"))}
    for name in sorted(foreign & given_options(context, rival="task")):
        other = "tagging" if task == "translation" else "translation"
        raise OptionError(f"--{name.replace('_', '-')} is for --task {other}, not {task}")
    check_init(context)


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


def _stream(reading: Reading, manners: Manners) -> list[Sentence]:
    with plumbing.stream("train", reading, None, manners) as stream:
        return list(stream)

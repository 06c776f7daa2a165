"""Train a student on what teachers say of a stream."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import orjson
import typer

from commands import plumbing
from commands.option_groups import given as given_options
from commands.options import Manners, Reading
from commands.talk import Talk
from commands.training import (
    Reporter,
    Running,
    check_init,
    check_scheme,
    file_facts,
    labelled_sentences,
)
from xner import device as devices
from xner.errors import OptionError
from xner.registry import split_weight, with_values
from xner.sentence import Sentence
from xner.training.options import FOREIGN, MINI, ModelOptions, TrainingOptions
from xner.training.presets import DISTILL_PRESETS

_FOREIGN = typer.Option(hidden=True)  # what a tagger's training has, and a student's has not


@dataclass(frozen=True)
class StudentOptions(ModelOptions):
    """What is trained."""

    encoder: Annotated[
        str, "Pretrained encoder: a folder, a hub name, or 'mini' to try things out offline."
    ] = "xlm-roberta-base"
    scheme: Annotated[
        Literal["bioes", "bio"],
        "Tag scheme inside the student; bio is that of the labels.",
    ] = "bio"
    discriminators: Annotated[str | None, _FOREIGN] = None
    marker_tokens: Annotated[int, _FOREIGN] = 0


@dataclass(frozen=True)
class DistillingOptions(TrainingOptions):
    """How it is trained."""

    loss: Annotated[
        tuple[str, ...],
        "NAME[=WEIGHT][,key=value]: mse (if none is named), kl, soft-ce; hard-ce on the stream's "
        "tags; on --source ce, which is on unless ce=0, and dropout-kl; beside, "
        "relation-contrastive and semantic-contrastive; repeats.",
    ] = ()
    epochs: Annotated[int, "Passes over the stream."] = 10
    batch_size: Annotated[int, "Sentences of the stream in one batch."] = 16
    stream_batch_size: Annotated[
        int | None,
        typer.Option(
            "--source-batch-size",
            help="Sentences of --source in one batch; as many as of the stream if not given.",
        ),
    ] = None
    learning_rate: Annotated[
        float | None, "Peak rate of AdamW; 2e-5 if not given, with --encoder mini 1e-3."
    ] = None
    adversary: Annotated[Literal["alternate", "reverse"], _FOREIGN] = "alternate"
    discriminator_rate: Annotated[float, _FOREIGN] = 5e-3
    generator_rate: Annotated[float, _FOREIGN] = 6e-7


def command(
    context: typer.Context,
    reading: Reading,
    manners: Manners,
    model: StudentOptions,
    options: DistillingOptions,
    running: Running,
    teacher: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR[=WEIGHT]",
            help="A tagger to learn from; of several the weighted mean of their probabilities. "
            "Without one the stream has to have probs.",
        ),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Labelled sentences to learn beside; repeats."),
    ] = None,
    dev: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Labelled sentences of the source language that choose the checkpoint; without "
            "them the last one is kept.",
        ),
    ] = None,
    preset: Annotated[
        Literal[
            "transadv",
            "colada",
            "colada-step1",
            "colada-code",
            "colada-code-step1",
            "mcl-ner",
        ]
        | None,
        typer.Option(help="Values of a paper, or of its released code; flags win."),
    ] = None,
) -> None:
    """Train a student on what teachers say of a stream.

    Ends the stream and buffers it. Each word's target is a distribution over BIO labels: the
    record's probs ('xner weak-tag --probs'), or what the --teacher models say of it now. Where
    student and teachers have --head token-pair it is each pair's distribution over relations, which
    needs --teacher. A word counts as much as the record's weights say. Tags in the stream are never
    learned unless hard-ce is asked for. Writes a model folder and one JSON line of results.
    """
    _check(context)
    running.check(model.init, *(split_weight(name)[0] for name in teacher or []))
    chosen, training = _chosen(context, preset, model, options)
    check_scheme(context, chosen.head)
    talk = running.talk("distill", manners)
    if chosen.encoder == MINI and chosen.init is None:
        talk.info("encoder 'mini' is made from the given text, for trying things out only")
    labelled, judges = (labelled_sentences(paths, reading, talk) for paths in (source, dev))

    from xner.training.distillation_task import check_losses, with_defaults  # torch from here on
    from xner.training.teachers import of_pairs

    # what they say of pairs no record could hold
    during = of_pairs(chosen, teacher or [], running.offline)
    training = replace(training, loss=with_defaults(training.loss, bool(labelled)))
    facts = _facts(stream=reading.inputs or ["-"], source=source, dev=dev, teachers=teacher)
    asked = tuple(teacher or []) if during else ()
    recipe = replace(running.recipe(chosen, training, "distillation", facts), teachers=asked)
    objectives = recipe.objectives()
    check_losses(chosen, objectives, bool(labelled))  # before anybody waits for the teachers
    with plumbing.stream("distill", reading, None, talk.manners) as given:
        stream = list(given)
    _check_weights(stream, preset, talk)
    if (preset or "").endswith("step1") and model.init is None:
        talk.warn("CoLaDa's step 1 goes on with the tagger that made probs: name it with --init")
    if teacher and not during:
        stream = _taught(stream, teacher, training, running, talk)
    results = recipe.run(objectives, labelled, judges, stream, Reporter(talk))
    if running.first:
        print(orjson.dumps(results).decode())


def _check_weights(stream: list[Sentence], preset: str | None, talk: Talk) -> None:
    """Say where weights are missed, or leave nothing to learn."""
    weighed = [sentence.weights for sentence in stream if sentence.weights is not None]
    if not weighed and (preset or "").startswith("colada"):
        talk.warn(
            "no sentence has weights, so every word counts whole; xner knn-weight weighs them"
        )
    elif weighed and len(weighed) < len(stream):
        lacking = len(stream) - len(weighed)
        talk.warn(
            f"{lacking:,} of {len(stream):,} sentences have no weights: their words count whole"
        )
    if weighed and not any(map(any, weighed)):
        talk.warn("every weight is 0: losses that heed weights learn nothing")


def _check(context: typer.Context) -> None:
    """Raises OptionError for what says nothing to a student."""
    for name in sorted(FOREIGN["distillation"] & given_options(context)):
        raise OptionError(f"--{name.replace('_', '-')} is for xner train, not distill")
    check_init(context)


def _chosen(
    context: typer.Context, preset: str | None, model: ModelOptions, options: TrainingOptions
) -> tuple[ModelOptions, TrainingOptions]:
    """The options with what the preset says of those that are not given."""
    values = DISTILL_PRESETS[preset] if preset else {}
    given = given_options(context, rival="preset")
    return with_values(model, values, given), with_values(options, values, given)


def _taught(
    stream: list[Sentence],
    teachers: list[str],
    options: TrainingOptions,
    running: Running,
    talk: Talk,
) -> list[Sentence]:
    """The stream with what the teachers say of it; they leave the device when they are done."""
    from xner.training.teachers import taught

    talk.info(f"asking {len(teachers)} teacher{'s' * (len(teachers) > 1)} about the stream")
    where = devices.pick(running.device)
    with devices.turn(where, running.lock):
        return taught(
            stream,
            teachers,
            where,
            batch_tokens=options.batch_tokens,
            bf16=devices.has_bf16(where) and options.precision != "fp32",
            offline=running.offline,
        )


def _facts(teachers: list[str] | None, **files: list[str] | None) -> dict[str, Any]:
    """What the model folder says of what the student learned from."""
    from xner.training.recipe import checksum

    asked = [
        {"model": name, "weight": weight, "sha256": checksum(f"{name}/model.safetensors")}
        for name, weight in map(split_weight, teachers or [])
    ]
    return file_facts(**files) | {"teachers": asked}

"""Tag sentences with one or several trained taggers."""

from dataclasses import asdict
from itertools import chain
from typing import Annotated, Literal

import typer

from commands import plumbing, spool
from commands.options import Compute, Manners, Reading, Writing
from xner import device as devices
from xner.errors import OptionError
from xner.type_map import parse_map


def command(
    reading: Reading,
    writing: Writing,
    manners: Manners,
    compute: Compute,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR[=WEIGHT]",
            help="A model folder, or any Hugging Face token classifier; several are averaged.",
        ),
    ] = None,
    probs: Annotated[
        bool, typer.Option("--probs", help="Add each token's distribution over BIO tags.")
    ] = False,
    min_score: Annotated[
        float,
        typer.Option(min=0, max=1, help="Leave out entities of lower mean probability."),
    ] = 0.0,
    decode: Annotated[
        Literal["viterbi", "argmax"],
        typer.Option(
            help="The best well-formed sequence, or each word's best tag, repaired; both are one "
            "to a token-pair model."
        ),
    ] = "viterbi",
    keep_tags: Annotated[
        bool,
        typer.Option(
            "--keep-tags",
            help="Leave sentences alone that have tags already, but for --probs beside these.",
        ),
    ] = False,
    drop_empty: Annotated[
        bool,
        typer.Option("--drop-empty", help="Drop sentences without an entity."),
    ] = False,
    drop_broken: Annotated[
        bool,
        typer.Option(
            "--drop-broken",
            help="Drop sentences in which a chain of words is broken or leaves one out, or tags "
            "are repaired.",
        ),
    ] = False,
    on_long: Annotated[
        Literal["window", "cut", "error"],
        typer.Option(
            help="Sentences longer than the model takes: read in overlapping parts, tag O behind "
            "the first part, or stop."
        ),
    ] = "window",
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="OLD=NEW",
            help="Rename the models' types (PER=PERSON; O drops one), or say which tag a label of "
            "a Hugging Face model is (LABEL_1=B-PER).",
        ),
    ] = None,
    model_scheme: Annotated[
        Literal["bio", "bioes", "iob1"] | None,
        typer.Option(
            help="Scheme of a Hugging Face model's tags. Told from its labels if not given; but "
            "IOB1 with a B- for every type looks like BIO.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Tag sentences with one or several trained taggers.

    Maps one record to one, but for --drop-empty and --drop-broken, and streams, reading a window
    ahead. Replaces tags, and what else was said of them (labels, probs, weights), unless
    --keep-tags; with --keep-tags --probs a sentence with tags keeps them, and gets the models'
    probs beside. Entities within others, which a token-pair model may find, stand in
    meta.entities.
    """
    if not model:
        raise OptionError("--model DIR is missing: the tagger to use ('xner train' makes one)")
    names = parse_map(types or [])
    with plumbing.stream("weak-tag", reading, writing, manners) as stream:
        sentences = iter(stream)
        first = next(sentences, None)
        if first is None:
            return  # no model is loaded for nothing

        from xner.models.tagging import TaggingSettings, load_ensemble

        where = devices.pick(compute.device)
        settings = TaggingSettings(
            decode=decode,
            probs=probs,
            min_score=min_score,
            keep_tags=keep_tags,
            on_long=on_long,
            batch_tokens=compute.batch_tokens,
            window=compute.window,
            bf16=devices.has_bf16(where),
        )
        with devices.turn(where, compute.gpu_lock, while_waiting=spool.start):
            ensemble = load_ensemble(
                model, names, settings, where, compute.offline, model_scheme, stream.talk.warn
            )
            for sentence, whole in ensemble.read(chain([first], sentences)):
                if drop_broken and not whole:
                    stream.drop(sentence, "broken entity")
                elif drop_empty and not sentence.spans:
                    stream.drop(sentence, "no entity")
                else:
                    stream.write(sentence)
        for what, number in asdict(ensemble.counts).items():
            stream.count(what.replace("_", " "), number)

"""Write the entities of a translation onto the sentence it came from, or the other way round."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from commands import plumbing, spool
from commands.aligning import aligner_of
from commands.option_groups import given as given_options
from commands.options import Compute, Manners, OnError, Reading, Writing
from commands.projection_summary import say_summary
from xner.errors import OptionError, XnerError
from xner.projection import PROJECTORS, projector
from xner.projection.carrier import Carrier, Rejected
from xner.projection.filters import Filter, FilterOptions
from xner.registry import with_values
from xner.sentence import Sentence
from xner.translation.engine import Settings

if TYPE_CHECKING:
    pass

# Where a paper and its released code differ; the defaults are the paper's.
PRESETS: dict[str, dict[str, Any]] = {
    "crop": {},
    "crop-code": {
        "match": "loose,guard=no",
        "max_entities": 5,
        "repeats": "drop",
        "langid": True,
    },
}


@dataclass(frozen=True)
class Projecting:
    """How entities find their place, and what is done with those that find none."""

    match: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[,KEY=VALUE]",
            help=f"How an entity is found: {', '.join(PROJECTORS)}. strict if not given; with "
            "--onto translation align,complete=yes,contiguous=yes, and align where sentences are "
            "written in part.",
        ),
    ] = None
    onto: Annotated[
        Literal["origin", "translation"],
        typer.Option(
            help="Write the translation's entities onto the outermost origin, or the origin's onto "
            "its translation."
        ),
    ] = "origin"
    aligner: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[:ARGUMENT]",
            help="Links the words for --match align: encoder:FOLDER, encoder:HUB-NAME or eflomal; "
            "else the records' own alignment.",
        ),
    ] = None
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[:ARGUMENT]",
            help="Scores the places for --match constrained: a model that translates from the "
            "tagged sentence's language.",
        ),
    ] = None
    require_all: Annotated[
        bool,
        typer.Option(
            "--require-all/--partial",
            help="Drop a sentence of which an entity finds no place, or write the others and give "
            "weight 0 to the words around them.",
        ),
    ] = True
    keep_all: Annotated[
        bool,
        typer.Option(
            "--keep-all",
            help="Write every sentence, as predictions must be: --partial, and no filters.",
        ),
    ] = False
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="Take no place of a lower score.")
    ] = 0.0


def command(
    context: typer.Context,
    reading: Reading,
    writing: Writing,
    manners: Manners,
    compute: Compute,
    projecting: Projecting,
    filtering: FilterOptions,
    preset: Annotated[
        Literal["crop", "crop-code"] | None,
        typer.Option(help="Values of the paper, or of its released code; flags win."),
    ] = None,
) -> None:
    """Write the entities of a translation onto the sentence it came from.

    Writes the outermost origin with projected tags. A sentence of which an entity finds no place,
    or that a filter refuses, is dropped and counted. Streams, a window at a time.
    """
    if preset:
        given = given_options(context, rival="preset")
        projecting = with_values(projecting, PRESETS[preset], given)
        filtering = with_values(filtering, PRESETS[preset], given)
    if projecting.keep_all:
        _check_unfiltered(given_options(context, rival="keep_all"))
    with plumbing.stream("project-labels", reading, writing, manners) as stream:
        check = None if projecting.keep_all else Filter(filtering, _reader(reading, stream))
        carrier = _carrier(projecting, check, compute)
        whole = carrier.aligner is not None and carrier.aligner.whole
        sentences = _accepted(stream, carrier, check)
        while window := list(islice(sentences, None if whole else compute.window)):
            for record, made in zip(window, carrier.carried(window), strict=True):
                _deliver(stream, record, made, check)
        if check and stream.read and (unjoined := check.unjoined()):
            raise XnerError("not one sentence of the input is in it, by id", source=unjoined[0])
        say_summary(stream, carrier.tally, carrier.match)
        for helper in filter(None, (carrier.projector, carrier.aligner)):
            for what, number in helper.counts.items():
                stream.count(what, number)
            helper.close()


def _check_unfiltered(given: set[str]) -> None:
    """Every sentence cannot be kept and some be refused."""
    for field in fields(FilterOptions):
        if field.name in given:
            flag = field.name.replace("_", "-")
            raise OptionError(f"--keep-all writes every sentence; leave out --{flag}")


def _reader(reading: Reading, stream: plumbing.Stream) -> Callable[[str], Iterator[Sentence]]:
    """Opens a second tagger's stream, which must be whole: only INPUT may lose records."""

    def read(path: str) -> Iterator[Sentence]:
        file = Reading(inputs=[path], encoding=reading.encoding, strict=reading.strict)
        return iter(plumbing.Stream(file, stream.talk, None))

    return read


def _carrier(projecting: Projecting, check: Filter | None, compute: Compute) -> Carrier:
    partial = projecting.keep_all or not projecting.require_all
    spec = projecting.match or _default_match(projecting.onto, partial)
    name = spec.split(",")[0]
    _check_helpers(name, projecting)
    provided: dict[str, Any] = {}
    if projecting.engine:
        provided = {"engine": projecting.engine, "settings": _engine_settings(compute)}
    return Carrier(
        projector.build(spec, provided),
        name,
        projecting.onto,
        partial=partial,
        min_score=projecting.min_score,
        aligner=aligner_of(projecting.aligner, compute) if projecting.aligner else None,
        fallback=check.fallback_tags if check else None,
    )


def _default_match(onto: str, partial: bool) -> str:
    """To train on, entities that went whole to one place; else all that can be found."""
    if onto == "origin":
        return "strict"
    return "align" if partial else "align,complete=yes,contiguous=yes"


def _check_helpers(match: str, projecting: Projecting) -> None:
    """An aligner or an engine that would not be asked is a mistake, and so is one that lacks."""
    if projecting.aligner and match != "align":
        raise OptionError(f"--aligner links words for --match align; --match {match} needs none")
    if projecting.engine and match != "constrained":
        raise OptionError(f"--engine scores for --match constrained; --match {match} needs none")
    if match == "constrained" and not projecting.engine:
        raise OptionError(
            "--match constrained needs --engine: a model that translates from the tagged "
            "sentence's language into the other's, such as opus"
        )


def _engine_settings(compute: Compute) -> Settings:
    return Settings(
        device=compute.device,
        batch_tokens=compute.batch_tokens,
        offline=compute.offline,
        gpu_lock=compute.gpu_lock,
        while_waiting=spool.start,
    )


def _accepted(
    stream: plumbing.Stream, carrier: Carrier, check: Filter | None
) -> Iterator[Sentence]:
    """The records that can be projected and whose target is wanted."""
    for record in stream:
        problem = carrier.refusal(record)
        if problem is None:
            reason = check.before(carrier.target(record)) if check else None
            if reason is None:
                yield record
            else:
                carrier.pass_over(record)
                stream.drop(record, reason)
        elif stream.reading.on_error is OnError.fail:
            raise XnerError(f"sentence '{record.id}': {problem}")
        else:
            stream.drop(record, problem)


def _deliver(
    stream: plumbing.Stream, record: Sentence, made: Sentence | Rejected, check: Filter | None
) -> None:
    """Write the result, or drop the record it could not be made of."""
    if isinstance(made, Rejected):
        stream.drop(record, made.reason)
    elif check and (reason := check.after(made)):
        stream.drop(record, reason)
    else:
        stream.write(made)

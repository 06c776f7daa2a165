"""Join label streams of the same sentences into one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import typer

import io_formats
from commands import plumbing
from commands.options import Manners, OnError, Reading, Writing
from xner.errors import OptionError, XnerError
from xner.fusion import By, Reliability, View, fused
from xner.joining import Source
from xner.pairing import Pairing
from xner.registry import split_weight
from xner.sentence import Sentence


@dataclass(frozen=True)
class Fusing:
    """How labels are joined, and which sentences are fit to be kept."""

    by: Annotated[
        By,
        typer.Option(
            help="What stays: entities that all streams have (agreement) or most (vote), the best "
            "tags of the mean distribution (probs), the first stream's and what the others add "
            "beside them (first), or all (union)."
        ),
    ] = "agreement"
    weights: Annotated[
        Reliability,
        typer.Option(
            help="Weight of words on which streams differ: the share of votes for the tag that is "
            "written, or 0 and 1 elsewhere (sure; what a CRF takes), or none. A word that no "
            "stream knows has weight 0."
        ),
    ] = "share"
    min_agreement: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Drop sentences whose entities get a smaller mean share; 1 drops all on whose "
            "entities the streams differ.",
        ),
    ] = 0.0
    missing: Annotated[
        Literal["keep", "drop", "fail"],
        typer.Option(
            help="A sentence of the first stream that another lacks: let the others decide, drop "
            "it, or stop."
        ),
    ] = "keep"


def command(reading: Reading, writing: Writing, manners: Manners, fusing: Fusing) -> None:
    """Join label streams of the same sentences into one.

    INPUT is FILE or FILE=WEIGHT, two or more; - is standard input. Sentences are joined by id to
    those of the first, which is what comes out, with the labels that all come to. Maps one record
    to one and streams, as long as the streams have the same order.
    """
    if len(reading.inputs or []) < 2:
        raise OptionError(
            "name two streams or more, as in 'xner fuse tagger.jsonl projected.jsonl'"
        )
    paths, weights = zip(*map(split_weight, reading.inputs or []), strict=True)
    if paths.count("-") > 1:
        raise OptionError("standard input can be only one of the streams")
    names = ["stdin" if path == "-" else path for path in paths]
    own = replace(reading, inputs=[paths[0]])
    with plumbing.stream("fuse", own, writing, manners) as stream:
        stream.check(list(paths))
        others = [_sentences(path, stream) for path in paths[1:]]
        pairing = Pairing(*map(Source, names, [stream, *others]))
        joined = [0] * len(others)
        for row in pairing:
            joined = [count + (s is not None) for count, s in zip(joined, row[1:], strict=True)]
            every = zip(row, weights, names, strict=True)
            views = [View(s, weight, name) for s, weight, name in every if s is not None]
            lacking = [name for s, name in zip(row, names, strict=True) if s is None]
            _fuse(stream, views, lacking, fusing)
        for name, count in zip(names[1:], joined, strict=True):
            if stream.read and not count:
                raise XnerError(
                    f"not one sentence of {names[0]} is in it, by id and words", source=name
                )
        if not reading.shard:
            for name, number in zip(names[1:], pairing.surplus, strict=True):
                stream.count(f"only in {name}", number)


def _fuse(stream: plumbing.Stream, views: list[View], lacking: list[str], fusing: Fusing) -> None:
    """Write the sentence with the labels that all views come to, or drop it."""
    sentence = views[0].sentence
    for name in lacking:
        if fusing.missing == "fail":
            raise XnerError(f"has no sentence '{sentence.id}'", source=name)
        if fusing.missing == "drop":
            stream.drop(sentence, f"not in {name}")
            return
        stream.count(f"not in {name}")
    try:
        made = fused(views, fusing.by, fusing.weights)
    except XnerError as error:
        if stream.reading.on_error is OnError.fail:
            raise
        stream.talk.warn(str(error))
        stream.drop(sentence, "labels that cannot be read")
        return
    if made.agreement < fusing.min_agreement - 1e-9:  # a mean of shares is no exact number
        stream.drop(sentence, "streams differ")
        return
    stream.count("words on which streams differ", made.differing)
    stream.write(made.sentence)


def _sentences(path: str, stream: plumbing.Stream) -> Iterator[Sentence]:
    """A later stream, read in the manner of the first; every record of it must be readable."""
    reading = stream.reading
    yield from io_formats.read(
        path,
        form=reading.from_format,
        lang=reading.lang,
        strict=reading.strict,
        encoding=reading.encoding,
        repaired=lambda number: stream.count("tags repaired", number),
        note=stream.talk.warn,
    )

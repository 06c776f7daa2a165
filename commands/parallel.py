"""Sentences of the input beside those they were translated from, of a file that is parallel."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from commands import plumbing
from commands.options import OnError, Reading
from io_formats import check
from io_formats.parallel import Origin, Origins, documents_before, linked
from io_formats.streams import Manner
from xner.errors import FormatError, OptionError, XnerError
from xner.sentence import Sentence


@dataclass(frozen=True)
class Parallel:
    """What the input is a translation of."""

    origin: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The sentences that those of the input are translations of, at the same places: "
            "each becomes the origin of its translation.",
        ),
    ] = None
    origin_lang: Annotated[
        str | None, typer.Option(metavar="TAG", help="Their language; --lang is the input's.")
    ] = None
    origin_from: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="Their format, as --from.")
    ] = None
    alignments: Annotated[
        str | None,
        typer.Option(
            metavar="FILE[,reversed]",
            help="Word alignments, a line for each sentence such as 0-0 1-2 2-1, the origin's "
            "words first; with ,reversed the translation's. Texts are then cut at blanks alone.",
        ),
    ] = None


def check_parallel(parallel: Parallel, reading: Reading) -> None:
    """OptionError for options that make no sense together."""
    if parallel.origin is None:
        for name in ("origin_lang", "origin_from", "alignments"):
            if getattr(parallel, name) is not None:
                raise OptionError(f"--{name.replace('_', '-')} is of no use without --origin")
        return
    if reading.shard:
        raise OptionError("--origin goes by places, which --shard changes; shard the result")
    if parallel.origin == "-":
        raise OptionError("--origin - : standard input is INPUT's; name a file")


def paired(stream: plumbing.Stream, parallel: Parallel) -> Iterator[Sentence]:
    """The sentences of the stream with their origins; those that have none are dropped."""
    origins = _origins(stream, parallel)
    documents = 0
    by_document = None
    for sentence in stream:
        documents += documents_before(sentence)
        if by_document is None:
            by_document = origins.has_documents and documents > 0
            if by_document:
                _count_documents(stream, origins)
        if sentence.origin is not None:
            raise XnerError(f"sentence '{sentence.id}' has an origin already")
        found = origins.at(stream.place + documents * by_document)
        if found is None:
            stream.drop(sentence, "no origin at its place")
        elif _linked(stream, sentence, found):
            yield sentence
    origins.finish(stream.place + documents * bool(by_document))
    stream.count("origins without a translation", origins.unread)


def _origins(stream: plumbing.Stream, parallel: Parallel) -> Origins:
    assert parallel.origin is not None
    reading = stream.reading
    for path in (parallel.origin, parallel.alignments):
        if path:
            check(path.removesuffix(",reversed"))

    def problem(error: FormatError) -> None:
        if reading.on_error is OnError.fail:
            raise error
        stream.talk.warn(str(error))
        stream.count("unreadable origins")

    manner = Manner(
        lang=parallel.origin_lang,
        strict=reading.strict,
        encoding=reading.encoding,
        problem=problem,
        repaired=lambda number: stream.count("tags repaired", number),
    )
    return Origins(parallel.origin, parallel.origin_from, parallel.alignments, manner)


def _linked(stream: plumbing.Stream, sentence: Sentence, origin: Origin) -> bool:
    """Whether the sentence could be linked; if not, it has been dropped."""
    try:
        linked(sentence, origin)
    except FormatError as error:
        if stream.reading.on_error is OnError.fail:
            raise
        stream.talk.warn(str(error))
        stream.drop(sentence, "links that do not fit")
        return False
    return True


def _count_documents(stream: plumbing.Stream, origins: Origins) -> None:
    if stream.reading.on_error is OnError.skip:
        raise OptionError(
            "--on-error skip would lose count of the -DOCSTART- rows of both files; mend what "
            "cannot be read, or take the rows out"
        )
    origins.count_documents()

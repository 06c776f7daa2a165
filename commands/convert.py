"""Read any format, write any: the way into and out of the stream."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated

import orjson
import typer

from commands import plumbing
from commands.census import Census
from commands.options import Manners, OnError, Reading, Writing
from commands.parallel import Parallel, check_parallel, paired
from xner.errors import OptionError, XnerError
from xner.sentence import Sentence, strip
from xner.type_map import parse_map, renamed, types_of


def command(
    reading: Reading,
    writing: Writing,
    manners: Manners,
    parallel: Parallel,
    validate: Annotated[
        bool,
        typer.Option(
            "--validate",
            help="Report every problem with its place, ill-formed tags too, and exit 1 if there is "
            "any. Writes nothing without -o; with -o and --on-error skip, the sound records.",
        ),
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Mend and count ill-formed tags. They are anyway, except with --validate.",
        ),
    ] = False,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="OLD=NEW", help="Rename types, as in PER=PERSON,MISC=O; O drops one."
        ),
    ] = None,
    strip_tags: Annotated[
        bool,
        typer.Option(
            "--strip-tags",
            help="Leave out INPUT's tags and what else is said of them: raw sentences, as "
            "if nobody had annotated them.",
        ),
    ] = False,
    counts: Annotated[
        bool,
        typer.Option(
            "--counts",
            help="Print sentences, tokens and entities of each type, instead of records without "
            "-o: a table on a terminal, JSON in a pipe.",
        ),
    ] = False,
) -> None:
    """Read any format and write any.

    Maps one record to one and streams.
    """
    if repair and reading.strict:
        raise OptionError("--repair mends ill-formed tags, --strict refuses them; give one of both")
    check_parallel(parallel, reading)
    names = parse_map(types or [])
    rules = reading
    if validate:
        rules = replace(reading, on_error=OnError.skip, strict=not repair)
    to = None if (validate or counts) and writing.output == "-" else writing
    census = Census()
    aligned = parallel.alignments is not None
    with plumbing.stream(
        "convert", rules, to, manners, thorough=validate, tokenized=aligned
    ) as stream:
        bare = partial(strip, origins=parallel.origin is None)  # --origin keeps its own tags
        uses = [bare] * strip_tags + [census.add] * counts + [stream.write] * (to is not None)
        sentences = paired(stream, parallel) if parallel.origin else stream
        for sentence in _mapped(stream, sentences, names) if names else sentences:
            for use in uses:
                use(sentence)
        if validate and reading.on_error is OnError.fail:
            _judge(stream)
    if counts:
        line = orjson.dumps(census.as_dict()).decode() + "\n"
        plumbing.deliver("-", census.as_table() if sys.stdout.isatty() else line)
    if validate:
        _judge(stream)


def _judge(stream: plumbing.Stream) -> None:
    """XnerError if there was any problem."""
    number = stream.dropped.total()
    if number:
        raise XnerError(f"{number:,} of {stream.read:,} records have problems")


def _mapped(
    stream: plumbing.Stream, sentences: Iterable[Sentence], names: Mapping[str, str]
) -> Iterator[Sentence]:
    """Sentences with other names of types; at the end, what was and was not renamed is said."""
    found: Counter[str] = Counter()
    for sentence in sentences:
        found.update(types_of(sentence))
        yield renamed(sentence, names)
    there = ", ".join(sorted(found)) or "none"
    if missing := [name for name in names if name not in found]:
        stream.talk.warn(f"--map: the input has no {' and no '.join(missing)}; its types: {there}")
    if left := sorted(found - names.keys()):
        kept = ", ".join(f"{name} {found[name]:,}" for name in left)
        stream.talk.info(f"--map leaves as they are: {kept}")

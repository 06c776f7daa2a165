"""`translate-spans --make-training-pairs`: bitext in, plain and marked pairs out, no engine."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from commands import plumbing
from commands.aligning import aligner_of
from commands.options import Compute, Manners, OnError, Reading, Writing
from xner.errors import XnerError
from xner.sentence import Sentence
from xner.translation.training_pairs import PairOptions, training_pairs

if TYPE_CHECKING:
    from xner.alignment.aligner import Aligner

Links = list[tuple[int, int]]


def write_pairs(
    reading: Reading,
    writing: Writing,
    manners: Manners,
    compute: Compute,
    options: PairOptions,
    spec: str | None,
) -> None:
    """Read bitext and write training pairs; `spec` names the aligner, else records have links."""
    with plumbing.stream("translate-spans", reading, writing, manners) as stream:
        aligner = aligner_of(spec, compute) if spec else None
        size = None if aligner and aligner.whole else compute.window
        accepted = _accepted(stream, aligner is not None)
        while window := list(islice(accepted, size)):
            for pair, links in zip(window, _linked(window, aligner), strict=True):
                _write(stream, pair, links, options)
        if aligner:
            for what, number in aligner.counts.items():
                stream.count(what, number)
            aligner.close()


def _write(stream: plumbing.Stream, pair: Sentence, links: Links, options: PairOptions) -> None:
    made = training_pairs(pair, links, options)
    if made is None:
        stream.drop(pair, "holds what looks like a marker")
        return
    for record in made:
        stream.count("marked" if record.meta["marked"] else "plain")
        stream.count("slots", record.meta["slots"])
        stream.write(record)


def _accepted(stream: plumbing.Stream, aligned: bool) -> Iterator[Sentence]:
    """The records that are pairs; one that is not stops the command or is dropped."""
    for sentence in stream:
        problem = _problem(sentence, aligned)
        if not problem:
            yield sentence
        elif stream.reading.on_error is OnError.fail:
            raise XnerError(f"sentence '{sentence.id}': {problem}")
        else:
            stream.drop(sentence, problem)


def _problem(sentence: Sentence, aligned: bool) -> str | None:
    if sentence.origin is None:
        return (
            "it has no origin to pair it with; make bitext with "
            "xner convert TRANSLATION --origin FILE"
        )
    if not aligned and sentence.alignment is None:
        return "its words are not aligned; give --aligner, or xner convert --alignments FILE first"
    return None


def _linked(window: list[Sentence], aligner: "Aligner | None") -> Iterator[Links]:
    """A word of the source and one of the target each; a row of several words links them all."""
    if aligner:
        pairs = [(pair.origin.tokens, pair.tokens) for pair in window if pair.origin]
        yield from aligner.align(pairs)
        return
    for pair in window:
        yield [
            (i, j)
            for row in pair.alignment or []
            for i in range(row.origin_start, row.origin_end)
            for j in range(row.start, row.end)
        ]

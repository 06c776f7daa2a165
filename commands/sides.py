"""Where gold and predictions come from: the flags that name them, and how each is opened."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

import io_formats
from commands.options import Inputs
from commands.plumbing import Talk
from xner.errors import XnerError
from xner.joining import Source
from xner.sentence import Sentence


@dataclass(frozen=True)
class Sides:
    """Where gold and predictions come from."""

    gold: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The labelled sentences; not needed where records bring their gold along, as "
            "conlleval's columns do.",
        ),
    ] = None
    gold_from: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="Format of --gold, as in --from.")
    ] = None
    model: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Score this tagger: it tags --gold or INPUT without seeing the tags there.",
        ),
    ] = None
    against: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A baseline's predictions, for a paired bootstrap test."),
    ] = None
    projection: Annotated[
        bool,
        typer.Option(
            "--projection",
            help="The predictions may lack sentences of --gold: score those they have, and say how "
            "much of the gold that is.",
        ),
    ] = False
    agreement: Annotated[
        bool,
        typer.Option(
            "--agreement",
            help="Without gold: F1 of each INPUT with every other. What agrees most with the rest "
            "is the choice where nothing is labelled.",
        ),
    ] = False
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="seqeval's strict mode: what does not begin with B- is no entity. Without it, as "
            "in conlleval, an I- that follows nothing begins one.",
        ),
    ] = False


class Files:
    """Opens the sides, all in the same manner."""

    def __init__(self, inputs: Inputs, sides: Sides, talk: Talk):
        self._inputs = inputs
        self._sides = sides
        self._talk = talk

    def predictions(self, path: str) -> Source:
        """A system's sentences."""
        return self._open(path, self._inputs.from_format)

    def gold(self, path: str) -> Source:
        """The labelled sentences."""
        return self._open(path, self._sides.gold_from)

    def _open(self, path: str, form: str | None) -> Source:
        name = "stdin" if path == "-" else path
        return Source(name, self._read(path, form, name))

    def _read(self, path: str, form: str | None, name: str) -> Iterator[Sentence]:
        repaired: Counter[str] = Counter()
        yield from io_formats.read(
            path,
            form=form,
            encoding=self._inputs.encoding,
            mend=not self._sides.strict,
            repaired=lambda number: repaired.update({"tags": number}),
            note=self._talk.warn,
        )
        if repaired:
            self._talk.warn(
                f"{name}: {repaired.total():,} ill-formed tags are read as conlleval reads them; "
                "--strict scores them as wrong"
            )


def predicted(sentence: Sentence, name: str) -> list[str]:
    """The sentence's tags; raises XnerError, naming the file, where nothing has tagged it."""
    if sentence.tags is None:
        raise XnerError(f"sentence '{sentence.id}' was not tagged: run xner weak-tag", source=name)
    return sentence.tags

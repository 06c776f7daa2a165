"""Which systems are scored against which gold: files, streams and taggers brought together."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from commands import spool
from commands.options import Compute, Inputs
from commands.plumbing import Talk
from commands.sides import Files, Sides, predicted
from xner import device as devices
from xner.errors import OptionError, XnerError
from xner.joining import MissingError, Source, joined
from xner.pairing import Pairing
from xner.sentence import Sentence


class Row(NamedTuple):
    """A sentence, its gold tags, and what each system says of it; None: it lacks the sentence."""

    sentence: Sentence
    gold: list[str]
    tags: list[list[str] | None]
    systems: Sequence[Sentence | None]


@dataclass(frozen=True)
class Contest:
    """Systems that tagged the same sentences.

    Where `own_gold`, the records of `reference` are the first system's and bring their gold along
    in `meta["gold"]`; else its tags are the gold. Where `partial`, systems may lack sentences.
    `unknown` counts the words of weight 0, system by system, once `rows` are through.
    """

    reference: Source
    others: list[Source]
    own_gold: bool
    selected: str = ""  # what chose a tagger's checkpoint: zero-shot only if no target gold did
    partial: bool = False
    hint: str = ""  # what may be done where a system lacks sentences
    unknown: Counter[int] = field(default_factory=Counter[int])

    @property
    def systems(self) -> list[Source]:
        """Who is scored, in order; a baseline is the last."""
        return [self.reference, *self.others] if self.own_gold else self.others

    def rows(self) -> Iterator[Row]:
        """Each sentence with its gold tags and those of each system."""
        gold_of = _own_gold if self.own_gold else _gold
        names = [system.name for system in self.systems]
        for reference, *others in self._joined():
            tagged = [reference, *others] if self.own_gold else others
            tags = [s and predicted(s, name) for s, name in zip(tagged, names, strict=True)]
            for number, sentence in enumerate(tagged):
                if sentence is not None and sentence.weights is not None:
                    self.unknown[number] += sentence.weights.count(0)
            assert reference is not None
            yield Row(reference, gold_of(reference, self.reference.name), tags, tagged)

    def _joined(self) -> Iterator[Sequence[Sentence | None]]:
        if self.partial:
            return self._paired()
        return self._whole()

    def _whole(self) -> Iterator[list[Sentence]]:
        try:
            yield from joined(self.reference, *self.others)
        except MissingError as error:
            raise XnerError(f"{error.message}{self.hint}", source=error.source) from None

    def _paired(self) -> Iterator[list[Sentence | None]]:
        pairing = Pairing(self.reference, *self.others)
        some = False
        for row in pairing:
            some = True
            yield row
        if not some:
            raise XnerError("no sentences", source=self.reference.name)
        for source, number in zip(self.others, pairing.surplus, strict=True):
            if number:
                message = f"{number:,} of its sentences have no counterpart in "
                raise XnerError(message + self.reference.name, source=source.name)


def contests(inputs: Inputs, sides: Sides, compute: Compute, talk: Talk) -> Iterator[Contest]:
    """With --gold all runs are one contest; else every input is one, with its own gold.

    Raises OptionError for sides that cannot be told apart or cannot be read.
    """
    _check(inputs, sides)
    files = Files(inputs, sides, talk)
    runs = inputs.inputs or ["-"]
    others = [files.predictions(sides.against)] if sides.against else []
    if sides.gold and not sides.model:
        systems = [*map(files.predictions, runs), *others]
        hint = "" if others else "; --projection scores the sentences that are there"
        gold = files.gold(sides.gold)
        yield Contest(gold, systems, own_gold=False, partial=sides.projection, hint=hint)
        return
    sources = [files.gold(sides.gold)] if sides.gold else map(files.predictions, runs)
    for source in sources:
        selected = ""
        if sides.model:
            source = source._replace(sentences=_tagged(sides.model, source, compute))
            selected = _selection(Path(sides.model))
        yield Contest(source, others, own_gold=True, selected=selected)


def _check(inputs: Inputs, sides: Sides) -> None:
    runs = inputs.inputs or []
    if sides.model and sides.gold and runs:
        raise OptionError(
            "--model tags --gold or INPUT, but both are named; leave one out, or --model if INPUT "
            "holds predictions"
        )
    if sides.projection and (sides.model or sides.against or not sides.gold):
        raise OptionError(
            "--projection compares INPUT with --gold; leave out --model and --against"
            if sides.gold
            else "--projection needs --gold: all sentences there are, with their labels"
        )
    if sides.against and len(runs) > 1:
        raise OptionError(f"--against is the rival of one run, but {len(runs)} INPUTs are named")
    reads_stdin = not runs and not (sides.model and sides.gold)
    paths = [*(["-"] if reads_stdin else runs), sides.gold, sides.against]
    if paths.count("-") > 1:
        raise OptionError("standard input can be only one of INPUT, --gold and --against")
    if reads_stdin and sys.stdin.isatty():
        raise OptionError("nothing to read; name a file of tagged sentences or pipe them in")


def _tagged(model: str, source: Source, compute: Compute) -> Iterator[Sentence]:
    """The source's sentences with a tagger's tags; their own go where the tagger cannot see them.

    The model is loaded once there is a first sentence to tag.
    """
    sentences = iter(source.sentences)
    first = next(sentences, None)
    if first is None:
        return
    from xner.models.tagging import TaggingSettings, load_ensemble

    where = devices.pick(compute.device)
    settings = TaggingSettings(
        batch_tokens=compute.batch_tokens, window=compute.window, bf16=devices.has_bf16(where)
    )
    hidden = (
        replace(s, tags=None, meta={**s.meta, "gold": _gold(s, source.name)})
        for s in chain([first], sentences)
    )
    with devices.turn(where, compute.gpu_lock, while_waiting=spool.start):
        yield from load_ensemble([model], {}, settings, where, compute.offline).tag(hidden)


def _selection(model: Path) -> str:
    """What chose the checkpoint in a model folder, where `train` has written that down."""
    try:
        card: Any = orjson.loads((model / "xner.json").read_bytes())
        selected: Any = card["training"]["results"]["selected_on"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # a model of another make, or a hub name
    if isinstance(selected, str):
        return selected.replace(" ", "-")
    return "+".join(Path(file["file"]).name for file in selected)


def _gold(sentence: Sentence, name: str) -> list[str]:
    if sentence.tags is None:
        raise XnerError(f"sentence '{sentence.id}' has no tags; gold must have them", source=name)
    return sentence.tags


def _own_gold(sentence: Sentence, name: str) -> list[str]:
    gold: Any = sentence.meta.get("gold")
    if not isinstance(gold, list) or len(gold) != len(sentence.tokens):
        raise XnerError(
            f"sentence '{sentence.id}' brings no gold along; name the labelled file with --gold",
            source=name,
        )
    return gold

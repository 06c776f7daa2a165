"""`evaluate --agreement`: runs compared with each other, where nobody has labelled anything."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commands.options import Inputs
from commands.plumbing import Talk
from commands.sides import Files, Sides, predicted
from xner.agreement import Agreement
from xner.errors import OptionError, XnerError
from xner.evaluation import Mode
from xner.joining import joined
from xner.sentence import Sentence
from xner.type_map import mapped


@dataclass(frozen=True)
class Agreeing:
    """One run: the entities it has found, its mean F1 with the others, and that with each."""

    name: str
    entities: int
    agreement: float
    others: Sequence[tuple[str, float]]

    @property
    def nearest(self) -> tuple[str, float]:
        """The run that it agrees with most; no name where it agrees with none."""
        return max([("", 0.0), *self.others], key=lambda other: other[1])


@dataclass(frozen=True)
class Outcome:
    """All runs, in the order they were named in, and what they were compared on."""

    runs: Sequence[Agreeing]
    signature: str

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON."""
        runs = [
            {
                "name": run.name,
                "entities": run.entities,
                "agreement": run.agreement,
                "with": [{"name": name, "f1": f1} for name, f1 in run.others],
            }
            for run in self.runs
        ]
        return {"runs": runs, "signature": self.signature}


def compared(
    inputs: Inputs, sides: Sides, talk: Talk
) -> tuple[list[str], Iterator[tuple[Sentence, list[list[str]]]]]:
    """The names of all runs, and each sentence with the tags of every run.

    Raises OptionError for fewer than two runs, and for one that is named twice.
    """
    runs = inputs.inputs or []
    if len(runs) < 2:
        raise OptionError("--agreement compares INPUTs with each other; name two or more")
    if twice := next((run for run in runs if runs.count(run) > 1), None):
        raise OptionError(f"INPUT '{twice}' is named twice, and would agree with itself")
    files = Files(inputs, sides, talk)
    sources = [files.predictions(run) for run in runs]
    names = [source.name for source in sources]
    rows = (
        (row[0], [predicted(s, name) for s, name in zip(row, names, strict=True)])
        for row in joined(*sources)
    )
    return names, rows


def measured(
    systems: Sequence[str],
    rows: Iterable[tuple[Sentence, list[list[str]]]],
    mode: Mode,
    names: Mapping[str, str],
) -> Outcome:
    """Compare `systems`, whose tags of each sentence are in `rows`; `names` renames their types.

    Raises XnerError for a tag that is none.
    """
    agreement = Agreement(len(systems), mode)
    for sentence, tags in rows:
        try:
            agreement.add(sentence.tokens, [mapped(own, names) for own in tags])
        except ValueError as error:
            raise XnerError(f"sentence '{sentence.id}': {error}") from None
    renamed = ",".join(f"{old}={new}" for old, new in sorted(names.items()))
    signature = agreement.fingerprint.signature(mode, map=renamed, systems=len(systems))
    return Outcome(list(_runs(systems, agreement)), signature)


def _runs(systems: Sequence[str], agreement: Agreement) -> Iterator[Agreeing]:
    for number, name in enumerate(systems):
        others = [
            (other, agreement.f1(number, place))
            for place, other in enumerate(systems)
            if place != number
        ]
        yield Agreeing(name, agreement.found(number), agreement.mean(number), others)


def tell(outcome: Outcome, talk: Talk) -> None:
    """Say what was found, and warn where that chooses nothing."""
    for run in outcome.runs:
        talk.info(f"{run.name}: entities: {run.entities:,} found", found=run.entities)
        if not run.entities:
            talk.warn(f"{run.name}: it has no entity, and agrees with no run that has")
    if len(outcome.runs) == 2:
        talk.warn("two runs agree with each other alike; a choice takes three or more")

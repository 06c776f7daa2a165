"""Score tagged sentences against gold: entity precision, recall and F1."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

import orjson
import typer

from commands import plumbing, scores
from commands.contest import Contest, Sides, contests
from commands.options import Compute, Inputs, Manners
from commands.scores import Baseline, Run
from xner.bootstrap import compared, confidence
from xner.errors import OptionError, XnerError
from xner.evaluation import Mode, Tally
from xner.type_map import mapped, parse_map


class Form(StrEnum):
    """How scores are shown."""

    table = "table"
    json = "json"


@dataclass(frozen=True)
class Scoring:
    """What is done with the tags."""

    type_map: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="OLD=NEW", help="Rename predicted types, as in PER=PERSON,MISC=O."
        ),
    ] = None
    confidence: Annotated[
        bool, typer.Option("--confidence", help="Add the 95 % bootstrap interval of micro F1.")
    ] = False
    resamples: Annotated[int, typer.Option(min=100, help="Test sets a bootstrap draws.")] = 1000
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0


def command(
    context: typer.Context,
    inputs: Inputs,
    sides: Sides,
    scoring: Scoring,
    compute: Compute,
    manners: Manners,
    min_f1: Annotated[
        float | None,
        typer.Option(metavar="FRACTION", help="Exit 1 if micro F1 (the mean of runs) is below."),
    ] = None,
    score_only: Annotated[
        bool, typer.Option("--score-only", help="Print micro F1 alone, as a fraction.")
    ] = False,
    to: Annotated[
        Form | None,
        typer.Option(help="A table in per cent, as on a terminal, or JSON in fractions."),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="File to write; - is stdout.")
    ] = "-",
) -> None:
    """Score tagged sentences against gold: entity precision, recall and F1 by seqeval.

    Ends the stream, and streams: nothing is kept where predictions and gold have the same order.
    Several INPUTs are several runs, which get a score each, their mean and sample deviation.

    Sentences are joined by id, or by position where ids were made from another file's name. Words
    that differ, and a sentence too few or too many, are refused; --projection lets sentences be
    too few. The signature says what a figure was measured against and how, so that it can be
    quoted.
    """
    if min_f1 is not None and not 0 <= min_f1 <= 1:
        raise OptionError(f"--min-f1 {min_f1:g} is no fraction; 74.5 per cent is 0.745")
    if score_only and sides.projection:
        raise OptionError(
            "--score-only prints no yield, without which the F1 of a projection says little; leave "
            "one out, or read micro.f1 and yield from --to json"
        )
    talk = plumbing.Talk("evaluate", manners)
    runs: list[Run] = []
    sides = _flags_win(context, inputs, sides)
    for contest in contests(inputs, sides, compute, talk):
        runs += _runs(
            contest, "strict" if sides.strict else "lenient", scoring, bool(sides.against)
        )
    for run in runs:
        scores.tell(run, talk)
    f1 = sum(run.report.micro.f1 for run in runs) / len(runs)
    on_terminal = output == "-" and sys.stdout.isatty()
    if score_only:
        text = f"{f1:.6f}\n"
    elif to is Form.table or (to is None and on_terminal):
        from commands.score_table import table

        text = table(runs, on_terminal)
    else:
        text = orjson.dumps(scores.as_dict(runs)).decode() + "\n"
    plumbing.deliver(output, text)
    if min_f1 is not None and f1 < min_f1:
        raise XnerError(f"micro F1 {f1:.4f} is below --min-f1 {min_f1:g}")


def _flags_win(context: typer.Context, inputs: Inputs, sides: Sides) -> Sides:
    """INPUT is scored even where the configuration file names both a model and its gold."""
    if inputs.inputs and sides.gold and sides.model:
        for name in ("model", "gold"):
            source = context.get_parameter_source(name)
            if source and source.name == "DEFAULT_MAP":
                return replace(sides, **{name: None})
    return sides


def _runs(contest: Contest, mode: Mode, scoring: Scoring, has_baseline: bool) -> Iterator[Run]:
    """The score of every run of a contest; a baseline is its last system and no run."""
    names = parse_map(scoring.type_map or [])
    tally = Tally(len(contest.systems), mode)
    for sentence, gold, systems in contest.rows():
        try:
            tally.add(
                sentence.tokens,
                gold,
                [mapped(tags, names) if names and tags else tags for tags in systems],
            )
        except ValueError as error:
            raise XnerError(f"sentence '{sentence.id}': {error}") from None
    draws = scoring.resamples, scoring.seed
    drawn = scoring.confidence or has_baseline
    settings = dict(
        map=",".join(f"{old}={new}" for old, new in sorted(names.items())),
        resamples=str(scoring.resamples) if drawn else "",
        seed=str(scoring.seed) if drawn else "",
        selected=contest.selected,
    )
    *reports, last = (scorer.report for scorer in tally.scorers)
    if not has_baseline:
        reports.append(last)
    for number, report in enumerate(reports):
        kept = tally.yield_of(number) if contest.partial else None
        yield Run(
            name=contest.systems[number].name,
            report=report,
            signature=tally.fingerprint.signature(mode, **settings, kept=kept and str(kept.kept)),
            interval=confidence(tally.kinds_of(number), *draws) if scoring.confidence else None,
            kept=kept,
            unknown=contest.unknown[number],
            baseline=Baseline(contest.systems[-1].name, last, compared(tally.kinds, *draws))
            if has_baseline
            else None,
        )

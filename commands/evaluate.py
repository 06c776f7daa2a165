"""Score tagged sentences against gold: entity precision, recall and F1."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from commands import agreement, plot, plumbing, scores
from commands.contest import Contest, contests
from commands.options import Compute, Inputs, Manners
from commands.scores import Baseline, Run
from commands.sides import Sides
from xner.bootstrap import compared, confidence
from xner.errors import OptionError, XnerError
from xner.evaluation import Mode, Tally
from xner.type_map import mapped, parse_map
from xner.weight_bins import Binning, WeightBins


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
    by_weight_bin: Annotated[
        str | None,
        typer.Option(
            metavar="N[,quantile]",
            help="Add scores of words in N bins of their weight, as wide as each other or, with "
            "quantile, as full.",
        ),
    ] = None


@dataclass(frozen=True)
class Showing:
    """What is made of the scores, and where it goes."""

    min_f1: Annotated[
        float | None,
        typer.Option(metavar="FRACTION", help="Exit 1 if micro F1 (the mean of runs) is below."),
    ] = None
    score_only: Annotated[
        bool, typer.Option("--score-only", help="Print micro F1 alone, as a fraction.")
    ] = False
    to: Annotated[
        Form | None,
        typer.Option(help="A table in per cent, as on a terminal, or JSON in fractions."),
    ] = None
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="File to write; - is stdout.")
    ] = "-"
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw F1 over the INPUTs, or over the bins of --by-weight-bin: a .png, .svg or "
            ".pdf.",
        ),
    ] = None


def command(
    context: typer.Context,
    inputs: Inputs,
    sides: Sides,
    scoring: Scoring,
    compute: Compute,
    manners: Manners,
    showing: Showing,
) -> None:
    """Score tagged sentences against gold: entity precision, recall and F1 by seqeval.

    Ends the stream, and streams: nothing is kept where predictions and gold have the same order.
    Several INPUTs are several runs, which get a score each, their mean and sample deviation; with
    --agreement they are compared with each other, and need no gold.

    Sentences are joined by id, or by position where ids were made from another file's name. Words
    that differ, and a sentence too few or too many, are refused; --projection lets sentences be
    too few. The signature says what a figure was measured against and how, so that it can be
    quoted.
    """
    talk = plumbing.Talk("evaluate", manners)
    sides = _flags_win(context, inputs, sides)
    mode: Mode = "strict" if sides.strict else "lenient"
    _check_output(inputs, sides, showing)
    if sides.agreement:
        _check_agreement(context)
        systems, rows = agreement.compared(inputs, sides, talk)
        outcome = agreement.measured(systems, rows, mode, parse_map(scoring.type_map or []))
        agreement.tell(outcome, talk)
        plumbing.deliver(showing.output, _agreement_text(outcome, showing))
        return
    _check(inputs, sides, scoring, showing)
    runs: list[Run] = []
    for contest in contests(inputs, sides, compute, talk):
        runs += _runs(contest, mode, scoring, bool(sides.against))
    for run in runs:
        scores.tell(run, talk)
    if showing.plot:
        plot.draw(showing.plot, runs)
    f1 = sum(run.report.micro.f1 for run in runs) / len(runs)
    plumbing.deliver(showing.output, f"{f1:.6f}\n" if showing.score_only else _text(runs, showing))
    if showing.min_f1 is not None and f1 < showing.min_f1:
        raise XnerError(f"micro F1 {f1:.4f} is below --min-f1 {showing.min_f1:g}")


def _check(inputs: Inputs, sides: Sides, scoring: Scoring, showing: Showing) -> None:
    """Refuse what does not go together before anything is read."""
    if showing.min_f1 is not None and not 0 <= showing.min_f1 <= 1:
        raise OptionError(f"--min-f1 {showing.min_f1:g} is no fraction; 74.5 per cent is 0.745")
    if showing.score_only and sides.projection:
        raise OptionError(
            "--score-only prints no yield, without which the F1 of a projection says little; leave "
            "one out, or read micro.f1 and yield from --to json"
        )
    if scoring.by_weight_bin is not None and sides.model:
        raise OptionError(
            "--by-weight-bin needs predictions with weights, and --model gives them none; tag with "
            "xner weak-tag, weigh with xner knn-weight, and score what that writes"
        )
    if scoring.by_weight_bin is not None and showing.score_only and not showing.plot:
        raise OptionError("--score-only prints no bins of --by-weight-bin; leave one of them out")
    if (
        showing.plot
        and showing.output != "-"
        and showing.plot.resolve() == Path(showing.output).resolve()
    ):
        raise OptionError(f"--plot and --output are both '{showing.plot}'")
    if showing.plot:
        plot.check(showing.plot, len(inputs.inputs or ["-"]), scoring.by_weight_bin is not None)


def _check_output(inputs: Inputs, sides: Sides, showing: Showing) -> None:
    """Scores do not replace what they are of."""
    if showing.output == "-":
        return
    output = Path(showing.output).resolve()
    for path in (*(inputs.inputs or []), sides.gold, sides.against):
        if path and path != "-" and Path(path).resolve() == output:
            raise OptionError(f"--output '{path}' is read here; name another file")


_NEEDING_GOLD = ("gold", "gold_from", "model", "against", "projection", "confidence")
_NEEDING_GOLD += ("by_weight_bin", "min_f1", "score_only", "plot")


def _check_agreement(context: typer.Context) -> None:
    """What needs gold is refused where it was typed, and is left aside in a configuration file."""
    named = [f"--{name.replace('_', '-')}" for name in _NEEDING_GOLD if _typed(context, name)]
    if named:
        raise OptionError(
            f"--agreement compares INPUTs with each other, without gold; leave out "
            f"{', '.join(named)}"
        )


def _text(runs: Sequence[Run], showing: Showing) -> str:
    if _as_table(showing):
        from commands.score_table import table

        return table(runs, _on_terminal(showing))
    return _json(scores.as_dict(runs))


def _agreement_text(outcome: agreement.Outcome, showing: Showing) -> str:
    if _as_table(showing):
        from commands.agreement_table import table

        return table(outcome, _on_terminal(showing))
    return _json(outcome.as_dict())


def _as_table(showing: Showing) -> bool:
    return showing.to is Form.table or (showing.to is None and _on_terminal(showing))


def _on_terminal(showing: Showing) -> bool:
    return showing.output == "-" and sys.stdout.isatty()


def _json(found: Mapping[str, Any]) -> str:
    return orjson.dumps(found).decode() + "\n"


def _flags_win(context: typer.Context, inputs: Inputs, sides: Sides) -> Sides:
    """What is typed wins over the configuration file where the two exclude each other.

    INPUT is scored even where the file names both a model and its gold; INPUTs are compared with
    each other, or scored, as is typed.
    """
    filed = [name for name in ("model", "gold") if _from_file(context, name)]
    needs_gold = any(_typed(context, name) for name in _NEEDING_GOLD)
    if needs_gold and _from_file(context, "agreement"):
        sides = replace(sides, agreement=False)
    if inputs.inputs and sides.gold and sides.model and filed and not sides.agreement:
        return replace(sides, **{filed[0]: None})
    return sides


def _typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _from_file(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "DEFAULT_MAP"


def _runs(contest: Contest, mode: Mode, scoring: Scoring, has_baseline: bool) -> Iterator[Run]:
    """The score of every run of a contest; a baseline is its last system and no run."""
    names = parse_map(scoring.type_map or [])
    binning = Binning.parse(scoring.by_weight_bin) if scoring.by_weight_bin is not None else None
    runs = len(contest.systems) - has_baseline
    bins = [WeightBins(binning) for _ in range(runs)] if binning else []
    tally = _tally(contest, mode, names, bins)
    draws = scoring.resamples, scoring.seed
    drawn = scoring.confidence or has_baseline
    settings = dict(
        map=",".join(f"{old}={new}" for old, new in sorted(names.items())),
        resamples=str(scoring.resamples) if drawn else "",
        seed=str(scoring.seed) if drawn else "",
        selected=contest.selected,
    )
    reports = [scorer.report for scorer in tally.scorers]
    for number, report in enumerate(reports[:runs]):
        kept = tally.yield_of(number) if contest.partial else None
        yield Run(
            name=contest.systems[number].name,
            report=report,
            signature=tally.fingerprint.signature(mode, **settings, kept=kept and str(kept.kept)),
            interval=confidence(tally.kinds_of(number), *draws) if scoring.confidence else None,
            kept=kept,
            unknown=contest.unknown[number],
            weights=bins[number].report if bins else None,
            baseline=Baseline(contest.systems[-1].name, reports[-1], compared(tally.kinds, *draws))
            if has_baseline
            else None,
        )


def _tally(
    contest: Contest, mode: Mode, names: Mapping[str, str], bins: Sequence[WeightBins]
) -> Tally:
    """Count entities of every system, and words of the runs in their bins, in one pass."""
    tally = Tally(len(contest.systems), mode)
    for row in contest.rows():
        try:
            tags = [own and mapped(own, names) if names else own for own in row.tags]
            tally.add(row.sentence.tokens, row.gold, tags)
            for words, system, own in zip(bins, row.systems, tags, strict=False):
                if system is not None and own is not None:
                    words.add(system.weights, row.gold, own)
        except ValueError as error:
            raise XnerError(f"sentence '{row.sentence.id}': {error}") from None
    for words, system in zip(bins, contest.systems, strict=False):
        if not words.weighed:
            remedy = "xner knn-weight gives them some"
            raise XnerError(f"no sentence has weights; {remedy}", source=system.name)
    return tally

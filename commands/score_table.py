"""Scores as people read them: a table in per cent."""

import io
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from commands import weight_bin_table
from commands.bars import bar, fitted
from commands.scores import Run, deviation, mean
from xner.bootstrap import LEVEL, Interval
from xner.evaluation import Counts, Score


def table(runs: Sequence[Run], coloured: bool) -> str:
    """A table of types for one run, of runs for several; below, bins of weight and remarks."""
    buffer = io.StringIO()
    width = None if coloured else 100
    console = Console(file=buffer, force_terminal=coloured, width=width, highlight=False)
    if len(runs) == 1:
        console.print(_types_table(runs[0]))
    else:
        console.print(fitted(console, lambda width: _runs_table(runs, width)))
    for run in runs:
        if run.weights:
            if len(runs) > 1:
                console.print(f"{run.name}:", markup=False)
            weight_bin_table.show(console, run.weights)
    for run in runs:
        for line in _remarks(run):
            console.print(line if len(runs) == 1 else f"{run.name}: {line}", markup=False)
    for signature in dict.fromkeys(run.signature for run in runs):
        console.print(signature, style="dim", soft_wrap=True, markup=False)
    return buffer.getvalue()


def _types_table(run: Run) -> Table:
    table = _table("type", "precision", "recall", "F1", "gold", "found", "correct")
    report = run.report
    for label, score in report.types.items():
        table.add_row(escape(label), *_per_cent(score), *_counted(report.counts[label]))
    table.add_section()
    table.add_row("micro", *_per_cent(report.micro), *_counted(report.total), style="bold")
    table.add_row("macro", *_per_cent(report.macro))
    return table


def _runs_table(runs: Sequence[Run], width: int) -> Table:
    table = _table("run", "precision", "recall", "micro F1")
    if width:
        table.add_column("", min_width=width)
    for name in ("macro F1", *(["kept", "recall of all"] if all(run.kept for run in runs) else [])):
        table.add_column(name, justify="right")

    def add(name: str, bar_of: float, *figures: float, style: str = "") -> None:
        cells = [f"{100 * figure:.2f}" for figure in figures]
        cells[3:3] = [bar(bar_of, width)] if width else []
        table.add_row(escape(name), *cells, style=style)

    for run in runs:
        micro, kept = run.report.micro, run.kept
        yields = (kept.share, kept.recall) if kept else ()
        scores = (micro.precision, micro.recall, micro.f1, run.report.macro.f1)
        add(run.name, micro.f1, *scores, *yields)
    table.add_section()
    for name, over in (("mean", mean(runs)), ("deviation", deviation(runs))):
        figures = [*over["micro"].values(), over["macro"]["f1"], *over.get("yield", {}).values()]
        add(name, 0, *figures, style="bold")
    return table


def _table(first: str, *numbers: str) -> Table:
    table = Table(first)
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _per_cent(score: Score) -> list[str]:
    return [f"{100 * value:.2f}" for value in (score.precision, score.recall, score.f1)]


def _counted(counts: Counts) -> list[str]:
    return [f"{number:,}" for number in (counts.gold, counts.found, counts.correct)]


def _remarks(run: Run) -> list[str]:
    remarks: list[str] = []
    if run.kept:
        kept = run.kept
        remarks.append(
            f"yield: {kept.kept:,} of {kept.sentences:,} sentences ({kept.share:.2%}), with "
            f"{kept.kept_entities:,} of {kept.entities:,} gold entities; recall over all of them "
            f"{100 * kept.recall:.2f}"
        )
    if run.interval:
        remarks.append(f"micro F1 {_percent_interval(run.interval)}")
    if run.baseline:
        outcome = run.baseline.comparison
        remarks.append(
            f"against {run.baseline.name} ({100 * run.baseline.report.micro.f1:.2f}): micro F1 "
            f"{100 * outcome.difference:+.2f}, {_percent_interval(outcome.interval, '+')}, "
            f"p = {outcome.p:.4f}"
        )
    return remarks


def _percent_interval(interval: Interval, sign: str = "") -> str:
    low, high = (format(100 * value, f"{sign}.2f") for value in (interval.low, interval.high))
    return f"{LEVEL:.0%} interval {low} to {high}"

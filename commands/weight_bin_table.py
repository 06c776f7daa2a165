"""Scores in bins of weight as people read them: a table of bins, one of types, a line."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from commands.bars import bar, fitted
from xner.weight_bins import Bin, Means, WeightReport


def show(console: Console, report: WeightReport) -> None:
    """Print the tables of a run; what there is nothing to compute from is left empty."""
    console.print(fitted(console, lambda width: _bins_table(report.bins, width)))
    console.print(_types_table(report.types))
    rises = report.spearman
    if rises is not None:
        bins = sum(own.f1 is not None for own in report.bins)
        console.print(f"F1 over weight: Spearman's rho {rises:+.2f}, {bins} bins")


def _bins_table(bins: list[Bin], width: int) -> Table:
    columns = ("words", "entity words", "accuracy", "precision", "recall", "F1")
    table = _table("weight", columns)
    if width:
        table.add_column("", min_width=width)
    for own in bins:
        scores = (own.accuracy, own.precision, own.recall, own.f1)
        figures = [f"{own.words:,}", f"{own.counts.gold:,}", *map(_per_cent, scores)]
        edges = f"{own.start:.4g}–{own.end:.4g}"
        table.add_row(edges, *figures, *([bar(own.f1 or 0, width)] if width else []))
    return table


def _types_table(types: dict[str, Means]) -> Table:
    columns = ("right words", "their mean weight", "wrong words", "their mean weight")
    table = _table("found as", columns)
    for label, means in types.items():
        right, wrong = (
            "" if mean is None else f"{mean:.3f}" for mean in (means.right, means.wrong)
        )
        table.add_row(
            escape(label), f"{means.right_words:,}", right, f"{means.wrong_words:,}", wrong
        )
    return table


def _table(first: str, numbers: tuple[str, ...]) -> Table:
    table = Table(first)
    for column in numbers:
        table.add_column(column, justify="right")
    return table


def _per_cent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"

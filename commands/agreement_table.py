"""How much runs agree, as people read it: a table in per cent."""

import io
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from commands.agreement import Agreeing, Outcome
from commands.bars import bar, fitted


def table(outcome: Outcome, coloured: bool) -> str:
    """A line a run, in per cent; the one that agrees most is in bold on a terminal."""
    buffer = io.StringIO()
    width = None if coloured else 100
    console = Console(file=buffer, force_terminal=coloured, width=width, highlight=False)
    console.print(fitted(console, lambda width: _table(outcome.runs, width)))
    console.print(outcome.signature, style="dim", soft_wrap=True, markup=False)
    return buffer.getvalue()


def _table(runs: Sequence[Agreeing], width: int) -> Table:
    most = max(run.agreement for run in runs)
    table = Table("run")
    table.add_column("found", justify="right")
    table.add_column("mean F1 with the others", justify="right")
    if width:
        table.add_column("", min_width=width)
    table.add_column("most with")
    table.add_column("F1", justify="right")
    for run in runs:
        cells = [escape(run.name), f"{run.entities:,}", f"{100 * run.agreement:.2f}"]
        cells += [bar(run.agreement, width)] if width else []
        name, f1 = run.nearest
        style = "bold" if run.agreement == most else ""
        table.add_row(*cells, escape(name), f"{100 * f1:.2f}", style=style)
    return table

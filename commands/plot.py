"""Scores as a picture: F1 over runs (CoLaDa's figure 4), or over bins of weight (its figure 5)."""

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.options import Writing
from commands.output import written
from commands.scores import Run
from commands.series import series_of
from xner.errors import OptionError, XnerError
from xner.weight_bins import WeightReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# What would make the bytes of two equal pictures differ.
_NO_DATES: dict[str, dict[str, None]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
_STYLE: Any = {
    "svg.hashsalt": "xner",
    "svg.fonttype": "none",  # text stays text, which can be searched
    "pdf.fonttype": 42,
    "text.parse_math": False,  # file names may have a $
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.alpha": 0.3,
    "savefig.dpi": 150,
}
# Okabe & Ito (2008), colours that colour-blind people tell apart; six markers for seven colours, so
# that pairs repeat only after 42 lines.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = "osD^vP"


def check(path: Path, inputs: int, has_bins: bool) -> None:
    """Refuse what cannot be drawn before anything is scored.

    Raises OptionError for a suffix that is no picture's and for a single run without bins,
    XnerError where matplotlib is not installed.
    """
    if path.suffix.lower() not in _NO_DATES:
        raise OptionError(f"--plot '{path}' ends in none of {', '.join(_NO_DATES)}")
    if inputs < 2 and not has_bins:
        raise OptionError(
            "--plot draws F1 over several INPUTs or over bins of weight; name more INPUTs, or add "
            "--by-weight-bin 10"
        )
    try:
        import matplotlib  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError:
        raise XnerError("--plot needs matplotlib: pip install 'xner[plot]'") from None


def draw(path: Path, runs: Sequence[Run]) -> None:
    """Draw F1 over bins of weight where runs have them, else over runs; the file appears whole.

    The same scores give the same bytes, whatever display, settings or clock there is.
    """
    import warnings

    import matplotlib
    from matplotlib.figure import Figure

    kind = path.suffix.lower()
    picture = BytesIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the font lacks, drawn as boxes
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        figure = Figure(figsize=(7, 4.5), layout="constrained")
        reports = [(run.name, run.weights) for run in runs if run.weights]
        if reports:
            _draw_bins(figure, reports)
        else:
            _draw_runs(figure.subplots(), runs)
        figure.savefig(picture, format=kind[1:], metadata=_NO_DATES[kind])
    with written("evaluate", Writing(output=str(path), to_format="text")) as output:
        output.send(picture.getvalue())


def _draw_bins(figure: "Figure", reports: Sequence[tuple[str, WeightReport]]) -> None:
    """A line a run, and below how many words stand behind each point."""
    scores, words = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    for number, (name, report) in enumerate(reports):
        bins, look = report.bins, _look(number)
        middles = [(own.start + own.end) / 2 for own in bins]
        scores.plot(middles, [_per_cent(own.f1) for own in bins], label=_label(name), **look)
        edges = [*(own.start for own in bins), bins[-1].end]
        numbers = [own.words for own in bins]
        words.stairs(numbers, edges, color=look["color"])
        if len(reports) == 1:
            words.stairs(numbers, edges, fill=True, alpha=0.3, color=look["color"])
    scores.set_ylabel("F1 of words (%)")
    scores.set_ylim(-3, 103)
    words.set_yscale("symlog", linthresh=1)  # O crowds the middle; few words still show
    words.set_ylim(0, 2 * words.dataLim.y1 + 1)
    words.yaxis.set_major_formatter("{x:,.0f}")
    words.set_ylabel("words")
    words.set_xlabel("weight")
    figure.align_ylabels()
    if len(reports) > 1:
        scores.legend()


def _draw_runs(axes: "Axes", runs: Sequence[Run]) -> None:
    """A line for files whose names differ in a number; if none do, one for all files in order."""
    from matplotlib.ticker import MaxNLocator

    names = [run.name for run in runs]
    values = [_per_cent(run.report.micro.f1) for run in runs]
    lines = series_of(names)
    axes.set_ylabel("micro F1 (%)")
    if all(len(line.points) == 1 for line in lines):
        axes.plot(values, **_look(0))
        axes.set_xticks(range(len(runs)), names, rotation=30, ha="right", rotation_mode="anchor")
        axes.set_xlabel("run")
        return
    for number, (name, points) in enumerate(lines):
        _draw_line(axes, number, name, [(x, values[place]) for x, place in points])
    if all(x.is_integer() for line in lines for x, _ in line.points):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("number in the file's name (*)")
    axes.legend()


def _draw_line(axes: "Axes", number: int, name: str, points: list[tuple[float, float]]) -> None:
    """A series, or the level of a file that is in none."""
    look = _look(number)
    if len(points) > 1:
        axes.plot(*zip(*points, strict=True), label=_label(name), **look)
    else:
        axes.axhline(points[0][1], label=_label(name), color=look["color"], linestyle="--")


def _label(name: str) -> str:
    """A file's name for the legend, which leaves out what begins with an underscore."""
    return f"./{name}" if name.startswith("_") else name


def _look(number: int) -> dict[str, Any]:
    marker = _MARKERS[number % len(_MARKERS)]
    return {"color": _COLOURS[number % len(_COLOURS)], "marker": marker, "markersize": 5}


def _per_cent(share: float | None) -> float:
    return math.nan if share is None else 100 * share

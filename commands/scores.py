"""Scores as programs read them, and what is said about them on standard error."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from commands.plumbing import Talk
from xner.bootstrap import LEVEL, Comparison, Interval
from xner.evaluation import Counts, Report, Score, Yield
from xner.tag_schemes import OUTSIDE
from xner.weight_bins import WeightReport


@dataclass(frozen=True)
class Baseline:
    """The system that a run is compared with, and how the comparison ends."""

    name: str
    report: Report
    comparison: Comparison


@dataclass(frozen=True)
class Run:
    """One system's scores, and what was asked for beside."""

    name: str
    report: Report
    signature: str
    interval: Interval | None = None
    baseline: Baseline | None = None
    kept: Yield | None = None
    unknown: int = 0  # words of weight 0, which are scored as they stand
    weights: WeightReport | None = None

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON; what was asked for beside only where it was."""
        found = {**self.report.as_dict(), "signature": self.signature}
        if self.interval:
            found["confidence"] = {"level": LEVEL, **asdict(self.interval)}
        if self.kept:
            found["yield"] = yield_as_dict(self.kept)
        if self.weights:
            found["weight_bins"] = self.weights.as_dict()
        if self.baseline:
            comparison = self.baseline.comparison
            found["against"] = {
                "name": self.baseline.name,
                "micro": asdict(self.baseline.report.micro),
                "difference": comparison.difference,
                **asdict(comparison.interval),
                "p": comparison.p,
            }
        return found


def yield_as_dict(kept: Yield) -> dict[str, Any]:
    """How much of the gold was kept: numbers, the share of sentences, recall over all of it."""
    figures = asdict(kept)
    del figures["correct"]
    return {**figures, "share": kept.share, "recall": kept.recall}


def as_dict(runs: Sequence[Run]) -> dict[str, Any]:
    """One run as it is; several under `runs`, with `mean` and sample standard `deviation`."""
    if len(runs) == 1:
        return runs[0].as_dict()
    return {
        "runs": [{"name": run.name, **run.as_dict()} for run in runs],
        "mean": mean(runs),
        "deviation": deviation(runs),
    }


def tell(run: Run, talk: Talk) -> None:
    """Say how much was scored, and warn of types that only the predictions have."""
    total = run.report.total
    counts = {"gold": total.gold, "found": total.found, "correct": total.correct}
    told = ", ".join(f"{number:,} {what}" for what, number in counts.items())
    talk.info(f"{run.name}: entities: {told}", **counts)
    if run.kept:
        kept = f"{run.kept.kept:,} of {run.kept.sentences:,} sentences"
        entities = f"{run.kept.kept_entities:,} of {run.kept.entities:,} gold entities"
        talk.info(f"{run.name}: yield: {kept}, {entities}", **yield_as_dict(run.kept))
    if run.unknown:
        talk.info(
            f"{run.name}: {run.unknown:,} words have weight 0, and are scored as they stand",
            unknown=run.unknown,
        )
    if run.kept and run.kept.entities and not total.gold:
        talk.warn(
            f"{run.name}: none of the gold's {run.kept.entities:,} entities is in the sentences "
            "that are there, so recall counts as 0"
        )
    elif not total.gold:
        talk.warn(f"{run.name}: the gold has no entity, so recall counts as 0")
    known = [label for label, counts in run.report.counts.items() if counts.gold]
    strange = [label for label in run.report.counts if label not in known]
    if strange and known:
        hint = ",".join(f"{label}={_alike(label, known)}" for label in strange)
        talk.warn(
            f"{run.name}: the predictions have {' '.join(strange)}, the gold only "
            f"{' '.join(known)}; --map {hint} renames them"
        )


def _alike(label: str, known: Sequence[str]) -> str:
    """The gold's spelling of a type (LOCATION, loc: LOC), else nothing."""
    lower = label.lower()
    short = (k for k in known if lower.startswith(k.lower()) or k.lower().startswith(lower))
    return next(short, OUTSIDE)


def mean(runs: Sequence[Run]) -> dict[str, Any]:
    """The mean over runs of every figure but the supports and other numbers of things."""
    from statistics import fmean

    return _over(runs, fmean)


def deviation(runs: Sequence[Run]) -> dict[str, Any]:
    """The sample standard deviation (n - 1) over runs."""
    from statistics import stdev

    return _over(runs, stdev)


def _over(runs: Sequence[Run], figure: Callable[[Sequence[float]], float]) -> dict[str, Any]:
    def of(scores: Sequence[Score]) -> dict[str, float]:
        return {
            name: figure([getattr(score, name) for score in scores])
            for name in ("precision", "recall", "f1")
        }

    reports = [run.report for run in runs]
    types = [report.types for report in reports]
    nothing = Score.of(Counts(0, 0, 0))
    found: dict[str, Any] = {
        "micro": of([report.micro for report in reports]),
        "macro": of([report.macro for report in reports]),
        "types": {
            label: of([own.get(label, nothing) for own in types])
            for label in sorted(set().union(*types))
        },
    }
    kept = [run.kept for run in runs if run.kept]
    if len(kept) == len(runs):
        found["yield"] = {
            "share": figure([own.share for own in kept]),
            "recall": figure([own.recall for own in kept]),
        }
    return found

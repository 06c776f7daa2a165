"""What may choose among rows where nothing is labelled, and what it would have chosen.

    python choose.py FOLDER [ROW...]

FOLDER/SEED/LANGUAGE/agreement.json, which `make choice` makes, has F1 of each row's tagger with
each other's on raw text. Among the ROWs (all of them, if none is named) a row is preferred that
agrees most with the others of them in the mean; or, the rule of everybody who has English alone,
one that is best on English dev. A line for each seed and language tells what either prefers, what
that scores on the test set, and the rank correlation of the rule with the test scores of all ROWs.
Then the rows, in the mean over languages and seeds.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from scipy.stats import spearmanr
from table import f1, rows_of, table


class Figures(NamedTuple):
    """Of one row, in per cent."""

    agreement: float
    dev: float
    test: float


Run = dict[str, Figures]  # a seed and a language: the figures of each row


def runs_of(folder: Path, wanted: list[str]) -> dict[tuple[str, int], Run]:
    """By language and seed the figures of the rows that are wanted."""
    rows = {
        (language, row["seed"], name): row
        for language, found in rows_of(folder).items()
        for name, runs in found.items()
        for row in runs
    }
    found: dict[tuple[str, int], Run] = {}
    for path in sorted(folder.glob("*/*/agreement.json")):
        language, seed = path.parent.name, int(path.parent.parent.name)
        figures = found[language, seed] = Run()
        for run in json.loads(path.read_text("utf-8"))["runs"]:
            name = Path(run["name"]).parent.name
            others = [
                other["f1"]
                for other in run["with"]
                if not wanted or Path(other["name"]).parent.name in wanted
            ]
            if not wanted or name in wanted:
                row = rows[language, seed, name]
                dev = 100 * row["dev"]["micro"]["f1"]
                figures[name] = Figures(100 * fmean(others), dev, f1(row))
    return found


def correlation(run: Run, rule: str) -> float:
    """Spearman's rank correlation of a rule with the test scores."""
    columns = [[getattr(own, which) for own in run.values()] for which in (rule, "test")]
    return float(spearmanr(*columns).statistic)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    given = parser.parse_args()
    found = runs_of(given.folder, given.rows)
    if not found:
        sys.exit(f"no agreement.json under {given.folder}: make choice first")
    rules = ("agreement", "dev", "test")
    lines: list[list[str]] = []
    figures: list[list[float]] = []
    for (language, seed), run in found.items():
        line, own = [language, str(seed)], list[float]()
        for rule in rules:
            name = max(run, key=lambda name, rule=rule: getattr(run[name], rule))
            line += [name, f"{run[name].test:.1f}"]
            own.append(run[name].test)
            if rule != "test":
                own.append(correlation(run, rule))
                line.append(f"{own[-1]:+.2f}")
        lines.append(line)
        figures.append(own)
    agreed, rank, by_dev, dev_rank, best = (fmean(column) for column in zip(*figures, strict=True))
    means = [f"{agreed:.1f}", f"{rank:+.2f}", "", f"{by_dev:.1f}", f"{dev_rank:+.2f}", ""]
    lines.append(["mean", "", "", *means, f"{best:.1f}"])
    chosen = ["by agreement", "F1", "ρ", "by English dev", "F1", "ρ", "best", "F1"]
    table(["language", "seed", *chosen], lines)
    print()
    rows: defaultdict[str, list[Figures]] = defaultdict(list)
    for run in found.values():
        for name, own in run.items():
            rows[name].append(own)
    averages = {
        name: [fmean(column) for column in zip(*own, strict=True)]
        for name, own in rows.items()
        if len(own) == len(found)
    }
    ranked = sorted(averages.items(), key=lambda row: -row[1][0])
    table(
        ["row", "agreement", "English dev", "F1"],
        [[name, *(f"{figure:.1f}" for figure in row)] for name, row in ranked],
    )


if __name__ == "__main__":
    main()

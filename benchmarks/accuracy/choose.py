"""What may choose among the rows where nothing is labelled, and what it would have chosen.

    python choose.py FOLDER

FOLDER/SEED/LANGUAGE/agreement.json, which `make choice` makes, says how much each row's tagger
agrees with the others' on raw text; English dev is the other candidate. A line for each seed and
language tells which row either prefers and what that row scores on the test set, and the rank
correlation with the test scores of all rows. Then the rows in the mean.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean

from scipy.stats import spearmanr
from table import f1, rows_of, table

Figures = dict[str, tuple[float, float, float]]  # of a row: agreement, English dev, test F1


def figures_of(folder: Path) -> dict[tuple[str, int], Figures]:
    """By language and seed the figures of each row that took part, in per cent."""
    rows = {
        (language, row["seed"], name): row
        for language, found in rows_of(folder).items()
        for name, runs in found.items()
        for row in runs
    }
    found: dict[tuple[str, int], Figures] = {}
    for path in sorted(folder.glob("*/*/agreement.json")):
        language, seed = path.parent.name, int(path.parent.parent.name)
        figures = found[language, seed] = {}
        for run in json.loads(path.read_text("utf-8"))["runs"]:
            name = Path(run["name"]).parent.name
            row = rows[language, seed, name]
            dev = 100 * row["dev"]["micro"]["f1"]
            figures[name] = (100 * run["agreement"], dev, f1(row))
    return found


def preferred(figures: Figures, rule: int) -> tuple[str, float]:
    """The row that is first by a rule, and its test F1."""
    name = max(figures, key=lambda name: figures[name][rule])
    return name, figures[name][2]


def main() -> None:
    """Print both tables."""
    found = figures_of(Path(sys.argv[1]))
    if not found:
        sys.exit(f"no agreement.json under {sys.argv[1]}: make choice first")
    head = ["", "seed", "by agreement", "F1", "ρ", "by English dev", "F1", "ρ", "best", "F1"]
    lines: list[list[str]] = []
    for (language, seed), figures in found.items():
        line = [language, str(seed)]
        test = [figure[2] for figure in figures.values()]
        for rule in (0, 1):
            name, score = preferred(figures, rule)
            rank = spearmanr([figure[rule] for figure in figures.values()], test).statistic
            line += [name, f"{score:.1f}", f"{rank:+.2f}"]
        name, score = preferred(figures, 2)
        lines.append([*line, name, f"{score:.1f}"])
    means = [f"{fmean(float(line[at]) for line in lines):{form}}" for at, form in COLUMNS]
    lines.append(["mean", "", "", *means[:2], "", *means[2:4], "", means[4]])
    table(head, lines)
    print()
    of_row: defaultdict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for figures in found.values():
        for name, own in figures.items():
            of_row[name].append(own)
    whole = {name: own for name, own in of_row.items() if len(own) == len(found)}
    means_of = {
        name: [fmean(column) for column in zip(*own, strict=True)] for name, own in whole.items()
    }
    ranked = sorted(means_of.items(), key=lambda row: -row[1][0])
    table(
        ["row", "agreement", "English dev", "F1"],
        [[name, *(f"{figure:.1f}" for figure in figures)] for name, figures in ranked],
    )


# the columns of figures, and how they are written
COLUMNS = [(3, ".1f"), (4, "+.2f"), (6, ".1f"), (7, "+.2f"), (9, ".1f")]

if __name__ == "__main__":
    main()

"""The rows as Markdown tables, in the order of the makefiles.

    python table.py FOLDER [ROW...]

The rows are FOLDER/SEED/LANGUAGE/ROW/row.json, or FOLDER/SEED/LANGUAGE/ROW.json where they were
collected; all of them, or those that are named, in their order. A table for each language, of means
over seeds, and one of F1 in all languages.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

TYPES = ["PER", "LOC", "ORG", "MISC"]
HEAD = ["row", "P", "R", "F1", "±", "Δ", "PER LOC ORG MISC", "en dev", "MT s", "train s", "GiB"]

Row = dict[str, Any]


def rows_of(folder: Path) -> dict[str, dict[str, list[Row]]]:
    """By language and name the rows of all seeds."""
    found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted([*folder.glob("*/*/*/row.json"), *folder.glob("*/*/*.json")]):
        row = json.loads(path.read_text("utf-8"))
        found[row["language"]][row["row"]].append(row)
    return found


def f1(row: Row) -> float:
    """Micro F1 on the test set, in per cent."""
    return 100 * row["test"]["micro"]["f1"]


def spent(row: Row, *commands: str) -> float:
    """CPU seconds of these commands, of everything that the row was made of."""
    return sum(row["cpu_seconds"].get(command, 0) for command in commands)


def on_dev(runs: list[Row]) -> str:
    """Mean micro F1 on English dev, in per cent; nothing of a row that has no tagger for it."""
    scores = [100 * row["dev"]["micro"]["f1"] for row in runs if row["dev"]]
    return f"{fmean(scores):.1f}" if scores else ""


def cells(name: str, seeds: list[Row], vanilla: float) -> list[str]:
    """One line: means over seeds, and the standard deviation of F1 where there are several."""

    def mean(what: Any) -> float:
        return fmean(what(row) for row in seeds)

    scores = [f1(row) for row in seeds]
    return [
        name,
        *(
            f"{100 * mean(lambda row, k=key: row['test']['micro'][k]):.1f}"
            for key in ("precision", "recall")
        ),
        f"{fmean(scores):.1f}",
        f"{stdev(scores):.1f}" if len(scores) > 1 else "",
        f"{fmean(scores) - vanilla:+.1f}",
        " ".join(
            f"{100 * mean(lambda row, t=t: row['test']['types'][t]['f1']):.0f}" for t in TYPES
        ),
        on_dev(seeds),
        f"{mean(lambda row: spent(row, 'translate-spans')):.0f}",
        f"{mean(lambda row: spent(row, 'train', 'distill')):.0f}",
        f"{mean(lambda row: row['peak_memory_mib']) / 1024:.1f}",
    ]


def table(head: list[str], lines: list[list[str]]) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")


def main() -> None:
    """Print a table for each language."""
    folder, *order = sys.argv[1:]
    found = rows_of(Path(folder))
    if not found:
        sys.exit(f"no rows under {folder}: make rows first")
    for language, rows in sorted(found.items()):
        seeds = sorted({row["seed"] for runs in rows.values() for row in runs})
        print(f"\n## {language}, seeds {', '.join(map(str, seeds))}\n")
        vanilla = fmean(map(f1, rows["vanilla"])) if "vanilla" in rows else 0.0
        names = [name for name in order or sorted(rows) if name in rows]
        table(HEAD, [cells(name, rows[name], vanilla) for name in names])
    everywhere = [
        name
        for name in order or sorted(set[str]().union(*found.values()))
        if all(name in rows for rows in found.values())
    ]
    print("\n## Mean of F1 over languages and seeds\n")
    lines = []
    for name in everywhere:
        each = [fmean(map(f1, rows[name])) for rows in found.values()]
        dev = on_dev([row for rows in found.values() for row in rows[name]])
        lines.append([name, *(f"{score:.1f}" for score in [*each, fmean(each)]), dev])
    table(["row", *found, "mean", "en dev"], lines)


if __name__ == "__main__":
    main()

"""The rows as Markdown tables, in the order of the makefiles.

    python table.py FOLDER [ROW...] [--seed N]...

The rows are FOLDER/SEED/LANGUAGE/ROW/row.json, or FOLDER/SEED/LANGUAGE/ROW.json where they were
collected; all of them, or those that are named, in their order. A table for each language, of means
over the seeds that a row has, and one of F1 in all languages. Differences are from `vanilla` with
the same seeds.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

TYPES = ["PER", "LOC", "ORG", "MISC"]
HEAD = ["row", "seeds", "P", "R", "F1", "±", "Δ", "PER LOC ORG MISC", "en dev", "MT s", "train s"]
HEAD += ["GiB"]

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


def gain(runs: list[Row], baseline: list[Row]) -> str:
    """The mean difference from another row's runs with the same seeds."""
    other = {row["seed"]: f1(row) for row in baseline}
    differences = [f1(row) - other[row["seed"]] for row in runs if row["seed"] in other]
    return f"{fmean(differences):+.1f}" if differences else ""


def cells(name: str, runs: list[Row], vanilla: list[Row]) -> list[str]:
    """One line: means over seeds, and the standard deviation of F1 where there are several."""

    def mean(what: Any) -> float:
        return fmean(what(row) for row in runs)

    scores = [f1(row) for row in runs]
    return [
        name,
        str(len(runs)),
        *(
            f"{100 * mean(lambda row, k=key: row['test']['micro'][k]):.1f}"
            for key in ("precision", "recall")
        ),
        f"{fmean(scores):.1f}",
        f"{stdev(scores):.1f}" if len(scores) > 1 else "",
        gain(runs, vanilla),
        " ".join(
            f"{100 * mean(lambda row, t=t: row['test']['types'][t]['f1']):.0f}" for t in TYPES
        ),
        on_dev(runs),
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
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--seed", type=int, action="append", default=[])
    given = parser.parse_args()
    found = rows_of(given.folder)
    if given.seed:
        for rows in found.values():
            for name, runs in rows.items():
                rows[name] = [row for row in runs if row["seed"] in given.seed]
    if not found:
        sys.exit(f"no rows under {given.folder}: make rows first")
    every = given.rows or sorted(set[str]().union(*found.values()))
    for language, rows in sorted(found.items()):
        print(f"\n### {language}\n")
        names = [name for name in every if rows.get(name)]
        table(HEAD, [cells(name, rows[name], rows["vanilla"]) for name in names])
    print("\n### Mean of F1 over languages and seeds\n")
    lines = []
    languages = sorted(found)
    for name in every:
        if all(found[language].get(name) for language in languages):
            each = [fmean(map(f1, found[language][name])) for language in languages]
            dev = on_dev([row for language in languages for row in found[language][name]])
            lines.append([name, *(f"{score:.1f}" for score in [*each, fmean(each)]), dev])
    table(["row", *languages, "mean", "en dev"], lines)


if __name__ == "__main__":
    main()

"""The rows as Markdown tables, in the order of the makefiles.

    python table.py FOLDER [ROW...] [--seed N]... [--language L]...

The rows are FOLDER/SEED/LANGUAGE/ROW/row.json, or FOLDER/SEED/LANGUAGE/ROW.json where they were
collected; all of them, or those that are named, in their order. A table for each language, of means
over the seeds that a row has, and one of F1 in all languages. Differences are from `vanilla` with
the same seeds. Seconds are the CPU's where DEVICE was cpu, else the clock's; GiB are those of main
memory.
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
        if "row" in row:
            found[row["language"]][row["row"]].append(row)
    if not found:
        sys.exit(f"no rows under {folder}: make rows first")
    return found


def f1(row: Row) -> float:
    """Micro F1 on the test set, in per cent."""
    return 100 * row["test"]["micro"]["f1"]


def spent(row: Row, *commands: str) -> float:
    """Seconds of these commands, of everything that the row was made of: CPU's, or a clock's."""
    seconds = row["cpu_seconds" if row.get("device", "cpu") == "cpu" else "seconds"]
    return sum(seconds.get(command, 0) for command in commands)


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
    parser.add_argument("--seed", type=int, action="append")
    parser.add_argument("--language", action="append")
    given = parser.parse_args()
    found = {
        language: {
            name: kept
            for name, runs in rows.items()
            if (kept := [row for row in runs if not given.seed or row["seed"] in given.seed])
        }
        for language, rows in rows_of(given.folder).items()
        if not given.language or language in given.language
    }
    there = set[str]().union(*found.values())
    every = given.rows or sorted(there)
    if missing := [name for name in every if name not in there]:
        print(f"no row {', '.join(missing)} under {given.folder}", file=sys.stderr)
    if len(missing) == len(every):
        sys.exit(1)
    for language, rows in sorted(found.items()):
        print(f"\n### {language}\n")
        names = [name for name in every if rows.get(name)]
        table(HEAD, [cells(name, rows[name], rows.get("vanilla", [])) for name in names])
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

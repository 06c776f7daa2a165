"""Rows of a benchmark as Markdown tables: what `train` and `evaluate` printed, side by side.

    python table.py FOLDER...

Reads FOLDER/ROW/{train,dev,test-LANGUAGE}.json and FOLDER/*.translate.log, which conner.mk writes;
a folder is one seed. One table for each language tested on, differences against the same folder's
vanilla row.
"""

import json
import sys
from pathlib import Path
from typing import Any

HEAD = [
    "row",
    "losses",
    "en dev F1",
    "P",
    "R",
    "F1",
    "Δ",
    "PER LOC ORG MISC F1",
    "steps",
    "seconds",
]
FIRST = ["vanilla", "dropout"]
TYPES = ["PER", "LOC", "ORG", "MISC"]


def read(path: Path) -> dict[str, Any]:
    """The last line of a file, as JSON."""
    return json.loads(path.read_text("utf-8").splitlines()[-1])


def row(test: Path, vanilla: float) -> list[str]:
    """Losses with weight, mean and share of the sum; scores in per cent; steps and seconds."""
    folder = test.parent
    train, dev, scores = read(folder / "train.json"), read(folder / "dev.json"), read(test)
    losses = [
        f"{name}={loss['weight']:g} ({loss['mean']:.3g}, {loss['share']:.1%})"
        for name, loss in train["losses"].items()
    ]
    micro = scores["micro"]
    return [
        folder.name,
        " ".join(losses),
        f"{dev['micro']['f1']:.2%}",
        *(f"{micro[key]:.2%}" for key in ("precision", "recall", "f1")),
        f"{100 * (micro['f1'] - vanilla):+.2f}",
        " ".join(f"{100 * scores['types'][label]['f1']:.0f}" for label in TYPES),
        str(train["steps"]),
        f"{train['seconds']:.0f}",
    ]


def rank(test: Path) -> tuple[int, str]:
    """Systems without a stream first, the others by name."""
    name = test.parent.name
    return FIRST.index(name) if name in FIRST else len(FIRST), name


def main() -> None:
    """Print the tables of all folders, and what their translations came to."""
    for folder in map(Path, sys.argv[1:]):
        for language in sorted({path.stem for path in folder.glob("*/test-*.json")}):
            print(f"\n## {language.removeprefix('test-')}, {folder.name}\n")
            print("| " + " | ".join(HEAD) + " |")
            print("|" + "---|" * len(HEAD))
            vanilla = read(folder / "vanilla" / f"{language}.json")["micro"]["f1"]
            for test in sorted(folder.glob(f"*/{language}.json"), key=rank):
                print("| " + " | ".join(row(test, vanilla)) + " |")
        for log in sorted(folder.glob("*.translate.log")):
            print(f"\n`{log.name}`:\n")
            for line in log.read_text("utf-8").splitlines():
                print(f"- {json.loads(line)['message']}")


if __name__ == "__main__":
    main()

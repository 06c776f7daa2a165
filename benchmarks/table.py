"""Rows of a benchmark as a Markdown table: what `train` and `evaluate` printed, side by side.

    python table.py FOLDER > results/conner.md

Reads FOLDER/ROW/{train,dev,test-LANGUAGE}.json and FOLDER/*.translate.log, which conner.mk writes.
"""

import json
import sys
from pathlib import Path
from typing import Any


def read(path: Path) -> dict[str, Any]:
    """The last line of a file, as JSON."""
    return json.loads(path.read_text("utf-8").splitlines()[-1])


def cells(row: Path, test: Path) -> list[str]:
    """One row: losses with their weights and shares, scores in per cent, seconds."""
    train, dev, scores = read(row / "train.json"), read(row / "dev.json"), read(test)
    losses = train["losses"]
    return [
        row.name,
        " ".join(f"{name}={loss['weight']:g}" for name, loss in losses.items()),
        f"{dev['micro']['f1']:.2%}",
        test.stem.removeprefix("test-"),
        *(f"{scores['micro'][key]:.2%}" for key in ("precision", "recall", "f1")),
        str(train["steps"]),
        f"{train['seconds']:.0f}",
        ", ".join(
            f"{name} {loss['mean']:.3g} ({loss['share']:.1%})" for name, loss in losses.items()
        ),
    ]


def main() -> None:
    """Print the table of a folder and what its translations came to."""
    folder = Path(sys.argv[1])
    head = ["row", "losses", "en dev F1", "test", "P", "R", "F1", "steps", "seconds"]
    head.append("mean of each loss (share of the sum)")
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    rows = sorted(folder.glob("*/train.json"), key=lambda path: path.stat().st_mtime)
    for train in rows:
        for test in sorted(train.parent.glob("test-*.json")):
            print("| " + " | ".join(cells(train.parent, test)) + " |")
    for log in sorted(folder.glob("*.translate.log")):
        print(f"\n{log.name}:\n\n```json")
        print(log.read_text("utf-8").strip())
        print("```")


if __name__ == "__main__":
    main()

"""Rows of a benchmark as Markdown tables: what `train` and `evaluate` printed, side by side.

    python table.py FOLDER...

A folder is one seed. Reads FOLDER/ROW/{train,dev,test-LANGUAGE}.json, FOLDER/MATCH.projection.json
and FOLDER/*.log, which the makefiles here write. One table for each language tested on, differences
against the same folder's vanilla row; one for projections, with their yield.
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
PROJECTION_HEAD = [
    "projection",
    "sentences kept",
    "entities in them",
    "P",
    "R",
    "F1",
    "R over all",
]
FIRST = ["vanilla", "dropout", "translate-train", "translate-test", "word", "src"]
TYPES = ["PER", "LOC", "ORG", "MISC"]


def read(path: Path) -> dict[str, Any] | None:
    """The last line of a file, as JSON; None if there is no such file."""
    return json.loads(path.read_text("utf-8").splitlines()[-1]) if path.is_file() else None


def row(test: Path, vanilla: float) -> list[str]:
    """Losses and their figures; scores in per cent; steps and seconds.

    A system that was not trained (translate-test, a fusion) has no losses, steps and seconds.
    """
    files = ("train.json", "dev.json", test.name)
    train, dev, scores = (read(test.parent / name) for name in files)
    assert scores is not None
    losses = [described(name, loss) for name, loss in (train["losses"] if train else {}).items()]
    micro = scores["micro"]
    return [
        test.parent.name,
        " ".join(losses),
        f"{dev['micro']['f1']:.2%}" if dev else "",
        *(f"{micro[key]:.2%}" for key in ("precision", "recall", "f1")),
        f"{100 * (micro['f1'] - vanilla):+.2f}",
        " ".join(f"{100 * scores['types'][label]['f1']:.0f}" for label in TYPES),
        str(train["steps"]) if train else "",
        f"{train['seconds']:.0f}" if train else "",
    ]


def described(name: str, loss: dict[str, Any]) -> str:
    """A loss with its weight, mean, share of the sum, and accuracy in the first and last tenth."""
    figures = [f"{loss['mean']:.3g}"]
    if "share" in loss:
        figures.append(f"{loss['share']:.1%}")
    if "accuracy" in loss:
        figures.append(f"right {loss['accuracy'][0]:.0%} to {loss['accuracy'][-1]:.0%}")
    return f"{name}={loss['weight']:g} ({', '.join(figures)})"


def projection_row(path: Path) -> list[str]:
    """Scores on the sentences that were kept, always beside how many these are."""
    scores = read(path)
    assert scores is not None
    micro, kept = scores["micro"], scores["yield"]
    return [
        path.name.removesuffix(".projection.json"),
        f"{kept['kept']:,} of {kept['sentences']:,} ({kept['kept'] / kept['sentences']:.1%})",
        f"{kept['kept_entities']:,} of {kept['entities']:,}",
        *(f"{micro[key]:.2%}" for key in ("precision", "recall", "f1")),
        f"{kept['recall']:.2%}",
    ]


def rank(test: Path) -> tuple[int, str]:
    """Systems to compare with first, the others by name."""
    name = test.parent.name
    return FIRST.index(name) if name in FIRST else len(FIRST), name


def table(head: list[str], rows: list[list[str]]) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


def main() -> None:
    """Print the tables of all folders, and what their translations and projections came to."""
    for folder in map(Path, sys.argv[1:]):
        for language in sorted({path.stem for path in folder.glob("*/test-*.json")}):
            print(f"\n## {language.removeprefix('test-')}, {folder.name}\n")
            vanilla = read(folder / "vanilla" / f"{language}.json")
            assert vanilla is not None, f"{folder} has no vanilla row for {language}"
            tests = sorted(folder.glob(f"*/{language}.json"), key=rank)
            table(HEAD, [row(test, vanilla["micro"]["f1"]) for test in tests])
        if projections := sorted(folder.glob("*.projection.json")):
            print(f"\n## Projection, {folder.name}\n")
            table(PROJECTION_HEAD, [projection_row(path) for path in projections])
        for log in sorted(folder.glob("*.log")):
            print(f"\n`{log.name}`:\n")
            for line in log.read_text("utf-8").splitlines():
                print(f"- {json.loads(line)['message']}")


if __name__ == "__main__":
    main()

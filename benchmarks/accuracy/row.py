"""One row as JSON: its scores, and all that it was made of, from the notes that `step.py` left.

    python row.py FOLDER

FOLDER is SEED/LANGUAGE/ROW and holds test.json, dev.json where English was tagged too, and
train.json where a tagger was trained. Paths are told as the user knows them, by the makefile's
variables.
"""

import json
import os
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ["xner", "torch", "transformers", "faiss-cpu", "seqeval"]


def step(path: Path) -> dict[str, Any] | None:
    """What was noted when this file was made; None of a file that came from elsewhere."""
    note = path.with_name(path.name + ".step")
    return json.loads(note.read_text("utf-8")) if note.is_file() else None


def history(path: Path, seen: dict[Path, dict[str, Any]]) -> None:
    """Put into `seen` what made this file and everything before it, in an order that works."""
    if path in seen or (note := step(path)) is None:
        return
    for before in note["inputs"]:
        history(Path(before), seen)
    seen[path] = note


def told(text: str) -> str:
    """A word of a command without the folders of this machine."""
    names = {"DATA": "$XNER_DATA", "ENCODER": "$ENCODER", "WORK": ".", "XNER": "xner"}
    for variable, name in names.items():
        if value := os.environ.get(variable):
            text = text.replace(str(Path(value).resolve()), name).replace(value, name)
    return text


def scores(path: Path) -> dict[str, Any] | None:
    """What `evaluate` wrote."""
    return json.loads(path.read_text("utf-8").splitlines()[-1]) if path.is_file() else None


def main() -> None:
    """Print the row."""
    folder = Path(sys.argv[1])
    trained = folder / "train.json"
    steps: dict[Path, dict[str, Any]] = {}
    # what it takes to have the tagger; where the row is none, what it takes to tag the test set
    history(trained if step(trained) else folder / "test.jsonl", steps)
    cost = {key: Counter[str]() for key in ("seconds", "cpu_seconds")}
    for note in steps.values():
        for key, spent in cost.items():
            if note["command"][0] == os.environ.get("XNER", "xner"):
                spent[note["command"][1]] += note[key]
    outside = {
        told(name): checksum
        for note in steps.values()
        for name, checksum in note["inputs"].items()
        if step(Path(name)) is None
    }
    test, dev = scores(folder / "test.json"), scores(folder / "dev.json")
    assert test is not None, f"{folder} has no test.json"
    row = {
        "row": folder.name,
        "language": folder.parent.name,
        "seed": int(folder.parent.parent.name),
        "encoder": Path(os.environ.get("ENCODER", "")).name,
        "device": os.environ.get("DEVICE", "auto"),
        "test": test,
        "dev": dev,
        "losses": json.loads(trained.read_text("utf-8"))["losses"] if trained.is_file() else {},
        **{key: {name: round(s, 1) for name, s in spent.items()} for key, spent in cost.items()},
        "peak_memory_mib": max(note["peak_memory_mib"] for note in steps.values()),
        "commands": [" ".join(map(told, note["command"])) for note in steps.values()],
        "data": outside,
        "versions": {name: version(name) for name in LIBRARIES},
    }
    print(json.dumps(row, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()

"""What everything under a folder has cost: CPU hours of each command, and the number of its runs.

    python total.py FOLDER

Reads the FILE.step notes that `step.py` left beside what it made.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from table import table


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    spent, runs = Counter[str](), Counter[str]()
    for path in folder.rglob("*.step"):
        note = json.loads(path.read_text("utf-8"))
        program, command = note["command"][:2]
        if Path(program).name == "xner":
            spent[command] += note["cpu_seconds"]
            runs[command] += 1
    if not runs:
        sys.exit(f"nothing was made under {folder}")
    lines = [[name, str(runs[name]), f"{s / 3600:.2f}"] for name, s in spent.most_common()]
    lines.append(["all", str(runs.total()), f"{spent.total() / 3600:.2f}"])
    table(["command", "runs", "CPU hours"], lines)


if __name__ == "__main__":
    main()

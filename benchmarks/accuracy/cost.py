"""F1 of the rows over what they cost, as a figure.

    python cost.py FOLDER FIGURE [ROW...]

Left over CPU seconds of training, right over those of translating, each summed over everything
that a row was made of; means over the languages and seeds that a row has. ROWs are those to draw.
"""

import argparse
from pathlib import Path
from statistics import fmean

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from table import Row, f1, rows_of, spent

PANELS = {
    "CPU seconds of training": ("train", "distill"),
    "CPU seconds of translating": ("translate-spans",),
}


def main() -> None:
    """Draw the figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("figure", type=Path)
    parser.add_argument("rows", nargs="*", metavar="ROW")
    given = parser.parse_args()
    rows: dict[str, list[Row]] = {}
    for found in rows_of(given.folder).values():
        for name, seeds in found.items():
            if not given.rows or name in given.rows:
                rows.setdefault(name, []).extend(seeds)
    canvas, panels = plt.subplots(1, 2, sharey=True, figsize=(11, 5), layout="constrained")
    for panel, (label, commands) in zip(panels, PANELS.items(), strict=True):
        for name, runs in rows.items():
            at = fmean(spent(row, *commands) for row in runs), fmean(map(f1, runs))
            panel.scatter(*at, s=18, color="black")
            panel.annotate(name, at, xytext=(4, 3), textcoords="offset points", fontsize=8)
        panel.set_xscale("symlog", linthresh=10)
        panel.set_xlabel(label)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("F1, per cent")
    canvas.savefig(given.figure)


if __name__ == "__main__":
    main()

"""Is one row better than another? Paired bootstrap of mean F1 over languages and seeds.

    python compare.py FOLDER ROW BASELINE          (XNER_DATA names the corpora)

A draw takes each language's test sentences with replacement, the same ones for both rows and all
seeds; what is compared is the mean over languages and seeds of micro F1. The p-value is that of
Berg-Kirkpatrick, Burkett and Klein (2012), two-sided, as in `xner evaluate --against`. It knows of
other sentences, not of other seeds: the range over seeds is printed beside.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np

import io_formats
from xner.evaluation import Scorer

DRAWS = 10_000


def counts(predicted: Path, gold: Path) -> np.ndarray:
    """(sentences, 3): correct, found and gold entities of each sentence."""
    scorer = Scorer()
    pairs = zip(io_formats.read(str(gold)), io_formats.read(str(predicted)), strict=True)
    return np.array([scorer.add(right.tags or [], said.tags or []) for right, said in pairs])


def f1(sums: np.ndarray) -> np.ndarray:
    """Micro F1 in per cent of (..., 3) summed counts."""
    return 200 * sums[..., 0] / np.maximum(sums[..., 1] + sums[..., 2], 1)


def main() -> None:
    """Print the difference, its interval and p, and the difference for each seed and language."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("row")
    parser.add_argument("baseline")
    given = parser.parse_args()
    folder, row, baseline = given.folder, given.row, given.baseline
    if "XNER_DATA" not in os.environ:
        sys.exit("XNER_DATA names no folder of corpora")
    corpora = Path(os.environ["XNER_DATA"]) / "conll"
    runs = [
        path.parent.parent
        for path in sorted(folder.glob(f"*/*/{row}/test.jsonl"))
        if (path.parent.parent / baseline / "test.jsonl").is_file()
    ]
    if not runs:
        sys.exit(f"no runs of both {row} and {baseline} under {folder}")
    random = np.random.default_rng(0)
    draws: dict[str, np.ndarray] = {}
    observed, resampled = [], []
    for run in runs:
        gold = corpora / run.name / "test.tsv"
        both = [counts(run / name / "test.jsonl", gold) for name in (row, baseline)]
        n = len(both[0])
        if run.name not in draws:
            draws[run.name] = random.multinomial(n, [1 / n] * n, DRAWS)
        observed.append(f1(both[0].sum(0)) - f1(both[1].sum(0)))
        resampled.append(f1(draws[run.name] @ both[0]) - f1(draws[run.name] @ both[1]))
        print(f"{run.parent.name}/{run.name}: {observed[-1]:+.2f}")
    mean, drawn = np.mean(observed), np.mean(resampled, axis=0)
    low, high = np.quantile(drawn, [0.025, 0.975])
    p = (1 + np.sum(np.abs(drawn - mean) >= abs(mean) - 1e-9)) / (1 + DRAWS)
    print(f"{row} against {baseline}: {mean:+.2f}, 95 % {low:+.2f} to {high:+.2f}, p = {p:.4f}")


if __name__ == "__main__":
    main()

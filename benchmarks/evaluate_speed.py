"""`xner evaluate` beside seqeval's own report, on as many tokens as you like.

    python benchmarks/evaluate_speed.py [TOKENS]

Writes made-up gold and predictions to a temporary folder, scores them with `xner evaluate` as a
process of its own (start, reading both files, joining, scoring), then in memory with the scorer
alone and with seqeval's functions, and checks that all agree. One run each: trust the ratios.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from seqeval.metrics import classification_report, f1_score
from seqeval.scheme import IOB2

from xner.evaluation import Scorer

XNER = Path(sys.executable).with_name("xner")
WRONG = ("O", "B-PER", "I-LOC", "I-ORG")


def sentence(draw: random.Random) -> list[str]:
    """Tags with about as many entities as news has."""
    length = draw.randint(3, 30)
    tags: list[str] = []
    while len(tags) < length:
        if draw.random() < 0.12:
            label, words = draw.choice(("PER", "LOC", "ORG", "MISC")), draw.choice((1, 1, 2, 3))
            tags += [f"B-{label}", *[f"I-{label}"] * (words - 1)]
        else:
            tags.append("O")
    return tags[:length]


def corpora(tokens: int) -> tuple[list[list[str]], list[list[str]]]:
    """Gold, and predictions in which one tag in fifty is replaced, often by an ill-formed one."""
    draw = random.Random(0)
    gold: list[list[str]] = []
    while tokens > 0:
        gold.append(sentence(draw))
        tokens -= len(gold[-1])
    return gold, [
        [draw.choice(WRONG) if draw.random() < 0.02 else tag for tag in tags] for tags in gold
    ]


def write(path: Path, corpus: Iterable[list[str]]) -> None:
    """Two columns."""
    with path.open("w") as file:
        for tags in corpus:
            file.writelines(f"word{i} {tag}\n" for i, tag in enumerate(tags))
            file.write("\n")


def timed(what: str, function: Callable[..., Any], *args: Any, **options: Any) -> tuple[Any, float]:
    """What the function gives, and its seconds, which are printed too."""
    start = time.perf_counter()
    value = function(*args, **options)
    seconds = time.perf_counter() - start
    print(f"{what:46} {seconds:7.2f} s", flush=True)
    return value, seconds


def scored(gold: list[list[str]], predicted: list[list[str]], mode: Any) -> float:
    """Micro F1 by the scorer that the command uses."""
    scorer = Scorer(mode)
    for right, tags in zip(gold, predicted, strict=True):
        scorer.add(right, tags)
    return scorer.report.micro.f1


def evaluate(folder: Path, *options: str) -> float:
    """Micro F1 by the command."""
    files = ["--gold", str(folder / "gold.conll"), str(folder / "pred.conll")]
    command = [str(XNER), "evaluate", "--quiet", *options, *files]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["micro"]["f1"]


def race(mode: str, folder: Path, gold: list[list[str]], predicted: list[list[str]]) -> None:
    """Print seconds and ratios for one mode."""
    strict: dict[str, Any] = {"mode": "strict", "scheme": IOB2} if mode == "strict" else {}
    flags = ["--strict"] if strict else []
    ours, process = timed(f"xner evaluate, {mode}, from files", evaluate, folder, *flags)
    alone, memory = timed(f"its scorer, {mode}, in memory", scored, gold, predicted, mode)
    theirs, f1 = timed(f"seqeval f1_score, {mode}", f1_score, gold, predicted, **strict)
    report, seconds = timed(
        f"seqeval classification_report, {mode}",
        classification_report,
        gold,
        predicted,
        output_dict=True,
        **strict,
    )
    for value in (ours, alone, report["micro avg"]["f1-score"]):
        assert abs(value - theirs) < 1e-12, (ours, alone, theirs, report)
    print(
        f"  report / evaluate {seconds / process:.1f}, report / scorer {seconds / memory:.1f}, "
        f"f1_score / scorer {f1 / memory:.1f}\n"
    )


def main(tokens: int) -> None:
    """Race in both modes."""
    gold, predicted = corpora(tokens)
    print(f"{sum(map(len, gold)):,} tokens in {len(gold):,} sentences")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "gold.conll", gold)
        write(folder / "pred.conll", predicted)
        for mode in ("lenient", "strict"):
            race(mode, folder, gold, predicted)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)

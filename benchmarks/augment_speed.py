"""A million translated sentences through `xner codeswitch` and `xner shuffle`.

    XNER_DATA=FOLDER python benchmarks/augment_speed.py [SENTENCES]

Translates the English training data into Spanish word by word, once, and repeats it under other ids
until there are enough sentences. Prints sentences a second and the peak memory of each command, for
a tenth of the sentences and for all: memory should not grow.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

XNER = Path(sys.executable).with_name("xner")
COMMANDS = (
    ("codeswitch", "--swap", "entities", "--into", "origin"),
    ("codeswitch", "--swap", "words", "--into", "origin"),
    ("shuffle",),
)


def translate(corpora: Path, target: Path) -> None:
    """The training data with its translation, as `translate-spans --mode word` makes it."""
    source, lexicon = corpora / "conll/en/train.tsv", corpora / "lexicon/en-es.tsv"
    read = [XNER, "convert", "--quiet", "--lang", "en", source]
    write = [XNER, "translate-spans", "--quiet", "--mode", "word", "--to-lang", "es", "--no-cache"]
    with subprocess.Popen(read, stdout=subprocess.PIPE) as reader:
        write += ["--engine", f"lexicon:{lexicon}", "-o", target]
        subprocess.run(write, stdin=reader.stdout, check=True)


def repeat(source: Path, target: Path, wanted: int) -> None:
    """That many records, each copy of the source with ids of its own."""
    with target.open("wb") as file:
        copy = 0
        while wanted:
            copy += 1
            with source.open("rb") as lines:
                for line, _ in zip(lines, range(wanted), strict=False):
                    file.write(line.replace(b'"id":"', b'"id":"%d/' % copy))
                    wanted -= 1


def measure(command: Sequence[str], source: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of one run."""
    began = time.perf_counter()
    arguments = [XNER, *command, "--quiet", source]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"xner {' '.join(command)} failed")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def main() -> None:
    """Print one table."""
    if "XNER_DATA" not in os.environ:
        raise SystemExit("XNER_DATA does not name the folder of corpora")
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print("| command | sentences | seconds | sentences/s | peak MB |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        translated, many = Path(name) / "translated.jsonl", Path(name) / "many.jsonl"
        translate(Path(os.environ["XNER_DATA"]), translated)
        for sentences in (wanted // 10, wanted):
            repeat(translated, many, sentences)
            for command in COMMANDS:
                seconds, memory = measure(command, many)
                print(
                    f"| {' '.join(command)} | {sentences:,} | {seconds:.1f} "
                    f"| {sentences / seconds:,.0f} | {memory:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()

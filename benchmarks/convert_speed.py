"""A million sentences through `xner convert`: seconds, sentences and lines a second, peak memory.

    python benchmarks/convert_speed.py CONLL_FILE [SENTENCES]

Repeats the sentences of a two-column file until there are enough, converts them to JSON Lines and
back, and checks that the bytes are the same. Memory is that of the largest child process, measured
once for a tenth of the sentences and once for all: it should not grow.
"""

import filecmp
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

XNER = Path(sys.executable).with_name("xner")


def convert(source: Path, target: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of one conversion."""
    began = time.perf_counter()
    process = subprocess.Popen([XNER, "convert", "--quiet", source, "-o", target])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"xner convert failed on {source}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def main() -> None:
    """Print one table."""
    text = Path(sys.argv[1]).read_bytes().rstrip(b"\n") + b"\n\n"
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    own = sum(1 for part in text.split(b"\n\n") if part and not part.startswith(b"-DOCSTART-"))
    print("| sentences | lines | conversion | seconds | sentences/s | lines/s | peak MB |")
    print("|---|---|---|---|---|---|---|")
    for sentences in (wanted // 10, wanted):
        copies = -(-sentences // own)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            paths = [folder / "a.conll", folder / "b.jsonl", folder / "c.conll"]
            with paths[0].open("wb") as file:
                for _ in range(copies):
                    file.write(text)
            lines = copies * text.count(b"\n")
            for kind, source, target in zip(
                ("CoNLL to JSONL", "JSONL to CoNLL"), paths, paths[1:], strict=False
            ):
                seconds, memory = convert(source, target)
                rates = f"{copies * own / seconds:,.0f} | {lines / seconds:,.0f}"
                print(
                    f"| {copies * own:,} | {lines:,} | {kind} | {seconds:.1f} | {rates} "
                    f"| {memory:.0f} |"
                )
            assert filecmp.cmp(paths[0], paths[2], shallow=False), "the bytes have changed"


if __name__ == "__main__":
    main()

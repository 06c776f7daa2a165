"""Nothing heavy until it is needed: help and convert never import what computes."""

import subprocess
import sys
import time
from pathlib import Path

XNER = Path(sys.executable).with_name("xner")
HEAVY = {
    *("accelerate", "faiss", "jaxtyping", "matplotlib", "numpy", "sacremoses", "safetensors"),
    *("sentencepiece", "seqeval", "sklearn", "tokenizers", "torch", "transformers"),
}


def imported(*arguments: object) -> set[str]:
    """The packages that a Python process imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    names = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line]
    return {name.partition(".")[0] for name in names}


def test_the_list_of_commands_imports_little():
    names = imported("-c", "import commands.main")
    assert "typer" in names
    assert not names & HEAVY


def test_every_command_says_its_help_without_what_computes():
    code = "from commands.main import build_app; build_app()"
    names = imported("-c", code)
    assert "commands" in names
    assert not names & HEAVY


def test_convert_imports_nothing_that_computes(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text('{"tokens":["a"]}\n')
    names = imported(XNER, "convert", file, "-o", tmp_path / "b.conll")
    assert "orjson" in names
    assert not names & HEAVY


def test_help_costs_little_more_than_its_libraries():
    def best(command: list[object]) -> float:
        times: list[float] = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run(list(map(str, command)), check=True, capture_output=True)
            times.append(time.perf_counter() - start)
        return min(times)

    ratios: list[float] = []
    while len(ratios) < 3 and not (ratios and ratios[-1] <= 1.5):  # a busy machine disturbs some
        theirs = best([sys.executable, "-c", "import typer, rich"])
        ratios.append(best([XNER, "--help"]) / theirs)
    assert min(ratios) <= 1.5, ratios

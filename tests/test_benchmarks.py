"""The tables in the pages of benchmarks/ are what the command above them prints."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ACCURACY = ROOT / "benchmarks" / "accuracy"
PRINTED = re.compile(r"^python3 ((?:table|choose)\.py results.*)$", re.MULTILINE)
PAGES = {
    page.relative_to(ROOT).as_posix(): commands
    for page in sorted((ROOT / "benchmarks").rglob("*.md"))
    if (commands := PRINTED.findall(page.read_text("utf-8")))
}


def printed(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ACCURACY)


def test_there_are_pages_with_tables():
    assert len(PAGES) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_of_a_page_are_printed(page: str):
    written = (ROOT / page).read_text("utf-8").splitlines()
    for command in PAGES[page]:
        done = printed(*shlex.split(command))
        assert done.returncode == 0, done.stderr
        lines = [line for line in done.stdout.splitlines() if line.startswith("|")]
        assert len(lines) >= 9
        assert [line for line in lines if line not in written] == []


def test_the_figures_of_the_readme_are_those_of_the_table():
    figure = re.compile(r"^\| ([\w-]+) \|((?: \d\d\.\d \|){3})$", re.MULTILINE)
    figures = figure.findall((ROOT / "README.md").read_text("utf-8"))
    assert len(figures) >= 5
    means = printed("table.py", "results").stdout.partition("### Mean")[2]
    assert [name for name, row in figures if f"| {name} |{row} " not in means] == []


def test_differences_are_from_vanilla_with_the_same_seeds(tmp_path: Path):
    whole = '{"row": "%s", "language": "es", "seed": %d, "dev": null, "peak_memory_mib": 1024,'
    whole += ' "cpu_seconds": {"train": 7.0}, "test": {"micro": {"precision": 0.5, "recall": 0.5,'
    whole += ' "f1": %s}, "types": {%s}}}'
    types = ", ".join(f'"{name}": {{"f1": 0.25}}' for name in ("PER", "LOC", "ORG", "MISC"))
    for row, seed, f1 in (("vanilla", 1, 0.40), ("vanilla", 2, 0.50), ("other", 2, 0.52)):
        file = tmp_path / str(seed) / "es" / f"{row}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(whole % (row, seed, f1, types), "utf-8")
    every = printed("table.py", str(tmp_path)).stdout
    assert "| other | 1 | 50.0 | 50.0 | 52.0 |  | +2.0 | 25 25 25 25 |  | 0 | 7 | 1.0 |" in every
    assert "| vanilla | 2 | 50.0 | 50.0 | 45.0 | 7.1 | +0.0 |" in every
    one = printed("table.py", str(tmp_path), "vanilla", "--seed", "1").stdout
    assert "| vanilla | 1 | 50.0 | 50.0 | 40.0 |  | +0.0 |" in one


def test_what_is_chosen_by_agreement_and_by_english_dev(tmp_path: Path):
    folder = tmp_path / "1" / "es"
    folder.mkdir(parents=True)
    whole = '{"row": "%s", "language": "es", "seed": 1, "dev": {"micro": {"f1": %s}}, "test": '
    whole += '{"micro": {"f1": %s}}}'
    for row, dev, test in (("a", 0.9, 0.3), ("b", 0.8, 0.5), ("c", 0.7, 0.4)):
        (folder / f"{row}.json").write_text(whole % (row, dev, test), "utf-8")
    pairs = {"ab": 0.6, "ac": 0.2, "bc": 0.4}
    runs = [
        {
            "name": f"1/es/{one}/unseen.jsonl",
            "with": [
                {"name": f"1/es/{other}/unseen.jsonl", "f1": pairs["".join(sorted(one + other))]}
                for other in "abc"
                if other != one
            ],
        }
        for one in "abc"
    ]
    (folder / "agreement.json").write_text(json.dumps({"runs": runs}), "utf-8")
    every = printed("choose.py", str(tmp_path)).stdout
    assert "| es | 1 | b | 50.0 | +0.50 | a | 30.0 | -0.50 | b | 50.0 |" in every
    assert "| b | 50.0 | 80.0 | 50.0 |" in every
    two = printed("choose.py", str(tmp_path), "a", "c").stdout
    assert "| a | 20.0 | 90.0 | 30.0 |" in two
    assert "| b |" not in two


def test_a_folder_without_rows_is_said(tmp_path: Path):
    done = printed("table.py", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == f"no rows under {tmp_path}: make rows first\n"

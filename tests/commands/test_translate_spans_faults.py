"""`xner translate-spans`: what it refuses, what it drops, and what is left when it dies."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.commands.records import ANNA, NOBODY, lines, record, rows
from tests.conftest import XNER, Run

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.mark.parametrize(
    ("records", "options", "code", "message"),
    [
        ([record(1, "a")], [], 1, "'t:1': it has no tags.*weak-tag.*--mode plain"),
        (
            [ANNA, NOBODY | {"lang": "fr"}],
            [],
            1,
            "'t:2': its language is 'fr', not 'de'.*--from-lang",
        ),
        ([NOBODY], ["--from-lang", "fr"], 1, "its language is 'de', not 'fr'"),
        ([NOBODY | {"lang": None}], [], 1, "does not say its language; give --from-lang"),
        ([NOBODY], ["--to-lang", "de"], 1, "it is in 'de' already"),
        (
            [NOBODY],
            ["--mode", "words"],
            2,
            "unknown mode 'words'; known: placeholder, marker, pl",
        ),
        ([NOBODY], ["--max-length-ratio", "nan"], 2, "--max-length-ratio 'nan' is not at least 1"),
        ([NOBODY], ["--max-length-ratio", "0.5"], 2, "--max-length-ratio '0.5' is not at least 1"),
        ([NOBODY], ["--nbest", "3"], 2, "--nbest is for --mode marker, not 'placeholder'"),
        ([NOBODY], ["--nbest", "3", "--mode", "plain"], 2, "--nbest is for .* not 'plain'"),
        ([NOBODY], ["--choose", "sample"], 2, "--choose is for --mode word, phrase, word-phrase"),
        ([NOBODY], ["--parse", "strict", "--mode", "word"], 2, "--parse is for --mode marker, not"),
        ([NOBODY], ["--nbest", "2", "--mode", "marker"], 2, "'command' gives one translation"),
        ([NOBODY], ["--nbest", "0", "--mode", "marker"], 2, "--nbest 0 is not at least 1"),
        ([record(1, "a")], ["--mode", "marker"], 1, "'t:1': it has no tags.*weak-tag"),
        ([NOBODY], ["--aligner", "eflomal"], 2, "--aligner is for --make-training-pairs"),
        ([NOBODY], ["--engine", "lexicon:nosuch"], 1, "cannot read the lexicon 'nosuch'"),
        ([NOBODY], ["--engine", "lexicon:/dev/null"], 1, "lexicon '/dev/null' is empty"),
        ([NOBODY], ["--engine", "lexicon:words.tsv"], 2, "does not say .* for de-en"),
        ([NOBODY], ["--engine", "opis"], 2, "unknown engine 'opis'; known: opus"),
        (
            [NOBODY],
            ["--engine", "opus", "--offline"],
            1,
            "opus-mt-de-en' is not at hand.*source.spm",
        ),
        ([NOBODY], ["--engine", "command:exit 7"], 1, "ended with exit code 7 after 0 of 1 texts"),
        ([NOBODY], ["--cache", "/dev/null/x"], 1, "cannot use the translation cache.*--no-cache"),
    ],
)
def test_what_goes_wrong_is_one_line(
    run_xner: Run, tmp_path: Path, records: list[Any], options: list[str], code: int, message: str
) -> None:
    (tmp_path / "words.tsv").write_text("Es\tit\n")
    options = options if "--engine" in options else ["--engine", "command:cat", *options]
    done = run_xner("translate-spans", *options, stdin=lines(*records))
    assert done.code == code
    said = done.stderr.decode().strip()
    assert re.search(message, said), said
    assert said.count("\n") == 0
    assert not done.stdout or "error" in rows(done.stdout)[-1]


def test_bad_records_can_be_skipped(run_xner: Run, tmp_path: Path) -> None:
    done = run_xner(
        *("translate-spans", "--engine", "command:cat", "--on-error", "skip"),
        *("--rejects", tmp_path / "rejects"),
        stdin=lines(ANNA, NOBODY | {"lang": "fr"}, record(3, "a b")),
    )
    assert done.code == 0
    assert [row["id"] for row in rows(done.stdout)] == ["t:1"]
    assert b"3 in, 1 out, 2 dropped" in done.stderr
    assert [row["record"]["id"] for row in rows((tmp_path / "rejects").read_bytes())] == [
        "t:2",
        "t:3",
    ]


def test_lost_spans_and_empty_translations_are_counted(run_xner: Run) -> None:
    program = "command:sed -e 's/SPAN0//' -e 's/^Es.*//'"
    done = run_xner("translate-spans", "--engine", program, stdin=lines(ANNA, NOBODY))
    assert done.code == 0
    [row] = rows(done.stdout)
    assert row["tags"] == ["O", "O", "B-LOC", "I-LOC", "O"]
    assert row["meta"] == {"spans_lost": [[0, 1, "placeholder lost"]]}
    said = done.stderr.decode()
    assert "1 survived (50.0%)" in said
    assert "lost 1 (placeholder lost 1)" in said
    assert "2 in, 1 out, 1 dropped (empty translation 1)" in said


def test_a_stage_that_dies_stops_the_next_with_its_name(run_xner: Run) -> None:
    records = lines(*(record(n, f"Anna sah n{n} .", "B-PER O O O") for n in range(30)))
    options = ["--engine", "command:head -12; exit 3", "--window", 5]
    first = run_xner("translate-spans", *options, stdin=records)
    assert first.code == 1
    assert b"exit code 3" in first.stderr
    second = run_xner("convert", "--to", "conll", stdin=first.stdout)
    assert second.code == 1
    assert b"translate-spans" in second.stderr
    assert b"exit code 3" in second.stderr


SLOW = """
import sys, time
log = open(sys.argv[1], "a", buffering=1)
for line in sys.stdin:
    log.write("got " + line)
    time.sleep(float(sys.argv[2]))
    print(line.strip().upper(), flush=True)
    time.sleep(0.02)
    log.write("done " + line)
"""


def test_after_a_kill_nothing_finished_is_translated_twice(run_xner: Run, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    records = lines(*(record(n, f"Anna sah n{n} .", "B-PER O O O") for n in range(40)))
    (tmp_path / "in.jsonl").write_bytes(records)
    log = tmp_path / "log"
    engine = f"command:python3 {tmp_path}/slow.py {log} $PAUSE"
    options = ["translate-spans", tmp_path / "in.jsonl", "--engine", engine, "--cache", "c.db"]
    options += ["--window", "12"]
    killed = subprocess.Popen(
        [XNER, *map(str, options)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env={**os.environ, "PAUSE": "0.03"},
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not log.exists() or log.read_text().count("done") < 16:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    before = log.read_text().splitlines()
    finished = {line[5:] for line in before if line.startswith("done ")}
    assert 16 <= len(finished) < 41
    rest = run_xner(*options, PAUSE="0")
    assert rest.code == 0, rest.stderr
    received = [
        line[4:] for line in log.read_text().splitlines()[len(before) :] if line[:4] == "got "
    ]
    assert len(received) == len(set(received))
    assert finished.isdisjoint(received)
    assert len(finished | set(received)) == 41
    whole = run_xner(*options[:-4], "--no-cache", PAUSE="0")
    assert whole.stdout == rest.stdout != b""

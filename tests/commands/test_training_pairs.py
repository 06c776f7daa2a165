"""`xner translate-spans --make-training-pairs`: bitext for teaching a translator markers."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.commands.records import Record, lines, rows
from tests.conftest import Run

PAIRS = ["translate-spans", "--make-training-pairs"]


def bitext(number: int, **fields: Any) -> Record:
    """A German sentence and the English one that it was translated from, word by word."""
    return {
        **{"id": f"b:{number}", "lang": "de", "tokens": ["das", "blaue", "Haus", "."]},
        "origin": {"id": f"b:{number}", "lang": "en", "tokens": ["the", "blue", "house", "."]},
        "alignment": [[n, n + 1, n, n + 1] for n in range(4)],
        **fields,
    }


def test_bitext_becomes_plain_and_marked_pairs(run_xner: Run) -> None:
    records = [bitext(n) for n in range(50)]
    done = run_xner(*PAIRS, stdin=lines(*records))
    assert done.code == 0, done.stderr
    made = rows(done.stdout)
    assert b"50 in, 100 out; plain 50, marked 50, slots" in done.stderr
    assert [row["meta"]["marked"] for row in made] == [False, True] * 50
    slots = sum(row["meta"]["slots"] for row in made)
    assert f"slots {slots}" in done.stderr.decode()
    for plain, marked in zip(made[::2], made[1::2], strict=True):
        assert plain["tokens"] == records[0]["tokens"]
        for side, words in ((marked, plain), (marked["origin"], plain["origin"])):
            found = [token for token in side["tokens"] if token.startswith("__SLOT")]
            assert [t for t in side["tokens"] if t not in found] == words["tokens"]
            assert len(found) == 2 * marked["meta"]["slots"]


def test_shards_draw_what_the_whole_does(run_xner: Run) -> None:
    records = lines(*(bitext(n) for n in range(20)))
    whole = run_xner(*PAIRS, "--seed", 3, stdin=records).stdout.splitlines()
    shards = [
        run_xner(*PAIRS, "--seed", 3, "--shard", f"{n}/2", "--window", 3, stdin=records)
        for n in (1, 2)
    ]
    assert sorted(line for done in shards for line in done.stdout.splitlines()) == sorted(whole)
    assert run_xner(*PAIRS, stdin=records).stdout.splitlines() != whole


def test_presets_of_training_pairs(run_xner: Run) -> None:
    records = lines(*(bitext(n) for n in range(60)))
    paper = rows(run_xner(*PAIRS, "--preset", "crop", stdin=records).stdout)
    code = rows(run_xner(*PAIRS, "--preset", "crop-code", stdin=records).stdout)
    assert (len(paper), len(code)) == (120, 60)
    assert 40 <= sum(row["meta"]["marked"] for row in code) < 60
    assert paper == rows(run_xner(*PAIRS, stdin=records).stdout)


ALIGNER = """
from xner.alignment.aligner import Aligner


class Backwards(Aligner):
    whole = True

    def align(self, pairs):
        self.counts["corpora"] += 1
        for source, target in pairs:
            yield [(n, len(target) - 1 - n) for n in range(len(source))]
"""


def test_an_aligner_links_what_is_not_linked(run_xner: Run, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text(ALIGNER)
    records = [bitext(n) for n in range(5)]
    for row in records:
        del row["alignment"]
    options = ["--aligner", "outside:Backwards", "--window", 2, "--marked-share", 0]
    done = run_xner(*PAIRS, *options, stdin=lines(*records), PYTHONPATH=str(tmp_path))
    assert done.code == 0, done.stderr
    for row in rows(done.stdout):
        assert row["alignment"] == [[3 - n, 4 - n, n, n + 1] for n in reversed(range(4))]
    assert b"corpora 1" in done.stderr


def test_pairs_that_cannot_be_used_are_counted(run_xner: Run, tmp_path: Path) -> None:
    odd = bitext(2)
    del odd["alignment"]
    looks = bitext(3, tokens=["a", "__SLOT0__", "b", "c"])
    done = run_xner(
        *(*PAIRS, "--on-error", "skip", "--rejects", tmp_path / "rejects"),
        stdin=lines(bitext(1), odd, looks),
    )
    assert done.code == 0
    assert "3 in, 2 out, 2 dropped" in done.err
    assert "holds what looks like a marker 1" in done.err
    assert [row["record"]["id"] for row in rows((tmp_path / "rejects").read_bytes())] == [
        "b:2",
        "b:3",
    ]


@pytest.mark.parametrize(
    ("row", "options", "code", "message"),
    [
        (bitext(1, origin=None, alignment=None), [], 1, "'b:1': it has no origin.*xner convert"),
        (bitext(1, alignment=None), [], 1, "not aligned; give --aligner"),
        (bitext(1), ["--aligner", "nosuch"], 2, "unknown aligner 'nosuch'"),
        (bitext(1), ["--dry-run"], 2, "--dry-run"),
        (bitext(1), ["--marked-share", "2"], 2, "--marked-share '2'"),
    ],
)
def test_bitext_that_cannot_be_used(
    run_xner: Run, row: Record, options: list[str], code: int, message: str
) -> None:
    row = {key: value for key, value in row.items() if value is not None}
    done = run_xner(*PAIRS, *options, stdin=lines(row))
    assert done.code == code
    assert re.search(message, done.err.strip()), done.err
    assert done.err.strip().count("\n") == 0


@pytest.mark.parametrize("idle", ["--marker-style xml", "--engine apertium", "--mode plain"])
def test_training_pairs_want_no_options_of_translation(run_xner, idle):
    done = run_xner("translate-spans", "--make-training-pairs", *idle.split(), stdin="{}")
    assert done.code == 2
    assert f"leave out {idle.split()[0]}" in done.err

"""`xner project-labels` as a user runs it."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands.records import Record, lines, rows
from tests.conftest import Run


def sentence(text: str, tags: str | None = None, **fields: Any) -> Record:
    made = {"id": "t:1", "lang": "de", "tokens": text.split(), **fields}
    return made if tags is None else {**made, "tags": tags.split()}


def back(raw: Record, text: str, tags: str, **fields: Any) -> Record:
    """The raw sentence translated there and back."""
    english = sentence("...", "O", lang="en", id=raw["id"], origin=raw)
    return sentence(text, tags, id=raw["id"], lang=raw["lang"], origin=english, **fields)


ANNA = sentence("In Bern lebt Anna Roe .", meta={"k": 1}, extra="x")
GOOD = back(ANNA, "Anna Roe wohnt in Bern .", "B-PER I-PER O O B-LOC O")
BEN = sentence("Ben sah Köln .", id="t:2")
BAD = back(BEN, "Benn sah Köln .", "B-PER O B-LOC O")
NOBODY = back(sentence("Es regnet .", id="t:3"), "Es regnet .", "O O O")
LONG = back(sentence("Rom " * 129, id="t:4"), "Rom", "B-LOC")


def test_entities_are_written_onto_the_raw_sentence(run_xner: Run) -> None:
    done = run_xner("project-labels", stdin=lines(GOOD))
    assert done.code == 0, done.err
    assert rows(done.stdout) == [
        {
            "id": "t:1",
            "lang": "de",
            "tokens": ["In", "Bern", "lebt", "Anna", "Roe", "."],
            "tags": ["O", "B-LOC", "O", "B-PER", "I-PER", "O"],
            "meta": {"k": 1, "projection": {"match": "strict", "scores": [1.0, 1.0]}},
            "extra": "x",
        }
    ]
    assert "2 entities, 2 found by strict, mean score 1.00, 0 not found" in done.err
    assert "1 in, 1 out" in done.err


def test_everything_is_written_or_counted(run_xner: Run, tmp_path: Path) -> None:
    lost = GOOD | {"meta": {"spans_lost": [[0, 1, "marker lost"]]}}
    done = run_xner(
        "project-labels", "--log-json", "--rejects", "rejects.jsonl",
        stdin=lines(GOOD, BAD, NOBODY, LONG, lost),
    )  # fmt: skip
    told, summary = rows(done.stderr)
    assert (summary["read"], summary["written"]) == (5, 1)
    assert summary["dropped"] == {
        "entity not found": 1,
        "no entity": 1,
        "too long": 1,
        "span lost in translation": 1,
    }
    kinds = ("entities", "found", "not_found", "lost", "untried", "unwanted")
    assert [told[kind] for kind in kinds] == [8, 3, 1, 1, 2, 1]
    assert told["sentences"] == {"yield": 0.2, "partial": 0, "fallback": 0}
    rejects = rows((tmp_path / "rejects.jsonl").read_bytes())
    assert {reject["reason"] for reject in rejects} == set(summary["dropped"])
    assert rejects[0]["record"]["id"] in ("t:4", "t:2")


def test_what_is_unknown_has_no_weight(run_xner: Run) -> None:
    done = run_xner("project-labels", "--partial", stdin=lines(GOOD, BAD))
    whole, part = rows(done.stdout)
    assert "weights" not in whole
    assert part["tags"] == ["O", "O", "B-LOC", "O"]
    assert part["weights"] == [0, 0, 1, 0]
    assert part["meta"]["projection"]["unmatched"] == [["PER", "Benn"]]
    assert "1 in part" in done.err


def test_predictions_keep_every_sentence(run_xner: Run) -> None:
    done = run_xner("project-labels", "--keep-all", stdin=lines(GOOD, BAD, NOBODY, LONG))
    assert [row["id"] for row in rows(done.stdout)] == ["t:1", "t:2", "t:3", "t:4"]
    assert "4 in, 4 out" in done.err


def test_matches_differ(run_xner: Run) -> None:
    states = sentence("Angela aus Hamburg und Merkels Hund in Zürich .")
    record = back(states, "Angela Merkel in Zurich", "B-PER I-PER O B-LOC")

    def tags(match: str) -> str:
        done = run_xner("project-labels", "--keep-all", "--match", match, stdin=lines(record))
        assert done.code == 0, done.err
        return " ".join(rows(done.stdout)[0]["tags"])

    assert tags("strict") == "O O O O O O O O O"
    assert tags("loose,min-overlap=0.5") == "B-PER O O O O O O O O"
    assert tags("fuzzy") == "O O O O O O O B-LOC O"
    assert tags("fuzzy,min-score=0.96") == "O O O O O O O O O"
    spread = back(sentence("Angela aus Hamburg und Merkel ."), "Angela Merkel", "B-PER I-PER")
    done = run_xner("project-labels", "--preset", "crop-code", "--no-langid", stdin=lines(spread))
    assert rows(done.stdout)[0]["tags"] == ["B-PER", *["I-PER"] * 4, "O"]
    own = ["--preset", "crop-code", "--no-langid", "--match", "strict"]
    done = run_xner("project-labels", *own, stdin=lines(spread))
    assert done.stdout == b""
    assert "entity not found 1" in done.err


def test_presets_set_the_filters(run_xner: Run) -> None:
    names = "Ada Ben Carl Dora Emil Fritz"
    many = back(sentence(names), names, " ".join(["B-PER"] * 6))
    again = back(sentence("Bern und Bern", id="t:2"), "Bern und Bern", "B-LOC O B-ORG")
    assert "2 in, 2 out" in run_xner("project-labels", stdin=lines(many, again)).err
    done = run_xner("project-labels", "--preset", "crop", stdin=lines(many, again))
    assert "2 in, 2 out" in done.err
    released = ["--preset", "crop-code", "--no-langid", "--match", "strict"]
    done = run_xner("project-labels", *released, stdin=lines(many, again))
    assert "too many entities 1, word repeated across entities 1" in done.err


def test_along_the_records_own_alignment(run_xner: Run) -> None:
    english = sentence("Ben saw Cologne .", "B-PER O B-LOC O", lang="en")
    record = sentence(
        "Köln sah Benn .", origin=english, alignment=[[0, 1, 2, 3], [1, 2, 1, 2], [2, 3, 0, 1]]
    )
    done = run_xner("project-labels", "--onto", "translation", stdin=lines(record))
    [made] = rows(done.stdout)
    assert made["tags"] == ["B-LOC", "O", "B-PER", "O"]
    assert made["origin"] == english
    assert made["meta"]["projection"]["match"] == "align"


UNITED = sentence(
    "Nations alte neue United sagen ja",
    origin=sentence("United Nations say", "B-ORG I-ORG O", lang="en"),
    alignment=[[0, 1, 1, 2], [1, 2, 2, 3], [3, 4, 0, 1]],
)
HALF = {**UNITED, "alignment": [[1, 2, 2, 3], [3, 4, 0, 1]]}


@pytest.mark.parametrize("record", [UNITED, HALF])
def test_what_is_taught_went_whole_to_one_place(run_xner: Run, record: Record) -> None:
    onto = ["project-labels", "--onto", "translation"]
    done = run_xner(*onto, stdin=lines(record))
    assert done.stdout == b""
    assert "1 not found" in done.err
    assert "entity not found 1" in done.err
    # rows of whole spans are complete
    span = {**record, "alignment": [[3, 5, 0, 2]]}
    [made] = rows(run_xner(*onto, stdin=lines(span)).stdout)
    assert made["tags"] == ["O", "O", "O", "B-ORG", "I-ORG", "O"]
    assert "weights" not in made


@pytest.mark.parametrize("options", [["--match", "align"], ["--keep-all"], ["--partial"]])
def test_words_of_an_entity_outside_its_place_are_unknown(
    run_xner: Run, options: list[str]
) -> None:
    done = run_xner("project-labels", "--onto", "translation", *options, stdin=lines(UNITED))
    [made] = rows(done.stdout)
    assert made["tags"] == ["B-ORG", "O", "O", "O", "O", "O"]
    assert made["weights"] == [1, 1, 1, 0, 1, 1]
    assert "words linked to an entity outside its place 1" in done.err


def test_entities_of_sentences_filtered_out_have_their_figure(run_xner: Run) -> None:
    done = run_xner("project-labels", stdin=lines(GOOD, LONG))
    assert "3 entities, 2 found" in done.err
    assert "1 in sentences filtered out before" in done.err


def test_a_second_tagger_fills_in_and_vetoes(run_xner: Run, tmp_path: Path) -> None:
    seen = [
        sentence("In Bern lebt Anna Roe .", "O B-LOC O O B-PER O"),
        sentence("Ben sah Köln .", "B-PER O B-ORG O", id="t:2"),
    ]
    (tmp_path / "second.jsonl").write_bytes(lines(*seen))
    done = run_xner("project-labels", "--fallback", "second.jsonl", stdin=lines(GOOD, BAD))
    assert [row["tags"] for row in rows(done.stdout)] == [
        ["O", "B-LOC", "O", "B-PER", "I-PER", "O"],
        ["B-PER", "O", "B-ORG", "O"],
    ]
    assert "1 by the second tagger" in done.err
    options = ["--agree-with", "second.jsonl", "--fallback", "second.jsonl"]
    done = run_xner("project-labels", *options, stdin=lines(GOOD, BAD))
    assert [row["id"] for row in rows(done.stdout)] == ["t:2"]
    assert "second tagger disagrees 1" in done.err


@pytest.mark.parametrize("window", [1, 2, 1024])
def test_hypotheses_are_tried_whatever_the_window(run_xner: Run, window: int) -> None:
    fine = {"tokens": ["Ben", "sah", "Köln"], "tags": ["B-PER", "O", "B-LOC"]}
    second = BAD | {"meta": {"nbest": [fine]}}
    records = lines(second, GOOD, BAD, second)
    done = run_xner("project-labels", "--window", window, stdin=records)
    assert [row["id"] for row in rows(done.stdout)] == ["t:2", "t:1", "t:2"]
    assert rows(done.stdout)[0]["meta"]["projection"]["hypothesis"] == 1
    assert "2 in a later hypothesis" in done.err


@pytest.mark.parametrize(
    ("record", "options", "code", "message"),
    [
        (ANNA, [], 1, "'t:1': it has no origin.*translate-spans"),
        ({**GOOD, "tags": None}, [], 1, "'t:1': it has no tags to project.*weak-tag"),
        (GOOD, ["--match", "align"], 1, "'t:1': it has no alignment.*--aligner"),
        (GOOD, ["--match", "best"], 2, "unknown match 'best'; known: strict, loose"),
        (GOOD, ["--match", "strict,x=1"], 2, "has no option 'x'; it has: none"),
        (GOOD, ["--match", "fuzzy,min-score"], 2, "not of the form key=value"),
        (GOOD, ["--match", "constrained"], 2, "constrained needs --engine"),
        (GOOD, ["--engine", "opus"], 2, "--engine scores for --match constrained"),
        (GOOD, ["--aligner", "eflomal"], 2, "--aligner links words for --match align"),
        (GOOD, ["--keep-all", "--max-length", "9"], 2, "--keep-all.*leave out --max-length"),
        (GOOD, ["--agree-with", "nosuch.jsonl"], 1, "nosuch.jsonl"),
        (GOOD, ["--match", "align", "--aligner", "nosuch"], 2, "unknown aligner 'nosuch'"),
    ],
)
def test_what_goes_wrong_is_one_line(
    run_xner: Run, record: Record, options: list[str], code: int, message: str
) -> None:
    done = run_xner("project-labels", *options, stdin=lines(record))
    assert done.code == code
    [line] = done.err.splitlines()
    assert line.startswith("xner project-labels: ")
    assert re.search(message, line)
    told = rows(done.stdout)
    assert [list(row) for row in told] == ([["error"]] if told else [])


def test_bad_records_can_be_skipped(run_xner: Run) -> None:
    done = run_xner("project-labels", "--on-error", "skip", stdin=lines(ANNA, GOOD))
    assert len(rows(done.stdout)) == 1
    assert "2 in, 1 out, 1 dropped (it has no origin" in done.err


def test_no_model_is_imported(run_xner: Run) -> None:
    done = run_xner("project-labels", stdin=lines(GOOD), PYTHONPROFILEIMPORTTIME="1")
    assert re.search(r"\| +xner\.projection\.carrier$", done.err, re.MULTILINE)
    assert not re.search(r"\| +(torch|transformers|numpy)$", done.err, re.MULTILINE)


def test_crop_as_a_pipe(run_xner: Run, tmp_path: Path) -> None:
    """Tagged English of German sentences, through a translator that keeps markers."""
    words = {"lives": "lebt", "and": "und", "Cologne": "Köln", "Anna": "Anna", "left": "verließ"}
    program = (
        "import re, sys\n"
        f"words = {words!r}\n"
        "for line in sys.stdin:\n"
        "    line = re.sub(r'[A-Za-z]+', lambda m: words.get(m[0], m[0]), line)\n"
        "    print(line, end='', flush=True)\n"
    )
    (tmp_path / "engine.py").write_text(program, "utf-8")
    raws = [
        sentence("In Köln lebt Anna .", id="t:1"),
        sentence("Eva verließ Köln .", id="t:2"),
        sentence("Cologne und Bonn", id="t:3"),
    ]
    tagged = [
        sentence("Anna lives in Cologne .", "B-PER O O B-LOC O", id="t:1", lang="en"),
        sentence("Eva left Cologne .", "B-PER O B-LOC O", id="t:2", lang="en"),
        sentence("Cologne and Bonn", "B-LOC O B-LOC", id="t:3", lang="en"),
    ]
    stream = [row | {"origin": raw} for row, raw in zip(tagged, raws, strict=True)]
    engine = f"command:{sys.executable} engine.py"
    options = ["--mode", "marker", "--engine", engine, "--to-lang", "de", "--no-cache"]
    there = run_xner("translate-spans", *options, stdin=lines(*stream))
    assert there.code == 0, there.err
    done = run_xner("project-labels", stdin=there.stdout)
    assert [(row["id"], row["tags"]) for row in rows(done.stdout)] == [
        ("t:1", ["O", "B-LOC", "O", "B-PER", "O"]),
        ("t:2", ["B-PER", "O", "B-LOC", "O"]),
    ]
    assert "entity not found 1" in done.err


@pytest.mark.parametrize("use", ["--fallback", "--agree-with"])
def test_a_second_tagger_of_other_sentences_is_refused(run_xner, tmp_path, use):
    record = {
        "id": "x",
        "tokens": ["Bern"],
        "tags": ["B-LOC"],
        "origin": {"id": "x", "tokens": ["Bern"]},
    }
    (tmp_path / "other.jsonl").write_text('{"id":"y","tokens":["Wien"],"tags":["B-LOC"]}\n')
    done = run_xner("project-labels", use, "other.jsonl", stdin=json.dumps(record) + "\n")
    assert done.code == 1
    assert "other.jsonl: not one sentence of the input is in it" in done.err

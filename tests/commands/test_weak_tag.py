"""`xner weak-tag` as a process: formats, several models, quiet ends."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import tiny

TEXT = b"Anna Berg visited Bern .\nOfficials of Nordwind Energy said that\nBern\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    encoder = tiny.bert(folder / "encoder")
    tiny.tagger(encoder).save(folder / "one")
    tiny.tagger(encoder, types=("LOC", "PER"), scheme="bio").save(folder / "two")
    return folder


def records(done) -> list[dict]:
    assert done.code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_stream_of_text_becomes_tagged_records(run_xner, model):
    out = records(run_xner("weak-tag", "--model", model / "one", "--lang", "en", stdin=TEXT))
    assert [record["id"] for record in out] == ["stdin:1", "stdin:2", "stdin:3"]
    assert out[0]["lang"] == "en"
    assert all(len(record["tags"]) == len(record["tokens"]) for record in out)
    assert all("probs" not in record for record in out)


def test_probs_of_several_models(run_xner, model):
    out = records(
        run_xner(
            *("weak-tag", "--model", f"{model / 'one'}=3", "--model", model / "two", "--probs"),
            stdin=TEXT,
        )
    )
    assert out[0]["labels"] == ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER"]
    assert [sum(row) for row in out[0]["probs"]] == pytest.approx([1] * 5, abs=1e-3)


def test_kept_tags_with_probs_beside(run_xner, model):
    """What the first step of CoLaDa learns: projected tags, and what another tagger says."""
    tagged = {"id": "a", "tokens": ["Anna", "Berg"], "tags": ["B-LOC", "O"], "weights": [0.5, 1]}
    bare = {"id": "b", "tokens": ["Bern"], "labels": ["O"], "probs": [[1]], "weights": [1]}
    lines = "".join(json.dumps(record) + "\n" for record in (tagged, bare))
    keep = ("weak-tag", "--model", model / "one", "--keep-tags")
    left, new = records(run_xner(*keep, stdin=lines))
    assert left == tagged
    assert set(new) == {"id", "tokens", "tags"}
    beside, both = records(run_xner(*keep, "--probs", stdin=lines))
    assert {key: beside[key] for key in tagged} == tagged
    asked = records(run_xner("weak-tag", "--model", model / "one", "--probs", stdin=lines))
    for one, other in zip((beside, both), asked, strict=True):
        assert one["labels"] == other["labels"]
        for row, own in zip(one["probs"], other["probs"], strict=True):
            assert row == pytest.approx(own, abs=1e-4)
    assert both == asked[1]


def test_types_are_mapped_and_unsure_entities_counted(run_xner, model):
    one = ("weak-tag", "--model", model / "one", "--map", "PER=PERSON,ORG=O", "--log-json")
    out = run_xner(*one, stdin=TEXT)
    assert {t[2:] for r in records(out) for t in r["tags"]} <= {"", "PERSON", "LOC"}
    unsure = run_xner(*one, "--min-score", "0.99", stdin=TEXT)
    assert {t for r in records(unsure) for t in r["tags"]} == {"O"}
    summary = json.loads(unsure.stderr.splitlines()[-1])
    assert summary["counts"]["below score"] > 0
    assert (summary["read"], summary["written"]) == (3, 3)


def test_labels_and_their_scheme_are_said_by_flag(run_xner, model, tmp_path):
    tiny.tagger(model / "encoder", types=("PER",), scheme="bio").save(tmp_path)
    (tmp_path / "xner.json").unlink()
    config = json.loads((tmp_path / "config.json").read_text())
    config["id2label"] = {key: f"LABEL_{key}" for key in config["id2label"]}
    config["label2id"] = {label: int(key) for key, label in config["id2label"].items()}
    (tmp_path / "config.json").write_text(json.dumps(config))
    one = ("weak-tag", "--model", tmp_path)
    assert "--map LABEL_0=B-PER" in run_xner(*one, stdin=TEXT).err
    names = ("--map", "LABEL_0=I-PER,LABEL_1=I-PER,LABEL_2=I-PER,PRE=X")
    for scheme, starts in (("iob1", True), ("bio", False)):
        done = run_xner(*one, *names, "--model-scheme", scheme, "--decode", "argmax", stdin=TEXT)
        assert {record["tags"][0] for record in records(done)} == {"B-PER"}
        assert ("repaired" not in done.err) == starts
        assert "warning: --map: no model has PRE; their types: PER" in done.err


def test_it_works_in_the_middle_of_a_pipe_without_losing_fields(run_xner, model):
    record = {
        "id": "x",
        "tokens": ["Anna"],
        "origin": {"id": "x", "tokens": ["Anna"]},
        "alignment": [[0, 1, 0, 1]],
        "meta": {"page": 3},
        "mine": [1],
    }
    (out,) = records(
        run_xner("weak-tag", "--model", model / "one", stdin=json.dumps(record).encode())
    )
    assert {key: out[key] for key in record} == record
    assert len(out["tags"]) == 1


def test_head_ends_it_quietly(model, tmp_path):
    xner = Path(sys.executable).with_name("xner")
    (tmp_path / "long.txt").write_bytes(TEXT * 2000)
    done = subprocess.run(
        f"set -o pipefail; {xner} weak-tag long.txt --quiet --model {model / 'one'} | head -1",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["id"] == "long:1"


def test_a_signal_ends_it_while_its_input_is_silent(model, tmp_path):
    xner = Path(sys.executable).with_name("xner")
    process = subprocess.Popen(
        [xner, "weak-tag", "--model", model / "one", "--window", "1", "--device", "cpu"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(TEXT)
    process.stdin.flush()
    caught = Path(f"/proc/{process.pid}/status")
    until = time.monotonic() + 60
    while time.monotonic() < until:  # before it listens, a signal ends it without a word
        mask = re.search(r"SigCgt:\s*(\w+)", caught.read_text())
        if mask and int(mask[1], 16) >> (signal.SIGTERM - 1) & 1:
            break
        time.sleep(0.05)
    time.sleep(0.5)
    process.terminate()
    out, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert json.loads(out.splitlines()[-1])["error"]["command"] == "weak-tag"


def test_an_empty_stream_loads_no_model(run_xner):
    done = run_xner("weak-tag", "--model", "no/such/model/folder", stdin=b"")
    assert (done.code, done.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "--model DIR is missing"),
        (["--model", "nobody/nothing", "--offline"], 1, "no folder 'nobody/nothing' here"),
        (["--model", "x=0"], 2, "the weight must be above 0"),
        (["--model", "x=nan"], 2, "the weight must be above 0"),
        (["--model", "x", "--map", "PER"], 2, "--map 'PER' is not OLD=NEW"),
        (["--model", "x", "--device", "mps"], 2, "--device mps: this machine has no such device"),
    ],
)
def test_what_cannot_be_tagged_with_is_said_in_a_line(run_xner, arguments, code, message):
    done = run_xner("weak-tag", *arguments, stdin=TEXT)
    assert done.code == code
    assert message in done.err
    assert "Traceback" not in done.err

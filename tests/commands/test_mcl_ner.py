"""MCL-NER from the shell: the preset's source model, pseudo-labels, and a student of pairs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny

SOURCE = """Anna B-PER
Berg I-PER
visited O
Bern B-LOC
. O

Officials O
of O
Nordwind B-ORG
Energy I-ORG
said O
"""
MIXED = {
    "id": "m",
    "tokens": ["Anna", "besucht", "Bern"],
    "tags": ["B-PER", "O", "B-LOC"],
    "origin": {"id": "en:1", "tokens": ["Anna", "visited", "Bern"]},
    "alignment": [[0, 1, 0, 1], [1, 2, 1, 2], [2, 3, 2, 3]],
}
FAST = ("--head", "token-pair,fused=16,size=8,projected=8", "--device", "cpu", "--steps", 2)


def card(folder) -> dict:
    return json.loads((folder / "xner.json").read_text())


def test_a_teacher_and_its_student(run_xner, tmp_path):
    encoder = tiny.bert(tmp_path / "encoder")
    (tmp_path / "en.conll").write_text(SOURCE)
    (tmp_path / "mixed.jsonl").write_text(json.dumps(MIXED) + "\n")
    done = run_xner(
        *("train", "mixed.jsonl", "--source", "en.conll", "--source", "mixed.jsonl"),
        *("--preset", "mcl-ner", "--encoder", encoder, "-o", "src", *FAST),
    )
    assert done.code == 0, done.err
    losses = json.loads(done.out)["losses"]
    assert {name: loss["weight"] for name, loss in losses.items()} == {
        "ce": 1.0,
        "semantic-contrastive": 0.1,
        "relation-contrastive": 0.1,
    }
    made = card(tmp_path / "src")
    assert made["tagger"] == {
        "head": FAST[1],
        "pooling": "max",
        "scheme": "bio",
        "max_pieces": None,
    }
    options = made["training"]["options"]
    assert (options["learning_rate"], options["head_rate"]) == (1e-5, 1e-3)
    done = run_xner(
        *("distill", "mixed.jsonl", "--teacher", "src", "--source", "en.conll"),
        *("--preset", "mcl-ner", "--encoder", encoder, "-o", "one", *FAST),
    )
    assert done.code == 0, done.err
    losses = json.loads(done.out)["losses"]
    assert {name: loss["weight"] for name, loss in losses.items()} == {
        "ce": 1.0,
        "hard-ce": 1.0,
        "mse": 1.0,
        "relation-contrastive": 0.1,
    }
    (teacher,) = card(tmp_path / "one")["training"]["teachers"]
    assert (teacher["model"], len(teacher["sha256"])) == ("src", 12)
    # words alone are compared where a teacher knows no pairs, and are asked before
    tiny.tagger(encoder, scheme="bio").save(tmp_path / "words")
    done = run_xner(
        *("distill", "mixed.jsonl", "--teacher", "src", "--teacher", "words", "--loss", "mse"),
        *("--encoder", encoder, "-o", "two", *FAST),
    )
    assert done.code == 0, done.err
    assert "asking 2 teachers" in done.err


@pytest.mark.parametrize(
    ("command", "options"), [("train", FAST[:2]), ("distill", ("--preset", "mcl-ner"))]
)
def test_a_scheme_is_refused_by_a_head_without_tags(run_xner, tmp_path, command, options):
    (tmp_path / "en.conll").write_text(SOURCE)
    base = (command, "--source", "en.conll", "--encoder", "no/such/one", "-o", "m", *options)
    done = run_xner(*base, "--scheme", "bio", stdin=json.dumps(MIXED))
    assert (done.code, done.stdout) == (2, b"")
    assert "--scheme is for tags, and --head token-pair has none; leave it out" in done.err
    # what a file says of all runs is not meant for this one
    (tmp_path / "xner.toml").write_text(f'[{command}]\nscheme = "bio"\n')
    done = run_xner(*base, stdin=json.dumps(MIXED))
    assert done.code == 1
    assert "--scheme" not in done.err


@pytest.mark.slow
def test_two_processes_train_one_model_of_pairs(tmp_path):
    encoder = tiny.bert(tmp_path / "encoder")
    (tmp_path / "en.conll").write_text(SOURCE)
    # the second has no word of its origin: a process may have nothing to compare, the other some
    bare = MIXED | {"id": "n", "alignment": []}
    (tmp_path / "mixed.jsonl").write_text("".join(json.dumps(s) + "\n" for s in (MIXED, bare)))
    words = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    words += [Path(sys.executable).with_name("xner"), "train", "mixed.jsonl", "--dev", "en.conll"]
    words += ["--source", "en.conll", "--loss", "semantic-contrastive", "--encoder", encoder]
    words += ["--loss", "relation-contrastive=0.1,views=aligned", *FAST, "--batch-size", 1]
    done = subprocess.run(
        [str(word) for word in [*words, "-o", "model"]],
        capture_output=True,
        timeout=280,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr
    (line,) = [row for row in done.stdout.splitlines() if row.startswith(b"{")]
    assert json.loads(line)["steps"] == 2
    assert (tmp_path / "model/head.safetensors").is_file()

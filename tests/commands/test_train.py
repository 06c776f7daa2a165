"""`xner train` as a process: models from files and streams, and what it prints."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import tiny
from tests.tiny_marian import save_tiny_marian

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

the O
old O
harbour O
of O
Lisbon B-LOC
"""
PAIR = {
    "id": "p",
    "tokens": ["Anna", "visited", "Lisbon"],
    "tags": ["B-PER", "O", "B-LOC"],
    "origin": {"id": "p", "tokens": ["Anna", "besucht", "Lissabon"]},
    "alignment": [[0, 1, 0, 1], [2, 3, 2, 3]],
}
TAUGHT = [
    {
        "id": f"t{number}",
        "lang": "de",
        "tokens": [*marker, "Anna", *marker, "wohnt", "in", place],
        "origin": {"id": "o", "lang": "en", "tokens": [*marker, "Anna", *marker, "lives", place]},
        "meta": {"marked": bool(marker)},
    }
    for number, place in enumerate(["Bern", "Wien", "Graz"])
    for marker in ([], ["__SLOT0__"])
]
FAST = ("--epochs", 2, "--batch-size", 2, "--learning-rate", "1e-3", "--device", "cpu")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "en.conll"
    path.write_text(SOURCE)
    return path


def test_a_model_from_a_source_and_a_stream(run_xner, encoder, source, tmp_path):
    done = run_xner(
        *("train", "--source", source, "--dev", source, "--encoder", encoder, "-o", "model", *FAST),
        *("--loss", "span-kl=0.25,divergence=js", "--loss", "dropout-kl=0.5"),
        stdin=json.dumps(PAIR).encode() + b"\n",
    )
    assert done.code == 0, done.stderr
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    assert list(result) == ["model", "dev", "selected_on", "steps", "seconds", "losses"]
    assert result["steps"] == 4
    assert {name: loss["weight"] for name, loss in result["losses"].items()} == {
        "ce": 1.0,
        "span-kl": 0.25,
        "dropout-kl": 0.5,
    }
    assert b"span-kl" in done.stderr
    card = json.loads((tmp_path / "model/xner.json").read_text())
    assert card["training"]["source"][0]["file"] == str(source)
    assert card["training"]["dev"] == card["training"]["results"]["selected_on"]
    tagged = run_xner("weak-tag", source, "--model", "model", "--device", "cpu")
    assert tagged.code == 0, tagged.stderr
    assert [len(json.loads(row)["tags"]) for row in tagged.stdout.splitlines()] == [5, 5, 5]


def test_a_row_whose_words_weigh_nothing_changes_nothing(run_xner, encoder, tmp_path):
    """Projected rows come in beside the labelled ones, with weights."""
    right = {"id": "a", "tokens": ["Anna", "in", "Bern"], "tags": ["B-PER", "O", "B-LOC"]}
    losses = {}
    for name, tags in (("one", ["O", "O", "B-PER"]), ("two", ["B-LOC", "I-LOC", "O"])):
        doubted = {"id": "b", "tokens": ["Bern", "Lisbon", "Anna"], "tags": tags}
        rows = (right, doubted | {"weights": [0, 0.0, 0]})
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        done = run_xner("train", "--source", path, "--encoder", encoder, "-o", name, *FAST)
        assert done.code == 0, done.stderr
        losses[name] = json.loads(done.out)["losses"]["ce"]
    assert losses["one"] == losses["two"]
    one, two = ((tmp_path / name / "model.safetensors").read_bytes() for name in losses)
    assert one == two


def test_span_kl_counts_pairs_by_weight_where_asked(run_xner, encoder, source):
    doubted = json.dumps(PAIR | {"weights": [0, 0, 0]})
    for how, costs in (("ignore", True), ("use", False)):
        done = run_xner(
            *("train", "--source", source, "--encoder", encoder, "-o", how, *FAST),
            *("--loss", f"span-kl=1,weights={how}"),
            stdin=doubted,
        )
        assert done.code == 0, done.stderr
        assert (json.loads(done.out)["losses"]["span-kl"]["mean"] > 0) == costs
    done = run_xner(
        *("train", "--source", source, "--encoder", encoder, "-o", "none", *FAST),
        *("--loss", "span-kl=1,weights=use"),
        stdin=json.dumps(PAIR),
    )
    assert done.code == 1
    assert "loss 'span-kl' needs 'weights' in the stream" in done.err
    assert "xner knn-weight makes it" in done.err


def test_standard_input_is_left_alone_if_no_loss_needs_it(encoder, source, tmp_path):
    """An inherited pipe that nobody closes must not hold a run up."""
    xner = Path(sys.executable).with_name("xner")
    reader, writer = os.pipe()
    try:
        done = subprocess.run(
            [xner, "train", "--source", source, "--encoder", encoder, "-o", tmp_path / "model"]
            + [str(word) for word in FAST],
            stdin=reader,
            capture_output=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert done.returncode == 0, done.stderr


def test_mini_needs_no_download_and_says_what_it_is(run_xner, source):
    done = run_xner("train", "--source", source, "--encoder", "mini", "-o", "model", *FAST)
    assert done.code == 0, done.stderr
    assert b"trying things out" in done.stderr
    assert json.loads(done.stdout)["selected_on"] == "last step"


@pytest.mark.parametrize(("preset", "head"), [((), "softmax"), (("--preset", "conner"), "crf")])
def test_a_preset_on_the_command_line_overrules_the_file(
    run_xner, encoder, source, tmp_path, preset, head
):
    config = 'head = "softmax"\nloss = ["ce"]\nepochs = 3\n'
    (tmp_path / "xner.toml").write_text(f"[train]\n{config}")
    done = run_xner(
        *("train", "--source", source, "--encoder", encoder, "-o", "model", *preset),
        *("--steps", 1, "--device", "cpu", "--batch-size", 3),
        stdin=json.dumps(PAIR).encode(),
    )
    assert done.code == 0, done.err
    card = json.loads((tmp_path / "model/xner.json").read_text())
    assert card["tagger"]["head"] == head
    assert card["training"]["options"]["batch_size"] == 3  # a flag overrules both
    assert card["training"]["options"]["epochs"] == (10 if preset else 3)


def test_a_failed_stage_before_it_stops_it_with_its_name(run_xner, encoder, source, tmp_path):
    error = {"error": {"command": "translate-spans", "message": "the engine died"}}
    done = run_xner(
        *("train", "--source", source, "--encoder", encoder, "-o", "model", "--loss", "span-kl"),
        stdin=f"{json.dumps(PAIR)}\n{json.dumps(error)}\n".encode(),
    )
    assert done.code == 1
    assert b"translate-spans failed: the engine died" in done.stderr
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "--source FILE is missing"),
        (["--source", "en.conll"], 2, "--output DIR is missing"),
        (["--source", "en.conll", "-o", "m", "--loss", "span-lk"], 2, "unknown loss 'span-lk'"),
        (["--source", "no.conll", "-o", "m"], 1, "no.conll"),
        (["--source", "en.conll", "--dev", "no.conll", "-o", "m"], 1, "no.conll"),
        (["--source", "en.conll", "-o", "en.conll"], 1, "'en.conll' is a file, not a folder"),
        (["--source", "en.conll", "-o", "m", "--epochs", "0"], 2, "--epochs 0 makes no sense"),
        (["--source", "raw.txt", "-o", "m"], 1, "sentence 'raw:1' has no tags"),
        (["--source", "o.conll", "-o", "m"], 1, "no entity in --source"),
        (
            ["--source", "en.conll", "-o", "m", "--encoder", "no/such/model/here"],
            1,
            "no model folder 'no/such/model/here'",
        ),
        (
            ["--source", "en.conll", "-o", "m", "--loss", "span-kl"],
            1,
            "loss 'span-kl' needs 'origin' in the stream",
        ),
    ],
)
def test_what_cannot_be_trained_is_said_in_a_line(
    run_xner, source, tmp_path, arguments, code, message
):
    (tmp_path / "raw.txt").write_text("Anna Berg visited Bern .\n")
    (tmp_path / "o.conll").write_text("Anna O\nvisited O\n")
    done = run_xner("train", *arguments)
    assert done.code == code
    assert message in done.err
    assert "Traceback" not in done.err
    assert done.stdout == b""


@pytest.fixture(scope="module")
def marian(tmp_path_factory):
    return save_tiny_marian(tmp_path_factory.mktemp("marian"))


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in TAUGHT))
    return path


def test_a_translator_from_pairs_that_the_engine_loads(run_xner, marian, pairs, tmp_path):
    done = run_xner(
        *("train", "--task", "translation", "--encoder", marian, "--marker-tokens", 2),
        *("--dev", pairs, "-o", "model", *FAST, "-"),
        stdin=pairs.read_bytes(),
    )
    assert done.code == 0, done.err
    result = json.loads(done.stdout)
    assert list(result) == ["model", "dev", "selected_on", "steps", "seconds", "losses"]
    assert list(result["dev"]) == ["loss", "step"]
    assert list(result["losses"]) == ["translation", "labelled-translation"]
    assert result["selected_on"][0]["file"] == str(pairs)
    assert "learning from 3 marked and 3 plain pairs" in done.err
    assert "dev loss" in done.err
    card = json.loads((tmp_path / "model/xner.json").read_text())
    assert card["training"]["options"]["beta2"] == 0.98  # the task's own default
    assert card["training"]["stream"] == [{"file": "-", "sha256": None}]
    made = run_xner(
        *("translate-spans", "--mode", "plain", "--engine", "opus:model", "--device", "cpu"),
        *("--from-lang", "en", "--to-lang", "de", "--no-cache"),
        stdin=b"Anna lives in Bern .\n",
    )
    assert made.code == 0, made.err
    assert "1 in" in made.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--source", "en.conll"], 2, "--source is for --task tagging, not translation"),
        (["--head", "crf"], 2, "--head is for --task tagging, not translation"),
        (["--preset", "conner"], 2, "--preset conner says nothing of --task translation"),
        (["--loss", "ce"], 2, "loss 'ce' is none of --task translation"),
        (["--preset", "crop", "--marker-tokens", "1"], 1, "needs marked pairs"),
        (["--encoder", "no/such/model/here"], 1, "no model folder 'no/such/model/here'"),
    ],
)
def test_what_cannot_be_taught_is_said_in_a_line(
    run_xner, marian, pairs, source, arguments, code, message
):
    plain = "".join(line + "\n" for line in pairs.read_text().splitlines()[::2])
    encoder = [] if "--encoder" in arguments else ["--encoder", marian]
    done = run_xner(
        *("train", "--task", "translation", *encoder, "-o", "m", *arguments, "--device", "cpu"),
        stdin=plain,
    )
    assert (done.code, done.stdout) == (code, b"")
    assert message in done.err
    assert "Traceback" not in done.err


def test_what_says_nothing_to_a_tagger_is_refused(run_xner, encoder, source):
    done = run_xner(
        *("train", "--source", source, "--encoder", encoder, "-o", "m", "--marker-tokens", 3)
    )
    assert done.code == 2
    assert "--marker-tokens is for --task translation, not tagging" in done.err


@pytest.mark.slow
def test_two_processes_teach_one_translator(marian, pairs, tmp_path):
    xner = Path(sys.executable).with_name("xner")
    words = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    words += [xner, "train", pairs, "--task", "translation", "--encoder", marian, "--dev", pairs]
    words += ["--marker-tokens", 1, *FAST, "--epochs", 4, "-o", tmp_path / "model"]
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        timeout=280,
        check=False,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr
    (line,) = [row for row in done.stdout.splitlines() if row.startswith(b"{")]
    assert json.loads(line)["steps"] == 4  # two batches an epoch, one for each process
    assert (tmp_path / "model/model.safetensors").is_file()


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_model(run_xner, encoder, source, tmp_path):
    base = ("train", "--source", source, "--encoder", encoder, "--batch-size", 2, "--epochs", 60)
    base = (*base, "--learning-rate", "1e-3", "--device", "cpu", "--checkpoint-every", 5)
    assert run_xner(*base, "-o", "whole").code == 0
    xner = Path(sys.executable).with_name("xner")
    words = [str(word) for word in (xner, *base, "-o", tmp_path / "cut")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not (tmp_path / "cut/checkpoint/state.json").is_file():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert not (tmp_path / "cut/model.safetensors").exists()  # it was killed in the middle
    resumed = run_xner(*base, "-o", "cut", "--resume")
    assert resumed.code == 0, resumed.err
    assert "going on from step" in resumed.err
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "cut")]
    assert weights[0] == weights[1]
    assert not (tmp_path / "cut/checkpoint").exists()


@pytest.mark.slow
def test_two_processes_train_one_model(encoder, source, tmp_path):
    xner = Path(sys.executable).with_name("xner")
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text(json.dumps(PAIR) + "\n")
    words = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    words += [xner, "train", pairs, "--source", source, "--dev", source, "--encoder", encoder]
    words += [*FAST, "--epochs", 4, "--loss", "span-kl", "-o", tmp_path / "model"]
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        timeout=280,
        check=False,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr
    (line,) = [row for row in done.stdout.splitlines() if row.startswith(b"{")]
    # three sentences in batches of two make two batches, one for each process
    assert json.loads(line)["steps"] == 4
    assert (tmp_path / "model/model.safetensors").is_file()

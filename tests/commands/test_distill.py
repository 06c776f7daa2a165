"""`xner distill` as a process: from teachers or from probs in a pipe, and what it prints."""

import json
import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from tests import tiny
from tests.conftest import XNER

TEXT = "Der Hafen von Lissabon wurde von Anna Berg besucht .\nAnna Berg in Bern .\nAnna in Bern\n"
SOURCE = "Anna B-PER\nBerg I-PER\nvisited O\nBern B-LOC\n. O\n"
RECORD = {"tokens": ["Bern"], "labels": ["O", "B-LOC"], "probs": [[0.1, 0.9]], "weights": [0.5]}
FAST = ("--epochs", 2, "--batch-size", 2, "--learning-rate", "1e-3", "--device", "cpu")
KEYS = ["model", "dev", "selected_on", "steps", "seconds", "losses"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture
def teachers(encoder, tmp_path):
    """Two folders: one teacher knows places and people, the other people alone."""
    for name, types in (("a", ("LOC", "PER")), ("b", ("PER",))):
        tagger = tiny.tagger(encoder, types)
        with torch.no_grad():
            tagger.network.classifier.weight.mul_(50)
        tagger.save(tmp_path / name)
    (tmp_path / "de.txt").write_text(TEXT)
    (tmp_path / "en.conll").write_text(SOURCE)
    return ("--teacher", "a=3", "--teacher", "b")


def test_teachers_and_probs_in_a_pipe_make_the_same_student(
    run_xner, run_shell, encoder, teachers, tmp_path
):
    common = ("--encoder", encoder, *FAST, "--loss", "kl", "--loss", "mse=2,reduction=sum")
    done = run_xner("distill", "de.txt", *teachers, "-o", "here", "--dev", "en.conll", *common)
    assert done.code == 0, done.err
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    assert list(result) == KEYS
    assert result["steps"] == 2 * 2
    assert {name: loss["weight"] for name, loss in result["losses"].items()} == {
        "kl": 1.0,
        "mse": 2.0,
    }
    assert "asking 2 teachers about the stream" in done.err
    assert "dev F1" in done.err
    card = json.loads((tmp_path / "here/xner.json").read_text())["training"]
    assert card["results"]["selected_on"] == card["dev"]
    assert [file["file"] for file in card["stream"]] == ["de.txt"]
    assert [(t["model"], t["weight"]) for t in card["teachers"]] == [("a", 3.0), ("b", 1.0)]
    assert all(len(teacher["sha256"]) == 12 for teacher in card["teachers"])
    assert "marker_tokens" not in card["model"]

    words = " ".join(map(str, common))
    piped = run_shell(
        "xner weak-tag de.txt --probs --model a=3 --model b --device cpu "
        f"| xner distill -o piped --dev en.conll {words}"
    )
    assert piped.code == 0, piped.err
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("here", "piped"))
    assert one.keys() == two.keys()
    for name, weights in one.items():
        torch.testing.assert_close(weights, two[name], rtol=0, atol=1e-3)
    means = [json.loads(out)["losses"]["kl"]["mean"] for out in (done.out, piped.out)]
    assert means[0] == pytest.approx(means[1], rel=1e-3)


def test_labelled_sentences_beside(run_xner, encoder, teachers, tmp_path):
    done = run_xner(
        *("distill", "--encoder", encoder, "-o", "m", *FAST, "--source", "en.conll"),
        *("--source-batch-size", 1, "--head", "crf"),
        stdin=json.dumps(RECORD),
    )
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert list(result["losses"]) == ["mse", "ce"]
    assert result["selected_on"] == "last step"
    card = json.loads((tmp_path / "m/xner.json").read_text())
    assert card["tags"] == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]  # of both


def test_the_papers_preset_yields_to_flags(run_xner, encoder, teachers, tmp_path):
    done = run_xner(
        *("distill", "--preset", "transadv", "--encoder", encoder, "-o", "m", "--epochs", 1),
        *("--max-pieces", 64, "--freeze-layers", 1, "--device", "cpu"),
        stdin=json.dumps(RECORD),
    )
    assert done.code == 0, done.err
    card = json.loads((tmp_path / "m/xner.json").read_text())
    assert card["tagger"]["scheme"] == "bio"
    options = card["training"]["options"]
    assert (options["loss"], options["learning_rate"]) == (["mse"], 6e-5)
    assert (options["batch_size"], options["epochs"], options["weight_decay"]) == (32, 1, 0.01)
    before, after = (
        load_file(encoder / "model.safetensors"),
        load_file(tmp_path / "m/model.safetensors"),
    )
    for name, moved in (
        ("embeddings.word_embeddings.weight", False),
        ("embeddings.position_embeddings.weight", False),
        ("embeddings.LayerNorm.weight", False),
        ("encoder.layer.0.output.dense.weight", False),
        ("encoder.layer.1.output.dense.weight", True),
    ):
        assert torch.equal(before[name], after[f"bert.{name}"]) != moved, name


def test_weights_that_are_missed_are_told(run_xner, encoder):
    weighed, bare = RECORD, {**RECORD, "weights": None}
    for records, preset, told in (
        ([bare, bare], ["--preset", "colada"], "no sentence has weights, so every word counts"),
        ([bare, bare], [], None),
        ([weighed, bare], [], "1 of 2 sentences have no weights: their words count whole"),
        ([{**RECORD, "weights": [0]}], [], "every weight is 0"),
        ([weighed, weighed], ["--preset", "colada"], None),
    ):
        line = ["distill", "--encoder", encoder, "-o", "m", *FAST, "--loss", "soft-ce", *preset]
        line += ["--freeze-layers", 0, "--max-pieces", 64]
        done = run_xner(*line, stdin="".join(json.dumps(record) + "\n" for record in records))
        assert done.code == 0, done.err
        assert ("weight" in done.err) == (told is not None), done.err
        assert told is None or told in done.err


def test_the_first_step_of_colada(run_shell, encoder, teachers, tmp_path):
    """Projected tags with the other model's probabilities beside; a --teacher gives the same."""
    common = f"--preset colada-step1 --init a {' '.join(map(str, FAST))} --max-pieces 64"
    tag = "xner weak-tag en.conll --model a --keep-tags --probs --device cpu"
    piped = run_shell(f"{tag} | xner distill {common} --freeze-layers 1 -o piped")
    assert piped.code == 0, piped.err
    card = json.loads((tmp_path / "piped/xner.json").read_text())["training"]
    assert card["options"]["loss"] == ["soft-ce=0.5", "hard-ce=0.5,weights=ignore"]
    assert (card["options"]["weight_decay"], card["options"]["warmup"]) == (0.01, 0.1)
    here = run_shell(f"xner distill en.conll --teacher a {common} --freeze-layers 1 -o here")
    assert here.code == 0, here.err
    losses = [json.loads(done.out)["losses"] for done in (piped, here)]
    for name in ("soft-ce", "hard-ce"):
        assert losses[0][name]["weight"] == 0.5
        assert losses[0][name]["mean"] == pytest.approx(losses[1][name]["mean"], rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "--output DIR is missing"),
        (["-o", "en.conll"], 1, "'en.conll' is a file, not a folder"),
        (["-o", "m", "--teacher", "x", "--teacher", "./m=2"], 2, "'m' would overwrite a model"),
        (["-o", "m", "--head", "crf"], 2, "--head crf learns nothing of its transitions"),
        (["-o", "m", "--marker-tokens", "2"], 2, "--marker-tokens is for xner train, not distill"),
        (["-o", "m", "--init", "a", "--head", "softmax"], 2, "as it is; leave out --head"),
        (["-o", "m", "--teacher", "no/such/one"], 1, "no model folder 'no/such/one'"),
        (["-o", "m", "--teacher", "a=0"], 2, "'a=0': the weight must be above 0"),
        (["-o", "m", "--source", "de.txt"], 1, "sentence 'de:1' has no tags"),
        (["-o", "m"], 1, "loss 'mse' needs 'probs' in the stream, which none of its 3 sentences"),
        (["-o", "m", "--loss", "hard-ce"], 1, "'xner weak-tag' or 'xner project-labels' makes it"),
        (["-o", "m", "--loss", "hard-ce=1,weights=no"], 2, "weights 'no' is none of use, ignore"),
    ],
)
def test_what_cannot_be_learned_is_said_in_a_line(
    run_xner, encoder, teachers, tmp_path, arguments, code, message
):
    fresh = [] if "--init" in arguments else ["--encoder", encoder]
    done = run_xner("distill", *fresh, "--device", "cpu", *arguments, stdin=TEXT)
    assert (done.code, done.stdout) == (code, b"")
    assert message in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "m").exists()


@pytest.mark.slow
def test_two_processes_teach_one_student(encoder, teachers, tmp_path):
    words = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    words += [XNER, "distill", "de.txt", *teachers, "--dev", "en.conll", "--source", "en.conll"]
    words += ["--encoder", encoder, *FAST, "--epochs", 4, "-o", "model"]
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        timeout=280,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr
    (line,) = [row for row in done.stdout.splitlines() if row.startswith(b"{")]
    assert json.loads(line)["steps"] == 4  # two batches an epoch, one for each process
    assert (tmp_path / "model/model.safetensors").is_file()

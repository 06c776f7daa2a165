"""`xner project-labels` with the models that link words and score places."""

import json

import pytest

from tests import tiny
from tests.tiny_marian import save_tiny_marian

ROW = {
    "id": "a",
    "lang": "de",
    "tokens": ["Bern", "besucht", "Anna", "Berg", "."],
    "origin": {
        "id": "a",
        "lang": "en",
        "tokens": ["Anna", "Berg", "visited", "Bern", "."],
        "tags": ["B-PER", "I-PER", "O", "B-LOC", "O"],
    },
}


def project(run_xner, *options, row=ROW, number=1):
    lines = [json.dumps(row | {"id": f"a{n}"}) for n in range(number)]
    return run_xner(
        "project-labels", "--onto", "translation", "--keep-all", "--device", "cpu", *options,
        stdin="\n".join(lines) + "\n",
    )  # fmt: skip


def test_an_encoder_links_the_words(run_xner, tmp_path):
    encoder = tiny.bert(tmp_path / "bert")
    row = ROW | {"tokens": ["Anna", "Berg", "visited", "Bern", "."]}
    done = project(run_xner, "--aligner", f"encoder:{encoder},layer=0,method=argmax", row=row)
    assert (done.code, json.loads(done.out)["tags"]) == (0, ["B-PER", "I-PER", "O", "B-LOC", "O"])
    assert "2 found by align" in done.err


def test_eflomal_learns_from_all_records(run_xner):
    pytest.importorskip("eflomal")
    done = project(run_xner, "--aligner", "eflomal", number=50)
    assert done.code == 0
    assert len(done.out.splitlines()) == 50


def test_a_translation_model_scores_the_places(run_xner, tmp_path):
    model = save_tiny_marian(tmp_path / "marian", positions=96)
    found = {}
    for options in ("", ",exact=yes", ",k=9"):
        done = project(run_xner, "--match", f"constrained{options}", "--engine", f"opus:{model}")
        assert done.code == 0
        assert "2 found by constrained" in done.err
        found[options] = json.loads(done.out)
    made = found[""]
    assert sorted(tag[2:] for tag in made["tags"] if tag[0] == "B") == ["LOC", "PER"]
    assert all(0 < score <= 1 for score in made["meta"]["projection"]["scores"])
    assert made == found[",k=9"] == found[",exact=yes"]  # of 15 places all are scored


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--match", "constrained"], 2, "--match constrained needs --engine"),
        (["--match", "constrained", "--engine", "command:cat"], 2, "cannot say how probable"),
        (["--match", "constrained,k=no", "--engine", "command:cat"], 2, "not a whole number"),
        (["--aligner", "encoder"], 2, "wants a model: encoder:FOLDER"),
        (["--aligner", "encoder:."], 1, "holds no model"),
        (["--aligner", "eflomal,corpus=no.tsv"], 2, "no file 'no.tsv'"),
    ],
)
def test_what_cannot_work_is_said(run_xner, options, code, said):
    done = project(run_xner, *options)
    assert (done.code, said in done.err) == (code, True), done.err


def test_languages_have_to_be_named(run_xner, tmp_path):
    model = save_tiny_marian(tmp_path / "marian")
    row = {key: value for key, value in ROW.items() if key != "lang"}
    options = ["--match", "constrained", "--engine", f"opus:{model}"]
    done = project(run_xner, *options, row=row)
    assert (done.code, "names none; give --lang" in done.err) == (1, True)
    assert project(run_xner, *options, "--lang", "de", row=row).code == 0

"""MCL-NER from the shell: the preset's source model, pseudo-labels, and a student of pairs."""

import json

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

"""`xner weak-tag` and `xner evaluate` with a tagger of pairs of words, as processes."""

import json

import pytest
import torch

from tests import tiny

TEXT = "Anna Berg visited Bern .\nOfficials of Nordwind Energy said that\nBern\nthe old harbour\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """One that knows nothing, and sees relations everywhere."""
    folder = tmp_path_factory.mktemp("models")
    tagger = tiny.tagger(tiny.bert(folder / "encoder"), head="token-pair,fused=16,size=8")
    torch.manual_seed(4)
    torch.nn.init.normal_(tagger.head.classes.weight, std=3.0)
    torch.nn.init.zeros_(tagger.head.classes.bias)
    tagger.save(folder / "pairs")
    tiny.tagger(folder / "encoder", scheme="bio").save(folder / "words")
    return folder


def records(done) -> list[dict]:
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.stdout.splitlines()]


def summary(done) -> dict:
    return json.loads(done.stderr.splitlines()[-1])


def test_what_cannot_be_written_as_tags_is_counted_and_may_be_dropped(run_xner, model, tmp_path):
    one = ("weak-tag", "--model", model / "pairs", "--log-json")
    every = run_xner(*one, stdin=TEXT)
    tagged = {record["id"]: record for record in records(every)}
    counts = summary(every)["counts"]
    assert counts["broken"] > 0
    assert len(tagged) == 4
    strict = run_xner(*one, "--drop-broken", "--rejects", "rejects.jsonl", stdin=TEXT)
    kept, said = records(strict), summary(strict)
    assert said["dropped"]["broken entity"] == 4 - len(kept) > 0
    assert (said["read"], said["written"]) == (4, len(kept))
    assert all(tagged[record["id"]] == record for record in kept)
    rejects = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert {row["reason"] for row in rejects} == {"broken entity"}
    assert {row["record"]["id"] for row in rejects} == tagged.keys() - {r["id"] for r in kept}


def test_sentences_without_an_entity_may_be_dropped(run_xner, model):
    one = ("weak-tag", "--model", model / "pairs", "--log-json", "--drop-empty")
    some = run_xner(*one, stdin=TEXT)
    assert all(set(record["tags"]) > {"O"} or record["tags"] != ["O"] for record in records(some))
    none = run_xner(*one, "--min-score", "1", stdin=TEXT)
    assert records(none) == []
    assert summary(none)["dropped"] == {"no entity": 4}
    kept = run_xner(*one, "--keep-tags", stdin='{"id": "a", "tokens": ["Bern"], "tags": ["B-LOC"]}')
    assert [record["tags"] for record in records(kept)] == [["B-LOC"]]


def test_it_is_averaged_beside_others_and_scored(run_xner, model, tmp_path):
    both = ("--model", f"{model / 'pairs'}=3", "--model", model / "words", "--probs")
    out = records(run_xner("weak-tag", *both, stdin=TEXT))
    assert [sum(row) for row in out[0]["probs"]] == pytest.approx([1.0] * 5, abs=1e-3)
    own = run_xner("weak-tag", "--model", model / "pairs", stdin=TEXT)
    (tmp_path / "own.jsonl").write_bytes(own.stdout)
    # a tagger agrees with what it said itself
    done = run_xner("evaluate", "own.jsonl", "--model", model / "pairs")
    assert done.code == 0, done.err
    assert json.loads(done.out)["micro"]["f1"] == 1.0

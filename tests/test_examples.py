"""The example corpora are what the README says, and the pipeline runs on them word for word."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import io_formats
from tests.conftest import XNER, outside_make
from xner.lexicon import read_lexicon

EXAMPLES = Path(__file__).parents[1] / "examples"
PIPELINE = "xner weak-tag de.txt | xner translate-spans --engine opus | xner train --loss span-kl"


def sentences(name: str):
    return list(io_formats.read(str(EXAMPLES / name)))


def entities(name: str) -> set[str]:
    return {" ".join(s.tokens[a:b]) for s in sentences(name) for a, b, _ in s.spans}


@pytest.mark.parametrize(
    ("name", "count"),
    [("en.train.conll", 300), ("en.dev.conll", 60), ("de.txt", 200), ("de.test.conll", 100)],
)
def test_sizes(name, count):
    found = sentences(name)
    assert len(found) == count
    assert len({" ".join(s.tokens) for s in found}) == count


@pytest.mark.parametrize("name", ["en.train.conll", "en.dev.conll", "de.test.conll"])
def test_four_types(name):
    assert {span.label for s in sentences(name) for span in s.spans} == {
        "PER",
        "LOC",
        "ORG",
        "MISC",
    }


def test_at_most_a_fifth_of_the_test_entities_are_seen_in_training():
    seen, test = entities("en.train.conll"), entities("de.test.conll")
    assert len(test & seen) <= len(test) / 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the examples that trains for a few epochs only."""
    copy = tmp_path_factory.mktemp("examples") / "examples"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("models", "work"))
    config = (copy / "xner.toml").read_text()
    assert "epochs = 20" in config
    (copy / "xner.toml").write_text(config.replace("epochs = 20", "epochs = 5"))
    return copy


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    env = outside_make() | {
        "PATH": f"{XNER.parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, env=env, capture_output=True, timeout=280, check=False
    )


@pytest.mark.slow
def test_the_pipeline_runs_word_for_word(folder):
    made = shell("make models/en", folder)
    assert made.returncode == 0, made.stderr
    trained = shell(f"set -o pipefail; {PIPELINE}", folder)
    assert trained.returncode == 0, trained.stderr
    # no opus model here: the word list that xner.toml names stands in, and says so
    assert b"lexicon:" in trained.stderr
    result = json.loads(trained.stdout)
    assert result["model"] == "models/conner"
    assert result["losses"]["span-kl"]["mean"] > 0
    scored = shell("xner evaluate", folder)
    assert scored.returncode == 0, scored.stderr
    assert json.loads(scored.stdout)["micro"]["support"] == 164


@pytest.mark.slow
def test_crop_has_two_rounds(folder):
    made = shell("make -f crop.mk", folder)
    assert made.returncode == 0, made.stderr
    raw = {s.id: s.tokens for s in sentences("de.txt")}
    first, second = (
        {s.id: s for s in io_formats.read(str(folder / f"work/de.round-{number}.jsonl"))}
        for number in (1, 2)
    )
    for labelled in (first, second):
        # labels stand on the raw sentences themselves, and every one of these has some
        assert 40 < len(labelled) < len(raw)
        assert all(s.tokens == raw[name] and s.spans for name, s in labelled.items())
    # round 2 takes some sentences over from its tagger, and drops some that it sees otherwise
    assert any(s.meta["projection"]["match"] == "fallback" for s in second.values())
    assert first.keys() - second.keys()
    learnt = [json.loads((folder / f"models/crop-{n}/xner.json").read_text()) for n in (1, 2)]
    files = [row["file"] for card in learnt for row in card["training"]["source"]]
    assert files == [
        *("en.train.conll", "work/de.round-1.jsonl"),
        *("en.train.conll", "work/de.round-2.jsonl"),
    ]
    assert b"against work/en.jsonl" in made.stdout


@pytest.mark.slow
def test_transadv_has_four_teachers(folder):
    makefile = folder / "transadv.mk"
    short = re.sub(r"--epochs \d+", "--epochs 1", makefile.read_text())
    assert short.count("--epochs 1 ") == 3
    makefile.write_text(short)
    made = shell("make -f transadv.mk", folder)
    assert made.returncode == 0, made.stderr
    data = {
        name: list(io_formats.read(str(folder / f"work/{name}.jsonl")))
        for name in ("S", "T", "swS", "swT", "shuS", "shuT")
    }
    source = {s.id: s for s in data["S"]}
    gold = [s.tags for s in sentences("en.train.conll")]
    assert all([s.tags for s in data[name]] == gold for name in ("S", "T", "swS", "swT"))
    assert all(s.shuffled and s.tags == source[s.id].tags for s in data["shuS"] + data["shuT"])
    teachers = ["models/src", "models/entity", "models/context", "models/order"]
    cards = {
        name: json.loads((folder / name / "xner.json").read_text())["training"]
        for name in [*teachers, "models/transadv"]
    }
    assert [row["model"] for row in cards["models/transadv"]["teachers"]] == teachers
    assert {row["file"] for row in cards["models/entity"]["source"]} == {
        "work/T.jsonl",
        "work/swT.jsonl",
    }
    # the raw text alone is learned from, and it has no labels
    assert [row["file"] for row in cards["models/transadv"]["stream"]] == ["de.txt"]
    assert cards["models/transadv"]["source"] == []
    assert b"against work/en.jsonl" in made.stdout


@pytest.mark.slow
def test_colada_stops_when_two_iterations_agree(folder):
    makefile = folder / "colada.mk"
    short = re.sub(r"--epochs \d+", "--epochs 1", makefile.read_text())
    assert short.count("--epochs 1 ") == 1
    makefile.write_text(short)
    # any agreement with the source tagger is enough, then none is
    made = shell("make -f colada.mk ITERATIONS=3 STOP=0", folder)
    assert made.returncode == 0, made.stderr
    assert [path.name for path in sorted((folder / "models/colada").iterdir())] == ["1"]
    made = shell("make -f colada.mk ITERATIONS=2 STOP=2", folder)
    assert made.returncode == 0, made.stderr
    assert [path.name for path in sorted((folder / "models/colada").iterdir())] == ["1", "2"]
    gold = {s.id: s.tags for s in sentences("en.train.conll")}
    for number in ("1", "2"):
        trans, tgt = (
            list(io_formats.read(str(folder / f"work/colada/{number}/{name}-weighted.jsonl")))
            for name in ("trans", "tgt")
        )
        # the projected tags stand, and the tagger's say is weighed beside them
        assert {s.id: s.tags for s in trans} == gold
        assert all(s.probs and s.weights for s in (*trans, *tgt))
    cards = {
        name: json.loads((folder / f"models/colada/{name}/xner.json").read_text())["training"]
        for name in ("1/trans", "1/tgt", "2/trans", "2/tgt")
    }
    begun = {name: card["model"]["init"] for name, card in cards.items()}
    assert begun == {
        **{"1/trans": "models/en", "1/tgt": "models/en"},
        **{"2/trans": "models/colada/1/tgt", "2/tgt": "models/en"},
    }
    assert cards["1/trans"]["options"]["loss"][0] == "soft-ce=0.5"
    assert cards["2/trans"]["options"]["loss"][0] == "soft-ce=0.9"
    assert b"against work/en.jsonl" in made.stdout


@pytest.mark.parametrize("number", ["", "0", "-1", "1.5", "two"])
def test_a_number_of_iterations_that_is_none_is_said_before_anything_is_trained(number, folder):
    made = shell(f"make -n -f colada.mk ITERATIONS={number}", folder)
    assert made.returncode == 2
    assert f"ITERATIONS={number} is no whole number from 1 on".encode() in made.stderr
    assert not made.stdout


def test_the_word_list_covers_the_german_texts():
    lexicon = read_lexicon(EXAMPLES / "lexicon.en-de.tsv", "de", "en")
    known, unknown = 0, []
    for sentence in (s for name in ("de.txt", "de.test.conll") for s in sentences(name)):
        place = 0
        while place < len(sentence.tokens):
            length, _ = lexicon.find(sentence.tokens, place) or (0, "")
            word = sentence.tokens[place]
            if not length and any(map(str.isalpha, word)):
                unknown.append(word)
            known += length
            place += length or 1
    assert known > 3000
    assert len(unknown) < known / 100, unknown

"""`xner evaluate`: several runs, a baseline beside one, and how sure a score is."""

import random

import pytest

from tests.commands.gold import FOUND, GOLD, conll, jsonl, three_columns

pytestmark = pytest.mark.usefixtures("own_folder")


def test_several_runs_give_mean_and_sample_deviation(scores, evaluate):
    files = [conll("a.conll", FOUND), conll("b.conll"), jsonl("c.jsonl", FOUND, ids="gold:{}")]
    found = scores("--gold", conll("gold.conll"), *files)
    assert list(found) == ["runs", "mean", "deviation"]
    assert [run["name"] for run in found["runs"]] == files
    assert [run["micro"]["f1"] for run in found["runs"]] == pytest.approx([2 / 3, 1, 2 / 3])
    assert found["mean"]["micro"]["f1"] == pytest.approx(7 / 9)
    assert found["deviation"]["micro"]["f1"] == pytest.approx((1 / 27) ** 0.5)
    assert found["mean"]["types"]["PER"]["precision"] == pytest.approx(2 / 3)
    done = evaluate("--gold", "gold.conll", *files, "--to", "table")
    rows = [line.replace("│", " ").split() for line in done.out.splitlines()]
    assert [row[0] for row in rows if row[3:4] and row[3][:1].isdigit()] == [
        *files,
        "mean",
        "deviation",
    ]


def test_runs_that_bring_their_gold_are_scored_each_by_its_own(scores):
    found = scores("--from", "conlleval", three_columns("a.txt"), three_columns("b.txt"))
    assert found["deviation"]["micro"]["f1"] == 0


def many(name, wrong, seed=0):
    """200 sentences of GOLD's, `wrong` of them without their entities."""
    draw = random.Random(seed)
    chosen = set(draw.sample(range(200), wrong))
    corpus = [GOLD[n % 4] for n in range(200)]
    tags = [["O"] * len(t) if n in chosen else t for n, (_, t) in enumerate(corpus)]
    return conll(name, tags, [words for words, _ in corpus])


def test_a_baseline_is_compared_by_paired_bootstrap(scores):
    gold, good, bad = many("gold.conll", 0), many("good.conll", 20), many("bad.conll", 90, seed=1)
    found = scores("--gold", gold, good, "--against", bad, "--seed", 3)
    baseline = scores("--gold", gold, bad)["micro"]
    rival = found["against"]
    assert (rival["name"], rival["micro"]) == ("bad.conll", baseline)
    assert rival["difference"] == pytest.approx(found["micro"]["f1"] - baseline["f1"])
    assert 0 < rival["low"] < rival["difference"] < rival["high"]
    assert rival["p"] == pytest.approx(1 / 1001)
    assert "|resamples:1000|seed:3|" in found["signature"]
    assert found == scores("--gold", gold, good, "--against", bad, "--seed", 3)
    same = scores("--gold", gold, good, "--against", good)["against"]
    assert (same["difference"], same["p"]) == (0, 1)


def test_confidence_adds_an_interval_around_the_score(scores, evaluate):
    files = ["--gold", many("gold.conll", 0), many("pred.conll", 60)]
    found = scores(*files, "--confidence", "--resamples", 500)
    interval = found["confidence"]
    assert interval["level"] == 0.95
    assert interval["low"] < found["micro"]["f1"] < interval["high"] < interval["low"] + 0.2
    table = evaluate(*files, "--confidence", "--to", "table").out
    assert "micro F1 95% interval" in table

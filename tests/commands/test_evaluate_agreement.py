"""`xner evaluate --agreement`: runs compared with each other, without gold."""

import pytest

from tests.commands.gold import FOUND, conll, jsonl

pytestmark = pytest.mark.usefixtures("own_folder")

NOTHING = [["O"] * len(tags) for tags in FOUND]


def test_each_run_is_scored_by_every_other(scores):
    right, found, nothing = conll("a.conll"), jsonl("b.jsonl", FOUND), conll("c.conll", NOTHING)
    outcome = scores(right, found, nothing, "--agreement")
    f1 = scores(found, "--gold", right)["micro"]["f1"]
    assert f1 == pytest.approx(2 / 3)
    assert outcome["runs"] == [
        {
            "name": right,
            "agreement": pytest.approx(f1 / 2),
            "with": [{"name": found, "f1": pytest.approx(f1)}, {"name": nothing, "f1": 0}],
        },
        {
            "name": found,
            "agreement": pytest.approx(f1 / 2),
            "with": [{"name": right, "f1": pytest.approx(f1)}, {"name": nothing, "f1": 0}],
        },
        {
            "name": nothing,
            "agreement": 0,
            "with": [{"name": right, "f1": 0}, {"name": found, "f1": 0}],
        },
    ]
    assert "|systems:3|sentences:4|text:" in outcome["signature"]
    assert "gold:" not in outcome["signature"]


def test_order_makes_no_difference_and_types_are_renamed(scores):
    runs = jsonl("a.jsonl"), jsonl("b.jsonl", order=[3, 1, 0, 2]), jsonl("c.jsonl", FOUND)
    outcome = scores(*runs, "--agreement", "--map", "PER=O,ORG=O")
    assert [run["agreement"] for run in outcome["runs"]] == [1, 1, 1]
    assert "|map:ORG=O,PER=O|" in outcome["signature"]


def test_a_table_names_the_nearest_run(evaluate):
    runs = conll("a.conll"), conll("b.conll", FOUND), conll("c.conll", NOTHING)
    lines = evaluate(*runs, "--agreement", "--to", "table").out.splitlines()
    assert [line.replace("│", " ").split()[-2:] for line in lines if "conll │" in line][:2] == [
        ["b.conll", "66.67"],
        ["a.conll", "66.67"],
    ]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--gold", "a.conll"], "leave out --gold, --model, --against and --projection"),
        (["--confidence", "--min-f1", "0.5"], "leave out --confidence, --min-f1"),
    ],
)
def test_what_needs_gold_is_refused(evaluate, more, told):
    done = evaluate(conll("a.conll"), conll("b.conll"), "--agreement", *more)
    assert done.code == 2
    assert told in done.err


def test_one_run_and_other_words_are_refused(evaluate):
    one = conll("a.conll")
    assert "name two or more" in evaluate(one, "--agreement").err
    words = [["Eva", "singt", "in", "Bern"], ["Es", "regnet"], ["Der"] * 4, ["Basel", "ruht"]]
    done = evaluate(one, conll("b.conll", words=words), "--agreement")
    assert (done.code, done.out) == (1, "")
    assert "'Eva' against 'Ida'" in done.err


def test_gold_and_model_of_the_configuration_are_left_aside(scores):
    with open("xner.toml", "w") as file:
        file.write('[evaluate]\ngold = "none.conll"\nmodel = "nowhere"\n')
    outcome = scores(conll("a.conll"), conll("b.conll"), "--agreement")
    assert [run["agreement"] for run in outcome["runs"]] == [1, 1]

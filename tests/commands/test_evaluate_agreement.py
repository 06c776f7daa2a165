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
            "entities": 4,
            "agreement": pytest.approx(f1 / 2),
            "with": [{"name": found, "f1": pytest.approx(f1)}, {"name": nothing, "f1": 0}],
        },
        {
            "name": found,
            "entities": 5,
            "agreement": pytest.approx(f1 / 2),
            "with": [{"name": right, "f1": pytest.approx(f1)}, {"name": nothing, "f1": 0}],
        },
        {
            "name": nothing,
            "entities": 0,
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
    runs = conll("[b]a.conll"), conll("b.conll", FOUND), conll("c.conll", NOTHING)
    lines = evaluate(*runs, "--agreement", "--to", "table").out.splitlines()
    rows = [line.replace("│", " ").split() for line in lines if ".conll" in line]
    assert [(row[0], row[1], row[-2:]) for row in rows[:2]] == [
        ("[b]a.conll", "4", ["b.conll", "66.67"]),
        ("b.conll", "5", ["[b]a.conll", "66.67"]),
    ]
    assert (rows[2][0], rows[2][-1]) == ("c.conll", "0.00")
    assert "[b]a.conll" not in rows[2]


def test_what_chooses_nothing_is_said(evaluate):
    done = evaluate(conll("a.conll"), conll("b.conll", NOTHING), "--agreement")
    assert done.code == 0
    assert "a.conll: entities: 4 found" in done.err
    assert "warning: b.conll: it has no entity" in done.err
    assert "warning: two runs agree with each other alike" in done.err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--gold", "a.conll"], "leave out --gold"),
        (["--confidence", "--min-f1", "0.5"], "leave out --confidence, --min-f1"),
        (["a.conll"], "INPUT 'a.conll' is named twice"),
        (["-o", "a.conll"], "--output 'a.conll' is read here"),
    ],
)
def test_wrong_usage_is_exit_2(evaluate, more, told):
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


def test_what_is_typed_wins_over_the_configuration(scores):
    runs = conll("a.conll"), conll("b.conll")
    with open("xner.toml", "w") as file:
        file.write('[evaluate]\ngold = "none.conll"\nmodel = "nowhere"\nmin-f1 = 0.5\n')
    assert [run["agreement"] for run in scores(*runs, "--agreement")["runs"]] == [1, 1]
    with open("xner.toml", "w") as file:
        file.write("[evaluate]\nagreement = true\n")
    assert [run["agreement"] for run in scores(*runs)["runs"]] == [1, 1]
    assert scores(runs[0], "--gold", runs[1])["micro"]["f1"] == 1


def test_scores_do_not_replace_what_they_are_of(evaluate):
    found, gold = conll("a.conll", FOUND), conll("gold.conll")
    for output in (found, gold):
        done = evaluate(found, "--gold", gold, "-o", output)
        assert (done.code, done.out) == (2, "")
        assert f"--output '{output}' is read here" in done.err

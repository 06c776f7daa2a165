"""`xner evaluate --projection`: scores of what a projection kept, beside its yield."""

from pathlib import Path

import pytest

from tests.commands.gold import FOUND, conll, jsonl

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def part(scores):
    """The JSON of a projection that kept the sentences with these places."""

    def run(order, *options):
        gold, pred = jsonl("gold.jsonl"), jsonl("pred.jsonl", FOUND, order=order)
        return scores("--gold", gold, pred, "--projection", *options)

    return run


def test_a_projection_is_scored_on_what_it_kept_beside_its_yield(part, scores):
    found = part([2, 0])  # s3 and s1, in another order than the gold
    assert found["yield"] == {
        "sentences": 4,
        "kept": 2,
        "entities": 4,
        "kept_entities": 3,
        "share": 0.5,
        "recall": 0.5,
    }
    own = scores(
        "--gold",
        jsonl("some.jsonl", order=[0, 2]),
        jsonl("those.jsonl", FOUND, order=[0, 2]),
    )
    assert {key: found[key] for key in ("micro", "macro", "types")} == {
        key: own[key] for key in ("micro", "macro", "types")
    }
    assert found["micro"]["recall"] == pytest.approx(2 / 3)


def test_a_projection_that_kept_all_is_scored_as_any_other(part, scores):
    found = part(None)
    own = scores("--gold", "gold.jsonl", "pred.jsonl")
    kept = found.pop("yield")
    assert (kept["share"], kept["recall"]) == (1, own["micro"]["recall"])
    assert found.pop("signature").replace("|kept:4", "") == own.pop("signature")
    assert found == own


@pytest.mark.parametrize("kept", [[], [1]])
def test_a_projection_without_any_entity_of_the_gold(scores, kept):
    jsonl("pred.jsonl", FOUND)
    rows = Path("pred.jsonl").read_text("utf-8").splitlines(keepends=True)
    Path("pred.jsonl").write_text("".join(rows[n] for n in kept), "utf-8")
    found = scores("--gold", jsonl("gold.jsonl"), "pred.jsonl", "--projection")
    assert (found["yield"]["kept"], found["yield"]["kept_entities"]) == (len(kept), 0)
    assert found["yield"]["recall"] == found["micro"]["f1"] == 0


def test_the_yield_is_told_and_tabled(evaluate):
    jsonl("pred.jsonl", FOUND, order=[0, 2])
    done = evaluate("--gold", jsonl("gold.jsonl"), "pred.jsonl", "--projection", "--to", "table")
    assert "pred.jsonl: yield: 2 of 4 sentences, 3 of 4 gold entities\n" in done.err
    line = (
        "yield: 2 of 4 sentences (50.00%), with 3 of 4 gold entities; recall over all of them 50.00"
    )
    assert line in done.out.splitlines()
    assert "|kept:2|" in done.out


def test_several_projections_have_their_own_yield(scores):
    found = scores(
        "--gold",
        jsonl("gold.jsonl"),
        jsonl("a.jsonl", FOUND, order=[0]),
        jsonl("b.jsonl", FOUND, order=[1, 2, 3]),
        "--projection",
    )
    kept = [(run["yield"]["kept"], run["yield"]["kept_entities"]) for run in found["runs"]]
    assert kept == [(1, 2), (3, 2)]
    assert found["mean"]["yield"] == pytest.approx({"share": 0.5, "recall": 0.375})
    assert found["deviation"]["yield"] == pytest.approx(
        {"share": 0.125**0.5, "recall": 0.03125**0.5}
    )
    assert [run["micro"]["support"] for run in found["runs"]] == [2, 2]


def test_the_yield_of_several_projections_is_tabled(evaluate):
    files = jsonl("a.jsonl", FOUND, order=[0]), jsonl("b.jsonl", FOUND, order=[1, 2, 3])
    gold = jsonl("gold.jsonl")
    done = evaluate("--gold", gold, *files, "--projection", "--to", "table")
    rows = [line.replace("│", " ").split() for line in done.out.splitlines()]
    assert [row[-2:] for row in rows if row and row[0] in {*files, "mean", "deviation"}] == [
        ["25.00", "50.00"],
        ["75.00", "25.00"],
        ["50.00", "37.50"],
        ["35.36", "17.68"],
    ]
    assert "recall of all" not in evaluate("--gold", gold, gold, gold, "--to", "table").out


def test_a_projection_that_kept_no_entity_is_not_blamed_on_the_gold(evaluate):
    done = evaluate("--gold", jsonl("gold.jsonl"), jsonl("p.jsonl", order=[1]), "--projection")
    assert "warning: p.jsonl: none of the gold's 4 entities is in the sentences" in done.err
    assert "the gold has no entity" not in done.err


def test_a_projection_from_a_file_of_another_name_is_joined_by_number(scores):
    gold = conll("gold.conll")
    pred = jsonl("pred.jsonl", FOUND, order=[0, 3], ids="raw:{}")
    assert scores("--gold", gold, pred, "--projection")["yield"]["kept_entities"] == 3


# What is refused


def test_the_score_of_a_projection_is_not_printed_alone(evaluate):
    files = "--gold", jsonl("gold.jsonl"), jsonl("p.jsonl")
    done = evaluate(*files, "--projection", "--score-only")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("xner evaluate: --score-only prints no yield, without which")


def test_a_projection_of_sentences_that_the_gold_lacks_is_refused(evaluate):
    done = evaluate("--gold", jsonl("gold.jsonl", order=[0, 1]), jsonl("p.jsonl"), "--projection")
    assert (done.code, done.err) == (
        1,
        "xner evaluate: p.jsonl: 2 of its sentences have no counterpart in gold.jsonl\n",
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "--projection needs --gold: all sentences there are, with their labels"),
        (
            ["--gold", "gold.jsonl", "--against", "p.jsonl"],
            "--projection compares INPUT with --gold; leave out --model and --against",
        ),
    ],
)
def test_what_a_projection_cannot_be_compared_with(evaluate, options, says):
    jsonl("gold.jsonl")
    done = evaluate("--projection", *options, jsonl("p.jsonl"))
    assert (done.code, done.err) == (2, f"xner evaluate: {says}\n")

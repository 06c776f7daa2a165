"""`xner evaluate`: what it prints, in which modes, and of which types."""

import json
import os
from pathlib import Path

import pytest
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from tests.commands.gold import FOUND, GOLD, conll, jsonl

pytestmark = pytest.mark.usefixtures("own_folder")


# What is printed


def test_the_json_is_the_documented_one_and_holds_seqevals_figures(scores):
    found = scores("--gold", conll("gold.conll"), conll("pred.conll", FOUND))
    assert list(found) == ["micro", "macro", "types", "signature"]
    theirs = classification_report([tags for _, tags in GOLD], FOUND, output_dict=True)
    check_score(found["micro"], theirs["micro avg"])
    check_score(found["macro"], theirs["macro avg"])
    assert list(found["types"]) == ["LOC", "ORG", "PER"]
    for label, score in found["types"].items():
        check_score(score, theirs[label])


def check_score(ours, theirs):
    assert list(ours) == ["precision", "recall", "f1", "support"]
    assert ours["precision"] == pytest.approx(theirs["precision"])
    assert ours["recall"] == pytest.approx(theirs["recall"])
    assert ours["f1"] == pytest.approx(theirs["f1-score"])
    assert ours["support"] == theirs["support"]


def test_a_pipe_gets_json_and_a_real_process_reads_it(run_xner):
    jsonl("gold.jsonl")
    done = run_xner(
        "evaluate", "--gold", "gold.jsonl", stdin=Path(jsonl("pred.jsonl", FOUND)).read_bytes()
    )
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["micro"]["support"] == 4
    assert done.stderr == b"xner evaluate: stdin: entities: 4 gold, 5 found, 3 correct\n"


def test_the_table_shows_per_cent_and_counts(evaluate):
    done = evaluate("--gold", conll("gold.conll"), conll("pred.conll", FOUND), "--to", "table")
    rows = [line.replace("│", " ").split() for line in done.out.splitlines()]
    assert ["micro", "60.00", "75.00", "66.67", "4", "5", "3"] in rows
    assert ["ORG", "0.00", "0.00", "0.00", "1", "1", "0"] in rows
    assert "mode:lenient" in done.out
    assert "\x1b" not in done.out


def test_the_score_alone_is_a_fraction(evaluate):
    done = evaluate("--gold", conll("gold.conll"), conll("pred.conll", FOUND), "--score-only")
    assert done.out == "0.666667\n"


def test_the_result_can_go_to_a_file(evaluate):
    done = evaluate("--gold", conll("gold.conll"), conll("pred.conll"), "-o", "scores.json")
    assert done.out == ""
    assert json.loads(Path("scores.json").read_text())["micro"]["f1"] == 1


def test_no_entities_anywhere_is_zero_with_a_warning_of_ours_alone(run_xner):
    nothing = [["O"] * len(words) for words, _ in GOLD]
    conll("gold.conll", nothing), conll("pred.conll", nothing)
    done = run_xner("evaluate", "--gold", "gold.conll", "pred.conll")
    assert json.loads(done.stdout)["micro"] == dict.fromkeys(("precision", "recall", "f1"), 0.0) | {
        "support": 0
    }
    assert done.stderr.decode().splitlines() == [
        "xner evaluate: pred.conll: entities: 0 gold, 0 found, 0 correct",
        "xner evaluate: warning: pred.conll: the gold has no entity, so recall counts as 0",
    ]


def test_the_signature_tells_modes_maps_and_golds_apart_but_not_formats(scores):
    conll("gold.conll"), jsonl("gold.jsonl"), conll("pred.conll", FOUND), jsonl("p.jsonl", FOUND)
    other = [["O", "O", "O", "B-LOC"], *(tags for _, tags in GOLD[1:])]

    def signature(*arguments):
        return scores(*arguments)["signature"]

    same = signature("--gold", "gold.conll", "pred.conll")
    assert same == signature("--gold", "gold.jsonl", "p.jsonl")
    assert same == signature("--gold", "gold.conll", conll("other.conll", other))
    others = {
        signature("--gold", "gold.conll", "pred.conll", "--strict"),
        signature("--gold", "gold.conll", "pred.conll", "--map", "ORG=LOC"),
        signature("--gold", conll("gold2.conll", other), "pred.conll"),
        signature("--gold", "gold.conll", "pred.conll", "--confidence"),
    }
    assert len(others | {same}) == 5


@pytest.mark.parametrize(("threshold", "code"), [("0.66", 0), ("0.67", 1)])
def test_a_score_below_the_threshold_is_printed_and_exits_1(evaluate, threshold, code):
    done = evaluate(
        "--gold", conll("gold.conll"), conll("pred.conll", FOUND), "--min-f1", threshold, "-q"
    )
    assert done.code == code
    assert json.loads(done.out)["micro"]["f1"] == pytest.approx(2 / 3)
    assert done.err == ("xner evaluate: micro F1 0.6667 is below --min-f1 0.67\n" * code)


def test_words_of_which_nothing_is_known_are_told(evaluate):
    rows = [json.loads(line) for line in Path(jsonl("p.jsonl")).read_text("utf-8").splitlines()]
    for row in rows:
        row["weights"] = [0.0, *([1.0] * (len(row["tokens"]) - 1))]
    Path("p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    done = evaluate("--gold", jsonl("gold.jsonl"), "p.jsonl")
    assert "p.jsonl: 4 words have weight 0, and are scored as they stand\n" in done.err


# Modes


def test_strict_is_seqevals_strict_mode_also_for_what_readers_would_mend(scores):
    found = [["I-PER", "O", "O", "B-LOC"], *FOUND[1:3], ["I-LOC", "O"]]
    gold = [tags for _, tags in GOLD]
    conll("gold.conll"), conll("pred.conll", found), jsonl("gold.jsonl"), jsonl("p.jsonl", found)
    theirs = classification_report(gold, found, mode="strict", scheme=IOB2, output_dict=True)
    for files in (("gold.conll", "pred.conll"), ("gold.jsonl", "p.jsonl")):
        check_score(scores("--strict", "--gold", *files)["micro"], theirs["micro avg"])
        check_score(
            scores("--gold", *files)["micro"],
            classification_report(gold, found, output_dict=True)["micro avg"],
        )


def test_mended_tags_are_told(evaluate):
    found = [["I-PER", "O", "O", "I-LOC"], *FOUND[1:]]
    done = evaluate("--gold", conll("gold.conll"), conll("pred.conll", found))
    assert "pred.conll: 2 ill-formed tags are read as conlleval reads them" in done.err


def test_other_schemes_score_as_bio(scores):
    bioes = [["S-PER", "O", "O", "S-LOC"], ["O", "O"], ["O", "B-ORG", "E-ORG", "O"], ["S-LOC", "O"]]
    found = scores("--gold", conll("gold.conll"), conll("pred.conll", bioes))
    assert found["micro"]["f1"] == 1


# Types


def test_types_that_gold_does_not_know_are_told_and_can_be_mapped(evaluate, scores):
    renamed = {"LOC": "LOCATION", "ORG": "MISC"}
    tags = [
        [f"{t[:2]}{renamed.get(t[2:], t[2:])}" if t != "O" else t for t in own] for _, own in GOLD
    ]
    files = ["--gold", conll("gold.conll"), conll("pred.conll", tags)]
    done = evaluate(*files)
    assert (
        "warning: pred.conll: the predictions have LOCATION MISC, the gold only LOC ORG PER; "
        "--map LOCATION=LOC,MISC=O renames them" in done.err
    )
    assert scores(*files, "--map", "LOCATION=LOC", "--map", "MISC=ORG")["micro"]["f1"] == 1
    assert scores(*files, "--map", "LOCATION=LOC,MISC=O")["micro"]["precision"] == 1
    assert "warning" not in evaluate(*files, "--map", "LOCATION=LOC,MISC=O").err


# A model's own output, and conlleval's


def test_a_model_is_scored_on_gold_whose_tags_it_does_not_see(scores, tmp_path):
    torch = pytest.importorskip("torch")
    from tests import tiny
    from xner.models.tagging import TaggingSettings, load_ensemble
    from xner.sentence import Sentence

    torch.set_num_threads(1)
    tiny.tagger(tiny.bert(tmp_path / "encoder")).save(tmp_path / "model")
    ensemble = load_ensemble(
        [str(tmp_path / "model")], {}, TaggingSettings(), torch.device("cpu"), True
    )
    tagged = ensemble.tag([Sentence(id=str(n), tokens=w) for n, (w, _) in enumerate(GOLD)])
    expected = classification_report(
        [tags for _, tags in GOLD],
        [sentence.tags for sentence in tagged],
        output_dict=True,
        zero_division=0,
    )
    options = ["--model", tmp_path / "model", "--device", "cpu", "--offline"]
    conll("gold.conll")
    for where in (["--gold", "gold.conll"], ["gold.conll"]):
        check_score(scores(*options, *where)["micro"], expected["micro avg"])


def test_an_input_wins_over_the_model_of_the_configuration_file(scores):
    Path("xner.toml").write_text('[evaluate]\ngold = "gold.conll"\nmodel = "models/none"\n')
    conll("gold.conll")
    assert scores(conll("pred.conll", FOUND))["micro"]["f1"] == pytest.approx(2 / 3)


@pytest.mark.data
@pytest.mark.skipif("XNER_DATA" not in os.environ, reason="XNER_DATA does not name the corpora")
def test_conllevals_own_example_scores_as_conlleval_says(evaluate):
    path = Path(os.environ["XNER_DATA"]) / "scorers" / "conlleval-output.txt"
    done = evaluate("--from", "conlleval", path, "--to", "table")
    rows = [line.replace("│", " ").split() for line in done.out.splitlines()]
    assert ["micro", "68.83", "80.83", "74.35", "459", "539", "371"] in rows

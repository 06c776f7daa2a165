"""`xner evaluate`: what it prints, what it refuses and with which words."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2
from typer.testing import CliRunner

XNER = Path(sys.executable).with_name("xner")
GOLD = [
    (["Ida", "singt", "in", "Bern"], ["B-PER", "O", "O", "B-LOC"]),
    (["Es", "regnet"], ["O", "O"]),
    (["Der", "FC", "Basel", "gewinnt"], ["O", "B-ORG", "I-ORG", "O"]),
    (["Basel", "ruht"], ["B-LOC", "O"]),
]
HINT = "; --projection scores the sentences that are there"
FOUND = [
    ["B-PER", "O", "O", "B-LOC"],
    ["O", "B-PER"],
    ["O", "B-ORG", "O", "O"],
    ["B-LOC", "O"],
]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XNER_CONFIG", raising=False)


@pytest.fixture
def evaluate():
    """Run the command in this process, which has seqeval loaded already."""
    from commands.main import build_app

    def run(*arguments):
        done = CliRunner().invoke(build_app({"evaluate"}), ["evaluate", *map(str, arguments)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return SimpleNamespace(code=done.exit_code, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def scores(evaluate):
    """The JSON of a run that must succeed."""

    def run(*arguments):
        done = evaluate(*arguments)
        assert done.code == 0, done.err
        return json.loads(done.out)

    return run


def process(*arguments, stdin=b""):
    return subprocess.run([XNER, "evaluate", *arguments], input=stdin, capture_output=True)


def conll(name, tags=None, words=None):
    """A CoNLL file of GOLD's words, with other tags or words where these are given."""
    tags = tags or [sentence_tags for _, sentence_tags in GOLD]
    words = words or [sentence_words for sentence_words, _ in GOLD]
    blocks = [
        "".join(f"{word} {tag}\n" for word, tag in zip(*pair, strict=True))
        for pair in zip(words, tags, strict=True)
    ]
    Path(name).write_text("\n".join(blocks), "utf-8")
    return name


def jsonl(name, tags=None, order=None, ids="s{}", **fields):
    rows = [
        {"id": ids.format(n), "tokens": words, "tags": mine, **fields}
        for n, ((words, own), mine) in enumerate(
            zip(GOLD, tags or [own for _, own in GOLD], strict=True), 1
        )
    ]
    rows = [rows[n] for n in order or range(len(rows))]
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return name


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


def test_a_pipe_gets_json_and_a_real_process_reads_it():
    jsonl("gold.jsonl")
    done = process("--gold", "gold.jsonl", stdin=Path(jsonl("pred.jsonl", FOUND)).read_bytes())
    assert done.returncode == 0, done.stderr
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


def test_no_entities_anywhere_is_zero_with_a_warning_of_ours_alone():
    nothing = [["O"] * len(words) for words, _ in GOLD]
    conll("gold.conll", nothing), conll("pred.conll", nothing)
    done = process("--gold", "gold.conll", "pred.conll")
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


# Joining


def test_two_conll_files_are_joined_by_position(scores):
    assert scores("--gold", conll("gold.conll"), conll("pred.conll"))["micro"]["f1"] == 1


def test_another_order_is_joined_by_id(scores):
    found = scores("--gold", jsonl("gold.jsonl"), jsonl("pred.jsonl", FOUND, order=[3, 1, 0, 2]))
    assert found["micro"]["f1"] == pytest.approx(2 / 3)


def test_a_shuffled_stream_made_of_the_gold_file_is_joined_by_its_ids(scores):
    pred = jsonl("shuffled.jsonl", FOUND, order=[3, 1, 0, 2], ids="gold:{}")
    found = scores("--gold", conll("gold.conll"), pred)
    assert found["micro"]["f1"] == pytest.approx(2 / 3)


def other_words():
    return [words for words, _ in GOLD[:2]] + [["Der", "FC", "Luzern", "gewinnt"], GOLD[3][0]]


def test_other_words_are_refused_with_the_first_place(evaluate):
    done = evaluate("--gold", conll("gold.conll"), conll("pred.conll", words=other_words()))
    assert done.code == 1
    assert done.out == ""
    assert done.err == (
        "xner evaluate: pred.conll: sentence 'pred:3', token 3: 'Luzern' against 'Basel' "
        "in gold.conll\n"
    )


@pytest.mark.parametrize(
    ("gold", "pred", "message"),
    [
        (GOLD, GOLD[:3], f"pred.conll: ends before sentence 'gold:4' of gold.conll{HINT}"),
        (GOLD[:3], GOLD, "pred.conll: goes on with sentence 'pred:4' where gold.conll ends"),
    ],
)
def test_files_of_another_length_are_refused(evaluate, gold, pred, message):
    for name, corpus in (("gold.conll", gold), ("pred.conll", pred)):
        words, tags = zip(*corpus, strict=True)
        conll(name, tags, words)
    done = evaluate("--gold", "gold.conll", "pred.conll")
    assert (done.code, done.out, done.err) == (1, "", f"xner evaluate: {message}\n")


def test_a_missing_sentence_is_refused_by_its_id(evaluate):
    done = evaluate("--gold", jsonl("gold.jsonl"), jsonl("pred.jsonl", order=[0, 2, 3]))
    assert (done.code, done.err) == (
        1,
        f"xner evaluate: pred.jsonl: has no sentence 's2' of gold.jsonl{HINT}\n",
    )


# Where gold comes from


def three_columns(name):
    text = "\n".join(
        "".join(f"{w} x {g} {p}\n" for w, g, p in zip(words, tags, found, strict=True))
        for (words, tags), found in zip(GOLD, FOUND, strict=True)
    )
    Path(name).write_text(text, "utf-8")
    return name


def test_a_stream_that_brings_its_gold_needs_no_other(scores):
    found = scores("--from", "conlleval", three_columns("both.txt"))
    assert found["micro"]["f1"] == pytest.approx(2 / 3)
    assert found["signature"] == scores("--gold", conll("g.conll"), conll("p.conll"))["signature"]


def test_no_gold_anywhere_is_refused(evaluate):
    done = evaluate(jsonl("pred.jsonl"))
    assert (done.code, done.err) == (
        1,
        "xner evaluate: pred.jsonl: sentence 's1' brings no gold along; name the labelled file "
        "with --gold\n",
    )


def untagged(name):
    rows = [{"id": f"s{n}", "tokens": words} for n, (words, _) in enumerate(GOLD, 1)]
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return name


def test_sentences_that_nobody_tagged_are_not_all_o(evaluate):
    done = evaluate("--gold", jsonl("gold.jsonl"), untagged("raw.jsonl"))
    assert (done.code, done.err) == (
        1,
        "xner evaluate: raw.jsonl: sentence 's1' was not tagged: run xner weak-tag\n",
    )
    done = evaluate("--gold", untagged("raw.jsonl"), jsonl("pred.jsonl"))
    assert done.code == 1
    assert "raw.jsonl: sentence 's1' has no tags; gold must have them" in done.err


@pytest.mark.parametrize("empty", ["gold", "pred"])
def test_an_empty_file_is_refused(evaluate, empty):
    for name in ("gold", "pred"):
        conll(f"{name}.conll")
    Path(f"{empty}.conll").write_text("")
    done = evaluate("--gold", "gold.conll", "pred.conll", "-q")
    assert (done.code, done.err) == (1, f"xner evaluate: {empty}.conll: no sentences\n")


def test_a_stage_that_failed_stops_the_evaluation():
    words = b'{"error":{"command":"weak-tag","message":"no such model"}}\n'
    jsonl("gold.jsonl")
    done = process("--gold", "gold.jsonl", stdin=Path("gold.jsonl").read_bytes() + words)
    assert done.returncode == 1
    assert b"weak-tag failed: no such model" in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--gold", "-", "-"], "standard input can be only one of INPUT, --gold and --against"),
        (["--gold", "-"], "standard input can be only one of INPUT, --gold and --against"),
        (
            ["--gold", "g", "--model", "m", "p"],
            "--model tags --gold or INPUT, but both are named",
        ),
        (["--gold", "g", "--against", "b", "p", "q"], "--against is the rival of one run, but 2"),
        (["--gold", "g", "p", "--min-f1", "74.5"], "--min-f1 74.5 is no fraction"),
        (["--gold", "g", "p", "--map", "PER"], "--map 'PER' is not OLD=NEW"),
    ],
)
def test_wrong_usage_is_exit_2(evaluate, arguments, message):
    done = evaluate(*arguments)
    assert done.code == 2
    assert message in done.err
    assert len(done.err.splitlines()) == 1


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


# Several runs, baselines, thresholds


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


@pytest.mark.parametrize(("threshold", "code"), [("0.66", 0), ("0.67", 1)])
def test_a_score_below_the_threshold_is_printed_and_exits_1(evaluate, threshold, code):
    done = evaluate(
        "--gold", conll("gold.conll"), conll("pred.conll", FOUND), "--min-f1", threshold, "-q"
    )
    assert done.code == code
    assert json.loads(done.out)["micro"]["f1"] == pytest.approx(2 / 3)
    assert done.err == ("xner evaluate: micro F1 0.6667 is below --min-f1 0.67\n" * code)


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


# Real output


@pytest.mark.data
@pytest.mark.skipif("XNER_DATA" not in os.environ, reason="XNER_DATA does not name the corpora")
def test_conllevals_own_example_scores_as_conlleval_says(evaluate):
    path = Path(os.environ["XNER_DATA"]) / "scorers" / "conlleval-output.txt"
    done = evaluate("--from", "conlleval", path, "--to", "table")
    rows = [line.replace("│", " ").split() for line in done.out.splitlines()]
    assert ["micro", "68.83", "80.83", "74.35", "459", "539", "371"] in rows


# Projections, which may lack sentences


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


def test_the_score_of_a_projection_is_not_printed_alone(evaluate):
    files = "--gold", jsonl("gold.jsonl"), jsonl("p.jsonl")
    done = evaluate(*files, "--projection", "--score-only")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("xner evaluate: --score-only prints no yield, without which")


def test_streams_made_of_several_files_are_joined_by_id(scores):
    gold, part = jsonl("gold.jsonl"), jsonl("part.jsonl", FOUND)
    names = dict(zip(("s1", "s2", "s3", "s4"), ("a:1", "a:2", "b:1", "b:2"), strict=True))
    rows: list[str] = []
    for file in (gold, part):
        text = Path(file).read_text("utf-8")
        for old, new in names.items():
            text = text.replace(f'"{old}"', f'"{new}"')
        rows = text.splitlines(keepends=True)
        Path(file).write_text(text, "utf-8")
    Path("back.jsonl").write_text("".join(rows[::-1]), "utf-8")
    Path(part).write_text("".join(rows[2:]), "utf-8")
    assert scores("--gold", gold, "back.jsonl")["micro"]["f1"] == pytest.approx(2 / 3)
    assert scores("--gold", gold, part, "--projection")["yield"]["kept"] == 2


def test_a_projection_from_a_file_of_another_name_is_joined_by_number(scores):
    gold = conll("gold.conll")
    pred = jsonl("pred.jsonl", FOUND, order=[0, 3], ids="raw:{}")
    assert scores("--gold", gold, pred, "--projection")["yield"]["kept_entities"] == 3


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


def test_words_of_which_nothing_is_known_are_told(evaluate):
    rows = [json.loads(line) for line in Path(jsonl("p.jsonl")).read_text("utf-8").splitlines()]
    for row in rows:
        row["weights"] = [0.0, *([1.0] * (len(row["tokens"]) - 1))]
    Path("p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    done = evaluate("--gold", jsonl("gold.jsonl"), "p.jsonl")
    assert "p.jsonl: 4 words have weight 0, and are scored as they stand\n" in done.err

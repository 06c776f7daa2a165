"""`xner evaluate`: which gold a sentence is held against, and what cannot be held against it."""

import json
from pathlib import Path

import pytest

from tests.commands.gold import FOUND, GOLD, conll, jsonl, three_columns

HINT = "; --projection scores the sentences that are there"
pytestmark = pytest.mark.usefixtures("own_folder")


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


def test_a_stage_that_failed_stops_the_evaluation(run_xner):
    words = b'{"error":{"command":"weak-tag","message":"no such model"}}\n'
    jsonl("gold.jsonl")
    done = run_xner(
        "evaluate", "--gold", "gold.jsonl", stdin=Path("gold.jsonl").read_bytes() + words
    )
    assert done.code == 1
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

"""`xner evaluate --by-weight-bin`: what it adds to the scores, and what it refuses."""

import json
import subprocess
import sys

import pytest
from rich.console import Console
from rich.table import Table

from commands.bars import bar, fitted

GOLD = [
    (["Ida", "Meier", "singt", "Bern"], ["B-PER", "I-PER", "O", "B-LOC"]),
    (["Basel", "ist", "am", "FC", "Rhein"], ["B-LOC", "O", "O", "B-ORG", "B-LOC"]),
]
FOUND = [["B-PER", "B-PER", "O", "O"], ["B-PER", "B-PER", "O", "B-ORG", "B-LOC"]]
WEIGHTS = [[0.9, 0.8, 0.6, 0.7], [0.1, 0.2, 0.3, 0.4, 0.5]]

pytestmark = pytest.mark.usefixtures("own_folder")


def written(name, tags=None, weights=None, ids="s{}"):
    """A stream of GOLD's words with tags and, if given, weights; None for a sentence without."""
    with open(name, "w", encoding="utf-8") as file:
        for n, (tokens, own) in enumerate(GOLD):
            row = {"id": ids.format(n + 1), "tokens": tokens, "tags": tags[n] if tags else own}
            if weights and weights[n] is not None:
                row["weights"] = weights[n]
            file.write(json.dumps(row) + "\n")
    return name


@pytest.fixture
def gold():
    return ["--gold", written("gold.jsonl")]


@pytest.fixture
def found():
    return written("found.jsonl", FOUND, WEIGHTS)


def test_the_json_is_the_documented_one(evaluate, gold, found):
    done = evaluate(found, *gold, "--by-weight-bin", 4)
    assert done.code == 0, done.err
    scores = json.loads(done.out)
    assert list(scores) == ["micro", "macro", "types", "signature", "weight_bins"]
    added = scores.pop("weight_bins")
    assert scores == json.loads(evaluate(found, *gold).out)
    names = ("from", "to", "words", "entity_words", "precision", "recall", "f1", "accuracy")
    assert added["bins"] == [
        dict(zip(names, row, strict=True))
        for row in [
            (0.0, 0.25, 2, 1, 0.0, 0.0, 0.0, 0.0),
            (0.25, 0.5, 2, 1, 1.0, 1.0, 1.0, 1.0),
            (0.5, 0.75, 3, 2, 1.0, 0.5, 2 / 3, 2 / 3),
            (0.75, 1.0, 2, 2, 1.0, 1.0, 1.0, 1.0),
        ]
    ]
    assert list(added["types"]) == ["LOC", "ORG", "PER", "O"]
    assert added["types"]["ORG"] == {
        "right": 0.4,
        "wrong": None,
        "right_words": 1,
        "wrong_words": 0,
    }
    assert added["spearman"] == pytest.approx(0.6324555)  # ranks 1, 3.5, 2, 3.5


def test_bins_can_hold_as_many_words_as_each_other(evaluate, gold, found):
    done = evaluate(found, *gold, "--by-weight-bin", "3,quantile")
    bins = json.loads(done.out)["weight_bins"]["bins"]
    assert [(own["from"], own["to"], own["words"]) for own in bins] == [
        (0.1, 0.4, 3),
        (0.4, 0.7, 3),
        (0.7, 0.9, 3),
    ]


def test_the_table_shows_bins_types_and_a_line(evaluate, gold):
    ends = written("ends.jsonl", FOUND, [[1, 1, 1, 0.0], [0, 0, 1, 1, 1]])
    done = evaluate(ends, *gold, "--by-weight-bin", 3, "--to", "table")
    rows = [line.strip("│").split("│") for line in done.out.splitlines() if line[:1] == "│"]
    cells = [[cell.strip() for cell in row] for row in rows]
    assert ["0–0.3333", "3", "2", "0.00", "0.00", "0.00", "0.00", ""] in cells
    assert ["0.3333–0.6667", "0", "0", "", "", "", "", ""] in cells
    (last,) = (row for row in cells if row[0] == "0.6667–1")
    assert last[1:7] == ["6", "4", "100.00", "100.00", "100.00", "100.00"]
    assert len(last[7]) >= 8
    assert set(last[7]) == {"█"}
    assert ["PER", "2", "1.000", "2", "0.000"] in cells
    assert ["ORG", "1", "1.000", "0", ""] in cells
    assert "F1 over weight: Spearman's rho +1.00, 2 bins\n" in done.out
    assert max(map(len, done.out.splitlines()[:-1])) <= 100


def test_every_run_has_its_bins(evaluate, gold, found):
    other = written("other.jsonl", None, WEIGHTS)
    scores = json.loads(evaluate(found, other, *gold, "--by-weight-bin", 2).out)
    assert list(scores) == ["runs", "mean", "deviation"]
    one, two = (run["weight_bins"] for run in scores["runs"])
    assert [own["f1"] for own in one["bins"]] == [2 / 5, 6 / 7]
    assert [own["f1"] for own in two["bins"]] == [1, 1]
    assert two["spearman"] is None
    assert "weight_bins" not in scores["mean"]
    table = evaluate(found, other, *gold, "--by-weight-bin", 2, "--to", "table").out
    assert [line for line in table.splitlines() if line.endswith(".jsonl:")] == [
        "found.jsonl:",
        "other.jsonl:",
    ]
    assert table.count("0.5–1") == 2
    assert table.count("Spearman") == 1


def test_renamed_types_are_compared_under_their_new_names(evaluate, gold):
    strange = [[tag.replace("PER", "person") for tag in tags] for tags in FOUND]
    done = evaluate(
        written("strange.jsonl", strange, WEIGHTS),
        *(*gold, "--map", "person=PER", "--by-weight-bin", 1),
    )
    bins = json.loads(done.out)["weight_bins"]
    assert bins["bins"][0]["accuracy"] == 6 / 9
    assert list(bins["types"]) == ["LOC", "ORG", "PER", "O"]


def test_a_baseline_and_the_gold_need_no_weights(evaluate, gold, found):
    rival = written("rival.jsonl", FOUND)
    done = evaluate(found, *gold, "--against", rival, "--by-weight-bin", 2, "--resamples", 100)
    assert done.code == 0, done.err
    assert len(json.loads(done.out)["weight_bins"]["bins"]) == 2


def test_sentences_that_a_projection_lacks_are_in_no_bin(evaluate, gold, found, tmp_path):
    second = tmp_path / "second.jsonl"
    second.write_text((tmp_path / found).read_text().splitlines()[1] + "\n")
    scores = json.loads(evaluate(second, *gold, "--projection", "--by-weight-bin", 2).out)
    assert [own["words"] for own in scores["weight_bins"]["bins"]] == [4, 1]


def test_records_that_bring_their_gold_are_put_into_bins_too(evaluate, tmp_path):
    rows = [
        {"id": str(n), "tokens": tokens, "tags": tags, "weights": weights, "meta": {"gold": own}}
        for n, ((tokens, own), tags, weights) in enumerate(zip(GOLD, FOUND, WEIGHTS, strict=True))
    ]
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    bins = json.loads(evaluate("own.jsonl", "--by-weight-bin", 2).out)["weight_bins"]["bins"]
    assert [own["f1"] for own in bins] == [2 / 5, 6 / 7]


def test_a_sentence_without_weights_weighs_1_as_fuse_leaves_it(evaluate, gold):
    some = written("some.jsonl", FOUND, [None, WEIGHTS[1]])
    bins = json.loads(evaluate(some, *gold, "--by-weight-bin", 2).out)["weight_bins"]["bins"]
    assert [own["words"] for own in bins] == [4, 5]
    assert [own["f1"] for own in bins] == [2 / 5, 6 / 7]


# What is refused


def test_predictions_without_weights_are_refused(evaluate, gold, found):
    bare = written("bare.jsonl", FOUND)
    for runs in ([bare], [found, bare]):
        done = evaluate(*runs, *gold, "--by-weight-bin", 10, "-q")
        assert (done.code, done.out) == (1, "")
        assert done.err == (
            "xner evaluate: bare.jsonl: no sentence has weights; xner knn-weight gives them some\n"
        )


def test_a_weight_outside_of_0_to_1_is_refused(evaluate, gold):
    done = evaluate(
        written("odd.jsonl", FOUND, [WEIGHTS[0], [0.1, 0.2, 0.3, 0.4, 1.5]]),
        *(*gold, "--by-weight-bin", 10),
    )
    assert (done.code, done.out) == (1, "")
    assert done.err == "xner evaluate: sentence 's2': weight 1.5 is not between 0 and 1\n"


def test_a_number_of_bins_that_is_none_is_wrong_usage(evaluate, gold, found):
    done = evaluate(found, *gold, "--by-weight-bin", "some")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "xner evaluate: --by-weight-bin 'some' is not N or N,quantile with N from 1 to 1000\n"
    )


def test_the_tags_of_a_model_have_no_weights(evaluate, gold):
    done = evaluate("--model", "nowhere", *gold, "--by-weight-bin", 10)
    assert (done.code, done.out) == (2, "")
    assert "--model gives them none; tag with xner weak-tag" in done.err


# Bars


def table_of(width):
    table = Table("run", "F1")
    if width:
        table.add_column("", min_width=width)
    table.add_row("a" * 20, "50.00", *([bar(0.5, width)] if width else []))
    return table


@pytest.mark.parametrize(
    ("room", "width"),
    [(32, 0), (42, 0), (43, 8), (50, 15), (65, 30), (200, 30)],  # the bare table takes 32
)
def test_bars_are_as_wide_as_there_is_room(room, width):
    with open("shown.txt", "w+", encoding="utf-8") as file:
        console = Console(file=file, width=room)
        console.print(fitted(console, table_of))
        file.seek(0)
        lines = file.read().splitlines()
    assert {len(line) for line in lines} == {32 + (width + 3 if width else 0)}
    assert sum(line.count("█") for line in lines) == width // 2
    assert "a" * 20 in lines[3]


def test_several_runs_have_bars_where_there_is_room(evaluate, gold, found):
    done = evaluate(found, written("b.jsonl"), *gold, "--to", "table")
    bars = {line.split()[1]: line.count("█") for line in done.out.splitlines() if "jsonl" in line}
    assert bars == {"found.jsonl": 10, "b.jsonl": 30}
    long = [written(f"{'x' * 60}{n}.jsonl") for n in range(2)]
    assert "█" not in evaluate(*long, *gold, "--to", "table").out


def test_bins_and_plots_cost_nothing_until_they_are_asked_for():
    code = "import sys, commands.evaluate; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = {name.partition(".")[0] for name in done.stdout.split()}
    assert "commands" in names
    assert not names & {"matplotlib", "numpy", "scipy", "seqeval", "torch"}

"""`xner evaluate --plot`: pictures that are whole, the same every time, and say what they show."""

import json
import struct
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pytest

from commands.series import series_of

GOLD = ["B-PER", "I-PER", "O", "B-LOC"]
TAGS = {
    "good": GOLD,
    "fair": ["B-PER", "I-PER", "O", "O"],
    "poor": ["B-PER", "O", "O", "B-ORG"],
}

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def evaluate(evaluate):
    """Evaluate against the gold."""
    stream("gold.jsonl", GOLD)
    return partial(evaluate, "--gold", "gold.jsonl")


def stream(name, tags, weights=None):
    row = {"id": "s1", "tokens": ["Ida", "Meier", "in", "Bern"], "tags": tags}
    if weights:
        row["weights"] = weights
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(json.dumps(row) + "\n", "utf-8")
    return name


def texts(path):
    """Every text that an SVG shows."""
    return [
        node.text or "" for node in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    ]


def lines(path):
    """How many lines with markers an SVG shows: groups of several uses of one marker."""
    svg = "{http://www.w3.org/2000/svg}"
    groups = ElementTree.parse(path).iter(f"{svg}g")
    named = [group for group in groups if group.get("id", "").startswith("line2d_")]
    marked = [len(list(group.iter(f"{svg}use"))) for group in named]
    return sum(number > 1 for number in marked)


# What is drawn


def test_f1_over_bins_and_the_words_behind(evaluate):
    found = stream("found.jsonl", TAGS["fair"], [0.9, 0.7, 0.5, 0.2])
    done = evaluate(found, "--by-weight-bin", 4, "--plot", "bins.svg")
    assert done.code == 0, done.err
    assert json.loads(done.out)["weight_bins"]["bins"][3]["f1"] == 1
    shown = texts("bins.svg")
    assert {"F1 of words (%)", "words", "weight", "100"} <= set(shown)
    assert found not in shown  # a single line needs no name
    assert lines("bins.svg") == 1


def test_a_line_for_every_run(evaluate):
    weights = [0.9, 0.7, 0.5, 0.2]
    runs = [stream(f"{name}.jsonl", tags, weights) for name, tags in TAGS.items()]
    assert evaluate(*runs, "--by-weight-bin", "3,quantile", "--plot", "bins.svg").code == 0
    assert set(runs) <= set(texts("bins.svg"))
    assert lines("bins.svg") == 3


@pytest.mark.parametrize("binning", ["1", "10", "1000", "10,quantile"])
def test_any_number_of_bins_is_drawn_also_where_they_are_empty(evaluate, binning):
    found = stream("found.jsonl", GOLD, [0.5] * 4)
    assert evaluate(found, "--by-weight-bin", binning, "--plot", "bins.png").code == 0
    assert Path("bins.png").read_bytes()[:4] == b"\x89PNG"


def test_f1_over_iterations_is_a_line_for_each_kind_of_file(evaluate):
    runs = [
        stream(f"{n}/{kind}.jsonl", TAGS[name])
        for kind, names in (("tgt", ("poor", "fair", "good")), ("trans", ("poor", "poor", "fair")))
        for n, name in enumerate(names, 1)
    ]
    level = stream("vanilla.jsonl", TAGS["fair"])
    done = evaluate(*runs, level, "--plot", "runs.svg")
    assert done.code == 0, done.err
    assert len(json.loads(done.out)["runs"]) == 7
    shown = texts("runs.svg")
    assert {"*/tgt.jsonl", "*/trans.jsonl", level, "micro F1 (%)"} <= set(shown)
    assert [text for text in shown if text in ("1", "2", "3", "4")] == ["1", "2", "3"]
    assert lines("runs.svg") == 2


def test_files_of_other_names_are_one_line_in_the_order_given(evaluate):
    runs = [stream(f"{name}.jsonl", tags) for name, tags in TAGS.items()]
    assert evaluate(*reversed(runs), "--plot", "runs.svg").code == 0
    shown = texts("runs.svg")
    assert [text for text in shown if text in runs] == ["poor.jsonl", "fair.jsonl", "good.jsonl"]
    assert lines("runs.svg") == 1


@pytest.mark.parametrize("name", ["_hidden.jsonl", "a$b$^{.jsonl", "名前.jsonl", "<&>.jsonl"])
def test_any_file_name_is_shown_as_it_is(evaluate, name):
    weights = [0.9, 0.7, 0.5, 0.2]
    runs = [stream(own, GOLD, weights) for own in (name, "b.jsonl")]
    for options in ([], ["--by-weight-bin", 3]):
        done = evaluate(*runs, *options, "--plot", "runs.svg", "-q")
        assert (done.code, done.err) == (0, "")
        assert any(text.removeprefix("./") == name for text in texts("runs.svg"))


def test_a_png_is_as_large_as_it_says(evaluate):
    runs = [stream(f"{name}.jsonl", tags) for name, tags in TAGS.items()]
    assert evaluate(*runs, "--plot", "runs.png").code == 0
    data = Path("runs.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", data[16:24]) == (1050, 675)
    assert data.endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_scores_give_the_same_bytes(run_xner, evaluate, suffix):
    runs = [stream(f"{name}.jsonl", tags, [0.9, 0.7, 0.5, 0.2]) for name, tags in TAGS.items()]
    options = [*runs, "--by-weight-bin", 3, "--plot"]
    assert evaluate(*options, f"here.{suffix}").code == 0
    Path("matplotlibrc").write_text("axes.facecolor: black\nsvg.fonttype: path\nsavefig.dpi: 30\n")
    there = [*options, f"there.{suffix}", "--gold", "gold.jsonl"]
    done = run_xner("evaluate", *there, "-q", TZ="Asia/Tokyo", SOURCE_DATE_EPOCH="0", DISPLAY=":9")
    assert (done.code, done.err) == (0, "")
    assert "runs" in json.loads(done.out)  # and nothing else
    assert Path(f"here.{suffix}").read_bytes() == Path(f"there.{suffix}").read_bytes()


def test_a_picture_that_cannot_be_written_leaves_nothing(evaluate):
    runs = [stream(f"{name}.jsonl", tags) for name, tags in TAGS.items()]
    done = evaluate(*runs, "--plot", "nowhere/runs.png", "-q")
    assert (done.code, done.out) == (1, "")
    assert done.err == "xner evaluate: cannot write 'nowhere/runs.png': no such file or directory\n"
    assert not list(Path().glob("**/*.p*"))


# What is refused, before anything is scored


def test_a_suffix_that_is_no_pictures(evaluate):
    for name in ("runs.jpg", "runs", "-"):
        done = evaluate("a.jsonl", "b.jsonl", "--plot", name)
        assert (done.code, done.out) == (2, "")
        assert done.err == f"xner evaluate: --plot '{name}' ends in none of .png, .svg, .pdf\n"


def test_a_picture_where_the_scores_go(evaluate):
    done = evaluate("a.jsonl", "b.jsonl", "--plot", "a.png", "-o", "./a.png")
    assert (done.code, done.out) == (2, "")
    assert done.err == "xner evaluate: --plot and --output are both 'a.png'\n"


def test_a_single_run_without_bins(evaluate):
    done = evaluate("missing.jsonl", "--plot", "runs.png")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "xner evaluate: --plot draws F1 over several INPUTs or over bins of weight; name more "
        "INPUTs, or add --by-weight-bin 10\n"
    )


def test_without_matplotlib(run_xner, tmp_path):
    lost = tmp_path / "lost" / "matplotlib"
    lost.mkdir(parents=True)
    (lost / "__init__.py").write_text("raise ModuleNotFoundError(name='matplotlib')")
    for name in ("gold", "a", "b"):
        stream(f"{name}.jsonl", GOLD)
    line = ["evaluate", "a.jsonl", "b.jsonl", "--gold", "gold.jsonl", "-q"]
    done = run_xner(*line, "--plot", "runs.png", PYTHONPATH=str(lost.parent))
    assert (done.code, done.out) == (1, "")
    assert done.err == "xner evaluate: --plot needs matplotlib: pip install 'xner[plot]'\n"
    assert not Path("runs.png").exists()
    assert run_xner(*line, PYTHONPATH=str(lost.parent)).code == 0


# Which files are a line


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        ([], {}),
        (["a", "b"], {"a": [(0, 0)], "b": [(0, 1)]}),
        (["s2", "s10", "s1"], {"s*": [(1, 2), (2, 0), (10, 1)]}),
        (["x0.5.json", "x0.25.json"], {"x*.json": [(0.25, 1), (0.5, 0)]}),
        (["m2m/1", "m2m/2", "m3"], {"m2m/*": [(1, 0), (2, 1)], "m3": [(0, 2)]}),
        # of several numbers the first is what a line runs over
        (
            ["1/s1", "1/s2", "2/s1", "2/s2"],
            {"*/s1": [(1, 0), (2, 2)], "*/s2": [(1, 1), (2, 3)]},
        ),
        (["1-1", "2-2"], {"1-1": [(1, 0)], "2-2": [(2, 1)]}),
    ],
)
def test_files_whose_names_differ_in_a_number_are_a_line(names, lines):
    assert {series.name: series.points for series in series_of(names)} == lines


def test_a_file_named_twice_is_no_line():
    assert series_of(["a1", "a1"]) == [("a1", [(0, 0)]), ("a1", [(0, 1)])]

"""`xner translate-spans --mode marker`: markers as a user sends them and gets them back."""

from pathlib import Path

import pytest

from tests.commands.records import ANNA, NOBODY, lines, record, rows
from tests.conftest import Ended, Run, needs_apertium

SPANISH = """
import sys
said = {
    "Anna wohnt": "Vive __SLOT1__ Bad Ragaz __slot1__ __SLOT0__ Ana __SLOT0__ .",
    "Anna mag": "__SLOT0__ A __SLOT1__ gusta __SLOT0__ B __SLOT1__ .",
}
for line in sys.stdin:
    words = [word for word in line.split() if "_" not in word]
    print(said.get(" ".join(words[:2]), line.strip().upper()), flush=True)
"""
LIKES = record(2, "Anna mag Bern .", "B-PER O B-LOC O")
pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def spanish(tmp_path: Path) -> str:
    (tmp_path / "spanish.py").write_text(SPANISH)
    return f"command:python3 {tmp_path}/spanish.py"


def test_markers_bring_spans_back_in_their_sentence(run_xner: Run, spanish: str) -> None:
    options = ["--engine", spanish, "--mode", "marker", "--to-lang", "es"]
    done = run_xner("translate-spans", *options, stdin=lines(ANNA, LIKES, NOBODY))
    assert done.code == 0, done.stderr
    first, second, third = rows(done.stdout)
    assert first == {
        "id": "t:1",
        "lang": "es",
        "tokens": ["Vive", "Bad", "Ragaz", "Ana", "."],
        "tags": ["O", "B-LOC", "I-LOC", "B-PER", "O"],
        "alignment": [[1, 3, 3, 5], [3, 4, 0, 1]],
        "origin": ANNA,
    }
    assert second["tokens"] == ["A", "gusta", "B", "."]
    assert second["tags"] == ["O"] * 4
    assert second["meta"] == {"spans_lost": [[0, 1, "markers crossed"], [2, 3, "markers crossed"]]}
    assert (third["tokens"], third["tags"]) == (["ES", "REGNET", "."], ["O", "O", "O"])
    said = done.stderr.decode()
    assert "4 spans sent, 2 survived (50.0%); of these 100.0% crossed another" in said
    assert "repaired 1; lost 2 (markers crossed 2)" in said
    assert "3 texts wanted" in said


def test_presets_of_crop(run_xner: Run, spanish: str, tmp_path: Path) -> None:
    def tags(*options: str) -> list[str]:
        done = run_xner(
            *("translate-spans", "--engine", spanish, "--to-lang", "es", "-q", *options),
            stdin=lines(LIKES),
        )
        assert done.code == 0, done.stderr
        return rows(done.stdout)[0]["tags"]

    assert tags("--preset", "crop") == ["O"] * 4
    assert tags("--preset", "crop-code") == ["B-PER", "O", "B-PER", "O"]
    assert tags("--preset", "crop-code", "--parse", "strict") == ["O"] * 4
    placeholders = tags("--preset", "crop", "--mode", "placeholder")
    assert placeholders == tags() == ["B-PER", "O", "B-LOC", "O"]
    (tmp_path / "xner.toml").write_text('[translate-spans]\npreset = "crop-code"\n')
    assert tags() == ["B-PER", "O", "B-PER", "O"]
    (tmp_path / "xner.toml").write_text('[translate-spans]\nmode = "marker"\nparse = "lenient"\n')
    assert tags() == ["B-PER", "O", "B-PER", "O"]
    assert tags("--preset", "crop") == ["O"] * 4


@pytest.mark.parametrize(
    ("style", "sent"),
    [
        ("slot", ["__SLOT0__ Anna __SLOT0__ mag __SLOT1__ Bern __SLOT1__."]),
        ("brackets", ["[ Anna ] mag [ Bern ].", "Anna", "Bern"]),
        ("xml", ["<a> Anna </a> mag <b> Bern </b>."]),
    ],
)
def test_what_is_sent_in_each_style(
    run_xner: Run, tmp_path: Path, style: str, sent: list[str]
) -> None:
    engine = ["--engine", f"command:tee {tmp_path / 'log'}", "--mode", "marker"]
    done = run_xner("translate-spans", *engine, "--marker-style", style, stdin=lines(LIKES))
    assert (tmp_path / "log").read_text().splitlines() == sent
    [row] = rows(done.stdout)
    assert (row["tokens"], row["tags"]) == (LIKES["tokens"], LIKES["tags"])
    dry = run_xner(
        *("translate-spans", *engine, "--marker-style", style, "--dry-run", "--log-json"),
        stdin=lines(LIKES),
    )
    assert rows(dry.stderr)[0]["texts"] == len(sent)


BEST = """
from xner.translation.engine import Engine


class Best(Engine):
    name = identity = "best"
    several = True

    def batches(self, texts):
        made = ["ana", *("__SLOT0__ Ana __SLOT0__ " + "!" * n for n in range(9))]
        yield [(n, "\\n".join(made[: self.settings.nbest])) for n in range(len(texts))]
"""


def test_of_several_translations_the_one_with_all_spans(run_xner: Run, tmp_path: Path) -> None:
    (tmp_path / "best.py").write_text(BEST)
    options = ["--engine", "best:Best", "--mode", "marker", "--log-json"]
    stdin = lines(record(1, "Anna", "B-PER"))

    def run(*more: object) -> Ended:
        return run_xner("translate-spans", *options, *more, stdin=stdin, PYTHONPATH=str(tmp_path))

    one = run()
    assert one.code == 0, one.stderr
    assert rows(one.stdout)[0]["tags"] == ["O"]
    # what was kept of one translation is not taken for three
    three = run("--nbest", 3)
    [row] = rows(three.stdout)
    assert (row["tokens"], row["tags"]) == (["Ana"], ["B-PER"])
    assert [other["tokens"] for other in row["meta"]["nbest"]] == [["ana"], ["Ana", "!"]]
    assert rows(three.stderr)[0]["later"] == 1


@pytest.mark.data
@needs_apertium
@pytest.mark.parametrize(("style", "least"), [("slot", 0.99), ("brackets", 0.99), ("xml", 0.3)])
def test_markers_survive_apertium(
    run_xner: Run, shared_data: Path, style: str, least: float
) -> None:
    source = shared_data / "conll" / "en" / "dev.tsv"
    done = run_xner(
        *("translate-spans", source, "--lang", "en", "--engine", "apertium", "--to-lang", "es"),
        *("--mode", "marker", "--marker-style", style, "--shard", "1/20", "--log-json"),
    )
    assert done.code == 0, done.stderr
    spans = next(row for row in rows(done.stderr) if "spans" in row)
    assert spans["rates"]["survival"] > least
    assert spans["survived"] + sum(spans["lost"].values()) == spans["spans"] > 200
    for row in rows(done.stdout):
        assert len(row["alignment"]) == sum(tag.startswith("B-") for tag in row["tags"])
        assert not [token for token in row["tokens"] if "SLOT" in token or "__" in token]

"""`xner translate-spans` as a user runs it."""

from pathlib import Path

import pytest

from tests.commands.records import ANNA, NOBODY, lines, record, rows
from tests.conftest import Run, needs_apertium
from tests.tiny_marian import save_tiny_marian

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def lexicon(tmp_path: Path) -> str:
    pairs = "wohnt\tlives\nin\tin\nBad Ragaz\tRagaz Spa\nEs\tit\nregnet\trains\n"
    (tmp_path / "de-en.tsv").write_text(pairs, "utf-8")
    return f"lexicon:{tmp_path / 'de-en.tsv'}"


def test_the_translation_is_the_sentence_and_the_sentence_its_origin(
    run_xner: Run, lexicon: str
) -> None:
    done = run_xner("translate-spans", "--engine", lexicon, stdin=lines(ANNA, NOBODY))
    assert done.code == 0, done.stderr
    first, second = rows(done.stdout)
    assert first == {
        "id": "t:1",
        "lang": "en",
        "tokens": ["Anna", "lives", "in", "Ragaz", "Spa", "."],
        "tags": ["B-PER", "O", "O", "B-LOC", "I-LOC", "O"],
        "alignment": [[0, 1, 0, 1], [3, 5, 3, 5]],
        "origin": ANNA,
    }
    assert second["tokens"] == ["It", "rains", "."]
    assert second["tags"] == ["O", "O", "O"]
    said = done.stderr.decode()
    assert "2 spans sent, 2 survived (100.0%)" in said
    assert "50.0% came back unchanged" in said
    assert "2 in, 2 out" in said


def test_figures_as_json(run_xner: Run, lexicon: str) -> None:
    done = run_xner("translate-spans", "--engine", lexicon, "--log-json", stdin=lines(ANNA, NOBODY))
    spans, texts, summary = rows(done.stderr)
    assert (spans["spans"], spans["survived"], spans["lost"]) == (2, 2, {})
    assert spans["rates"]["survival"] == 1
    assert texts["translation"]["sent"] == 4
    assert (summary["read"], summary["written"]) == (2, 2)


def test_a_second_translation_nests(run_xner: Run, tmp_path: Path, lexicon: str) -> None:
    there = run_xner("translate-spans", "--engine", lexicon, stdin=lines(ANNA))
    back = run_xner(
        "translate-spans", "--engine", lexicon, "--to-lang", "de", "-q", stdin=there.stdout
    )
    [again] = rows(back.stdout)
    assert again["tokens"] == ANNA["tokens"]
    assert again["origin"]["lang"] == "en"
    assert again["origin"]["origin"] == ANNA


def test_plain_needs_no_tags(run_xner: Run, lexicon: str) -> None:
    untagged = record(1, "Es regnet .")
    options = ["--engine", lexicon, "--mode", "plain"]
    done = run_xner("translate-spans", *options, stdin=lines(untagged))
    [row] = rows(done.stdout)
    assert row["tokens"] == ["It", "rains", "."]
    assert "tags" not in row
    assert "alignment" not in row


def test_the_config_names_engine_and_fallback(run_xner: Run, tmp_path: Path, lexicon: str) -> None:
    (tmp_path / "xner.toml").write_text(
        '[translate-spans]\nengine-fallback = "lexicon:de-en.tsv"\nno-cache = true\n'
    )
    done = run_xner("translate-spans", "--engine", "opus", "--offline", stdin=lines(ANNA))
    assert done.code == 0, done.stderr
    assert rows(done.stdout)[0]["tokens"][1] == "lives"
    assert b"'Helsinki-NLP/opus-mt-de-en' is not at hand" in done.stderr
    assert b"using 'lexicon:de-en.tsv' instead" in done.stderr


def test_presets_choose_the_context_of_spans(run_xner: Run, tmp_path: Path) -> None:
    sent: dict[str, list[str]] = {}
    for name, options in {
        "default": [],
        "conner": ["--preset", "conner"],
        "code": ["--preset", "conner-code"],
        "mixed": ["--preset", "conner-code", "--span-context", "isolated"],
    }.items():
        log = tmp_path / name
        engine = ["--engine", f"command:tee {log}", "--no-cache"]
        run_xner("translate-spans", *engine, *options, stdin=lines(ANNA))
        sent[name] = log.read_text().splitlines()
    assert sent["default"] == sent["conner"] == sent["mixed"]
    assert sent["default"] == ["SPAN0 wohnt in SPAN1.", "Anna", "Bad Ragaz"]
    assert sent["code"] == [
        "SPAN0 wohnt in SPAN1.",
        "[Anna] wohnt in Bad Ragaz.",
        "Anna wohnt in [Bad Ragaz].",
    ]


def test_a_dry_run_counts_and_sends_nothing(run_xner: Run) -> None:
    stdin = lines(ANNA, NOBODY, ANNA)
    done = run_xner("translate-spans", "--dry-run", "--log-json", stdin=stdin)
    assert done.stdout == b""
    plan = rows(done.stderr)[0]
    assert (plan["sentences"], plan["spans"], plan["texts"], plan["distinct"]) == (3, 4, 7, 4)
    assert plan["characters"] == len("SPAN0 wohnt in SPAN1." + "Anna" + "Bad Ragaz" + "Es regnet.")


def test_windows_change_nothing(run_xner: Run) -> None:
    records = [record(n, f"Anna{n % 3} und B{n} .", "B-PER O B-LOC O") for n in range(20)]
    done = [
        run_xner("translate-spans", "--engine", "command:rev", "--window", n, stdin=lines(*records))
        for n in (1, 7, 1024)
    ]
    assert done[0].stdout == done[1].stdout == done[2].stdout
    assert [row["id"] for row in rows(done[0].stdout)] == [row["id"] for row in records]


def test_no_input_no_engine(run_xner: Run) -> None:
    done = run_xner("translate-spans", "--engine", "command:false")
    assert (done.code, done.stdout) == (0, b"")


@pytest.mark.slow
def test_opus_through_a_model_of_our_own(run_xner: Run, tmp_path: Path) -> None:
    model = save_tiny_marian(tmp_path / "model")
    options = ["--engine", f"opus:{model}", "--device", "cpu"]
    done = run_xner("translate-spans", *options, stdin=lines(ANNA, NOBODY))
    assert done.code == 0, done.stderr
    assert [row["id"] for row in rows(done.stdout)] == ["t:1", "t:2"]
    assert b"4 sent" in done.stderr
    again = run_xner("translate-spans", *options, stdin=lines(ANNA, NOBODY))
    assert again.stdout == done.stdout
    assert b"4 from the cache, 0 without letters, 0 sent" in again.stderr


@pytest.mark.data
@needs_apertium
def test_spans_survive_apertium(run_xner: Run, shared_data: Path) -> None:
    source = shared_data / "conll" / "es" / "dev.tsv"
    done = run_xner(
        *("translate-spans", source, "--lang", "es", "--engine", "apertium", "--shard", "1/20"),
        "--log-json",
    )
    assert done.code == 0, done.stderr
    spans = next(row for row in rows(done.stderr) if "spans" in row)
    assert spans["rates"]["survival"] > 0.99
    for row in rows(done.stdout):
        assert len(row["alignment"]) == sum(tag.startswith("B-") for tag in row["tags"])

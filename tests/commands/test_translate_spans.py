"""`xner translate-spans` as a user runs it."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import XNER, Ended
from tests.tiny_marian import save_tiny_marian

Run = Callable[..., Ended]

needs_apertium = pytest.mark.skipif(
    shutil.which("apertium") is None, reason="apertium is not installed"
)


def record(number: int, tokens: str, tags: str | None = None, **fields: Any) -> dict[str, Any]:
    made = {"id": f"t:{number}", "lang": "de", "tokens": tokens.split(), **fields}
    return made if tags is None else {**made, "tags": tags.split()}


def lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def rows(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


ANNA = record(1, "Anna wohnt in Bad Ragaz .", "B-PER O O B-LOC I-LOC O", meta={"k": 1}, extra="x")
NOBODY = record(2, "Es regnet .", "O O O")


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


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


@pytest.mark.parametrize(
    ("records", "options", "code", "message"),
    [
        ([record(1, "a")], [], 1, "'t:1': it has no tags.*weak-tag.*--mode plain"),
        (
            [ANNA, NOBODY | {"lang": "fr"}],
            [],
            1,
            "'t:2': its language is 'fr', not 'de'.*--from-lang",
        ),
        ([NOBODY], ["--from-lang", "fr"], 1, "its language is 'de', not 'fr'"),
        ([NOBODY | {"lang": None}], [], 1, "does not say its language; give --from-lang"),
        ([NOBODY], ["--to-lang", "de"], 1, "it is in 'de' already"),
        (
            [NOBODY],
            ["--mode", "words"],
            2,
            "unknown mode 'words'; known: placeholder, marker, pl",
        ),
        ([NOBODY], ["--max-length-ratio", "nan"], 2, "--max-length-ratio 'nan' is not at least 1"),
        ([NOBODY], ["--max-length-ratio", "0.5"], 2, "--max-length-ratio '0.5' is not at least 1"),
        ([NOBODY], ["--nbest", "3"], 2, "--nbest is for --mode marker, not 'placeholder'"),
        ([NOBODY], ["--nbest", "3", "--mode", "plain"], 2, "--nbest is for .* not 'plain'"),
        ([NOBODY], ["--choose", "sample"], 2, "--choose is for --mode word, phrase, word-phrase"),
        ([NOBODY], ["--parse", "strict", "--mode", "word"], 2, "--parse is for --mode marker, not"),
        ([NOBODY], ["--nbest", "2", "--mode", "marker"], 2, "'command' gives one translation"),
        ([NOBODY], ["--nbest", "0", "--mode", "marker"], 2, "--nbest 0 is not at least 1"),
        ([record(1, "a")], ["--mode", "marker"], 1, "'t:1': it has no tags.*weak-tag"),
        ([NOBODY], ["--aligner", "eflomal"], 2, "--aligner is for --make-training-pairs"),
        ([NOBODY], ["--engine", "lexicon:nosuch"], 1, "cannot read the lexicon 'nosuch'"),
        ([NOBODY], ["--engine", "lexicon:/dev/null"], 1, "lexicon '/dev/null' is empty"),
        ([NOBODY], ["--engine", "lexicon:words.tsv"], 2, "does not say .* for de-en"),
        ([NOBODY], ["--engine", "opis"], 2, "unknown engine 'opis'; known: opus"),
        (
            [NOBODY],
            ["--engine", "opus", "--offline"],
            1,
            "opus-mt-de-en' is not at hand.*source.spm",
        ),
        ([NOBODY], ["--engine", "command:exit 7"], 1, "ended with exit code 7 after 0 of 1 texts"),
        ([NOBODY], ["--cache", "/dev/null/x"], 1, "cannot use the translation cache.*--no-cache"),
    ],
)
def test_what_goes_wrong_is_one_line(
    run_xner: Run, tmp_path: Path, records: list[Any], options: list[str], code: int, message: str
) -> None:
    (tmp_path / "words.tsv").write_text("Es\tit\n")
    options = options if "--engine" in options else ["--engine", "command:cat", *options]
    done = run_xner("translate-spans", *options, stdin=lines(*records))
    assert done.code == code
    said = done.stderr.decode().strip()
    assert re.search(message, said), said
    assert said.count("\n") == 0
    assert not done.stdout or "error" in rows(done.stdout)[-1]


def test_bad_records_can_be_skipped(run_xner: Run, tmp_path: Path) -> None:
    done = run_xner(
        *("translate-spans", "--engine", "command:cat", "--on-error", "skip"),
        *("--rejects", tmp_path / "rejects"),
        stdin=lines(ANNA, NOBODY | {"lang": "fr"}, record(3, "a b")),
    )
    assert done.code == 0
    assert [row["id"] for row in rows(done.stdout)] == ["t:1"]
    assert b"3 in, 1 out, 2 dropped" in done.stderr
    assert [row["record"]["id"] for row in rows((tmp_path / "rejects").read_bytes())] == [
        "t:2",
        "t:3",
    ]


def test_lost_spans_and_empty_translations_are_counted(run_xner: Run) -> None:
    program = "command:sed -e 's/SPAN0//' -e 's/^Es.*//'"
    done = run_xner("translate-spans", "--engine", program, stdin=lines(ANNA, NOBODY))
    assert done.code == 0
    [row] = rows(done.stdout)
    assert row["tags"] == ["O", "O", "B-LOC", "I-LOC", "O"]
    assert row["meta"] == {"spans_lost": [[0, 1, "placeholder lost"]]}
    said = done.stderr.decode()
    assert "1 survived (50.0%)" in said
    assert "lost 1 (placeholder lost 1)" in said
    assert "2 in, 1 out, 1 dropped (empty translation 1)" in said


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


# --- mode marker

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


# --- training pairs


def bitext(number: int, **fields: Any) -> dict[str, Any]:
    return {
        **{"id": f"b:{number}", "lang": "de", "tokens": ["das", "blaue", "Haus", "."]},
        "origin": {"id": f"b:{number}", "lang": "en", "tokens": ["the", "blue", "house", "."]},
        "alignment": [[n, n + 1, n, n + 1] for n in range(4)],
        **fields,
    }


PAIRS = ["translate-spans", "--make-training-pairs"]


def test_bitext_becomes_plain_and_marked_pairs(run_xner: Run) -> None:
    records = [bitext(n) for n in range(50)]
    done = run_xner(*PAIRS, stdin=lines(*records))
    assert done.code == 0, done.stderr
    made = rows(done.stdout)
    assert b"50 in, 100 out; plain 50, marked 50, slots" in done.stderr
    assert [row["meta"]["marked"] for row in made] == [False, True] * 50
    slots = sum(row["meta"]["slots"] for row in made)
    assert f"slots {slots}" in done.stderr.decode()
    for plain, marked in zip(made[::2], made[1::2], strict=True):
        assert plain["tokens"] == records[0]["tokens"]
        for side, words in ((marked, plain), (marked["origin"], plain["origin"])):
            found = [token for token in side["tokens"] if token.startswith("__SLOT")]
            assert [t for t in side["tokens"] if t not in found] == words["tokens"]
            assert len(found) == 2 * marked["meta"]["slots"]


def test_shards_draw_what_the_whole_does(run_xner: Run) -> None:
    records = lines(*(bitext(n) for n in range(20)))
    whole = run_xner(*PAIRS, "--seed", 3, stdin=records).stdout.splitlines()
    shards = [
        run_xner(*PAIRS, "--seed", 3, "--shard", f"{n}/2", "--window", 3, stdin=records)
        for n in (1, 2)
    ]
    assert sorted(line for done in shards for line in done.stdout.splitlines()) == sorted(whole)
    assert run_xner(*PAIRS, stdin=records).stdout.splitlines() != whole


def test_presets_of_training_pairs(run_xner: Run) -> None:
    records = lines(*(bitext(n) for n in range(60)))
    paper = rows(run_xner(*PAIRS, "--preset", "crop", stdin=records).stdout)
    code = rows(run_xner(*PAIRS, "--preset", "crop-code", stdin=records).stdout)
    assert (len(paper), len(code)) == (120, 60)
    assert 40 <= sum(row["meta"]["marked"] for row in code) < 60
    assert paper == rows(run_xner(*PAIRS, stdin=records).stdout)


@pytest.mark.parametrize(
    ("row", "options", "code", "message"),
    [
        (bitext(1, origin=None, alignment=None), [], 1, "'b:1': it has no origin.*xner convert"),
        (bitext(1, alignment=None), [], 1, "not aligned; give --aligner"),
        (bitext(1), ["--aligner", "nosuch"], 2, "unknown aligner 'nosuch'"),
        (bitext(1), ["--dry-run"], 2, "--dry-run"),
        (bitext(1), ["--marked-share", "2"], 2, "--marked-share '2'"),
    ],
)
def test_bitext_that_cannot_be_used(
    run_xner: Run, row: dict[str, Any], options: list[str], code: int, message: str
) -> None:
    row = {key: value for key, value in row.items() if value is not None}
    done = run_xner(*PAIRS, *options, stdin=lines(row))
    assert done.code == code
    assert re.search(message, done.err.strip()), done.err
    assert done.err.strip().count("\n") == 0


ALIGNER = """
from xner.alignment.aligner import Aligner


class Backwards(Aligner):
    whole = True

    def align(self, pairs):
        self.counts["corpora"] += 1
        for source, target in pairs:
            yield [(n, len(target) - 1 - n) for n in range(len(source))]
"""


def test_an_aligner_links_what_is_not_linked(run_xner: Run, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text(ALIGNER)
    records = [bitext(n) for n in range(5)]
    for row in records:
        del row["alignment"]
    options = ["--aligner", "outside:Backwards", "--window", 2, "--marked-share", 0]
    done = run_xner(*PAIRS, *options, stdin=lines(*records), PYTHONPATH=str(tmp_path))
    assert done.code == 0, done.stderr
    for row in rows(done.stdout):
        assert row["alignment"] == [[3 - n, 4 - n, n, n + 1] for n in reversed(range(4))]
    assert b"corpora 1" in done.stderr


def test_pairs_that_cannot_be_used_are_counted(run_xner: Run, tmp_path: Path) -> None:
    odd = bitext(2)
    del odd["alignment"]
    looks = bitext(3, tokens=["a", "__SLOT0__", "b", "c"])
    done = run_xner(
        *(*PAIRS, "--on-error", "skip", "--rejects", tmp_path / "rejects"),
        stdin=lines(bitext(1), odd, looks),
    )
    assert done.code == 0
    assert "3 in, 2 out, 2 dropped" in done.err
    assert "holds what looks like a marker 1" in done.err
    assert [row["record"]["id"] for row in rows((tmp_path / "rejects").read_bytes())] == [
        "b:2",
        "b:3",
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


def test_a_stage_that_dies_stops_the_next_with_its_name(run_xner: Run) -> None:
    records = lines(*(record(n, f"Anna sah n{n} .", "B-PER O O O") for n in range(30)))
    options = ["--engine", "command:head -12; exit 3", "--window", 5]
    first = run_xner("translate-spans", *options, stdin=records)
    assert first.code == 1
    assert b"exit code 3" in first.stderr
    second = run_xner("convert", "--to", "conll", stdin=first.stdout)
    assert second.code == 1
    assert b"translate-spans" in second.stderr
    assert b"exit code 3" in second.stderr


SLOW = """
import sys, time
log = open(sys.argv[1], "a", buffering=1)
for line in sys.stdin:
    log.write("got " + line)
    time.sleep(float(sys.argv[2]))
    print(line.strip().upper(), flush=True)
    time.sleep(0.02)
    log.write("done " + line)
"""


def test_after_a_kill_nothing_finished_is_translated_twice(run_xner: Run, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    records = lines(*(record(n, f"Anna sah n{n} .", "B-PER O O O") for n in range(40)))
    (tmp_path / "in.jsonl").write_bytes(records)
    log = tmp_path / "log"
    engine = f"command:python3 {tmp_path}/slow.py {log} $PAUSE"
    options = ["translate-spans", tmp_path / "in.jsonl", "--engine", engine, "--cache", "c.db"]
    options += ["--window", "12"]
    killed = subprocess.Popen(
        [XNER, *map(str, options)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env={**os.environ, "PAUSE": "0.03"},
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not log.exists() or log.read_text().count("done") < 16:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    before = log.read_text().splitlines()
    finished = {line[5:] for line in before if line.startswith("done ")}
    assert 16 <= len(finished) < 41
    rest = run_xner(*options, PAUSE="0")
    assert rest.code == 0, rest.stderr
    received = [
        line[4:] for line in log.read_text().splitlines()[len(before) :] if line[:4] == "got "
    ]
    assert len(received) == len(set(received))
    assert finished.isdisjoint(received)
    assert len(finished | set(received)) == 41
    whole = run_xner(*options[:-4], "--no-cache", PAUSE="0")
    assert whole.stdout == rest.stdout != b""


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


@pytest.mark.parametrize("idle", ["--marker-style xml", "--engine apertium", "--mode plain"])
def test_training_pairs_want_no_options_of_translation(run_xner, idle):
    done = run_xner("translate-spans", "--make-training-pairs", *idle.split(), stdin="{}")
    assert done.code == 2
    assert f"leave out {idle.split()[0]}" in done.err

"""`xner translate-spans` word by word and phrase by phrase, as a user runs it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.records import lines, rows
from tests.conftest import Ended, Run, needs_apertium

TAGS = "B-ORG O B-PER I-PER O O B-LOC O"
UN = {
    **{"id": "u:1", "lang": "en", "tags": TAGS.split()},
    "tokens": ["U.N.", "official", "Rolf", "Ekeus", "heads", "for", "Baghdad", "."],
}
RAW = {"id": "u:2", "lang": "en", "tokens": ["The", "Official", "official"]}
LIST = """U.N.	VN
official	funcionario
official	oficial
heads	cabezas
for	para
baghdad	bagdad
Rolf	Rudolfo
"""


@pytest.fixture
def words(run_xner: Run, tmp_path: Path, own_cache: None) -> Run:
    """`translate-spans --to-lang es` through a word list, in mode word if not told otherwise."""
    (tmp_path / "en-es.tsv").write_text(LIST, "utf-8")

    def run(*options: object, stdin: bytes = lines(UN), **environment: str) -> Ended:
        own = [] if "--engine" in options else ["--engine", "lexicon:en-es.tsv"]
        own += [] if {"--mode", "--preset"} & set(options) else ["--mode", "word"]
        line = ["translate-spans", "--to-lang", "es", *own, *options]
        return run_xner(*line, stdin=stdin, **environment)

    return run


def test_the_example_of_transadv(words: Run) -> None:
    done = words(stdin=lines(UN, RAW))
    assert done.code == 0, done.err
    first, second = rows(done.stdout)
    assert first == {
        **{"id": "u:1", "lang": "es", "tags": UN["tags"]},
        "tokens": ["VN", "funcionario", "Rolf", "Ekeus", "cabezas", "para", "Bagdad", "."],
        "langs": ["es", "es", None, None, "es", "es", "es", None],
        "alignment": [[n, n + 1, n, n + 1] for n in range(8)],
        "origin": UN,
    }
    assert second["tokens"] == ["The", "Funcionario", "funcionario"]
    assert "tags" not in second
    assert (
        "11 words: 7 translated (0 by several words), 0 identical, 1 not known, "
        "2 copied by type, 1 without letters; coverage 87.5%"
    ) in done.err
    assert "2 in, 2 out" in done.err


def test_the_preset_is_the_paper_s(words: Run) -> None:
    assert words("--preset", "transadv").stdout == words().stdout
    own = words("--preset", "transadv", "--copy-types", "none")
    assert rows(own.stdout)[0]["tokens"][2] == "Rudolfo"


def test_figures_as_json(words: Run) -> None:
    units = rows(words("--log-json").stderr)[0]
    assert (units["units"], units["coverage"]) == ("words", 1.0)
    assert units["figures"] == {
        **{"all": 8, "translated": 5, "of several words": 0, "identical": 0, "not known": 0},
        **{"copied by type": 2, "without letters": 1},
    }


def test_any_program_translates_words(words: Run) -> None:
    done = words("--engine", "command:sed -e s/Baghdad/Bagdad./ -e s/official/agente/")
    assert done.code == 0, done.err
    [row] = rows(done.stdout)
    assert row["tokens"] == ["U.N.", "agente", "Rolf", "Ekeus", "heads", "for", "Bagdad", "."]
    assert row["langs"] == [None, "es", *[None] * 4, "es", None]
    assert "2 translated (0 by several words), 3 unchanged, 2 copied by type" in done.err
    assert "coverage" not in done.err


@pytest.mark.parametrize(
    ("mode", "tokens", "rows_made"),
    [
        ("phrase", "VN oficial Ekeus Rudolfo cabezas por Bagdad .", 6),
        ("word-phrase", "VN oficial Ekeus Rudolfo cabezas por Bagdad .", 7),
    ],
)
def test_phrases(words: Run, tmp_path: Path, mode: str, tokens: str, rows_made: int) -> None:
    text = "U.N.\tVN\nofficial\toficial\nRolf Ekeus\tEkeus Rudolfo\nheads\tcabezas\nfor\tpor\n"
    (tmp_path / "en-es.tsv").write_text(f"{text}Baghdad\tBagdad\n", "utf-8")
    done = words("--mode", mode, "--copy-types", "none")
    assert done.code == 0, done.err
    [row] = rows(done.stdout)
    assert row["tokens"] == tokens.split()
    assert row["tags"] == UN["tags"]
    assert [2, 4, 2, 4] in row["alignment"]
    assert len(row["alignment"]) == rows_made
    assert words("--mode", mode, stdin=lines(RAW)).code == 1


def test_samples_do_not_depend_on_shards_and_windows(words: Run) -> None:
    stdin = lines(*(UN | {"id": f"u:{n}", "tokens": ["official"] * 8} for n in range(12)))
    whole = words("--choose", "sample", "--seed", 5, stdin=stdin).stdout.splitlines()
    shards = [
        words("--choose", "sample", "--seed", 5, "--shard", f"{n}/2", "--window", 2, stdin=stdin)
        for n in (1, 2)
    ]
    assert sorted(line for done in shards for line in done.stdout.splitlines()) == sorted(whole)
    assert words("--choose", "sample", "--seed", 6, stdin=stdin).stdout.splitlines() != whole
    seen = {token for row in rows(b"\n".join(whole)) for token in row["tokens"]}
    assert seen == {"funcionario", "oficial", "official"}  # one is copied, in a PER


def test_what_was_kept_of_one_mode_is_not_taken_for_another(words: Run) -> None:
    stdin = lines(UN | {"tokens": ["Rolf"] * 8})
    sentence = rows(words("--mode", "plain", stdin=lines(RAW)).stdout)[0]["tokens"]
    assert sentence == ["The", "Funcionario", "funcionario"]
    assert rows(words(stdin=lines(RAW)).stdout)[0]["langs"] == [None, "es", "es"]
    first = words("--copy-types", "none", stdin=stdin)
    again = words("--copy-types", "none", stdin=stdin)
    assert again.stdout == first.stdout
    assert "0 sent" in again.err
    assert "coverage 100.0%" in again.err


def test_case_of_a_corpus(words: Run, tmp_path: Path) -> None:
    (tmp_path / "raw.txt").write_text("El FUNCIONARIO y Para.\n", "utf-8")
    (tmp_path / "more.conll").write_text("vn B-ORG\n\n", "utf-8")
    files = ["--case-from", "raw.txt", "--case-from", "more.conll"]
    [row] = rows(words("--case", "corpus", *files).stdout)
    assert row["tokens"] == ["vn", "FUNCIONARIO", "Rolf", "Ekeus", "cabezas", "Para", "Bagdad", "."]


def test_a_dry_run_loads_nothing(words: Run) -> None:
    for mode, texts in (("word", 5), ("phrase", 4), ("word-phrase", 5)):
        options = ["--choose", "context", "--chooser", "nosuch", "--dry-run", "--log-json"]
        done = words("--mode", mode, "--engine", "lexicon:nosuch", *options)
        assert (done.code, done.stdout) == (0, b"")
        assert rows(done.stderr)[0]["texts"] == texts


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ("--choose context", 2, "--choose context wants --chooser"),
        ("--case corpus", 2, "--case corpus wants --case-from"),
        ("--case-from en-es.tsv", 2, "--case-from is for --case corpus; give that too"),
        ("--case corpus --case-from nosuch", 1, "cannot read 'nosuch'"),
        ("--case corpus --case-from /dev/null", 2, "--case-from /dev/null: there is no word"),
        ("--choose context --chooser nosuch --offline", 1, "encoder 'nosuch' cannot be loaded"),
        ("--choose sample --engine command:cat", 2, "'command' gives one translation"),
        ("--choose sample --candidates 0", 2, "--candidates 0 is not at least 1"),
        ("--nbest 3", 2, "--nbest is for --mode marker, not 'word'"),
    ],
)
def test_what_goes_wrong_is_one_line(words: Run, options: str, code: int, message: str) -> None:
    done = words(*options.split())
    assert done.code == code, done.err
    assert re.search(message, done.err), done.err
    assert done.err.strip().count("\n") == 0


def test_an_encoder_chooses(words: Run, tmp_path: Path) -> None:
    from tests.tiny import bert

    model = bert(tmp_path / "bert")
    pairs = [("harbour", "Lissabon"), ("harbour", "harbour"), ("old", "Montag"), ("old", "bar")]
    (tmp_path / "en-es.tsv").write_text("".join("\t".join(pair) + "\n" for pair in pairs))
    stdin = lines(RAW | {"tokens": ["Anna", "visited", "the", "old", "harbour"]})
    options = ["--choose", "context", "--chooser", model, "--device", "cpu", "--log-json"]
    chosen = words(*options, stdin=stdin)
    assert chosen.code == 0, chosen.err
    # an untrained encoder knows at least what is spelled alike
    assert rows(chosen.stdout)[0]["tokens"][4] == "harbour"
    assert rows(words(stdin=stdin).stdout)[0]["tokens"][4] == "Lissabon"


def test_in_a_pipe(words: Run, run_shell: Callable[[str], Ended]) -> None:
    words()
    done = run_shell(
        "printf 'UN B-ORG\\nheads B-LOC\\nfor I-LOC\\n\\n' | xner convert --lang en -q"
        " | xner translate-spans --mode word --engine lexicon:en-es.tsv --to-lang es --no-cache -q"
        " | xner translate-spans --mode word --engine lexicon:en-es.tsv --to-lang en --no-cache -q"
        " | xner convert --to conll -q"
    )
    assert done.code == 0, done.err
    assert done.out == "UN B-ORG\nheads B-LOC\nfor I-LOC\n\n"


@pytest.mark.data
def test_coverage_of_real_lists(run_xner: Run, shared_data: Path) -> None:
    source = shared_data / "conll" / "en" / "dev.tsv"
    for name in ("en-es.tsv", "muse-en-es.txt"):
        done = run_xner(
            *("translate-spans", source, "--lang", "en", "--to-lang", "es", "--mode", "word"),
            *("--engine", f"lexicon:{shared_data / 'lexicon' / name}", "--shard", "1/10"),
            *("--no-cache", "--log-json"),
        )
        assert done.code == 0, done.err
        units = rows(done.stderr)[0]
        assert 0.65 < units["coverage"] < 0.85
        made = rows(done.stdout)
        assert len(made) > 300
        assert sum(len(row["alignment"]) for row in made) == units["figures"]["all"]


@pytest.mark.data
@needs_apertium
def test_apertium_word_by_word(run_xner: Run, shared_data: Path) -> None:
    source = shared_data / "conll" / "en" / "dev.tsv"
    done = run_xner(
        *("translate-spans", source, "--lang", "en", "--engine", "apertium", "--to-lang", "es"),
        *("--mode", "word", "--shard", "1/40", "--no-cache", "--log-json"),
    )
    assert done.code == 0, done.err
    figures = rows(done.stderr)[0]["figures"]
    sent = figures["all"] - figures["copied by type"] - figures["without letters"]
    assert figures["translated"] > 0.8 * sent
    for row in rows(done.stdout):
        assert len(row["alignment"]) == len(row["origin"]["tokens"])
        stops = [token for token in row["tokens"] if token == "."]
        assert len(stops) == row["origin"]["tokens"].count(".")

"""Translations beside their origins, from files that are parallel."""

import json

import pytest

EN = "-DOCSTART- O\n\nBern B-LOC\nis O\nold O\n\n-DOCSTART- O\n\nso O\nis O\nGraz B-LOC\n\n"
DE = "-DOCSTART- O\n\nBern O\nist O\nalt O\n\n-OCSTART- O\n\nGraz O\nauch O\n\n"
LINKS = "0-0\n0-0 1-1 2-2\n0-0\n2-0 0-1\n"


@pytest.fixture
def convert(run_xner, tmp_path):
    def run(*options, files):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        return run_xner("convert", *options)

    return run


def records(done):
    return [json.loads(line) for line in done.out.splitlines()]


def test_origins_links_and_rows_that_a_translator_has_mangled(convert):
    done = convert(
        "de.conll", "--lang", "de", "--origin", "en.conll", "--origin-lang", "en",
        "--alignments", "links", files={"de.conll": DE, "en.conll": EN, "links": LINKS},
    )  # fmt: skip
    assert done.code == 0
    first, second = records(done)
    assert (first["lang"], first["origin"]["lang"]) == ("de", "en")
    assert first["origin"]["tags"] == ["B-LOC", "O", "O"]
    assert second["tokens"] == ["Graz", "auch"]
    assert second["origin"]["tokens"] == ["so", "is", "Graz"]
    assert second["alignment"] == [[0, 1, 2, 3], [1, 2, 0, 1]]
    assert "3 in, 2 out, 1 dropped (no origin at its place 1)" in done.err


def test_links_the_other_way_round(convert):
    done = convert(
        "de.txt", "--origin", "en.txt", "--alignments", "links,reversed",
        files={"de.txt": "Graz auch\n", "en.txt": "so is Graz\n", "links": "0-2 1-0\n"},
    )  # fmt: skip
    [record] = records(done)
    assert record["alignment"] == [[0, 1, 2, 3], [1, 2, 0, 1]]
    again = convert("-q", "--to", "pharaoh", "r.jsonl", files={"r.jsonl": done.out})
    assert again.out == "0-1 2-0\n"


def test_lines_without_a_translation_shift_nothing(convert):
    done = convert(
        "de.txt", "--origin", "en.txt",
        files={
            "de.txt": "no. eins\n\nno. drei\nno. vier\n\n",
            "en.txt": "no. one\nno. two\nno. three\n\nno. five\n",
        },
    )  # fmt: skip
    pairs = [(r["tokens"][-1], r["origin"]["tokens"][-1]) for r in records(done)]
    assert pairs == [("eins", "one"), ("drei", "three")]
    assert "1 dropped (no origin at its place 1); origins without a translation 2" in done.err


def test_what_cannot_be_read_shifts_nothing(convert):
    files = {
        "de.conll": "eins O\n\nzwei\n\ndrei O\n\nvier O\n",
        "en.conll": "one O\n\ntwo O\n\nthree O\n\nfour\n",
    }
    done = convert("de.conll", "--origin", "en.conll", "--on-error", "skip", files=files)
    pairs = [(r["tokens"], r["origin"]["tokens"]) for r in records(done)]
    assert pairs == [(["eins"], ["one"]), (["drei"], ["three"])]
    assert "4 in, 2 out, 2 dropped" in done.err
    assert "unreadable origins 1" in done.err
    assert convert("de.conll", "--origin", "en.conll", files={}).code == 1


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--origin", "short.txt"], 1, "short.txt: ends before its translations do"),
        (["--origin", "long.txt"], 1, "long.txt: goes on with sentence 'long:3'"),
        (["--origin", "nowhere.txt"], 1, "cannot read 'nowhere.txt'"),
        (["--origin", "en.txt", "--alignments", "far"], 1, "far:2: link 0-1 leads out of"),
        (["--origin", "en.txt", "--alignments", "bad"], 1, "bad:1: expected links"),
        (["--origin", "en.txt", "--shard", "1/2"], 2, "shard the result"),
        (["--origin", "-"], 2, "name a file"),
        (["--alignments", "far"], 2, "--alignments is of no use without --origin"),
        (["--origin-lang", "en"], 2, "--origin-lang is of no use without --origin"),
    ],
)
def test_what_does_not_fit_is_said(convert, options, code, said):
    files = {
        "de.txt": "eins\nzwei\n", "en.txt": "one\ntwo\n", "short.txt": "one\n",
        "long.txt": "one\ntwo\nthree\n", "far": "0-0\n0-1\n", "bad": "0:0\n",
    }  # fmt: skip
    done = convert("de.txt", *options, files=files)
    assert done.code == code
    assert said in done.err


def test_bad_links_are_skipped_and_counted(convert):
    files = {"a.txt": "x y\nx y\nx y\n", "b.txt": "v w\nv w\nv w\n", "links": "0-0\n0:1\n2-0\n"}
    done = convert(
        "a.txt", "--origin", "b.txt", "--alignments", "links", "--on-error", "skip", files=files
    )
    assert [record["id"] for record in records(done)] == ["a:1"]
    assert "3 in, 1 out, 2 dropped (links that do not fit 2)" in done.err
    assert "links:2: expected links such as" in done.err


def test_a_record_keeps_the_origin_it_has(convert):
    row = '{"id":"a","tokens":["x"],"origin":{"id":"a","tokens":["y"]}}\n'
    done = convert("a.jsonl", "--origin", "en.txt", files={"a.jsonl": row, "en.txt": "z\n"})
    assert (done.code, "'a' has an origin already" in done.err) == (1, True)


@pytest.mark.data
@pytest.mark.parametrize(("lang", "mangled"), [("de", 36), ("es", 0)])
def test_a_translated_corpus_pairs_up(run_xner, shared_data, lang, mangled):
    done = run_xner(
        "convert", shared_data / f"deepl/{lang}/train.tsv", "--lang", lang,
        "--origin", shared_data / "conll/en/train.tsv", "--origin-lang", "en",
        "--alignments", shared_data / f"deepl/{lang}/train.talp", "--to", "pharaoh",
    )  # fmt: skip
    assert f"{14041 + mangled:,} in, 14,041 out" in done.err
    rows = (shared_data / f"deepl/{lang}/train.talp").read_text().splitlines()
    words = (shared_data / "conll/en/train.tsv").read_text().split("\n\n")
    kept = [
        " ".join(sorted(set(line.split()), key=lambda link: [*map(int, link.split("-"))]))
        for line, text in zip(rows, words, strict=False)
        if not text.strip().startswith("-DOCSTART-")
    ]
    assert done.out.splitlines() == kept


def test_strip_tags_leaves_those_of_the_origin(run_xner, tmp_path):
    (tmp_path / "de.conll").write_text("Wien B-LOC\n\n")
    (tmp_path / "en.conll").write_text("Vienna B-LOC\n\n")
    done = run_xner("convert", "de.conll", "--strip-tags", "--origin", "en.conll")
    record = json.loads(done.out)
    assert "tags" not in record
    assert record["origin"]["tags"] == ["B-LOC"]

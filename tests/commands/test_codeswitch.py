"""`xner codeswitch` as a process: in a pipe, what it draws and counts, what it refuses."""

import json

import pytest

ORIGIN = {
    "id": "s1",
    "lang": "en",
    "tokens": ["U.N.", "official", "Rolf", "Ekeus", "heads", "for", "Baghdad", "."],
    "tags": ["B-ORG", "O", "B-PER", "I-PER", "O", "O", "B-LOC", "O"],
}
RECORD = ORIGIN | {
    "lang": "es",
    "tokens": ["VN", "funcionario", "Rolf", "Ekeus", "cabezas", "para", "Bagdad", "."],
    "origin": ORIGIN,
    "alignment": [[n, n + 1, n, n + 1] for n in range(8)],
}
PLAIN = {
    "id": "s2",
    "lang": "es",
    "tokens": ["llueve"],
    "tags": ["O"],
    "origin": {"id": "s2", "lang": "en", "tokens": ["it", "rains"], "tags": ["O", "O"]},
    "alignment": [[0, 1, 1, 2]],
}


def lines(*records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def many(number=300):
    """Records that differ in their ids alone."""
    return lines(
        *(RECORD | {"id": f"m:{n}", "origin": ORIGIN | {"id": f"m:{n}"}} for n in range(number))
    )


def test_in_the_middle_of_a_pipe(run_shell, tmp_path):
    (tmp_path / "in.jsonl").write_text(lines(RECORD, PLAIN), "utf-8")
    done = run_shell(
        "set -o pipefail; cat in.jsonl | xner codeswitch | tee out.jsonl | xner convert --validate"
    )
    assert done.code == 0, done.err
    first, second = records((tmp_path / "out.jsonl").read_text("utf-8"))
    assert " ".join(first["tokens"]) == "VN official Rolf Ekeus heads for Bagdad ."
    assert first["langs"] == ["es", "en", None, None, "en", "en", "es", None]
    assert (first["lang"], first["tags"], first["origin"]) == ("en", ORIGIN["tags"], ORIGIN)
    assert (second["tokens"], second["langs"]) == (["it", "rains"], ["en", "en"])
    says = "xner codeswitch: 2 in, 2 out; unchanged 1, entities swapped 2, left alike in both 1\n"
    assert says in done.err


def test_into_the_translation_and_without_those_that_stay_as_they_are(run_xner, tmp_path):
    done = run_xner(
        *("codeswitch", "--into", "translation", "--unchanged", "drop", "--rejects", "left.jsonl"),
        stdin=lines(RECORD, PLAIN),
    )
    (row,) = records(done.out)
    assert " ".join(row["tokens"]) == "U.N. funcionario Rolf Ekeus cabezas para Baghdad ."
    assert row["origin"] == RECORD
    assert done.err.startswith("xner codeswitch: 2 in, 1 out, 1 dropped (unchanged 1); ")
    (left,) = records((tmp_path / "left.jsonl").read_text("utf-8"))
    assert (left["reason"], left["record"]["id"]) == ("unchanged", "s2")


def test_context_words_and_phrases(run_xner):
    context = records(run_xner("codeswitch", "--swap", "context", "-q", stdin=lines(PLAIN)).out)
    assert context[0]["tokens"] == ["it", "llueve"]
    done = run_xner("codeswitch", "--swap", "words", "--ratio", "1", stdin=lines(RECORD))
    assert records(done.out)[0]["tokens"] == RECORD["tokens"]
    assert done.err.endswith("words swapped 5, left alike in both 3\n")
    for swap in ("words", "phrases"):
        done = run_xner("codeswitch", "--swap", swap, "--max-phrase", "2", stdin=many())
        lent = sum(lang == "es" for row in records(done.out) for lang in row["langs"])
        assert abs(lent / (5 * 300) - 0.5) < 0.06


def test_one_seed_gives_the_same_bytes_in_any_order_and_in_shards(run_xner, tmp_path):
    text = many()
    (tmp_path / "in.jsonl").write_text(text, "utf-8")
    options = ("--swap", "words", "-q")
    whole = run_xner("codeswitch", *options, stdin=text).out.splitlines()
    back = "".join(reversed(text.splitlines(keepends=True)))
    again = run_xner("codeswitch", *options, "--seed", "42", stdin=back).out.splitlines()
    assert whole[::-1] == again
    for shard in (1, 2):
        part = run_xner("codeswitch", "in.jsonl", "--shard", f"{shard}/2", *options).out
        assert part.splitlines() == whole[shard - 1 :: 2]
    other = run_xner("codeswitch", "in.jsonl", *options, "--seed", "1").out.splitlines()
    differing = sum(a != b for a, b in zip(whole, other, strict=True))
    assert differing > 250  # 31 of 32 are expected to


BAD = {
    "has no origin": (ORIGIN, "it has no origin to be mixed with; run xner translate-spans"),
    "has no alignment": (
        {key: value for key, value in RECORD.items() if key != "alignment"},
        "it has no alignment with its origin; run xner translate-spans --mode word",
    ),
    "is in one language": (
        RECORD | {"lang": "en"},
        "it and its origin have one language, 'en'; run xner translate-spans",
    ),
    "has no tags": (
        RECORD | {"origin": ORIGIN | {"tags": None}},
        "its origin has no tags to tell its entities by; run xner weak-tag",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_record_that_cannot_be_mixed_stops_it_or_is_dropped(run_xner, tmp_path, name):
    record, says = BAD[name]
    done = run_xner("codeswitch", "-o", "out.jsonl", stdin=lines(PLAIN, record))
    assert (done.code, done.err) == (1, f"xner codeswitch: sentence 's1': {says}\n")
    assert not (tmp_path / "out.jsonl").exists()
    done = run_xner("codeswitch", "--on-error", "skip", stdin=lines(PLAIN, record))
    assert done.code == 0
    assert done.err == f"xner codeswitch: 2 in, 1 out, 1 dropped ({says} 1); unchanged 1\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--ratio", "2"], "--ratio 2 is not between 0 and 1"),
        (["--ratio", "nan"], "--ratio nan is not between 0 and 1"),
        (["--max-phrase", "0"], "--max-phrase 0 is not at least 1"),
    ],
)
def test_wrong_usage_is_exit_2(run_xner, options, says):
    done = run_xner("codeswitch", *options, "-o", "out.jsonl", stdin=lines(RECORD))
    assert (done.code, done.err) == (2, f"xner codeswitch: {says}\n")


def test_a_failed_stage_stops_it(run_shell):
    done = run_shell("xner convert nosuch -q 2> /dev/null | xner codeswitch > out.jsonl")
    assert done.code == 1
    assert done.err.startswith("xner codeswitch: stopped: convert failed: cannot read 'nosuch'")


def test_an_entity_by_entity_translation_can_be_mixed(run_shell, tmp_path):
    (tmp_path / "words.en-de.tsv").write_text("European Central Bank\tEZB\nwarns\twarnt\n", "utf-8")
    done = run_shell(
        "printf 'European B-ORG\\nCentral I-ORG\\nBank I-ORG\\nwarns O\\n' "
        "| xner convert --lang en -q "
        "| xner translate-spans --engine lexicon:words.en-de.tsv --to-lang de -q "
        "| xner codeswitch --to conll"
    )
    assert done.out == "EZB B-ORG\nwarns O\n", done.err

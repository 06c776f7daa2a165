"""`xner shuffle` as a process: in a pipe, what it draws and drops, what it refuses."""

import json

CONLL = """\
U.N. B-ORG
official O
Rolf B-PER
Ekeus I-PER
heads O
for O
Baghdad B-LOC
. O

Bern B-LOC
ruht O

sagt O
Ida B-PER
Ida I-PER

"""


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def many(number=200):
    words = [f"w{n}" for n in range(6)]
    rows = [{"id": f"m:{n}", "tokens": words, "tags": ["O"] * 6} for n in range(number)]
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_in_the_middle_of_a_pipe(run_shell, tmp_path):
    (tmp_path / "a.conll").write_text(CONLL, "utf-8")
    done = run_shell(
        "set -o pipefail; cat a.conll | xner shuffle | tee out.jsonl | xner convert --validate"
    )
    assert done.code == 0, done.err
    (row,) = records((tmp_path / "out.jsonl").read_text("utf-8"))
    assert "xner shuffle: 3 in, 1 out, 2 dropped (unchanged 2)\n" in done.err
    origin = row["origin"]
    assert row["shuffled"] is True
    assert "shuffled" not in origin
    assert row["tags"] == origin["tags"]
    assert row["tokens"] != origin["tokens"]
    assert [origin["tokens"][was] for _, _, was, _ in row["alignment"]] == row["tokens"]
    fixed = [row["tokens"][place] for place in (0, 1, 6, 7)]
    assert fixed == ["U.N.", "official", "Baghdad", "."]


def test_sentences_that_cannot_change_can_be_kept(run_xner):
    done = run_xner("shuffle", "--unchanged", "keep", stdin=CONLL)
    rows = records(done.out)
    assert done.err == "xner shuffle: 3 in, 3 out; unchanged 2\n"
    assert [row.get("shuffled", False) for row in rows] == [True, False, False]
    assert [row["tokens"] for row in rows[1:]] == [["Bern", "ruht"], ["sagt", "Ida", "Ida"]]
    assert rows[1]["alignment"] == [[0, 1, 0, 1], [1, 2, 1, 2]]


def test_one_seed_gives_the_same_bytes_in_any_order_and_in_shards(run_xner, tmp_path):
    text = many()
    (tmp_path / "in.jsonl").write_text(text, "utf-8")
    whole = run_xner("shuffle", "-q", stdin=text).out.splitlines()
    assert len({tuple(json.loads(line)["tokens"]) for line in whole}) > 100
    back = "".join(reversed(text.splitlines(keepends=True)))
    assert whole[::-1] == run_xner("shuffle", "-q", "--seed", "42", stdin=back).out.splitlines()
    for shard in (1, 2):
        part = run_xner("shuffle", "in.jsonl", "--shard", f"{shard}/2", "-q").out
        assert part.splitlines() == whole[shard - 1 :: 2]
    assert whole != run_xner("shuffle", "-q", "--seed", "1", stdin=text).out.splitlines()


def test_a_sentence_without_tags_stops_it_or_is_dropped(run_xner, tmp_path):
    text = many(1) + '{"id":"x","tokens":["a","b"]}\n'
    says = "it has no tags to tell its entities by; run xner weak-tag"
    done = run_xner("shuffle", "-o", "out.jsonl", stdin=text)
    assert (done.code, done.err) == (1, f"xner shuffle: sentence 'x': {says}\n")
    assert not (tmp_path / "out.jsonl").exists()
    done = run_xner("shuffle", "--on-error", "skip", "--rejects", "left.jsonl", stdin=text)
    assert done.err == f"xner shuffle: 2 in, 1 out, 1 dropped ({says} 1)\n"
    (left,) = records((tmp_path / "left.jsonl").read_text("utf-8"))
    assert (left["reason"], left["record"]["id"]) == (says, "x")


def test_a_failed_stage_stops_it(run_shell):
    done = run_shell("xner convert nosuch -q 2> /dev/null | xner shuffle > out.jsonl")
    assert done.code == 1
    assert done.err.startswith("xner shuffle: stopped: convert failed: cannot read 'nosuch'")


def test_a_mixed_sentence_takes_its_languages_along(run_xner):
    row = {"tokens": ["a", "b", "c"], "tags": ["O"] * 3, "langs": ["en", "de", None]}
    (made,) = records(run_xner("shuffle", "-q", stdin=json.dumps(row) + "\n").out)
    assert sorted(zip(made["tokens"], map(str, made["langs"]), strict=True)) == [
        *(("a", "en"), ("b", "de"), ("c", "None")),
    ]

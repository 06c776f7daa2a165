"""`xner fuse` as a process: in a pipe, what it counts, what it refuses and with which words."""

import json

import pytest

WORDS = [["Ida", "ruht", "in", "Bern"], ["Es", "regnet"], ["Basel", "gewinnt"]]
ONE = [["B-PER", "O", "O", "B-LOC"], ["O", "O"], ["B-LOC", "O"]]
TWO = [["B-PER", "O", "O", "O"], ["O", "O"], ["B-ORG", "O"]]


@pytest.fixture
def file(tmp_path):
    """Write sentences with these tags; `order` says which of them and in what order."""

    def write(name, tags, order=(0, 1, 2), ids="s{}", **fields):
        rows = [
            {"id": ids.format(n + 1), "tokens": WORDS[n], "tags": tags[n], **fields} for n in order
        ]
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return name

    return write


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def test_in_the_middle_of_a_pipe(run_shell, file):
    file("one.jsonl", ONE)
    file("two.jsonl", TWO, order=(2, 0, 1))
    done = run_shell(
        "set -o pipefail; cat one.jsonl | xner fuse - two.jsonl --by union | xner convert -q"
    )
    assert done.code == 0, done.err
    rows = records(done.out)
    assert [row["id"] for row in rows] == ["s1", "s2", "s3"]
    assert [row["tags"] for row in rows] == ONE
    assert [row.get("weights") for row in rows] == [[1.0, 1.0, 1.0, 0.5], None, [0.5, 1.0]]
    assert done.err == "xner fuse: 3 in, 3 out; words on which streams differ 2\n"


@pytest.mark.parametrize(
    ("files", "third"),
    [(["one.jsonl", "two.jsonl=3"], "ORG"), (["one.jsonl=3", "two.jsonl"], "LOC")],
)
def test_files_have_weights(run_xner, file, files, third):
    file("one.jsonl", ONE)
    file("two.jsonl", TWO)
    done = run_xner("fuse", *files, "--by", "vote", "--weights", "none", "-q")
    assert records(done.out)[2]["tags"] == [f"B-{third}", "O"]
    assert all("weights" not in row for row in records(done.out))


def test_a_file_whose_name_looks_like_a_weight(run_xner, file):
    done = run_xner("fuse", file("a=2", ONE), file("b", TWO), "-q")
    assert done.code == 0, done.err
    assert records(done.out)[0]["tags"] == ["B-PER", "O", "O", "O"]


def test_sentences_that_a_stream_lacks(run_xner, file):
    files = file("one.jsonl", ONE), file("two.jsonl", TWO, order=[2])
    kept = run_xner("fuse", *files)
    assert kept.err.endswith("3 in, 3 out; not in two.jsonl 2, words on which streams differ 1\n")
    assert records(kept.out)[0]["tags"] == ONE[0]
    dropped = run_xner("fuse", *files, "--missing", "drop", "--rejects", "gone.jsonl")
    assert dropped.err == (
        "xner fuse: 3 in, 1 out, 2 dropped (not in two.jsonl 2); words on which streams differ 1\n"
    )
    failed = run_xner("fuse", *files, "--missing", "fail", "-o", "out.jsonl")
    assert (failed.code, failed.err) == (1, "xner fuse: two.jsonl: has no sentence 's1'\n")


def test_sentences_that_the_first_stream_lacks_are_counted(run_xner, file):
    done = run_xner("fuse", file("two.jsonl", TWO, order=[1]), file("one.jsonl", ONE))
    assert done.err == "xner fuse: 1 in, 1 out; only in one.jsonl 2\n"


def test_sentences_on_which_streams_differ_can_be_dropped(run_xner, file, tmp_path):
    files = file("one.jsonl", ONE), file("two.jsonl", TWO)
    for least, ids in (("0.75", ["s1", "s2"]), ("1", ["s2"]), ("0", ["s1", "s2", "s3"])):
        done = run_xner(
            "fuse", *files, "--by", "vote", "--min-agreement", least, "--rejects", "gone.jsonl"
        )
        assert [row["id"] for row in records(done.out)] == ids
        gone = records((tmp_path / "gone.jsonl").read_text("utf-8"))
        assert len(gone) == 3 - len(ids)
        assert all(row["reason"] == "streams differ" for row in gone)


def test_distributions_are_averaged(run_xner, file):
    one = file("one.jsonl", [["O"] * 4], [0], labels=["O", "B-LOC"], probs=[[0.6, 0.4]] * 4)
    two = file("two.jsonl", [["O"] * 4], [0], labels=["B-LOC", "O"], probs=[[0.8, 0.2]] * 4)
    (row,) = records(run_xner("fuse", one, two, "--by", "probs", "-q").out)
    assert (row["labels"], row["probs"]) == (["O", "B-LOC", "I-LOC"], [[0.4, 0.6, 0.0]] * 4)
    assert row["tags"] == ["B-LOC"] * 4
    assert row["weights"] == [0.0] * 4  # neither stream had that


def test_files_of_other_names_and_formats_are_joined_by_number(run_xner, tmp_path, file):
    text = "".join(
        "".join(f"{w} {t}\n" for w, t in zip(*pair, strict=True)) + "\n"
        for pair in zip(WORDS, TWO, strict=True)
    )
    (tmp_path / "two.conll").write_text(text, "utf-8")
    done = run_xner("fuse", "two.conll", file("one.jsonl", ONE, ids="raw:{}"), "-q")
    assert [row["tags"] for row in records(done.out)] == [
        ["B-PER", "O", "O", "O"],
        ["O", "O"],
        ["O", "O"],
    ]


def test_records_of_several_files_are_joined_by_id(run_shell, tmp_path):
    for name, word in (("a.conll", "Anna"), ("b.conll", "Paul")):
        (tmp_path / name).write_text(f"{word} B-PER\nruht O\n\nSie O\nlacht O\n\n", "utf-8")
    done = run_shell(
        "xner convert a.conll b.conll -q -o all.jsonl; grep '\"b:' all.jsonl > onlyb.jsonl;"
        "tac all.jsonl > back.jsonl; xner fuse all.jsonl onlyb.jsonl back.jsonl"
    )
    assert done.err == "xner fuse: 4 in, 4 out; not in onlyb.jsonl 2\n"
    assert [row["id"] for row in records(done.out)] == ["a:1", "a:2", "b:1", "b:2"]


def test_a_failed_stage_stops_it(run_shell, file):
    file("one.jsonl", ONE)
    done = run_shell("xner convert nosuch -q 2> /dev/null | xner fuse one.jsonl - > out.jsonl")
    assert done.code == 1
    assert done.err.startswith("xner fuse: stopped: convert failed: cannot read 'nosuch'")


def test_other_words_are_refused_naming_both(run_xner, file, tmp_path):
    files = file("one.jsonl", ONE), file("two.jsonl", TWO)
    text = (tmp_path / "two.jsonl").read_text("utf-8")
    (tmp_path / "two.jsonl").write_text(text.replace("regnet", "schneit"), "utf-8")
    done = run_xner("fuse", *files, "-o", "out.jsonl")
    assert (done.code, done.err) == (
        1,
        "xner fuse: two.jsonl: sentence 's2', token 2: 'schneit' against 'regnet' in one.jsonl\n",
    )
    assert not (tmp_path / "out.jsonl").exists()


def test_untagged_sentences_stop_it_or_are_counted(run_xner, file):
    one, two = file("one.jsonl", ONE), file("two.jsonl", [TWO[0], None, TWO[2]])
    reason = "two.jsonl: sentence 's2' was not tagged: run xner weak-tag"
    failed = run_xner("fuse", one, two, "-o", "out.jsonl")
    assert (failed.code, failed.err) == (1, f"xner fuse: {reason}\n")
    done = run_xner("fuse", one, two, "--on-error", "skip")
    assert f"xner fuse: warning: {reason}\n" in done.err
    assert "3 in, 2 out, 1 dropped (labels that cannot be read 1)" in done.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a"], "name two streams or more, as in 'xner fuse tagger.jsonl projected.jsonl'"),
        (["-", "-"], "standard input can be only one of the streams"),
        (["a=0", "b"], "'a=0': the weight must be above 0 and finite"),
        (["a", "b=nan"], "'b=nan': the weight must be above 0 and finite"),
    ],
)
def test_wrong_usage_is_exit_2(run_xner, arguments, says):
    done = run_xner("fuse", *arguments, "-o", "out.jsonl")
    assert (done.code, done.err) == (2, f"xner fuse: {says}\n")


def test_a_file_that_is_not_there(run_xner, file):
    done = run_xner("fuse", file("one.jsonl", ONE), "nosuch", "-o", "out.jsonl")
    assert (done.code, done.err) == (
        1,
        "xner fuse: cannot read 'nosuch': no such file or directory\n",
    )


def test_shards_are_those_of_the_first_stream(run_xner, file):
    files = file("one.jsonl", ONE), file("two.jsonl", TWO)
    done = run_xner("fuse", *files, "--shard", "2/2")
    assert [row["id"] for row in records(done.out)] == ["s2"]
    assert done.err == "xner fuse: 1 in, 1 out\n"


def test_a_stream_that_has_no_sentence_in_common_is_refused(run_xner, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id":"x","tokens":["Bern"],"tags":["B-LOC"]}\n')
    (tmp_path / "b.jsonl").write_text('{"id":"y","tokens":["Bern"],"tags":["B-LOC"]}\n')
    (tmp_path / "empty.jsonl").write_text("")
    for other in ("b.jsonl", "empty.jsonl"):
        done = run_xner("fuse", "a.jsonl", other, "-o", "out.jsonl")
        assert done.code == 1
        assert f"{other}: not one sentence of a.jsonl is in it" in done.err
        assert not (tmp_path / "out.jsonl").exists()

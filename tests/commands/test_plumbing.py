"""The manners of every stream: whole files or none, quiet ends, loud failures, nothing lost."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

XNER = Path(sys.executable).with_name("xner")
GOOD = '{"id":"a","tokens":["Ida"],"tags":["B-PER"]}\n'
BAD = '{"id":"b","tokens":["Ida"],"tags":["PER"]}\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.jsonl").write_text(GOOD)
    (tmp_path / "bad.jsonl").write_text(GOOD + BAD + GOOD)
    (tmp_path / "many.jsonl").write_text(GOOD * 20_000)
    return tmp_path


def test_a_closed_pipe_ends_a_command_quietly(folder, run_shell):
    done = run_shell("set -o pipefail; xner convert many.jsonl | head -1")
    assert (done.code, done.out, done.err) == (0, GOOD, "")


def test_a_failed_stage_stops_the_next_with_its_name(folder, run_shell):
    done = run_shell("xner convert bad.jsonl | xner convert --to conll | xner convert -o out.jsonl")
    assert done.code == 1
    reason = (
        "bad.jsonl:2: token 1: unknown tag 'PER'; expected O or a letter of BIES, a dash and a type"
    )
    assert sorted(done.err.splitlines()) == sorted(
        [f"xner convert: {reason}"] + 2 * [f"xner convert: stopped: convert failed: {reason}"]
    )
    assert not (folder / "out.jsonl").exists()
    assert not list(folder.glob(".*.part"))


def test_a_stage_killed_in_mid_record_is_noticed(folder, run_shell):
    done = run_shell("head -c 60 many.jsonl | xner convert")
    assert done.code == 1
    assert "stdin:2: the last record is torn; the command before was probably killed" in done.err


def test_a_full_disk_is_one_line(folder, run_shell):
    for line in ("xner convert good.jsonl > /dev/full", "xner convert good.jsonl -o /dev/full"):
        done = run_shell(line)
        assert done.code == 1
        assert len(done.err.splitlines()) == 1
        assert "cannot write" in done.err
        assert "no space left on device" in done.err


def test_a_file_may_be_input_and_output(folder, run_xner):
    done = run_xner("convert", "good.jsonl", "-o", "good.jsonl")
    assert (done.code, (folder / "good.jsonl").read_text()) == (0, GOOD)


def test_a_failure_leaves_the_old_output_whole(folder, run_xner):
    (folder / "out.jsonl").write_text("old")
    assert run_xner("convert", "bad.jsonl", "-o", "out.jsonl").code == 1
    assert (folder / "out.jsonl").read_text() == "old"
    assert not list(folder.glob(".*"))


def test_standard_output_that_leads_into_an_input_is_refused(folder, run_shell):
    done = run_shell("xner convert good.jsonl >> good.jsonl")
    assert done.code == 1
    assert "'good.jsonl' is standard output too and would be lost" in done.err


def test_links_and_modes_of_an_output_stay(folder, run_xner):
    target = folder / "target.jsonl"
    target.write_text("")
    target.chmod(0o600)
    (folder / "link.jsonl").symlink_to(target)
    assert run_xner("convert", "good.jsonl", "-o", "link.jsonl").code == 0
    assert (folder / "link.jsonl").is_symlink()
    assert (target.read_text(), target.stat().st_mode & 0o777) == (GOOD, 0o600)


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_signals_leave_no_half_file_and_say_so_in_the_stream(folder, number, code, word):
    for target in ([], ["-o", "out.jsonl"]):
        process = subprocess.Popen(
            [XNER, "convert", *target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            # a shell's background jobs, as these tests may be, ignore Ctrl-C
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert process.stdin is not None
        process.stdin.write(GOOD.encode())
        process.stdin.flush()
        while target and not list(folder.glob(".out.jsonl.*")):
            time.sleep(0.02)
        time.sleep(0 if target else 1)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert process.returncode == code
        assert err.decode() == f"xner convert: {word}\n"
        if target:
            assert out == b""
        else:
            last = json.loads(out.splitlines()[-1])
            assert last == {"error": {"command": "convert", "message": word}}
    assert not list(folder.glob("*out.jsonl*"))


def test_skipped_records_are_counted_and_kept(folder, run_xner):
    done = run_xner(
        *("convert", "bad.jsonl", "--on-error", "skip", "--rejects", "rejects.jsonl", "--log-json")
    )
    assert (done.code, done.out) == (0, GOOD * 2)
    warning, summary = map(json.loads, done.err.splitlines())
    assert (warning["level"], warning["message"].split(":")[:2]) == ("warning", ["bad.jsonl", "2"])
    assert (summary["read"], summary["written"], summary["dropped"]) == (3, 2, {"unreadable": 1})
    (reject,) = (folder / "rejects.jsonl").read_text().splitlines()
    assert json.loads(reject)["raw"] == BAD.strip()


def test_a_sentence_that_the_output_cannot_hold_is_a_bad_record(folder, run_xner):
    (folder / "wide.jsonl").write_text(
        '{"id":"w","tokens":["New York"]}\n{"id":"x","tokens":["a"]}\n'
    )
    arguments = ("convert", "wide.jsonl", "--to", "conll")
    done = run_xner(*arguments)
    assert (done.code, done.out.splitlines()[0][:9]) == (1, '{"error":')
    assert "'New York' cannot stand in columns separated by a space" in done.err
    done = run_xner(*arguments, "--on-error", "skip", "--rejects", "r")
    assert (done.code, done.out) == (0, "a\n\n")
    assert "2 in, 1 out, 1 dropped (unwritable 1)" in done.err
    assert json.loads((folder / "r").read_text())["record"]["tokens"] == ["New York"]


def test_an_empty_rejects_file_says_that_nothing_was(folder, run_xner):
    (folder / "r").write_text("of the run before")
    assert run_xner("convert", "good.jsonl", "--rejects", "r").code == 0
    assert (folder / "r").read_text() == ""


@pytest.mark.parametrize(
    "line",
    [
        "convert good.jsonl --rejects good.jsonl",
        "convert bad.jsonl --origin good.jsonl --rejects ./good.jsonl",
        "fuse bad.jsonl good.jsonl --rejects good.jsonl",
        "translate-spans bad.jsonl --engine lexicon:good.jsonl,direction=a-b --rejects good.jsonl",
        "convert bad.jsonl --on-error skip -o good.jsonl --rejects good.jsonl",
        "convert bad.jsonl --on-error skip --rejects good.jsonl >> good.jsonl",
    ],
)
def test_rejects_replace_nothing_that_is_in_use(folder, run_shell, line):
    done = run_shell(f"xner {line}")
    assert done.code == 2
    assert (folder / "good.jsonl").read_text().startswith(GOOD)
    assert re.search(
        r"--rejects '(\./)?good.jsonl' is (named for something|standard out)", done.err
    )


def test_rejects_that_do_not_fit_end_the_command(folder, run_xner):
    done = run_xner(
        *("convert", "bad.jsonl", "--on-error", "skip", "--rejects", "/dev/full", "-o", "out.jsonl")
    )
    assert (done.code, (folder / "out.jsonl").exists()) == (1, False)
    assert done.err.endswith("xner convert: cannot write --rejects: no space left on device\n")


def test_several_inputs_follow_each_other_with_ids_of_their_own(folder, run_xner):
    (folder / "x").mkdir()
    for name in ("a.conll", "x/a.conll", "b.conll"):
        (folder / name).write_text("Ida B-PER\n\nBern B-LOC\n")
    done = run_xner("convert", "a.conll", "x/a.conll", "b.conll", "--shard", "1/1")
    ids = [json.loads(line)["id"] for line in done.out.splitlines()]
    assert ids == ["a:1", "a:2", "a:3", "a:4", "b:1", "b:2"]


def test_a_missing_file_is_noticed_before_the_first_is_read(folder, run_xner):
    done = run_xner("convert", "good.jsonl", "nowhere.jsonl", "-q")
    assert (done.code, GOOD in done.out) == (1, False)
    assert done.err == "xner convert: cannot read 'nowhere.jsonl': no such file or directory\n"


def test_shards_are_disjoint_and_complete(folder, run_xner):
    lines = [f'{{"id":"{n}","tokens":["a"]}}\n' for n in range(7)]
    (folder / "seven.jsonl").write_text("".join(lines))
    shards = [run_xner("convert", "seven.jsonl", "--shard", f"{i}/3").out for i in (1, 2, 3)]
    assert shards == ["".join(lines[i::3]) for i in range(3)]


def test_a_bad_record_is_one_shard_s(folder, run_xner):
    lines = [f'{{"id":"{n}","tokens":["a"]}}\n' for n in range(7)]
    (folder / "seven.jsonl").write_text("".join([lines[0], "{\n", *lines[2:]]))
    wanted = [[lines[0], lines[3], lines[6]], [lines[4]], [lines[2], lines[5]]]
    for index, own in enumerate(wanted, 1):
        skipping = run_xner(
            *("convert", "seven.jsonl", "--shard", f"{index}/3", "--on-error", "skip"),
            *("--rejects", "r"),
        )
        assert skipping.out == "".join(own)
        assert f"{len(own) + (index == 2)} in, {len(own)} out" in skipping.err
        assert len((folder / "r").read_text().splitlines()) == (index == 2)
        failing = run_xner("convert", "seven.jsonl", "--shard", f"{index}/3")
        assert failing.code == (index == 2)


def test_without_standard_error_data_stay_data(folder, run_shell):
    done = run_shell("xner convert bad.jsonl --on-error skip 2>&-")
    assert (done.code, done.out) == (0, GOOD * 2)
    done = run_shell("xner convert nosuch -o out.jsonl 2>&-")
    assert (done.code, done.out) == (1, "")


@pytest.mark.parametrize("form", ["conll", "conllu", "conllu,tag=3", "conlleval", "text", "jsonl"])
def test_a_failed_command_is_named_whatever_is_expected(run_shell, form):
    done = run_shell(f"xner convert nosuch -q 2>&- | xner convert --from {form}")
    assert done.code == 1
    assert done.err.startswith("xner convert: stopped: convert failed: cannot read 'nosuch'")


def test_a_terminal_shows_sentences_in_colour_and_progress(folder):
    import pty

    def seen(*arguments) -> str:
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [XNER, *arguments], stdout=follower, stderr=follower, stdin=follower, cwd=folder
        )
        os.close(follower)
        text = b""
        try:
            while chunk := os.read(leader, 4096):
                text += chunk
        except OSError:
            pass  # the other side is closed
        os.close(leader)
        process.wait()
        return text.decode()

    shown = seen("convert", "good.jsonl")
    assert "\x1b[" in shown
    assert "Ida" in shown
    assert '"tokens"' not in shown
    assert '"tokens"' in seen("convert", "good.jsonl", "--to", "jsonl")
    assert "convert: 1 in, 1 out ·" in seen("convert", "good.jsonl", "-o", "out.jsonl")
    assert "·" not in seen("convert", "good.jsonl", "-o", "out.jsonl", "--quiet")
    assert "nothing to read; name a file or pipe sentences in" in seen("convert")


def test_quiet_and_summary(folder, run_xner):
    assert run_xner("convert", "good.jsonl", "--quiet").err == ""
    assert run_xner("convert", "good.jsonl").err == "xner convert: 1 in, 1 out\n"


def test_closed_standard_streams(folder, run_shell):
    assert "standard input is closed" in run_shell("xner convert <&-").err
    assert "standard output is closed" in run_shell("xner convert good.jsonl >&-").err


def test_a_misspelt_command_stops_the_next(run_shell, tmp_path):
    done = run_shell("xner codeswtich a.jsonl | xner convert -o b.jsonl")
    assert done.code == 1
    assert "xner convert: stopped: xner failed" in done.err
    assert not (tmp_path / "b.jsonl").exists()


@pytest.mark.parametrize("wrong", ["--no-such-option", "--shard 1/2 --origin {here}/a.conll"])
def test_a_stage_that_cannot_start_stops_the_next(run_shell, tmp_path, wrong):
    (tmp_path / "a.conll").write_text("Bern B-LOC\n\n")
    done = run_shell(
        f"xner convert a.conll {wrong.format(here=tmp_path)} | xner convert -o b.jsonl"
    )
    assert done.code == 1
    assert "xner convert: stopped: convert failed" in done.err
    assert not (tmp_path / "b.jsonl").exists()


@pytest.mark.parametrize("command", ["translate-spans", "codeswitch", "shuffle"])
def test_nested_entities_that_are_left_out_are_counted(tmp_path, run_xner, command):
    (tmp_path / "de-en.tsv").write_text("der\tthe\nFC Bern\tBern FC\nruht\trests\n", "utf-8")
    inside = [{"start": 1, "end": 3, "type": "ORG"}, {"start": 2, "end": 3, "type": "LOC"}]
    nested = {
        "id": "a",
        "lang": "de",
        "tokens": ["der", "FC", "Bern", "ruht"],
        "tags": ["O", "B-ORG", "I-ORG", "O"],
        "meta": {"entities": inside},
    }
    other = {"id": "a", "lang": "en", "tokens": ["the", "Bern", "FC", "rests"]}
    links = [[0, 1, 0, 1], [1, 3, 1, 3], [3, 4, 3, 4]]
    given, options = {
        "translate-spans": (nested, ["--engine", "lexicon:de-en.tsv", "--no-cache"]),
        "codeswitch": (other | {"origin": nested, "alignment": links}, []),
        "shuffle": (nested, []),
    }[command]
    done = run_xner(command, *options, stdin=json.dumps(given))
    assert done.code == 0, done.err
    made = json.loads(done.out)
    assert "entities" not in made.get("meta", {})
    assert made["origin"]["meta"]["entities"] == inside
    assert "nested entities left out 1" in done.err.splitlines()[-1]

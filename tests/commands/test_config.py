"""Options from xner.toml."""

import json

import pytest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.conll").write_text("Ida B-PER\n\nBern I-LOC\n\n")
    return tmp_path


def test_options_stand_in_the_file_and_flags_win(folder, run_xner):
    (folder / "xner.toml").write_text('[convert]\nto = "text"\nquiet = true\nmap = ["PER=HUM"]\n')
    done = run_xner("convert", "a.conll")
    assert (done.out, done.err) == ("Ida\nBern\n", "")
    assert run_xner("convert", "a.conll", "--to", "conll").out == "Ida B-HUM\n\nBern B-LOC\n\n"


def test_paths_are_relative_to_the_file_that_the_environment_names(folder, run_xner):
    (folder / "else").mkdir()
    (folder / "else" / "b.conll").write_text("Basel B-LOC\n\n")
    (folder / "else" / "my.toml").write_text(
        '[convert]\ninputs = ["b.conll"]\noutput = "out.txt"\nrejects = "r.jsonl"\n'
    )
    done = run_xner("convert", XNER_CONFIG="else/my.toml")
    assert done.code == 0, done.err
    assert (folder / "else" / "out.txt").read_text() == "Basel\n"
    assert (folder / "else" / "r.jsonl").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[convert]\ncolour = 1\n",
            "xner.toml: [convert] has no option 'colour'; known: alignments, ",
        ),
        ("[konvert]\n", "xner.toml: unknown table or key 'konvert'; known: [weak-tag], "),
        ("quiet = true\n", "xner.toml: unknown table or key 'quiet'; known: [weak-tag], "),
        ("[convert\n", "xner.toml: not valid TOML: "),
    ],
)
def test_what_is_wrong_is_wrong_usage(folder, run_xner, text, message):
    (folder / "xner.toml").write_text(text)
    done = run_xner("convert", "a.conll")
    assert done.code == 2
    assert json.loads(done.out)["error"]["command"] == "convert"  # for the next of a pipe
    assert done.err.startswith(f"xner config: {message}")
    assert len(done.err.splitlines()) == 1


def test_a_missing_file_of_the_environment_is_wrong_usage(folder, run_xner):
    done = run_xner("convert", "a.conll", XNER_CONFIG="nowhere.toml")
    assert (done.code, done.err) == (
        2,
        "xner config: XNER_CONFIG names 'nowhere.toml', which is not a file\n",
    )

"""Options from xner.toml."""

import json
from importlib import import_module
from typing import get_args

import pytest

from commands import config
from commands.main import COMMANDS
from commands.option_groups import expanded, flags


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


def test_what_is_no_path_stays_whatever_stands_beside_the_file(folder, run_xner):
    for name in ("de", "conll", "align"):
        (folder / "else" / name).mkdir(parents=True)
    (folder / "else" / "my.toml").write_text('[convert]\nlang = "de"\nfrom = "conll"\n')
    done = run_xner("convert", "a.conll", "-q", XNER_CONFIG="else/my.toml")
    assert json.loads(done.out.splitlines()[0])["lang"] == "de"


def test_numbers_may_stand_for_texts(folder, run_xner):
    (folder / "xner.toml").write_text("[convert]\nshard = 1\n")
    done = run_xner("convert", "a.conll")
    assert (done.code, "--shard '1' is not I/N" in done.err) == (2, True)


def test_paths_behind_names_and_keys(folder, run_xner):
    beside = folder / "else"
    beside.mkdir()
    (beside / "words.tsv").write_text("the\tder\n")
    (beside / "links").write_text("0-0\n0-0\n")
    (beside / "origin.conll").write_text("Ida\n\nBerne\n\n")
    (beside / "my.toml").write_text(
        '[translate-spans]\nengine = "lexicon:words.tsv,direction=en-de"\nto-lang = "de"\n'
        '[convert]\norigin = "origin.conll"\nalignments = "links,reversed"\n'
    )
    done = run_xner("convert", "a.conll", "-q", XNER_CONFIG="else/my.toml")
    assert json.loads(done.out.splitlines()[1])["origin"]["tokens"] == ["Berne"]
    (folder / "b.jsonl").write_text('{"tokens":["the"],"tags":["O"],"lang":"en"}\n')
    done = run_xner("translate-spans", "b.jsonl", "--no-cache", "-q", XNER_CONFIG="else/my.toml")
    assert json.loads(done.out)["tokens"] == ["der"]


def test_every_option_of_a_file_is_known_for_one():
    for command in (import_module(f"commands.{name.replace('-', '_')}") for name in COMMANDS):
        for name, parameter in flags(expanded(command.command)).items():
            kind, *notes = get_args(parameter.annotation)
            said = next((note.metavar for note in notes if hasattr(note, "metavar")), None) or ""
            if ("FILE" in said or "DIR" in said) and "Path" not in str(kind) and name != "output":
                assert name in config._FILES, name
            assert not (("TAG" in said) and name in config._FILES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[convert]\nlang = ["de"]\n', "xner.toml: [convert] lang takes one value, not a list"),
        ("[convert]\nlang = true\n", "xner.toml: [convert] lang takes a text, not True"),
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

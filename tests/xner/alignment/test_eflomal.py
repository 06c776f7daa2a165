"""Links learned from pairs, where the package is there."""

import gzip
import json
import random

import pytest

from xner.alignment import build
from xner.alignment.corpus import pairs_of, turned
from xner.errors import EngineError, FormatError, OptionError

WORDS = {
    "anna": "ana", "sees": "ve", "the": "el", "river": "rio", "city": "pueblo", "in": "en",
    "bern": "berna", "graz": "gracia", "old": "viejo", "goes": "va", "to": "a", "with": "con",
}  # fmt: skip


def pairs(number, seed=1):
    """Sentences and translations word by word, of which the last two words change places."""
    chance = random.Random(seed)
    for _ in range(number):
        words = chance.sample(sorted(WORDS), chance.randint(3, 7))
        moved = [WORDS[word] for word in words]
        moved[-2:] = reversed(moved[-2:])
        yield words, moved


def true_links(pair):
    words = pair[0]
    order = [*range(len(words) - 2), len(words) - 1, len(words) - 2]
    return {(i, j) for j, i in enumerate(order)}


def right(aligner, some):
    """The share of true links that are found."""
    found = [set(links) for links in aligner.align(some)]
    assert len(found) == len(some)
    hits = sum(len(links & true_links(pair)) for links, pair in zip(found, some, strict=True))
    return hits / sum(len(true_links(pair)) for pair in some)


@pytest.fixture
def eflomal():
    pytest.importorskip("eflomal")


@pytest.mark.usefixtures("eflomal")
@pytest.mark.parametrize("method", ["grow-diag-final-and", "intersection"])
def test_words_find_each_other(method):
    aligner = build(f"eflomal,symmetrize={method}")
    assert aligner.whole
    assert right(aligner, list(pairs(400))) > 0.9


@pytest.mark.usefixtures("eflomal")
def test_a_corpus_teaches_what_few_pairs_cannot(tmp_path):
    few = list(pairs(3, seed=7))
    lines = [f"{' '.join(second)}\t{' '.join(first)}\n" for first, second in pairs(400)]
    (tmp_path / "more.tsv").write_text("".join(lines))  # the other way round
    taught = build(f"eflomal,corpus={tmp_path / 'more.tsv'}")
    assert right(taught, few) > 0.9
    assert taught.counts["pairs learned from beside"] == 400


@pytest.mark.usefixtures("eflomal")
def test_odd_words_keep_their_places():
    odd = [(["a b", "\u00a0", "x"], ["a b", "x"]), (["x"] * 1001, ["y"]), (["1-2"], ["|||"])]
    aligner = build("eflomal")
    found = list(aligner.align(odd))
    assert len(found) == 3
    assert all(i < 3 and j < 2 for i, j in found[0])
    assert found[1] == []
    assert aligner.counts["pairs too long to align"] == 1
    assert list(build("eflomal").align([])) == []
    assert list(build("eflomal").align([odd[1]])) == [[]]


@pytest.mark.usefixtures("eflomal")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (",symmetrize=both", "'both' is none of grow-diag-final-and"),
        (",corpus=nowhere.tsv", "no file 'nowhere.tsv' to learn from"),
        (",iterations=0", "iterations '0' is not a number above 0"),
        (":fast", "'fast' is not of the form key=value"),
        (",seed=1", "no option 'seed'"),
    ],
)
def test_options_that_make_no_sense(options, said):
    with pytest.raises(OptionError, match=said):
        build(f"eflomal{options}")


def test_without_the_package_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "eflomal", None)
    with pytest.raises(EngineError, match=r"pip install 'xner\[eflomal\]'"):
        build("eflomal")


def test_pairs_in_files(tmp_path):
    record = {"tokens": ["das", "Haus"], "origin": {"tokens": ["the", "house"]}}
    plain, packed = tmp_path / "a.tsv", tmp_path / "a.jsonl.gz"
    plain.write_text("the house\tdas Haus\n\t\nthe\t\n")
    packed.write_bytes(gzip.compress((json.dumps(record) + "\n").encode()))
    expected = [(["the", "house"], ["das", "Haus"])]
    assert list(pairs_of(str(plain))) == list(pairs_of(str(packed))) == expected


@pytest.mark.parametrize("line", ["only one side", "a\tb\tc", '{"tokens":["a"]}', "{", '{"a":1}'])
def test_lines_that_are_no_pairs_are_named(tmp_path, line):
    file = tmp_path / "bad.tsv"
    file.write_text(f"a\tb\n{line}\n")
    with pytest.raises(FormatError, match=r"bad\.tsv:2: expected"):
        list(pairs_of(str(file)))


def test_sides_are_told_by_their_words():
    like = [(["the", "old", "house"], ["das", "alte", "Haus"])]
    straight = [(["an", "old", "river"], ["ein", "alter", "Fluss"]), (["the"], ["das"])]
    crossed = [(second, first) for first, second in straight]
    assert turned(iter(straight), like) == turned(iter(crossed), like) == straight

"""The engine that finds translations among aligned word vectors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from xner.errors import FormatError, OptionError, XnerError
from xner.translation import word_space
from xner.translation.engine import Engine, Settings, build

Make = Callable[..., Engine]

SOURCE = "house 1 0 0\nHouse 0 1 0\ncity 0 .9 .1\nred .1 0 .9\nNew\u00a0York 0 0 -1\n"
TARGET = "casa 1 0 .1\nhogar .9 .2 0\nciudad 0 1 0\nrojo 0 .1 1\nNueva\u00a0York 0 .1 -1\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "xner"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """An engine for words, of two files and options."""

    def made(options: str = "", source: str = SOURCE, target: str = TARGET, **settings: Any):
        one, other = tmp_path / "en.vec", tmp_path / "es.vec"
        one.write_text(source, "utf-8")
        other.write_text(target, "utf-8")
        spec = f"vectors:{one},target={other},k=1{options}"
        return build(spec, "en", "es", Settings(words=True, **settings))

    return made


def test_the_nearest_word_in_the_case_of_the_word(make: Make) -> None:
    engine = make()
    texts = ["house", "HOUSE", "House", "City", "red", "green", "New York", "house"]
    assert engine.translate(texts) == [
        *("casa", "CASA", "ciudad", "Ciudad", "rojo", "", "Nueva\u00a0York", "casa")
    ]
    assert engine.counts["words not in the lexicon"] == 1
    assert engine.counts["words"] == 9


def test_several_the_best_first_and_no_two_alike(make: Make) -> None:
    assert make(nbest=2).translate(["house", "green"]) == ["casa\nhogar", ""]
    assert make(nbest=9).translate(["house"])[0].split("\n")[:2] == ["casa", "hogar"]
    cased = make(nbest=9, target=TARGET + "CASA 1 0 0\nCasa 1 .1 0\n").translate(["HOUSE"])[0]
    assert sorted(cased.split("\n")) == ["CASA", "CIUDAD", "HOGAR", "NUEVA\u00a0YORK", "ROJO"]


def test_nothing_where_nothing_is_near_enough(make: Make) -> None:
    assert make(",least=-0.5", nbest=4).translate(["house", "red"]) == ["casa\nhogar", "rojo"]
    assert make(",least=0.1").translate(["house"]) == [""]


def test_the_limit_is_of_both_files(make: Make) -> None:
    assert make(",limit=3", nbest=9).translate(["city", "red"]) == ["ciudad\nhogar\ncasa", ""]
    assert make(",limit=0").translate(["red"]) == make().translate(["red"]) == ["rojo"]


def test_nearness_is_computed_once(
    make: Make, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []

    def counted(rows: Any, others: Any, k: int, of=word_space.nearness) -> Any:
        computed.append(k)
        return of(rows, others, k)

    monkeypatch.setattr(word_space, "nearness", counted)
    first = make(nbest=4).translate(["house", "city"])
    assert make(nbest=4).translate(["house", "city"]) == first
    assert computed == [1]
    [kept] = cache.iterdir()
    for content in (b"", kept.read_bytes()[:-3], b"no array"):
        kept.write_bytes(content)
        assert make(nbest=4).translate(["house", "city"]) == first
    assert computed == [1] * 4
    for other in (make(",limit=2"), make(target=TARGET + "x 1 1 1\n"), make(source="house 1 0 1")):
        other.translate(["house"])
    assert computed == [1] * 7


def test_a_cache_that_cannot_be_written_is_done_without(make: Make, cache: Path) -> None:
    cache.parent.write_text("no folder")
    assert make().translate(["house"]) == ["casa"]


def test_identity_is_that_of_the_translations(make: Make) -> None:
    plain = make().identity
    assert make().identity == plain
    others = [
        *(make(option) for option in (",limit=3", ",least=0")),
        *(make(source=SOURCE + "x 1 1 1\n"), make(target=TARGET + "x 1 1 1\n"), make(nbest=2)),
    ]
    assert len({plain, *(engine.identity for engine in others)}) == 6


def test_files_are_read_at_the_first_word(make: Make) -> None:
    engine = make(target="casa 1 0\n")
    assert engine.translate([]) == []
    with pytest.raises(FormatError, match=r"en\.vec' have 3 dimensions, those of .*es\.vec' 2"):
        engine.translate(["house"])
    with pytest.raises(FormatError, match=r"es\.vec:2: expected a word and 3 numbers, got 1"):
        make(target="casa 1 0 0\nx 1\n").translate(["house"])


def test_a_sentence_is_translated_word_by_word(tmp_path: Path, make: Make) -> None:
    words = make()
    engine = build(f"vectors:{words.argument}", "en", "es")
    assert engine.translate(["Red house, green (New York)", "..."]) == [
        *("Rojo casa, green (Nueva\u00a0York)", "...")
    ]
    assert engine.counts["words"] == 5
    assert engine.counts["words not in the lexicon"] == 1
    assert engine.several


def test_words_of_a_script_without_blanks_are_found_whole(make: Make) -> None:
    source = "北京 1 0\n北 0 1\n在 -1 0\n"
    target = "Beijing 1 .1\nnorth 0 1\nin -1 .1\n"
    spec = make(source=source, target=target).argument
    for words in (True, False):
        engine = build(f"vectors:{spec}", "zh", "en", Settings(words=words))
        assert engine.translate(["北京", "在"]) == ["Beijing", "in"]
    assert build(f"vectors:{spec}", "zh", "en").translate(["在北京北"]) == ["in Beijing north"]


def test_lines_that_give_no_word_are_counted(make: Make) -> None:
    engine = make(source=SOURCE + "house 1 1 1\nzero 0 0 0\n", target=TARGET + "casa 0 0 1\n")
    engine.translate(["house"])
    assert engine.counts["vectors left out"] == 3


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("vectors:", "expected vectors:SOURCE.vec,target=TARGET.vec"),
        ("vectors:a.vec", "expected vectors:SOURCE.vec,target=TARGET.vec"),
        ("vectors:a.vec,target=", "expected vectors:SOURCE.vec,target=TARGET.vec"),
        ("vectors:a.vec,target=b.vec,top=3", "limit=, k= and least= may follow"),
        ("vectors:a.vec,target=b.vec,k=0", "k is '0', not a whole number from 1 up"),
        ("vectors:a.vec,target=b.vec,limit=-1", "limit is '-1', not a whole number from 0"),
        ("vectors:a.vec,target=b.vec,least=high", "least is 'high', not a number"),
        ("vectors:a.vec,target=b.vec,least=nan", "least is 'nan', not a number"),
    ],
)
def test_wrong_use(spec: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        build(spec, "en", "es")


def test_missing_files_are_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.vec").write_text("no vectors at all")
    with pytest.raises(XnerError, match=r"cannot read the word vectors .*b\.vec': no such file"):
        build(f"vectors:{tmp_path}/a.vec,target={tmp_path}/b.vec", "en", "es")


def test_a_bad_line_ends_the_command_in_one(
    run_xner: Callable[..., Any], tmp_path: Path, make: Make
) -> None:
    make(target="casa 1 0 0\nhogar 1 x 0\n")
    engine = "vectors:en.vec,target=es.vec"
    flags = ("--from-lang", "en", "--to-lang", "es", "--mode", "word", "--engine", engine)
    ended = run_xner("translate-spans", *flags, stdin="house O\n\n")
    assert ended.code == 1
    assert ended.err == ("xner translate-spans: es.vec:2: expected a word and 3 numbers, got 'x'\n")

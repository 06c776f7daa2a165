"""What every engine promises, asked of all of them."""

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import needs_apertium
from tests.xner.translation.fakes import Fake
from xner.errors import EngineError, OptionError
from xner.translation import ENGINES
from xner.translation.engine import Engine, MisalignedError, Settings, build

TEXTS = [
    "El perro come.",
    "",
    "Nueva",
    "York",
    " ",
    "SPAN0 vive en [Madrid]; SPAN10 no",
    "El perro come.",
    "dos\nlíneas\ty\x00 más",
    "Una frase bastante larga que no dice nada pero lo dice con muchas palabras",
    "a <b> & {c} ^d$ e/f \\ @ *",
]


def converted(model: Path, folder: Path) -> Path:
    from ctranslate2.converters import TransformersConverter

    return Path(TransformersConverter(str(model)).convert(str(folder / "converted")))


@pytest.fixture(params=list(ENGINES))
def make_engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Engine]:
    """A new engine of each kind, Spanish to English."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    name: str = request.param
    if name == "apertium" and shutil.which("apertium") is None:
        pytest.skip("apertium is not installed")
    if name == "easynmt" and find_spec("easynmt") is None:
        pytest.skip("easynmt is not installed; it wants transformers<5")
    if name in ("opus", "easynmt"):
        spec = f"{name}:{request.getfixturevalue('tiny_marian')}"
    elif name in ("m2m100", "nllb"):
        spec = f"{name}:{request.getfixturevalue(f'tiny_{name}')}"
    elif name == "ctranslate2":
        model = request.getfixturevalue("tiny_marian")
        spec = f"ctranslate2:{converted(model, tmp_path)},tokenizer={model}"
    elif name == "lexicon":
        (tmp_path / "es-en.tsv").write_text("perro\tdog\ncome\teats\nNueva\tNew\n", "utf-8")
        spec = f"lexicon:{tmp_path / 'es-en.tsv'}"
    elif name == "vectors":
        (tmp_path / "es.vec").write_text("perro 1 0\ncome 0 1\nNueva 1 1\n", "utf-8")
        (tmp_path / "en.vec").write_text("dog 1 0\neats 0 1\nNew 1 1\n", "utf-8")
        spec = f"vectors:{tmp_path / 'es.vec'},target={tmp_path / 'en.vec'},k=1"
    else:
        spec = {"apertium": "apertium", "command": "command:cat"}[name]
    return lambda: build(spec, "es", "en", Settings(device="cpu"))


def test_one_text_for_each_in_order(make_engine: Callable[[], Engine]) -> None:
    translations = make_engine().translate(TEXTS)
    assert len(translations) == len(TEXTS)
    assert translations[1] == translations[4] == ""
    assert translations[0] == translations[6] != ""
    assert not any("\n" in text for text in translations)
    alone = [make_engine().translate([text])[0] for text in TEXTS[:4]]
    assert translations[:4] == alone


def test_no_texts_no_translations(make_engine: Callable[[], Engine]) -> None:
    assert make_engine().translate([]) == []
    assert make_engine().translate(["", " \n"]) == ["", ""]


def test_identity_is_that_of_the_translations(make_engine: Callable[[], Engine]) -> None:
    one, other = make_engine(), make_engine()
    assert one.identity == other.identity
    assert one.translate(TEXTS) == other.translate(TEXTS)


@pytest.mark.parametrize("answers", [[(0, "a")], [(0, "a"), (0, "b")], [(0, "a"), (1, None)]])
def test_a_broken_promise_is_an_error(answers: list[tuple[int, str]]) -> None:
    engine = Fake(str)
    engine.batches = lambda _: iter([answers])  # type: ignore[method-assign]
    with pytest.raises(MisalignedError, match="engine 'fake' gave"):
        engine.translate(["x", "y"])


def test_unknown_engines_are_told_the_known() -> None:
    with pytest.raises(OptionError, match="unknown engine 'gogle'; known: opus, m2m100, nllb"):
        build("gogle", "es", "en")
    with pytest.raises(OptionError, match="'easy:nosuchmodule' cannot be loaded"):
        build("easy:nosuchmodule", "es", "en")


def test_a_plug_in_is_named_by_its_module() -> None:
    spec = "xner.translation.word_by_word:WordByWord"
    with pytest.raises(OptionError, match="lexicon:FILE"):
        build(spec, "es", "en")


class TestLexicon:
    def engine(self, folder: Path, text: str, **settings: Any) -> Engine:
        (folder / "de-en.tsv").write_text(text, "utf-8")
        return build(f"lexicon:{folder / 'de-en.tsv'}", "de", "en", Settings(**settings))

    def test_words_phrases_case_and_rest(self, tmp_path: Path) -> None:
        engine = self.engine(tmp_path, "der Zug\tthe train\nfährt\tleaves\nZug\tdraught\n.\tdot\n")
        assert engine.translate(["Der Zug fährt (SPAN0), der."]) == [
            "The train leaves (SPAN0), der."
        ]
        assert engine.counts["words"] == 5
        assert engine.counts["words not in the lexicon"] == 2

    def test_han_is_read_by_character_and_written_with_blanks(self, tmp_path: Path) -> None:
        path = tmp_path / "zh-en.tsv"
        path.write_text("北京\tBeijing\n在\tin\n", "utf-8")
        engine = build(f"lexicon:{path}", "zh", "en")
        assert engine.translate(["他在北京。"]) == ["他 in Beijing。"]

    def test_of_words_all_translations_or_nothing(self, tmp_path: Path) -> None:
        text = "Zug\tlong train\nZug\ttrain\nzug\tdraught\nZug\ttrain\nder Zug\tit\nz.B.\te.g.\n"
        texts = ["Zug", "zug", "ZUG", "der", "z.B.", "Bern", "nach Zug", "der Zug", "in Bern"]
        found = self.engine(tmp_path, text, words=True, nbest=9).translate(texts)
        assert found == [
            "train\nDraught\nlong train",
            "draught\nlong train\ntrain"[:7] + "\ntrain\nlong train",
            "TRAIN\nDRAUGHT\nLONG TRAIN",
            *("", "e.g.", ""),
            "nach long train\nnach train\nnach Draught",
            *("it", ""),
        ]
        best = self.engine(tmp_path, text, words=True).translate(texts)
        assert best == [lines.split("\n")[0] for lines in found]

    def test_of_texts_the_first_of_all_words_then_the_second(self, tmp_path: Path) -> None:
        engine = self.engine(tmp_path, "ein\ta\nein\tone\nein\tan\nOhr\tear\nOhr\tlug\n", nbest=3)
        assert engine.translate(["ein Ohr, Bern"]) == ["a ear, Bern\none lug, Bern\nan lug, Bern"]
        assert engine.counts["words"] == 3
        assert engine.counts["words not in the lexicon"] == 1

    def test_words_of_a_script_without_blanks(self, tmp_path: Path) -> None:
        (tmp_path / "zh-en.tsv").write_text("北京\tBeijing\n大学\tuniversity\n", "utf-8")
        engine = build(f"lexicon:{tmp_path / 'zh-en.tsv'}", "zh", "en", Settings(words=True))
        assert engine.translate(["北京", "北京大学", "北"]) == ["Beijing", "Beijing university", ""]

    def test_identity_follows_the_content(self, tmp_path: Path) -> None:
        one = self.engine(tmp_path, "a\tb\n").identity
        assert one != self.engine(tmp_path, "a\tc\n").identity

    @pytest.mark.parametrize("spec", ["lexicon:", "lexicon:x.tsv,direktion=de-en"])
    def test_wrong_use(self, spec: str) -> None:
        with pytest.raises(OptionError):
            build(spec, "de", "en")


class TestCommand:
    def translated(self, program: str, texts: list[str]) -> list[str]:
        return build(f"command:{program}", "es", "en").translate(texts)

    def test_the_shell_runs_it(self) -> None:
        assert self.translated("sed s/a/b/ | tr b B", ["casa", "sí"]) == ["cBsa", "sí"]

    @pytest.mark.parametrize(
        "program",
        [
            "cat",  # as it comes
            "sort | sort -r",  # nothing before the end of input
            "python3 -uc 'import sys\nfor l in sys.stdin: print(l, end=\"\")'",
        ],
    )
    def test_no_program_can_block(self, program: str) -> None:
        texts = [f"{number:06} {'x' * 200}" for number in range(5000, 0, -1)]
        assert self.translated(program, texts) == texts

    @pytest.mark.parametrize(
        ("program", "message"),
        [
            (
                "echo no model here >&2; exit 3",
                "ended with exit code 3 after 0 of 9 texts: no model",
            ),
            ("head -4; exit 5", "exit code 5 after 4 of 9 texts"),
            ("kill -9 $$", "was killed by signal 9"),
            ("nosuchprogram", "exit code 127 .*not found"),
            ("cat; false", "exit code 1 after 9 of 9"),
            ("printf '\\377\\n'; cat", "not UTF-8"),
        ],
    )
    def test_a_failing_child_is_told(self, program: str, message: str) -> None:
        with pytest.raises(EngineError, match=message) as caught:
            self.translated(program, list("abcdefghi"))
        assert not isinstance(caught.value, MisalignedError)

    @pytest.mark.parametrize(
        ("program", "message"),
        [("head -4", "after 4 of 9 texts; it must print one"), ("sed p", "more"), ("yes", "more")],
    )
    def test_another_number_of_lines_is_told(self, program: str, message: str) -> None:
        with pytest.raises(MisalignedError, match=message):
            self.translated(program, list("abcdefghi"))

    def test_a_program_is_needed(self) -> None:
        with pytest.raises(OptionError, match="needs a program"):
            build("command: ", "es", "en")


@needs_apertium
class TestApertium:
    def test_full_stops_and_context_stay_in_their_text(self) -> None:
        engine = build("apertium", "es", "en")
        texts = ["Nueva", "York", "El perro come.", "El", "Perro [grande]"]
        alone = [build("apertium", "es", "en").translate([text])[0] for text in texts]
        assert engine.translate(texts) == alone
        assert alone[:3] == ["New", "York", "The dog eats."]
        assert "[" in alone[4]

    def test_what_means_something_to_it_passes(self) -> None:
        odd = [
            "[",
            "]",
            "^",
            "$",
            "\\",
            "{",
            "@x",
            "<b>",
            "x^x<n>$",
            "[[t]]",
            "*x #x ~z +",
            "/",
            ".",
        ]
        assert build("apertium", "es", "en").translate(odd) == odd

    def test_a_direction_that_is_not_installed(self) -> None:
        with pytest.raises(
            EngineError, match=r"no 'yor-eng' installed \(it has: .*apertium-eng-yor"
        ):
            build("apertium", "yo", "en")

    def test_the_direction_can_be_named(self) -> None:
        assert build("apertium:spa-eng", "es", "en").translate(["casa"]) == ["House"]
        assert build("apertium:spa-eng_US", "es", "en-US").translate(["casa"]) == ["House"]

    @pytest.mark.parametrize(("source", "target"), [("de", "en"), ("es", "fr"), ("en", "es")])
    def test_a_named_direction_of_other_languages_is_refused(
        self, source: str, target: str
    ) -> None:
        with pytest.raises(EngineError, match=f"not translate from '{source}' into '{target}'"):
            build("apertium:spa-eng", source, target)


def test_apertium_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineError, match=r"apt-get install apertium .*spa-eng"):
        build("apertium", "es", "en")

"""Translations that are kept: across processes, past a kill, and not when they are wrong."""

import multiprocessing
import os
from pathlib import Path

import pytest

from tests.xner.translation.fakes import Fake
from xner.errors import EngineError, XnerError
from xner.translation.cache import Cache, default_path
from xner.translation.engine import MisalignedError
from xner.translation.translator import Translator


def test_what_is_kept_is_found_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "new" / "cache.db"
    first = Cache(path, "engine de>en")
    first.keep([("Haus", "house"), ("", ""), ("x" * 5000, "y")])
    again = Cache(path, "engine de>en")
    assert again.find(["Haus", "Maus", "x" * 5000]) == {"Haus": "house", "x" * 5000: "y"}
    assert Cache(path, "engine en>de").find(["Haus"]) == {}


def test_many_texts_at_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache.db", "x")
    texts = [f"text {number}" for number in range(3000)]
    cache.keep((text, text.upper()) for text in texts)
    assert cache.find(texts) == {text: text.upper() for text in texts}


def test_forgetting_spares_what_was_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    cache = Cache(path, "x")
    cache.keep([("a", "A")])
    cache.confirm()
    cache.keep([("b", "B")])
    assert Cache(path, "x").find(["a", "b"]) == {"a": "A", "b": "B"}
    Cache(path, "x").forget()
    assert cache.find(["a", "b"]) == {"a": "A"}


def test_a_process_confirms_what_it_kept_itself(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    sound, skipping = Cache(path, "x"), Cache(path, "x")
    skipping.keep([("b", "C")])
    sound.keep([("a", "A")])
    sound.confirm()
    skipping.forget()
    assert sound.find(["a", "b"]) == {"a": "A"}


def test_without_a_path_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cache = Cache(None, "x")
    cache.keep([("a", "A")])
    assert cache.find(["a"]) == {"a": "A"}
    cache.close()
    assert Cache(None, "x").find(["a"]) == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"this is not a database, by no means\n" * 50, b"SQLite format 3\0xx"]
)
def test_a_broken_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cache.db"
    path.write_bytes(content)
    with pytest.raises(
        XnerError, match=r"cannot use the translation cache '.*cache.db'.*--no-cache"
    ):
        Cache(path, "x").find(["a"])
    assert path.read_bytes() == content


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(XnerError, match="cannot use the translation cache"):
        Cache(tmp_path / "file" / "cache.db", "x")


def test_the_default_is_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_path() == Path("/somewhere/xner/translations.db")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/anna")
    assert default_path() == Path("/anna/.cache/xner/translations.db")


def fill(path: Path, name: str) -> None:
    cache = Cache(path, "shared")
    for number in range(50):
        cache.keep([(f"{name} {number}", name), (f"both {number}", "same")])
        cache.confirm()


def test_processes_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=fill, args=(path, name)) for name in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    cache = Cache(path, "shared")
    assert all(len(cache.find([f"{name} {n}" for n in range(50)])) == 50 for name in ["a", "both"])


class TestTranslator:
    def test_each_text_is_sent_once(self, tmp_path: Path) -> None:
        engine = Fake(str.upper)
        translator = Translator(engine, Cache(tmp_path / "c.db", "x"))
        assert translator.translate(["a", "b", "a", "-", ""]) == {
            "a": "A",
            "b": "B",
            "-": "-",
            "": "",
        }
        assert translator.translate(["b", "c"]) == {"b": "B", "c": "C"}
        assert engine.sent == ["a", "b", "c"]
        assert translator.counts == {
            "wanted": 7,
            "repeated": 1,
            "without letters": 2,
            "cached": 1,
            "sent": 3,
            "characters sent": 3,
        }

    def test_what_is_finished_survives_a_failure(self, tmp_path: Path) -> None:
        def failing(text: str) -> str:
            if text == "c":
                raise EngineError("the engine died")
            return text.upper()

        with pytest.raises(EngineError):
            Translator(Fake(failing), Cache(tmp_path / "c.db", "x")).translate("abcd")
        again = Fake(str.upper)
        found = Translator(again, Cache(tmp_path / "c.db", "x")).translate("abcd")
        assert again.sent == ["c", "d"]
        assert found == {"a": "A", "b": "B", "c": "C", "d": "D"}

    def test_a_shifted_answer_poisons_nothing(self, tmp_path: Path) -> None:
        engine = Fake(lambda text: None if text == "c" else "shifted")
        with pytest.raises(MisalignedError):
            Translator(engine, Cache(tmp_path / "c.db", "x")).translate("abcd")
        assert Translator(Fake(str.upper), Cache(tmp_path / "c.db", "x")).translate("a") == {
            "a": "A"
        }

    def test_entities_and_invisible_blanks_are_undone(self) -> None:
        engine = Fake(lambda _: " a &amp; b&#39;s \u200bc&nosuch; R&D ")
        found = Translator(engine, Cache(None, "x")).translate(["x"])
        assert found == {"x": "a & b's c&nosuch; R&D"}


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(XnerError, match="cannot use the translation cache"):
        Cache(tmp_path / "cache.db", "x")

"""Converted models: the translations of those they were converted from, and what may be missing."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_marian import TEXTS
from tests.xner.translation.lessons import LESSONS
from xner.errors import EngineError, OptionError
from xner.translation.ctranslate2 import CTranslate2
from xner.translation.engine import Engine, Settings, build

MIXED = [*LESSONS, " ".join(TEXTS), "Bern"]  # one of them is too long to be read at once


@pytest.fixture(scope="module")
def pair(
    taught: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, Path]:
    """A kind, a model of it, and the same converted."""
    from ctranslate2.converters import TransformersConverter

    kind, model = taught
    converted = tmp_path_factory.mktemp(kind) / "converted"
    TransformersConverter(str(model)).convert(str(converted))
    return kind, model, converted


def both(pair: tuple[str, Path, Path], **settings: Any) -> tuple[Engine, Engine]:
    kind, model, converted = pair
    made = Settings(device="cpu", **settings)
    return (
        build(f"{kind}:{model}", "de", "en", made),
        build(f"ctranslate2:{converted},tokenizer={model}", "de", "en", made),
    )


@pytest.mark.parametrize("settings", [{"beams": 1}, {}, {"beams": 4}], ids=str)
def test_translations_are_those_of_the_model(
    pair: tuple[str, Path, Path], settings: dict[str, Any]
) -> None:
    """All of them, but for those of beam searches that had to be cut short."""
    slow, fast = both(pair, **settings)
    expected, made = slow.translate(MIXED), fast.translate(MIXED)
    same = sum(one == other for one, other in zip(expected, made, strict=True))
    assert len(set(expected)) > len(MIXED) // 2
    assert same >= len(MIXED) * (1 if settings == {"beams": 1} else 0.9)
    cuts = "cuts in texts too long for the model"
    assert slow.counts[cuts] == fast.counts[cuts] > 0


def test_several_translations(pair: tuple[str, Path, Path]) -> None:
    slow, fast = both(pair, nbest=3, beams=4)
    expected, made = slow.translate(MIXED), fast.translate(MIXED)
    best = [lines.split("\n")[0] for lines in made]
    same = sum(one == other.split("\n")[0] for one, other in zip(best, expected, strict=True))
    assert same >= 0.9 * len(MIXED)
    one = both(pair, beams=4)[1].translate(MIXED)
    assert all(b in (a, "") for a, b in zip(best, one, strict=True))  # what is empty is left out
    assert sum(len(lines.split("\n")) > 1 for lines in made) > len(MIXED) // 2


def test_batches_do_not_change_translations(pair: tuple[str, Path, Path]) -> None:
    made = both(pair)[1].translate(MIXED)
    assert made == both(pair, batch_tokens=1)[1].translate(MIXED)
    assert made == both(pair)[1].translate(MIXED[::-1])[::-1]
    assert made[:3] == [both(pair)[1].translate([text])[0] for text in MIXED[:3]]


def test_the_tokenizer_may_stand_beside_the_model(
    pair: tuple[str, Path, Path], tmp_path: Path
) -> None:
    _, model, converted = pair
    shutil.copytree(converted, tmp_path, dirs_exist_ok=True)
    with pytest.raises(EngineError, match=r"has no source.spm or .*tokenizer=MODEL"):
        build(f"ctranslate2:{tmp_path}", "de", "en")
    for path in model.iterdir():
        if path.suffix in (".spm", ".model", ".json") and path.name != "config.json":
            shutil.copy(path, tmp_path)
    beside = build(f"ctranslate2:{tmp_path}", "de", "en", Settings(device="cpu"))
    assert beside.translate(TEXTS) == both(pair)[1].translate(TEXTS)


def test_identity_follows_what_changes_translations(pair: tuple[str, Path, Path]) -> None:
    _, model, converted = pair
    spec = f"ctranslate2:{converted},tokenizer={model}"
    specs = [spec, f"{spec},compute-type=int8", f"{spec},target=fr"]
    identities = [build(one, "de", "en").identity for one in specs]
    identities += [build(spec, "de", "en", Settings(beams=3)).identity]
    identities += [build(spec, "de", "en", Settings(nbest=3)).identity]
    assert len(set(identities)) == 5
    assert build(f"{spec},inter-threads=2", "de", "en").identity == identities[0]
    assert not any(str(converted) in identity for identity in identities)


def test_arithmetic_and_threads_can_be_chosen(pair: tuple[str, Path, Path]) -> None:
    _, model, converted = pair
    spec = f"ctranslate2:{converted},tokenizer={model},inter-threads=2"
    made = build(spec, "de", "en", Settings(device="cpu", batch_tokens=64)).translate(MIXED)
    assert made == both(pair)[1].translate(MIXED)
    small = build(f"{spec},compute-type=int8", "de", "en", Settings(device="cpu"))
    assert any(small.translate(TEXTS))
    with pytest.raises(EngineError, match=r"cannot be loaded: .*float7"):
        build(f"{spec},compute-type=float7", "de", "en", Settings(device="cpu")).translate(TEXTS)


def test_no_memory_halves_the_batch(
    pair: tuple[str, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = both(pair)[1].translate(MIXED)
    made = both(pair)[1]
    assert isinstance(made, CTranslate2)

    class Tight:
        def translate_batch(self, rows: list[list[str]], **options: Any) -> Any:
            if len(rows) > 2:
                raise RuntimeError("CUDA failed with error out of memory")
            return model.translate_batch(rows, **options)

    model = made.model
    monkeypatch.setitem(vars(made), "model", Tight())
    assert made.translate(MIXED) == expected
    assert made.counts["batches halved"] > 0

    class Broken:
        def translate_batch(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("no kernel")

    monkeypatch.setitem(vars(made), "model", Broken())
    with pytest.raises(EngineError, match=r"failed: no kernel"):
        made.translate(["Anna"])


def test_many_languages_need_one_they_know(pair: tuple[str, Path, Path]) -> None:
    kind, model, converted = pair
    spec = f"ctranslate2:{converted},tokenizer={model}"
    if kind == "opus":
        assert build(f"{spec},prefix=>>a<<", "de", "pcm").translate(["Anna"])
        return
    with pytest.raises(EngineError, match=r"does not know the language 'pcm'"):
        build(spec, "de", "pcm", Settings(device="cpu")).translate(["Anna"])
    into = [build(spec, "de", to, Settings(device="cpu")).translate(TEXTS) for to in ("en", "zh")]
    assert into[0] != into[1]


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match=r"has no model.bin; ct2-transformers-converter --model"):
        build(f"ctranslate2:{tmp_path}", "de", "en")
    with pytest.raises(EngineError, match=r"none' is not at hand.*ctranslate2:FOLDER"):
        build("ctranslate2:no/none", "de", "en", Settings(offline=True))
    for argument in ("", f"{tmp_path},bins=3"):
        with pytest.raises(OptionError, match=r"expected ctranslate2:FOLDER.*compute-type"):
            build(f"ctranslate2:{argument}", "de", "en")
    with pytest.raises(OptionError, match="inter-threads is 'two'"):
        build(f"ctranslate2:{tmp_path},inter-threads=two", "de", "en")
    monkeypatch.setattr("xner.translation.ctranslate2.find_spec", lambda _: None)
    with pytest.raises(EngineError, match=r"not installed; pip install 'xner\[ctranslate2\]'"):
        build(f"ctranslate2:{tmp_path}", "de", "en")

"""EasyNMT, where it is installed (it wants an older transformers); else, that this is said."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_m2m import save_tiny_m2m100, save_tiny_nllb
from tests.tiny_marian import TEXTS
from xner.errors import EngineError, OptionError
from xner.translation import easynmt_models
from xner.translation.engine import Engine, Settings, build

HERE = find_spec("easynmt") is not None
real = pytest.mark.skipif(not HERE, reason="easynmt is not installed; it wants transformers<5")
CPU = Settings(device="cpu", offline=True)


def engine(spec: object, source: str = "de", target: str = "en", **settings: Any) -> Engine:
    return build(
        f"easynmt:{spec}", source, target, Settings(device="cpu", offline=True, **settings)
    )


@pytest.mark.skipif(HERE, reason="easynmt is installed")
def test_without_the_package_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"not installed; pip install 'xner\[easynmt\]'"):
        engine("opus-mt")


def test_wrong_use() -> None:
    for argument in ("", "opus-mt,bins=3"):
        with pytest.raises(OptionError, match="expected easynmt:NAME"):
            engine(argument)
    with pytest.raises(OptionError, match=r"one translation of a text, not 3.*opus, m2m100, nllb"):
        engine("opus-mt", nbest=3)


def described(folder: Path, **config: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "easynmt.json").write_text(json.dumps(config))
    return folder


class TestFinding:
    """What can be known without the package."""

    def found(self, name: object, source: str, target: str) -> easynmt_models.Model:
        return easynmt_models.located_model(str(name), source, target, (None, None), offline=True)

    def test_only_its_own_classes_are_loaded(self, tmp_path: Path) -> None:
        evil = described(tmp_path, model_class="os.system", model_args={})
        with pytest.raises(
            EngineError, match=r"asks for the class 'os.system'; only EasyNMT's own"
        ):
            self.found(evil, "de", "en")

    def test_a_pair_that_is_not_listed(self, tmp_path: Path) -> None:
        kind = "easynmt.models.OpusMT"
        folder = described(tmp_path, model_class=kind, lang_pairs=["de-en", "de-fr", "zh-en"])
        with pytest.raises(EngineError, match=r"'de' into 'sv'; from 'de' it goes into en fr"):
            self.found(folder, "de", "sv")
        with pytest.raises(EngineError, match=r"'yo' into 'en'; it translates from de zh"):
            self.found(folder, "yo", "en")
        with pytest.raises(
            EngineError, match=r"opus-mt-zh-en' is not at hand.*--offline was given"
        ):
            self.found(folder, "zh-Hant", "en-GB")

    def test_names_are_looked_for_where_easynmt_keeps_them(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_marian: Path
    ) -> None:
        monkeypatch.setenv("EASYNMT_CACHE", str(tmp_path))
        with pytest.raises(EngineError, match=r"'My-Model' is not at hand.*--offline was given"):
            self.found("My-Model", "de", "en")
        kind = "easynmt.models.AutoModel.AutoModel"
        args = {"model_name": str(tiny_marian), "lang_map": {"de": "de_DE"}}
        described(tmp_path / "my-model", model_class=kind, model_args=args, lang_pairs=["de-en"])
        found = self.found("My-Model", "de-AT", "en")
        assert (found.kind, found.folder, found.codes) == ("auto", tiny_marian, ("de", "en"))
        assert found.settings == {"lang_map": {"de": "de_DE"}, "tokenizer_name": str(tiny_marian)}

    def test_a_broken_description(self, tmp_path: Path) -> None:
        (tmp_path / "easynmt.json").write_text("[")
        with pytest.raises(EngineError, match=r"easynmt.json' cannot be read"):
            self.found(tmp_path, "de", "en")


def test_languages_as_a_table_spells_them() -> None:
    class Tokenizer:
        lang_code_to_id = dict.fromkeys(["de_DE", "en_XX", "zh_CN", "he"], 0)

    def known(source: str, target: str) -> tuple[str, str]:
        return easynmt_models.known_as((source, target), (None, None), Tokenizer(), "x")

    assert known("de", "zh-Hans") == ("de_DE", "zh_CN")
    assert known("iw", "en") == ("he", "en_XX")
    with pytest.raises(EngineError, match=r"does not know the language 'sv'; it knows de_DE"):
        known("de", "sv")
    assert easynmt_models.known_as(("pt-BR", "en"), (None, "xx"), None, "x") == ("pt", "xx")


def same_but_for_the_end(theirs: list[str], ours: list[str]) -> None:
    """What has no end EasyNMT ends where the longest text of its batch has to end."""
    for one, other in zip(theirs, ours, strict=True):
        assert other
        assert one.startswith(other)


@real
class TestReal:
    def test_a_folder_of_transformers(self, tiny_marian: Path) -> None:
        texts = [*TEXTS, "a", "Bern", TEXTS[0]]
        made = engine(tiny_marian, beams=2)
        peer = build(f"opus:{tiny_marian}", "de", "en", Settings(device="cpu", beams=2))
        same_but_for_the_end(made.translate(texts), peer.translate(texts))
        assert made.translate(texts[::-1]) == made.translate(texts)[::-1]

    def test_what_it_would_cut_is_sent_in_parts(self, tiny_marian: Path) -> None:
        made = engine(tiny_marian)
        long = made.translate(["Anna lives in Bern . " * 30])[0]
        assert made.counts["cuts in texts too long for the model"] > 5
        assert len(long.split()) >= 10

    def test_m2m100_is_told_its_languages(self, tmp_path: Path) -> None:
        folder = save_tiny_m2m100(tmp_path / "m2m")
        into = {
            target: engine(folder, "de", target, beams=2).translate(TEXTS)
            for target in ("en", "zh")
        }
        assert into["en"] != into["zh"]
        peer = build(f"m2m100:{folder}", "de", "zh", Settings(device="cpu", beams=2))
        same_but_for_the_end(into["zh"], peer.translate(TEXTS))
        with pytest.raises(EngineError, match=r"does not know the language 'yue'; it knows af am"):
            engine(folder, "de", "yue").translate(TEXTS)
        with pytest.raises(EngineError, match=r"one code for 'zh-Hans' and 'zh-Hant'"):
            engine(folder, "zh-Hans", "zh-Hant").translate(TEXTS)

    def test_nllb_is_refused(self, tmp_path: Path) -> None:
        folder = save_tiny_nllb(tmp_path / "nllb")
        with pytest.raises(EngineError, match=r"would not tell this model its target.*nllb:"):
            engine(folder).translate(TEXTS)

    def test_what_it_saved_itself(self, tiny_marian: Path, tmp_path: Path) -> None:
        import easynmt

        auto = easynmt.EasyNMT(translator=easynmt.models.AutoModel(str(tiny_marian)))
        auto.save(str(tmp_path))
        assert engine(tmp_path).translate(TEXTS) == engine(tiny_marian).translate(TEXTS)

    def test_opus_by_the_name_on_the_hub(
        self, tiny_marian: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("EASYNMT_CACHE", str(tmp_path / "cache"))
        kind = "easynmt.models.OpusMT"
        described(tmp_path / "cache" / "opus-mt", model_class=kind, lang_pairs=["de-en"])
        (tmp_path / "Helsinki-NLP").mkdir()
        (tmp_path / "Helsinki-NLP" / "opus-mt-de-en").symlink_to(tiny_marian)
        monkeypatch.chdir(tmp_path)
        made = engine("opus-mt")
        assert made.translate(TEXTS) == engine(tiny_marian).translate(TEXTS)
        assert made.identity == engine("opus-mt").identity

    def test_out_of_memory_halves(self, tiny_marian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import torch

        expected = engine(tiny_marian).translate(TEXTS)
        made: Any = engine(tiny_marian)
        whole = made.model.translate_sentences

        def greedy(texts: list[str], **options: Any) -> list[str]:
            if len(texts) > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return whole(texts, **options)

        monkeypatch.setattr(made.model, "translate_sentences", greedy)
        assert made.translate(TEXTS) == expected
        assert made.counts["batches halved"] > 0

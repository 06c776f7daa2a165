"""Models of many languages: told both, the target's piece first, and only languages they know."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_m2m import save_tiny_m2m100
from tests.tiny_marian import TEXTS
from xner.errors import EngineError, OptionError
from xner.translation import language_codes
from xner.translation.engine import Settings, build
from xner.translation.m2m100 import M2M100
from xner.translation.model_folder import located

KINDS = ["m2m100", "nllb"]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def model(kind: str, request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(f"tiny_{kind}")


def engine(spec: str, source: str = "de", target: str = "zh-Hans", **settings: Any) -> M2M100:
    made = build(spec, source, target, Settings(device="cpu", **settings))
    assert isinstance(made, M2M100)
    return made


def pieces(kind: str) -> tuple[str, str]:
    return {"m2m100": ("__de__", "__zh__"), "nllb": ("deu_Latn", "zho_Hans")}[kind]


def test_the_model_sees_both_languages(
    kind: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine(f"{kind}:{model}")
    seen: list[tuple[list[int], list[int]]] = []
    generate = made.model.generate

    def watched(**inputs: Any) -> Any:
        rows = generate(**inputs)
        seen.extend(zip(inputs["input_ids"].tolist(), rows.tolist(), strict=True))
        return rows

    monkeypatch.setattr(made.model, "generate", watched)
    texts = made.translate(TEXTS)
    source, target = (made.tokenizer.convert_tokens_to_ids(piece) for piece in pieces(kind))
    assert len(seen) == len(TEXTS)
    assert all(read[0] == source and written[1] == target for read, written in seen)
    assert all(text and "__" not in text and "_Hans" not in text for text in texts)


def test_target_texts_are_in_the_target_language(kind: str, model: Path) -> None:
    tokenizer = engine(f"{kind}:{model}").tokenizer
    both = tokenizer("Anna", text_target="Bern")
    first = [tokenizer.convert_ids_to_tokens(both[name])[0] for name in ("input_ids", "labels")]
    assert tuple(first) == pieces(kind)
    assert tokenizer.convert_ids_to_tokens(tokenizer("Anna")["input_ids"])[0] == pieces(kind)[0]


def test_languages_change_translations_and_batches_do_not(kind: str, model: Path) -> None:
    texts = [*TEXTS, "a", "Bern", TEXTS[0]]
    made = engine(f"{kind}:{model}").translate(texts)
    assert made != engine(f"{kind}:{model}", target="en").translate(texts)
    assert made != engine(f"{kind}:{model}", source="sv").translate(texts)
    assert made == engine(f"{kind}:{model}", batch_tokens=1).translate(texts)
    assert made == engine(f"{kind}:{model}").translate(texts[::-1])[::-1]


def test_a_language_can_be_named_as_the_model_has_it(kind: str, model: Path) -> None:
    code = {"m2m100": "af", "nllb": "afr_Latn"}[kind]
    named = engine(f"{kind}:{model},target={code}")
    assert named.translate(TEXTS) == engine(f"{kind}:{model}", target="af").translate(TEXTS)
    assert named.identity != engine(f"{kind}:{model}").identity
    with pytest.raises(EngineError, match=r"its vocabulary has no .*tlh"):
        engine(f"{kind}:{model},target=tlh").translate(TEXTS)


def test_languages_it_does_not_know(kind: str, model: Path) -> None:
    with pytest.raises(EngineError, match=r"does not know the language 'pcm'; it knows .*target="):
        engine(f"{kind}:{model}", target="pcm")
    with pytest.raises(EngineError, match=r"does not know the language 'bbj'; it knows .*source="):
        engine(f"{kind}:{model}", source="bbj")


def test_one_kind_is_not_the_other(tiny_m2m100: Path, tiny_nllb: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="it is no nllb model"):
        engine(f"nllb:{tiny_m2m100}").translate(TEXTS)
    shutil.copytree(tiny_nllb, tmp_path, dirs_exist_ok=True)
    for name in ("vocab.json", "sentencepiece.bpe.model"):  # as NLLB models may have them too
        (tmp_path / name).write_text("{}")
    with pytest.raises(EngineError, match="it is no m2m100 model"):
        engine(f"m2m100:{tmp_path}").translate(TEXTS)


def test_pieces_of_languages_never_stand_in_a_text(tmp_path: Path) -> None:
    """Not even where a tokenizer was saved that does not know them for special."""
    folder = save_tiny_m2m100(tmp_path, special=False)
    made = engine(f"m2m100:{folder}", nbest=2)
    texts = made.translate(TEXTS)
    assert not any(f"__{code}__" in text for code in language_codes.M2M100 for text in texts)


def test_the_tokenizer_may_stand_elsewhere(kind: str, model: Path, tmp_path: Path) -> None:
    for name in ("config.json", "generation_config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((model / name).read_bytes())
    with pytest.raises(EngineError, match=r"it has no sentencepiece.bpe.model"):
        engine(f"{kind}:{tmp_path}")
    made = engine(f"{kind}:{tmp_path},tokenizer={model}")
    assert made.translate(TEXTS) == engine(f"{kind}:{model}").translate(TEXTS)


def test_what_is_missing_is_named(kind: str, tmp_path: Path) -> None:
    hub = {"m2m100": "facebook/m2m100_418M", "nllb": "facebook/nllb-200-distilled-600M"}[kind]
    with pytest.raises(EngineError, match=rf"'{hub}' is not at hand.*--offline.*{kind}:FOLDER"):
        engine(kind, offline=True)
    with pytest.raises(
        EngineError, match=r"no translation model: it has no config.json, model.saf"
    ):
        engine(f"{kind}:{tmp_path}")
    with pytest.raises(OptionError, match=f"{kind} has no option 'prefix'"):
        engine(f"{kind}:{tmp_path},prefix=x")


def test_long_texts_are_split_and_counted(kind: str, model: Path) -> None:
    made = engine(f"{kind}:{model}")
    long = made.translate(["Anna lives in Bern . " * 30])[0]
    assert made.counts["cuts in texts too long for the model"] >= 3
    assert long


class TestHub:
    """What is asked of the hub, without one."""

    def patterns(self, there: list[str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> set[str]:
        import huggingface_hub

        asked: list[str] = []

        def snapshot(_: str, allow_patterns: list[str], **__: Any) -> str:
            asked.extend(allow_patterns)
            for name in there:
                (folder / name).touch()
            return str(folder)

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
        monkeypatch.setattr(huggingface_hub.HfApi, "list_repo_files", lambda *_: there)
        made = engine("m2m100:some/name")
        assert made.folder == folder
        return set(asked)

    def test_weights_are_fetched_once(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        rest = ["config.json", "vocab.json", "sentencepiece.bpe.model"]
        both = ["model.safetensors", "pytorch_model.bin", "rust_model.ot", *rest]
        asked = self.patterns(both, monkeypatch, tmp_path)
        assert asked == {"model.safetensors", "*.json", *rest}

    def test_all_pieces_of_large_weights(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        rest = ["config.json", "vocab.json", "sentencepiece.bpe.model"]
        asked = self.patterns(["pytorch_model.bin.index.json", *rest], monkeypatch, tmp_path)
        assert "pytorch_model-*" in asked
        assert not any("safetensors" in pattern for pattern in asked)


def test_a_snapshot_of_the_hub_is_known_by_its_revision(tmp_path: Path) -> None:
    from xner.translation.model_folder import fingerprint

    folder = tmp_path / "models--a--b" / "snapshots" / "0123abc"
    folder.mkdir(parents=True)
    assert fingerprint(folder) == "models--a--b@0123abc"
    assert located(str(folder), [], offline=True) == folder

"""Models of transformers, through a tiny one: order, batches, memory, length, where it is found."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.tiny_marian import TEXTS, save_tiny_marian
from xner.errors import EngineError, OptionError
from xner.translation.engine import Settings, build
from xner.translation.generation import Seq2Seq
from xner.translation.model_folder import located
from xner.translation.parts import Part, batched

LONG = "Anna lives in Bern . " * 30
CPU = Settings(device="cpu")


@pytest.fixture
def model(tiny_marian: Path) -> Path:
    return tiny_marian


def engine(model: Path, **settings: Any) -> Seq2Seq:
    made = build(f"opus:{model}", "de", "en", Settings(device="cpu", **settings))
    assert isinstance(made, Seq2Seq)
    return made


def test_batches_do_not_change_translations(model: Path) -> None:
    texts = [*TEXTS, "a", "Bern", TEXTS[0]]
    together = engine(model).translate(texts)
    assert together == engine(model, batch_tokens=1).translate(texts)
    assert together == engine(model).translate(texts[::-1])[::-1]
    assert len(set(together)) >= len(TEXTS)


def test_beams_are_heeded_and_part_of_the_identity(model: Path) -> None:
    own, one, four = engine(model), engine(model, beams=1), engine(model, beams=4)
    assert len({own.identity, one.identity, four.identity}) == 3
    assert one.translate(TEXTS) != four.translate(TEXTS)


def test_identity_follows_the_weights(model: Path, tmp_path: Path) -> None:
    other = save_tiny_marian(tmp_path / "other", seed=2)
    assert engine(model).identity != engine(other).identity
    assert str(tmp_path) not in engine(other).identity


def test_long_texts_are_split_and_counted(model: Path) -> None:
    made = engine(model)
    short, long = made.translate(["Bern", LONG])
    assert made.counts["cuts in texts too long for the model"] > 5
    assert len(long.split()) >= 10
    assert short == made.translate(["Bern"])[0]
    unbroken = made.translate(["Bern" * 60])[0]
    assert unbroken


def test_translations_that_do_not_end_are_counted(model: Path) -> None:
    made = engine(model)
    made.model.generation_config.no_repeat_ngram_size = None
    made.model.final_logits_bias[:, 0] = -1e9
    made.translate(["Bern", "Wien"])
    assert made.counts["translations cut short"] == 2


def test_out_of_memory_halves_only_that_batch(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*TEXTS, "a", "Bern"]
    expected = engine(model).translate(texts)
    made = engine(model)
    sizes: list[int] = []
    generate = made.model.generate

    def greedy_for_memory(**inputs: Any) -> Any:
        sizes.append(len(inputs["input_ids"]))
        if sizes[-1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return generate(**inputs)

    monkeypatch.setattr(made.model, "generate", greedy_for_memory)
    assert made.translate(texts) == expected
    assert sizes[0] == len(texts)
    assert made.counts["batches halved"] == sum(size > 2 for size in sizes)
    assert sum(size for size in sizes if size <= 2) == len(texts)


def test_no_memory_for_one_text_is_an_error(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(model)

    def fail(**_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(made.model, "generate", fail)
    with pytest.raises(EngineError, match="no memory for one text"):
        made.translate(["a", "b"])


def test_the_model_is_in_eval_mode_and_loaded_late(model: Path) -> None:
    made = engine(model)
    assert "model" not in vars(made)
    made.translate([""])
    assert "model" not in vars(made)
    made.translate(["a"])
    assert not made.model.training
    made.close()


def test_batches_keep_to_the_budget_longest_first() -> None:
    parts = [Part(number, 0, [0] * length) for number, length in enumerate([3, 9, 1, 5, 5, 2, 30])]
    batches = list(batched(parts, 12))
    assert [[len(part.pieces) for part in batch] for batch in batches] == [
        [30],
        [9],
        [5, 5],
        [3, 2, 1],
    ]


def test_many_target_languages_are_told_apart(model: Path, tmp_path: Path) -> None:
    made = build(f"opus:{model},prefix=>>deu<<", "en", "de", CPU)
    assert isinstance(made, Seq2Seq)
    assert made.prepared("a") == ">>deu<< a"
    plain = engine(model)
    assert plain.prepared("a") == "a"
    vars(plain)["tokenizer"].supported_language_codes = [">>eng<<", ">>fra<<"]
    vars(plain).pop("mark")
    assert plain.prepared("a") == ">>eng<< a"
    vars(plain)["tokenizer"].supported_language_codes = [">>fra<<"]
    vars(plain).pop("mark")
    with pytest.raises(EngineError, match=r"does not know the language 'en'.*>>fra<<"):
        plain.prepared("a")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EngineError, match=r"has no source.spm, .* or pytorch_model.bin"):
        build(f"opus:{tmp_path}", "de", "en")
    with pytest.raises(EngineError, match=r"no such folder \(with config.json.*opus:FOLDER"):
        build(f"opus:{tmp_path}/none", "de", "en")
    with pytest.raises(EngineError, match=r"opus-mt-de-en' is not at hand.*--offline was given"):
        build("opus", "de", "en", Settings(offline=True))
    with pytest.raises(OptionError, match="only option of opus is prefix"):
        build(f"opus:{tmp_path},prefics=x", "de", "en")


def test_a_broken_model_is_an_error(model: Path, tmp_path: Path) -> None:
    broken = save_tiny_marian(tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    with pytest.raises(EngineError, match="cannot be loaded"):
        engine(broken).translate(["a"])


def test_a_folder_goes_before_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x").touch()
    monkeypatch.chdir(tmp_path)
    assert located("a/b", ["x|y"], offline=False) == Path("a/b")

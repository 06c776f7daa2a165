"""Several translations of a text: its own, the best first, from engines that have more than one."""

from pathlib import Path
from typing import Any

import pytest

from tests.tiny_m2m import save_tiny_m2m100
from tests.tiny_marian import TEXTS, save_tiny_marian
from tests.xner.translation.lessons import LESSONS
from xner.errors import OptionError
from xner.translation.engine import Settings, build
from xner.translation.generation import Seq2Seq
from xner.translation.parts import joined

MIXED = [*TEXTS, *LESSONS[:20], "a", "Bern", "Wien am Fluss", TEXTS[0]]


def engine(spec: str, **settings: Any) -> Seq2Seq:
    made = build(spec, "de", "en", Settings(device="cpu", **settings))
    assert isinstance(made, Seq2Seq)
    return made


@pytest.fixture
def spec(taught: tuple[str, Path]) -> str:
    return ":".join(map(str, taught))


def test_each_text_has_its_own(spec: str) -> None:
    together = engine(spec, nbest=3, beams=4).translate(MIXED)
    alone = [engine(spec, nbest=3, beams=4, batch_tokens=1).translate([text])[0] for text in MIXED]
    assert together == alone
    assert all(1 <= len(lines.split("\n")) <= 3 for lines in together)


def test_the_best_is_first(spec: str) -> None:
    several = engine(spec, nbest=4, beams=4).translate(MIXED)
    one = engine(spec, beams=4).translate(MIXED)
    assert sum(map(bool, one)) > len(MIXED) // 2  # what is empty is left out
    assert all(b in (a.split("\n")[0], "") for a, b in zip(several, one, strict=True))


def test_they_are_what_the_model_ranks(spec: str) -> None:
    import torch

    made = engine(spec, nbest=3, beams=5)
    several = 0
    for text in LESSONS[:12]:
        lines = made.translate([text])[0].split("\n")
        with torch.inference_mode():
            ranked = made.model.generate(
                **made.tokenizer([text], return_tensors="pt"),
                num_beams=5,
                num_return_sequences=3,
                max_new_tokens=made.limit - 1,
                output_scores=True,
                return_dict_in_generate=True,
                **made.options(),
            )
        scores = ranked.sequences_scores.tolist()
        assert scores == sorted(scores, reverse=True)
        rows = ranked.sequences.tolist()
        spoken = [[piece for piece in row if piece not in made.unspoken] for row in rows]
        whole = made.tokenizer.batch_decode(spoken, skip_special_tokens=True)
        if max(map(len, spoken)) < 30:  # what does not end is cut by us
            said = [line for line in dict.fromkeys(map(str.strip, whole)) if line]
            assert lines == (said or [""])
            several += len(lines) > 1
    assert several > 4


def test_there_are_beams_enough_and_it_is_another_engine(
    spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = engine(spec, nbest=6, beams=2)
    asked: dict[str, Any] = {}
    generate = made.model.generate

    def watched(**options: Any) -> Any:
        asked.update(options)
        return generate(**options)

    monkeypatch.setattr(made.model, "generate", watched)
    assert 2 < len(made.translate(["Wien"])[0].split("\n")) <= 6
    assert (asked["num_beams"], asked["num_return_sequences"]) == (6, 6)
    assert len({engine(spec, nbest=n, beams=2).identity for n in (1, 2, 6)}) == 3


def test_parts_of_a_long_text_are_joined_rank_by_rank(spec: str) -> None:
    made = engine(spec, nbest=2)
    text = "Anna lives in Bern . " * 30
    lines = made.translate([text])[0].split("\n")
    assert made.counts["cuts in texts too long for the model"] >= 3
    assert lines[0] == engine(spec).translate([text])[0]


def test_joining() -> None:
    assert joined([["a", "b"], ["x"]]) == "a x\nb x"
    assert joined([["", "b"]]) == "b"
    assert joined([["a\nb"], [""]]) == "a b"
    assert joined([["a", "b", "a", "c"]]) == "a\nb\nc"
    assert joined([["", ""]]) == ""


@pytest.mark.parametrize("spec", ["apertium", "command:cat", "easynmt:opus-mt"])
def test_engines_with_one_translation_say_so(spec: str) -> None:
    message = (
        r"gives one translation of a text, not 2; .*: opus, m2m100, nllb, ctranslate2, lexicon"
    )
    with pytest.raises(OptionError, match=message):
        build(spec, "de", "en", Settings(nbest=2))


class TestAddedWords:
    """Words such as markers, added to a vocabulary after training, are part of translations."""

    SLOTS = ("__SLOT0__", "__SLOT1__")

    @pytest.mark.parametrize("kind", ["opus", "m2m100"])
    def test_they_are_read_and_written(self, kind: str, tmp_path: Path) -> None:
        import torch

        save = {"opus": save_tiny_marian, "m2m100": save_tiny_m2m100}[kind]
        made = engine(f"{kind}:{save(tmp_path, extra=self.SLOTS)}")
        marks = made.tokenizer.convert_tokens_to_ids(list(self.SLOTS))
        read = made.tokenizer("Anna __SLOT0__ Bern __SLOT0__ und __SLOT1__ .")["input_ids"]
        assert [piece for piece in read if piece in marks] == [marks[0], marks[0], marks[1]]

        row = [made.model.config.decoder_start_token_id]
        row += made.tokenizer(text_target="Bern __SLOT1__ Wien __SLOT1__ am Fluss")["input_ids"]
        made.model.generate = lambda **_: torch.tensor([row])
        assert made.translate(["Anna"])[0].replace(" ", "") == "Bern__SLOT1__Wien__SLOT1__amFluss"

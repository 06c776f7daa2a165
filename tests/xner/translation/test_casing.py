"""The case of translations: as the source has it, as a corpus has it, or as it comes."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.xner.translation.word_lists import english, through_list
from xner.translation.casing import Casing
from xner.translation.mode import Options, Tally
from xner.translation.word import Word

PAIRS = "bank=Bank; Polish=polnisch; river=fluss; new york=Neuyork; ship=schiff"
GIVEN = english("the BANK Polish River ship RIVER")
CORPUS = ("x", "y")


def cased(folder: Path, case: Any, casing: Casing | None = None, seed: int = 0) -> list[str]:
    way = Word("de", Options(case=case, case_from=CORPUS if casing else ()), Tally())
    way.casing, way.seed = casing, seed
    return through_list(way, [GIVEN], PAIRS, folder)[0].tokens


def test_patterns_are_carried_over_and_nothing_is_lowered(tmp_path: Path) -> None:
    assert cased(tmp_path, "pattern") == ["the", "BANK", "Polnisch", "Fluss", "schiff", "FLUSS"]


def test_as_the_list_has_it(tmp_path: Path) -> None:
    # an entry in another case is cased like the word by the list itself
    assert cased(tmp_path, "keep") == ["the", "BANK", "polnisch", "Fluss", "schiff", "FLUSS"]


def test_as_a_corpus_has_it_and_else_as_the_source(tmp_path: Path) -> None:
    casing = Casing([["Die", "Bank", "am", "Fluss"], ["polnisch"]])
    made = cased(tmp_path, "corpus", casing)
    assert made == ["the", "Bank", "polnisch", "Fluss", "schiff", "Fluss"]


def test_forms_are_drawn_as_often_as_they_are_there() -> None:
    casing = Casing([["Die", "die", "die"], ["die", "Ende"]])
    random = Random(1)
    forms = [casing.drawn("DIE", random) for _ in range(4000)]
    assert set(forms) == {"Die", "die"}
    assert abs(forms.count("die") - 3000) < 120
    assert casing.drawn("der", random) is None
    assert len(casing) == 2


def test_draws_are_of_seed_and_record(tmp_path: Path) -> None:
    casing = Casing([["Fluss", "fluss", "FLUSS", "schiff", "Schiff", "BANK", "bank"]])
    made = {tuple(cased(tmp_path, "corpus", casing, seed)) for seed in range(9)}
    assert len(made) > 3
    assert tuple(cased(tmp_path, "corpus", casing, 3)) in made


@pytest.mark.parametrize("words", [[], [[]]])
def test_a_corpus_without_words(words: list[list[str]]) -> None:
    assert not Casing(words)

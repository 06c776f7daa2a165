"""Systems compared with each other: seqeval's F1 of every two, and its mean."""

import random
from itertools import permutations
from statistics import fmean

import pytest
from seqeval.metrics import f1_score

from xner.agreement import Agreement

TAGS = ["O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def drawn(seed: int, sentences: int) -> list[list[str]]:
    draw = random.Random(seed)
    return [draw.choices(TAGS, k=5) for _ in range(sentences)]


def test_f1_of_every_two_is_seqevals_and_the_mean_is_over_the_others():
    systems = [drawn(seed, 40) for seed in range(4)]
    agreement = Agreement(4)
    for row in zip(*systems, strict=True):
        agreement.add(["w"] * 5, row)
    for one, other in permutations(range(4), 2):
        expected = f1_score(systems[one], systems[other])
        assert agreement.f1(one, other) == pytest.approx(expected)
    for one in range(4):
        each = [f1_score(systems[one], systems[other]) for other in range(4) if other != one]
        assert agreement.mean(one) == pytest.approx(fmean(each))


def test_strict_mode_reads_no_entity_where_none_begins():
    found, begins = ["I-PER", "O"], ["B-PER", "O"]
    for mode, f1 in (("lenient", 1.0), ("strict", 0.0)):
        agreement = Agreement(2, mode)
        agreement.add(["Ida", "ruht"], [found, begins])
        assert agreement.f1(0, 1) == f1


def test_systems_that_differ_in_length_are_refused():
    with pytest.raises(ValueError, match="1 gold tags but 2 tags"):
        Agreement(2).add(["Ida"], [["O"], ["O", "O"]])

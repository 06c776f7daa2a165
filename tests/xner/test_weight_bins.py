"""Scores in bins of weight: held to their definitions, to scipy's rank correlation, by hand."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from xner.errors import OptionError
from xner.evaluation import Counts
from xner.weight_bins import Bin, Binning, Means, WeightBins, WeightReport

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
# many weights are the same, and many lie on an edge
WEIGHTS = st.one_of(
    st.sampled_from([0.0, 0.1, 0.29, 0.3, 0.5, 0.7, 1.0]),
    st.floats(0, 1, allow_subnormal=False),
)
WORDS = st.lists(st.tuples(WEIGHTS, st.sampled_from(LABELS), st.sampled_from(LABELS)), max_size=60)


def report(words, binning):
    bins = WeightBins(binning)
    for start in range(0, len(words), 7):  # sentences of seven words
        bins.add(*map(list, zip(*words[start : start + 7], strict=True)))
    return bins.report


def inside(own, last, weight):
    return own.start <= weight < own.end or (own is last and weight == own.end)


def check_scores(own, words):
    """A bin against the definitions, over the words that belong into it."""
    kinds = [(gold[2:], tag[2:]) for _, gold, tag in words]
    gold = [pair for pair in kinds if pair[0]]
    found = [pair for pair in kinds if pair[1]]
    right = sum(one == other for one, other in gold)
    assert (own.words, own.counts.gold) == (len(words), len(gold))
    assert own.accuracy == (
        sum(one == other for one, other in kinds) / len(kinds) if kinds else None
    )
    assert own.precision == (right / len(found) if found else None)
    assert own.recall == (right / len(gold) if gold else None)
    if not gold and not found:
        assert own.f1 is None
    elif not right:
        assert own.f1 == 0
    else:
        p, r = own.precision, own.recall
        assert own.f1 == pytest.approx(2 * p * r / (p + r))


@given(WORDS, st.integers(1, 101))
def test_bins_of_equal_width_are_what_the_definition_says(words, number):
    bins = report(words, Binning(number)).bins
    assert [own.start for own in bins] == [n / number for n in range(number)]
    assert [own.end for own in bins] == [(n + 1) / number for n in range(number)]
    for own in bins:
        check_scores(own, [word for word in words if inside(own, bins[-1], word[0])])
    assert sum(own.words for own in bins) == len(words)


@given(WORDS, st.integers(1, 12))
def test_bins_of_equal_size_part_the_words_by_weight(words, number):
    bins = report(words, Binning(number, by_size=True)).bins
    assert 1 <= len(bins) <= number
    for own in bins:
        mine = [word for word in words if inside(own, bins[-1], word[0])]
        check_scores(own, mine)
        # above its fair share only by words of one weight
        shared = max((sum(w == word[0] for w, _, _ in mine) for word in mine), default=0)
        assert own.words <= math.ceil(len(words) / number) + shared
    assert sum(own.words for own in bins) == len(words)
    for own, after in pairwise(bins):
        assert own.end == after.start > own.start


@given(st.lists(WEIGHTS, min_size=12, max_size=60, unique=True), st.integers(1, 12))
def test_bins_of_equal_size_are_so_where_weights_differ(weights, number):
    bins = report([(weight, "O", "O") for weight in weights], Binning(number, True)).bins
    assert len(bins) == number
    assert {own.words for own in bins} <= {len(weights) // number, -(-len(weights) // number)}
    assert (bins[0].start, bins[-1].end) == (min(weights), max(weights))


def test_a_weight_that_fills_several_bins_has_one_for_itself():
    weights = [0.1] * 2 + [0.5] * 20 + [0.8, 0.9]
    bins = report([(weight, "O", "O") for weight in weights], Binning(5, True)).bins
    assert [(own.start, own.end, own.words) for own in bins] == [
        (0.1, 0.5, 2),
        (0.5, 0.8, 20),
        (0.8, 0.9, 2),
    ]


@pytest.mark.parametrize("by_size", [False, True])
def test_without_words_bins_are_empty_and_nothing_is_claimed(by_size):
    found = WeightBins(Binning(1, by_size)).report
    empty = Bin(0.0, 1.0, words=0, same=0, counts=Counts(0, 0, 0))
    assert found == WeightReport([empty], {})
    assert found.as_dict() == {
        "bins": [
            {"from": 0.0, "to": 1.0, "words": 0, "entity_words": 0}
            | dict.fromkeys(("precision", "recall", "f1", "accuracy"))
        ],
        "types": {},
        "spearman": None,
    }


@pytest.mark.parametrize(
    ("weight", "number", "place"),
    [
        (0, 10, 0),
        (1, 10, 9),
        (1.0, 1, 0),
        (0.1, 10, 1),
        (0.3, 10, 3),  # 0.1 + 0.1 + 0.1 is more
        (0.29, 100, 29),  # 0.29 * 100 is less
        (math.nextafter(0.3, 0), 10, 2),
        (math.nextafter(1, 0), 4, 3),
        (0.5, 2, 1),
    ],
)
def test_an_edge_belongs_to_the_bin_that_it_begins(weight, number, place):
    bins = report([(weight, "O", "O")], Binning(number)).bins
    assert [n for n, own in enumerate(bins) if own.words] == [place]


def test_an_example_by_hand():
    """Four words are below 1/2, five above; `B-` and `I-` of a type are the same."""
    bins = WeightBins(Binning(2))
    bins.add(
        [0.9, 0.8, 0.6, 0.7],
        gold=["B-PER", "I-PER", "O", "B-LOC"],
        tags=["B-PER", "B-PER", "O", "O"],
    )
    bins.add(
        [0.1, 0.2, 0.3, 0.4, 0.5],
        gold=["B-LOC", "O", "O", "B-ORG", "B-LOC"],
        tags=["B-PER", "B-PER", "O", "B-ORG", "B-LOC"],
    )
    found = bins.report
    low, high = found.bins
    assert (low.words, low.same, low.counts) == (4, 2, Counts(correct=1, found=3, gold=2))
    assert (low.precision, low.recall, low.f1, low.accuracy) == (1 / 3, 1 / 2, 2 / 5, 2 / 4)
    assert (high.words, high.same, high.counts) == (5, 4, Counts(correct=3, found=3, gold=4))
    assert (high.precision, high.recall, high.f1, high.accuracy) == (1, 3 / 4, 6 / 7, 4 / 5)
    assert found.spearman == 1
    assert list(found.types) == ["LOC", "ORG", "PER", "O"]
    assert found.types["PER"] == pytest.approx(Means(0.85, 0.15, 2, 2))
    assert found.types["LOC"] == Means(0.5, None, 1, 0)
    assert found.types["O"] == pytest.approx(Means(0.45, 0.7, 2, 1))


@given(WORDS)
def test_mean_weights_are_those_of_right_and_of_wrong_words(words):
    types = report(words, Binning(3)).types
    assert set(types) == {tag[2:] or "O" for _, _, tag in words}
    for label, means in types.items():
        mine = [(w, gold[2:] == tag[2:]) for w, gold, tag in words if (tag[2:] or "O") == label]
        for same, mean, number in (
            (True, means.right, means.right_words),
            (False, means.wrong, means.wrong_words),
        ):
            weights = [weight for weight, right in mine if right is same]
            assert number == len(weights)
            expected = math.fsum(weights) / len(weights) if weights else None
            assert mean == (expected if expected is None else pytest.approx(expected))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=9))
def test_the_rise_is_scipys_rank_correlation(counts):
    """Right and missed entity words of each bin: few enough for ties, and for bins without any."""
    bins = [Bin(0, 1, sum(pair), pair[0], Counts(pair[0], pair[0], sum(pair))) for pair in counts]
    scores = [own.f1 for own in bins if own.f1 is not None]
    found = WeightReport(bins, {}).spearman
    if len(set(scores)) < 2:
        assert found is None
    else:
        expected = spearmanr(range(len(scores)), scores)[0]
        assert found == pytest.approx(expected)


@given(st.permutations(range(6)))
def test_the_order_of_sentences_does_not_matter(order):
    rows = [(n / 5, LABELS[n % 5], LABELS[(2 * n) % 5]) for n in range(6)]
    assume(order != sorted(order))
    one, other = (
        report([rows[n] for n in own], Binning(3, by_size=True)) for own in (range(6), order)
    )
    assert one.bins == other.bins


@pytest.mark.parametrize("weight", [-0.01, 1.01, math.nan, math.inf])
def test_what_is_no_weight_is_refused(weight):
    with pytest.raises(ValueError, match=f"weight {weight:g} is not between 0 and 1"):
        WeightBins(Binning(2)).add([0.5, weight], ["O", "O"], ["O", "O"])


@pytest.mark.parametrize(
    ("text", "binning"),
    [
        ("1", Binning(1)),
        ("10", Binning(10)),
        ("1000", Binning(1000)),
        ("10,quantile", Binning(10, by_size=True)),
    ],
)
def test_a_binning_is_read(text, binning):
    assert Binning.parse(text) == binning


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-1",
        "1001",
        "9" * 5000,
        "ten",
        "2.5",
        "٣",
        "10,",
        "10,size",
        ",quantile",
        "5,quantile,",
    ],
)
def test_what_is_no_binning_is_refused(text):
    with pytest.raises(OptionError, match="is not N or N,quantile with N from 1 to 1000"):
        Binning.parse(text)

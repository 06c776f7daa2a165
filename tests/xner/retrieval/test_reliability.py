"""Weights of labels: worked examples, both recipes, and what holds for any votes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xner.retrieval.vectors import Array, on_circle, unit
from xner.errors import OptionError
from xner.retrieval.neighbours import Search, votes
from xner.retrieval.reliability import Weighing, by_span, consistency, refined, reliability
from xner.tag_schemes import Span, tag_names

NAMES = tag_names(["LOC", "PER"], "bio")
RELEASED = Weighing(centre="tag", consistency="relative", scale="largest")

# five words, two neighbours each: a loner among persons, and neighbours of another tag
CLEAN = on_circle(0, 10, 20, 70, 85)
CLEAN_TAGS = ["B-PER", "I-PER", "B-LOC", "B-LOC", "B-LOC"]
HAZARDS = unit(np.array([[1, 0], [0.98, 0.2], [0.9, 0.43], [0.2, 0.98], [0, 1]]))
HAZARD_TAGS = ["B-PER", "I-PER", "B-PER", "B-LOC", "B-PER"]


def numbers(tags: list[str]) -> Array:
    return np.array([NAMES.index(tag) for tag in tags], int)


def lambdas_of(bank: Array, tags: list[str], agreement="type", k: int = 2) -> Array:
    own = numbers(tags)
    found = votes(bank, np.arange(len(own)), bank, own, len(NAMES), Search(k=k))
    return consistency(found.shares, own, NAMES, agreement)


def weights_of(bank: Array, tags: list[str], weighing: Weighing) -> Array:
    return reliability(lambdas_of(bank, tags, weighing.agreement), numbers(tags), NAMES, weighing)


@pytest.mark.parametrize(
    ("weighing", "lambdas", "expected"),
    [
        (Weighing(), [0.5, 0.5, 0, 1, 1], [0.5, 0.5, 0.017986, 0.880797, 0.880797]),
        (Weighing(agreement="tag"), [0, 0, 0, 1, 1], [0.5, 0.5, 0.017986, 0.880797, 0.880797]),
        (RELEASED, [0.5, 0.5, 0, 1, 1], [1, 1, 0.020420, 1, 1]),
    ],
)
def test_a_loner_among_others(weighing: Weighing, lambdas: list[float], expected) -> None:
    assert lambdas_of(CLEAN, CLEAN_TAGS, weighing.agreement).tolist() == lambdas
    assert weights_of(CLEAN, CLEAN_TAGS, weighing) == pytest.approx(expected, abs=1e-6)


def test_neighbours_of_another_tag():
    weights = weights_of(HAZARDS, HAZARD_TAGS, Weighing())
    assert weights == pytest.approx([0.679179, 0.679179, 0.679179, 0.5, 0.095349], abs=1e-6)
    with_oneself = [1, 1, 1, 0.5, 0.5]
    assert lambdas_of(HAZARDS, HAZARD_TAGS).tolist() == [1, 1, 1, 0, 0.5] != with_oneself


def test_a_tag_whose_words_never_agree_has_weights():
    # 0 / 0 in the paper's code; 0 is the largest there is, and the best of each tag has weight 1
    weights = weights_of(HAZARDS, HAZARD_TAGS, RELEASED)
    assert weights == pytest.approx([1, 1, 1, 1, 0.163055], abs=1e-6)
    unscaled = weights_of(HAZARDS, HAZARD_TAGS, Weighing(centre="tag", consistency="relative"))
    assert unscaled[3] == 0.5


def test_alpha_makes_all_alike_or_parts_them():
    assert weights_of(HAZARDS, HAZARD_TAGS, Weighing(alpha=0)).tolist() == [0.5] * 5
    assert weights_of(HAZARDS, HAZARD_TAGS, Weighing(alpha=1e9)).tolist() == [1, 1, 1, 0.5, 0]
    released = Weighing(alpha=1e9, centre="tag", consistency="relative", scale="largest")
    assert weights_of(HAZARDS, HAZARD_TAGS, released).tolist() == [1, 1, 1, 1, 0]


def test_the_nearest_neighbour_is_not_lost_nor_does_a_twin_vouch():
    right, lost, vouched = [0.5, 0.5, 0, 1, 1], [0, 0, 0, 0.5, 0.5], [1, 1, 0.5, 1, 1]
    assert lambdas_of(CLEAN, CLEAN_TAGS).tolist() == right != lost
    bank = on_circle(0, 9, 20, 70, 85)  # the second has a nearest neighbour
    twice, tags = np.vstack([bank, bank]), CLEAN_TAGS * 2
    assert lambdas_of(twice, tags).tolist() == vouched * 2
    # a bank without repetitions, in which the twins share a row
    rows, own = np.tile(np.arange(5), 2), numbers(tags)
    found = votes(twice, rows, bank, own[:5], len(NAMES), Search(k=2))
    assert consistency(found.shares, own, NAMES, "type").tolist() == right * 2


def test_o_agrees_with_o_alone_and_absent_labels_with_nobody():
    shares = np.array([[0.5, 0.25, 0.125, 0.125, 0]] * 3)
    own = numbers(["O", "I-LOC", "I-PER"])
    assert consistency(shares, own, NAMES, "type").tolist() == [0.5, 0.375, 0.125]
    assert consistency(shares, own, NAMES, "tag").tolist() == [0.5, 0.125, 0]


@pytest.mark.parametrize("weighing", [Weighing(), Weighing(centre="tag"), RELEASED])
def test_a_word_alone_of_its_kind(weighing: Weighing) -> None:
    for own in (numbers(["B-LOC"]), numbers(["B-LOC", "O", "B-PER"])):
        for share in (0.0, 0.3, 1.0):
            weights = reliability(np.full(len(own), share), own, NAMES, weighing)
            assert weights.tolist() == [1.0 if weighing is RELEASED else 0.5] * len(own)
    assert reliability(np.zeros(0), numbers([]), NAMES, weighing).tolist() == []


def test_means_are_of_types_or_of_tags():
    own, lambdas = numbers(["B-PER", "I-PER", "I-PER"]), np.array([0.9, 0.4, 0.2])

    def mean(weighing: Weighing) -> list[float]:
        """What was subtracted, from the weights."""
        weights = reliability(lambdas, own, NAMES, weighing)
        return (lambdas - np.log(weights / (1 - weights)) / weighing.alpha).tolist()

    assert mean(Weighing()) == pytest.approx([0.5, 0.5, 0.5])
    by_tag = pytest.approx([0.9, 0.3, 0.3])
    assert mean(Weighing(centre="tag")) == by_tag
    assert mean(Weighing(agreement="tag")) == by_tag
    assert mean(Weighing(agreement="tag", centre="type")) == pytest.approx([0.5, 0.5, 0.5])


SHARES = st.floats(0, 1, width=32)
WEIGHINGS = st.builds(
    Weighing,
    alpha=st.sampled_from([0.0, 0.1, 6.0, 1e4]),
    agreement=st.sampled_from(["type", "tag"]),
    centre=st.sampled_from([None, "type", "tag"]),
    consistency=st.sampled_from(["share", "relative"]),
    scale=st.sampled_from(["none", "largest"]),
)


@given(st.lists(st.tuples(SHARES, st.sampled_from(NAMES)), min_size=1), WEIGHINGS)
def test_weights_rise_with_agreement_and_stay_within_0_and_1(words, weighing: Weighing) -> None:
    lambdas, own = np.array([share for share, _ in words]), numbers([tag for _, tag in words])
    weights = reliability(lambdas, own, NAMES, weighing)
    assert ((weights >= 0) & (weights <= 1)).all()
    for tag in set(own.tolist()):
        same = own == tag
        rising = weights[same][np.argsort(lambdas[same])]
        assert (np.diff(rising) >= 0).all()
        if weighing.scale == "largest" and rising[-1] > 0:
            assert rising[-1] == 1


@given(
    st.lists(st.tuples(*[st.integers(0, 9)] * len(NAMES)), min_size=1, max_size=20),
    st.data(),
)
def test_agreement_by_type_holds_agreement_by_tag(counts, data) -> None:
    tally = np.array(counts, float)
    shares = tally / np.maximum(tally.sum(axis=1, keepdims=True), 1)
    own = np.array(data.draw(st.lists(st.integers(0, 4), min_size=len(tally), max_size=len(tally))))
    by_tag, by_type = (consistency(shares, own, NAMES, level) for level in ("tag", "type"))
    assert (by_tag <= by_type + 1e-12).all()
    assert (by_type <= 1 + 1e-12).all()
    alike = {0: [0], 1: [1, 2], 2: [1, 2], 3: [3, 4], 4: [3, 4]}
    assert by_type == pytest.approx([shares[i, alike[label]].sum() for i, label in enumerate(own)])


def test_an_entity_has_one_weight():
    weights = np.array([0.1, 0.2, 0.9, 0.4, 0.5, 0.6])
    even = by_span(weights, [Span(1, 4, "PER"), Span(4, 5, "LOC")])
    assert even == pytest.approx([0.1, 0.3, 0.3, 0.3, 0.5, 0.6])
    assert weights[1] == 0.2
    assert by_span(weights, []).tolist() == weights.tolist()


def test_an_entity_shares_no_weight_with_a_word_that_nobody_knows():
    weights = np.array([0.0, 0.2, 0.0, 0.4, 0.0, 0.0, 0.6])
    even = by_span(weights, [Span(0, 5, "PER"), Span(5, 6, "LOC"), Span(6, 7, "LOC")])
    assert even == pytest.approx([0, 0.3, 0, 0.3, 0, 0, 0.6])


def test_votes_are_mixed_into_distributions():
    probs = np.array([[0.8, 0.1, 0.1], [0.6, 0.2, 0.2]])
    shares = np.array([[0.5, 0.5, 0], [0, 0, 0]], np.float32)
    assert refined(probs, shares, 0.25)[0] == pytest.approx([0.725, 0.2, 0.075])
    assert refined(probs, shares, 0.25)[1].tolist() == probs[1].tolist()  # nobody was asked
    assert refined(probs, shares, 1)[0].tolist() == shares[0].tolist()
    assert refined(probs, shares, 0).tolist() == probs.tolist()


@pytest.mark.parametrize("alpha", [-1.0, float("nan"), float("inf")])
def test_options_that_make_no_sense(alpha: float) -> None:
    with pytest.raises(OptionError, match=r"--alpha .* is not a number from 0 on"):
        Weighing(alpha=alpha)

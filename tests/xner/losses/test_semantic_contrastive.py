"""Sentences and what is made of them: worked numbers, loops, duplicates, gradients."""

import math

import pytest
import torch

from tests import tiny
from xner.errors import OptionError
from xner.losses.contrastive import Twins, keys_of
from xner.losses.objective import View
from xner.losses.semantic_contrastive import (
    SemanticContrastive,
    nearest_is_own,
    sentence_vectors,
)
from xner.models.token_pair import TokenPair

ONE = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
OTHER = torch.tensor([[0.8, 0.6], [0.6, 0.8]])
APART = torch.tensor([[0, 0], [1, 1]])


@pytest.mark.parametrize(("temperature", "expected"), [(0.5, 0.513015), (0.1, 0.126928)])
def test_worked_contrast(temperature, expected):
    terms = nearest_is_own(ONE, OTHER, APART, temperature)
    assert terms.tolist() == pytest.approx([expected] * 2, abs=1e-6)
    # length says nothing
    longer = nearest_is_own(3 * ONE, 0.1 * OTHER, APART, temperature)
    torch.testing.assert_close(longer, terms)


def test_worked_mean_leaves_padding_out():
    words = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]], [[5.0, 6.0]] * 3])
    mask = torch.tensor([[True, True, False], [False] * 3])
    assert sentence_vectors(words, mask).tolist() == [[2.0, 3.0], [0.0, 0.0]]


def test_each_of_the_one_looks_among_the_other_without_what_says_the_same():
    torch.manual_seed(0)
    one, other = torch.randn(5, 4), torch.randn(5, 4)
    # rows 0 and 3 have the same words, rows 1 and 3 the same id
    keys = torch.tensor([[0, 0], [1, 1], [2, 2], [0, 1], [4, 3]])
    terms = nearest_is_own(one, other, keys, 0.3)
    for i in range(5):
        same = {j for j in range(5) if (keys[i] == keys[j]).any()} - {i}
        likeness = [
            math.exp(torch.cosine_similarity(one[i], other[j], dim=0).item() / 0.3)
            for j in range(5)
        ]
        every = sum(value for j, value in enumerate(likeness) if j not in same)
        assert terms[i].item() == pytest.approx(-math.log(likeness[i] / every), rel=1e-4)


def test_keys_are_shared_by_the_same_words_and_by_the_same_id():
    sentences = [
        tiny.sentence("Anna Berg", id="a"),
        tiny.sentence("Anna Berg", id="b"),
        tiny.sentence("Anna berg", id="b"),
        tiny.sentence("Berg", id="c"),
    ]
    assert keys_of(sentences) == [(0, 0), (0, 1), (1, 1), (2, 2)]


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    made = tiny.tagger(tiny.bert(tmp_path_factory.mktemp("bert")))
    made.head = TokenPair(made.width, made.types, fused=16, size=8).eval()
    return made


PAIRS = [
    ("Anna Berg besucht Lissabon .", "Anna Berg visited Lisbon ."),
    (
        "Der Hafen von Lissabon wurde besucht",
        "The old harbour of Lisbon was visited by officials .",
    ),
    ("Bern", "Bern"),
]


def twins(tagger, pairs=PAIRS) -> Twins:
    views = []
    for side in (0, 1):
        sentences = [tiny.sentence(pair[side]) for pair in pairs]
        views.append(View(tagger, tagger.tokenize(sentences).batch(range(len(pairs)))))
    origins = [tiny.sentence(pair[1]) for pair in pairs]
    return Twins(*views, torch.tensor(keys_of(origins)))


def vectors(view: View) -> torch.Tensor:
    words = view.fused
    kept = zip(words, view.batch.mask, strict=True)
    return torch.stack([own[mask].mean(0) for own, mask in kept])


@pytest.mark.parametrize("sides", ["origin", "both"])
def test_the_loss_looks_from_the_origins_and_may_look_back(tagger, sides):
    given = twins(tagger)
    made, origin = vectors(given.view), vectors(given.origin)
    likeness = torch.cosine_similarity(origin[:, None], made[None], dim=-1) / 0.1
    expected = torch.nn.functional.cross_entropy(likeness, torch.arange(3))
    back = torch.nn.functional.cross_entropy(likeness.T, torch.arange(3))
    assert abs(expected - back) > 1e-3
    if sides == "both":
        expected = (expected + back) / 2
    torch.testing.assert_close(SemanticContrastive(sides=sides)(given), expected)


def test_other_heads_have_no_fusion_layer(tmp_path):
    softmax = tiny.tagger(tiny.bert(tmp_path))
    given = twins(softmax)
    assert torch.equal(given.view.fused, given.view.words)
    assert SemanticContrastive()(given).item() > 0


def test_a_twice_told_origin_is_no_negative(tagger):
    twice = [*PAIRS, ("Anna Berg besuchte Lissabon", PAIRS[0][1])]
    loss = SemanticContrastive()
    given = twins(tagger, twice)
    both = nearest_is_own(
        vectors(given.origin), vectors(given.view), torch.arange(4)[:, None].repeat(1, 2), 0.1
    )
    assert loss(given).item() < both.mean().item()
    # two ways of saying it, and nothing to tell them from
    alone = loss(twins(tagger, [twice[0], twice[3]]))
    assert alone.item() == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("sides", ["origin", "both"])
def test_both_sides_are_trained(tagger, sides):
    given = twins(tagger)
    for view in (given.view, given.origin):
        view.words.retain_grad()
    SemanticContrastive(sides=sides)(given).backward()
    for view in (given.view, given.origin):
        assert view.words.grad.isfinite().all()
        assert not view.words.grad[~view.batch.mask].any()
        assert view.words.grad[view.batch.mask].abs().sum(-1).min() > 0


def test_training_brings_twins_together(tmp_path):
    tagger = tiny.tagger(tiny.bert(tmp_path))
    tagger.head = TokenPair(tagger.width, tagger.types, fused=16, size=8).eval()
    loss, given = SemanticContrastive(), twins(tagger)
    before = loss(given)
    before.backward()
    with torch.no_grad():
        for parameter in tagger.parameters():
            if parameter.grad is not None:
                parameter -= 0.001 * parameter.grad
    assert loss(twins(tagger)).item() < before.item()


def test_one_pair_alone_costs_nothing_and_keeps_the_graph(tagger):
    loss = SemanticContrastive()(twins(tagger, PAIRS[:1]))
    assert loss.item() == pytest.approx(0.0, abs=1e-6)
    loss.backward()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"temperature": 0.0}, "temperature 0 is not above 0"),
        ({"temperature": math.nan}, "temperature nan is not above 0"),
        ({"sides": "translation"}, "sides 'translation' is none of origin, both"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, reason):
    with pytest.raises(OptionError, match=f"semantic-contrastive: {reason}"):
        SemanticContrastive(**options)

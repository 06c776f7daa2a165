"""The stream's own tags as labels: worked numbers of CoLaDa's two steps, brute force, weights."""

import math
import random
from dataclasses import replace

import pytest
import torch

from tests import tiny
from xner.errors import OptionError
from xner.losses.distillation import SoftCrossEntropy
from xner.losses.hard_cross_entropy import HardCrossEntropy
from xner.training.objectives import build_objectives
from xner.training.soft_data import SoftCorpus

NAMES = ["O", "B-PER", "B-LOC"]
P = [[0.1, 0.6, 0.3], [0.2, 0.1, 0.7]]  # of the teacher, whose best tags are BEST
Q = [[0.2, 0.7, 0.1], [0.5, 0.2, 0.3]]  # of the student
W = [1.0, 0.25]
BEST = ["B-PER", "B-LOC"]
PROJECTED = ["B-PER", "O"]
STEP_1 = ("soft-ce=0.5", "hard-ce=0.5,weights=ignore")
LATER = ("soft-ce=0.9", "hard-ce=0.1,weights=ignore")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"), dropout=0.0)


@pytest.fixture(scope="module")
def tagger(encoder):
    return tiny.tagger(encoder, ("LOC", "PER"), scheme="bio")


def sentence(tags, weights=None, probs=None, **fields):
    own = replace(tiny.sentence(" ".join(["Bern"] * len(tags))), tags=tags, weights=weights)
    return replace(own, labels=NAMES if probs else None, probs=probs, **fields)


def given(tagger, *sentences, said=None):
    """What a loss is given of sentences; `said` is the student's say instead of the tagger's."""
    fields = ("tags", "probs") if sentences[0].probs else ("tags",)
    corpus = SoftCorpus(tagger, sentences, fields)
    view = corpus.view(tagger, *corpus.batch(range(len(sentences))))
    if said is not None:
        scores = torch.full((1, len(said), len(tagger.tags)), math.log(1e-30))
        for column, label in enumerate(NAMES):
            scores[0, :, tagger.tags.index(label)] = torch.tensor(said)[:, column].log()
        view.view.scores = scores.requires_grad_()
    return view


def objective(specs, soft):
    """The weighted sum of losses, as a run minimises it."""
    losses = build_objectives(specs, ())
    return torch.stack([loss.weight * loss(soft) for loss in losses.values()]).sum()


# --- worked numbers


@pytest.mark.parametrize(
    ("specs", "tags", "expected"),
    [
        (STEP_1, PROJECTED, 0.600284),
        (LATER, PROJECTED, 0.660582),
        (("soft-ce",), BEST, 0.675656),  # step 2 of the paper
        (("hard-ce",), BEST, 0.328834),  # and of its released code
        (("soft-ce=1,normalise=weights",), BEST, 1.081050),
        (("hard-ce=1,normalise=weights",), BEST, 0.526135),
        (("hard-ce=1,weights=ignore",), BEST, (0.356675 + 1.203973) / 2),
        (("hard-ce=1,weights=ignore,normalise=weights",), BEST, (0.356675 + 1.203973) / 2),
    ],
)
def test_worked_steps(tagger, specs, tags, expected):
    soft = given(tagger, sentence(tags, W, P), said=Q)
    assert objective(specs, soft).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("specs", "word", "expected"),
    [(STEP_1, 0, 0.7112), (STEP_1, 1, 0.489368), (LATER, 0, 0.994819), (LATER, 1, 0.326344)],
)
def test_worked_words(tagger, specs, word, expected):
    one = sentence(PROJECTED[word:][:1], W[word:][:1], P[word:][:1])
    soft = given(tagger, one, said=Q[word:][:1])
    assert objective(specs, soft).item() == pytest.approx(expected, abs=1e-5)


def test_the_first_step_is_cross_entropy_with_rows_that_are_not_brought_to_1(tagger):
    """Targets b1 w p + b2 onehot(y), whose rows sum to b1 w + b2."""
    targets = [[0.05, 0.8, 0.15], [0.525, 0.0125, 0.0875]]
    expected = -sum(
        t * math.log(q)
        for row, said in zip(targets, Q, strict=True)
        for t, q in zip(row, said, strict=True)
    )
    soft = given(tagger, sentence(PROJECTED, W, P), said=Q)
    assert objective(STEP_1, soft).item() == pytest.approx(expected / 2, abs=1e-6)


# --- against a loop, and against the soft loss


@pytest.mark.parametrize("scheme", ["bio", "bioes"])
@pytest.mark.parametrize("weights", ["use", "ignore"])
def test_it_equals_a_loop(encoder, scheme, weights):
    tagger = tiny.tagger(encoder, ("LOC", "PER"), scheme=scheme)
    chance = random.Random(weights)
    sentences = [
        sentence(["O", "B-PER", "I-PER", "B-LOC"], [chance.random() for _ in range(4)]),
        sentence(["I-LOC"]),  # full weight
    ]
    soft = given(tagger, *sentences)
    letters = {"S": "B", "E": "I"}
    total = 0.0
    for row, own in enumerate(sentences):
        for word, tag in enumerate(own.tags):
            probs = soft.view.log_probs[row, word].exp().tolist()
            names = [letters.get(t[0], t[0]) + t[1:] for t in tagger.tags]
            q = sum(p for name, p in zip(names, probs, strict=True) if name == tag)
            weight = own.weights[word] if own.weights and weights == "use" else 1.0
            total -= weight * math.log(q)
    loss = HardCrossEntropy(weights=weights)(soft).item()
    assert loss == pytest.approx(total / 5, rel=1e-4)


def test_it_is_soft_ce_of_a_teacher_who_is_sure(tagger):
    sure = [[float(label == tag) for label in NAMES] for tag in BEST]
    soft = given(tagger, sentence(BEST, W, sure))
    torch.testing.assert_close(HardCrossEntropy()(soft), SoftCrossEntropy()(soft))


# --- what must not matter, and what must


def test_a_word_of_weight_0_moves_nothing_unless_weights_are_ignored(tagger):
    for weights, moved in (("use", False), ("ignore", True)):
        soft = given(tagger, sentence(BEST, [1.0, 0.0]), said=Q)
        HardCrossEntropy(weights=weights)(soft).backward()
        gradient = soft.view.scores.grad[0]
        assert gradient[0].abs().max() > 0
        assert (gradient[1].abs().max() > 0) == moved


def test_a_word_that_the_teacher_doubts_learns_its_projected_tag_alone(tagger):
    """The gradient of step 1 at a word of weight 0 is half of that of its tag."""
    soft, hard = (given(tagger, sentence(PROJECTED, [1.0, 0.0], P), said=Q) for _ in range(2))
    objective(STEP_1, soft).backward()
    objective(("hard-ce=0.5,weights=ignore",), hard).backward()
    torch.testing.assert_close(soft.view.scores.grad[0, 1], hard.view.scores.grad[0, 1])
    assert not torch.allclose(soft.view.scores.grad[0, 0], hard.view.scores.grad[0, 0])


def test_weights_that_are_all_0_cost_nothing(tagger):
    soft = given(tagger, sentence(BEST, [0.0, 0.0]))
    for normalise in ("words", "weights"):
        assert HardCrossEntropy(normalise=normalise)(soft).item() == 0


def test_padding_does_not_matter(tagger):
    short, long = sentence(BEST), sentence(["O"] * 7)
    loss = HardCrossEntropy()
    each = [loss(given(tagger, own)).item() for own in (short, long)]
    both = loss(given(tagger, short, long)).item()
    assert both == pytest.approx((2 * each[0] + 7 * each[1]) / 9, rel=1e-4)


@pytest.mark.parametrize("scheme", ["bio", "bioes"])
def test_the_gradient_is_finite_and_reaches_the_encoder(encoder, scheme):
    tagger = tiny.tagger(encoder, ("LOC", "PER"), scheme=scheme)
    HardCrossEntropy()(given(tagger, sentence(BEST))).backward()
    gradients = [p.grad for n, p in tagger.encoder.named_parameters() if "layer.0" in n]
    assert gradients
    assert all(g is not None and torch.isfinite(g).all() and g.abs().max() > 0 for g in gradients)


@pytest.mark.parametrize("key", ["weights", "normalise"])
def test_keys_that_make_no_sense_are_refused(key):
    with pytest.raises(OptionError, match=f"{key} 'none' is none of"):
        HardCrossEntropy(**{key: "none"})

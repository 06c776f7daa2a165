"""Losses on teachers' distributions: worked numbers, brute force, what must not matter."""

import math
import random
from dataclasses import replace

import pytest
import torch

from tests import tiny
from xner.errors import OptionError
from xner.losses.distillation import KullbackLeibler, MeanSquaredError, SoftCrossEntropy
from xner.training.soft_data import SoftCorpus

TINY = 1e-30  # of what a student holds impossible
LOSSES = {"mse": MeanSquaredError, "kl": KullbackLeibler, "soft-ce": SoftCrossEntropy}
NAMES = ["O", "B-PER", "B-LOC"]
P = [[0.1, 0.6, 0.3], [0.2, 0.1, 0.7]]
Q = [[0.2, 0.7, 0.1], [0.5, 0.2, 0.3]]
W = [1.0, 0.25]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"), dropout=0.0)


@pytest.fixture(scope="module")
def tagger(encoder):
    return tiny.tagger(encoder, ("LOC", "PER"), scheme="bio")


def soft(tagger, records, said=None):
    """What a loss is given of records (labels, probs, weights), one or several.

    `said` is the student's distribution over the first record's labels instead of the tagger's.
    """
    sentences = [
        replace(
            tiny.sentence(" ".join(["Bern"] * len(probs)), id=str(number)),
            labels=labels,
            probs=probs,
            weights=weights,
        )
        for number, (labels, probs, weights) in enumerate(records)
    ]
    corpus = SoftCorpus(tagger, sentences)
    given = corpus.view(tagger, *corpus.batch(range(len(sentences))))
    if said is not None:
        scores = torch.full((1, len(said), len(tagger.tags)), math.log(TINY))
        for column, label in enumerate(records[0][0]):
            scores[0, :, tagger.tags.index(label)] = torch.tensor(said)[:, column].log()
        given.view.scores = scores
    return given


def value(loss, tagger, *records, said=None):
    return loss(soft(tagger, records, said)).item()


def test_worked_mean_squared_error(encoder):
    tagger = tiny.tagger(encoder, ("PER",), scheme="bio")
    record = (["O", "B-PER", "I-PER"], [[0.55, 0.30, 0.15]], None)
    said = [[0.5, 0.3, 0.2]]
    for reduction, expected in (("mean", 0.001667), ("sum", 0.005)):
        loss = MeanSquaredError(reduction=reduction)
        assert value(loss, tagger, record, said=said) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "weights", "expected"),
    [
        ({}, [1.0, 0.0], 1.065724 / 2),
        ({}, [0.0, 1.0], 1.142354 / 2),
        ({}, W, 0.675656),
        ({"normalise": "weights"}, W, 1.081050),
        ({"temperature": 0.0, "tempered": "teacher"}, W, 0.328834),
        ({"temperature": 0.0, "tempered": "teacher", "normalise": "weights"}, W, 0.526135),
    ],
)
def test_worked_cross_entropy(tagger, options, weights, expected):
    loss = SoftCrossEntropy(**options)
    assert value(loss, tagger, (NAMES, P, weights), said=Q) == pytest.approx(expected, abs=1e-6)


def test_worked_temperature(tagger):
    """A teacher sharpened by one half is the square of its probabilities, brought to 1."""
    sharp = [[0.021739, 0.782609, 0.195652], [0.074074, 0.018519, 0.907407]]
    loss = SoftCrossEntropy(temperature=0.5, tempered="teacher")
    expected = value(SoftCrossEntropy(), tagger, (NAMES, sharp, W), said=Q)
    assert value(loss, tagger, (NAMES, P, W), said=Q) == pytest.approx(expected, abs=1e-5)


# --- against loops over words and labels


def by_hand(name, labels, rows, student, tags, weights, options):
    """A loss from lists, with a student's distributions over tags of any scheme."""
    letters = {"S": "B", "E": "I"}
    total = 0.0
    for row, own, weight in zip(rows, student, weights, strict=True):
        p, q = dict(zip(labels, row, strict=True)), dict.fromkeys(labels, 0.0)
        for tag, probability in zip(tags, own, strict=True):
            q[letters.get(tag[0], tag[0]) + tag[1:]] += probability
        power = 1 / options.get("temperature", 1.0)
        p = tempered(p, power)
        if options.get("tempered", "both") == "both":
            q = tempered(q, power)
        total += weight * one_word(name, p, q, options)
    return total / (sum(weights) if options.get("normalise") == "weights" else len(weights))


def tempered(p, power):
    powers = {label: probability**power for label, probability in p.items()}
    return {label: own / sum(powers.values()) for label, own in powers.items()}


def one_word(name, p, q, options):
    if name == "mse":
        squares = [(p[label] - q[label]) ** 2 for label in p]
        return sum(squares) if options.get("reduction") == "sum" else sum(squares) / len(squares)
    entropy = -sum(v * math.log(v) for v in p.values() if v)
    crossed = -sum(p[label] * math.log(q[label]) for label in p)
    return crossed - entropy if name == "kl" else crossed


def random_records(seed):
    """Two sentences over all labels, of four words and one."""
    chance = random.Random(seed)
    labels = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
    records = []
    for length in (4, 1):
        rows = [[chance.random() for _ in labels] for _ in range(length)]
        rows[0][2] = 0.0
        rows = [[v / sum(row) for v in row] for row in rows]
        records.append((labels, rows, [chance.random() for _ in rows]))
    return records


@pytest.mark.parametrize("scheme", ["bio", "bioes"])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mse", {}),
        ("mse", {"reduction": "sum", "normalise": "weights"}),
        ("kl", {}),
        ("kl", {"temperature": 2.0}),
        ("kl", {"temperature": 0.5, "tempered": "teacher", "normalise": "weights"}),
        ("soft-ce", {}),
        ("soft-ce", {"temperature": 0.5}),
        ("soft-ce", {"temperature": 4.0, "tempered": "teacher"}),
    ],
)
def test_it_equals_a_loop(encoder, scheme, name, options):
    tagger = tiny.tagger(encoder, ("LOC", "PER"), scheme=scheme)
    records = random_records(name)
    given = soft(tagger, records)
    mask = given.view.batch.mask
    student = given.view.log_probs.exp()[mask].tolist()
    labels = records[0][0]
    rows = [row for _, own, _ in records for row in own]
    weights = [w for _, _, own in records for w in own]
    expected = by_hand(name, labels, rows, student, tagger.tags, weights, options)
    assert LOSSES[name](**options)(given).item() == pytest.approx(expected, rel=1e-4)


def test_kl_is_soft_ce_without_the_teachers_entropy(tagger):
    entropy = -sum(p * math.log(p) for row in P for p in row) / 2
    record = (NAMES, P, None)
    kl, ce = (value(LOSSES[name](), tagger, record, said=Q) for name in ("kl", "soft-ce"))
    assert ce - kl == pytest.approx(entropy, abs=1e-6)
    assert value(KullbackLeibler(), tagger, record, said=P) == pytest.approx(0, abs=1e-6)
    assert value(SoftCrossEntropy(), tagger, record, said=P) == pytest.approx(entropy, abs=1e-6)


# --- what must not matter, and what must


@pytest.mark.parametrize("name", LOSSES)
def test_padding_and_the_order_of_labels_do_not_matter(tagger, name):
    short, long = (NAMES, P, None), (NAMES, [[1.0, 0.0, 0.0]] * 7, None)
    loss = LOSSES[name]()
    each = [value(loss, tagger, record) for record in (short, long)]
    both = value(loss, tagger, short, long)
    assert both == pytest.approx((2 * each[0] + 7 * each[1]) / 9, rel=1e-4)
    turned = (NAMES[::-1], [row[::-1] for row in P], None)
    assert value(loss, tagger, turned) == pytest.approx(each[0], rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_a_word_of_weight_0_teaches_nothing(tagger, name):
    wrong = [P[0], [0.0, 0.0, 1.0]]
    loss = LOSSES[name]()
    values = [value(loss, tagger, (NAMES, rows, [1.0, 0.0])) for rows in (P, wrong)]
    assert values[0] == pytest.approx(values[1])
    assert value(loss, tagger, (NAMES, P, [0.0, 0.0])) == 0
    assert value(LOSSES[name](normalise="weights"), tagger, (NAMES, P, [0.0, 0.0])) == 0
    # of a sentence without weights, next to one that has some, each word counts in full
    full = value(loss, tagger, (NAMES, P, [1.0, 1.0]), (NAMES, P, [0.5, 0.5]))
    assert value(loss, tagger, (NAMES, P, None), (NAMES, P, [0.5, 0.5])) == pytest.approx(full)


@pytest.mark.parametrize("scheme", ["bio", "bioes"])
@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_finite_and_reaches_the_encoder(encoder, name, scheme):
    tagger = tiny.tagger(encoder, ("LOC", "PER"), scheme=scheme)
    given = soft(tagger, [(NAMES, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], None)])
    LOSSES[name]()(given).backward()
    gradients = [p.grad for n, p in tagger.encoder.named_parameters() if "layer.0" in n]
    assert gradients
    assert all(g is not None and torch.isfinite(g).all() and g.abs().max() > 0 for g in gradients)


@pytest.mark.parametrize("name", LOSSES)
def test_a_student_that_is_wrongly_sure_costs_a_finite_loss(tagger, name):
    given = soft(tagger, [(NAMES, [[1.0, 0.0, 0.0]], None)])
    scores = torch.tensor([[[-200.0, 200.0, 0.0, 0.0, 0.0]]], requires_grad=True)
    given.view.scores = scores
    loss = LOSSES[name]()(given)
    loss.backward()
    assert scores.grad is not None
    if name == "mse":
        assert loss.item() == pytest.approx(2 / 5)
    else:  # and learns of it as of any other word
        assert loss.item() == pytest.approx(400)
        assert scores.grad[0, 0, :2].tolist() == pytest.approx([-1, 1])


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mse", {"reduction": "max"}, "reduction 'max' is none of mean, sum"),
        ("mse", {"normalise": "sum"}, "normalise 'sum' is none of words, weights"),
        ("kl", {"tempered": "student"}, "tempered 'student' is none of both, teacher"),
        ("kl", {"temperature": -1.0}, "temperature -1 is not above 0"),
        ("soft-ce", {"temperature": 0.0}, "temperature 0 is not above 0; 0 needs tempered=teacher"),
        ("soft-ce", {"temperature": math.nan, "tempered": "teacher"}, "temperature nan"),
        ("soft-ce", {"temperature": math.inf}, "temperature inf"),
    ],
)
def test_keys_that_make_no_sense_are_refused(name, options, message):
    with pytest.raises(OptionError, match=message):
        LOSSES[name](**options)

"""The supervised loss: its value, its units, and what weights of words do to it."""

from dataclasses import replace

import pytest
import torch

from tests import tiny
from xner.errors import OptionError, XnerError
from xner.losses.cross_entropy import CrossEntropy
from xner.training.data import LabelledCorpus, labelled_view

SHORT = tiny.sentence("Anna Berg", "B-PER I-PER")
LONG = tiny.sentence("Officials in Bern said that Nordwind Energy", "O O B-LOC O O B-ORG I-ORG")


@pytest.fixture(scope="module", params=["softmax", "crf", "token-pair,fused=16,size=4"])
def tagger(request, tmp_path_factory):
    return tiny.tagger(tiny.bert(tmp_path_factory.mktemp("bert")), head=request.param)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return tiny.tagger(tiny.bert(tmp_path_factory.mktemp("bert")), head="token-pair,fusion=none")


def loss_of(tagger, sentences, **options):
    corpus = LabelledCorpus(tagger, sentences)
    given = labelled_view(tagger, *corpus.batch(range(len(sentences))))
    return CrossEntropy(**options)(given).item()


def test_the_units(tagger):
    each = [loss_of(tagger, [sentence]) for sentence in (SHORT, LONG)]
    both = [SHORT, LONG]
    assert loss_of(tagger, both) == pytest.approx(sum(each) / 2, rel=1e-4)
    assert loss_of(tagger, both, reduction="sum") == pytest.approx(sum(each), rel=1e-4)
    assert loss_of(tagger, both, reduction="token") == pytest.approx(sum(each) / 9, rel=1e-4)


def test_nats_per_pair_of_words(pairs):
    each = [loss_of(pairs, [sentence]) for sentence in (SHORT, LONG)]
    assert loss_of(pairs, [SHORT, LONG], reduction="pair") == pytest.approx(
        sum(each) / (2 * 2 + 7 * 7), rel=1e-4
    )
    # a pair is there as far as its less reliable word
    half = weighted(SHORT, [1.0, 0.5])
    whole = loss_of(pairs, [half], reduction="sum")
    assert whole < each[0]
    assert loss_of(pairs, [half], reduction="pair") == pytest.approx(whole / 2.5, rel=1e-5)
    assert loss_of(pairs, [half], reduction="token") == pytest.approx(whole / 1.5, rel=1e-5)
    assert loss_of(pairs, [weighted(SHORT, [0.0, 0.0])], reduction="pair") == 0.0


def test_heads_of_words_have_no_pairs(tmp_path):
    head = tiny.tagger(tiny.bert(tmp_path)).head
    with pytest.raises(OptionError, match="reduction=pair counts pairs of words"):
        CrossEntropy(reduction="pair").check(head)


def test_softmax_equals_torchs_cross_entropy(tmp_path):
    tagger = tiny.tagger(tiny.bert(tmp_path))
    corpus = LabelledCorpus(tagger, [SHORT, LONG])
    batch, tags, _ = corpus.batch([0, 1])
    expected = torch.nn.functional.cross_entropy(tagger(batch)[batch.mask], tags[batch.mask])
    assert loss_of(tagger, [SHORT, LONG], reduction="token") == pytest.approx(expected.item())


def test_gradient_reaches_the_encoder(tagger):
    corpus = LabelledCorpus(tagger, [SHORT, LONG])
    CrossEntropy()(labelled_view(tagger, *corpus.batch([0, 1]))).backward()
    weights = [p for n, p in tagger.encoder.named_parameters() if "layer.0" in n]
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in weights)


def test_an_unknown_reduction_is_refused():
    with pytest.raises(OptionError, match="reduction 'mean'"):
        CrossEntropy(reduction="mean")


def weighted(sentence, weights):
    return replace(sentence, weights=weights)


@pytest.mark.parametrize("reduction", ["sentence", "token", "sum"])
def test_weights_of_one_change_nothing(tagger, reduction):
    # a softmax to the bit; a CRF adds up the one path that agrees in another order
    sure = [weighted(SHORT, [1.0, 1.0]), LONG]
    expected = loss_of(tagger, [SHORT, LONG], reduction=reduction)
    assert loss_of(tagger, sure, reduction=reduction) == pytest.approx(expected, rel=1e-4)


def test_a_word_counts_as_often_as_its_weight_says(tmp_path):
    tagger = tiny.tagger(tiny.bert(tmp_path))
    weights = [[0.5, 0.0], [1.0, 0.25, 1.0, 0.0, 1.0, 1.0, 0.75]]
    sentences = [weighted(s, w) for s, w in zip((SHORT, LONG), weights, strict=True)]
    corpus = LabelledCorpus(tagger, [SHORT, LONG])
    batch, tags, none = corpus.batch([0, 1])
    assert none is None
    each = torch.nn.functional.cross_entropy(
        tagger(batch)[batch.mask], tags[batch.mask], reduction="none"
    )
    total = (each * torch.tensor([w for row in weights for w in row])).sum().item()
    assert loss_of(tagger, sentences, reduction="sum") == pytest.approx(total, rel=1e-5)
    assert loss_of(tagger, sentences) == pytest.approx(total / 2, rel=1e-5)
    assert loss_of(tagger, sentences, reduction="token") == pytest.approx(total / 5.5, rel=1e-5)


@pytest.mark.parametrize("reduction", ["sentence", "token", "sum"])
def test_a_sentence_of_which_nothing_is_known_teaches_nothing(tagger, reduction):
    blank = weighted(LONG, [0.0] * 7)
    tagger.zero_grad()
    given = labelled_view(tagger, *LabelledCorpus(tagger, [blank]).batch([0]))
    loss = CrossEntropy(reduction=reduction)(given)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-4)
    assert all(p.grad is None or p.grad.abs().max() < 1e-4 for p in tagger.parameters())


def test_a_crf_does_not_take_half_a_path(tmp_path):
    tagger = tiny.tagger(tiny.bert(tmp_path), head="crf")
    with pytest.raises(
        OptionError, match="takes word weights 0 and 1 only, and sentence 'Anna Berg'"
    ):
        LabelledCorpus(tagger, [weighted(SHORT, [0.5, 1.0])])


@pytest.mark.parametrize("weight", [-0.5, 1.5, float("nan")])
def test_a_weight_that_is_none_is_refused(tagger, weight):
    with pytest.raises(XnerError, match=r"is not in \[0, 1\]"):
        LabelledCorpus(tagger, [weighted(SHORT, [weight, 1.0])])

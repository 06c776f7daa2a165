"""The supervised loss: its value, its three units, and that padding changes nothing."""

import pytest
import torch

from tests import tiny
from xner.errors import OptionError
from xner.losses.cross_entropy import CrossEntropy
from xner.training.data import LabelledCorpus, labelled_view

SHORT = tiny.sentence("Anna Berg", "B-PER I-PER")
LONG = tiny.sentence("Officials in Bern said that Nordwind Energy", "O O B-LOC O O B-ORG I-ORG")


@pytest.fixture(scope="module", params=["softmax", "crf"])
def tagger(request, tmp_path_factory):
    return tiny.tagger(tiny.bert(tmp_path_factory.mktemp("bert")), head=request.param)


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


def test_softmax_equals_torchs_cross_entropy(tmp_path):
    tagger = tiny.tagger(tiny.bert(tmp_path))
    corpus = LabelledCorpus(tagger, [SHORT, LONG])
    batch, tags = corpus.batch([0, 1])
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

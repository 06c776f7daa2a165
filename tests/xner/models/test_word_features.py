"""Vectors of words: against transformers alone, whatever the batch, long sentences, full memory."""

import numpy as np
import pytest
import torch

from tests import by_hand, tiny
from xner.errors import ModelError, OptionError
from xner.models.tagger import Tagger
from xner.models.word_features import FeatureSettings, WordFeatures

TEXTS = [
    "Anna Berg visited Lisbon .",
    "Officials of Nordwind Energy said that shipyardbought 北京 harbour",
    "Bern",
]
SENTENCES = [tiny.sentence(text) for text in TEXTS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    tiny.tagger(tiny.bert(folder / "encoder", layers=3)).save(folder / "bert")
    tiny.tagger(tiny.xlm_roberta(folder / "other"), pooling="mean").save(folder / "xlm-roberta")
    return folder


def vectors(folder, sentences, **settings) -> np.ndarray:
    features = WordFeatures(Tagger.load(str(folder)), FeatureSettings(**settings))
    return torch.cat(list(features(sentences))).numpy()


@pytest.mark.parametrize("layers", [(-1,), (-1, -2, -3), (1, 3), (0,)])
@pytest.mark.parametrize("pooling", ["first", "mean", "max"])
def test_they_are_the_pooled_mean_of_layers_at_length_1(folder, layers, pooling):
    words = [sentence.tokens for sentence in SENTENCES]
    expected = by_hand.word_vectors(folder / "bert", words, layers, pooling)
    found = vectors(folder / "bert", SENTENCES, layers=layers, pooling=pooling)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_pooling_is_the_taggers_own_if_not_said(folder):
    words = [sentence.tokens for sentence in SENTENCES]
    expected = by_hand.word_vectors(folder / "xlm-roberta", words, [-1], "mean")
    found = vectors(folder / "xlm-roberta", SENTENCES)
    np.testing.assert_allclose(found, expected, atol=2e-6)
    assert np.abs(vectors(folder / "xlm-roberta", SENTENCES, pooling="max") - found).max() > 0.01


@pytest.mark.parametrize(("tokens", "window"), [(1, 100), (30, 2), (4096, 1)])
def test_batches_and_windows_change_nothing(folder, tokens, window):
    expected = vectors(folder / "bert", SENTENCES)
    found = vectors(folder / "bert", SENTENCES, batch_tokens=tokens, window=window)
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_a_long_sentence_is_read_in_windows(folder):
    features = WordFeatures(Tagger.load(str(folder / "bert")), FeatureSettings())
    long = tiny.sentence("Anna Berg visited Bern . " * 40)
    (found,) = features([long])
    assert found.shape == (200, 32)
    assert features.counts.too_long == 1
    corpus = features.tagger.tokenize([long])
    high = int(corpus.rows[0, 1])
    row = [long.tokens[word] for word in range(int(corpus.words[high - 1]) + 1)]
    first = by_hand.word_vectors(folder / "bert", [row], [-1], "first")
    read = int((corpus.owner == 0).sum())  # of its words those that are read from the first row
    assert 0 < read < len(row)
    np.testing.assert_allclose(found[:read].numpy(), first[:read], atol=2e-6)


def test_out_of_memory_halves_only_that_batch(folder, monkeypatch):
    expected = vectors(folder / "bert", SENTENCES)
    whole, calls = Tagger.layers, []

    def fragile(self, batch, numbers):
        calls.append(len(batch.mask))
        if len(batch.mask) > most:
            raise torch.OutOfMemoryError
        return whole(self, batch, numbers)

    monkeypatch.setattr(Tagger, "layers", fragile)
    most = 1
    np.testing.assert_allclose(vectors(folder / "bert", SENTENCES), expected, atol=2e-6)
    assert calls == [3, 1, 2, 1, 1]
    most = 0
    with pytest.raises(ModelError, match=f"sentence '{TEXTS[1]}' alone does not fit"):
        vectors(folder / "bert", SENTENCES)


@pytest.mark.parametrize("layer", [4, -4])
def test_a_layer_that_is_not_there_is_said(folder, layer):
    with pytest.raises(OptionError, match=f"--layers {layer}: this encoder has 3 layers"):
        vectors(folder / "bert", SENTENCES, layers=[layer])


def test_a_tagger_that_has_lost_its_numbers_is_said(folder):
    tagger = Tagger.load(str(folder / "bert"))
    with torch.no_grad():
        next(tagger.encoder.parameters()).fill_(torch.nan)
    with pytest.raises(ModelError, match="vectors of words are no numbers: its training has"):
        list(WordFeatures(tagger, FeatureSettings())(SENTENCES))

"""Consistency under dropout: worked numbers, nothing in eval mode, something in train mode."""

import pytest
import torch

from tests import tiny
from xner.losses.dropout_kl import DropoutKL, dropout_kl
from xner.training.data import LabelledCorpus, labelled_view

FIRST = torch.tensor([[[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.9, 0.05, 0.05]]]).log()
SECOND = torch.tensor([[[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8]]]).log()


def test_worked_numbers():
    words = torch.tensor([[True, True, False]])
    assert dropout_kl(FIRST, SECOND, words).item() == pytest.approx(0.034657, abs=1e-6)
    for word, value in enumerate((0.027981, 0.041334)):
        one = torch.zeros(1, 3, dtype=torch.bool)
        one[0, word] = True
        assert dropout_kl(FIRST, SECOND, one).item() == pytest.approx(value, abs=1e-6)


def test_padding_does_not_thin_the_mean():
    padded = (
        torch.nn.functional.pad(FIRST, (0, 0, 0, 1)),
        torch.nn.functional.pad(SECOND, (0, 0, 0, 1)),
    )
    mask = torch.tensor([[True, True, False, False]])
    assert dropout_kl(*padded, mask).item() == pytest.approx(0.034657, abs=1e-6)


def test_a_row_of_pairs_is_a_word():
    # two words, each in a pair with both: the worked numbers of one and of the other, added up
    words = torch.tensor([True, True, False])
    cells = (words[:, None] & words)[None]
    one, two = (rows.expand(3, 3, 3)[None] for rows in (FIRST[0], SECOND[0]))
    assert dropout_kl(one, two, cells).item() == pytest.approx(0.027981 + 0.041334, abs=2e-6)


def test_zero_in_eval_mode_and_positive_in_train_mode(tmp_path):
    tagger = tiny.tagger(tiny.bert(tmp_path))
    sentences = [tiny.sentence("Anna Berg visited Bern", "B-PER I-PER O B-LOC")]
    given = LabelledCorpus(tagger, sentences).batch([0])
    assert DropoutKL()(labelled_view(tagger, *given)).item() == 0.0
    tagger.train()
    loss = DropoutKL()(labelled_view(tagger, *given))
    assert loss.item() > 1e-6
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in tagger.parameters() if p.grad is not None)


def test_an_encoder_without_dropout_gives_zero_even_in_train_mode(tmp_path):
    tagger = tiny.tagger(tiny.bert(tmp_path, dropout=0.0)).train()
    given = LabelledCorpus(tagger, [tiny.sentence("Anna Berg", "B-PER I-PER")]).batch([0])
    assert DropoutKL()(labelled_view(tagger, *given)).item() == 0.0

"""Distributions over BIO labels from a grid, against the sum over all ways to lay entities."""

import itertools

import pytest
import torch
from torch.nn.functional import one_hot

from xner.models.grid import entities_of, grid_of
from xner.models.marginals import bio_marginals
from xner.tag_schemes import Span, spans_of, tag_names, tags_of

TYPES = ["LOC", "PER"]
LABELS = tag_names(TYPES, "bio")


def brute_force(probs: torch.Tensor) -> torch.Tensor:
    """Over all tag sequences without an I- that follows nothing."""
    words = len(probs)
    total = torch.zeros(words, len(LABELS), dtype=torch.float64)
    for path in itertools.product(range(len(LABELS)), repeat=words):
        tags = [LABELS[label] for label in path]
        spans = spans_of(tags)
        if tags_of(spans, words) != tags:
            continue
        weight = 1.0
        for start, end, label in spans:
            q = probs[end - 1, start, 2 + TYPES.index(label)].item()
            for word in range(start, end - 1):
                q *= probs[word, word + 1, 1].item()
            weight *= q / (1 - q)
        for word, label in enumerate(path):
            total[word, label] += weight
    return total / total.sum(-1, keepdim=True)


@pytest.mark.parametrize("words", [1, 2, 3, 4])
def test_marginals_equal_the_sum_over_all_sequences(words):
    torch.manual_seed(words)
    probs = (3 * torch.randn(2, 5, 5, 4)).softmax(-1)
    mask = torch.zeros(2, 5, dtype=torch.bool)
    mask[:, :words] = True
    out = bio_marginals(probs, mask, TYPES)
    for row in range(2):
        expected = brute_force(probs[row, :words, :words]).float()
        torch.testing.assert_close(out[row, :words], expected, rtol=1e-4, atol=1e-6)
    assert (out[:, words:, 0] == 1).all()
    torch.testing.assert_close(out.sum(-1), torch.ones(2, 5))


def test_what_is_sure_stays_sure():
    tags = ["B-PER", "I-PER", "B-PER", "O", "B-LOC"]
    grid = grid_of([Span(0, 2, "PER"), Span(2, 3, "PER"), Span(4, 5, "LOC")], 5, TYPES)
    probs = one_hot(grid, 4).float()[None]
    out = bio_marginals(probs, torch.ones(1, 5, dtype=torch.bool), TYPES)[0]
    assert [LABELS[label] for label in out.argmax(-1)] == tags
    assert out.amax(-1).min() > 0.999


def test_the_surer_of_two_entities_that_overlap_has_more():
    probs = torch.full((1, 3, 3, 4), 1e-4)
    probs[..., 0] = 1 - 3e-4
    for row, column, relation, sure in ((0, 1, 1, 0.95), (1, 0, 3, 0.9), (1, 1, 2, 0.7)):
        probs[0, row, column] = 1e-4
        probs[0, row, column, relation] = sure
        probs[0, row, column, 0] = 1 - sure - 2e-4
    mask = torch.ones(1, 3, dtype=torch.bool)
    out = dict(zip(LABELS, bio_marginals(probs, mask, TYPES)[0, 1].tolist(), strict=True))
    assert out["I-PER"] > out["B-LOC"] > out["O"] > 0.05
    assert len(entities_of(probs, mask, TYPES)[0].entities) == 2  # a grid may hold both


def test_long_and_sure_sentences_stay_finite():
    words = 200
    grid = grid_of([Span(i, i + 2, "PER") for i in range(0, words, 2)], words, TYPES)
    probs = one_hot(grid, 4).float()[None]
    out = bio_marginals(probs, torch.ones(1, words, dtype=torch.bool), TYPES)[0]
    assert out.isfinite().all()
    assert [LABELS[label] for label in out.argmax(-1)] == ["B-PER", "I-PER"] * (words // 2)


def test_gradients_reach_the_cells_of_a_sentence_alone():
    torch.manual_seed(0)
    scores = torch.randn(1, 4, 4, 4, requires_grad=True)
    mask = torch.tensor([[True, True, True, False]])
    out = bio_marginals(scores.softmax(-1), mask, TYPES)
    (out * torch.randn(1, 4, len(LABELS)) * mask[..., None]).sum().backward()
    assert scores.grad.isfinite().all()
    assert not scores.grad[0, 3].any()
    assert not scores.grad[0, :, 3].any()
    typed = scores.grad[0, :3, :3].any(-1).tril()
    assert typed.sum() == 6  # the types of all spans
    assert scores.grad[0, 0, 1].any()  # and neighbours
    assert not scores.grad[0, 0, 2].any()

"""The CRF against brute force over all tag sequences."""

import itertools

import pytest
import torch

from xner.models.crf import Crf
from xner.models.softmax import Softmax
from xner.models.viterbi import best_path
from xner.tag_schemes import convert_tags, may_follow, tag_names

TAGS = tag_names(["PER"], "bioes")
LENGTHS = [4, 1, 3]


@pytest.fixture
def crf():
    torch.manual_seed(3)
    head = Crf(TAGS, "bioes")
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter)
    return head


@pytest.fixture
def scores():
    torch.manual_seed(4)
    return torch.randn(3, 4, len(TAGS)), torch.arange(4) < torch.tensor(LENGTHS)[:, None]


def paths(length: int, legal: bool = True):
    for path in itertools.product(range(len(TAGS)), repeat=length):
        names = [None, *(TAGS[i] for i in path), None]
        if not legal or all(may_follow(a, b, "bioes") for a, b in itertools.pairwise(names)):
            yield path


def score(crf: Crf, scores: torch.Tensor, path: tuple[int, ...]) -> torch.Tensor:
    total = crf.start[path[0]] + crf.end[path[-1]]
    total = total + sum(scores[i, tag] for i, tag in enumerate(path))
    return total + sum(crf.between[a, b] for a, b in itertools.pairwise(path))


def test_likelihood_equals_enumeration(crf, scores):
    emitted, mask = scores
    for row, length in enumerate(LENGTHS):
        every = torch.stack([score(crf, emitted[row], path) for path in paths(length)])
        for path in itertools.islice(paths(length), 0, None, 7):
            tags = torch.zeros(3, 4, dtype=torch.int64)
            tags[row, :length] = torch.tensor(path)
            nll = crf.nll(emitted, tags, mask)[row]
            expected = torch.logsumexp(every, 0) - score(crf, emitted[row], path)
            torch.testing.assert_close(nll, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("constrained", [True, False])
def test_decoding_equals_enumeration(crf, scores, constrained):
    emitted, mask = scores
    decoded = crf.decode(emitted, mask, constrained)
    for row, length in enumerate(LENGTHS):
        best = max(paths(length, constrained), key=lambda path: score(crf, emitted[row], path))
        assert decoded[row, :length].tolist() == list(best)
        assert (decoded[row, length:] == 0).all()


def test_transitions_learn(crf, scores):
    emitted, mask = scores
    tags = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [0, 1, 3, 0]])
    crf.nll(emitted, tags, mask).sum().backward()
    assert crf.between.grad.abs().sum() > 0
    before = crf.nll(emitted, tags, mask).sum().item()
    with torch.no_grad():
        for parameter in crf.parameters():
            parameter -= 0.1 * parameter.grad
    assert crf.nll(emitted, tags, mask).sum().item() < before


def test_constrained_decoding_begins_no_sentence_with_an_inside_tag():
    tags = ["O", "B-PER", "I-PER"]
    head = Softmax(tags, "bio")
    scores = torch.tensor([[[0.2, 0.3, 0.5], [0.1, 0.3, 0.6], [0.6, 0.2, 0.2]]]).log()
    mask = torch.ones(1, 3, dtype=torch.bool)
    assert [tags[i] for i in head.decode(scores, mask, False)[0]] == ["I-PER", "I-PER", "O"]
    assert [tags[i] for i in head.decode(scores, mask, True)[0]] == ["B-PER", "I-PER", "O"]


def test_an_empty_batch_of_words_has_an_empty_path():
    none = torch.zeros(2, 0, 3)
    path = best_path(
        none, torch.zeros(2, 0, dtype=torch.bool), *(torch.zeros(s) for s in ((3, 3), 3, 3))
    )
    assert path.shape == (2, 0)


@pytest.mark.parametrize("scheme", ["bio", "bioes"])
def test_unknown_words_may_have_any_tag(scheme):
    """The partial likelihood is that of all BIO sequences which agree with the known words."""
    torch.manual_seed(5)
    names = tag_names(["LOC", "PER"], scheme)
    head = Crf(names, scheme).double()
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter)
    emitted = torch.randn(1, 4, len(names), dtype=torch.float64)
    mask = torch.ones(1, 4, dtype=torch.bool)
    every = []
    for path in itertools.product(range(len(names)), repeat=4):
        said = [None, *(names[i] for i in path), None]
        if all(may_follow(a, b, scheme) for a, b in itertools.pairwise(said)):
            tags = [names[i] for i in path]
            every.append((convert_tags(tags, "bio"), score(head, emitted[0], path)))
    whole = torch.logsumexp(torch.stack([value for _, value in every]), 0)
    written = ["B-PER", "I-PER", "O", "B-LOC"]
    ids = torch.tensor([[names.index(tag) for tag in convert_tags(written, scheme)]])
    for known in itertools.product([0.0, 1.0], repeat=4):
        agreeing = [
            value
            for tags, value in every
            if all(a == b or not k for a, b, k in zip(tags, written, known, strict=True))
        ]
        nll = head.nll(emitted, ids, mask, torch.tensor([known], dtype=torch.float64))
        expected = whole - torch.logsumexp(torch.stack(agreeing), 0)
        torch.testing.assert_close(nll[0], expected, rtol=1e-9, atol=1e-9)


def test_padding_is_not_an_unknown_word(crf, scores):
    emitted, mask = scores
    tags = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [0, 1, 3, 0]])
    plain = crf.nll(emitted, tags, mask)
    torch.testing.assert_close(crf.nll(emitted, tags, mask, mask.float()), plain)


def test_gradients_of_a_partial_likelihood_are_finite(crf, scores):
    emitted, mask = scores
    emitted.requires_grad_()
    tags = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [0, 1, 3, 0]])
    weights = torch.tensor([[1.0, 0, 0, 1], [0, 0, 0, 0], [1, 1, 0, 0]])
    crf.nll(emitted, tags, mask, weights).sum().backward()
    assert torch.isfinite(emitted.grad).all()
    assert emitted.grad[0].abs().sum() > 0
    assert emitted.grad[1].abs().max() < 1e-5

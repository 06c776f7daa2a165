"""Discriminators: their size, their formulas written out, and that padding has no part in them."""

import math

import pytest
import torch
from torch import Tensor

from xner.models.discriminator import LanguageDiscriminator, OrderDiscriminator


def size(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_they_are_as_large_as_the_papers():
    language, order = LanguageDiscriminator(768), OrderDiscriminator(768)
    assert (size(language), size(order)) == (385_001, 919_809)
    assert size(OrderDiscriminator(768, network="lstm")) == 1_050_881
    base = 177_853_440 + 9 * 768 + 9  # cased multilingual BERT with nine tags
    assert base + size(language) + size(order) == 179_165_171  # the paper says 179.17 million


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def affine(weight: Tensor, bias: Tensor, vector: list[float]) -> list[float]:
    return [
        sum(w * x for w, x in zip(row, vector, strict=True)) + b
        for row, b in zip(weight.tolist(), bias.tolist(), strict=True)
    ]


def test_the_language_of_a_vector_by_hand():
    torch.manual_seed(0)
    net = LanguageDiscriminator(4, hidden=3)
    vectors = torch.randn(2, 5, 4)
    out = net(vectors)
    assert out.shape == (2, 5)
    for row in range(2):
        for word in range(5):
            inner = affine(net.inner.weight, net.inner.bias, vectors[row, word].tolist())
            (expected,) = affine(net.outer.weight, net.outer.bias, [max(0.0, x) for x in inner])
            assert out[row, word].item() == pytest.approx(expected, abs=1e-6)


def last_state(net: torch.nn.LSTM, words: list[list[float]], suffix: str = "") -> list[float]:
    """The state of one direction after all words, gate by gate."""
    parts = [getattr(net, f"{name}_l0{suffix}") for name in ("weight_ih", "bias_ih")]
    inner = [getattr(net, f"{name}_l0{suffix}") for name in ("weight_hh", "bias_hh")]
    size = net.hidden_size
    state, cell = [0.0] * size, [0.0] * size
    for word in words:
        both = zip(affine(*parts, word), affine(*inner, state), strict=True)
        gates = [x + h for x, h in both]
        put, forget, new, out = (gates[i * size : (i + 1) * size] for i in range(4))
        cell = [
            sigmoid(f) * c + sigmoid(i) * math.tanh(g)
            for i, f, g, c in zip(put, forget, new, cell, strict=True)
        ]
        state = [sigmoid(o) * math.tanh(c) for o, c in zip(out, cell, strict=True)]
    return state


@pytest.mark.parametrize("network", ["lstm", "bilstm"])
def test_the_order_of_a_sentence_by_hand(network):
    torch.manual_seed(1)
    net = OrderDiscriminator(3, hidden=4, network=network)
    words = torch.randn(3, 5, 3)
    lengths = [2, 5, 1]
    mask = torch.arange(5) < torch.tensor(lengths)[:, None]
    out = net(words, mask)
    for row, length in enumerate(lengths):
        own = words[row, :length].tolist()
        state = last_state(net.lstm, own)
        if network == "bilstm":
            state += last_state(net.lstm, own[::-1], "_reverse")
        (expected,) = affine(net.outer.weight, net.outer.bias, state)
        assert out[row].item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("network", ["lstm", "bilstm"])
def test_padding_has_no_part(network):
    torch.manual_seed(2)
    net = OrderDiscriminator(3, hidden=4, network=network)
    words = torch.randn(2, 4, 3)
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    plain = net(words, mask)
    spoilt = torch.nn.functional.pad(words, (0, 0, 0, 3), value=torch.nan)
    spoilt[1, 2:] = torch.nan
    assert torch.equal(net(spoilt, torch.nn.functional.pad(mask, (0, 3))), plain)


def test_the_order_of_words_matters():
    torch.manual_seed(3)
    net = OrderDiscriminator(3, hidden=4)
    words = torch.randn(1, 4, 3)
    mask = torch.ones(1, 4, dtype=torch.bool)
    assert abs(net(words, mask) - net(words.flip(1), mask)).item() > 1e-4


def test_without_words_there_are_scores_all_the_same():
    language, order = LanguageDiscriminator(3), OrderDiscriminator(3)
    assert language(torch.zeros(0, 3)).shape == (0,)
    nobody = torch.zeros(2, 4, dtype=torch.bool)
    assert order(torch.randn(2, 4, 3), nobody).isfinite().all()
    scores = order(torch.zeros(2, 0, 3), nobody[:, :0])
    scores.sum().backward()
    assert scores.isfinite().all()


def test_they_compute_in_float32_under_autocast():
    torch.manual_seed(4)
    words = torch.randn(2, 3, 8)
    mask = torch.ones(2, 3, dtype=torch.bool)
    language, order = LanguageDiscriminator(8), OrderDiscriminator(8)
    plain = language(words), order(words, mask)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(language(words), plain[0])
        assert torch.equal(order(words, mask), plain[1])
        assert language(words.bfloat16()).dtype == torch.float32
        assert order(words.bfloat16(), mask).dtype == torch.float32


def test_two_directions_share_an_even_state():
    with pytest.raises(ValueError, match="share a state of 5"):
        OrderDiscriminator(3, hidden=5)
    OrderDiscriminator(3, hidden=5, network="lstm")

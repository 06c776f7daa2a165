"""What the adversarial losses share: decisions in nats, reversed gradients, options."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xner.errors import OptionError
from xner.losses.adversarial import nats, reversed_gradient, whole_number

WORDS = torch.tensor([0.9, 0.4, 0.7]).logit()
LANGUAGES = torch.tensor([True, False, True])


def test_worked_words():
    terms = nats(WORDS, LANGUAGES)
    assert terms.tolist() == pytest.approx([0.105361, 0.510826, 0.356675], abs=1e-6)
    assert terms.sum().item() == pytest.approx(0.972861, abs=2e-6)
    assert terms.mean().item() == pytest.approx(0.324287, abs=1e-6)


def test_the_worked_sentence():
    order = torch.tensor([0.8]).logit()
    assert nats(order, torch.tensor([True])).item() == pytest.approx(0.223144, abs=1e-6)


def test_the_worked_generator():
    words = nats(WORDS, LANGUAGES, flipped=True).sum().item()
    order = nats(torch.tensor([0.8]).logit(), torch.tensor([True]), flipped=True).item()
    assert words == pytest.approx(4.422849, abs=2e-6)
    assert order == pytest.approx(1.609438, abs=1e-6)
    assert words + order == pytest.approx(6.032287, abs=3e-6)


@given(st.floats(-30, 30), st.booleans(), st.booleans())
def test_nats_are_the_logarithm_of_the_sigmoid(score, truth, flipped):
    p = 1 / (1 + math.exp(-score))
    expected = math.log1p(math.exp(-score if truth != flipped else score))
    got = nats(torch.tensor([score], dtype=torch.float64), torch.tensor([truth]), flipped).item()
    assert got == pytest.approx(expected, rel=1e-9)
    if 0.01 < p < 0.99:
        assert got == pytest.approx(-math.log(p if truth != flipped else 1 - p), rel=1e-9)


@pytest.mark.parametrize("p", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("truth", [True, False])
def test_how_hard_the_encoder_is_pushed_where_the_discriminator_is_right_with_p(p, truth):
    toward = 1.0 if truth else -1.0
    pushes = []
    for flipped in (False, True):
        score = (toward * torch.tensor([p]).logit()).requires_grad_()
        shown = score if flipped else reversed_gradient(score)
        nats(shown, torch.tensor([truth]), flipped).sum().backward()
        pushes.append(score.grad.item())
    assert pushes == pytest.approx([toward * (1 - p), toward * p], abs=1e-6)


def test_a_sure_and_wrong_guess_stays_finite():
    terms = nats(torch.tensor([1e4, -1e4]), torch.tensor([False, True]))
    assert terms.tolist() == [1e4, 1e4]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_reversed_gradient_leaves_the_value(dtype):
    torch.manual_seed(0)
    vectors = (1e3 * torch.randn(50)).to(dtype).requires_grad_()
    out = reversed_gradient(vectors)
    assert torch.equal(out, vectors)
    weight = torch.arange(50).to(dtype)
    (out * weight).sum().backward()
    assert torch.equal(vectors.grad, -weight)


def test_options_are_whole_numbers():
    assert whole_number("loss", "hidden", "500") == 500
    for text in ("0", "-3", "2.5", "many", ""):
        with pytest.raises(OptionError, match=f"loss: hidden '{text}' is not a whole number"):
            whole_number("loss", "hidden", text)

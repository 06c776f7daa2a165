"""The order loss: its formula in loops, and whom each of its sides trains."""

import math

import pytest
import torch

from tests import tiny
from xner.errors import OptionError
from xner.losses.adversarial_order import AdversarialOrder
from xner.losses.objective import Orders, View
from xner.training.adversarial_data import OrderCorpus

OWN = tiny.sentence("Anna Berg visited the old harbour of Lisbon .")
SHUFFLED = tiny.sentence("von Hafen Der Lissabon", shuffled=True)
SHORT = tiny.sentence("Officials said")
STREAM = [OWN, SHUFFLED, SHORT]


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    return tiny.tagger(tiny.bert(tmp_path_factory.mktemp("bert")))


def made(**options) -> AdversarialOrder:
    torch.manual_seed(5)
    loss = AdversarialOrder(**options)
    loss.attach(32)
    return loss


def given_of(tagger, index=(0, 1, 2)) -> Orders:
    corpus = OrderCorpus(tagger, STREAM)
    return corpus.view(tagger, *corpus.batch(index))


@pytest.mark.parametrize("network", ["bilstm", "lstm"])
def test_the_loss_in_loops(tagger, network):
    loss = made(network=network)
    terms = {False: 0.0, True: 0.0}
    for place, sentence in enumerate(STREAM):
        given = given_of(tagger, [place])
        score = loss.discriminator(given.view.words, given.view.batch.mask).item()
        p = 1 / (1 + math.exp(-score))
        for flipped in terms:
            likely = 1 - p if sentence.shuffled != flipped else p
            terms[flipped] -= math.log(likely) / len(STREAM)
    given = given_of(tagger)
    assert loss(given).item() == pytest.approx(terms[False], rel=1e-4)
    assert loss(given, "both").item() == pytest.approx(terms[False], rel=1e-4)
    assert loss(given, "encoder").item() == pytest.approx(terms[True], rel=1e-4)


def test_padding_changes_nothing(tagger):
    loss = made()
    given = given_of(tagger)
    vectors = given.view.words.detach().clone()
    vectors[~given.view.batch.mask] = torch.nan
    spoilt = View(tagger, given.view.batch)
    spoilt.__dict__["words"] = vectors
    other = loss(Orders(spoilt, given.intact), "encoder")
    assert other.item() == loss(given, "encoder").item()


def test_each_side_trains_its_own(tagger):
    loss = made()
    bottom = tagger.network.get_input_embeddings().weight
    tagger.zero_grad()
    loss(given_of(tagger), "discriminator").backward()
    assert all(p.grad is None for p in tagger.parameters())
    own = [p.grad.clone() for p in loss.discriminator.parameters()]
    assert all(grad.abs().sum() > 0 for grad in own)
    loss.zero_grad()
    loss(given_of(tagger), "both").backward()
    reverse = bottom.grad.clone()
    for grad, p in zip(own, loss.discriminator.parameters(), strict=True):
        torch.testing.assert_close(p.grad, grad)
    assert reverse.abs().sum() > 0
    tagger.zero_grad()
    given = given_of(tagger)
    scores = loss.discriminator(given.view.words, given.view.batch.mask)
    signs = torch.where(given.intact, 1.0, -1.0)
    (-torch.nn.functional.logsigmoid(signs * scores)).mean().backward()
    torch.testing.assert_close(reverse, -bottom.grad)
    tagger.zero_grad()
    loss(given_of(tagger), "encoder").backward()
    assert bottom.grad.abs().sum() > 0


def test_steps_make_the_discriminator_better(tagger):
    loss = made()
    given = given_of(tagger)
    before = loss(given).item()
    for _ in range(30):
        loss.zero_grad()
        loss(given).backward()
        with torch.no_grad():
            for p in loss.discriminator.parameters():
                p -= 0.5 * p.grad
    assert loss(given).item() < before / 2
    loss.verdict()
    loss(given)
    assert loss.verdict() == (len(given.intact), len(given.intact))


def test_right_decisions_are_counted_until_somebody_asks(tagger):
    loss = made()
    with torch.no_grad():
        loss.discriminator.outer.bias.fill_(100.0)  # says of everything that it is in order
    loss(given_of(tagger), "encoder")
    assert loss.verdict() == (0, 0)
    for side in ("discriminator", "both"):
        loss(given_of(tagger), side)
    assert loss.verdict() == (2 * 2, 2 * 3)
    assert loss.verdict() == (0, 0)


@pytest.mark.parametrize("side", ["discriminator", "encoder", "both"])
def test_sentences_of_which_no_word_is_left_cost_nothing(tagger, side):
    loss = made()
    given = given_of(tagger)
    batch = given.view.batch
    object.__setattr__(batch, "mask", torch.zeros_like(batch.mask))
    value = loss(given, side)
    value.backward()
    assert value.item() == 0.0
    assert loss.verdict() == (0, 0)
    assert all(p.grad is not None and not p.grad.any() for p in loss.discriminator.parameters())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"network": "gru"}, "network 'gru' is none of bilstm, lstm"),
        ({"hidden": "no"}, "hidden 'no' is not a whole number"),
        ({"hidden": "255"}, "cannot share hidden=255"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(OptionError, match=f"adversarial-order: .*{message}"):
        AdversarialOrder(**options)


def test_one_direction_may_have_an_odd_state():
    assert made(network="lstm", hidden="255").discriminator.lstm.hidden_size == 255

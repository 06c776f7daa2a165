"""The translator's losses: their value, their unit, and that padding has no part in them."""

import math

import pytest
import torch

from tests.tiny_marian import save_tiny_marian
from xner.errors import OptionError
from xner.losses.translation import LabelledTranslation, Translation, piece_nll
from xner.models.translator import Translator
from xner.sentence import Sentence
from xner.training.pairs import PairCorpus


def pair(source: str, target: str) -> Sentence:
    origin = Sentence(id=source, lang="en", tokens=source.split())
    return Sentence(id=source, lang="de", tokens=target.split(), origin=origin)


SHORT = pair("Anna lives in Bern .", "Anna wohnt in Bern .")
LONG = pair("The mayor of Graz opened a bridge .", "Die Stadt am Fluss : der Zug nach Wien !")


@pytest.fixture(scope="module")
def translator(tmp_path_factory):
    folder = save_tiny_marian(tmp_path_factory.mktemp("marian"))
    return Translator.load(str(folder), {("en", "de")}).eval()


def loss_of(translator, pairs, kind=Translation, **options):
    corpus = PairCorpus(translator, pairs)
    return kind(**options)(corpus.view(translator, *corpus.batch(range(len(pairs))))).item()


def length(translator, one):
    return len(PairCorpus(translator, [one]).target)


@pytest.mark.parametrize("one", [SHORT, LONG])
def test_it_is_transformers_own_loss(translator, one):
    (batch,) = PairCorpus(translator, [one]).batch([0])
    own = translator.network(
        input_ids=batch.source, attention_mask=batch.attended.long(), labels=batch.target
    )
    assert loss_of(translator, [one]) == pytest.approx(own.loss.item(), rel=1e-5)


def test_it_is_a_mean_over_pieces_and_padding_is_none(translator):
    each = [loss_of(translator, [one]) for one in (SHORT, LONG)]
    counts = [length(translator, one) for one in (SHORT, LONG)]
    assert counts[0] < counts[1]
    whole = sum(loss * count for loss, count in zip(each, counts, strict=True)) / sum(counts)
    assert loss_of(translator, [SHORT, LONG]) == pytest.approx(whole, rel=1e-4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_the_value_by_hand(smoothing):
    torch.manual_seed(4)
    pad, size = 2, 5
    scores = torch.randn(2, 3, size)
    scores[..., pad] = -torch.inf  # what a model may never say
    pieces = torch.tensor([[0, 4, 1], [3, pad, pad]])
    nats = []
    for row, own in zip(scores.tolist(), pieces.tolist(), strict=True):
        for place, piece in zip(row, own, strict=True):
            if piece == pad:
                continue
            norm = math.log(sum(math.exp(score) for score in place))
            costs = [norm - score for score in place]
            others = sum(cost for word, cost in enumerate(costs) if word != pad)
            nats.append((1 - smoothing) * costs[piece] + smoothing / size * others)
    expected = sum(nats) / len(nats)
    assert piece_nll(scores, pieces, pad, smoothing).item() == pytest.approx(expected, rel=1e-5)


def test_the_marked_pairs_have_the_same_loss_and_a_stream_of_their_own(translator):
    both = [loss_of(translator, [SHORT], kind) for kind in (Translation, LabelledTranslation)]
    assert both[0] == both[1]
    assert (Translation.stream, LabelledTranslation.stream) == ("plain", "marked")


def test_gradient_reaches_the_bottom_of_both_sides(translator):
    corpus = PairCorpus(translator, [SHORT, LONG])
    Translation(smoothing=0.1)(corpus.view(translator, *corpus.batch([0, 1]))).backward()
    for name in ("encoder.layers.0.fc1", "decoder.layers.0.encoder_attn.k_proj"):
        grad = translator.network.get_parameter(f"model.{name}.weight").grad
        assert torch.isfinite(grad).all()
        assert grad.abs().sum() > 0
    translator.zero_grad()


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_a_smoothing_that_makes_no_sense_is_refused(smoothing):
    with pytest.raises(OptionError, match="smoothing"):
        Translation(smoothing=smoothing)

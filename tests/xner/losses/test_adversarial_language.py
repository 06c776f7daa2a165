"""The language loss: its formulas in loops, which positions it sees, and whom each side trains."""

import math

import pytest
import torch
from torch import Tensor

from tests import tiny
from xner.errors import OptionError
from xner.losses.adversarial import nats
from xner.losses.adversarial_language import (
    AdversarialLanguage,
    chosen,
    of_pieces,
    reduced,
    special_pieces,
)
from xner.losses.objective import Languages, View
from xner.training.adversarial_data import LanguageCorpus

SCORES = torch.tensor([[0.9, 0.4, 0.7]]).logit()
SOURCE = torch.tensor([[1, 0, 1]])
ENTITY = torch.tensor([[0, 1, 1]])

ENGLISH = tiny.sentence("Anna Berg visited Bern .", "B-PER I-PER O B-LOC O", lang="en")
GERMAN = tiny.sentence("Der Hafen von Lissabon wurde besucht", "O O O B-LOC O O", lang="de")
MIXED = tiny.sentence(
    "Officials in Lissabon .", "O O B-LOC O", lang="de", langs=["en", "en", "de", None]
)
STREAM = [ENGLISH, GERMAN, MIXED]


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    return tiny.tagger(tiny.bert(tmp_path_factory.mktemp("bert")))


@pytest.fixture
def loss():
    return made()


def made(**options) -> AdversarialLanguage:
    torch.manual_seed(5)
    loss = AdversarialLanguage(**options)
    loss.attach(32)
    return loss


def given_of(tagger, sentences=STREAM) -> Languages:
    corpus = LanguageCorpus(tagger, STREAM, {"en"})
    index = [STREAM.index(sentence) for sentence in sentences]
    return corpus.view(tagger, *corpus.batch(index))


# --- formulas


@pytest.mark.parametrize(
    ("words", "expected"), [("all", 0.972861), ("entity", 0.867501), ("context", 0.105361)]
)
def test_worked_numbers(words, expected):
    source = chosen(SOURCE, ENTITY, words)
    decided = source >= 0
    truth = source[decided] == 1
    terms = nats(SCORES[decided], truth)
    assert reduced(terms, truth, 1, "sum").item() == pytest.approx(expected, abs=2e-6)
    mean = expected / int(decided.sum())
    assert reduced(terms, truth, 1, "mean").item() == pytest.approx(mean, abs=1e-6)


def test_words_that_nobody_has_tagged_are_neither():
    untagged = torch.full_like(ENTITY, -1)
    assert chosen(SOURCE, untagged, "all").tolist() == SOURCE.tolist()
    for words in ("entity", "context"):
        assert chosen(SOURCE, untagged, words).tolist() == [[-1, -1, -1]]


def by_hand(loss, tagger, flipped=False) -> float:
    """The loss of STREAM, sentence by sentence and word by word."""
    total, batch_mean = {1: [], 0: []}, []
    for sentence in STREAM:
        given = given_of(tagger, [sentence])
        langs = sentence.langs or [sentence.lang] * len(sentence.tokens)
        own = 0.0
        for word, lang in enumerate(langs):
            inside = sentence.tags[word] != "O"
            if lang is None or loss.words == ("context" if inside else "entity"):
                continue
            score = loss.discriminator(given.view.words[0, word]).item()
            p = 1 / (1 + math.exp(-score))
            likely = p if (lang == "en") != flipped else 1 - p
            total[int(lang == "en")].append(-math.log(likely))
            own -= math.log(likely)
        batch_mean.append(own)
    every = total[0] + total[1]
    if loss.reduction == "sum":
        return sum(batch_mean) / len(batch_mean)
    if loss.reduction == "mean":
        return sum(every) / len(every)
    return sum(sum(own) / len(own) for own in total.values())


@pytest.mark.parametrize("words", ["all", "entity", "context"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "languages"])
def test_the_loss_in_loops(tagger, words, reduction):
    loss = made(words=words, reduction=reduction)
    given = given_of(tagger)
    for side in ("discriminator", "both", "encoder"):
        expected = by_hand(loss, tagger, flipped=side == "encoder")
        assert loss(given, side).item() == pytest.approx(expected, rel=1e-4)


def test_one_language_alone_is_no_division_by_zero(tagger):
    loss = made(reduction="languages")
    alone = loss(given_of(tagger, [GERMAN])).item()
    assert alone == pytest.approx(made()(given_of(tagger, [GERMAN])).item(), rel=1e-5)


def test_padding_and_undecided_words_change_nothing(tagger, loss):
    given = given_of(tagger, [MIXED, GERMAN])
    vectors = given.view.words.detach().clone()
    vectors[given.source < 0] = 1e6
    spoilt = View(tagger, given.view.batch)
    spoilt.__dict__["words"] = vectors
    other = loss(Languages(spoilt, given.source, given.entity), "encoder")
    assert other.item() == loss(given, "encoder").item()


# --- pieces


def test_pieces_have_the_language_of_their_word(tagger):
    long = tiny.sentence("Anna Berg besucht " * 30, lang="de", langs=["en", None, "de"] * 30)
    long.langs[-1] = None  # so that most decided words are English
    corpus = LanguageCorpus(tagger, [long, ENGLISH], {"en"})
    given = corpus.view(tagger, *corpus.batch([0, 1]))
    batch, width = given.view.batch, given.source.shape[1]
    assert len(batch.pieces) > 3  # the long one is read in parts
    specials = special_pieces(batch, 1, 1)
    out = of_pieces(given.source, batch, specials)
    found = [0, 0]
    for row in range(len(batch.pieces)):
        sentence = int(batch.word_of[row].max()) // width
        for piece, number in enumerate(batch.pieces[row].tolist()):
            word = int(batch.word_of[row, piece])
            if number in (2, 3):  # [CLS] and [SEP]
                assert out[row, piece] == 1
                found[0] += 1
            elif word < 0:  # padding, or read from another row
                assert out[row, piece] == -1
            else:
                assert out[row, piece] == given.source[sentence, word - sentence * width]
                found[1] += 1
    assert found[0] == 2 * len(batch.pieces)
    assert found[1] == int((batch.word_of >= 0).sum())


def test_special_pieces_follow_most_words_or_none(tagger):
    even = tiny.sentence("Anna Berg", langs=["en", "de"])
    corpus = LanguageCorpus(tagger, [even, GERMAN], {"en"})
    given = corpus.view(tagger, *corpus.batch([0, 1]))
    batch = given.view.batch
    specials = special_pieces(batch, 1, 1)
    assert torch.equal(specials, (batch.pieces == 2) | (batch.pieces == 3))
    out = of_pieces(given.source, batch, specials)
    assert out[0][specials[0]].tolist() == [-1, -1]
    assert out[1][specials[1]].tolist() == [0, 0]
    assert (of_pieces(given.source, batch)[specials] == -1).all()


@pytest.mark.parametrize(("words", "specials"), [("all", 2), ("entity", 0), ("context", 0)])
def test_the_loss_on_pieces_in_loops(tagger, words, specials):
    loss = made(positions="pieces", words=words, reduction="sum")
    given = given_of(tagger, [GERMAN])
    batch = given.view.batch
    tags = {"all": "BIO", "entity": "B", "context": "O"}[words]
    expected, shown = 0.0, 0
    for piece, number in enumerate(batch.pieces[0].tolist()):
        word = int(batch.word_of[0, piece])
        special = number in (2, 3)
        if special and not specials:
            continue
        if special or GERMAN.tags[word][0] in tags:
            score = loss.discriminator(given.view.pieces[0, piece]).item()
            expected += math.log1p(math.exp(score))  # German: -log(1 - p)
            shown += 1
    assert shown > specials
    assert loss(given).item() == pytest.approx(expected, rel=1e-5)


# --- sides


def gradients(module) -> list[Tensor | None]:
    return [p.grad for p in module.parameters()]


@pytest.mark.parametrize("positions", ["words", "pieces"])
def test_the_discriminators_side_leaves_the_encoder_alone(tagger, positions):
    loss = made(positions=positions)
    tagger.zero_grad()
    loss(given_of(tagger), "discriminator").backward()
    assert gradients(tagger) == [None] * len(gradients(tagger))
    assert all(grad.abs().sum() > 0 for grad in gradients(loss.discriminator))


@pytest.mark.parametrize("positions", ["words", "pieces"])
@pytest.mark.parametrize("head", ["softmax", "crf"])
def test_the_encoders_side_reaches_its_bottom(tmp_path, positions, head):
    tagger = tiny.tagger(tiny.bert(tmp_path), head=head)
    made(positions=positions)(given_of(tagger), "encoder").backward()
    bottom = tagger.network.get_input_embeddings().weight
    assert bottom.grad.isfinite().all()
    assert bottom.grad.abs().sum() > 0


def test_a_view_that_the_discriminator_has_seen_still_teaches_the_encoder(tagger, loss):
    given = given_of(tagger)
    loss(given, "discriminator").backward()
    tagger.zero_grad()
    loss(given, "encoder").backward()
    assert tagger.network.get_input_embeddings().weight.grad.abs().sum() > 0


def test_both_sides_at_once_turn_the_gradient_round(tagger, loss):
    tagger.zero_grad()
    loss(given_of(tagger), "both").backward()
    reverse = [grad.clone() for grad in gradients(tagger.encoder) if grad is not None]
    own = [grad.clone() for grad in gradients(loss.discriminator)]
    tagger.zero_grad()
    loss.zero_grad()
    given = given_of(tagger)
    scores = loss.discriminator(given.view.words[given.source >= 0])
    nats(scores, given.source[given.source >= 0] == 1).mean().backward()
    plain = [grad for grad in gradients(tagger.encoder) if grad is not None]
    for turned, grad in zip(reverse, plain, strict=True):
        torch.testing.assert_close(turned, -grad)
    assert sum(grad.abs().sum() for grad in plain) > 0
    for turned, grad in zip(own, gradients(loss.discriminator), strict=True):
        torch.testing.assert_close(turned, grad)


def test_a_step_makes_the_discriminator_better_and_one_of_the_encoder_worse(tmp_path, loss):
    tagger = tiny.tagger(tiny.bert(tmp_path))

    def step(side, module, rate):
        tagger.zero_grad()
        loss.zero_grad()
        loss(given_of(tagger), side).backward()
        with torch.no_grad():
            for p in module.parameters():
                if p.grad is not None:
                    p -= rate * p.grad
        return loss(given_of(tagger)).item()

    before = loss(given_of(tagger)).item()
    better = step("discriminator", loss.discriminator, 0.1)
    assert better < before
    assert step("encoder", tagger.encoder, 0.01) > better


# --- accuracy, nothing to decide, options


def test_right_decisions_are_counted_until_somebody_asks(tagger):
    loss = made()
    given = given_of(tagger)
    with torch.no_grad():
        loss.discriminator.outer.bias.fill_(100.0)  # says source of everything
    loss(given, "encoder")
    assert loss.verdict() == (0, 0)
    for side in ("discriminator", "both"):
        loss(given, side)
        assert loss.verdict() == (7, 14)  # 5 + 2 English, 6 + 1 German words
    loss(given, "discriminator")
    loss(given_of(tagger, [ENGLISH]), "discriminator")
    assert loss.verdict() == (7 + 5, 14 + 5)


@pytest.mark.parametrize("side", ["discriminator", "encoder", "both"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "languages"])
@pytest.mark.parametrize("positions", ["words", "pieces"])
def test_a_batch_with_nothing_to_decide_costs_nothing(tagger, side, reduction, positions):
    loss = made(reduction=reduction, positions=positions)
    given = given_of(tagger)
    none = Languages(given.view, torch.full_like(given.source, -1), given.entity)
    tagger.zero_grad()
    value = loss(none, side)
    value.backward()
    assert value.item() == 0.0
    assert loss.verdict() == (0, 0)
    assert all(grad is not None and not grad.any() for grad in gradients(loss.discriminator))
    sent = [grad is not None for grad in gradients(tagger.encoder)]
    assert any(sent) == (side != "discriminator")


@pytest.mark.parametrize(
    "options",
    [{"words": "some"}, {"positions": "first"}, {"reduction": "token"}, {"hidden": "wide"}],
)
def test_options_that_make_no_sense_are_refused(options):
    (key, value), *_ = options.items()
    with pytest.raises(OptionError, match=f"adversarial-language: {key} '{value}'"):
        AdversarialLanguage(**options)

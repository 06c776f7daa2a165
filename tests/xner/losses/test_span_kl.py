"""Span distributions and their divergence: worked numbers, brute force, what must not matter."""

import itertools
import math
import random
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests import tiny
from xner.errors import OptionError
from xner.losses.divergence import divergence, kl
from xner.losses.objective import Parallel, View
from xner.losses.span_kl import SpanDistribution, SpanKL
from xner.models.tagger import Tagger
from xner.sentence import Link, linked_spans
from xner.tag_schemes import spans_of, tag_names
from xner.training.data import ParallelCorpus, parallel_view

TAGS = ["O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "I-LOC", "E-LOC", "S-LOC"]
WEST = [0.10, 0.05, 0.02, 0.03, 0.05, 0.60, 0.05, 0.02, 0.08]
GERMANY = [0.05, 0.02, 0.03, 0.10, 0.05, 0.05, 0.05, 0.55, 0.10]
WESTDEUTSCHLAND = [0.20, 0.02, 0.01, 0.02, 0.10, 0.05, 0.02, 0.03, 0.55]
THREE = [
    [0.1, 0.5, 0.02, 0.03, 0.05, 0.2, 0.03, 0.02, 0.05],
    [0.1, 0.05, 0.6, 0.05, 0.05, 0.05, 0.05, 0.02, 0.03],
    [0.1, 0.05, 0.05, 0.6, 0.05, 0.02, 0.03, 0.05, 0.05],
]


def distribution(rows: list[list[float]], dtype: torch.dtype = torch.float64) -> Tensor:
    """log P of LOC, PER, O, illegal for one span over all rows."""
    log_probs = torch.tensor(rows, dtype=dtype).log()[None]
    return SpanDistribution(TAGS, "bioes")(log_probs, torch.tensor([[0, 0, len(rows)]]))[0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("rows", "per", "loc", "outside", "illegal"),
    [
        ([WEST, GERMANY], 0.005, 0.33, 0.005, 0.66),
        ([WESTDEUTSCHLAND], 0.10, 0.55, 0.20, 0.15),
        (THREE, 0.18, 0.0005, 0.001, 0.8185),
    ],
)
def test_worked_spans(rows, per, loc, outside, illegal, dtype):
    expected = torch.tensor([loc, per, outside, illegal], dtype=dtype)
    torch.testing.assert_close(distribution(rows, dtype).exp(), expected, rtol=1e-5, atol=1e-9)


def test_worked_divergence():
    one, two = distribution([WESTDEUTSCHLAND]), distribution([WEST, GERMANY])
    assert kl(one, two).item() == pytest.approx(1.096063, abs=1e-6)
    assert kl(two, one).item() == pytest.approx(0.775863, abs=1e-6)
    assert divergence(one, two, "forward").item() == pytest.approx(1.096063, abs=1e-6)
    assert divergence(one, two, "backward").item() == pytest.approx(0.775863, abs=1e-6)
    # the same, whichever side comes first
    assert divergence(one, two, "bi").item() == pytest.approx(0.935963, abs=1e-6)
    assert divergence(two, one, "bi").item() == pytest.approx(0.935963, abs=1e-6)


def test_jensen_shannon_is_symmetric_and_bounded():
    sure = torch.tensor([30.0, 0.0, 0.0]).log_softmax(-1)
    other = torch.tensor([0.0, 30.0, 0.0]).log_softmax(-1)
    assert divergence(sure, other, "js").item() == pytest.approx(math.log(2), abs=1e-5)
    assert divergence(sure, other, "js") == divergence(other, sure, "js")
    assert divergence(sure, sure, "js").item() == pytest.approx(0.0, abs=1e-6)


def test_a_sure_model_keeps_its_illegal_mass_in_float32():
    logits = torch.tensor([[[0.0, 0, 0, 0, 30, 0, 0, 0, 0]]])  # S-PER far above the rest
    log_probs = logits.log_softmax(-1)
    legal = log_probs[0, 0, [4, 8, 0]].exp().sum()
    assert (1 - legal).item() == 0.0  # what a subtraction from 1 makes of it
    out = SpanDistribution(TAGS, "bioes")(log_probs, torch.tensor([[0, 0, 1]]))
    assert out[0, -1].item() == pytest.approx(-28.208241, abs=1e-4)


@pytest.mark.parametrize("scheme", ["bioes", "bio"])
@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_equals_the_sum_over_all_tag_sequences(scheme, length):
    tags = tag_names(["LOC", "PER"], scheme)
    torch.manual_seed(length)
    log_probs = torch.randn(1, length, len(tags), dtype=torch.float64).log_softmax(-1)
    mass = dict.fromkeys(["LOC", "PER", "O", "illegal"], 0.0)
    for path in itertools.product(range(len(tags)), repeat=length):
        names = [tags[i] for i in path]
        whole = [tuple(span) for span in spans_of(names)]
        written = tag_path(scheme, length)
        kind = "illegal"
        if set(names) == {"O"}:
            kind = "O"
        elif len(whole) == 1 and names == [f"{letter}-{whole[0][2]}" for letter in written]:
            kind = whole[0][2]
        mass[kind] += math.exp(sum(log_probs[0, word, tag] for word, tag in enumerate(path)))
    out = SpanDistribution(tags, scheme)(log_probs, torch.tensor([[0, 0, length]])).exp()[0]
    expected = torch.tensor(list(mass.values()), dtype=torch.float64)
    torch.testing.assert_close(out, expected, rtol=1e-9, atol=1e-12)


def tag_path(scheme: str, length: int) -> str:
    if scheme == "bio":
        return "B" + "I" * (length - 1)
    return "S" if length == 1 else "B" + "I" * (length - 2) + "E"


def test_rows_sum_to_one_whatever_the_lengths_in_a_batch():
    torch.manual_seed(0)
    log_probs = (5 * torch.randn(3, 9, len(TAGS))).log_softmax(-1)
    spans = torch.tensor([[0, 0, 9], [1, 2, 3], [2, 4, 8], [0, 8, 9]])
    out = SpanDistribution(TAGS, "bioes")(log_probs, spans)
    torch.testing.assert_close(out.exp().sum(-1), torch.ones(4))
    alone = SpanDistribution(TAGS, "bioes")(log_probs, spans[1:2])
    torch.testing.assert_close(out[1:2], alone)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"))


def pair(links: list[Link], tags: str = "B-PER I-PER O O B-LOC"):
    origin = tiny.sentence("Anna Berg besucht den Hafen von Lissabon")
    return tiny.sentence("Anna Berg visited the harbour", tags, origin=origin, alignment=links)


PERSON, PLACE = Link(0, 2, 0, 2), Link(4, 5, 6, 7)


def loss_of(tagger, sentences, **options) -> Tensor:
    corpus = ParallelCorpus(tagger, sentences)
    return SpanKL(**options)(parallel_view(tagger, *corpus.batch(range(len(corpus)))))


def test_the_loss_is_the_mean_over_pairs(encoder):
    tagger = tiny.tagger(encoder)
    both = loss_of(tagger, [pair([PERSON, PLACE])])
    # one entity each: the other lost its row in translation
    each = [loss_of(tagger, [pair([link])]) for link in (PERSON, PLACE)]
    torch.testing.assert_close(both, torch.stack(each).mean())
    assert both.item() > 0


def test_a_pair_counts_by_the_weights_of_its_words(encoder):
    tagger = tiny.tagger(encoder)
    weights = [0.9, 0.3, 0.0, 0.0, 0.5]
    links = [PERSON, PLACE]
    weighted = replace(pair(links), weights=weights)
    plain = pair([PLACE])  # says nothing of weights: counts in full
    each = [loss_of(tagger, [pair([link])]) for link in (PERSON, PLACE, PLACE)]
    means = [(0.9 + 0.3) / 2, 0.5, 1.0]
    expected = sum(w * one for w, one in zip(means, each, strict=True)) / 3
    used = loss_of(tagger, [weighted, plain], weights="use")
    torch.testing.assert_close(used, expected)
    # unless they are asked for they say nothing, and so where there are none
    torch.testing.assert_close(loss_of(tagger, [weighted, plain]), sum(each) / 3)
    unweighted = loss_of(tagger, [pair(links), plain], weights="use")
    torch.testing.assert_close(unweighted, sum(each) / 3)


def test_weights_go_with_their_pairs_whatever_is_cut_and_drawn(encoder):
    tagger = tiny.tagger(encoder)
    chance = random.Random(1)
    sentences = [
        replace(pair(links), weights=[chance.random() for _ in range(5)])
        for links in ([PERSON], [PLACE, PERSON], [PLACE])
    ]
    long = replace(pair([PERSON]), tokens=["Anna", "Berg", *["Bern"] * 90], weights=[0.25] * 92)
    long.tags = ["B-PER", "I-PER", *["O"] * 89, "B-LOC"]
    long.alignment = [PERSON, Link(91, 92, 6, 7)]
    sentences.insert(1, long)
    tagger.tokenize.on_long = "cut"
    corpus = ParallelCorpus(tagger, sentences)
    assert len(corpus.links) == 5  # the last span of the long one is lost
    index = [3, 1, 2, 0]
    _, _, links, weights = corpus.batch(index)
    for (row, start, end, *_), weight in zip(links.tolist(), weights.tolist(), strict=True):
        own = sentences[index[row]].weights[start:end]
        assert weight == pytest.approx(sum(own) / len(own), abs=1e-6)


def test_a_pair_of_weight_0_trains_nothing(encoder):
    tagger = tiny.tagger(encoder)
    loss = loss_of(tagger, [replace(pair([PERSON]), weights=[0.0] * 5)], weights="use")
    loss.backward()
    assert loss.item() == 0
    assert all(p.grad is None or not p.grad.any() for p in tagger.parameters())


def test_padding_and_lost_spans_change_nothing(encoder):
    tagger = tiny.tagger(encoder)
    alone = loss_of(tagger, [pair([PERSON])])
    origin = tiny.sentence("Der Hafen von Lissabon wurde am Montag von Anna Berg besucht .")
    longer = tiny.sentence("The old harbour of Lisbon " * 3, "O " * 15, origin=origin, alignment=[])
    torch.testing.assert_close(loss_of(tagger, [pair([PERSON]), longer]), alone)
    # the padding of a much longer pair in the batch, whose own loss is taken out again
    other = pair([Link(5, 8, 0, 3)], None)
    other.tokens = (["officials", "said"] * 8)[:16]
    mixed = loss_of(tagger, [pair([PERSON]), other])
    torch.testing.assert_close(2 * mixed - loss_of(tagger, [other]), alone)


def test_types_of_the_stream_are_not_looked_at(encoder):
    tagger = tiny.tagger(encoder)
    renamed = pair([PERSON, PLACE], "B-LOC I-LOC O O B-ORG")
    assert loss_of(tagger, [renamed]) == loss_of(tagger, [pair([PERSON, PLACE])])


@pytest.mark.parametrize("kind", ["bi", "origin", "translation", "js"])
def test_both_sides_are_trained(encoder, kind):
    tagger = tiny.tagger(encoder)
    batch, origin, links, _ = ParallelCorpus(tagger, [pair([PERSON])]).batch([0])
    given = Parallel(View(tagger, batch), View(tagger, origin), links)
    scores = (given.view.scores, given.origin.scores)
    for side in scores:
        side.retain_grad()
    SpanKL(divergence=kind)(given).backward()
    for side in scores:
        assert side.grad is not None
        assert torch.isfinite(side.grad).all()
        assert side.grad.abs().sum() > 0


def test_a_batch_without_pairs_costs_nothing(encoder):
    tagger = tiny.tagger(encoder)
    batch, origin, *_ = ParallelCorpus(tagger, [pair([PERSON])]).batch([0])
    none = torch.zeros(0, 5, dtype=torch.int64)
    loss = SpanKL()(Parallel(View(tagger, batch), View(tagger, origin), none))
    loss.backward()
    assert loss.item() == 0.0


def test_of_iob1_the_bio_labels_are_compared(encoder, tmp_path):
    labels = ["I-LOC", "I-PER", "O", "B-LOC"]  # touching persons cannot be told apart
    tagger = Tagger.load(tiny.foreign(encoder, tmp_path, *labels)).eval()
    assert tagger.settings.scheme == "iob1"
    stream = ParallelCorpus(tagger, [pair([PERSON, PLACE])])
    batch, origin, *links = stream.batch([0])
    views = View(tagger, batch), View(tagger, origin)
    SpanKL().check(tagger.head)
    loss = SpanKL()(Parallel(*views, links[0]))
    bio = tag_names(["LOC", "PER"], "bio")
    sides = [v.tagger.head.log_bio(v.log_probs, v.batch.mask) for v in views]
    spans = links[0][:, [0, 1, 2]], links[0][:, [0, 3, 4]]
    of = SpanDistribution(bio, "bio")
    p, q = (of(side, own) for side, own in zip(sides, spans, strict=True))
    assert loss.item() == pytest.approx(divergence(q, p, "bi").mean().item(), rel=1e-4)
    assert loss.item() > 0


def test_tags_that_a_foreign_tagger_lacks_are_named(encoder, tmp_path):
    labels = ["O", "B-PER", "I-PER", "L-PER", "U-PER", "U-LOC"]
    tagger = Tagger.load(tiny.foreign(encoder, tmp_path, *labels))
    with pytest.raises(OptionError, match=r"span-kl' asks for B-LOC, E-LOC, I-LOC, which"):
        SpanKL().check(tagger.head)


def test_the_floor_bounds_one_disagreement():
    sure = torch.tensor([[[200.0, *[0.0] * 8]]]).log_softmax(-1)
    opposite = torch.tensor([[[0.0, 0, 0, 0, 200, 0, 0, 0, 0]]]).log_softmax(-1)
    span = torch.tensor([[0, 0, 1]])
    of = SpanDistribution(TAGS, "bioes")
    floor = math.log(1e-20)
    p, q = (of(side, span).clamp(min=floor) for side in (sure, opposite))
    assert divergence(p, q, "bi").item() == pytest.approx(-floor, rel=1e-4)


@pytest.mark.parametrize("options", [{"divergence": "kl"}, {"floor": 0.0}, {"weights": "half"}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(OptionError):
        SpanKL(**options)


def test_word_alignments_and_span_alignments_link_the_same_spans():
    words = pair([Link(0, 1, 0, 1), Link(1, 2, 1, 2), Link(4, 5, 6, 7), Link(3, 4, 3, 4)])
    assert linked_spans(words) == [PERSON, PLACE]
    gap = pair([Link(0, 1, 0, 1), Link(1, 2, 3, 4)])
    assert linked_spans(gap) == []

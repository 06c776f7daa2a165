"""The token-pair head: worked numbers, loops over the formulas, padding, and nested entities."""

import math

import pytest
import torch
from torch import nn

from tests import tiny
from xner.errors import OptionError
from xner.losses.distillation import MeanSquaredError
from xner.models.grid import NONE, cells_of, flat, grid_of
from xner.models.token_pair import Biaffine, ConditionalNorm, ContextualFusion, TokenPair
from xner.tag_schemes import Span

TYPES = ["LOC", "ORG", "PER"]
FIRST, SECOND = torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[0.0, 4.0]]])
SWAP = [[0.0, 1.0], [1.0, 0.0]]


def as_it_is(features: int) -> nn.Linear:
    """A readout that changes nothing."""
    layer = nn.Linear(features, features)
    nn.init.eye_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def set_to(parameter: torch.Tensor, value: object) -> None:
    with torch.no_grad():
        parameter.copy_(torch.tensor(value))


@pytest.fixture
def biaffine():
    layer = Biaffine(2, 2)
    set_to(layer.pairwise, [[[1.0, 0.0], [0.0, 1.0]], SWAP])
    set_to(layer.linear.weight, [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.5]])
    set_to(layer.linear.bias, [0.1, -0.1])
    return layer


@pytest.fixture
def norm():
    layer = ConditionalNorm(2)
    set_to(layer.scale.weight, [[0.5, 0.0], [0.0, 0.5]])
    set_to(layer.shift.weight, SWAP)
    return layer


@pytest.fixture
def head():
    torch.manual_seed(5)
    made = TokenPair(6, TYPES, fused=8, size=4, projected=5)
    for parameter in made.parameters():
        nn.init.normal_(parameter, std=0.5)
    return made.eval()


def test_worked_biaffine(biaffine):
    out = biaffine.through(as_it_is(2))(FIRST, SECOND)
    assert out[0, 0, 0].tolist() == pytest.approx([9.1, 5.9])


def test_worked_conditional_norm_and_its_direction(norm):
    out = norm.through(as_it_is(2))
    assert out(FIRST, SECOND)[0, 0, 0].tolist() == pytest.approx([0.5, 3.0], abs=1e-4)
    assert out(SECOND, FIRST)[0, 0, 0].tolist() == pytest.approx([3.0, 3.0], abs=1e-4)


def test_few_pairs_are_read_as_many_are():
    layer, readout = ConditionalNorm(8), nn.Linear(8, 3)
    nn.init.normal_(layer.scale.weight)
    nn.init.normal_(layer.shift.weight)
    words = torch.randn(2, 4, 8)
    read = layer.through(readout)
    for first, second in ((0, 0), (1, 3)):
        left, right = words[:, first : first + 1], words[:, second : second + 1]
        alone = read(left, right)[:, 0, 0]
        torch.testing.assert_close(alone, read(words, words)[:, first, second])


def test_the_conditional_norm_begins_as_a_plain_one():
    words = torch.randn(1, 3, 8)
    out = ConditionalNorm(8).through(as_it_is(8))(words, words)
    plain = nn.LayerNorm(8, elementwise_affine=False)(words)
    for first in range(3):
        torch.testing.assert_close(out[:, first], plain)


@pytest.mark.parametrize("both", [False, True])
def test_scores_equal_the_formulas_pair_by_pair(both):
    torch.manual_seed(0)
    head = TokenPair(6, TYPES, fused=8, size=4, relation="both" if both else "mcl").eval()
    nn.init.normal_(head.norm.scale.weight)
    nn.init.normal_(head.norm.shift.weight)
    fused = torch.randn(2, 3, 8)
    scores = head.score(fused)
    for row in range(2):
        for i in range(3):
            for j in range(3):
                h, other = fused[row, i], fused[row, j]
                a, b = nn.functional.gelu(head.first(h)), nn.functional.gelu(head.second(other))
                r = torch.stack([a @ w @ b for w in head.biaffine.pairwise])
                r = r + head.biaffine.linear(torch.cat([a, b]))
                expected = head.classes(r)
                if both:
                    spread = (other - other.mean()) / other.std(unbiased=False)
                    normed = head.norm.scale(h) * spread + head.norm.shift(h)
                    expected = expected + head.norm_classes(normed)
                torch.testing.assert_close(scores[row, i, j], expected, rtol=1e-4, atol=1e-4)


def test_both_views_read_by_the_projection_are_views_of_the_same_pairs(head):
    fused = torch.randn(2, 3, 8)
    sentence, first, second = (
        torch.tensor([0, 1, 1]),
        torch.tensor([2, 0, 2]),
        torch.tensor([1, 0, 2]),
    )
    layers = head.biaffine, head.norm
    for layer, view in zip(layers, head.views(fused), strict=True):
        own = head._roles(fused) if layer is head.biaffine else (fused, fused)
        r = layer.through(as_it_is(8))(*own)
        seen = head.projection(r)
        torch.testing.assert_close(view.rows(sentence, first), seen[sentence, first])
        torch.testing.assert_close(
            view.cells(sentence, first, second), seen[sentence, first, second]
        )
        z = head.contrasted(view.cells(sentence, first, second))
        expected = head.projection_out(head.projection(r[sentence, first, second]).relu())
        torch.testing.assert_close(z, expected)


def test_worked_cross_entropy():
    head = TokenPair(4, ["LOC", "PER"], fusion="none", size=2)
    scores = torch.zeros(1, 2, 2, 4)
    scores[0, 0, 1, 1], scores[0, 1, 0, 2] = 2.0, 3.0
    grid = torch.tensor([[[0, 1], [2, 0]]])
    mask = torch.ones(1, 2, dtype=torch.bool)
    assert head.nll(scores, grid, mask).item() / 4 == pytest.approx(0.813137, abs=1e-6)


@pytest.mark.parametrize(("reduction", "expected"), [("mean", 0.016667), ("sum", 0.05)])
def test_worked_squared_error_of_cells(reduction, expected):
    teacher = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]])
    student = torch.tensor([[0.6, 0.3, 0.1], [0.1, 0.6, 0.3]])
    cells = MeanSquaredError(reduction=reduction).each(teacher, student.log())
    assert cells.mean().item() == pytest.approx(expected, abs=1e-6)


def test_nll_is_a_sum_over_the_cells_of_each_sentence(head):
    scores, grid = torch.randn(2, 3, 3, 5), torch.randint(5, (2, 3, 3))
    mask = torch.tensor([[True, True, True], [True, True, False]])
    nll = head.nll(scores, grid, mask)
    for row, words in enumerate((3, 2)):
        probs = scores[row].softmax(-1)
        cells = [(i, j) for i in range(words) for j in range(words)]
        expected = [-math.log(probs[i, j, grid[row, i, j]]) for i, j in cells]
        assert nll[row].item() == pytest.approx(sum(expected), rel=1e-5)


def test_a_cell_weighs_what_its_less_reliable_word_weighs(head):
    scores, grid = torch.randn(1, 3, 3, 5), torch.randint(5, (1, 3, 3))
    mask = torch.ones(1, 3, dtype=torch.bool)
    nats = nn.functional.cross_entropy(scores[0].flatten(0, 1), grid[0].flatten(), reduction="none")
    own = [0.5, 1.0, 0.2]
    cells = torch.tensor([min(a, b) for a in own for b in own])
    weighted = head.nll(scores, grid, mask, torch.tensor([own]))
    torch.testing.assert_close(weighted[0], (nats * cells).sum())
    # words of weight 0 are not there
    without = head.nll(scores[:, 1:, 1:], grid[:, 1:, 1:], mask[:, 1:])
    torch.testing.assert_close(head.nll(scores, grid, mask, torch.tensor([[0.0, 1, 1]])), without)
    assert torch.equal(head.nll(scores, grid, mask, torch.ones(1, 3)), head.nll(scores, grid, mask))
    scores.requires_grad_()
    nothing = head.nll(scores, grid, mask, torch.zeros(1, 3))
    nothing.sum().backward()
    assert nothing.item() == 0.0
    assert not scores.grad.any()


@pytest.mark.parametrize("options", [{}, {"fusion": "none"}, {"relation": "both"}])
def test_padding_changes_no_score_and_no_gradient(options):
    torch.manual_seed(3)
    head = TokenPair(6, TYPES, fused=8, size=4, **options).eval()
    words = torch.randn(2, 5, 6)
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    words[1, 3:] = 1e3
    words.requires_grad_()
    scores = head(words, mask)
    alone = head(words[1:, :3].detach(), mask[1:, :3])
    torch.testing.assert_close(scores[1:, :3, :3], alone)
    head.nll(scores, torch.zeros(2, 5, 5, dtype=torch.int64), mask).sum().backward()
    assert words.grad.isfinite().all()
    assert not words.grad[1, 3:].any()
    assert words.grad[mask].abs().sum(-1).min() > 0


def test_every_word_sees_its_whole_sentence():
    fusion = ContextualFusion(6, 8)
    words, mask = torch.randn(1, 4, 6), torch.ones(1, 4, dtype=torch.bool)
    before = fusion(words, mask)
    for changed in (0, 3):
        other = words.clone()
        other[0, changed] += 1.0
        assert (fusion(other, mask) != before).any(-1).all()


def test_fusion_needs_a_feature_for_each_direction_of_a_pair():
    with pytest.raises(OptionError, match="two directions cannot share 7 features"):
        TokenPair(6, TYPES, fused=7)


@pytest.mark.parametrize("kind", ["bert", "xlm_roberta"])
def test_the_start_is_seen_and_padding_is_not_whatever_their_numbers(tmp_path, kind):
    tagger = tiny.tagger(getattr(tiny, kind)(tmp_path))
    head = TokenPair(tagger.width, TYPES, fused=16, size=8).eval()
    short = tiny.sentence("Anna Berg besucht Lissabon")
    long = tiny.sentence("The old harbour of Lisbon was visited by Anna Berg")

    def scores(*sentences):
        batch = tagger.tokenize(sentences).batch(range(len(sentences)))
        return head(tagger.pooled(tagger.hidden(batch), batch), batch.mask)[0, :4, :4], batch

    alone, batch = scores(short)
    beside, padded = scores(short, long)
    torch.testing.assert_close(beside, alone, rtol=1e-4, atol=1e-5)
    tokenizer = tagger.tokenize.tokenizer
    start, pad = tokenizer.cls_token_id, tokenizer.pad_token_id
    assert (start, pad) == ((2, 0) if kind == "bert" else (0, 1))
    assert (batch.pieces[0, 0], padded.pieces[0, -1]) == (start, pad)
    embeddings = tagger.network.get_input_embeddings().weight.data
    # not the same to all features, which a layer norm would take away again
    torch.manual_seed(6)
    embeddings[pad] += torch.randn(tagger.width)
    torch.testing.assert_close(scores(short, long)[0], alone, rtol=1e-4, atol=1e-5)
    embeddings[start] += torch.randn(tagger.width)
    assert (scores(short, long)[0] - alone).abs().amax(-1).min() > 1e-5


def test_it_computes_in_float32_under_autocast(head):
    words, mask = torch.randn(1, 4, 6), torch.ones(1, 4, dtype=torch.bool)
    expected = head(words, mask)
    with torch.autocast("cpu", torch.bfloat16):
        scores = head(words.bfloat16().float(), mask)
        exact = head(words, mask)
    assert scores.dtype == torch.float32
    assert torch.equal(exact, expected)


# Two layers of entities, as in GermEval 2014: some have their first or their last word in common.
NESTED = [
    ("Die Universität Lissabon liegt am Meer .", [(1, 3, "ORG"), (2, 3, "LOC")]),
    ("Der Anna Berg Preis ging nach Bern .", [(1, 4, "ORG"), (1, 3, "PER"), (6, 7, "LOC")]),
    ("Bern gewann gegen Nordwind Lissabon Sport .", [(0, 1, "ORG"), (3, 6, "ORG"), (4, 5, "LOC")]),
    ("Es regnete am Montag .", []),
    ("Berg", [(0, 1, "PER")]),
    ("Die Anna Berg Schule Bern lehrt", [(1, 5, "ORG"), (1, 3, "PER"), (4, 5, "LOC")]),
]  # fmt: skip


def test_nested_entities_are_learnt_exactly(tmp_path):
    tagger = tiny.tagger(tiny.bert(tmp_path, layers=1, dropout=0.0))
    torch.manual_seed(4)
    head = TokenPair(tagger.width, TYPES, fused=32, size=16, dropout=0.0)
    batch = tagger.tokenize([tiny.sentence(text) for text, _ in NESTED]).batch(range(len(NESTED)))
    grid = torch.zeros_like(cells_of(batch.mask), dtype=torch.int64)
    for row, (text, entities) in enumerate(NESTED):
        words = len(text.split())
        grid[row, :words, :words] = grid_of([Span(*e) for e in entities], words, TYPES)
    parameters = [
        {"params": tagger.encoder.parameters(), "lr": 1e-3},
        {"params": head.parameters(), "lr": 1e-2},
    ]
    optimizer = torch.optim.AdamW(parameters)
    for _ in range(150):
        scores = head(tagger.pooled(tagger.hidden(batch), batch), batch.mask)
        loss = head.nll(scores, grid, batch.mask).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.inference_mode():
        scores = head(tagger.pooled(tagger.hidden(batch), batch), batch.mask)
        readings = head.read(scores, batch.mask)
    for (_, entities), reading in zip(NESTED, readings, strict=True):
        assert [tuple(e.span) for e in reading.entities] == sorted(entities)
        assert (reading.gapped, reading.broken) == (0, 0)
        assert all(entity.score > 0.9 for entity in reading.entities)
    kept = [[e.label for e in flat(reading.entities)] for reading in readings]
    assert all(len(one) <= len(two) for one, (_, two) in zip(kept, NESTED, strict=True))
    assert sum(map(len, kept)) < sum(len(entities) for _, entities in NESTED)


def test_at_first_a_pair_of_words_holds_nothing_with_probability_099():
    torch.manual_seed(5)
    head = TokenPair(16, ["LOC", "ORG", "PER"], fusion="none", size=4).eval()
    none = head.score(torch.zeros(1, 2, 16)).softmax(-1)[..., NONE]
    # but for what the layers before the classes add
    assert none.min() > 0.97
    nn.init.zeros_(head.classes.weight)
    again = head.score(torch.randn(1, 2, 16)).softmax(-1)
    torch.testing.assert_close(again[..., NONE], torch.full((1, 2, 2), 0.99))
    torch.testing.assert_close(again[..., 1:], torch.full((1, 2, 2, 4), 0.0025))

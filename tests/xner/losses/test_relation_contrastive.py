"""Two views of a pair of words: worked numbers, loops over rows and sets, padding, gradients."""

import math

import pytest
import torch

from tests import tiny
from xner.errors import OptionError
from xner.losses import relation_contrastive
from xner.losses.contrastive import Twins
from xner.losses.objective import View
from xner.losses.relation_contrastive import RelationContrastive, contrast
from xner.models.token_pair import TokenPair

NEGATIVES = ["row", "entity", "sample"]
ONE = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
OTHER = torch.tensor([[[0.8, 0.6], [0.6, 0.8]]])


def nt_xent(one: torch.Tensor, other: torch.Tensor, temperature: float = 0.1) -> list[float]:
    """In loops: what each of the vectors costs, first those of `one`."""
    vectors = [*one, *other]
    out = []
    for i, vector in enumerate(vectors):
        likeness = {
            j: math.exp(torch.cosine_similarity(vector, v, dim=0).item() / temperature)
            for j, v in enumerate(vectors)
            if j != i
        }
        own = likeness[(i + len(one)) % len(vectors)]
        out.append(-math.log(own / sum(likeness.values())))
    return out


@pytest.mark.parametrize(("temperature", "expected"), [(0.5, 0.870714), (0.1, 0.966802)])
def test_worked_contrast(temperature, expected):
    terms = contrast(ONE, OTHER, torch.ones(1, 2, dtype=torch.bool), temperature)
    assert terms.mean().item() == pytest.approx(expected, abs=1e-6)
    assert terms[0].tolist() == pytest.approx(nt_xent(ONE[0], OTHER[0], temperature), abs=1e-6)


def test_sets_are_apart_and_missing_cells_have_no_part():
    torch.manual_seed(0)
    one, other = torch.randn(2, 3, 4), torch.randn(2, 3, 4)
    mask = torch.tensor([[True, False, True], [True, True, True]])
    terms = contrast(one, other, mask, 0.1)
    assert terms[0, [0, 2, 3, 5]].tolist() == pytest.approx(
        nt_xent(one[0, mask[0]], other[0, mask[0]]), abs=1e-5
    )
    assert terms[0, [1, 4]].tolist() == [0.0, 0.0]
    assert terms[1].tolist() == pytest.approx(nt_xent(one[1], other[1]), abs=1e-5)


@pytest.fixture
def tagger(tmp_path):
    made = tiny.tagger(tiny.bert(tmp_path))
    torch.manual_seed(1)
    made.head = TokenPair(made.width, made.types, fused=16, size=8, projected=6).eval()
    # as after some training: the second view knows the first word too
    torch.nn.init.normal_(made.head.norm.scale.weight, std=0.3)
    torch.nn.init.normal_(made.head.norm.shift.weight, std=0.3)
    return made


TEXTS = ["Anna Berg besucht Lissabon .", "Der Hafen von Bern", "Bern"]
ORIGINS = ["In Lisbon was Anna Berg", "The harbour of Bern", "Bern said"]
# "Anna" and "Berg" of the first, "Hafen", "von" and "Bern" of the second, nothing of the third
PARTNER = [[3, 4, -1, 1, -1], [-1, 1, 2, 3, -1], [-1] * 5]
ENTITIES = [[(0, 1), (1, 0), (3, 3)], [(3, 3)], [(0, 0)]]


def given_of(tagger, rows=(0, 1, 2)) -> Twins:
    def view(texts: list[str]) -> View:
        sentences = [tiny.sentence(texts[row]) for row in rows]
        return View(tagger, tagger.tokenize(sentences).batch(range(len(rows))))

    own = view(TEXTS)
    words = own.batch.mask.shape[1]
    entity = torch.zeros(len(rows), words, words, dtype=torch.bool)
    for place, row in enumerate(rows):
        for first, second in ENTITIES[row]:
            entity[place, first, second] = True
    partner = torch.tensor([PARTNER[row][:words] for row in rows])
    return Twins(own, view(ORIGINS), None, partner, entity)


def z(head: TokenPair, layer: str, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """A view of one pair from equations 4 and 5, projected."""
    if layer == "biaffine":
        a = torch.nn.functional.gelu(head.first(first))
        b = torch.nn.functional.gelu(head.second(second))
        r = torch.stack([a @ w @ b for w in head.biaffine.pairwise])
        r = r + head.biaffine.linear(torch.cat([a, b]))
    else:
        spread = torch.nn.functional.layer_norm(second, second.shape)
        r = head.norm.scale(first) * spread + head.norm.shift(first)
    return head.projection_out(head.projection(r).relu())


def by_hand(tagger, given: Twins, views: str, negatives: str) -> float:
    """Pair by pair; `sample` as if every cell were drawn."""
    head = tagger.head
    words = head.fuse(given.view.words, given.view.batch.mask)
    origins = head.fuse(given.origin.words, given.origin.batch.mask)
    sets: dict[object, tuple[list, list]] = {}
    for row, length in enumerate(given.view.batch.mask.sum(1).tolist()):
        aligned = given.partner[row].tolist()
        there = [i for i in range(length) if views == "biaffine-cln" or aligned[i] >= 0]
        for i in there:
            for j in there:
                if negatives == "entity" and not given.entity[row, i, j]:
                    continue
                own = sets.setdefault((row, i) if negatives == "row" else "all", ([], []))
                own[0].append(z(head, "biaffine", words[row, i], words[row, j]))
                if views == "aligned":
                    pair = origins[row, aligned[i]], origins[row, aligned[j]]
                    own[1].append(z(head, "biaffine", *pair))
                else:
                    own[1].append(z(head, "norm", words[row, i], words[row, j]))
    terms = [nt_xent(torch.stack(one), torch.stack(other)) for one, other in sets.values()]
    every = [term for own in terms for term in own]
    return sum(every) / len(every)


@pytest.mark.parametrize("views", ["biaffine-cln", "aligned"])
@pytest.mark.parametrize("negatives", NEGATIVES)
def test_the_loss_pair_by_pair(tagger, views, negatives):
    given = given_of(tagger)
    loss = RelationContrastive(views=views, negatives=negatives)(given)
    assert loss.item() > 0.1
    assert loss.item() == pytest.approx(by_hand(tagger, given, views, negatives), rel=1e-4)


def test_rows_may_be_compared_a_few_at_a_time(tagger, monkeypatch):
    def gradients() -> list[torch.Tensor]:
        tagger.zero_grad()
        loss = RelationContrastive()(given_of(tagger))
        loss.backward()
        moved = [p.grad for p in tagger.parameters() if p.grad is not None]
        return [loss.detach(), *(grad.clone() for grad in moved)]

    together = gradients()
    monkeypatch.setattr(relation_contrastive, "_AT_ONCE", 1)
    apart = gradients()
    assert len(together) > 20
    for one, other in zip(together, apart, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("negatives", ["entity", "sample"])
def test_no_more_cells_than_asked_for_are_compared(tagger, negatives, monkeypatch):
    sizes = []

    def counted(one, other, mask, temperature):
        sizes.append(int(mask.sum()))
        return contrast(one, other, mask, temperature)

    monkeypatch.setattr(relation_contrastive, "contrast", counted)
    given = given_of(tagger)
    for sampled in ("3", "1000"):
        RelationContrastive(negatives=negatives, sampled=sampled)(given)
    assert sizes == [3, {"entity": 5, "sample": 25 + 16 + 1}[negatives]]


def test_drawn_cells_differ_from_time_to_time_and_not_under_a_seed(tagger):
    loss, given = RelationContrastive(negatives="sample", sampled="4"), given_of(tagger)
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(loss(given).item())
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("views", ["biaffine-cln", "aligned"])
@pytest.mark.parametrize("negatives", NEGATIVES)
def test_both_views_are_trained_and_padding_is_not(tagger, views, negatives):
    given = given_of(tagger)
    for view in (given.view, given.origin):
        view.words.retain_grad()
    tagger.zero_grad()
    RelationContrastive(views=views, negatives=negatives)(given).backward()
    head = tagger.head
    trained = [head.biaffine.pairwise, head.biaffine.linear.weight, head.projection.weight]
    if views == "biaffine-cln":
        trained += [head.norm.scale.weight, head.norm.shift.weight]
    for parameter in trained:
        assert parameter.grad.isfinite().all()
        assert parameter.grad.abs().sum() > 0
    assert head.classes.weight.grad is None  # it is the views that are contrasted
    assert (head.norm.scale.weight.grad is None) == (views == "aligned")
    for view in (given.view, given.origin)[: 1 + (views == "aligned")]:
        assert not view.words.grad[~view.batch.mask].any()
        assert view.words.grad.abs().sum() > 0


def test_padding_changes_nothing(tagger):
    loss = RelationContrastive()
    each = [loss(given_of(tagger, [row])).item() for row in range(3)]
    cells = [25, 16, 1]
    mean = sum(value * n for value, n in zip(each, cells, strict=True)) / sum(cells)
    assert loss(given_of(tagger)).item() == pytest.approx(mean, rel=1e-4)


@pytest.mark.parametrize(
    ("views", "negatives"),
    [("aligned", "row"), ("aligned", "sample"), ("biaffine-cln", "entity")],
)
def test_a_batch_without_cells_costs_nothing(tagger, views, negatives):
    given = given_of(tagger)
    nobody = torch.full_like(given.partner, -1)
    nothing = Twins(given.view, given.origin, None, nobody, torch.zeros_like(given.entity))
    loss = RelationContrastive(views=views, negatives=negatives)(nothing)
    loss.backward()
    assert loss.item() == 0.0
    assert not tagger.network.get_input_embeddings().weight.grad.any()


def test_it_computes_in_float32_under_autocast(tagger):
    loss, given = RelationContrastive(), given_of(tagger)
    expected = loss(given).item()
    with torch.autocast("cpu", torch.bfloat16):
        assert loss(given).item() == expected


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"temperature": -1.0}, "temperature -1 is not above 0"),
        ({"views": "biaffine"}, "views 'biaffine' is none of biaffine-cln, aligned"),
        ({"negatives": "batch"}, "negatives 'batch' is none of row, entity, sample"),
        ({"sampled": "0"}, "sampled '0' is not a whole number from 1 up"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, reason):
    with pytest.raises(OptionError, match=f"relation-contrastive: {reason}"):
        RelationContrastive(**options)

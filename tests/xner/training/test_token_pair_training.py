"""Taggers with a token-pair head, from labelled sentences to a folder and back."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests import tiny
from xner.errors import OptionError, XnerError
from xner.losses.cross_entropy import CrossEntropy
from xner.losses.dropout_kl import dropout_kl
from xner.losses.objective import View
from xner.models.grid import cells_of
from xner.models.tagger import Tagger
from xner.models.tagging import Ensemble, Member, TaggingSettings
from xner.training.data import LabelledCorpus, labelled_view
from xner.training.objectives import build_objectives
from xner.training.options import ModelOptions, TrainingOptions
from xner.training.recipe import Recipe

HEAD = "token-pair,fused=32,size=16,projected=8,dropout=0"

# Two layers of entities, as in GermEval 2014: the outer ones in the tags, the inner ones beside.
LAYERS = [
    ("Die Universität Lissabon liegt am Meer .", "O B-ORG I-ORG O O O O", [(2, 3, "LOC")]),
    ("Der Anna Berg Preis ging nach Bern .", "O B-ORG I-ORG I-ORG O O B-LOC O", [(1, 3, "PER")]),
    ("Bern gewann gegen Nordwind Lissabon", "B-ORG O O B-ORG I-ORG", [(4, 5, "LOC")]),
    ("Es regnete am Montag .", "O O O O O", []),
    ("Berg", "B-PER", []),
]


def rows_of(entities: list[tuple[int, int, str]]) -> list[dict]:
    return [{"start": start, "end": end, "type": label} for start, end, label in entities]


def nested(text: str, tags: str, inner: list[tuple[int, int, str]]):
    sentence = tiny.sentence(text, tags)
    every = sorted([*map(tuple, sentence.spans), *inner])
    return replace(sentence, meta={"entities": rows_of(every)})


SOURCE = [nested(*layer) for layer in LAYERS]
OPTIONS = TrainingOptions(epochs=4, batch_size=3, learning_rate=2e-3, head_rate=1e-2, seed=3)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"), layers=1, dropout=0.0)


def train(
    encoder,
    folder: Path,
    source=SOURCE,
    head=HEAD,
    stream=(),
    resume=False,
    report=lambda _: None,
    **options,
):
    model = ModelOptions(encoder=str(encoder), head=head, pooling="max")
    recipe = Recipe(model, replace(OPTIONS, **options), folder, device="cpu", resume=resume)
    return recipe.run(recipe.objectives(), source, (), stream, report)


def entities(sentence) -> list[tuple]:
    """All that is said of a sentence, with scores left out."""
    rows = sentence.meta.get("entities")
    if rows is None:
        return [tuple(span) for span in sentence.spans]
    return [(row["start"], row["end"], row["type"]) for row in rows]


def test_nested_entities_are_learned_saved_and_found_again(encoder, tmp_path):
    results = train(encoder, tmp_path, epochs=80)
    found = results["losses"]["ce"]["recall"]
    assert len(found) == 10
    assert found[0] < found[-1] == 1.0
    tagger = Tagger.load(str(tmp_path))
    ensemble = Ensemble([Member(tagger)], TaggingSettings())
    tagged = list(ensemble.tag(replace(s, tags=None, meta={"page": 1}) for s in SOURCE))
    for gold, found in zip(SOURCE, tagged, strict=True):
        assert entities(found) == entities(gold)
        assert found.meta["page"] == 1
        # tags alone say it all where nothing is nested
        assert ("entities" in found.meta) == (len(entities(gold)) > len(gold.spans))
        assert set(map(tuple, found.spans)) <= set(entities(gold))
    assert ensemble.counts.nested == 3


def test_relations_that_are_found_are_counted_and_no_others(encoder, tmp_path):
    train(encoder, tmp_path, epochs=16)
    tagger = Tagger.load(str(tmp_path)).eval()
    given = labelled_view(tagger, *LabelledCorpus(tagger, SOURCE).batch(range(len(SOURCE))))
    loss = CrossEntropy()
    with torch.no_grad():
        loss(given)
        grids = given.view.scores.argmax(-1)
    right = held = 0
    for row, sentence in enumerate(SOURCE):
        size = len(sentence.tokens)
        for i in range(size):
            for j in range(size):
                wanted = int(given.gold[row, i, j])
                held += wanted > 0
                right += wanted > 0 and int(grids[row, i, j]) == wanted
    assert 0 < right < held
    assert loss.verdict() == (right, held)
    assert loss.verdict() == (0, 0)


def test_a_folder_is_an_encoder_with_a_head_beside(encoder, tmp_path):
    from transformers import AutoModel

    train(encoder, tmp_path, steps=1)
    assert AutoModel.from_pretrained(tmp_path).config.architectures == ["BertModel"]
    assert not [name for name in load_file(tmp_path / "model.safetensors") if "classifier" in name]
    tagger = Tagger.load(str(tmp_path))
    assert tagger.settings.head == HEAD
    assert tagger.types == ["LOC", "ORG", "PER"]
    head = load_file(tmp_path / "head.safetensors")
    assert head.keys() == dict(tagger.head.named_parameters()).keys()


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_resume_gives_the_same_bytes_as_a_run_that_was_never_interrupted(
    encoder, tmp_path, dropout
):
    options = {"steps": 6, "checkpoint_every": 2, "head": f"{HEAD[:-1]}{dropout}"}

    def pulled(event):
        if event["event"] == "step" and event["step"] == 5:
            raise KeyboardInterrupt

    train(encoder, tmp_path / "whole", **options)
    with pytest.raises(KeyboardInterrupt):
        train(encoder, tmp_path / "cut", report=pulled, **options)
    begun = []
    train(encoder, tmp_path / "cut", report=begun.append, resume=True, **options)
    assert [e["step"] for e in begun if e["event"] == "resumed"] == [4]
    for name in ("model.safetensors", "head.safetensors"):
        one, two = ((tmp_path / run / name).read_bytes() for run in ("whole", "cut"))
        assert one == two


def test_what_is_not_the_encoder_learns_at_a_rate_of_its_own(encoder, tmp_path, monkeypatch):
    groups = []
    adamw = torch.optim.AdamW

    def spy(given, **options):
        groups.append([(group["lr"], sum(p.numel() for p in group["params"])) for group in given])
        return adamw(given, **options)

    monkeypatch.setattr(torch.optim, "AdamW", spy)
    for head, rate in ((HEAD, None), (HEAD, 5e-3), ("softmax", None), ("softmax", 5e-3)):
        train(encoder, tmp_path / "m", head=head, head_rate=rate, steps=1)
    rates = [[rate for rate, _ in own] for own in groups]
    assert rates == [[2e-3, 1e-3], [2e-3, 5e-3], [2e-3], [2e-3, 5e-3]]
    encoders = {own[0][1] for own in groups if len(own) > 1}
    assert len(encoders) == 1  # the encoder alone, and nothing of it in the other group
    assert groups[2][0][1] == sum(size for _, size in groups[3])


@pytest.mark.parametrize(
    ("head", "losses", "message"),
    [
        ("token-pairs", (), "unknown head 'token-pairs'; known: softmax, crf, token-pair"),
        ("crf,size=3", (), "head 'crf' has no option 'size'; it has none"),
        ("token-pair,sizes=3", (), "has no option 'sizes'; it has fusion, fused, size"),
        ("token-pair,size=many", (), "size 'many' is not a whole number"),
        ("token-pair,size=0", (), "sizes are above 0"),
        ("token-pair,fusion=gru", (), "fusion 'gru' is none of bilstm, none"),
        ("token-pair,fused=33", (), "two directions cannot share 33 features"),
        ("crf", ("ce=1,reduction=pair",), "ce: reduction=pair counts pairs of words"),
        (HEAD, ("span-kl",), "loss 'span-kl' compares tags of words"),
    ],
)
def test_what_a_head_cannot_is_said_before_training(encoder, tmp_path, head, losses, message):
    pair = replace(SOURCE[0], origin=SOURCE[0], alignment=[])
    with pytest.raises(OptionError, match=message):
        train(encoder, tmp_path, head=head, loss=losses, stream=[pair])


def test_two_types_of_the_same_words_are_refused_with_the_sentence(encoder, tmp_path):
    twice = replace(SOURCE[4], id="a:3", meta={"entities": rows_of([(0, 1, "PER"), (0, 1, "LOC")])})
    with pytest.raises(XnerError, match=r"sentence 'a:3': span \[0, 1\) has two types"):
        train(encoder, tmp_path, [twice])


def test_padded_gold_is_the_grid_of_each_sentence(encoder):
    tagger = tiny.tagger(encoder, head=HEAD)
    corpus = LabelledCorpus(tagger, SOURCE)
    _, gold, weights = corpus.batch([4, 1, 3])
    assert weights is None
    assert gold.shape == (3, 8, 8)
    held = [[tuple(cell) for cell in grid.nonzero().tolist()] for grid in gold]
    assert held == [[(0, 0)], [(1, 2), (2, 1), (2, 3), (3, 1), (6, 6)], []]
    types = {tagger.types[relation - 2] for relation in gold[1][gold[1] > 1].tolist()}
    assert types == {"ORG", "PER", "LOC"}


def test_entities_that_are_cut_are_not_there(encoder):
    tagger = tiny.tagger(encoder, head=HEAD)
    tagger.tokenize.on_long = "cut"
    long = tiny.sentence("Bern " * 200, " ".join(["B-LOC", "I-LOC"] * 100))
    corpus = LabelledCorpus(tagger, [long, SOURCE[0]])
    batch, gold, _ = corpus.batch([0, 1])
    read = int(batch.mask[0].sum())
    assert 2 < read < 200
    assert (gold[0] > 1).sum() == read // 2
    assert not gold[0, read:].any()
    loss = build_objectives(())["ce"](labelled_view(tagger, *corpus.batch([0, 1])))
    assert loss.isfinite()


def test_two_passes_agree_about_pairs_of_words(tmp_path):
    tagger = tiny.tagger(tiny.bert(tmp_path, dropout=0.3), head=HEAD).train()
    corpus = LabelledCorpus(tagger, SOURCE[:2])
    given = labelled_view(tagger, *corpus.batch([0, 1]))
    loss = build_objectives(("dropout-kl", "ce=0"))["dropout-kl"](given)
    one, two = (view.log_probs for view in (given.view, given.view.again))
    both = (one.exp() * (one - two) + two.exp() * (two - one)).sum(-1) / 2
    total = both[cells_of(given.view.batch.mask)].sum().item()
    assert loss.item() > 0
    assert loss.item() == pytest.approx(total / sum(len(s.tokens) for s in SOURCE[:2]))
    assert dropout_kl(one, one, cells_of(given.view.batch.mask)).item() == 0


def test_words_of_weight_0_are_not_there(encoder):
    tagger = tiny.tagger(encoder, head=HEAD)
    doubted = replace(SOURCE[1], weights=[1.0] * 6 + [0.0, 0.0])
    other = replace(doubted, tags=[*"OOOOOO", "O", "B-PER"], meta={})
    other.tags[1:4] = ["B-ORG", "I-ORG", "I-ORG"]
    other.meta = {"entities": rows_of([(1, 3, "PER"), (1, 4, "ORG"), (7, 8, "PER")])}
    ce = build_objectives(())["ce"]
    costs = [
        ce(labelled_view(tagger, *LabelledCorpus(tagger, [sentence]).batch([0]))).item()
        for sentence in (doubted, other, SOURCE[1])
    ]
    assert costs[0] == costs[1] != costs[2]


def test_views_keep_what_losses_share(encoder, monkeypatch):
    tagger = tiny.tagger(encoder, head=HEAD)
    calls = []
    fuse = type(tagger.head).fuse
    monkeypatch.setattr(type(tagger.head), "fuse", lambda *given: calls.append(1) or fuse(*given))
    batch = tagger.tokenize(SOURCE).batch(range(5))
    view = View(tagger, batch)
    torch.testing.assert_close(view.scores, tagger(batch))
    assert view.fused.shape == (5, 8, 32)
    assert view.log_probs.exp().sum(-1).allclose(torch.ones(()))
    assert len(calls) == 2  # one by the view, one by the tagger


def test_order_of_batches_does_not_matter_to_what_is_found(encoder, tmp_path):
    train(encoder, tmp_path, epochs=16)
    tagger = Tagger.load(str(tmp_path))
    many = [replace(s, id=str(n), meta={}) for n, s in enumerate(SOURCE * 4)]
    random.Random(1).shuffle(many)
    alone = Ensemble([Member(tagger)], TaggingSettings(window=1))
    together = Ensemble([Member(tagger)], TaggingSettings(batch_tokens=60))
    one, two = (list(ensemble.tag(many)) for ensemble in (alone, together))
    assert [s.tags for s in one] == [s.tags for s in two]
    assert [s.id for s in two] == [s.id for s in many]

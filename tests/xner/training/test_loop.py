"""Training: it learns, is repeatable, and keeps to its options and its supervision."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests import tiny
from tests.xner.training.runs import OPTIONS, PAIRS, SOURCE, assert_same, train, weights
from xner.errors import XnerError
from xner.losses.cross_entropy import CrossEntropy
from xner.models.tagger import Tagger
from xner.models.tagging import Ensemble, Member, TaggingSettings
from xner.sentence import Link
from xner.training.data import ParallelCorpus
from xner.training.loop import Run
from xner.training.objectives import build_objectives
from xner.training.options import ModelOptions
from xner.training.recipe import Recipe
from xner.training.tagging_task import Tagging
from xner.training.task import Data

CPU = torch.device("cpu")


def test_it_learns_and_says_what_each_loss_contributed(encoder, tmp_path):
    result = train(
        encoder, tmp_path, PAIRS, SOURCE, epochs=25, loss=("span-kl=0.1", "dropout-kl=0.5")
    )
    tagger = Tagger.load(str(tmp_path))
    tagged = Ensemble([Member(tagger)], TaggingSettings()).tag(SOURCE)
    assert [s.tags for s in tagged] == [s.tags for s in SOURCE]
    assert result["dev"]["f1"] == 1.0
    assert result["steps"] == 25 * 3
    assert set(result["losses"]) == {"ce", "span-kl", "dropout-kl"}
    assert sum(loss["share"] for loss in result["losses"].values()) == pytest.approx(1.0)
    for loss in result["losses"].values():
        assert loss["weighted"] == pytest.approx(loss["weight"] * loss["mean"])
    card = json.loads((tmp_path / "xner.json").read_text())
    assert card["training"]["results"]["dev"] == result["dev"]
    assert not (tmp_path / "checkpoint").exists()


def test_a_seed_makes_a_run_repeatable(encoder, tmp_path):
    losses = ("span-kl=0.1", "dropout-kl=0.5")
    for name in ("a", "b"):
        train(encoder, tmp_path / name, PAIRS, loss=losses)
    assert_same(tmp_path / "a", tmp_path / "b")
    train(encoder, tmp_path / "c", PAIRS, loss=losses, seed=4)
    assert any(
        not torch.equal(w, weights(tmp_path / "c")[n]) for n, w in weights(tmp_path / "a").items()
    )


def test_tags_of_the_stream_are_never_learned(encoder, tmp_path):
    relabelled = [
        replace(s, tags=[t.replace("PER", "ORG").replace("LOC", "PER") for t in s.tags])
        for s in PAIRS
    ]
    train(encoder, tmp_path / "a", PAIRS, loss=("span-kl",))
    train(encoder, tmp_path / "b", relabelled, loss=("span-kl",))
    assert_same(tmp_path / "a", tmp_path / "b")


def test_the_best_checkpoint_on_dev_is_kept(encoder, tmp_path):
    events = []
    dev = [tiny.sentence("Anna Berg visited Bern .", "B-PER I-PER O B-LOC O")]
    result = train(encoder, tmp_path, dev=dev, epochs=8, evaluate_every=1, report=events.append)
    scores = {event["step"]: event["f1"] for event in events if event["event"] == "dev"}
    assert len(scores) == result["steps"]
    best = max(scores.values())
    assert result["dev"] == {"f1": best, "step": min(s for s, f in scores.items() if f == best)}
    tagger = Tagger.load(str(tmp_path))
    tagged = next(iter(Ensemble([Member(tagger)], TaggingSettings()).tag(dev)))
    assert (tagged.tags == dev[0].tags) == (best == 1.0)


@pytest.fixture
def steps(monkeypatch):
    """What AdamW was given at each step: its rate, its decay and the gradient's norm."""
    seen = []
    step = torch.optim.AdamW.step

    def spy(optimizer, *arguments, **options):
        (group,) = optimizer.param_groups
        gradients = [p.grad.flatten() for p in group["params"] if p.grad is not None]
        seen.append((group["lr"], group["weight_decay"], torch.cat(gradients).clone()))
        return step(optimizer, *arguments, **options)

    monkeypatch.setattr(torch.optim.AdamW, "step", spy)
    return seen


def test_accumulated_batches_make_the_gradient_of_one_large_batch(tmp_path, steps):
    still = tiny.bert(tmp_path / "encoder", dropout=0.0)
    for size, accumulate in ((4, 1), (1, 4)):
        options = replace(OPTIONS, batch_size=size, accumulate=accumulate, steps=1, clip=1e9)
        data = Data(SOURCE[:2] * 2)
        run = Run(Tagging(tiny.tagger(still), build_objectives([]), data), options, CPU)
        assert run.fit(lambda _: None, tmp_path / "ck").steps == 1
    (_, _, large), (_, _, small) = steps
    torch.testing.assert_close(small, large, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("schedule", "warmup", "shares"),
    [
        ("constant", 0.0, [1, 1, 1, 1]),
        ("linear", 0.0, [1, 0.75, 0.5, 0.25]),
        ("linear", 0.5, [0, 0.5, 1, 0.5]),
        ("cosine", 0.0, [1, 0.854, 0.5, 0.146]),
    ],
)
def test_rate_decay_and_clipping(encoder, tmp_path, steps, schedule, warmup, shares):
    options = {"schedule": schedule, "warmup": warmup, "weight_decay": 0.3, "clip": 0.01}
    train(encoder, tmp_path, steps=4, learning_rate=1e-3, **options)
    assert [rate / 1e-3 for rate, _, _ in steps] == pytest.approx(shares, abs=1e-3)
    assert {decay for _, decay, _ in steps} == {0.3}
    assert all(gradient.norm() <= 0.01001 for _, _, gradient in steps)


def test_the_stream_has_a_batch_size_of_its_own(encoder, tmp_path, monkeypatch):
    sizes = []
    batch = ParallelCorpus.batch

    def spy(corpus, index):
        sizes.append(len(index))
        return batch(corpus, index)

    monkeypatch.setattr(ParallelCorpus, "batch", spy)
    train(encoder, tmp_path, PAIRS * 3, steps=2, loss=("span-kl",), stream_batch_size=3)
    assert sizes == [3, 3]


def test_spans_that_are_cut_on_one_side_are_lost_on_both(encoder, tmp_path):
    long = replace(PAIRS[0], origin=tiny.sentence("den Hafen " * 60))
    long.alignment = [Link(0, 2, 0, 2), Link(4, 5, 119, 120)]
    tagger = tiny.tagger(encoder)
    assert len(ParallelCorpus(tagger, [long]).links) == 2
    tagger.tokenize.on_long = "cut"
    assert ParallelCorpus(tagger, [long]).links.tolist() == [[0, 2, 0, 2]]


def test_mini_is_built_from_the_given_text(tmp_path):
    model = ModelOptions(encoder="mini")
    for name, stream in (("a", PAIRS), ("b", [s.origin for s in PAIRS])):
        recipe = Recipe(model, replace(OPTIONS, loss=()), tmp_path / name, device="cpu")
        recipe.run(recipe.objectives(), SOURCE, [], stream, lambda _: None)
    # the same text of the target language, so the same encoder to start from
    assert (tmp_path / "a/tokenizer.json").read_text() == (
        tmp_path / "b/tokenizer.json"
    ).read_text()
    card = json.loads((tmp_path / "a/xner.json").read_text())
    assert card["training"]["options"]["learning_rate"] == 5e-3


def test_frozen_layers_stay(encoder, tmp_path):
    model = ModelOptions(encoder=str(encoder), freeze_layers=1, freeze_embeddings=True)
    recipe = Recipe(model, OPTIONS, tmp_path, device="cpu")
    recipe.run(recipe.objectives(), SOURCE, [], [], lambda _: None)
    before, after = load_file(Path(encoder) / "model.safetensors"), weights(tmp_path)
    for name, moved in (
        ("encoder.layer.0.output.dense.weight", False),
        ("encoder.layer.1.output.dense.weight", True),
        ("embeddings.word_embeddings.weight", False),
        ("embeddings.position_embeddings.weight", False),
        ("embeddings.LayerNorm.weight", False),
    ):
        assert torch.equal(before[name], after[f"bert.{name}"]) != moved, name


def test_a_loss_that_is_no_number_any_more_ends_the_run(encoder, tmp_path, monkeypatch):
    lost = float("nan")
    monkeypatch.setattr(CrossEntropy, "forward", lambda _, given: given.view.scores.sum() * lost)
    with pytest.raises(XnerError, match="loss 'ce' has become nan"):
        train(encoder, tmp_path)
    assert not (tmp_path / "config.json").exists()


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ([], "needs 'origin' in the stream, which holds no sentence$"),
        ([SOURCE[0]], "needs 'origin' in the stream, which none of its 1 sentences has; "),
        ([replace(PAIRS[0], alignment=[])], "shares a span with its origin"),
    ],
)
def test_a_stream_without_what_a_loss_needs_is_refused(encoder, tmp_path, stream, message):
    with pytest.raises(XnerError, match=message):
        train(encoder, tmp_path, stream, loss=("span-kl",))
    assert not (tmp_path / "config.json").exists()

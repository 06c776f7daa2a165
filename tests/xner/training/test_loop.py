"""Training: it learns, is repeatable, resumes, and keeps to its supervision."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests import tiny
from xner.errors import OptionError, XnerError
from xner.models.tagger import Tagger
from xner.models.tagging import Ensemble, Member, TaggingSettings
from xner.sentence import Link
from xner.training.batches import bucketed
from xner.training.loop import Run
from xner.training.objectives import build_objectives
from xner.training.options import ModelOptions, TrainingOptions, with_preset
from xner.training.recipe import Recipe

SOURCE = [
    tiny.sentence("Anna Berg visited Bern .", "B-PER I-PER O B-LOC O"),
    tiny.sentence("Officials in Bern said that", "O O B-LOC O O"),
    tiny.sentence("Nordwind Energy had bought a shipyard .", "B-ORG I-ORG O O O O O"),
    tiny.sentence("Officials of Nordwind Energy visited Lisbon .", "O O B-ORG I-ORG O B-LOC O"),
    tiny.sentence("the old harbour of Lisbon", "O O O O B-LOC"),
]
PAIRS = [
    tiny.sentence(
        "Anna Berg visited the harbour",
        "B-PER I-PER O O B-LOC",
        id="pair",
        origin=tiny.sentence("Anna Berg besucht den Hafen"),
        alignment=[Link(0, 2, 0, 2), Link(4, 5, 4, 5)],
    ),
    tiny.sentence(
        "Lisbon and Bern",
        "B-LOC O B-LOC",
        origin=tiny.sentence("Lissabon und Bern"),
        alignment=[Link(0, 1, 0, 1), Link(2, 3, 2, 3)],
    ),
]
OPTIONS = TrainingOptions(epochs=4, batch_size=2, learning_rate=5e-3, seed=3)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"))


def train(encoder, folder: Path, stream=(), dev=(), resume=False, report=lambda _: None, **options):
    model = ModelOptions(encoder=str(encoder))
    recipe = Recipe(model, replace(OPTIONS, **options), folder, device="cpu", resume=resume)
    return recipe.run(recipe.objectives(), SOURCE, dev, stream, report)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def assert_same(one: Path, two: Path) -> None:
    a, b = weights(one), weights(two)
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


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


class KilledError(Exception):
    """Stands for whatever ends a process in mid-training."""


@pytest.mark.parametrize(("at", "saved"), [(1, None), (3, 2), (5, 4), (9, 8)])
@pytest.mark.parametrize("dev", [(), SOURCE])
def test_resume_gives_the_same_bytes_as_a_run_that_was_never_interrupted(
    encoder, tmp_path, at, saved, dev
):
    losses = ("span-kl=0.1", "dropout-kl=0.5")
    options = {"loss": losses, "checkpoint_every": 2, "accumulate": 2, "epochs": 8}
    logs = {"whole": [], "cut": []}

    def listen(event, log, last=0):
        if event["event"] == "step":
            log.append((event["step"], event["losses"]))
            if event["step"] == last:
                raise KilledError

    whole = train(
        encoder,
        tmp_path / "whole",
        PAIRS,
        dev,
        report=lambda e: listen(e, logs["whole"]),
        **options,
    )
    with pytest.raises(KilledError):
        train(encoder, tmp_path / "cut", PAIRS, dev, report=lambda e: listen(e, [], at), **options)
    events = []

    def resumed(event):
        events.append(event)
        listen(event, logs["cut"])

    cut = train(encoder, tmp_path / "cut", PAIRS, dev, resume=True, report=resumed, **options)
    assert [e["step"] for e in events if e["event"] == "resumed"] == ([saved] if saved else [])
    assert logs["cut"] == logs["whole"][saved or 0 :]
    assert (cut["dev"], cut["losses"]) == (whole["dev"], whole["losses"])
    assert_same(tmp_path / "whole", tmp_path / "cut")


def test_a_checkpoint_of_another_run_is_refused(encoder, tmp_path):
    def die(event):
        if event["event"] == "step" and event["step"] == 5:
            raise KilledError

    with pytest.raises(KilledError):
        train(encoder, tmp_path, report=die)
    with pytest.raises(XnerError, match="other options or data"):
        train(encoder, tmp_path, resume=True, learning_rate=1e-4)


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


def test_accumulated_batches_make_the_step_of_one_large_batch(tmp_path):
    still = tiny.bert(tmp_path / "encoder", dropout=0.0)
    four = SOURCE[:2] * 2
    runs = {}
    for name, size, accumulate in (("large", 4, 1), ("small", 1, 4)):
        tagger = tiny.tagger(still)
        options = replace(OPTIONS, batch_size=size, accumulate=accumulate, steps=1)
        run = Run(tagger, build_objectives([]), four, [], options, torch.device("cpu"))
        assert run.fit(None, lambda _: None, tmp_path / "ck").steps == 1
        runs[name] = torch.cat([p.detach().flatten() for p in tagger.parameters()])
    torch.testing.assert_close(runs["large"], runs["small"], rtol=1e-3, atol=2e-4)


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
    ):
        assert torch.equal(before[name], after[f"bert.{name}"]) != moved, name


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ([], "needs 'origin' in the stream"),
        ([SOURCE[0]], "needs 'origin' in the stream, which none of its 1 sentences has; "),
        ([replace(PAIRS[0], alignment=[])], "shares a span with its origin"),
    ],
)
def test_a_stream_without_what_a_loss_needs_is_refused(encoder, tmp_path, stream, message):
    with pytest.raises(XnerError, match=message):
        train(encoder, tmp_path, stream, loss=("span-kl",))
    assert not (tmp_path / "config.json").exists()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("span-lk", "unknown loss 'span-lk'; known: ce, span-kl, dropout-kl"),
        ("span-kl=much", "weight 'much' is not a number"),
        ("span-kl,threshold=0.7", "has no option 'threshold'; it has weight, divergence, floor"),
        ("span-kl,js", "'js' in 'span-kl,js' is not of the form key=value"),
    ],
)
def test_a_loss_that_is_none_is_refused(spec, message):
    with pytest.raises(OptionError, match=message):
        build_objectives([spec])


def test_ce_is_on_unless_switched_off():
    assert list(build_objectives(["span-kl=0.1,divergence=js"])) == ["ce", "span-kl"]
    assert list(build_objectives(["ce=0", "span-kl"])) == ["span-kl"]
    with pytest.raises(OptionError, match="twice"):
        build_objectives(["ce", "ce=2"])


def test_presets_yield_to_what_was_given():
    chosen = with_preset(TrainingOptions(batch_size=7), "conner-code", {"batch_size"})
    assert chosen.batch_size == 7
    assert chosen.loss[0] == "ce=1,reduction=sum"
    assert with_preset(ModelOptions(), "conner", set()).head == "crf"


def test_batches_hold_every_sentence_once_within_the_budget():
    chance = random.Random(1)
    lengths = [chance.randint(3, 80) for _ in range(500)] + [900]
    rows = [1] * 500 + [4]
    batches = bucketed((lengths, rows), 16, 400, random.Random(2))
    assert sorted(i for batch in batches for i in batch) == list(range(501))
    for batch in batches:
        cost = sum(rows[i] for i in batch) * max(lengths[i] for i in batch)
        assert len(batch) <= 16
        assert cost <= 400 or len(batch) == 1
    assert batches == bucketed((lengths, rows), 16, 400, random.Random(2))
    assert batches != bucketed((lengths, rows), 16, 400, random.Random(3))

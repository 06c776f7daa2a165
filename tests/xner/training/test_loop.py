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
from xner.losses.cross_entropy import CrossEntropy
from xner.models.tagger import Tagger
from xner.models.tagging import Ensemble, Member, TaggingSettings
from xner.sentence import Link
from xner.training.batches import bucketed
from xner.training.checkpoint import (
    load_checkpoint,
    random_state,
    save_checkpoint,
    whole_checkpoint,
)
from xner.training.data import ParallelCorpus
from xner.training.loop import Run
from xner.training.objectives import build_objectives
from xner.training.options import ModelOptions, TrainingOptions
from xner.training.presets import with_preset
from xner.training.recipe import Recipe
from xner.training.tagging_task import Tagging
from xner.training.task import Data

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
CPU = torch.device("cpu")
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
    assert [e["step"] for e in events if e["event"] == "resumed"] == [saved or 0]
    assert logs["cut"] == logs["whole"][saved or 0 :]
    assert (cut["dev"], cut["losses"]) == (whole["dev"], whole["losses"])
    assert_same(tmp_path / "whole", tmp_path / "cut")


def test_a_checkpoint_of_another_run_is_refused(encoder, tmp_path):
    def die(event):
        if event["event"] == "step" and event["step"] == 5:
            raise KilledError

    with pytest.raises(KilledError):
        train(encoder, tmp_path, report=die)
    for change in ({"learning_rate": 1e-4}, {"dev": SOURCE}):
        with pytest.raises(XnerError, match="other options or data"):
            train(encoder, tmp_path, resume=True, **change)


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


def test_a_loss_that_is_no_number_any_more_ends_the_run(encoder, tmp_path, monkeypatch):
    lost = float("nan")
    monkeypatch.setattr(CrossEntropy, "forward", lambda _, given: given.view.scores.sum() * lost)
    with pytest.raises(XnerError, match="loss 'ce' has become nan"):
        train(encoder, tmp_path)
    assert not (tmp_path / "config.json").exists()


def test_spans_that_are_cut_on_one_side_are_lost_on_both(encoder, tmp_path):
    long = replace(PAIRS[0], origin=tiny.sentence("den Hafen " * 60))
    long.alignment = [Link(0, 2, 0, 2), Link(4, 5, 119, 120)]
    tagger = tiny.tagger(encoder)
    assert len(ParallelCorpus(tagger, [long]).links) == 2
    tagger.tokenize.on_long = "cut"
    assert ParallelCorpus(tagger, [long]).links.tolist() == [[0, 2, 0, 2]]


def test_every_process_goes_on_with_its_own_random_numbers(tmp_path):
    module = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(module.parameters())
    chances, drawn = [], []
    for seed in (1, 2):
        torch.manual_seed(seed)
        chances.append(random_state())
        drawn.append(torch.rand(3))
    state = {"fingerprint": "x"}
    save_checkpoint(
        tmp_path / "ck", module.state_dict(), None, {"learn": optimizer}, chances, state
    )
    for process in (0, 1):
        load_checkpoint(tmp_path / "ck", module, {"learn": optimizer}, "x", process)
        assert torch.equal(torch.rand(3), drawn[process])


def test_a_finished_run_is_not_done_again(encoder, tmp_path):
    first = train(encoder, tmp_path, steps=2)
    before = (tmp_path / "model.safetensors").stat().st_mtime_ns
    said = []
    assert train(encoder, tmp_path, steps=2, resume=True, report=said.append) == first
    assert [event["text"] for event in said] == [f"'{tmp_path}' is finished already"]
    assert (tmp_path / "model.safetensors").stat().st_mtime_ns == before
    other = {"steps": 3}, {"steps": 2, "dev": SOURCE}, {"steps": 2, "stream": PAIRS}
    for options in other:
        loss = ("span-kl",) if "stream" in options else ()
        with pytest.raises(XnerError, match="of a run with other options or data"):
            train(encoder, tmp_path, resume=True, loss=loss, **options)


def test_a_finished_run_on_another_stream_is_another_run(encoder, tmp_path):
    train(encoder, tmp_path, PAIRS, steps=2, loss=("span-kl",))
    with pytest.raises(XnerError, match="of a run with other options or data"):
        train(encoder, tmp_path, PAIRS[:1], steps=2, loss=("span-kl",), resume=True)


def test_a_checkpoint_that_was_being_replaced_is_not_lost(tmp_path):
    folder = tmp_path / "checkpoint"
    assert whole_checkpoint(folder) is None
    old = folder.with_name("checkpoint.old")
    old.mkdir()
    (old / "state.json").write_text("{}")
    assert whole_checkpoint(folder) == old
    folder.mkdir()
    (folder / "state.json").write_text("{}")
    assert whole_checkpoint(folder) == folder


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "--epochs 0 makes no sense; at least 1"),
        ({"accumulate": 0}, "--accumulate 0"),
        ({"steps": -3}, "--steps -3"),
        ({"learning_rate": 0.0}, "--learning-rate 0"),
        ({"warmup": 5.0}, "--warmup 5 makes no sense; from 0 to 1"),
        ({"clip": float("nan")}, "--clip nan"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        replace(OPTIONS, **options)


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
        ("span-kl,threshold=0.7", "has no option 'threshold'; it has divergence, floor"),
        ("ce=nan", "weight nan is not a number from 0 on"),
        ("hard-ce=0.5,weight=ignore", "a weight stands behind the name, as in hard-ce=0.5"),
        ("ce=0", "every --loss has weight 0"),
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


def test_batches_without_regard_to_length_mix_what_lengths_tell_apart():
    lengths = [20] * 300 + [30] * 300

    def one_sided(by_length: bool) -> int:
        batches = bucketed((lengths, [1] * 600), 8, 8192, random.Random(1), by_length)
        assert sorted(i for batch in batches for i in batch) == list(range(600))
        return sum(len({i < 300 for i in batch}) == 1 for batch in batches)

    assert one_sided(True) > 60
    assert one_sided(False) < 5


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

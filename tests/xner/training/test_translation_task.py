"""Teaching a translator: it learns both kinds of pairs, resumes, and says what it cannot do."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests import tiny
from tests.tiny_marian import save_tiny_marian
from tests.xner.training.runs import KilledError, killed_at
from xner.errors import OptionError, XnerError
from xner.models import mini_translator
from xner.models.translator import Translator
from xner.registry import with_values
from xner.sentence import Sentence
from xner.training.options import DEFAULTS, ModelOptions, TrainingOptions
from xner.training.pairs import PairCorpus
from xner.training.presets import with_preset
from xner.training.recipe import Recipe
from xner.translation.engine import Settings, build

WORDS = {
    **{"Anna": "Anna", "Bern": "Bern", "Acme": "Acme", "Graz": "Graz", "the": "die"},
    **{"sees": "sieht", "leaves": "verlässt", "mayor": "Stadt", "loves": "liebt", "and": "und"},
}


def pair(source: list[str], marked: bool = False) -> Sentence:
    target = [WORDS.get(word, word) for word in source]
    name = " ".join(source)
    origin = Sentence(id=name, lang="en", tokens=source)
    meta = {"marked": True} if marked else {}
    return Sentence(id=name, lang="de", tokens=target, origin=origin, meta=meta)


def with_markers(source: list[str], *places: int) -> list[str]:
    made = list(source)
    for slot, place in reversed(list(enumerate(places))):
        made[place : place + 1] = [f"__SLOT{slot}__", made[place], f"__SLOT{slot}__"]
    return made


NAMES = ["Anna", "Bern", "Acme", "Graz"]
TEXTS = [
    [one, verb, other]
    for one in NAMES
    for verb, other in zip(["sees", "leaves", "loves"], ["Bern", "Acme", "Graz"], strict=True)
]
PLAIN = [pair(text) for text in TEXTS]
MARKED = [pair(with_markers(text, 0, 2), marked=True) for text in TEXTS]
MARKED += [pair(with_markers(text, 0), marked=True) for text in TEXTS]
OPTIONS = with_values(
    TrainingOptions(epochs=3, batch_size=4, learning_rate=3e-3, seed=3),
    DEFAULTS["translation"],
    {"batch_size"},
)


@pytest.fixture(scope="module")
def marian(tmp_path_factory):
    return str(save_tiny_marian(tmp_path_factory.mktemp("marian")))


def train(
    encoder, folder, stream, dev=(), resume=False, report=lambda _: None, model=None, **options
):
    chosen = ModelOptions(encoder=str(encoder), **(model or {}))
    recipe = Recipe(
        chosen,
        replace(OPTIONS, **options),
        folder,
        task="translation",
        device="cpu",
        resume=resume,
    )
    return recipe.run(recipe.objectives(), [], dev, stream, report)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def test_it_learns_to_translate_and_to_carry_markers_over(tmp_path, monkeypatch):
    monkeypatch.setattr(mini_translator, "HIDDEN", 64)
    monkeypatch.setattr(mini_translator, "LAYERS", 2)
    result = train(
        "mini",
        tmp_path,
        PLAIN + MARKED,
        dev=PLAIN + MARKED,
        epochs=50,
        batch_size=6,
        evaluate_every=100,
        model={"marker_tokens": 2},
    )
    assert result["dev"]["loss"] < 0.1
    assert set(result["losses"]) == {"translation", "labelled-translation"}
    engine = build(f"opus:{tmp_path}", "en", "de", Settings(device="cpu"))
    sources = [" ".join(one.origin.tokens) for one in PLAIN + MARKED]
    targets = ["".join(one.tokens) for one in PLAIN + MARKED]
    made = ["".join(text.split()) for text in engine.translate(sources)]
    assert sum(a == b for a, b in zip(made, targets, strict=True)) >= len(targets) - 1
    card = json.loads((tmp_path / "xner.json").read_text())
    assert card["directions"] == [["en", "de"]]
    assert card["training"]["model"]["marker_tokens"] == 2
    assert "head" not in card["training"]["model"]
    assert not (tmp_path / "checkpoint").exists()


def test_both_kinds_weigh_the_same_unless_told_otherwise(marian, tmp_path):
    notes = []
    result = train(
        *(marian, tmp_path, PLAIN + MARKED),
        report=lambda event: notes.append(event) if event["event"] == "note" else None,
    )
    assert [note["text"] for note in notes] == ["learning from 24 marked and 12 plain pairs"]
    assert result["steps"] == 3 * 6  # an epoch is one pass over the larger kind
    for loss in result["losses"].values():
        assert loss["weight"] == 0.5
        assert loss["weighted"] == pytest.approx(0.5 * loss["mean"])
    given = ("translation=0.2,smoothing=0.1", "labelled-translation=0.8")
    told = train(marian, tmp_path, PLAIN + MARKED, loss=given, steps=1)
    assert [loss["weight"] for loss in told["losses"].values()] == [0.2, 0.8]


def test_the_dev_loss_is_nats_per_piece_and_the_lowest_is_kept(marian, tmp_path):
    events = []
    result = train(marian, tmp_path, PLAIN, PLAIN + MARKED, report=events.append, evaluate_every=2)
    losses = {event["step"]: event["loss"] for event in events if event["event"] == "dev"}
    best = min(losses.values())
    assert result["dev"] == {
        "loss": best,
        "step": min(step for step, loss in losses.items() if loss == best),
    }
    translator = Translator.load(str(tmp_path), {("en", "de")}).eval()
    nats, pieces = 0.0, 0
    for one in PLAIN + MARKED:
        (batch,) = PairCorpus(translator, [one]).batch([0])
        with torch.no_grad():
            own = translator.network(input_ids=batch.source, labels=batch.target).loss
        nats += own.item() * batch.target.numel()
        pieces += batch.target.numel()
    assert best == pytest.approx(nats / pieces, rel=1e-4)


def test_a_dev_that_gets_worse_gives_the_weights_of_its_best_step(marian, tmp_path):
    """Rates so high that it unlearns what it had."""
    events = []
    options = {"schedule": "constant", "warmup": 0.0, "clip": 100.0, "evaluate_every": 1}
    result = train(
        marian, tmp_path, PLAIN, PLAIN, report=events.append, learning_rate=0.5, **options
    )
    losses = [event["loss"] for event in events if event["event"] == "dev"]
    assert losses[-1] > min(losses) == result["dev"]["loss"]
    again = train(tmp_path, tmp_path / "next", PLAIN, PLAIN, learning_rate=1e-12)
    assert again["dev"]["loss"] == pytest.approx(min(losses), rel=1e-4)


@pytest.mark.parametrize(("at", "saved"), [(3, 2), (9, 8)])
def test_resume_gives_the_same_bytes_as_a_run_that_was_never_interrupted(
    marian, tmp_path, at, saved
):
    options = {"checkpoint_every": 2, "accumulate": 2, "epochs": 4, "model": {"marker_tokens": 2}}
    run = (PLAIN + MARKED, PLAIN)
    whole = train(marian, tmp_path / "whole", *run, **options)
    with pytest.raises(KilledError):
        train(marian, tmp_path / "cut", *run, report=killed_at(at), **options)
    events = []
    cut = train(marian, tmp_path / "cut", *run, resume=True, report=events.append, **options)
    assert [e["step"] for e in events if e["event"] == "resumed"] == [saved]
    assert (cut["dev"], cut["losses"]) == (whole["dev"], whole["losses"])
    one, other = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    "change", [{"dev": PLAIN[:3]}, {"model": {"marker_tokens": 3}}, {"stream": PLAIN[1:]}]
)
def test_a_checkpoint_of_another_run_is_refused(marian, tmp_path, change):
    common = {"stream": PLAIN, "dev": PLAIN, "model": {"marker_tokens": 2}}
    with pytest.raises(KilledError):
        train(marian, tmp_path, report=killed_at(4), **common)
    with pytest.raises(XnerError, match="other options or data"):
        train(marian, tmp_path, resume=True, **(common | change))


def test_pairs_that_cannot_be_used_are_counted(marian, tmp_path):
    long = pair(["the"] * 60)
    alone = Sentence(id="alone", tokens=["Anna"])
    notes = []
    train(
        *(marian, tmp_path, [*PLAIN, long, long, alone]),
        report=lambda event: notes.append(event["text"]) if event["event"] == "note" else None,
    )
    assert notes[0] == "learning from 12 plain pairs"
    assert notes[2:] == ["3 left out (no origin 1, longer than 48 pieces 2)"]
    with pytest.raises(XnerError, match="no pair is short enough"):
        train(marian, tmp_path, [long])


def test_of_one_kind_alone_that_loss_alone(marian, tmp_path):
    for stream, own, other in (
        (PLAIN, "translation", "labelled-translation"),
        (MARKED, "labelled-translation", "translation"),
    ):
        notes = []
        result = train(
            *(marian, tmp_path, stream),
            steps=1,
            report=lambda e, to=notes: to.append(e["text"]) if e["event"] == "note" else None,
        )
        assert list(result["losses"]) == [own]
        assert f"so no loss '{other}'" in notes[1]


@pytest.mark.parametrize(
    ("stream", "options", "message"),
    [
        ([], {}, "loss 'translation' needs 'origin' in the stream, which holds no sentence"),
        (
            [tiny.sentence("Anna")],
            {},
            "'origin'.* none of its 1 sentences has.*--make-training-pairs",
        ),
        (PLAIN, {"loss": ("labelled-translation",)}, "'labelled-translation' needs marked pairs"),
        (MARKED, {"loss": ("translation",)}, "'translation' needs plain pairs"),
        (PLAIN, {"loss": ("translation=0",)}, "no pairs in the stream"),
        (MARKED, {"model": {"marker_tokens": 1}}, "have 2 markers, up to __SLOT1__"),
        (PLAIN, {"loss": ("ce",)}, "loss 'ce' is none of --task translation"),
        (PLAIN, {"loss": ("translation,smoothing=2",)}, "smoothing 2"),
    ],
)
def test_what_cannot_be_taught_is_said(marian, tmp_path, stream, options, message):
    with pytest.raises((XnerError, OptionError), match=message):
        train(marian, tmp_path, stream, **options)
    assert not (tmp_path / "config.json").exists()


def test_a_translators_loss_is_none_of_a_tagger():
    recipe = Recipe(ModelOptions(), replace(OPTIONS, loss=("translation",)), Path("unused"))
    with pytest.raises(OptionError, match="loss 'translation' is none of --task tagging"):
        recipe.objectives()


def test_warm_up_in_steps_then_the_inverse_square_root(marian, tmp_path, monkeypatch):
    rates, betas = [], set()
    step = torch.optim.AdamW.step

    def spy(optimizer, *arguments, **options):
        (group,) = optimizer.param_groups
        rates.append(group["lr"])
        betas.add(group["betas"])
        return step(optimizer, *arguments, **options)

    monkeypatch.setattr(torch.optim.AdamW, "step", spy)
    options = {"schedule": "inverse-sqrt", "warmup_steps": 4, "warmup": 0.9, "steps": 10}
    train(marian, tmp_path, PLAIN, learning_rate=1e-3, **options)
    expected = [0, 0.25, 0.5, 0.75, 1, *(2 / place**0.5 for place in range(5, 10))]
    assert [rate / 1e-3 for rate in rates] == pytest.approx(expected, abs=1e-3)
    assert betas == {(0.9, 0.98)}


def test_a_warm_up_that_never_ends_is_said(marian, tmp_path):
    notes = []
    train(
        *(marian, tmp_path, PLAIN),
        **{"warmup_steps": 4000, "steps": 2},
        report=lambda event: notes.append(event["text"]) if event["event"] == "note" else None,
    )
    assert notes[-1] == "the rate rises for 4,000 steps, and the run has 2"


def test_crops_values():
    chosen = with_preset(TrainingOptions(), "crop", set(), "translation")
    assert (chosen.learning_rate, chosen.warmup_steps, chosen.beta2) == (1e-4, 4000, 0.98)
    assert chosen.loss == ("translation=0.5", "labelled-translation=0.5")
    assert with_preset(ModelOptions(), "crop-code", set(), "translation").marker_tokens == 14
    assert with_preset(TrainingOptions(), "crop", set()).learning_rate == 1e-5
    with pytest.raises(OptionError, match="--preset conner says nothing of --task translation"):
        with_preset(TrainingOptions(), "conner", set(), "translation")

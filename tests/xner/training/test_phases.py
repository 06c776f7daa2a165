"""Adversarial training: what each part of a step moves, its rates, resuming, and its effect."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests import tiny
from tests.xner.training.runs import KilledError, killed_at
from xner.errors import ModelError, OptionError
from xner.evaluation import Scorer
from xner.models.tagger import Tagger
from xner.models.tagging import Ensemble, Member, TaggingSettings
from xner.sentence import Sentence
from xner.training.loop import Run
from xner.training.options import ModelOptions, TrainingOptions
from xner.training.recipe import Recipe

ENGLISH = [
    tiny.sentence("Anna Berg visited Bern", "B-PER I-PER O B-LOC", lang="en"),
    tiny.sentence("Officials of Nordwind Energy said that", "O O B-ORG I-ORG O O", lang="en"),
    tiny.sentence("Nordwind Energy had bought a shipyard", "B-ORG I-ORG O O O O", lang="en"),
]
GERMAN = [
    tiny.sentence("Anna Berg besucht Bern", "B-PER I-PER O B-LOC", lang="de"),
    tiny.sentence("Der Hafen von Lissabon", "O O O B-LOC", lang="de"),
]
SHUFFLED = [
    replace(s, id=f"{s.id} shuffled", tokens=[*s.tokens[1::-1], *s.tokens[2:]], shuffled=True)
    for s in (*ENGLISH, *GERMAN)
]
STREAM = [*ENGLISH, *GERMAN, *SHUFFLED]
BOTH = ("adversarial-language=0.7", "adversarial-order=0.4,hidden=8")
OPTIONS = TrainingOptions(steps=4, batch_size=2, learning_rate=5e-3, generator_rate=1e-3, seed=3)


def train(
    encoder, folder: Path, stream=STREAM, resume=False, report=lambda _: None, model=None, **options
):
    model = model or ModelOptions(encoder=str(encoder))
    options = {"loss": BOTH, **options}
    recipe = Recipe(model, replace(OPTIONS, **options), folder, device="cpu", resume=resume)
    return recipe.run(recipe.objectives(), ENGLISH, (), stream, report)


def files(folder: Path) -> dict[str, torch.Tensor]:
    """All weights that a run leaves."""
    return {
        f"{path.name} {name}": tensor
        for path in sorted(folder.glob("*.safetensors"))
        for name, tensor in load_file(path).items()
    }


@pytest.fixture
def moved(monkeypatch):
    """Which parameters each part of each step has changed, and at which rate."""
    seen: list[tuple[str, set[str], list[float]]] = []
    move = Run._moved

    def spy(run: Run, phase, batches):
        before = {name: p.detach().clone() for name, p in run.module.named_parameters()}
        rates = [group["lr"] for group in phase.optimizer.param_groups]
        values = move(run, phase, batches)
        changed = {n for n, p in run.module.named_parameters() if not torch.equal(p, before[n])}
        seen.append((phase.name, changed, rates))
        assert all(p.grad is None for p in run.module.parameters())
        return values

    monkeypatch.setattr(Run, "_moved", spy)
    return seen


def kinds(names: set[str]) -> set[str]:
    """The parts of the model that parameters belong to."""
    parts = {"losses": "discriminator", "bert": "encoder", "classifier": "head"}
    return {next(part for key, part in parts.items() if key in name) for name in names}


def test_each_part_of_a_step_moves_its_own(encoder, tmp_path, moved):
    train(encoder, tmp_path, warmup=0.5)
    assert [name for name, *_ in moved] == ["learn", "discriminate", "confuse"] * 4
    second = {name: kinds(changed) for name, changed, _ in moved[3:6]}
    assert second["learn"] == {"encoder", "head"}
    assert second["discriminate"] == {"discriminator"}  # the encoder stays untouched
    assert second["confuse"] == {"encoder"}  # and so do the discriminators
    discriminators = {name.split(".")[1] for name in moved[4][1]}
    assert discriminators == {"1", "2"}  # of both losses
    # each has a rate of its own, and they rise and fall together
    rates = {name: [rate for own, _, (rate,) in moved if own == name] for name, *_ in moved[:3]}
    shares = [0, 0.5, 1, 0.5]
    assert rates["learn"] == pytest.approx([5e-3 * share for share in shares])
    assert rates["discriminate"] == pytest.approx([5e-3 * share for share in shares])
    assert rates["confuse"] == pytest.approx([1e-3 * share for share in shares])


def test_a_reversed_gradient_moves_all_at_once(encoder, tmp_path, moved):
    train(encoder, tmp_path, adversary="reverse", discriminator_rate=2e-3)
    assert [name for name, *_ in moved] == ["learn"] * 4
    assert kinds(moved[0][1]) == {"encoder", "head", "discriminator"}
    assert moved[0][2] == [5e-3, 2e-3]


def test_discriminator_and_encoder_see_different_batches(encoder, tmp_path, monkeypatch):
    seen: list[tuple[str, list[int]]] = []
    move = Run._moved

    def spy(run: Run, phase, batches):
        for by_kind in batches:
            for kind, batch in by_kind.items():
                seen.append((f"{phase.name} {kind}", batch[0].index.tolist()))
        return move(run, phase, batches)

    monkeypatch.setattr(Run, "_moved", spy)
    train(encoder, tmp_path, steps=3)
    own = [index for name, index in seen if name == "discriminate language"]
    other = [index for name, index in seen if name == "confuse language"]
    assert len(own) == len(other) == 3
    # one round over the five sentences, three batches
    assert sorted(own[0] + other[0] + own[1]) == list(range(5))
    assert {name for name, _ in seen} == {
        "learn labelled",
        *("discriminate language", "discriminate order", "confuse language", "confuse order"),
    }


def test_results_tell_accuracies_and_shares(encoder, tmp_path):
    events = []
    result = train(encoder, tmp_path, steps=20, report=events.append)
    losses = result["losses"]
    assert set(losses) == {"ce", "adversarial-language", "adversarial-order"}
    assert losses["ce"]["share"] == 1.0  # the others have parts of their own
    for name in ("adversarial-language", "adversarial-order"):
        assert "share" not in losses[name]
        assert len(losses[name]["accuracy"]) == 10
        assert all(0 <= accuracy <= 1 for accuracy in losses[name]["accuracy"])
        assert losses[name]["mean"] > 0
        assert losses[name]["flipped"] > 0
    steps = [event for event in events if event["event"] == "step"]
    last = {name: losses[name]["accuracy"][-1] for name in steps[-1]["accuracies"]}
    assert steps[-1]["accuracies"] == pytest.approx(last, abs=1e-4)
    reverse = train(encoder, tmp_path / "reverse", adversary="reverse")["losses"]
    assert sum(loss["share"] for loss in reverse.values()) == pytest.approx(1.0)
    assert reverse["adversarial-order"]["weighted"] == pytest.approx(
        0.4 * reverse["adversarial-order"]["mean"]
    )


@pytest.mark.parametrize("adversary", ["alternate", "reverse"])
def test_resume_gives_the_same_bytes(encoder, tmp_path, adversary):
    options = {"steps": 8, "checkpoint_every": 2, "adversary": adversary}
    result = train(encoder, tmp_path / "whole", **options)
    with pytest.raises(KilledError):
        train(encoder, tmp_path / "cut", report=killed_at(5), **options)
    again = train(encoder, tmp_path / "cut", resume=True, **options)
    whole, cut = files(tmp_path / "whole"), files(tmp_path / "cut")
    assert any("discriminators" in name for name in whole)
    assert whole.keys() == cut.keys()
    assert all(torch.equal(whole[name], cut[name]) for name in whole)
    assert again["losses"] == result["losses"]


def test_a_run_goes_on_with_a_tagger_and_its_discriminators(encoder, tmp_path, moved):
    train(encoder, tmp_path / "first")
    first = files(tmp_path / "first")
    folder = str(tmp_path / "first")
    model = ModelOptions(init=folder, discriminators=folder)
    # at a rate of next to nothing all stays what it was
    still = {"learning_rate": 1e-12, "generator_rate": 1e-12, "discriminator_rate": 1e-12}
    train(None, tmp_path / "second", model=model, **still)
    second = files(tmp_path / "second")
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        torch.testing.assert_close(second[name], tensor, atol=1e-8, rtol=0)
    # one loss alone takes its own
    train(None, tmp_path / "third", model=model, loss=("adversarial-language",), **still)
    names = {n.split()[1].split(".")[0] for n in files(tmp_path / "third") if "discrimin" in n}
    assert names == {"adversarial-language"}


def test_nothing_of_another_model_stays_in_the_folder(encoder, tmp_path):
    train(encoder, tmp_path, loss=("adversarial-language",))
    assert (tmp_path / "discriminators.safetensors").exists()
    train(encoder, tmp_path, loss=("ce",))
    assert not (tmp_path / "discriminators.safetensors").exists()


def test_discriminators_without_a_loss_are_refused(encoder, tmp_path):
    model = ModelOptions(encoder=str(encoder), discriminators=str(tmp_path))
    with pytest.raises(OptionError, match="is for adversarial losses, and none is on"):
        train(encoder, tmp_path, model=model, loss=("ce",))


def test_discriminators_that_are_not_there_are_missed(encoder, tmp_path):
    train(encoder, tmp_path / "plain", loss=("ce",))
    train(encoder, tmp_path / "language", loss=("adversarial-language",))
    for folder, message in (
        ("plain", r"no discriminators.safetensors in .*plain'; 'xner train --loss adversarial"),
        ("language", "that of loss 'adversarial-order' is not in"),
    ):
        model = ModelOptions(encoder=str(encoder), discriminators=str(tmp_path / folder))
        with pytest.raises(ModelError, match=message):
            train(encoder, tmp_path / "x", model=model)
    model = ModelOptions(encoder=str(encoder), discriminators=str(tmp_path / "language"))
    with pytest.raises(ModelError, match="that of loss 'adversarial-language' is of another shape"):
        train(encoder, tmp_path / "x", model=model, loss=("adversarial-language=1,hidden=7",))


def test_a_tagger_that_lacks_a_type_cannot_be_gone_on_with(encoder, tmp_path):
    tiny.tagger(encoder, types=("LOC", "PER")).save(tmp_path / "small")
    with pytest.raises(OptionError, match=r"small knows LOC, PER, not ORG; --encoder makes a head"):
        train(None, tmp_path / "x", model=ModelOptions(init=str(tmp_path / "small")))


# --- two toy languages with words of their own and one grammar

NAMES = {"PER": ["ada", "bo", "cy", "dee"], "LOC": ["rome", "oslo", "lima", "kiev"]}
FILLERS = {"PER": ["greets", "calls"], "LOC": ["in", "near"], "O": ["now", "then", "often", "so"]}


def toy(language: str, count: int) -> list[Sentence]:
    """Sentences of one language; a word of the other is the same word with another ending."""
    chance = random.Random(language)
    made = []
    for number in range(count):
        words, tags = [], []
        for label in chance.choices(["PER", "LOC", "O"], k=chance.randint(2, 4)):
            words.append(chance.choice(FILLERS[label]))
            tags.append("O")
            if label != "O":
                words.append(chance.choice(NAMES[label]))
                tags.append(f"B-{label}")
        words = [f"{word}{'ish' if language == 'b' else ''}" for word in words]
        made.append(Sentence(id=f"{language}:{number}", tokens=words, tags=tags, lang=language))
    return made


def f1(folder: Path, gold: list[Sentence]) -> float:
    scorer = Scorer()
    ensemble = Ensemble([Member(Tagger.load(str(folder)))], TaggingSettings())
    for sentence, tagged in zip(gold, ensemble.tag(gold), strict=True):
        scorer.add(sentence.tags or [], tagged.tags or [])
    return scorer.report.micro.f1


@pytest.mark.slow
def test_the_language_is_hidden_while_the_tagger_stays_good(tmp_path):
    source, other = toy("a", 120), toy("b", 120)

    def accuracies(name: str, rate: float, steps: int) -> list[float]:
        options = TrainingOptions(
            loss=("adversarial-language",),
            steps=steps,
            batch_size=16,
            discriminator_rate=1e-3,
            generator_rate=rate,
            seed=1,
        )
        model = ModelOptions(encoder="mini", pooling="mean")
        recipe = Recipe(model, options, tmp_path / name, device="cpu")
        result = recipe.run(recipe.objectives(), source, (), [*source, *other], lambda _: None)
        return result["losses"]["adversarial-language"]["accuracy"]

    hidden = accuracies("hidden", 5e-5, 300)
    assert max(hidden[:5]) > 0.8  # the two are told apart at first
    assert abs(sum(hidden[-2:]) / 2 - 0.5) < 0.2
    assert f1(tmp_path / "hidden", source) > 0.95
    # it is the encoder that does it: where it stands still against the discriminator, that wins
    assert min(accuracies("plain", 1e-12, 150)[-3:]) > 0.85

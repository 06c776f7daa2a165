"""Short runs of training on a handful of sentences, and their end before time."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from tests import tiny
from xner.sentence import Link
from xner.training.options import ModelOptions, TrainingOptions
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


def train(encoder, folder: Path, stream=(), dev=(), resume=False, report=lambda _: None, **options):
    """Train a tagger on SOURCE; its result."""
    model = ModelOptions(encoder=str(encoder))
    recipe = Recipe(model, replace(OPTIONS, **options), folder, device="cpu", resume=resume)
    return recipe.run(recipe.objectives(), SOURCE, dev, stream, report)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """The weights that a run leaves, but for those of a head of its own."""
    return load_file(folder / "model.safetensors")


def assert_same(one: Path, two: Path) -> None:
    a, b = weights(one), weights(two)
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


class KilledError(Exception):
    """Stands for whatever ends a process in mid-training."""


def killed_at(last: int) -> Callable[[dict[str, Any]], None]:
    """Whom a run reports to that is to be killed at a step."""

    def report(event: dict[str, Any]) -> None:
        if event["event"] == "step" and event["step"] == last:
            raise KilledError

    return report

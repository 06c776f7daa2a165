"""Discriminators of a run: made for its encoder, kept beside its model, taken up by another run."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from xner.errors import ModelError, OptionError
from xner.losses.objective import Adversary, Objective

FILE = "discriminators.safetensors"


def attach(objectives: Mapping[str, Objective], width: int, folder: str | None) -> None:
    """Give each adversary its discriminator, as fresh or as it is in a model folder.

    Raises ModelError where the folder has no such discriminator, or one of another shape,
    OptionError where there is no adversary.
    """
    if folder is not None and not _adversaries(objectives):
        raise OptionError("--discriminators is for adversarial losses, and none is on")
    known = _loaded(Path(folder)) if folder is not None else {}
    for name, loss in _adversaries(objectives).items():
        loss.attach(width)
        if folder is None:
            continue
        prefix = f"{name}."
        own = {key.removeprefix(prefix): t for key, t in known.items() if key.startswith(prefix)}
        wanted = {key: tensor.shape for key, tensor in loss.discriminator.state_dict().items()}
        if {key: tensor.shape for key, tensor in own.items()} != wanted:
            problem = "is of another shape" if own else f"is not in '{folder}'"
            raise ModelError(f"--discriminators: that of loss '{name}' {problem}")
        loss.discriminator.load_state_dict(own)


def tensors_of(objectives: Mapping[str, Objective]) -> dict[str, Tensor]:
    """The weights of all discriminators, each under the name of its loss."""
    return {
        f"{name}.{key}": tensor
        for name, loss in _adversaries(objectives).items()
        for key, tensor in loss.discriminator.state_dict().items()
    }


def _adversaries(objectives: Mapping[str, Objective]) -> dict[str, Adversary]:
    return {name: loss for name, loss in objectives.items() if isinstance(loss, Adversary)}


def _loaded(folder: Path) -> dict[str, Tensor]:
    path = folder / FILE
    if not path.is_file():
        raise ModelError(
            f"--discriminators: no {FILE} in '{folder}'; 'xner train --loss adversarial-language' "
            "writes one beside its model"
        )
    return load_file(path)

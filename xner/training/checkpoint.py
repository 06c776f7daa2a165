"""Checkpoints to go on from: tensors in safetensors, the rest in JSON, nothing pickled."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from xner.errors import XnerError

_STATE = "state.json"


def save_checkpoint(
    folder: Path,
    weights: dict[str, Tensor],
    best: dict[str, Tensor] | None,
    optimizers: Mapping[str, torch.optim.Optimizer],
    chances: Sequence[dict[str, Tensor]],
    state: dict[str, Any],
) -> None:
    """Write beside, then rename: at any time `whole_checkpoint` finds the new one or the old.

    `chances` holds the random state of each process.
    """
    partial, old = (folder.with_name(f"{folder.name}.{end}") for end in ("part", "old"))
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    _save(weights, partial / "model.safetensors")
    if best is not None:
        _save(best, partial / "best.safetensors")
    for name, optimizer in optimizers.items():
        inner = optimizer.state_dict()["state"]
        flat = {f"{i}.{key}": value for i, own in inner.items() for key, value in own.items()}
        _save(flat, partial / f"optimizer-{name}.safetensors")
    for number, own in enumerate(chances):
        _save(own, partial / f"random-{number}.safetensors")
    (partial / _STATE).write_text(json.dumps(state), "utf-8")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(partial, folder)
    shutil.rmtree(old, ignore_errors=True)


def whole_checkpoint(folder: Path) -> Path | None:
    """The checkpoint to go on from, if any: a run may have died while it put a new one in place."""
    candidates = (folder, folder.with_name(f"{folder.name}.old"))
    return next((path for path in candidates if (path / _STATE).is_file()), None)


def remove_checkpoints(folder: Path) -> None:
    """Leave nothing of a run that is finished."""
    for path in (folder, *(folder.with_name(f"{folder.name}.{end}") for end in ("part", "old"))):
        shutil.rmtree(path, ignore_errors=True)


def load_checkpoint(
    folder: Path,
    module: nn.Module,
    optimizers: Mapping[str, torch.optim.Optimizer],
    fingerprint: str,
    process: int = 0,
) -> tuple[dict[str, Any], dict[str, Tensor] | None]:
    """Put weights, optimizers and the process's random state back.

    Gives the saved state and the best weights so far. Raises XnerError if the checkpoint belongs
    to a run with other options or data.
    """
    state = json.loads((folder / _STATE).read_text("utf-8"))
    if state["fingerprint"] != fingerprint:
        raise XnerError(
            f"'{folder}' belongs to a run with other options or data; "
            "leave --resume out to start again"
        )
    module.load_state_dict(load_file(folder / "model.safetensors"))
    for phase, optimizer in optimizers.items():
        own: dict[int, dict[str, Tensor]] = {}
        for name, tensor in load_file(folder / f"optimizer-{phase}.safetensors").items():
            number, _, key = name.partition(".")
            own.setdefault(int(number), {})[key] = tensor
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": own, "param_groups": groups})
    chance = load_file(folder / f"random-{process}.safetensors")
    torch.set_rng_state(chance["cpu"])
    if "cuda" in chance and torch.cuda.is_available():
        torch.cuda.set_rng_state(chance["cuda"])
    if "mps" in chance and torch.backends.mps.is_available():
        torch.mps.set_rng_state(chance["mps"])
    best = folder / "best.safetensors"
    return state, load_file(best) if best.is_file() else None


def random_state() -> dict[str, Tensor]:
    """What this process draws its next random numbers from."""
    chance = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        chance["cuda"] = torch.cuda.get_rng_state()
    if torch.backends.mps.is_available():
        chance["mps"] = torch.mps.get_rng_state()
    return chance


def _save(tensors: dict[str, Tensor], path: Path) -> None:
    # safetensors refuses tensors that share memory (tied weights): give each its own
    own = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    save_file(own, path)

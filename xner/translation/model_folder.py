"""The folder of a model: where it is, what it must have, and what tells it from another."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from xner.errors import EngineError

# Weights as transformers saves them, the best first; an index where they are in several files.
WEIGHTS = (
    "model.safetensors|model.safetensors.index.json|pytorch_model.bin|pytorch_model.bin.index.json"
)
# The bytes of a file that its fingerprint covers; of a larger one also its end and its size.
_WHOLE = 1 << 24


def located(
    name: str, files: Sequence[str], offline: bool, engine: str = "opus", also: Sequence[str] = ()
) -> Path:
    """The folder of a model: `name` itself, or the hub's of that name, fetched if need be.

    `files` are those it must have, `|` between alternatives; `also` those it may. `engine` is named
    in the advice. Raises EngineError.
    """
    local = Path(name).is_dir()
    folder = Path(name) if local else _from_hub(name, files, offline, engine, also)
    missing = [
        file for file in files if not any((folder / one).exists() for one in file.split("|"))
    ]
    if missing:
        raise EngineError(f"'{name}' is no translation model: it has no {_list(missing)}")
    return folder


def fingerprint(folder: Path) -> str:
    """The hub's revision, or a digest of the files in a folder of one's own."""
    if folder.parent.name == "snapshots":
        return f"{folder.parents[1].name}@{folder.name}"
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            digest.update(file.read(_WHOLE))
            file.seek(max(_WHOLE, size - _WHOLE))
            digest.update(file.read(_WHOLE))
    return digest.hexdigest()[:16]


def _from_hub(
    name: str, files: Sequence[str], offline: bool, engine: str, also: Sequence[str]
) -> Path:
    from huggingface_hub import snapshot_download

    patterns = [*_chosen(name, files, offline), *also, "*.json"]
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, local_files_only=offline))
    except Exception as error:  # the hub's client raises a dozen kinds, of three libraries
        reason = "--offline was given" if offline else str(error).splitlines()[0]
        raise EngineError(
            f"translation model '{name}' is not at hand: there is no such folder (with "
            f"{_list(files)}), and the model hub did not give it ({reason}); name a folder, as in "
            f"{engine}:FOLDER, or another engine"
        ) from None


def _chosen(name: str, files: Sequence[str], offline: bool) -> list[str]:
    """Of alternatives the first that the hub has, so that no weights are fetched twice."""
    from huggingface_hub import HfApi

    try:
        there = set() if offline else set(HfApi().list_repo_files(name))
    except Exception:  # no network: what has been fetched before is taken as it is
        there = set()
    patterns: list[str] = []
    for file in files:
        alternatives = file.split("|")
        found = [one for one in alternatives if one in there][:1] or alternatives
        patterns += found
        # `model.safetensors.index.json` lists model-00001-of-00003.safetensors and so on
        patterns += [f"{one.split('.')[0]}-*" for one in found if one.endswith(".index.json")]
    return patterns


def _list(files: Sequence[str]) -> str:
    return ", ".join(file.replace("|", " or ") for file in files)

"""Checkpoints from a folder or a model hub: no pickles, no remote code, errors that help."""

import logging
from pathlib import Path
from typing import Any

from xner.errors import ModelError
from xner.word_pieces import behind_blanks, tokenizer_options

_NEEDED = "config.json, model.safetensors and the tokenizer's files"


def load_checkpoint(name: str, tags: list[str] | None, offline: bool) -> tuple[Any, Any]:
    """A token classifier in float32 and its tokenizer.

    With `tags` the classifier gets a fresh output layer for them; without, its own is kept. A
    folder is tried before a hub name. Raises ModelError saying what was looked for where.
    """
    from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

    hush()
    folder = Path(name)
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise ModelError(f"folder '{name}' holds no model; expected {_NEEDED}")
    common: dict[str, Any] = {"local_files_only": offline or folder.is_dir()}
    labels: dict[str, Any] = {}
    if tags is not None:
        labels = {
            "id2label": dict(enumerate(tags)),
            "label2id": {tag: i for i, tag in enumerate(tags)},
            "num_labels": len(tags),
            "ignore_mismatched_sizes": True,
        }
    try:
        config = AutoConfig.from_pretrained(name, **common)
        if tags is None and "TokenClassification" not in str(config.architectures):
            raise ModelError(f"'{name}' is an encoder, not a tagger; train one with 'xner train'")
        extra = tokenizer_options(config.model_type)
        tokenizer = AutoTokenizer.from_pretrained(name, **common, **extra)
        network = AutoModelForTokenClassification.from_pretrained(
            name, **common, **labels, dtype="float32", use_safetensors=True
        )
    except (OSError, ValueError, ImportError) as error:
        raise ModelError(explained(name, folder, offline, error)) from error
    if not tokenizer.is_fast:
        raise ModelError(
            f"'{name}' has only a slow tokenizer; convert it to a tokenizer.json first"
        )
    return network, behind_blanks(tokenizer)


def own_file(name: str, file: str, offline: bool) -> Path | None:
    """A file of a folder or of a hub's model that transformers does not read; None without one."""
    folder = Path(name)
    if folder.is_dir():
        return folder / file if (folder / file).is_file() else None
    from huggingface_hub import hf_hub_download

    hush()
    try:
        return Path(hf_hub_download(name, file, local_files_only=offline))
    except (OSError, ValueError):  # no such model, no such file in it, or nobody to ask
        return None


def hush() -> None:
    """Keep transformers' own bars and notices off standard error; failures still raise."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)


def explained(name: str, folder: Path, offline: bool, error: Exception) -> str:
    """Why a checkpoint cannot be loaded, and what was looked for where."""
    reason = str(error).strip().splitlines()[0]
    if folder.is_dir():
        return f"cannot load '{name}': {reason} (expected {_NEEDED} in that folder)"
    if folder.is_absolute() or name.startswith(".") or name.count("/") > 1:
        return f"no model folder '{name}'; expected a folder with {_NEEDED}, or a hub name"
    where = "not among the models kept on this computer" if offline else "nor could a hub give it"
    return f"no folder '{name}' here, {where}; expected {_NEEDED} ({reason})"

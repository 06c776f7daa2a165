"""Where EasyNMT's models are, and of which kind: found by us, so that it fetches none itself."""

import io
import json
import os
from collections.abc import Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from xner.errors import EngineError
from xner.translation.language_codes import m2m100, primary
from xner.translation.model_folder import WEIGHTS, located

_KINDS = {
    "easynmt.models.OpusMT": "opus",
    "easynmt.models.OpusMT.OpusMT": "opus",
    "easynmt.models.AutoModel": "auto",
    "easynmt.models.AutoModel.AutoModel": "auto",
}
_HUB = "Helsinki-NLP/opus-mt-{}-{}"  # the only names that EasyNMT's OpusMT knows
_MARIAN = ("config.json", "source.spm", "target.spm", "vocab.json", WEIGHTS)
_TOKENIZER = ("*.model", "*.spm", "vocab.json", "tokenizer.json")
_CODES = {"ja": ("jap",), "he": ("iw",)}  # as some of the names have it

Codes = tuple[str, str]


@dataclass(frozen=True)
class Model:
    """A model of one of the two kinds; `codes` are the languages where its list of pairs told."""

    kind: str
    folder: Path
    codes: Codes | None
    settings: dict[str, Any] = field(default_factory=dict[str, Any])

    def loaded(self) -> Any:
        """EasyNMT's translator for it, with nothing left to fetch."""
        models = package().models
        if self.kind == "auto":
            return models.AutoModel(str(self.folder), **self.settings)
        assert self.codes is not None
        translator = models.OpusMT()
        translator.load_model(str(self.folder))
        # it asks for the model by its name on the hub, whatever it was loaded from
        translator.models[_HUB.format(*self.codes)] = translator.models[str(self.folder)]
        return translator

    def parts(self, translator: Any) -> tuple[Any, Any]:
        """The tokenizer and the network of a translator."""
        if self.kind == "auto":
            return translator.tokenizer, translator.model
        held = translator.models[str(self.folder)]
        return held["tokenizer"], held["model"]


def package() -> Any:
    """EasyNMT itself; not everybody has it, and a file of ours has its name."""
    import_module("easynmt.models")
    return import_module("easynmt")


def located_model(
    name: str, source: str, target: str, chosen: tuple[str | None, str | None], offline: bool
) -> Model:
    """The model of a name or folder; EngineError says what is missing."""
    if Path(name).is_dir() and not (Path(name) / "easynmt.json").exists():
        folder = located(name, ("config.json", WEIGHTS), offline, "easynmt")
        return Model("auto", folder, None)
    described = Path(name) if Path(name).is_dir() else _described(name, offline)
    config = _config(described / "easynmt.json")
    kind = _KINDS.get(str(config.get("model_class")))
    if kind is None:
        raise EngineError(
            f"'{described / 'easynmt.json'}' asks for the class '{config.get('model_class')}'; "
            "only EasyNMT's own OpusMT and AutoModel are loaded"
        )
    codes = _paired(config.get("lang_pairs") or [], (source, target), chosen, name)
    if kind == "opus":
        codes = codes or (chosen[0] or primary(source), chosen[1] or primary(target))
        return Model(kind, located(_HUB.format(*codes), _MARIAN, offline, "easynmt"), codes)
    settings = dict(config.get("model_args") or {})
    folder, tokenizer = (
        described if own in (".", None) else _own(str(own), offline)
        for own in (settings.pop("model_name", "."), settings.get("tokenizer_name", "."))
    )
    settings["tokenizer_name"] = str(folder if "tokenizer_name" not in settings else tokenizer)
    return Model(kind, folder, codes, settings)


def known_as(
    tags: Codes, chosen: tuple[str | None, str | None], tokenizer: Any, name: str
) -> Codes:
    """Two languages as a tokenizer's table spells them; as their tags do if it has none."""
    table: dict[str, int] = getattr(tokenizer, "lang_code_to_id", None) or {}
    codes: list[str] = []
    for side, tag, own in zip(("source", "target"), tags, chosen, strict=True):
        fitting = [code for code in _candidates(tag) if code in table]
        fitting += [code for code in table if code.startswith(f"{primary(tag)}_")]
        if table and not (own or fitting):
            raise EngineError(
                f"engine '{name}' does not know the language '{tag}'; it knows "
                f"{' '.join(table)}; choose one with {side}=CODE"
            )
        codes.append(own or [*fitting, primary(tag)][0])
    return codes[0], codes[1]


def _paired(
    pairs: Sequence[str], tags: Codes, chosen: tuple[str | None, str | None], name: str
) -> Codes | None:
    """The first spelling of a direction that is in a list of pairs; None if there is no list."""
    if not pairs:
        return None
    sources, targets = (
        [own] if own else _candidates(tag) for own, tag in zip(chosen, tags, strict=True)
    )
    for source in sources:
        for target in targets:
            if f"{source}-{target}" in pairs:
                return source, target
    known = sorted(pair.partition("-")[2] for pair in pairs if pair.partition("-")[0] in sources)
    from_here = f"from '{tags[0]}' it goes into {' '.join(known)}"
    nowhere = f"it translates from {' '.join(sorted({pair.partition('-')[0] for pair in pairs}))}"
    raise EngineError(
        f"engine 'easynmt:{name}' does not translate '{tags[0]}' into '{tags[1]}'; "
        + (from_here if known else nowhere)
    )


def _candidates(tag: str) -> list[str]:
    codes = [primary(tag), m2m100(tag), *_CODES.get(primary(tag), ()), tag]
    return list(dict.fromkeys(code for code in codes if code))


def _described(name: str, offline: bool) -> Path:
    """The folder where EasyNMT keeps what its server says about a model, fetched if need be."""
    torch_home = os.environ.get("TORCH_HOME") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "torch"
    )
    kept = Path(os.environ.get("EASYNMT_CACHE") or Path(torch_home) / "easynmt_v2")
    folder = kept / name.lower()
    if (folder / "easynmt.json").exists():
        return folder
    reason = "--offline was given"
    if not offline:
        try:
            with redirect_stderr(io.StringIO()):
                package().EasyNMT(name, cache_folder=str(kept), load_translator=False)
            return folder
        except Exception as error:  # of requests, json, the file system
            reason = (str(error) or type(error).__name__).splitlines()[0]
    raise EngineError(
        f"EasyNMT's model '{name}' is not at hand: there is no folder '{name}' nor "
        f"'{folder}', and its server was not of help ({reason}); name a folder, as in "
        "easynmt:FOLDER, or another engine"
    )


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EngineError(f"'{path}' cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise EngineError(f"'{path}' does not describe a model of EasyNMT")
    return config


def _own(name: str, offline: bool) -> Path:
    return located(name, ("config.json", WEIGHTS), offline, "easynmt", _TOKENIZER)

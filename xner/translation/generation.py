"""Translation by any encoder-decoder of transformers: find it, batch by length, generate.

torch is imported at the first text that has to be translated: not where all are known already,
and not to find out that there is no model.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from xner import device
from xner.errors import EngineError
from xner.translation.engine import Batch, Engine, Settings

# The bytes of a file that its fingerprint covers; of a larger one also its end and its size.
_WHOLE = 1 << 24
_LENGTHS = (2, 32)  # at most twice the source's pieces and 32 more: a translation, not a loop


class Part(NamedTuple):
    """A text, or a stretch of one that is too long: number of the text, place, word pieces."""

    text: int
    place: int
    pieces: list[int]


class Seq2Seq(Engine):
    """A model in a folder that transformers can load; what is special about a family is overridden.

    The model is loaded, and the GPU taken, at the first text. A text longer than the model allows
    is translated in parts, cut where a sentence or at least a word ends.
    """

    def __init__(self, name: str, folder: Path, source: str, target: str, settings: Settings):
        super().__init__(name, source, target, settings)
        self.name = name
        self.folder = folder
        self.identity = f"{_fingerprint(folder)} beams={settings.beams or 'own'}"
        self._held = ExitStack()

    def prepared(self, text: str) -> str:
        """The text as the model wants to see it."""
        return text

    def options(self) -> dict[str, Any]:
        """What `generate` is told besides the texts."""
        return {}

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """Longest texts first, so that memory gives out at the start if at all."""
        parts = [
            Part(number, place, pieces)
            for number, text in enumerate(texts)
            for place, pieces in enumerate(self._parts(self.prepared(text)))
        ]
        waiting: dict[int, dict[int, str]] = {}
        missing = [0] * len(texts)
        for part in parts:
            missing[part.text] += 1
        for batch in batched(parts, self.settings.batch_tokens):
            for part, translation in zip(batch, self._generated(batch), strict=True):
                waiting.setdefault(part.text, {})[part.place] = translation
                missing[part.text] -= 1
            done = [number for number in waiting if not missing[number]]
            yield [(n, " ".join(text for _, text in sorted(waiting.pop(n).items()))) for n in done]

    def close(self) -> None:
        """Give the GPU back."""
        self._held.close()

    @cached_property
    def tokenizer(self) -> Any:
        """The model's own."""
        from transformers import AutoTokenizer
        from transformers.utils import logging

        logging.set_verbosity_error()
        return AutoTokenizer.from_pretrained(self.folder, local_files_only=True)

    @cached_property
    def model(self) -> Any:
        """The model, on its device; half precision on a GPU."""
        import torch
        from transformers import AutoModelForSeq2SeqLM
        from transformers.utils import logging

        place = device.pick(self.settings.device)
        self._held.enter_context(
            device.turn(place, self.settings.gpu_lock, self.settings.while_waiting)
        )
        dtype = torch.bfloat16 if device.has_bf16(place) else torch.float32
        logging.disable_progress_bar()
        try:
            model, report = AutoModelForSeq2SeqLM.from_pretrained(
                self.folder, local_files_only=True, dtype=dtype, output_loading_info=True
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise EngineError(f"engine '{self.name}' cannot be loaded: {error}") from error
        if report["missing_keys"]:  # which transformers fills with noise
            absent = ", ".join(sorted(report["missing_keys"])[:3])
            raise EngineError(f"engine '{self.name}' cannot be loaded: no weights for {absent}")
        model.generation_config.max_length = None  # ours is told call by call
        return model.to(place).eval()

    @cached_property
    def limit(self) -> int:
        """The pieces that the model can read at once."""
        positions = getattr(self.model.config, "max_position_embeddings", None) or 512
        return min(positions, self.tokenizer.model_max_length)

    def _parts(self, text: str) -> list[list[int]]:
        pieces: list[int] = self.tokenizer(text, verbose=False)["input_ids"]
        if len(pieces) <= self.limit:
            return [pieces]
        self.counts["cuts in texts too long for the model"] += 1
        middle = _best_cut(text)
        return self._parts(text[:middle].strip()) + self._parts(text[middle:].strip())

    def _generated(self, batch: Sequence[Part]) -> list[str]:
        """The translations of a batch; where memory gives out, of its halves."""
        import torch

        try:
            return self._generate([part.pieces for part in batch])
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise EngineError(f"engine '{self.name}' has no memory for one text") from error
        torch.cuda.empty_cache()
        self.counts["batches halved"] += 1
        middle = len(batch) // 2
        return self._generated(batch[:middle]) + self._generated(batch[middle:])

    def _generate(self, rows: list[list[int]]) -> list[str]:
        import torch

        inputs = self.tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(self.model.device)
        factor, constant = _LENGTHS
        # each text has its own end, so that no translation depends on its neighbours' length
        most = [min(self.limit - 1, factor * len(row) + constant) for row in rows]
        options = {"num_beams": self.settings.beams} if self.settings.beams else {}
        with torch.inference_mode():
            made = self.model.generate(
                **inputs, max_new_tokens=max(most), **options, **self.options()
            )
        # begin, text, end: where no more is allowed some models end because they must
        pieces = [row[:length] for row, length in zip(made.tolist(), most, strict=True)]
        end = self.model.config.eos_token_id
        self.counts["translations cut short"] += sum(
            len(row) == length and end not in row[1:]
            for row, length in zip(pieces, most, strict=True)
        )
        return self.tokenizer.batch_decode(pieces, skip_special_tokens=True)


def batched(parts: Sequence[Part], budget: int) -> Iterator[list[Part]]:
    """The parts from the longest on, in batches of at most `budget` pieces, padding included."""
    batch: list[Part] = []
    for part in sorted(parts, key=lambda part: -len(part.pieces)):
        if batch and len(batch[0].pieces) * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(part)
    if batch:
        yield batch


def located(name: str, files: Sequence[str], offline: bool) -> Path:
    """The folder of a model: `name` itself, or the hub's of that name, fetched if need be.

    `files` are those it must have, `|` between alternatives. Raises EngineError.
    """
    folder = Path(name) if Path(name).is_dir() else _from_hub(name, files, offline)
    missing = [
        file for file in files if not any((folder / one).exists() for one in file.split("|"))
    ]
    if missing:
        raise EngineError(f"'{name}' is no translation model: it has no {_list(missing)}")
    return folder


def _from_hub(name: str, files: Sequence[str], offline: bool) -> Path:
    from huggingface_hub import snapshot_download

    patterns = [one for file in files for one in file.split("|")] + ["*.json"]
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, local_files_only=offline))
    except Exception as error:  # the hub's client raises a dozen kinds, of three libraries
        reason = "--offline was given" if offline else str(error).splitlines()[0]
        raise EngineError(
            f"translation model '{name}' is not at hand: there is no such folder (with "
            f"{_list(files)}), and the model hub did not give it ({reason}); name a folder, as in "
            "opus:FOLDER, or another engine"
        ) from None


def _list(files: Sequence[str]) -> str:
    return ", ".join(file.replace("|", " or ") for file in files)


def _fingerprint(folder: Path) -> str:
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


def _best_cut(text: str) -> int:
    """Where to cut a text in two: near the middle, after a sentence rather than after a word."""
    middle = len(text) // 2
    ends = [place for place, char in enumerate(text) if char == " " and 0 < place < len(text) - 1]

    def cost(place: int) -> float:
        return abs(place - middle) - len(text) / 4 * (text[place - 1] in ".!?;:")

    return min(ends, key=cost, default=middle)

"""Models converted for CTranslate2 (Klein et al., AMTA 2020): the same weights, much faster.

`ct2-transformers-converter` makes them of Marian, M2M-100 and NLLB models. What is asked of the
search (beams, length penalty) is read from the model's own `generation_config.json`, so that
translations are those of transformers: to the letter if that searches greedily, or with beams and
`early_stopping`; without it transformers looks a little further.
"""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

from xner import device
from xner.errors import EngineError, OptionError
from xner.registry import split_options
from xner.translation import m2m100, marian, nllb
from xner.translation.engine import Settings
from xner.translation.generation import load_tokenizer
from xner.translation.model_folder import fingerprint, located
from xner.translation.parts import Part, Parted

_FAMILIES = (m2m100.FAMILY, nllb.FAMILY)
_OPTIONS = ("tokenizer", "compute_type", "inter_threads", "prefix", "source", "target")
_TOKENIZER = ("source.spm|sentencepiece.bpe.model|tokenizer.json",)
_MAYBE = ("source.spm", "target.spm", "sentencepiece.bpe.model", "*.json")
_AHEAD = 8  # batches handed over at once; CTranslate2 makes its own of them, by length
# What transformers and CTranslate2 call the same thing; there is more that both leave alone.
_SEARCH = {
    "num_beams": "beam_size",
    "length_penalty": "length_penalty",
    "no_repeat_ngram_size": "no_repeat_ngram_size",
    "repetition_penalty": "repetition_penalty",
}


class CTranslate2(Parted):
    """`ctranslate2:FOLDER`; behind it may stand `,key=value` with

    - `tokenizer=`, the folder or hub name of the model that was converted, where the files of its
      tokenizer do not stand in FOLDER;
    - `compute-type=` as CTranslate2 has them: int8, float16, int8_float16 and so on;
    - `inter-threads=`, how many batches are translated side by side;
    - `prefix=` as for `opus`, `source=` and `target=` as for `m2m100` and `nllb`.
    """

    several = True

    def __init__(self, argument: str, source: str, target: str, settings: Settings):
        name, self.chosen = split_options(argument)
        if not name or not self.chosen.keys() <= set(_OPTIONS):
            known = ", ".join(key.replace("_", "-") for key in _OPTIONS)
            raise OptionError(
                f"--engine ctranslate2:{argument}: expected ctranslate2:FOLDER,key=value; "
                f"the keys are {known}"
            )
        if find_spec("ctranslate2") is None:
            raise EngineError("ctranslate2 is not installed; pip install 'xner[ctranslate2]'")
        super().__init__(argument, source, target, settings)
        self.name = f"ctranslate2:{name}"
        self.threads = _whole(self.chosen.get("inter_threads", "1"))
        self.folder, self.tokenizer_folder = _folders(name, self.chosen.get("tokenizer"), settings)
        heeded = {key: self.chosen.get(key, "") for key in _OPTIONS[3:]}
        self.identity = (
            f"ctranslate2 {fingerprint(self.folder)} {fingerprint(self.tokenizer_folder)} "
            f"{self.chosen.get('compute_type', 'default')} beams={settings.beams or 'own'} "
            f"nbest={settings.nbest} {' '.join(heeded.values())}"
        )
        self._held = ExitStack()

    def prepared(self, text: str) -> str:
        """The text behind the mark of its target language, where the model has such marks."""
        return f"{self.mark} {text}" if self.mark else text

    def close(self) -> None:
        """Give the GPU back."""
        self._held.close()

    @cached_property
    def tokenizer(self) -> Any:
        """That of the model which was converted."""
        return load_tokenizer(self.tokenizer_folder, self.name)

    @cached_property
    def family(self) -> m2m100.Family | None:
        """The kind of a model of many languages, which its tokenizer is told; None for Marian's."""
        for family in _FAMILIES:
            if m2m100.has_piece(self.tokenizer, family.piece.format(family.codes[0])):
                m2m100.direct(self.tokenizer, family, self.codes(family), self.name)
                return family
        if not hasattr(self.tokenizer, "supported_language_codes"):
            raise EngineError(f"engine '{self.name}': the model is no Marian, M2M-100 or NLLB")
        return None

    def codes(self, family: m2m100.Family) -> tuple[str, str]:
        """Both languages as the model spells them."""
        return m2m100.chosen_codes(family, self.name, self.source, self.target, dict(self.chosen))

    @cached_property
    def mark(self) -> str:
        """Which language a Marian model with several is to translate into."""
        if self.family or "prefix" in self.chosen:
            return self.chosen.get("prefix", "")
        return marian.mark(self.tokenizer, self)

    @cached_property
    def model(self) -> Any:
        """The model, on its device."""
        import ctranslate2

        place = device.pick(self.settings.device)
        if self.settings.device == "auto" and (
            place.type != "cuda" or not ctranslate2.get_cuda_device_count()
        ):
            place = device.pick("cpu")
        self._held.enter_context(
            device.turn(place, self.settings.gpu_lock, self.settings.while_waiting)
        )
        try:
            return ctranslate2.Translator(
                str(self.folder),
                device=place.type,
                device_index=place.index or 0,
                compute_type=self.chosen.get("compute_type", "default"),
                inter_threads=self.threads,
            )
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"engine '{self.name}' cannot be loaded: {error}") from error

    @cached_property
    def search(self) -> dict[str, Any]:
        """How translations are searched for: what is asked for, else the model's own way."""
        own: dict[str, Any] = {}
        for folder in (self.tokenizer_folder, self.folder):
            path = folder / "generation_config.json"
            own |= json.loads(path.read_text("utf-8")) if path.is_file() else {}
        found = {ours: own[theirs] for theirs, ours in _SEARCH.items() if own.get(theirs)}
        beams = self.settings.beams or found.get("beam_size", 1)
        ranks = self.settings.nbest
        return found | {"beam_size": max(beams, ranks), "num_hypotheses": ranks}

    @property
    def limit(self) -> int:
        """The pieces that the model can read at once; the tokenizer alone tells."""
        return min(self.tokenizer.model_max_length, 1024)

    @property
    def budget(self) -> int:
        """Several batches: CTranslate2 makes its own of them."""
        return self.settings.batch_tokens * _AHEAD * self.threads

    def pieces(self, text: str) -> list[int]:
        """The numbers of the text's pieces, with those that the model wants around them."""
        return self.tokenizer(text, verbose=False)["input_ids"]

    def made(self, batch: Sequence[Part]) -> list[list[str]]:
        """The translations of a batch, as many for each part as are wanted."""
        groups = groupby(batch, key=self.most)
        return [texts for most, group in groups for texts in self._alike(list(group), most)]

    def _alike(self, batch: Sequence[Part], most: int) -> list[list[str]]:
        """Translations of parts that may become equally long: a call has one limit for all."""
        first = self._first()
        try:
            results = self.model.translate_batch(
                [self.tokenizer.convert_ids_to_tokens(part.pieces) for part in batch],
                target_prefix=[first] * len(batch) if first else None,
                max_batch_size=self.settings.batch_tokens,
                batch_type="tokens",
                max_input_length=0,
                min_decoding_length=0,
                max_decoding_length=most,
                return_end_token=True,
                **self.search,
            )
        except RuntimeError as error:
            if "out of memory" in str(error):
                raise MemoryError from error
            raise EngineError(f"engine '{self.name}' failed: {error}") from error
        return [[self._text(pieces, most) for pieces in result.hypotheses] for result in results]

    def _first(self) -> list[str]:
        """What every translation begins with: the piece of its language, if there are many."""
        return [self.family.piece.format(self.codes(self.family)[1])] if self.family else []

    def _text(self, pieces: list[str], most: int) -> str:
        """The text of a translation, cut where no more is allowed; it counts as in transformers.

        There the piece that every translation begins with is one of those that are allowed.
        """
        kept = pieces[: most - 1]
        self.counts["translations cut short"] += self.tokenizer.eos_token not in kept
        numbers = self.tokenizer.convert_tokens_to_ids(kept[len(self._first()) :])
        return self.tokenizer.decode(numbers, skip_special_tokens=True)


def _folders(name: str, tokenizer: str | None, settings: Settings) -> tuple[Path, Path]:
    """Where the model is, and where its tokenizer."""
    try:
        folder = located(name, ("model.bin",), settings.offline, "ctranslate2", _MAYBE)
    except EngineError as error:
        advice = "ct2-transformers-converter --model MODEL --output_dir FOLDER makes one"
        raise EngineError(f"{error}; {advice}") from None
    try:
        own = located(tokenizer or name, _TOKENIZER, settings.offline, "ctranslate2", _MAYBE)
    except EngineError as error:
        advice = f"name the model that was converted: ctranslate2:{name},tokenizer=MODEL"
        raise EngineError(f"{error}; {advice}") from None
    return folder, own


def _whole(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise OptionError(f"--engine ctranslate2: inter-threads is '{text}', not a number like 2")
    return int(text)

"""Whatever EasyNMT can load, through the one of its methods that does what it says.

EasyNMT 2.0.2 cuts long texts silently, gives a text another's n-best list, waits for ever on a
worker that died, does not tell NLLB the target language, and lets a file that it fetches name any
Python class. None of that is reachable from here: texts are cut and counted before they are sent,
models are found by us (so that `--offline` holds), and only its own two kinds are loaded.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from importlib.util import find_spec
from itertools import groupby
from typing import Any

from xner import device
from xner.errors import EngineError, OptionError
from xner.registry import split_options
from xner.translation import marian
from xner.translation.easynmt_models import Model, known_as, located_model, package
from xner.translation.engine import Settings
from xner.translation.model_folder import fingerprint
from xner.translation.parts import Part, Parted

_BEAMS = 5  # EasyNMT's own number


class EasyNMT(Parted):
    """`easynmt:NAME`, as EasyNMT's list of models has it, or `easynmt:FOLDER`.

    The folder is one that EasyNMT saved (it has an `easynmt.json`) or any model of transformers.
    `,source=CODE` and `,target=CODE` name a language as the model spells it.
    """

    def __init__(self, argument: str, source: str, target: str, settings: Settings):
        name, self.chosen = split_options(argument)
        if not name or not self.chosen.keys() <= {"source", "target"}:
            raise OptionError(
                f"--engine easynmt:{argument}: expected easynmt:NAME or easynmt:FOLDER, with "
                "source=CODE and target=CODE behind it where need be"
            )
        if find_spec("easynmt") is None:
            raise EngineError("easynmt is not installed; pip install 'xner[easynmt]'")
        super().__init__(argument, source, target, settings)
        self.name = f"easynmt:{name}"
        own = self.chosen.get("source"), self.chosen.get("target")
        self.found: Model = located_model(name, source, target, own, settings.offline)
        self.identity = (
            f"easynmt {fingerprint(self.found.folder)} beams={settings.beams or _BEAMS} "
            f"{own[0] or ''}>{own[1] or ''}"
        )
        self._held = ExitStack()

    def prepared(self, text: str) -> str:
        """Behind the mark of its target language, where a Marian model has such marks."""
        return f"{self.mark} {text}" if self.mark else text

    def close(self) -> None:
        """Give the GPU back."""
        self._held.close()

    @cached_property
    def mark(self) -> str:
        """Which language a Marian model with several is to translate into."""
        several = getattr(self.tokenizer, "supported_language_codes", None)
        return marian.mark(self.tokenizer, self) if several else ""

    @cached_property
    def model(self) -> Any:
        """EasyNMT with a translator, on its device."""
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        place = device.pick(self.settings.device)
        self._held.enter_context(
            device.turn(place, self.settings.gpu_lock, self.settings.while_waiting)
        )
        try:
            translator = self.found.loaded()
        except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
            first = str(error).strip().splitlines()[0]
            raise EngineError(f"engine '{self.name}' cannot be loaded: {first}") from error
        return package().EasyNMT(translator=translator, device=str(place))

    @property
    def tokenizer(self) -> Any:
        """The model's own."""
        return self.found.parts(self.model.translator)[0]

    @cached_property
    def codes(self) -> tuple[str, str]:
        """Both languages as EasyNMT has to be told them."""
        if self.found.codes:
            codes = self.found.codes
        else:
            tags = (self.source, self.target)
            chosen = (self.chosen.get("source"), self.chosen.get("target"))
            codes = known_as(tags, chosen, self.tokenizer, self.name)
        self._check_forced(codes[1])
        if codes[0] == codes[1]:
            raise EngineError(
                f"engine '{self.name}' has one code for '{self.source}' and '{self.target}', "
                f"'{codes[0]}', and would give texts back as they are; name another engine"
            )
        return codes

    @property
    def limit(self) -> int:
        """The pieces that the model can read at once."""
        tokenizer, model = self.found.parts(self.model.translator)
        positions = getattr(model.config, "max_position_embeddings", None) or 512
        return min(positions, tokenizer.model_max_length)

    def pieces(self, text: str) -> list[int]:
        """The numbers of the text's pieces."""
        return self.tokenizer(text, verbose=False)["input_ids"]

    def made(self, batch: Sequence[Part]) -> list[list[str]]:
        """The translations of a batch, one for each part."""
        groups = groupby(batch, key=self.most)
        return [[text] for most, group in groups for text in self._alike(list(group), most)]

    def _alike(self, batch: Sequence[Part], most: int) -> list[str]:
        """Translations of parts that may become equally long: a call has one limit for all."""
        import torch

        source, target = self.codes
        try:
            texts: list[str] = self.model.translate_sentences(
                [self.prepared(part.line) for part in batch],
                source_lang=source,
                target_lang=target,
                beam_size=self.settings.beams or _BEAMS,
                batch_size=len(batch),
                max_new_tokens=most,
            )
        except torch.OutOfMemoryError as error:
            raise MemoryError from error
        except (ValueError, RuntimeError, KeyError, IndexError, TypeError) as error:
            raise EngineError(f"engine '{self.name}' failed: {error!r}") from error
        # not every tokenizer leaves the piece of the language out of the text
        return [text.removeprefix(f"__{target}__") for text in texts]

    def freed(self) -> None:
        """Let the GPU's memory go."""
        import torch

        torch.cuda.empty_cache()

    def _check_forced(self, target: str) -> None:
        """EasyNMT tells a model of many languages its target only through one table."""
        if not isinstance(getattr(type(self.tokenizer), "src_lang", None), property):
            return  # it has one
        table = getattr(self.tokenizer, "lang_code_to_id", None)
        if table is None:
            raise EngineError(
                f"engine '{self.name}': EasyNMT would not tell this model its target language; "
                "give the same folder or name to --engine nllb: or m2m100:"
            )
        target = getattr(self.model.translator, "lang_map", {}).get(target, target)
        if target not in table:
            raise EngineError(
                f"engine '{self.name}' does not know the language '{target}'; it knows "
                f"{' '.join(table)}; choose one with target=CODE"
            )

"""Translation by any encoder-decoder of transformers.

torch is imported at the first text that has to be translated: not where all are known already,
and not to find out that there is no model.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any

from xner import device
from xner.errors import EngineError
from xner.translation.engine import Settings
from xner.translation.model_folder import fingerprint
from xner.translation.parts import Part, Parted


class Seq2Seq(Parted):
    """A model in a folder that transformers can load; what is special about a family is overridden.

    The model is loaded, and the GPU taken, at the first text. The tokenizer may stand in a folder
    of its own.
    """

    several = True

    def __init__(
        self,
        name: str,
        folder: Path,
        source: str,
        target: str,
        settings: Settings,
        tokenizer: Path | None = None,
    ):
        super().__init__(name, source, target, settings)
        self.name = name
        self.folder = folder
        self.tokenizer_folder = tokenizer or folder
        own = "" if tokenizer is None else f" tokenizer={fingerprint(tokenizer)}"
        ranks = f" nbest={settings.nbest}" if settings.nbest > 1 else ""
        self.identity = f"{fingerprint(folder)}{own} beams={settings.beams or 'own'}{ranks}"
        self._held = ExitStack()

    def options(self) -> dict[str, Any]:
        """What `generate` is told besides the texts."""
        return {}

    @property
    def unspoken(self) -> frozenset[int]:
        """Pieces that are no part of a translation, besides those that the tokenizer calls so."""
        return frozenset()

    def close(self) -> None:
        """Give the GPU back."""
        self._held.close()

    @cached_property
    def tokenizer(self) -> Any:
        """The model's own."""
        return load_tokenizer(self.tokenizer_folder, self.name)

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

    @property
    def limit(self) -> int:
        """The pieces that the model can read at once."""
        positions = getattr(self.model.config, "max_position_embeddings", None) or 512
        return min(positions, self.tokenizer.model_max_length)

    def pieces(self, text: str) -> list[int]:
        """The numbers of the text's pieces, with those that the model wants around them."""
        return self.tokenizer(text, verbose=False)["input_ids"]

    def made(self, batch: Sequence[Part]) -> list[list[str]]:
        """The translations of a batch, as many for each part as are wanted."""
        import torch

        rows = [part.pieces for part in batch]
        inputs = self.tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(self.model.device)
        most = [self.most(part) for part in batch]
        try:
            with torch.inference_mode():
                rows = self.model.generate(
                    **inputs,
                    max_new_tokens=max(most),
                    logits_processor=[self._ending(most)],
                    **self._search(),
                    **self.options(),
                ).tolist()
        except torch.OutOfMemoryError as error:
            raise MemoryError from error
        ranks = self.settings.nbest  # the rows of a text stand together, the best first
        rows = [row[: most[number // ranks]] for number, row in enumerate(rows)]
        self._count_endless(rows, most)
        spoken = [[piece for piece in row if piece not in self.unspoken] for row in rows]
        texts = self.tokenizer.batch_decode(spoken, skip_special_tokens=True)
        return [texts[start : start + ranks] for start in range(0, len(texts), ranks)]

    def freed(self) -> None:
        """Let the GPU's memory go."""
        import torch

        torch.cuda.empty_cache()

    def _ending(self, most: list[int]) -> Any:
        """Lets nothing but the end follow where no more is allowed: for each text at its own place.

        Else a search would go on as long as the longest text of the batch may, and what it finds
        behind a text's own place would decide between the beginnings.
        """
        import torch

        end = self.model.config.eos_token_id

        def end_there(pieces: Any, scores: Any) -> Any:
            over = torch.tensor([pieces.shape[1] >= place for place in most], device=scores.device)
            if over.any():
                over = over.repeat_interleave(len(pieces) // len(most))
                scores = scores.masked_fill(over[:, None], -torch.inf)
                scores[over, end] = 0
            return scores

        return end_there

    def _search(self) -> dict[str, int]:
        """A beam for each translation that is wanted, at the least."""
        beams, ranks = self.settings.beams, self.settings.nbest
        if ranks == 1:
            return {"num_beams": beams} if beams else {}
        own = self.model.generation_config.num_beams or 1
        return {"num_beams": max(beams or own, ranks), "num_return_sequences": ranks}

    def _count_endless(self, rows: list[list[int]], most: list[int]) -> None:
        """Translations that stop where no more is allowed: begin, text, and no end."""
        end = self.model.config.eos_token_id
        self.counts["translations cut short"] += sum(
            len(row) == most[number // self.settings.nbest] and end not in row[1:]
            for number, row in enumerate(rows)
        )


def load_tokenizer(folder: Path, name: str) -> Any:
    """The tokenizer in a folder; EngineError if it cannot be read."""
    from transformers import AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        first = str(error).strip().splitlines()[0]
        raise EngineError(
            f"engine '{name}': no tokenizer can be read in '{folder}': {first}"
        ) from error

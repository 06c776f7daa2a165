"""Links by the likeness of words in the eyes of a pretrained encoder; nothing is learned.

A middle layer of a multilingual encoder gives words that say the same like vectors: layer 8 of 12
by SimAlign (Jalili Sabet et al., 2020) and awesome-align (Dou and Neubig, 2021).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xner import device
from xner.alignment import matching
from xner.alignment.aligner import Aligner, AlignerSettings, Pair, WordLink, parsed
from xner.alignment.pieces import Cutter, Row
from xner.errors import ModelError, OptionError
from xner.registry import one_of
from xner.word_pieces import behind_blanks, tokenizer_options

if TYPE_CHECKING:
    from torch import Tensor

_CHUNK = 256  # pairs whose vectors are held at a time
_OPTIONS = ["layer", "method", "threshold"]
# weights that are not asked, or computed where a checkpoint has none
_UNUSED = re.compile(r"pooler|^decoder\.|embed_positions")


class Encoder(Aligner):
    """`encoder:FOLDER` or `encoder:HUB-NAME`, with the options

    - `layer=`, counted from 1, 0 being the embeddings; two thirds of them all if not given;
    - `method=`, `argmax`, `itermax`, `match` or `softmax` (`matching.py`);
    - `threshold=`, the least probability for `softmax`.

    Of an encoder-decoder, such as a translation model, the encoder is taken. Words are linked if
    any of their pieces are. A sentence that is too long for the encoder is read in parts.
    """

    def __init__(self, argument: str, settings: AlignerSettings):
        super().__init__(argument, settings)
        self.name, options = parsed("encoder", argument, _OPTIONS)
        if not self.name:
            raise OptionError("--aligner encoder wants a model: encoder:FOLDER or encoder:HUB-NAME")
        known = list(matching.METHODS)
        method = one_of("--aligner encoder", "method", options.get("method", "itermax"), known)
        self._matched: Callable[[Tensor, Tensor], Tensor] = matching.METHODS[method]
        if "threshold" in options:
            if method != "softmax":
                raise OptionError(f"--aligner encoder: threshold is for softmax, not for {method}")
            self._matched = partial(matching.softmax, threshold=_share(options["threshold"]))
        self._layer = options.get("layer")
        if self._layer is not None and not self._layer.isdecimal():
            raise OptionError(f"--aligner encoder: layer '{self._layer}' is not a whole number")
        if Path(self.name).is_dir() and not Path(self.name, "config.json").is_file():
            raise ModelError(f"folder '{self.name}' holds no model: it has no config.json")
        self._held = ExitStack()

    def align(self, pairs: Sequence[Pair]) -> Iterator[list[WordLink]]:
        """A few hundred pairs at a time."""
        waiting = iter(pairs)
        while chunk := list(islice(waiting, _CHUNK)):
            yield from self._aligned(chunk)

    def word_vectors(self, sentences: Sequence[Sequence[str]]) -> list["Tensor"]:
        """The vectors of each sentence's words, the mean of their pieces': `word feature`."""
        cut = [self.cutter.words(words) for words in sentences]
        pieces = self._vectors([ids for ids, _ in cut])
        return [
            _means(vectors, owner, len(words))
            for vectors, (_, owner), words in zip(pieces, cut, sentences, strict=True)
        ]

    def close(self) -> None:
        """Give the GPU back."""
        self._held.close()

    def _aligned(self, pairs: Sequence[Pair]) -> list[list[WordLink]]:
        sentences = list(dict.fromkeys(tuple(words) for pair in pairs for words in pair))
        cut = [self.cutter.words(words) for words in sentences]
        vectors = self._vectors([ids for ids, _ in cut])
        number = {words: n for n, words in enumerate(sentences)}
        made: list[list[WordLink]] = []
        for pair in pairs:
            sides = [number[tuple(words)] for words in pair]
            owners = [cut[side][1] for side in sides]
            made.append(self._links([vectors[side] for side in sides], owners))
        return made

    def _links(self, vectors: Sequence["Tensor"], owners: Sequence[list[int]]) -> list[WordLink]:
        """Links of words; pieces that say nothing are not asked."""
        places = [[at for at, word in enumerate(own) if word >= 0] for own in owners]
        first, second = (own[at] for own, at in zip(vectors, places, strict=True))
        found: list[list[int]] = self._matched(first, second).nonzero().tolist()
        words = ((owners[0][places[0][i]], owners[1][places[1][j]]) for i, j in found)
        return sorted(set(words))

    def _vectors(self, sentences: Sequence[list[int]]) -> list["Tensor"]:
        """A vector for each piece of each sentence."""
        import torch

        rows = [row for n, ids in enumerate(sentences) for row in self.cutter.rows(n, ids)]
        self.counts["sentences read in parts"] += len({row.sentence for row in rows if row.start})
        parts: dict[tuple[int, int], Tensor] = {}
        for batch in _batches(rows, self.settings.batch_tokens):
            for row, hidden in zip(batch, self._encoded(batch), strict=True):
                parts[row.sentence, row.start] = hidden
        made: list[list[Tensor]] = [[] for _ in sentences]
        for sentence, start in sorted(parts):
            made[sentence].append(parts[sentence, start])
        return [torch.cat(own) for own in made]

    def _encoded(self, batch: Sequence[Row]) -> list["Tensor"]:
        """The own pieces of each row; where memory gives out, half a batch after the other."""
        import torch

        try:
            return self._computed(batch)
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise ModelError(f"'{self.name}' has no memory for one sentence") from error
        torch.cuda.empty_cache()
        self.counts["batches halved"] += 1
        middle = len(batch) // 2
        return self._encoded(batch[:middle]) + self._encoded(batch[middle:])

    def _computed(self, batch: Sequence[Row]) -> list["Tensor"]:
        import torch

        model = self.model
        width = max(len(row.ids) for row in batch)
        padding = self.cutter.tokenizer.pad_token_id or 0
        ids = torch.tensor([row.ids + [padding] * (width - len(row.ids)) for row in batch])
        attended = torch.tensor([[at < len(row.ids) for at in range(width)] for row in batch])
        with torch.inference_mode():
            out = model(
                input_ids=ids.to(model.device),
                attention_mask=attended.long().to(model.device),
                output_hidden_states=True,
            )
        hidden = out.hidden_states[self.layer].float()
        # copied, so that the rest of the batch can go
        return [
            own[row.own.start : row.own.stop].clone()
            for row, own in zip(batch, hidden, strict=True)
        ]

    @cached_property
    def layer(self) -> int:
        """The layer whose vectors are compared."""
        config = self.model.config
        depth = getattr(config, "encoder_layers", None) or config.num_hidden_layers
        if self._layer is None:
            return round(2 * depth / 3)
        if int(self._layer) > depth:
            raise OptionError(
                f"--aligner encoder: layer {self._layer}: '{self.name}' has {depth} layers"
            )
        return int(self._layer)

    @cached_property
    def cutter(self) -> Cutter:
        """The model's tokenizer."""
        from transformers import AutoTokenizer

        config = self.model.config
        options = tokenizer_options(config.model_type)
        tokenizer = behind_blanks(self._loaded(AutoTokenizer, **options))
        positions = getattr(config, "max_position_embeddings", None) or 512
        if "roberta" in config.model_type or config.model_type in {"camembert", "longformer"}:
            positions -= (config.pad_token_id or 0) + 1  # they are counted from behind the padding
        return Cutter(tokenizer, min(positions, tokenizer.model_max_length, 512))

    @cached_property
    def model(self) -> Any:
        """The encoder, on its device."""
        from transformers import AutoModel
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        place = device.pick(self.settings.device)
        self._held.enter_context(
            device.turn(place, self.settings.gpu_lock, self.settings.while_waiting)
        )
        dtype = "bfloat16" if device.has_bf16(place) else "float32"
        model, report = self._loaded(
            AutoModel, dtype=dtype, use_safetensors=True, output_loading_info=True
        )
        absent = [key for key in sorted(report["missing_keys"]) if not _UNUSED.search(key)]
        if absent:  # which transformers fills with noise
            raise ModelError(f"'{self.name}' cannot be loaded: no weights for {absent[0]}")
        if model.config.is_encoder_decoder:
            model = model.get_encoder()
        return model.to(place).eval()

    def _loaded(self, kind: Any, **options: Any) -> Any:
        local = self.settings.offline or Path(self.name).is_dir()
        try:
            return kind.from_pretrained(self.name, local_files_only=local, **options)
        except (OSError, ValueError, ImportError, KeyError, RuntimeError) as error:
            reason = str(error).strip().split("\n")[0]
            raise ModelError(
                f"encoder '{self.name}' cannot be loaded; expected a hub name, or a "
                f"folder with config.json, model.safetensors and the tokenizer's files ({reason})"
            ) from error


def _means(vectors: "Tensor", owner: Sequence[int], words: int) -> "Tensor":
    """For each word the mean of its vectors; those of -1 are no word's."""
    import torch

    owners = torch.tensor(owner, device=vectors.device)
    own = owners >= 0
    sums = vectors.new_zeros(words, vectors.shape[1]).index_add_(0, owners[own], vectors[own])
    return sums / owners[own].bincount(minlength=words)[:, None]


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise OptionError(f"--aligner encoder: threshold '{text}' is not between 0 and 1")
    return number


def _batches(rows: Sequence[Row], budget: int) -> Iterator[list[Row]]:
    """Rows of like length, the longest first, `budget` pieces at a time with their padding."""
    batch: list[Row] = []
    for row in sorted(rows, key=lambda row: -len(row.ids)):
        if batch and len(batch[0].ids) * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch

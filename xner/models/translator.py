"""A translation model that can be trained: scores of the next piece, given a source and a prefix.

Texts become pieces as the engine of the family makes them (`xner.translation`), so that what is
learned here is what `translate-spans` will ask for; and the folder that is saved is one that the
engine loads.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from xner import __version__
from xner.errors import ModelError, OptionError, XnerError
from xner.models.hub import explained, hush
from xner.models.saving import save_whole
from xner.translation.engine import Settings, build
from xner.translation.generation import Seq2Seq
from xner.translation.marker_styles import slot_marker

Direction = tuple[str, str]  # languages of source and target; "" where nobody says

# what transformers calls the architecture -> the engines of its models
_FAMILIES = {"marian": ("opus",), "m2m_100": ("m2m100", "nllb")}


@dataclass(frozen=True)
class PairBatch:
    """Sources and targets in pieces, padded, each with what ends it."""

    source: Int[Tensor, "batch piece"]
    attended: Bool[Tensor, "batch piece"]
    target: Int[Tensor, "batch target"]

    def to(self, device: torch.device) -> "PairBatch":
        """The same batch on another device."""
        moved = (t.to(device, non_blocking=True) for t in (self.source, self.attended, self.target))
        return PairBatch(*moved)


class Translator(nn.Module):
    """An encoder-decoder of transformers, and an engine of its family for each direction."""

    def __init__(self, network: Any, engines: dict[Direction, Seq2Seq], limit: int | None = None):
        super().__init__()
        self.network = network
        self.engines = engines
        self.tokenizer = next(iter(engines.values())).tokenizer
        self.pad: int = self.tokenizer.pad_token_id
        positions = getattr(network.config, "max_position_embeddings", None) or 512
        self.limit = min(positions, self.tokenizer.model_max_length)
        if limit is not None and limit > self.limit:
            raise OptionError(f"--max-pieces {limit}: this model takes {self.limit}")
        self.limit = limit or self.limit
        start = network.config.decoder_start_token_id
        if start is None:
            start = network.generation_config.decoder_start_token_id
        self.start: int = start

    @classmethod
    def load(
        cls,
        name: str,
        directions: Collection[Direction],
        markers: int = 0,
        limit: int | None = None,
        offline: bool = False,
    ) -> "Translator":
        """A model of a folder or a model hub, with `markers` new words: __SLOT0__, __SLOT1__, …

        Raises ModelError or EngineError saying what was looked for where.
        """
        from transformers import AutoModelForSeq2SeqLM

        hush()
        engines = _engines(name, sorted(directions), offline)
        words = [slot_marker(number) for number in range(markers)]
        # not as special ones: those are left out of what is read back
        added = [engine.tokenizer.add_tokens(words) for engine in engines.values()]
        folder = next(iter(engines.values())).folder
        try:
            network = AutoModelForSeq2SeqLM.from_pretrained(
                folder, local_files_only=True, dtype=torch.float32
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelError(explained(name, folder, offline, error)) from error
        # Marian's sinusoids are no part of a saved model, and transformers 5.24 loads them as
        # weights that training would move
        for place, weight in network.named_parameters():
            if place in (network._keys_to_ignore_on_save or ()):
                weight.requires_grad_(False)
        translator = cls(network, engines, limit)
        translator._make_room(added[0])
        return translator

    def _make_room(self, added: int) -> None:
        """Give the newest words of the vocabulary vectors, as if drawn from among the others.

        Vectors that are all alike would make one marker out of all of them: nothing but training
        would ever tell them apart.
        """
        if not added:
            return
        network, words = self.network, len(self.tokenizer)
        if not getattr(network.config, "share_encoder_decoder_embeddings", True):
            raise OptionError("--marker-tokens: this model has a vocabulary for each language")
        old = network.get_input_embeddings().weight.detach()
        mean, deviation = old[: words - added].mean(0), old[: words - added].std(0)
        if words > len(old):
            network.resize_token_embeddings(words, mean_resizing=False)
        with torch.no_grad():
            drawn = mean + deviation * torch.randn(added, len(mean))
            network.get_input_embeddings().weight[words - added : words] = drawn

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    def pieces(
        self, texts: Sequence[tuple[str, str]], direction: Direction
    ) -> Iterator[tuple[list[int], list[int]]]:
        """Texts of one direction with their translations, in pieces."""
        engine = self.engines[direction]
        prepared = [engine.prepared(source) for source, _ in texts]
        own = engine.tokenizer(prepared, verbose=False)["input_ids"]
        targets = [target for _, target in texts]
        yield from zip(
            own, engine.tokenizer(text_target=targets, verbose=False)["input_ids"], strict=True
        )

    def forward(self, batch: PairBatch) -> Float[Tensor, "batch target vocabulary"]:
        """Scores (logits) of every target's pieces, each from the source and the pieces before."""
        begin = torch.full_like(batch.target[:, :1], self.start)
        before = torch.cat([begin, batch.target[:, :-1]], dim=1)
        made = self.network(
            input_ids=batch.source,
            attention_mask=batch.attended.long(),
            decoder_input_ids=before,
            use_cache=False,
        )
        return made.logits

    def save(self, folder: Path, **facts: Any) -> None:
        """Write a folder that the engine of the family loads; `facts` go into xner.json."""

        def write(partial: Path) -> None:
            self.network.save_pretrained(partial)
            self.tokenizer.save_pretrained(partial)

        directions = [list(direction) for direction in self.engines]
        save_whole(folder, write, {"xner": __version__, "directions": directions, **facts})


def _engines(name: str, directions: Sequence[Direction], offline: bool) -> dict[Direction, Seq2Seq]:
    family = _family(name, offline)
    settings = Settings(device="cpu", offline=offline)
    engines: dict[Direction, Seq2Seq] = {}
    for direction in directions:
        if family != "opus" and not all(direction):
            raise XnerError(f"'{name}' must be told both languages, and some pairs do not say them")
        engine = build(f"{family}:{name}", *direction, settings)
        assert isinstance(engine, Seq2Seq)
        engines[direction] = engine
        # a Marian model of several languages has a mark for each
        if len(directions) > 1 and family == "opus" and not engine.prepared("").strip():
            said = ", ".join("-".join(direction) for direction in directions)
            raise XnerError(f"'{name}' translates in one direction, and the pairs are in {said}")
    return engines


def _family(name: str, offline: bool) -> str:
    """The engine that a model is for."""
    from transformers import AutoConfig
    from transformers.models.auto.tokenization_auto import get_tokenizer_config

    folder = Path(name)
    local = offline or folder.is_dir()
    try:
        config = AutoConfig.from_pretrained(name, local_files_only=local)
        tokenizer = get_tokenizer_config(name, local_files_only=local).get("tokenizer_class", "")
    except (OSError, ValueError) as error:
        raise ModelError(explained(name, folder, offline, error)) from error
    families = _FAMILIES.get(config.model_type)
    if families is None:
        raise ModelError(
            f"'{name}' is a model of kind {config.model_type}; --task translation teaches Marian, "
            "M2M100 and NLLB models"
        )
    return families[-1 if str(tokenizer).startswith("Nllb") else 0]

"""An encoder with a head: scores words, tags sentences, is saved and loaded as a checkpoint folder.

The folder is a Hugging Face checkpoint of a token classifier, so with a softmax head
`transformers.pipeline("token-classification", folder)` gives the same tags; with a head of pairs of
words it is one of an encoder alone. What transformers does not know stands beside it: `xner.json`
(head, pooling, scheme, where the model came from) and, for heads with parameters of their own,
`head.safetensors`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from xner import __version__
from xner.errors import ModelError, OptionError
from xner.models import HEADS
from xner.models.batch import Batch, PieceTokenizer
from xner.models.head import Head
from xner.models.hub import load_checkpoint, own_file
from xner.models.pooling import Pooling, pooled
from xner.models.saving import CARD, save_whole
from xner.registry import load, split_options
from xner.tag_schemes import OUTSIDE, Scheme, is_tag, label_of, split_tag, tag_names

HEAD_WEIGHTS = "head.safetensors"


@dataclass(frozen=True)
class TaggerSettings:
    """What makes a tagger of an encoder, beside its weights.

    `head` is a name of HEADS, with its options behind it: "token-pair,fused=256".
    """

    head: str = "softmax"
    pooling: Pooling = "first"
    scheme: Scheme = "bioes"
    max_pieces: int | None = None  # None: what the encoder was trained for


class Tagger(nn.Module):
    """A token classifier of transformers, word pooling and a head.

    `tags` names the classifier's outputs; of a head without them, those of its types.
    """

    def __init__(self, network: Any, tokenizer: Any, settings: TaggerSettings):
        super().__init__()
        self.network = network
        self.settings = settings
        self.tags = [network.config.id2label[i] for i in range(network.config.num_labels)]
        self.types = sorted({label_of(tag) for tag in self.tags} - {OUTSIDE})
        self.labels = self.tags  # the checkpoint's own spelling, where that is another
        limit = _max_pieces(network.config, tokenizer)
        if settings.max_pieces is not None and settings.max_pieces > limit:
            raise OptionError(f"--max-pieces {settings.max_pieces}: this encoder takes {limit}")
        self.tokenize = PieceTokenizer(tokenizer, settings.max_pieces or limit)
        name, options = split_options(settings.head)
        self.head: Head = _head(name).make(network, self.tags, settings.scheme, options)

    @classmethod
    def build(
        cls, encoder: str, types: list[str], settings: TaggerSettings, offline: bool = False
    ) -> "Tagger":
        """A tagger with a fresh head on a pretrained encoder (folder or hub name)."""
        if not _head(split_options(settings.head)[0]).of_words:
            settings = replace(settings, scheme="bio")  # the one of what it says of words
        tags = tag_names(types, settings.scheme)
        network, tokenizer = load_checkpoint(encoder, tags=tags, offline=offline)
        return cls(network, tokenizer, settings)

    @classmethod
    def load(
        cls,
        name: str,
        offline: bool = False,
        names: Mapping[str, str] | None = None,
        scheme: Scheme | None = None,
        max_pieces: int | None = None,
    ) -> "Tagger":
        """A saved tagger, or any Hugging Face token classifier (softmax over first pieces).

        Of the latter, `names` may say which tags its labels are, and `scheme` how they are meant;
        a saved tagger knows both. `max_pieces` is what it was trained with if not given. Raises
        ModelError for labels that cannot be read as tags, and a head without its weights.
        """
        card = _card(name, offline)
        tags = None if card is None or _kind(card).of_words else card["tags"]
        network, tokenizer = load_checkpoint(name, tags=tags, offline=offline)
        if card is None:
            labels = [network.config.id2label[i] for i in range(network.config.num_labels)]
            tags = _tags_of_labels(name, labels, names or {})
            network.config.id2label = dict(enumerate(tags))
            network.config.label2id = {tag: i for i, tag in enumerate(tags)}
            # a tag that --map drops says as much about the scheme as one that stays
            scheme = scheme or _scheme(labels if all(map(is_tag, labels)) else tags)
            tagger = cls(network, tokenizer, TaggerSettings(scheme=scheme, max_pieces=max_pieces))
            tagger.labels = labels
            return tagger
        own = {**card["tagger"], **({"max_pieces": max_pieces} if max_pieces else {})}
        tagger = cls(network, tokenizer, TaggerSettings(**own))
        weights = own_file(name, HEAD_WEIGHTS, offline)
        if weights is not None:
            tagger.head.load_state_dict(load_file(weights), strict=False)
        elif any(True for _ in tagger.head.parameters()):
            raise ModelError(f"'{name}' lacks {HEAD_WEIGHTS}, what its head has learned")
        return tagger

    def save(
        self, folder: Path, beside: Mapping[str, Mapping[str, Tensor]] | None = None, **facts: Any
    ) -> None:
        """Write the checkpoint; `facts` (data, seed, selection, …) go into xner.json.

        `beside` holds tensors that are no part of the tagger, by the name of their file; where
        there are none, neither is the file.
        """
        card = {"xner": __version__, "tagger": asdict(self.settings), "tags": self.tags, **facts}
        files = {HEAD_WEIGHTS: dict(self.head.named_parameters()), **(beside or {})}

        def write(partial: Path) -> None:
            whole: Any = self.network if self.head.of_words else self.encoder
            whole.save_pretrained(partial)
            self.tokenize.tokenizer.save_pretrained(partial)
            for name, tensors in files.items():
                if tensors:
                    own = {key: t.detach().cpu().contiguous() for key, t in tensors.items()}
                    save_file(own, partial / name)

        save_whole(folder, write, card, files)

    @property
    def encoder(self) -> nn.Module:
        """The pretrained part."""
        return getattr(self.network, self.network.base_model_prefix)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @property
    def width(self) -> int:
        """Features of the encoder's vectors."""
        return self.network.config.hidden_size

    @property
    def depth(self) -> int:
        """Layers of the encoder, the embeddings not counted."""
        return self.network.config.num_hidden_layers

    def hidden(self, batch: Batch) -> Float[Tensor, "row piece hidden"]:
        """One vector a piece, from the encoder's last layer."""
        out = self.encoder(input_ids=batch.pieces, attention_mask=batch.attended.long())
        return out.last_hidden_state

    def layers(self, batch: Batch, numbers: Sequence[int]) -> Float[Tensor, "row piece hidden"]:
        """One vector a piece, the mean of layers; 0 is the embeddings, -1 the last layer."""
        out = self.encoder(
            input_ids=batch.pieces,
            attention_mask=batch.attended.long(),
            output_hidden_states=True,
        )
        # some encoders normalise their last layer after they have noted it
        every = [*out.hidden_states[:-1], out.last_hidden_state]
        return torch.stack([every[number] for number in numbers]).mean(0)

    def pooled(
        self, pieces: Float[Tensor, "row piece hidden"], batch: Batch
    ) -> Float[Tensor, "batch word hidden"]:
        """One vector a word."""
        return pooled(pieces, batch, self.settings.pooling)

    def score(self, fused: Float[Tensor, "batch word fused"]) -> Float[Tensor, "batch word ..."]:
        """Scores (logits; a CRF's emissions) of every tag, or of every relation of two words."""
        return self.head.score(fused)

    def forward(self, batch: Batch) -> Float[Tensor, "batch word ..."]:
        """Scores of a batch."""
        return self.head(self.pooled(self.hidden(batch), batch), batch.mask)

    def freeze(self, layers: int, embeddings: bool) -> None:
        """Keep the encoder's bottom layers, and its embeddings if asked, as they are.

        Embeddings are all that comes before the first layer: of pieces, positions and segments.
        """
        if embeddings:
            whole = getattr(self.encoder, "embeddings", None) or self.network.get_input_embeddings()
            whole.requires_grad_(False)
        blocks = next((m for m in self.encoder.modules() if isinstance(m, nn.ModuleList)), None)
        if layers and (blocks is None or layers > len(blocks)):
            have = 0 if blocks is None else len(blocks)
            raise OptionError(f"--freeze-layers {layers}: this encoder has {have} layers")
        for block in list(blocks or [])[:layers]:
            block.requires_grad_(False)


def head_of(name: str, offline: bool = False) -> type[Head]:
    """The kind of a saved tagger's head; of any other classifier that of tags, unseen."""
    return _kind(_card(name, offline))


def _max_pieces(config: Any, tokenizer: Any) -> int:
    """Pieces of one row, special ones included."""
    positions = getattr(config, "max_position_embeddings", None) or 512
    if config.model_type in {"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "longformer"}:
        positions -= (config.pad_token_id or 0) + 1  # positions are counted from behind the padding
    limit = min(positions, tokenizer.model_max_length, 512)
    return limit if limit > 2 else 512


def _head(name: str) -> type[Head]:
    return load(name, HEADS, "head")


def _kind(card: Mapping[str, Any] | None) -> type[Head]:
    return _head(split_options(card["tagger"]["head"])[0] if card else TaggerSettings.head)


def _card(name: str, offline: bool) -> dict[str, Any] | None:
    path = own_file(name, CARD, offline)
    if path is None:
        return None
    try:
        return json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise ModelError(f"'{path}' is not valid JSON: {error}") from None


def _tags_of_labels(name: str, labels: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The tags that labels stand for: as `names` says, else as they are; bare types become I-.

    Letters are those of BIOES. Raises ModelError for a label that is no tag.

    >>> _tags_of_labels("m", ["LABEL_0", "LABEL_1"], {"LABEL_0": "O", "LABEL_1": "B-PER"})
    ['O', 'B-PER']
    >>> _tags_of_labels("m", ["O", "PER"], {"PER": "PERSON"})
    ['O', 'I-PER']
    >>> _tags_of_labels("m", ["O", "U-PER", "L-PER"], {})
    ['O', 'S-PER', 'E-PER']
    """
    tags = [names[label] if is_tag(names.get(label, "")) else label for label in labels]
    # beside B-PER a label such as X is a marker rather than a type; without O, anything may be
    lettered = any(is_tag(label) and label != OUTSIDE for label in labels)
    may_be_bare = OUTSIDE in tags and not lettered
    for tag in tags:
        if not (is_tag(tag) or (may_be_bare and _is_type(tag))):
            raise ModelError(
                f"'{name}' is no tagger this toolkit can read: its label '{tag}' is neither O nor "
                "of the form B-TYPE; say what each such label means, as in "
                f"'xner weak-tag --map {tag}=B-PER' (or {tag}=O)"
            )
    return [_spelled(tag) if is_tag(tag) else f"I-{tag}" for tag in tags]


def _spelled(tag: str) -> str:
    letter, label = split_tag(tag)
    return f"{letter}-{label}" if label else OUTSIDE


def _is_type(label: str) -> bool:
    """Whether a label looks like a type: not like LABEL_7, B_PER, PER-B or [PAD]."""
    numbered = re.fullmatch(r"LABEL_\d+", label)
    return not numbered and all(len(part) > 1 for part in re.split(r"[\W_]", label))


def _scheme(tags: Sequence[str]) -> Scheme:
    """What the letters allow: with E- or S- BIOES; IOB1 if a type has no B- to begin with."""
    pairs = {split_tag(tag) for tag in tags}
    if any(letter in "ES" for letter, _ in pairs):
        return "bioes"
    return "iob1" if any(("B", label) not in pairs for _, label in pairs if label) else "bio"

"""What heads have in common that give each word a tag: gold, readings, BIO labels."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import pad

from xner.errors import OptionError
from xner.models.batch import Batch
from xner.models.grid import Entity, Reading
from xner.models.head import Gold, Head, log_sums
from xner.models.viterbi import constraints
from xner.registry import arguments
from xner.sentence import Sentence
from xner.tag_schemes import (
    OUTSIDE,
    Scheme,
    convert_tags,
    label_of,
    repaired,
    spans_of,
    split_tag,
    tag_names,
)


class TagGold(Gold):
    """The number of each word's tag."""

    def __init__(self, ids: Int[Tensor, " word"]):
        self.ids = ids

    def batch(self, batch: Batch, word: Int[Tensor, "batch word"]) -> Int[Tensor, "batch word"]:  # noqa: ARG002
        """Tag numbers; those of padding are any."""
        return self.ids[word]

    def tensors(self) -> list[Tensor]:
        """The numbers."""
        return [self.ids]


class TagHead(Head):
    """A tag a word, scored by the layers that the token classifier has for it."""

    of_words: ClassVar = True

    def __init__(self, tags: list[str], scheme: Scheme):
        super().__init__()
        self.tags = tags
        self.scheme: Scheme = scheme
        self.layers: list[nn.Module] = []  # a plain list: they are the network's, not this head's
        names = ("rule_between", "rule_start", "rule_end")
        for name, tensor in zip(names, constraints(tags, scheme), strict=True):
            self.register_buffer(name, tensor, persistent=False)
        types = sorted({label_of(tag) for tag in tags} - {OUTSIDE})
        labels = {label: place for place, label in enumerate(tag_names(types, "bio"))}
        self.label_of_tag = torch.tensor([labels[_bio(tag)] for tag in tags])
        self.labels = len(labels)

    @classmethod
    def make(
        cls, network: Any, tags: list[str], scheme: Scheme, options: Mapping[str, str]
    ) -> "TagHead":
        """On a classifier's dropout and linear layer, whatever their names."""
        head = cls(tags, scheme, **arguments(f"head '{cls.__name__.lower()}'", cls, options))
        prefix = network.base_model_prefix
        head.layers = [layer for name, layer in network.named_children() if name != prefix]
        return head

    @property
    def rules(self) -> tuple[Tensor, Tensor, Tensor]:
        """What the scheme forbids: scores of transitions, beginnings and ends."""
        rules = (self.rule_between, self.rule_start, self.rule_end)
        between, start, end = (cast(Tensor, rule) for rule in rules)
        return between, start, end

    def score(self, fused: Float[Tensor, "batch word hidden"]) -> Float[Tensor, "batch word tag"]:
        """Logits of every tag."""
        for layer in self.layers:
            fused = layer(fused)
        return fused

    def places(self, mask: Bool[Tensor, "batch word"]) -> Bool[Tensor, "batch word"]:
        """The words."""
        return mask

    def gold(self, sentences: Sequence[Sentence], kept: Int[Tensor, " sentence"]) -> TagGold:  # noqa: ARG002
        """Tags of the model's scheme; OptionError for one that a foreign tagger does not have."""
        number = {tag: place for place, tag in enumerate(self.tags)}
        own = (convert_tags(sentence.tags or [], self.scheme) for sentence in sentences)
        try:
            ids = [number[tag] for tags in own for tag in tags]
        except KeyError as absent:
            raise OptionError(
                f"the tagger's labels, {', '.join(self.tags)}, have no {absent.args[0]}, which the "
                "data ask for; --encoder makes a head for them"
            ) from None
        return TagGold(torch.tensor(ids, dtype=torch.int64))

    @abstractmethod
    def decode(
        self,
        scores: Float[Tensor, "batch word tag"],
        mask: Bool[Tensor, "batch word"],
        constrained: bool,
    ) -> Int[Tensor, "batch word"]:
        """The best tags, of all or of well-formed sequences; 0 on padding."""

    def read(
        self,
        scores: Float[Tensor, "batch word tag"],
        mask: Bool[Tensor, "batch word"],
        constrained: bool,
    ) -> list[Reading]:
        """Spans of the best tags; what the scheme's rules forbid is repaired and counted."""
        paths = self.decode(scores, mask, constrained).tolist()
        lengths = mask.sum(1).tolist()
        tags = ([self.tags[tag] for tag in path] for path in paths)
        return [reading_of(t[:n], self.scheme) for t, n in zip(tags, lengths, strict=True)]

    def bio(
        self, probs: Float[Tensor, "batch word tag"], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, "batch word label"]:
        """A tag's probability counts for its label: that of S- for B-, that of E- for I-."""
        out = probs.new_zeros(*mask.shape, self.labels)
        out = out.index_add(-1, self.label_of_tag.to(probs.device), probs)
        return _parted(out) if self.scheme == "iob1" else out

    def log_bio(
        self, log_probs: Float[Tensor, "batch word tag"], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, "batch word label"]:
        """Sums of tags; but of IOB1 sums of products."""
        if self.scheme == "iob1":
            return super().log_bio(log_probs, mask)
        return log_sums(log_probs, self.label_of_tag, self.labels)


def reading_of(tags: list[str], scheme: Scheme) -> Reading:
    """The entities of a sentence's tags."""
    mended, broken = repaired(tags, scheme)
    return Reading([Entity(*span, 1.0) for span in spans_of(mended)], repaired=broken)


def _bio(tag: str) -> str:
    """The BIO label that a tag counts for: S- as B-, E- as I-."""
    letter, label = split_tag(tag)
    return f"{'B' if letter in 'BS' else 'I'}-{label}" if label else OUTSIDE


def _parted(probs: Float[Tensor, "batch word label"]) -> Float[Tensor, "batch word label"]:
    """IOB1's I- as BIO: it goes on as far as the word before is of its type, and begins else."""
    begins, inside = probs[..., 1::2], probs[..., 2::2]
    before = pad((begins + inside)[:, :-1], (0, 0, 1, 0))  # 0 before the first word
    out = probs.clone()
    out[..., 1::2] = begins + inside * (1 - before)
    out[..., 2::2] = inside * before
    return out

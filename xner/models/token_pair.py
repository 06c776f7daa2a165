"""A relation for every pair of words: the head of MCL-NER, whose entities may be nested.

"MCL-NER: Cross-Lingual Named Entity Recognition via Multi-View Contrastive Learning" (AAAI 2024),
equations 4, 5 and 7; the grid itself is W2NER's (see `grid.py`). There are two views of the pair
(i, j), each of as many features as a fused word has: r by a biaffine layer, r' by a conditional
layer norm. Classes are read from r by a linear layer, or from both views; how the views are
contrasted stands in `xner.losses.relation_contrastive`.

Whatever reads a view is linear at first, and so are both views in their last step: the two are
multiplied before words meet. So a grid takes no more memory than it has relations: of 16 sentences
of 128 words with 4 types some 6 MiB, where the features of its cells would take 512. All of the
head computes in float32, under autocast too, for nearly all cells hold no relation, and what is
left of the probability would be lost.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from xner.errors import OptionError
from xner.models.grid import FIRST_TYPE, NONE, Reading, cells_of, entities_of
from xner.models.grid_gold import GridGold
from xner.models.head import Head
from xner.models.marginals import bio_marginals
from xner.registry import arguments, one_of
from xner.sentence import Sentence
from xner.tag_schemes import OUTSIDE, Scheme, label_of

Grid = Float[Tensor, "batch left right feature"]
_NAME = "head 'token-pair'"
# what a pair of words has of holding something before anything is learned
_PRIOR = 0.01
Pairing = Callable[[Float[Tensor, "batch left hidden"], Float[Tensor, "batch right hidden"]], Grid]


class Biaffine(nn.Module):
    """r_ij = a_i W1 b_j + W2 [a_i; b_j] + b (equation 4), of words as first and as second."""

    def __init__(self, size: int, features: int):
        super().__init__()
        self.pairwise = nn.Parameter(torch.empty(features, size, size))  # W1
        self.linear = nn.Linear(2 * size, features)  # W2 and b
        nn.init.normal_(self.pairwise, std=size**-0.5)

    def through(self, readout: nn.Linear) -> Pairing:
        """What a linear layer makes of r: the same form with weights of its own."""
        pairwise = torch.einsum("of,fxy->oxy", readout.weight, self.pairwise)
        first, second = (readout.weight @ self.linear.weight).chunk(2, dim=1)
        bias = readout(self.linear.bias)

        def relation(
            left: Float[Tensor, "batch left hidden"], right: Float[Tensor, "batch right hidden"]
        ) -> Grid:
            half = torch.einsum("blx,oxy->bloy", left, pairwise)
            linear = (left @ first.T + bias)[:, :, None] + (right @ second.T)[:, None]
            return torch.einsum("bloy,bry->blro", half, right) + linear

        return relation


class ConditionalNorm(nn.Module):
    """r'_ij = scale_i * normal(h_j) + shift_i (equation 5): i says how j's features are spread.

    The scale begins at 1 and the shift at 0, whatever i is: a plain layer norm.
    """

    def __init__(self, features: int):
        super().__init__()
        self.scale = nn.Linear(features, features)
        self.shift = nn.Linear(features, features)
        for layer, bias in ((self.scale, 1.0), (self.shift, 0.0)):
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, bias)

    def through(self, readout: nn.Linear) -> Pairing:
        """What a linear layer makes of r'."""

        def relation(
            left: Float[Tensor, "batch left hidden"], right: Float[Tensor, "batch right hidden"]
        ) -> Grid:
            # by the variance of all features, not of a sample
            normal = F.layer_norm(right, right.shape[-1:])
            scale, shift = self.scale(left), readout(self.shift(left))[:, :, None]
            if right.shape[1] < readout.out_features:  # the smaller of two products
                return F.linear(scale[:, :, None] * normal[:, None], readout.weight) + shift
            half = torch.einsum("blf,of->blof", scale, readout.weight)
            return torch.einsum("blof,brf->blro", half, normal) + shift

        return relation


class ContextualFusion(nn.Module):
    """One BiLSTM over a sentence's words; padding, which comes last, has no part in it."""

    def __init__(self, width: int, fused: int):
        super().__init__()
        if fused % 2:
            raise OptionError(f"{_NAME}: two directions cannot share {fused} features")
        self.lstm = nn.LSTM(width, fused // 2, batch_first=True, bidirectional=True)

    def forward(
        self, words: Float[Tensor, "batch word hidden"], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, "batch word fused"]:
        """A vector a word, 0 on padding."""
        length = mask.sum(1).clamp(min=1).cpu()  # packing wants a word of everyone
        packed = pack_padded_sequence(words, length, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.lstm(packed)[0], True, total_length=words.shape[1])
        return out


@dataclass(frozen=True)
class PairView:
    """One view of all pairs of a batch's words, as a projection's first layer reads it."""

    pairing: Pairing
    left: Float[Tensor, "batch word hidden"]
    right: Float[Tensor, "batch word hidden"]

    def rows(
        self, sentence: Int[Tensor, " left"], first: Int[Tensor, " left"]
    ) -> Float[Tensor, "left word feature"]:
        """Some words each with every word of its sentence."""
        return self.pairing(self.left[sentence, first][:, None], self.right[sentence])[:, 0]

    def cells(
        self,
        sentence: Int[Tensor, " cell"],
        first: Int[Tensor, " cell"],
        second: Int[Tensor, " cell"],
    ) -> Float[Tensor, "cell feature"]:
        """Some pairs."""
        left, right = self.left[sentence, first], self.right[sentence, second]
        return self.pairing(left[:, None], right[:, None])[:, 0, 0]


class TokenPair(Head):
    """Scores of every relation of every pair of words; `types` are relations from 2 on.

    `width` is that of the encoder's words. `fusion` is a BiLSTM (`bilstm`) of `fused` features in
    both directions together, or `none`; `size` is that of the words in the biaffine layer.
    `relation` says what classes are read from: r (`mcl`), or r and r', whose scores are added
    (`both`, as W2NER has a second predictor). `projected` is the width of the contrast, which no
    prediction looks at. Raises OptionError for a value that makes no sense.
    """

    takes_fractions: ClassVar = True
    of_words: ClassVar = False

    def __init__(
        self,
        width: int,
        types: Sequence[str],
        fusion: str = "bilstm",
        fused: int = 512,
        size: int = 128,
        relation: str = "mcl",
        projected: int = 128,
        dropout: float = 0.1,
    ):
        super().__init__()
        if not (min(fused, size, projected) > 0 and 0 <= dropout < 1):
            raise OptionError(f"{_NAME}: sizes are above 0, and dropout from 0 to below 1")
        self.types = list(types)
        bilstm = one_of(_NAME, "fusion", fusion, ("bilstm", "none")) == "bilstm"
        self.fusion = ContextualFusion(width, fused) if bilstm else None
        self.features = fused if bilstm else width
        self.dropout = nn.Dropout(dropout)
        self.first = nn.Linear(self.features, size)
        self.second = nn.Linear(self.features, size)
        self.biaffine = Biaffine(size, self.features)
        self.norm = ConditionalNorm(self.features)
        relations = FIRST_TYPE + len(self.types)
        self.classes = nn.Linear(self.features, relations)
        both = one_of(_NAME, "relation", relation, ("mcl", "both")) == "both"
        self.norm_classes = nn.Linear(self.features, relations) if both else None
        _begin_with_none(self.classes)
        self.projection = nn.Linear(self.features, projected)
        self.projection_out = nn.Linear(projected, projected)

    @classmethod
    def make(
        cls,
        network: Any,
        tags: list[str],
        scheme: Scheme,  # noqa: ARG003
        options: Mapping[str, str],
    ) -> "TokenPair":
        """On the encoder alone: the classifier loses its own layers, which nobody would train."""
        for name, _ in list(network.named_children()):
            if name != network.base_model_prefix:
                setattr(network, name, nn.Identity())
        types = sorted({label_of(tag) for tag in tags} - {OUTSIDE})
        return cls(network.config.hidden_size, types, **arguments(_NAME, cls, options))

    def fuse(
        self, words: Float[Tensor, "batch word hidden"], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, "batch word fused"]:
        """Words in the context of their sentence: what pairs and sentence vectors are made of."""
        with torch.autocast(words.device.type, enabled=False):
            words = self.dropout(words.float())
            return words if self.fusion is None else self.fusion(words, mask)

    def score(
        self, fused: Float[Tensor, "batch word fused"]
    ) -> Float[Tensor, "batch word word relation"]:
        """Logits of every pair (row, column); those with padding mean nothing."""
        with torch.autocast(fused.device.type, enabled=False):
            scores = self.biaffine.through(self.classes)(*self._roles(fused))
            if self.norm_classes is None:
                return scores
            return scores + self.norm.through(self.norm_classes)(fused, fused)

    def places(self, mask: Bool[Tensor, "batch word"]) -> Bool[Tensor, "batch word word"]:
        """The cells of the grids."""
        return cells_of(mask)

    def gold(self, sentences: Sequence[Sentence], kept: Int[Tensor, " sentence"]) -> GridGold:
        """Their grids, nested entities too."""
        return GridGold(sentences, kept, self.types)

    def nll(
        self,
        scores: Float[Tensor, "batch word word relation"],
        gold: Int[Tensor, "batch word word"],
        mask: Bool[Tensor, "batch word"],
        weights: Float[Tensor, "batch word"] | None = None,
    ) -> Float[Tensor, " batch"]:
        """Negative log-likelihood of each sentence's relations, in nats: the sum over its cells.

        With `weights` a cell counts as much as the less reliable of its two words.
        """
        nats = F.cross_entropy(scores.float().permute(0, 3, 1, 2), gold, reduction="none")
        counted = cells_of(mask).float()
        if weights is not None:
            counted = counted * torch.minimum(weights[:, :, None], weights[:, None, :])
        return (nats * counted).sum((1, 2))

    def read(
        self,
        scores: Float[Tensor, "batch word word relation"],
        mask: Bool[Tensor, "batch word"],
        constrained: bool = True,  # noqa: ARG002 - no relation forbids another
    ) -> list[Reading]:
        """The entities of each sentence, nested ones too, each with a score of its own."""
        return entities_of(scores.float().softmax(-1), mask, self.types)

    def bio(
        self, probs: Float[Tensor, "batch word word relation"], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, "batch word label"]:
        """What words are where entities stand side by side."""
        return bio_marginals(probs, mask, self.types)

    def views(
        self,
        fused: Float[Tensor, "batch word fused"],
        counterpart: Float[Tensor, "batch word fused"] | None = None,
    ) -> tuple[PairView, PairView]:
        """r and r' of every pair, for `contrasted`; r of both where words have a counterpart."""
        with torch.autocast(fused.device.type, enabled=False):
            biaffine = self.biaffine.through(self.projection)
            own = PairView(biaffine, *self._roles(fused))
            if counterpart is not None:
                return own, PairView(biaffine, *self._roles(counterpart))
            return own, PairView(self.norm.through(self.projection), fused, fused)

    def contrasted(self, seen: Float[Tensor, "... feature"]) -> Float[Tensor, "... projected"]:
        """The rest of the projection, z = MLP(r), which both views share."""
        return self.projection_out(seen.relu())

    def _roles(self, fused: Float[Tensor, "batch word fused"]) -> tuple[Tensor, Tensor]:
        """Each word as the first of a pair, and as the second."""
        first, second = self.first(fused), self.second(fused)
        return self.dropout(F.gelu(first)), self.dropout(F.gelu(second))


def _begin_with_none(classes: nn.Linear) -> None:
    """Give nearly all probability to holding no relation, whatever a pair is like.

    Else the first steps do nothing but teach that, with gradients so large that they set the pace
    of Adam for hundreds of steps (Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017,
    section 4.1).
    """
    nn.init.zeros_(classes.bias)
    nn.init.constant_(classes.bias[NONE], log((1 - _PRIOR) / (_PRIOR / (len(classes.bias) - 1))))

"""Two views of a pair of words are nearer to each other than to those of other pairs."""

from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from xner.errors import OptionError
from xner.losses.adversarial import whole_number
from xner.losses.contrastive import Contrastive, Twins
from xner.models.grid import cells_of
from xner.models.head import Head
from xner.models.token_pair import PairView, TokenPair
from xner.registry import one_of

Views = Literal["biaffine-cln", "aligned"]
Negatives = Literal["row", "entity", "sample"]

_NAME = "relation-contrastive"
_VIEWS: tuple[Views, ...] = ("biaffine-cln", "aligned")
_NEGATIVES: tuple[Negatives, ...] = ("row", "entity", "sample")
# numbers of one tensor that are held at once: 32 MiB, of which backward needs some four times as
# much; what a batch needs beside that does not grow with the square of its words
_AT_ONCE = 2**23


def contrast(
    one: Float[Tensor, "set cell projected"],
    other: Float[Tensor, "set cell projected"],
    mask: Bool[Tensor, "set cell"],
    temperature: float,
) -> Float[Tensor, "set twice"]:
    """NT-Xent within each set: first of `one`, then of `other`; 0 for cells that are not there.

    Each of the 2n vectors of a set's n cells is to be more like the other view of its cell than
    like the 2n - 2 of other cells (Chen et al., "A Simple Framework for Contrastive Learning of
    Visual Representations", ICML 2020). Likeness is exp(cosine / temperature).
    """
    vectors = F.normalize(torch.cat([one, other], dim=1), dim=-1)
    there = torch.cat([mask, mask], dim=1)
    likeness = vectors @ vectors.transpose(1, 2) / temperature
    itself = torch.eye(there.shape[1], dtype=torch.bool, device=mask.device)
    every = likeness.masked_fill(itself | ~there[:, None], -torch.inf).logsumexp(-1)
    own = torch.cat([likeness.diagonal(mask.shape[1], 1, 2)] * 2, dim=1)
    return (every - own).masked_fill(~there, 0.0)


class RelationContrastive(Contrastive):
    """Contrast of pairs of words (MCL-NER equations 4 to 6).

    Idea: what two words are to each other can be seen from two sides, and the sides should agree
    about this pair more than about others.
    Needs: `--head token-pair`. `views` is `biaffine-cln` (the default: the two layers' views of one
    cell) or `aligned` (the biaffine view of a cell and of the one that its two words are aligned to
    in the origin; needs `origin` and `alignment`). `negatives` is `row` (the default: the cells
    with the same first word), `entity` (all cells of the batch that hold a relation; needs `tags`)
    or `sample` (cells of the batch drawn at random); of the latter two `sampled` at most, 256 if
    not given. `temperature` is 0.1 if not given, for the paper names none.
    Formula: -log exp(cos(z, z') / t) / sum over z'' of exp(cos(z, z'') / t), z and z' being the
    views of a cell behind an MLP that both share and no prediction uses, z'' the 2n - 1 vectors
    beside z of the n cells of its set; the mean over cells and views. In the paper's equation z
    stands against itself and no index of the sum is used; its figure of the likeness of 2N vectors
    says how it is meant.
    Related: `semantic-contrastive`, on whole sentences.
    """

    def __init__(
        self,
        weight: float = 0.1,
        temperature: float = 0.1,
        views: str = "biaffine-cln",
        negatives: str = "row",
        sampled: str = "256",
    ):
        super().__init__(_NAME, weight, temperature)
        self.views: Views = one_of(_NAME, "views", views, _VIEWS)
        self.negatives: Negatives = one_of(_NAME, "negatives", negatives, _NEGATIVES)
        self.sampled = whole_number(_NAME, "sampled", sampled)

    @property
    def wanted(self) -> dict[str, str]:
        """The fields that say which words are partners, and where entities are."""
        made_by = "'xner translate-spans' or 'xner codeswitch'"
        aligned = {"origin": made_by, "alignment": made_by} if self.views == "aligned" else {}
        entity = {"tags": "'xner weak-tag'"} if self.negatives == "entity" else {}
        return aligned | entity

    def check(self, head: Head) -> None:
        """Only one head has two views of a pair of words."""
        if not isinstance(head, TokenPair):
            raise OptionError(
                f"loss '{_NAME}' contrasts pairs of words: it needs --head token-pair"
            )

    def forward(self, given: Twins) -> Float[Tensor, ""]:
        """Nats per view of a cell; 0 where a batch has no cell to compare.

        What is computed of the cells is not kept for backward, but computed again: each row of a
        grid on its own, or the drawn cells.
        """
        head = given.view.tagger.head
        assert isinstance(head, TokenPair)
        words, known = given.view.fused, given.view.batch.mask
        counterpart = None
        if self.views == "aligned":
            counterpart, known = self._counterpart(given)
        with torch.autocast(words.device.type, enabled=False):
            views = head.views(words, counterpart)
            if self.negatives == "row":
                total, cells = self._of_rows(head, views, known)
            else:
                total, cells = self._of_cells(head, views, self._drawn(given, known))
        if cells == 0:
            # keeps the graph whole: with several processes every one must send gradients
            return 0.0 * words.sum()
        return total / (2 * cells)

    def _counterpart(self, given: Twins) -> tuple[Tensor, Tensor]:
        """For each word the vector of the one it is aligned to, and which words have one."""
        assert given.origin is not None
        assert given.partner is not None
        words = given.origin.fused
        place = given.partner.clamp(min=0)[..., None].expand(-1, -1, words.shape[-1])
        return words.gather(1, place), given.view.batch.mask & (given.partner >= 0)

    def _of_rows(
        self, head: TokenPair, views: tuple[PairView, PairView], known: Bool[Tensor, "batch word"]
    ) -> tuple[Float[Tensor, ""], int]:
        """The sum over the rows of all grids, and the number of cells."""

        def of(rows: Int[Tensor, "left 2"]) -> Float[Tensor, ""]:
            sentence, first = rows.unbind(1)
            one, other = (head.contrasted(view.rows(sentence, first)) for view in views)
            return contrast(one, other, known[sentence], self.temperature).sum()

        rows = known.nonzero()
        widest = max(4 * known.shape[1] ** 2, head.features * head.projection.out_features)
        parts = rows.split(max(1, _AT_ONCE // widest))
        total = torch.stack([checkpoint(of, part, use_reentrant=False) for part in parts]).sum()
        return total, int(cells_of(known).sum())

    def _of_cells(
        self, head: TokenPair, views: tuple[PairView, PairView], cells: Int[Tensor, "cell 3"]
    ) -> tuple[Float[Tensor, ""], int]:
        """The sum over these cells as one set, and their number."""

        def of(cells: Int[Tensor, "cell 3"]) -> Float[Tensor, ""]:
            one, other = (head.contrasted(view.cells(*cells.unbind(1)))[None] for view in views)
            there = torch.ones(1, len(cells), dtype=torch.bool, device=cells.device)
            return contrast(one, other, there, self.temperature).sum()

        return checkpoint(of, cells, use_reentrant=False), len(cells)

    def _drawn(self, given: Twins, known: Bool[Tensor, "batch word"]) -> Int[Tensor, "cell 3"]:
        """The cells to compare: (batch row, first word, second word)."""
        wanted = cells_of(known)
        if self.negatives == "entity":
            assert given.entity is not None
            wanted = wanted & given.entity
        cells = wanted.nonzero()
        return cells[torch.randperm(len(cells), device=cells.device)[: self.sampled]]

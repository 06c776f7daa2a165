"""The relations of labelled sentences, kept as the few cells that hold one."""

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor
from torch.nn.functional import pad

from xner.errors import XnerError
from xner.models.batch import Batch
from xner.models.grid import NONE, grid_of
from xner.models.head import Gold
from xner.sentence import Sentence, nested_spans


class GridGold(Gold):
    """Rows (first axis, second axis, relation) of `cells`, cut by sentence at `starts`."""

    def __init__(
        self,
        sentences: Sequence[Sentence],
        kept: Int[Tensor, " sentence"],
        types: Sequence[str],
    ):
        """Of each sentence the first `kept` words; an entity that leaves them is not there.

        Raises XnerError for two types of the same words, and a type that is not known.
        """
        rows: list[Int[Tensor, "cell 3"]] = [torch.zeros(0, 3, dtype=torch.int64)]
        for sentence, words in zip(sentences, kept.tolist(), strict=True):
            spans = [span for span in nested_spans(sentence) if span.end <= words]
            try:
                grid = grid_of(spans, words, types)
            except ValueError as error:
                raise XnerError(f"sentence '{sentence.id}': {error}") from None
            where = (grid != NONE).nonzero()
            rows.append(torch.cat([where, grid[where.unbind(1)][:, None]], dim=1))
        self.cells = torch.cat(rows)
        counts = torch.tensor([len(own) for own in rows[1:]], dtype=torch.int64)
        self.starts = pad(torch.cumsum(counts, 0), (1, 0))

    def batch(
        self, batch: Batch, word: Int[Tensor, "batch word"]
    ) -> Int[Tensor, "batch word word"]:
        """The grid of each sentence; padding holds nothing."""
        index = batch.index
        low, high = self.starts[index], self.starts[index + 1]
        owner = torch.repeat_interleave(high - low)
        place = torch.cat(
            [torch.arange(a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]
        )
        first, second, relation = self.cells[place].unbind(1)
        grid = torch.full((*word.shape, word.shape[1]), NONE)
        grid[owner, first, second] = relation
        return grid

    def tensors(self) -> list[Tensor]:
        """The cells and whose they are."""
        return [self.cells, self.starts]
